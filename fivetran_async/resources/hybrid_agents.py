"""Hybrid deployment agents: what processes data in your own network."""

from fivetran_async import operations as ops
from fivetran_async._pipeline import confirmed
from fivetran_async.errors import ArgumentError
from fivetran_async.models.hybrid_agents import (
    HybridAgent,
    HybridAgentAuthType,
    HybridAgentCredentials,
    HybridAgentDeploymentType,
)
from fivetran_async.paging import Pager
from fivetran_async.resources._base import Resource, check_choice, check_filter, check_flags, check_given, check_text
from fivetran_async.types import UNSET, Unset


class HybridAgents(Resource):
    """Hybrid deployment agents.

    API: https://fivetran.com/docs/rest-api/api-reference/hybrid-deployment-agent-management.
    """

    def list(
        self, *, group_id: str | None = None, page_size: int = 1000, cursor: str | None = None
    ) -> Pager[HybridAgent]:
        """List the hybrid deployment agents of the account.

        Args:
            group_id: Only those of this group.
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        check_filter(group_id, "group_id")
        return self._pager(
            ops.GET_HYBRID_DEPLOYMENT_AGENT_LIST,
            # The one query parameter of the API in camel case.
            query={"groupId": group_id},
            page_size=page_size,
            cursor=cursor,
        )

    async def get(self, agent_id: str) -> HybridAgent:
        """Return a hybrid deployment agent with the connections that use it.

        Args:
            agent_id: The agent.

        Returns:
            The agent. Costs one call.

        Raises:
            NotFoundError: There is no such agent.
        """
        return await self._pipeline.call(ops.GET_HYBRID_DEPLOYMENT_AGENT, agent_id)

    async def create(
        self,
        *,
        display_name: str,
        env_type: str,
        accept_terms: bool,
        group_id: str | Unset = UNSET,
        auth_type: str | Unset = UNSET,
    ) -> HybridAgentCredentials:
        """Make a hybrid deployment agent.

        Args:
            display_name: Its name.
            env_type: What it runs in: `DOCKER`, `PODMAN`, `KUBERNETES` or `SNOWPARK`.
            accept_terms: Must be True: that you accept Fivetran's On-Prem Software License Addendum.
            group_id: Its group.
            auth_type: `AUTO` for a token, `MANUAL` for files.

        Returns:
            The new agent with what it is started with, which is never shown again. Costs one call, which is not
            repeated when its outcome is unknown.

        Raises:
            ArgumentError: Something was refused before it was sent.
            BadRequestError: The API refuses something.
            NotFoundError: There is no such group.
        """
        check_text(display_name, "display_name")
        check_text(env_type, "env_type")
        check_choice(env_type, "env_type", HybridAgentDeploymentType)
        check_flags(accept_terms=accept_terms)
        if accept_terms is not True:
            raise ArgumentError("accept_terms must be True: an agent cannot be made without accepting Fivetran's terms")
        check_given(group_id=group_id)
        check_choice(auth_type, "auth_type", HybridAgentAuthType)
        return await self._pipeline.call(
            ops.CREATE_HYBRID_DEPLOYMENT_AGENT,
            body={
                "display_name": display_name,
                "env_type": env_type,
                "accept_terms": accept_terms,
                "group_id": group_id,
                "auth_type": auth_type,
            },
        )

    async def delete(self, agent_id: str) -> None:
        """Delete a hybrid deployment agent.

        Costs one call.

        Args:
            agent_id: The agent.

        Raises:
            NotFoundError: There is no such agent.
        """
        return await self._pipeline.call(ops.DELETE_HYBRID_DEPLOYMENT_AGENT, agent_id)

    async def re_auth(
        self, agent_id: str, *, auth_type: str | Unset = UNSET, confirm: bool = False
    ) -> HybridAgentCredentials:
        """Give a hybrid deployment agent new authentication keys; the old ones end.

        Args:
            agent_id: The agent.
            auth_type: `AUTO` for a token, `MANUAL` for files.
            confirm: Must be True: the old keys cannot be brought back.

        Returns:
            The agent with what it is to be started with, which is never shown again. Costs one call, which is not
            repeated when its outcome is unknown.

        Raises:
            ConfirmationError: `confirm` is not True; nothing was sent.
            NotFoundError: There is no such agent.
        """
        check_choice(auth_type, "auth_type", HybridAgentAuthType)
        confirmed(f"hybrid_agents.re_auth({agent_id!r}) ends the old keys", confirm=confirm)
        return await self._pipeline.call(ops.RE_AUTH_HYBRID_DEPLOYMENT_AGENT, agent_id, body={"auth_type": auth_type})

    async def reset_credentials(self, agent_id: str, *, confirm: bool = False) -> None:
        """Reset the credentials of a hybrid deployment agent.

        Costs one call, which is not repeated when its outcome is unknown.

        Args:
            agent_id: The agent.
            confirm: Must be True: the old credentials cannot be brought back.

        Raises:
            ConfirmationError: `confirm` is not True; nothing was sent.
            NotFoundError: There is no such agent.
        """
        confirmed(f"hybrid_agents.reset_credentials({agent_id!r}) ends the old credentials", confirm=confirm)
        return await self._pipeline.call(ops.RESET_HYBRID_DEPLOYMENT_AGENT_CREDENTIALS, agent_id)
