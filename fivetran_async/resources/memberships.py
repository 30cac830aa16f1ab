"""Memberships of users in connections, and of teams in groups and connections."""

from fivetran_async._pipeline import Pipeline
from fivetran_async.models.memberships import Membership
from fivetran_async.paging import Pager
from fivetran_async.resources._base import Resource, check_text
from fivetran_async.resources._memberships import MembershipOperations


class Memberships(Resource):
    """One kind of membership: `users.connections`, `teams.connections` or `teams.groups`.

    The member is the user or the team, the object is the connection or the group.
    API: https://fivetran.com/docs/rest-api/api-reference/users and
    https://fivetran.com/docs/rest-api/api-reference/teams.
    """

    def __init__(self, pipeline: Pipeline, operations: MembershipOperations) -> None:
        super().__init__(pipeline)
        self._operations = operations

    def list(self, member_id: str, *, page_size: int = 1000, cursor: str | None = None) -> Pager[Membership]:
        """List the memberships of a user or a team.

        Args:
            member_id: The user or the team.
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        return self._pager(self._operations.list, member_id, page_size=page_size, cursor=cursor)

    async def add(self, member_id: str, object_id: str, *, role: str) -> Membership:
        """Give a user or a team a role in a connection or a group.

        Args:
            member_id: The user or the team.
            object_id: The connection or the group.
            role: The name of the role, as `roles.list` names it.

        Returns:
            The new membership. Costs one call, which is not repeated when its outcome is unknown.

        Raises:
            NotFoundError: There is no such member or object.
        """
        check_text(object_id, "object_id")
        check_text(role, "role")
        return await self._pipeline.call(self._operations.add, member_id, body={"id": object_id, "role": role})

    async def get(self, member_id: str, object_id: str) -> Membership:
        """Return the membership of a user or a team in a connection or a group.

        Args:
            member_id: The user or the team.
            object_id: The connection or the group.

        Returns:
            The membership. Costs one call.

        Raises:
            NotFoundError: There is no such membership.
        """
        return await self._pipeline.call(self._operations.get, member_id, object_id)

    async def update(self, member_id: str, object_id: str, *, role: str) -> Membership:
        """Give a user or a team another role in a connection or a group.

        Args:
            member_id: The user or the team.
            object_id: The connection or the group.
            role: The name of the new role, as `roles.list` names it.

        Returns:
            The membership as it is now. Costs one call.

        Raises:
            NotFoundError: There is no such membership.
        """
        check_text(role, "role")
        return await self._pipeline.call(self._operations.update, member_id, object_id, body={"role": role})

    async def delete(self, member_id: str, object_id: str) -> None:
        """End the membership of a user or a team in a connection or a group.

        Costs one call.

        Args:
            member_id: The user or the team.
            object_id: The connection or the group.

        Raises:
            NotFoundError: There is no such membership.
        """
        return await self._pipeline.call(self._operations.delete, member_id, object_id)
