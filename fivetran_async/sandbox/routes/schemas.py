"""Schema configs: what of the source is synced, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.engine import changes, schemas, sources, syncs
from fivetran_async.sandbox.engine.schema_config import SYNC_MODES, SchemaConfig
from fivetran_async.sandbox.engine.syncs import Connection
from fivetran_async.sandbox.replies import Reply, done, found, invalid
from fivetran_async.sandbox.routes.connections import read_scope, resync_of
from fivetran_async.sandbox.routes.router import Route, reaches_source

_PATH: Final = "/v1/connections/{connectionId}/schemas"
_TABLE: Final = f"{_PATH}/{{schemaName}}/tables/{{tableName}}"
_COLUMN: Final = f"{_TABLE}/columns/{{columnName}}"


def _level(fields: Mapping[str, checks.Checker]) -> checks.Checker:
    """Return a checker of what is said of one schema, table or column: `enabled` is required wherever one is named."""
    return checks.object_of({"enabled": checks.boolean, **fields}, "enabled")


_read_column: Final = _level({"hashed": checks.boolean, "is_primary_key": checks.boolean})
_read_table: Final = _level({"sync_mode": checks.one_of(*SYNC_MODES), "columns": checks.each(_read_column)})
_read_schema: Final = _level({"tables": checks.each(_read_table)})
_CONFIG: Final[dict[str, checks.Checker]] = {
    "schemas": checks.each(_read_schema),
    "schema_change_handling": checks.one_of(*schemas.HANDLINGS),
    "is_type_locked": checks.boolean,
}
_dropped_table: Final = checks.object_of({"columns": checks.several(checks.text, least=1)}, "columns")
_read_dropped: Final = checks.each(checks.object_of({"tables": checks.each(_dropped_table)}, "tables"))


def get(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/connections/{connectionId}/schemas`."""
    return found(SchemaConfig(_connection(account, call)).view())


def create(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/connections/{connectionId}/schemas`."""
    connection, body = _connection(account, call), call.wanted_body
    checks.require(body, "schemas")
    given = checks.read(body, _CONFIG)
    schemas.create(connection, given["schemas"], given.get("schema_change_handling"))
    changes.note(account, changes.SCHEMA_CHANGED, connection, given)
    return done("Schema config has been created", SchemaConfig(connection).view())


def update(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/connections/{connectionId}/schemas`."""
    connection = _connection(account, call)
    given = checks.changes(call.wanted_body, _CONFIG)
    config = SchemaConfig(connection)
    _change(connection, config, given.get("schemas", {}))
    config.set_policy(given.get("schema_change_handling"), given.get("is_type_locked"))
    return _changed(account, connection, config, given)


def update_schema(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/connections/{connectionId}/schemas/{schemaName}`."""
    connection = _connection(account, call)
    given = _read_schema("", call.wanted_body)
    config = SchemaConfig(connection)
    wanted = {call.path["schemaName"]: given}
    _change(connection, config, wanted)
    return _changed(account, connection, config, {"schemas": wanted})


def update_table(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/connections/{connectionId}/schemas/{schemaName}/tables/{tableName}`."""
    connection = _connection(account, call)
    given = _read_table("", call.wanted_body)
    config = SchemaConfig(connection)
    wanted = _one_table(call, given)
    _change(connection, config, wanted)
    return _changed(account, connection, config, {"schemas": wanted})


def update_column(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/connections/{connectionId}/schemas/{schemaName}/tables/{tableName}/columns/{columnName}`."""
    connection = _connection(account, call)
    given = _read_column("", call.wanted_body)
    config = SchemaConfig(connection)
    wanted = _one_table(call, {"columns": {call.path["columnName"]: given}})
    _change(connection, config, wanted)
    return _changed(account, connection, config, {"schemas": wanted})


def reload(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/connections/{connectionId}/schemas/reload`."""
    connection = _connection(account, call)
    given = checks.read(call.body or {}, {"exclude_mode": checks.one_of(*schemas.EXCLUDE_MODES)})
    _want_connected(connection)
    schemas.discover(connection, given.get("exclude_mode", schemas.PRESERVE))
    changes.note(account, changes.SCHEMA_CHANGED, connection, {"reloaded": True, **given})
    return done("Schema config has been reloaded", SchemaConfig(connection).view())


def columns(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/connections/{connectionId}/schemas/{schema}/tables/{table}/columns`."""
    connection = _connection(account, call)
    _want_connected(connection)
    return found(SchemaConfig(connection, live=True).columns_view(call.path["schema"], call.path["table"]))


def drop_columns(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/connections/{connectionId}/schemas/drop-columns`."""
    connection, body = _connection(account, call), call.wanted_body
    checks.require(body, "schemas")
    wanted = {
        schema: {table: about["columns"] for table, about in given["tables"].items()}
        for schema, given in _read_dropped("schemas", body["schemas"]).items()
    }
    if not any(wanted.values()):
        raise invalid("Field 'schemas' must name at least one column")
    SchemaConfig(connection).drop(wanted)
    changes.note(account, changes.SCHEMA_CHANGED, connection, {"dropped": wanted})
    return done("Columns have been dropped")


def delete_column(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/connections/{connectionId}/schemas/{schemaName}/tables/{tableName}/columns/{columnName}`."""
    path = call.path
    connection = _connection(account, call)
    dropped = {path["schemaName"]: {path["tableName"]: [path["columnName"]]}}
    SchemaConfig(connection).drop(dropped)
    changes.note(account, changes.SCHEMA_CHANGED, connection, {"dropped": dropped})
    return done(f"Column '{path['columnName']}' has been dropped")


def resync_tables(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/connections/{connectionId}/schemas/tables/resync`."""
    return resync_of(account, _connection(account, call), read_scope("", call.wanted_body))


def resync_table(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/connections/{connectionId}/schemas/{schemaName}/tables/{tableName}/resync`.

    It is in no reference any more, but clients call it.
    """
    scope = {call.path["schemaName"]: [call.path["tableName"]]}
    return resync_of(account, _connection(account, call), scope)


def _connection(account: Account, call: Call) -> Connection:
    return account.connection(call.path["connectionId"])


def _one_table(call: Call, given: JsonObject) -> dict[str, JsonObject]:
    return {call.path["schemaName"]: {"tables": {call.path["tableName"]: given}}}


def _change(connection: Connection, config: SchemaConfig, wanted: Mapping[str, JsonObject]) -> None:
    included = config.change(wanted)
    # What was left out so far has to be read from its beginning.
    if included and connection["succeeded_at"] is not None and sources.resyncs_tables(connection):
        syncs.note_resync(connection, included)


def _changed(account: Account, connection: Connection, config: SchemaConfig, given: JsonObject) -> Reply:
    changes.note(account, changes.SCHEMA_CHANGED, connection, given)
    return done("Schema config has been updated", config.view())


def _want_connected(connection: Connection) -> None:
    if connection["status"]["setup_state"] != "connected":
        raise invalid(f"Connection with id '{connection['id']}' is not set up: its source cannot be reached")


ROUTES: Final = (
    Route("GET", _PATH, get),
    Route("POST", _PATH, create),
    Route("PATCH", _PATH, update),
    Route("POST", f"{_PATH}/drop-columns", drop_columns),
    Route("POST", f"{_PATH}/reload", reload, reaches_source),
    Route("POST", f"{_PATH}/tables/resync", resync_tables),
    Route("PATCH", f"{_PATH}/{{schemaName}}", update_schema),
    Route("PATCH", _TABLE, update_table),
    Route("POST", f"{_TABLE}/resync", resync_table),
    Route("PATCH", _COLUMN, update_column),
    Route("DELETE", _COLUMN, delete_column),
    Route("GET", f"{_PATH}/{{schema}}/tables/{{table}}/columns", columns, reaches_source),
)
