"""What the source of a connection holds: planted by a test, or made up from what the connection is.

A source is plain JSON, so that it is saved with the account::

    {"schemas": {"public": {"tables": {
        "orders": {},
        "audit": {"locked": "SYSTEM_TABLE"},
        "archive": {"supports_history_mode": false, "columns": {
            "id": {"is_primary_key": true, "locked": "SYSTEM_COLUMN"},
            "email": {},
            "blob": {"locked": "OTHER", "reason": "The type is not supported", "enabled": false}
        }}
    }}}}

Everything but the names may be left out. A table without `columns` has made-up ones. `locked` is the reason code for
which a user cannot change `enabled`; `enabled` is what that is as long as nobody decided about it.

Plant one with `account.add_connection(..., sandbox={"source": {...}})`. What is written into it later, or into the one
that `fivetran_async.sandbox.engine.schemas.plant` returns, is what the next reload, test or successful sync finds.
"""

from __future__ import annotations

import copy
import random
import re
from typing import Any, Final

from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.data.catalog import CONNECTOR_SDK, find
from fivetran_async.sandbox.data.samples import DATABASES, TABLES

SYSTEM_TABLE: Final = "SYSTEM_TABLE"
SYSTEM_COLUMN: Final = "SYSTEM_COLUMN"
DELETED: Final = "DELETED"
OTHER: Final = "OTHER"

_SCHEMAS: Final = ("public", "sales", "Archive", "reporting")
_TABLES: Final = """
accounts addresses campaigns carts categories comments contacts countries coupons currencies customers deals discounts
employees events InvoiceLines invoices leads locations messages notes OrderItems orders payments pipelines plans prices
products profiles projects quotes refunds regions returns reviews roles sessions shipments sources stages
StockMovements stores subscriptions suppliers tags tasks taxes tickets transactions users vendors visits warehouses
""".split()  # noqa: SIM905 - a list of fifty quoted words is no better to read
_COLUMNS: Final = """
amount birth_date city comment country created_at currency description email first_name iban ip_address is_active
kind last_name name notes owner_id parent_id phone price quantity reference ssn state status street tax total type
updated_at url version zip_code
""".split()  # noqa: SIM905 - as above

_KEY: Final[JsonObject] = {
    "is_primary_key": True,
    "locked": OTHER,
    "reason": "The column does not support exclusion as it is a Primary Key",
}
_LOCKED_TABLES: Final[dict[str, JsonObject]] = {
    "fivetran_audit": {"locked": SYSTEM_TABLE, "supports_history_mode": False},
    "orders_old": {"locked": DELETED},
    "payroll": {"locked": OTHER, "reason": "The user has no SELECT privilege on the table", "enabled": False},
}
# In these families a file or a range of cells is loaded whole, as one table without a key.
_WHOLE: Final = frozenset({"schema_table", "schema_table_group"})


def of(connection: JsonObject) -> JsonObject:
    """Return the source of a connection as it is now; not to be written to."""
    planted: JsonObject | None = connection["sandbox"].get("source")
    return made_up(connection) if planted is None else planted


def is_planted(connection: JsonObject) -> bool:
    """Tell whether the source can change: a made-up one is always the same."""
    return connection["sandbox"].get("source") is not None


def tables_of(source: JsonObject, schema: str) -> dict[str, JsonObject]:
    """Return the tables of one of a source's schemas, none of an unknown one."""
    found: JsonObject = source["schemas"].get(schema) or {}
    return found.get("tables") or {}


def columns_of(connection: JsonObject, schema: str, table: str, described: JsonObject) -> dict[str, JsonObject]:
    """Return the columns of a table.

    Args:
        connection: Whose source it is.
        schema: The schema's name.
        table: The table's name.
        described: What the source says of the table; its `columns` win over made-up ones.
    """
    given: dict[str, JsonObject] | None = described.get("columns")
    if given is not None:
        return given
    rng = random.Random(f"columns/{connection['id']}/{schema}/{table}")  # noqa: S311 - repeatable, not secret
    columns: dict[str, JsonObject] = {"id": _KEY} if keeps_history(connection, described) else {}
    columns |= {name: {} for name in sorted(rng.sample(_COLUMNS, k=rng.randint(4, 14)))}
    if connection["service"] in DATABASES and rng.random() < 0.25:  # noqa: PLR2004 - one table in four
        columns["row_version"] = {"locked": SYSTEM_COLUMN}
    return columns


def keeps_history(connection: JsonObject, described: JsonObject) -> bool:
    """Tell whether a table can be kept with its history; made-up ones can when they have a primary key."""
    return bool(described.get("supports_history_mode", _family(connection) not in _WHOLE))


def has_columns_config(connection: JsonObject, described: JsonObject) -> bool:
    """Tell whether single columns of a table can be chosen."""
    return bool(described.get("supports_columns_config", _family(connection) not in _WHOLE))


def resyncs_tables(connection: JsonObject) -> bool:
    """Tell whether single tables can be synced anew; which services cannot is not documented beyond that some cannot.

    The sandbox refuses it for those that load one table, and for those whose own code decides what is read.
    """
    return _family(connection) != "schema_table" and not runs_code(connection)


def runs_code(connection: JsonObject) -> bool:
    """Tell whether a connection runs a user's own code, which keeps a state between its syncs."""
    service: str = connection["service"]
    return service in {"aws_lambda", "azure_function", "google_cloud_function", CONNECTOR_SDK}


def made_up(connection: JsonObject) -> JsonObject:
    """Return the source that a connection has when none was planted; the same for the same connection."""
    rng = random.Random(f"source/{connection['id']}/{connection['service']}")  # noqa: S311 - as above
    family = _family(connection)
    first, _, table = str(connection["schema"]).partition(".")
    if family == "schema_table":
        return {"schemas": {first: {"tables": {table or "sheet": {}}}}}
    if family == "schema_table_group":
        names = sorted(rng.sample(TABLES, k=rng.randint(1, 5)))
        return {"schemas": {first: {"tables": {name: {} for name in names}}}}
    if family == "schema_prefix":
        schemas = {name: {"tables": _some_tables(rng)} for name in _SCHEMAS[: rng.randint(1, len(_SCHEMAS))]}
        schemas["public"]["tables"].update(copy.deepcopy(_LOCKED_TABLES))
        return {"schemas": schemas}
    return {"schemas": {first: {"tables": _some_tables(rng)}}}


def written_out(connection: JsonObject) -> JsonObject:
    """Return a copy of a connection's made-up source with all columns in it, to be planted and changed."""
    source = made_up(connection)
    for schema, described in source["schemas"].items():
        for table, about in described["tables"].items():
            about["columns"] = copy.deepcopy(columns_of(connection, schema, table, about))
    return source


def destination_schema(connection: JsonObject, schema: str) -> str:
    """Return what a schema is called in the destination."""
    if connection["destination_schema_names"] == "SOURCE_NAMING":
        return schema
    if _family(connection) == "schema_prefix":
        prefix: Any = connection["config"].get("schema_prefix")
        return f"{prefix or connection['schema']}_{_snake(schema)}"
    return str(connection["schema"]).partition(".")[0]


def destination_name(connection: JsonObject, name: str) -> str:
    """Return what a table or a column is called in the destination."""
    return name if connection["destination_schema_names"] == "SOURCE_NAMING" else _snake(name)


def _some_tables(rng: random.Random) -> dict[str, JsonObject]:
    names = sorted(rng.sample(_TABLES, k=rng.randint(3, 17)))
    # One in eight has no primary key.
    return {name: {} if rng.random() > 0.125 else {"supports_history_mode": False} for name in names}  # noqa: PLR2004


def _family(connection: JsonObject) -> str:
    service = find(connection["service"], "connector")
    return (service.schema_format if service is not None else None) or "schema"


def _snake(name: str) -> str:
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"\W+", "_", parted).lower()
