"""Teams of users."""

from functools import cached_property

from fivetran_async import operations as ops
from fivetran_async._pipeline import changed, confirmed
from fivetran_async.models.memberships import TeamMembership
from fivetran_async.models.teams import Team
from fivetran_async.paging import Pager
from fivetran_async.resources._base import Resource, check_flags, check_given, check_text
from fivetran_async.resources._memberships import TEAM_CONNECTIONS, TEAM_GROUPS
from fivetran_async.resources.memberships import Memberships
from fivetran_async.types import UNSET, Unset


class TeamUsers(Resource):
    """The users of a team. API: https://fivetran.com/docs/rest-api/api-reference/teams."""

    def list(
        self, team_id: str, *, active: bool | None = None, page_size: int = 1000, cursor: str | None = None
    ) -> Pager[TeamMembership]:
        """List the users of a team.

        Args:
            team_id: The team.
            active: Only those who may log in (True) or may not (False); None for all.
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        check_flags(nullable=True, active=active)
        return self._pager(
            ops.LIST_USERS_IN_TEAM, team_id, query={"active": active}, page_size=page_size, cursor=cursor
        )

    async def add(self, team_id: str, user_id: str, *, role: str | Unset = UNSET) -> TeamMembership:
        """Put a user into a team.

        Args:
            team_id: The team.
            user_id: The user.
            role: The name of the role in the team, as `roles.list` names it; the API has a default.

        Returns:
            The new membership. Costs one call, which is not repeated when its outcome is unknown.

        Raises:
            NotFoundError: There is no such team or user.
        """
        check_text(user_id, "user_id")
        check_given(role=role)
        return await self._pipeline.call(ops.ADD_USER_TO_TEAM, team_id, body={"user_id": user_id, "role": role})

    async def get(self, team_id: str, user_id: str) -> TeamMembership:
        """Return the membership of a user in a team.

        Args:
            team_id: The team.
            user_id: The user.

        Returns:
            The membership. Costs one call.

        Raises:
            NotFoundError: There is no such membership.
        """
        return await self._pipeline.call(ops.GET_USER_IN_TEAM, team_id, user_id)

    async def update(self, team_id: str, user_id: str, *, role: str) -> TeamMembership:
        """Give a user another role in a team.

        Args:
            team_id: The team.
            user_id: The user.
            role: The name of the new role, as `roles.list` names it.

        Returns:
            The membership as it is now. Costs one call.

        Raises:
            NotFoundError: There is no such membership.
        """
        check_text(role, "role")
        return await self._pipeline.call(ops.UPDATE_USER_MEMBERSHIP, team_id, user_id, body={"role": role})

    async def delete(self, team_id: str, user_id: str) -> None:
        """Take a user out of a team.

        Costs one call.

        Args:
            team_id: The team.
            user_id: The user.

        Raises:
            NotFoundError: There is no such membership.
        """
        return await self._pipeline.call(ops.DELETE_USER_FROM_TEAM, team_id, user_id)


class Teams(Resource):
    """Teams. API: https://fivetran.com/docs/rest-api/api-reference/teams."""

    @cached_property
    def users(self) -> TeamUsers:
        """The users of a team."""
        return TeamUsers(self._pipeline)

    @cached_property
    def groups(self) -> Memberships:
        """The groups that a team has a role in."""
        return Memberships(self._pipeline, TEAM_GROUPS)

    @cached_property
    def connections(self) -> Memberships:
        """The connections that a team has a role in."""
        return Memberships(self._pipeline, TEAM_CONNECTIONS)

    def list(self, *, page_size: int = 1000, cursor: str | None = None) -> Pager[Team]:
        """List all teams of the account.

        Args:
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        return self._pager(ops.LIST_ALL_TEAMS, page_size=page_size, cursor=cursor)

    async def get(self, team_id: str) -> Team:
        """Return a team.

        Args:
            team_id: The team.

        Returns:
            The team. Costs one call.

        Raises:
            NotFoundError: There is no such team.
        """
        return await self._pipeline.call(ops.TEAM_DETAILS, team_id)

    async def create(self, *, name: str, description: str | Unset = UNSET, role: str | Unset = UNSET) -> Team:
        """Make a team.

        Args:
            name: Its name.
            description: What it is for.
            role: The name of its role in the account, as `roles.list` names it.

        Returns:
            The new team. Costs one call, which is not repeated when its outcome is unknown.

        Raises:
            BadRequestError: The API refuses something.
        """
        check_text(name, "name")
        check_given(role=role)
        return await self._pipeline.call(ops.CREATE_TEAM, body={"name": name, "description": description, "role": role})

    async def update(
        self,
        team_id: str,
        *,
        name: str | Unset = UNSET,
        description: str | Unset | None = UNSET,
        role: str | Unset = UNSET,
    ) -> Team:
        """Change a team. What is left out stays as it is; None is sent as null.

        Args:
            team_id: The team.
            name: Its name.
            description: What it is for.
            role: The name of its role in the account; `delete_role` takes it away.

        Returns:
            The team as it is now. Costs one call.

        Raises:
            ArgumentError: Nothing would change, or the name or the role is empty; nothing was sent.
            NotFoundError: There is no such team.
        """
        check_given(name=name, role=role)
        body = {"name": name, "description": description, "role": role}
        return await self._pipeline.call(ops.MODIFY_TEAM, team_id, body=changed(body))

    async def delete(self, team_id: str, *, confirm: bool = False) -> None:
        """Delete a team; its users stay.

        Costs one call.

        Args:
            team_id: The team.
            confirm: Must be True: what is deleted cannot be brought back.

        Raises:
            ConfirmationError: `confirm` is not True; nothing was sent.
            NotFoundError: There is no such team.
        """
        confirmed(f"teams.delete({team_id!r}) deletes the team", confirm=confirm)
        return await self._pipeline.call(ops.DELETE_TEAM, team_id)

    async def delete_role(self, team_id: str) -> None:
        """Take away a team's role in the account; its roles in groups and connections stay.

        Costs one call.

        Args:
            team_id: The team.

        Raises:
            NotFoundError: There is no such team.
        """
        return await self._pipeline.call(ops.DELETE_TEAM_MEMBERSHIP_IN_ACCOUNT, team_id)
