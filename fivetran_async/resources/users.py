"""Users of the account."""

from functools import cached_property

from fivetran_async import operations as ops
from fivetran_async._pipeline import changed, confirmed
from fivetran_async.models.memberships import Membership
from fivetran_async.models.users import User
from fivetran_async.paging import Pager
from fivetran_async.resources._base import Resource, check_email, check_flags, check_given, check_text
from fivetran_async.resources._memberships import USER_CONNECTIONS
from fivetran_async.resources.memberships import Memberships
from fivetran_async.types import UNSET, Unset


class UserGroups(Resource):
    """The groups of a user. API: https://fivetran.com/docs/rest-api/api-reference/users."""

    def list(self, user_id: str, *, page_size: int = 1000, cursor: str | None = None) -> Pager[Membership]:
        """List the groups that a user has a role in.

        Args:
            user_id: The user.
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        return self._pager(ops.GET_USER_MEMBERSHIPS_IN_GROUPS, user_id, page_size=page_size, cursor=cursor)

    async def add(self, user_id: str, group_id: str, *, role: str) -> Membership:
        """Give a user a role in a group.

        Args:
            user_id: The user.
            group_id: The group.
            role: The name of the role, as `roles.list` names it.

        Returns:
            The new membership. Costs one call, which is not repeated when its outcome is unknown.

        Raises:
            BadRequestError: The API refuses the role.
            NotFoundError: There is no such user or group.
        """
        check_text(group_id, "group_id")
        check_text(role, "role")
        return await self._pipeline.call(ops.ADD_USER_MEMBERSHIP_IN_GROUP, user_id, body={"id": group_id, "role": role})

    async def get(self, user_id: str, group_id: str) -> Membership:
        """Return the membership of a user in a group.

        Args:
            user_id: The user.
            group_id: The group.

        Returns:
            The membership. Costs one call.

        Raises:
            NotFoundError: There is no such membership.
        """
        return await self._pipeline.call(ops.GET_USER_MEMBERSHIP_IN_GROUP, user_id, group_id)

    async def update(self, user_id: str, group_id: str, *, role: str) -> None:
        """Give a user another role in a group.

        The API answers nothing here, unlike for the other memberships; `get` returns what became of it. Costs one
        call.

        Args:
            user_id: The user.
            group_id: The group.
            role: The name of the new role, as `roles.list` names it.

        Raises:
            NotFoundError: There is no such membership.
        """
        check_text(role, "role")
        return await self._pipeline.call(ops.UPDATE_USER_MEMBERSHIP_IN_GROUP, user_id, group_id, body={"role": role})

    async def delete(self, user_id: str, group_id: str) -> None:
        """End the membership of a user in a group.

        Costs one call.

        Args:
            user_id: The user.
            group_id: The group.

        Raises:
            NotFoundError: There is no such membership.
        """
        return await self._pipeline.call(ops.DELETE_USER_MEMBERSHIP_IN_GROUP, user_id, group_id)


class Users(Resource):
    """Users. API: https://fivetran.com/docs/rest-api/api-reference/users."""

    @cached_property
    def connections(self) -> Memberships:
        """The connections that a user has a role in."""
        return Memberships(self._pipeline, USER_CONNECTIONS)

    @cached_property
    def groups(self) -> UserGroups:
        """The groups that a user has a role in."""
        return UserGroups(self._pipeline)

    def list(self, *, active: bool | None = None, page_size: int = 1000, cursor: str | None = None) -> Pager[User]:
        """List the users of the account.

        Args:
            active: Only those who may log in (True) or may not (False); None for all.
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        check_flags(nullable=True, active=active)
        return self._pager(ops.LIST_ALL_USERS, query={"active": active}, page_size=page_size, cursor=cursor)

    async def get(self, user_id: str) -> User:
        """Return a user.

        Args:
            user_id: The user.

        Returns:
            The user. Costs one call.

        Raises:
            NotFoundError: There is no such user.
        """
        return await self._pipeline.call(ops.USER_DETAILS, user_id)

    async def create(
        self,
        *,
        email: str,
        given_name: str,
        family_name: str,
        phone: str | Unset = UNSET,
        picture: str | Unset = UNSET,
        role: str | Unset = UNSET,
    ) -> User:
        """Invite a user to the account.

        Args:
            email: The address that the invitation goes to.
            given_name: The first name.
            family_name: The last name.
            phone: The phone number.
            picture: The URL of a picture.
            role: The name of the role in the account, as `roles.list` names it.

        Returns:
            The new user. Costs one call, of the user-creation class (500 an hour, 10 on trial); it is not repeated
            when its outcome is unknown.

        Raises:
            ArgumentError: A name or the role is empty, or the email is none; nothing was sent.
            BadRequestError: The API refuses something, such as an email that is in use.
        """
        check_email(email)
        check_text(given_name, "given_name")
        check_text(family_name, "family_name")
        check_given(role=role)
        return await self._pipeline.call(
            ops.CREATE_USER,
            body={
                "email": email,
                "given_name": given_name,
                "family_name": family_name,
                "phone": phone,
                "picture": picture,
                "role": role,
            },
        )

    async def update(
        self,
        user_id: str,
        *,
        given_name: str | Unset = UNSET,
        family_name: str | Unset = UNSET,
        phone: str | Unset | None = UNSET,
        picture: str | Unset | None = UNSET,
        role: str | Unset = UNSET,
    ) -> User:
        """Change a user. What is left out stays as it is; None is sent as null.

        Args:
            user_id: The user.
            given_name: The first name.
            family_name: The last name.
            phone: The phone number.
            picture: The URL of a picture.
            role: The name of the role in the account; `delete_role` takes it away.

        Returns:
            The user as it is now. Costs one call.

        Raises:
            ArgumentError: Nothing would change, or a name or the role is empty; nothing was sent.
            NotFoundError: There is no such user.
        """
        check_given(given_name=given_name, family_name=family_name, role=role)
        body = {
            "given_name": given_name,
            "family_name": family_name,
            "phone": phone,
            "picture": picture,
            "role": role,
        }
        return await self._pipeline.call(ops.MODIFY_USER, user_id, body=changed(body))

    async def delete(self, user_id: str, *, confirm: bool = False) -> None:
        """Delete a user, and with the user the API key of the user.

        Costs one call.

        Args:
            user_id: The user.
            confirm: Must be True: what is deleted cannot be brought back.

        Raises:
            ConfirmationError: `confirm` is not True; nothing was sent.
            NotFoundError: There is no such user.
        """
        confirmed(f"users.delete({user_id!r}) deletes the user", confirm=confirm)
        return await self._pipeline.call(ops.DELETE_USER, user_id)

    async def delete_role(self, user_id: str) -> None:
        """Take away a user's role in the account; roles in groups, connections and teams stay.

        Costs one call.

        Args:
            user_id: The user.

        Raises:
            NotFoundError: There is no such user.
        """
        return await self._pipeline.call(ops.DELETE_USER_MEMBERSHIP_IN_ACCOUNT, user_id)
