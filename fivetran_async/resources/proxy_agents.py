"""Proxy agents: what reaches sources in your own network."""

from fivetran_async import operations as ops
from fivetran_async._pipeline import confirmed
from fivetran_async.models.proxy_agents import ProxyAgent, ProxyAgentConnection, ProxyAgentCredentials
from fivetran_async.paging import Pager
from fivetran_async.resources._base import Resource, check_given, check_text
from fivetran_async.types import UNSET, Unset


class ProxyAgents(Resource):
    """Proxy agents. API: https://fivetran.com/docs/rest-api/api-reference/proxy-agent."""

    def list(self, *, page_size: int = 1000, cursor: str | None = None) -> Pager[ProxyAgent]:
        """List all proxy agents of the account.

        Args:
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page. The items count what uses them and carry no `usage`.
        """
        return self._pager(ops.GET_PROXY_AGENT, page_size=page_size, cursor=cursor)

    async def get(self, agent_id: str) -> ProxyAgent:
        """Return a proxy agent with what uses it.

        Args:
            agent_id: The proxy agent.

        Returns:
            The proxy agent. Costs one call.

        Raises:
            NotFoundError: There is no such proxy agent.
        """
        return await self._pipeline.call(ops.GET_PROXY_AGENT_DETAILS, agent_id)

    async def create(self, *, display_name: str, group_region: str | Unset = UNSET) -> ProxyAgentCredentials:
        """Make a proxy agent.

        Args:
            display_name: Its name; it must be unique in the account.
            group_region: Where Fivetran processes the data that comes through it, such as `GCP_US_EAST4`.

        Returns:
            What the new proxy agent is started with, which is never shown again. Costs one call, which is not
            repeated when its outcome is unknown.

        Raises:
            BadRequestError: The API does not support the region.
            ConflictError: A proxy agent of this name exists.
        """
        check_text(display_name, "display_name")
        check_given(group_region=group_region)
        return await self._pipeline.call(
            ops.CREATE_PROXY_AGENT, body={"display_name": display_name, "group_region": group_region}
        )

    async def delete(self, agent_id: str) -> None:
        """Delete a proxy agent.

        Costs one call.

        Args:
            agent_id: The proxy agent.

        Raises:
            NotFoundError: There is no such proxy agent.
            ConflictError: Something still uses it.
        """
        return await self._pipeline.call(ops.DELETE_PROXY_AGENT, agent_id)

    def connections(
        self, agent_id: str, *, page_size: int = 1000, cursor: str | None = None
    ) -> Pager[ProxyAgentConnection]:
        """List the connections that use a proxy agent.

        Args:
            agent_id: The proxy agent.
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager over their ids. Costs one call a page.
        """
        return self._pager(ops.GET_PROXY_AGENT_CONNECTIONS, agent_id, page_size=page_size, cursor=cursor)

    async def regenerate_secrets(self, agent_id: str, *, confirm: bool = False) -> ProxyAgentCredentials:
        """Give a proxy agent new credentials; the old ones end.

        Args:
            agent_id: The proxy agent.
            confirm: Must be True: the old credentials cannot be brought back.

        Returns:
            What the proxy agent is to be started with, which is never shown again. Costs one call, which is not
            repeated when its outcome is unknown.

        Raises:
            ConfirmationError: `confirm` is not True; nothing was sent.
            NotFoundError: There is no such proxy agent.
        """
        confirmed(f"proxy_agents.regenerate_secrets({agent_id!r}) ends the old credentials", confirm=confirm)
        return await self._pipeline.call(ops.REGENERATE_SECRETS_PROXY_AGENT, agent_id)
