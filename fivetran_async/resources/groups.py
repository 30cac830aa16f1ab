"""Groups: what holds connections and at most one destination."""

from functools import cached_property

from fivetran_async import operations as ops
from fivetran_async._pipeline import confirmed
from fivetran_async.models.connections import Connection
from fivetran_async.models.groups import Group, GroupPublicKey, GroupServiceAccount
from fivetran_async.models.users import User
from fivetran_async.paging import Pager
from fivetran_async.resources._base import Resource, check_email, check_filter, check_flags, check_text, one_of_them


class GroupUsers(Resource):
    """The users of a group. API: https://fivetran.com/docs/rest-api/api-reference/groups."""

    def list(
        self, group_id: str, *, active: bool | None = None, page_size: int = 1000, cursor: str | None = None
    ) -> Pager[User]:
        """List the users of a group.

        Args:
            group_id: The group.
            active: Only those who may log in (True) or may not (False); None for all.
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        check_flags(nullable=True, active=active)
        return self._pager(
            ops.LIST_ALL_USERS_IN_GROUP,
            group_id,
            query={"active": active},
            page_size=page_size,
            cursor=cursor,
        )

    async def add(self, group_id: str, *, email: str, role: str) -> None:
        """Add a user to a group.

        Costs one call, which is not repeated when its outcome is unknown.

        Args:
            group_id: The group.
            email: The user's address.
            role: The name of a role for groups, such as `Destination Analyst`.

        Raises:
            BadRequestError: There is no such user or role.
            NotFoundError: There is no such group.
        """
        check_email(email)
        check_text(role, "role")
        return await self._pipeline.call(ops.ADD_USER_TO_GROUP, group_id, body={"email": email, "role": role})

    async def delete(self, group_id: str, user_id: str) -> None:
        """Take a user out of a group.

        Costs one call.

        Args:
            group_id: The group.
            user_id: The user.

        Raises:
            NotFoundError: There is no such group, or the user is not in it.
        """
        return await self._pipeline.call(ops.DELETE_USER_FROM_GROUP, group_id, user_id)


class Groups(Resource):
    """Groups. API: https://fivetran.com/docs/rest-api/api-reference/groups."""

    @cached_property
    def users(self) -> GroupUsers:
        """The users of a group."""
        return GroupUsers(self._pipeline)

    def list(self, *, page_size: int = 1000, cursor: str | None = None) -> Pager[Group]:
        """List all groups of the account.

        Args:
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        return self._pager(ops.LIST_ALL_GROUPS, page_size=page_size, cursor=cursor)

    async def get(self, group_id: str) -> Group:
        """Return a group.

        Args:
            group_id: The group.

        Returns:
            The group. Costs one call.

        Raises:
            NotFoundError: There is no such group.
        """
        return await self._pipeline.call(ops.GROUP_DETAILS, group_id)

    async def create(self, *, name: str) -> Group:
        """Make a group.

        Args:
            name: Its name. Nothing says that it must be unique; `find` tells when it is not.

        Returns:
            The new group. Costs one call, which is not repeated when its outcome is unknown.

        Raises:
            BadRequestError: The API refuses the name.
        """
        check_text(name, "name")
        return await self._pipeline.call(ops.CREATE_GROUP, body={"name": name})

    async def update(self, group_id: str, *, name: str) -> Group:
        """Rename a group.

        Args:
            group_id: The group.
            name: Its new name.

        Returns:
            The group as it is now. Costs one call.

        Raises:
            NotFoundError: There is no such group.
        """
        check_text(name, "name")
        return await self._pipeline.call(ops.MODIFY_GROUP, group_id, body={"name": name})

    async def delete(self, group_id: str, *, confirm: bool = False) -> None:
        """Delete a group.

        Costs one call.

        Args:
            group_id: The group.
            confirm: Must be True: what is deleted cannot be brought back.

        Raises:
            ConfirmationError: `confirm` is not True; nothing was sent.
            NotFoundError: There is no such group.
            ConflictError: The group still holds something.
        """
        confirmed(f"groups.delete({group_id!r}) deletes the group", confirm=confirm)
        return await self._pipeline.call(ops.DELETE_GROUP, group_id)

    async def find(self, *, name: str) -> Group:
        """Return the group of a name.

        Args:
            name: Its name, exactly.

        Returns:
            The group. Costs one call for every 1,000 groups of the account.

        Raises:
            NotFoundError: There is none.
            AmbiguousNameError: There are several; the message lists them.
        """
        check_text(name, "name")
        return one_of_them(
            [group async for group in self.list() if group.name == name],
            "group",
            name,
            operation=ops.LIST_ALL_GROUPS,
            shown=lambda group: group.id,
        )

    async def public_key(self, group_id: str) -> GroupPublicKey:
        """Return the SSH key that Fivetran uses for a group.

        Args:
            group_id: The group.

        Returns:
            The public key. Costs one call.

        Raises:
            NotFoundError: There is no such group.
        """
        return await self._pipeline.call(ops.GROUP_SSH_PUBLIC_KEY, group_id)

    async def service_account(self, group_id: str) -> GroupServiceAccount:
        """Return the service account that Fivetran uses for a group.

        Args:
            group_id: The group.

        Returns:
            The service account. Costs one call.

        Raises:
            NotFoundError: There is no such group.
        """
        return await self._pipeline.call(ops.GROUP_SERVICE_ACCOUNT, group_id)

    def connections(
        self, group_id: str, *, schema: str | None = None, page_size: int = 1000, cursor: str | None = None
    ) -> Pager[Connection]:
        """List the connections of a group.

        Args:
            group_id: The group.
            schema: Only the connection of exactly this name.
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        check_filter(schema, "schema")
        return self._pager(
            ops.LIST_ALL_CONNECTIONS_IN_GROUP,
            group_id,
            query={"schema": schema},
            page_size=page_size,
            cursor=cursor,
        )
