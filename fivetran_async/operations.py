"""The table of all operations, grouped as the API groups them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from fivetran_async.operation import Operation, RateClass, Shape

if TYPE_CHECKING:
    from fivetran_async.models.account import AccountInfo
    from fivetran_async.models.connections import Connection
    from fivetran_async.models.destinations import Destination
    from fivetran_async.models.groups import Group
    from fivetran_async.models.users import User

_IDEMPOTENT = frozenset({"GET", "DELETE", "PATCH"})

_table: dict[tuple[str, str], Operation[Any]] = {}


def _op(
    id: str,  # noqa: A002 - the attribute's own name
    method: str,
    path: str,
    shape: Shape = Shape.EMPTY,
    result: str | None = None,
    *,
    version: Literal[1, 2] = 1,
    idempotent: bool | None = None,
    rate: RateClass = RateClass.ALL,
) -> Operation[Any]:
    operation: Operation[Any] = Operation(
        id=id,
        method=method,
        path=path,
        shape=shape,
        result=result,
        version=version,
        idempotent=method in _IDEMPOTENT if idempotent is None else idempotent,
        rate_class=rate,
    )
    if _table.setdefault((method, path), operation) is not operation:
        raise ValueError(f"{method} {path} stands in the table twice")
    return operation


_OBJECT, _PAGE = Shape.OBJECT, Shape.PAGE

# fmt: off
# Account
GET_ACCOUNT_INFO: Final[Operation[AccountInfo]] = _op("get_account_info", "GET", "/v1/account/info", _OBJECT, "account:AccountInfo")

# Groups
LIST_ALL_GROUPS: Final[Operation[Group]] = _op("list_all_groups", "GET", "/v1/groups", _PAGE, "groups:Group")
CREATE_GROUP: Final[Operation[Group]] = _op("create_group", "POST", "/v1/groups", _OBJECT, "groups:Group")
GROUP_DETAILS: Final[Operation[Group]] = _op("group_details", "GET", "/v1/groups/{group_id}", _OBJECT, "groups:Group")
MODIFY_GROUP: Final[Operation[Group]] = _op("modify_group", "PATCH", "/v1/groups/{group_id}", _OBJECT, "groups:Group")
DELETE_GROUP: Final[Operation[None]] = _op("delete_group", "DELETE", "/v1/groups/{group_id}")
LIST_ALL_CONNECTIONS_IN_GROUP: Final[Operation[Connection]] = _op("list_all_connections_in_group", "GET", "/v1/groups/{group_id}/connections", _PAGE, "connections:Connection")
LIST_ALL_USERS_IN_GROUP: Final[Operation[User]] = _op("list_all_users_in_group", "GET", "/v1/groups/{group_id}/users", _PAGE, "users:User")

# Connections
LIST_CONNECTIONS: Final[Operation[Connection]] = _op("list_connections", "GET", "/v1/connections", _PAGE, "connections:Connection", version=2)
CREATE_CONNECTION: Final[Operation[Connection]] = _op("create_connection", "POST", "/v1/connections", _OBJECT, "connections:Connection", version=2)
CONNECTION_DETAILS: Final[Operation[Connection]] = _op("connection_details", "GET", "/v1/connections/{connection_id}", _OBJECT, "connections:Connection", version=2)
MODIFY_CONNECTION: Final[Operation[Connection]] = _op("modify_connection", "PATCH", "/v1/connections/{connection_id}", _OBJECT, "connections:Connection", version=2)
DELETE_CONNECTION: Final[Operation[None]] = _op("delete_connection", "DELETE", "/v1/connections/{connection_id}", version=2)
SYNC_CONNECTION: Final[Operation[None]] = _op("sync_connection", "POST", "/v1/connections/{connection_id}/sync", version=2)

# Destinations
LIST_DESTINATIONS: Final[Operation[Destination]] = _op("list_destinations", "GET", "/v1/destinations", _PAGE, "destinations:Destination", version=2)
DESTINATION_DETAILS: Final[Operation[Destination]] = _op("destination_details", "GET", "/v1/destinations/{destination_id}", _OBJECT, "destinations:Destination", version=2)
# fmt: on

OPERATIONS: Final[tuple[Operation[Any], ...]] = tuple(_table.values())
"""All declared operations; `(method, path)` is unique among them."""
