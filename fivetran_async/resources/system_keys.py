"""System keys: API keys that belong to the account."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from fivetran_async import operations as ops
from fivetran_async._pipeline import changed, confirmed
from fivetran_async.errors import ArgumentError
from fivetran_async.models.system_keys import AccessLevel, ExpirationPeriod, SystemKey, SystemKeyPermission
from fivetran_async.paging import Pager
from fivetran_async.resources._base import Resource, check_choice, check_mappings, check_text, fields_of
from fivetran_async.types import UNSET, JsonObject, Unset


class SystemKeys(Resource):
    """System keys; only a user's key of an account administrator may manage them.

    API: https://fivetran.com/docs/rest-api/api-reference/system-key.
    """

    def list(self, *, page_size: int = 1000, cursor: str | None = None) -> Pager[SystemKey]:
        """List all system keys of the account.

        Args:
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page. The items carry no `secret`.
        """
        return self._pager(ops.GET_SYSTEM_KEYS, page_size=page_size, cursor=cursor)

    async def get(self, key_id: str) -> SystemKey:
        """Return a system key, without its secret.

        Args:
            key_id: The system key's id.

        Returns:
            The system key. Costs one call.

        Raises:
            NotFoundError: There is no such system key.
        """
        return await self._pipeline.call(ops.GET_SYSTEM_KEY_DETAILS, key_id)

    async def create(
        self,
        *,
        name: str,
        permissions: Sequence[SystemKeyPermission | JsonObject],
        expiration_period: str | Unset = UNSET,
    ) -> SystemKey:
        """Make a system key.

        Args:
            name: Its name; it starts with a letter or an underscore.
            permissions: What it may do, each with `resource_type` and `access_level` (`NONE`, `READ` or `MANAGE`), and
                perhaps narrowed by a `resource_filter`; nothing, with an empty list.
            expiration_period: How long it is valid: `ONE_WEEK`, `ONE_MONTH`, `THREE_MONTHS`, `SIX_MONTHS` or
                `INFINITE`.

        Returns:
            The new system key with its secret, which is never shown again. Costs one call, which is not repeated
            when its outcome is unknown.

        Raises:
            ArgumentError: Something was refused before it was sent.
            BadRequestError: The API refuses something.
            ForbiddenError: The credentials may not manage system keys.
        """
        _check_name(name)
        _check_permissions(permissions)
        check_choice(expiration_period, "expiration_period", ExpirationPeriod)
        return await self._pipeline.call(
            ops.CREATE_SYSTEM_KEY,
            body={"name": name, "permissions": permissions, "expiration_period": expiration_period},
        )

    async def update(
        self,
        key_id: str,
        *,
        name: str | Unset = UNSET,
        permissions: Sequence[SystemKeyPermission | JsonObject] | Unset = UNSET,
    ) -> SystemKey:
        """Change a system key. What is left out stays as it is.

        Args:
            key_id: The system key's id.
            name: Its name; it starts with a letter or an underscore.
            permissions: All that it may do, in place of what it may do now.

        Returns:
            The system key as it is now. Costs one call.

        Raises:
            ArgumentError: Nothing would change, or something was refused before it was sent.
            NotFoundError: There is no such system key.
        """
        if name is not UNSET:
            _check_name(name)
        if permissions is not UNSET:
            _check_permissions(permissions)
        body = {"name": name, "permissions": permissions}
        return await self._pipeline.call(ops.UPDATE_SYSTEM_KEY, key_id, body=changed(body))

    async def delete(self, key_id: str) -> None:
        """Delete a system key; whoever uses it is locked out at once.

        Costs one call.

        Args:
            key_id: The system key's id.

        Raises:
            NotFoundError: There is no such system key.
        """
        return await self._pipeline.call(ops.DELETE_SYSTEM_KEY, key_id)

    async def rotate(self, key_id: str, *, expiration_period: str | Unset = UNSET, confirm: bool = False) -> SystemKey:
        """Give a system key a new secret; the old one ends.

        Args:
            key_id: The system key's id.
            expiration_period: How long it is valid from now: `ONE_WEEK`, `ONE_MONTH`, `THREE_MONTHS`, `SIX_MONTHS`
                or `INFINITE`; left out, the API decides.
            confirm: Must be True: the old secret cannot be brought back.

        Returns:
            The system key with its new secret, which is never shown again. Costs one call, which is not repeated
            when its outcome is unknown.

        Raises:
            ConfirmationError: `confirm` is not True; nothing was sent.
            NotFoundError: There is no such system key.
        """
        check_choice(expiration_period, "expiration_period", ExpirationPeriod)
        confirmed(f"system_keys.rotate({key_id!r}) ends the old secret", confirm=confirm)
        return await self._pipeline.call(ops.ROTATE_SYSTEM_KEY, key_id, body={"expiration_period": expiration_period})


def _check_name(value: Any) -> None:
    check_text(value, "name")
    if not (value[0].isalpha() or value[0] == "_"):
        raise ArgumentError(f"name must start with a letter or an underscore, not {value[0]!r}")


def _check_permissions(value: Any) -> None:
    if isinstance(value, str | Mapping) or not isinstance(value, Sequence):
        raise ArgumentError(f"permissions must be a list of permissions, not {value!r}")
    for number, item in enumerate(cast("Sequence[Any]", value)):
        place = f"permissions[{number}]"
        if not isinstance(item, SystemKeyPermission | Mapping):
            raise ArgumentError(f"{place} must be a SystemKeyPermission or a mapping, not {item!r}")
        fields = fields_of(cast("Mapping[str, Any]", item))
        for name in ("resource_type", "access_level"):
            check_text(fields.get(name), f"{place}.{name}")
        check_choice(fields["access_level"], f"{place}.access_level", AccessLevel)
        check_mappings(nullable=True, **{f"{place}.resource_filter": fields.get("resource_filter")})
