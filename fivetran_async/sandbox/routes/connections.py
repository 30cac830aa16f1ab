"""Connections."""

from __future__ import annotations

from typing import Any, Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.data import catalog
from fivetran_async.sandbox.engine import changes, configs, connect_cards, schemas, setup_tests, shapes, sources, syncs
from fivetran_async.sandbox.engine.schema_config import SchemaConfig
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import RefusalError, Reply, done, found, invalid
from fivetran_async.sandbox.routes.router import Route, always_tests, tests_unless_told
from fivetran_async.sandbox.routes.testing import TRANSIENT, TRUST, tested
from fivetran_async.sandbox.views import detailed, listed

PLAIN: Final[dict[str, checks.Checker]] = {
    "paused": checks.boolean,
    "pause_after_trial": checks.boolean,
    "sync_frequency": checks.frequency,
    "data_delay_sensitivity": checks.one_of(*checks.SENSITIVITIES),
    "data_delay_threshold": checks.integer,
    "daily_sync_time": checks.hour,
    "schedule_type": checks.one_of("auto", "manual"),
    "networking_method": checks.one_of(*checks.NETWORKING),
    "proxy_agent_id": checks.text,
    "private_link_id": checks.text,
    "hybrid_deployment_agent_id": checks.text,
    "external_secrets_manager_id": checks.text,
    "external_secrets_keys_config": checks.mapping,
    "destination_configuration": checks.object_of({"virtual_warehouse": checks.string}),
}
"""Fields that are kept as they are sent, on create and on change."""

CREATED: Final[dict[str, checks.Checker]] = {
    "destination_schema_names": checks.one_of("FIVETRAN_NAMING", "SOURCE_NAMING"),
    "connect_card_config": connect_cards.read_config,
}
"""Fields that only a create takes."""

SPECIAL: Final[dict[str, checks.Checker]] = {
    "config": checks.mapping,
    "auth": checks.mapping,
    "is_historical_sync": checks.boolean,
    "schema_status": checks.one_of("ready", "blocked_on_capture"),
}
"""Fields of a change that do more than replace a value."""

_names: Final = checks.several(checks.text, least=1)

NULLABLE: Final = frozenset(
    {
        "daily_sync_time",
        "proxy_agent_id",
        "private_link_id",
        "hybrid_deployment_agent_id",
        "external_secrets_manager_id",
    }
)
NAMES: Final = frozenset({"schema", "table", "schema_prefix", "table_group_name"})


def connections_page(account: Account, call: Call, group: str | None) -> Reply:
    """Return a page of connections, of one group or of all, filtered by the query's `schema`."""
    schema = call.query.get("schema")
    chosen = [
        name
        for name, connection in account.connections.items()
        if (group is None or connection.get("group_id") == group)
        and (schema is None or connection.get("schema") == schema)
    ]
    now = account.now
    return page(chosen, call.query, lambda name: listed(account.settled(name, now)))


def list_all(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/connections`."""
    return connections_page(account, call, group=call.query.get("group_id"))


def get(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/connections/{connectionId}`."""
    return found(detailed(account.connection(call.path["connectionId"]), call.version))


def create(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/connections`."""
    body = call.wanted_body
    checks.require(body, "group_id", "service")
    group, name = checks.text("group_id", body["group_id"]), checks.text("service", body["service"])
    service = catalog.find(name, "connector")
    if service is None:
        raise invalid(f"Unknown service '{name}'")
    given = checks.read(body, PLAIN)
    special = checks.read(body, SPECIAL)
    transient = checks.read(body, TRANSIENT)
    created = checks.read(body, CREATED)
    card = created.pop("connect_card_config", None)
    config = configs.read(account, service, special.get("config", {}))
    if service.id == catalog.CONNECTOR_SDK:
        config = {"python_version": configs.LATEST_PYTHON} | config
    schema = _schema(service, config)
    _check_daily(given, {"sync_frequency": 360})
    account.group(group)
    # A group without a destination is accepted: nothing says that the API minds.
    if any(_collides(other, group, schema, config) for other in account.connections.values()):
        # The specification declares 409 for this operation and nothing else that could conflict.
        raise RefusalError(409, f"Connection with schema '{schema}' already exists in group '{group}'")
    connection = _new(account, group, name, schema, given | created | {"config": config})
    connection["sandbox"]["authorised"] = service.takes_auth and "auth" in special
    account.connections[connection["id"]] = connection
    changes.note(account, changes.CREATED, connection, {"service": name, **given, **created, "config": config})
    tests = _tested(account, connection, transient, repaired=True)
    shown = detailed(connection, call.version, tests)
    if card is not None:
        shown |= {"connect_card": connect_cards.issue(connection, card, account.now), "connect_card_config": card}
    return done("Connection has been created", shown, status=201)


def update(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/connections/{connectionId}`."""
    connection = account.connection(call.path["connectionId"])
    body = call.wanted_body
    given = checks.read(body, PLAIN, NULLABLE)
    special = checks.read(body, SPECIAL)
    transient = checks.read(body, TRANSIENT)
    if not given and not special:
        raise invalid("Request must contain at least one field to change")
    _check_daily(given, connection)
    service = catalog.find(connection["service"], "connector")
    if service is not None and "config" in special:
        special["config"] = configs.read(account, service, special["config"])
    _check_names(special.get("config", {}), connection)
    _apply(account, connection, given, special)
    tests = _tested(account, connection, transient, repaired="config" in special or "auth" in special)
    if special.get("is_historical_sync"):
        changes.resynced(account, connection, None)
        syncs.restart_history(connection, account.now, account.history)
    return done("Connection has been updated", detailed(connection, call.version, tests))


def delete(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/connections/{connectionId}`."""
    name = call.path["connectionId"]
    connection = account.connection(name)
    changes.note(account, changes.DELETED, connection)
    syncs.abort(connection, account.now, account.history)
    del account.connections[name]
    return done(f"Connection with id '{name}' has been deleted")


def sync(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/connections/{connectionId}/sync`."""
    connection = account.connection(call.path["connectionId"])
    force = checks.read(call.body or {}, {"force": checks.boolean}).get("force", False)
    if syncs.can_start(connection, force=force):
        changes.note(account, changes.STARTED, connection, {"force": force})
    syncs.start(connection, account.now, account.history, force=force)
    return done("Sync has been successfully triggered for connection")


def run_tests(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/connections/{connectionId}/test`."""
    connection = account.connection(call.path["connectionId"])
    # Both its fields are optional, yet the body itself has to be there.
    transient = checks.read(call.wanted_body, TRUST)
    tests = _tested(account, connection, transient, repaired=False)
    if connection["status"]["setup_state"] == "connected":
        # Only tests that were asked for look at what the source holds; those of a change do not.
        schemas.discover(connection)
    return done("Setup tests were completed", detailed(connection, call.version, tests))


def resync(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/connections/{connectionId}/resync`."""
    connection = account.connection(call.path["connectionId"])
    return resync_of(account, connection, checks.read(call.body or {}, {"scope": read_scope}).get("scope"))


def resync_of(account: Account, connection: syncs.Connection, scope: dict[str, list[str]] | None) -> Reply:
    """Have some tables of a connection, or all of it, read anew."""
    if scope is not None:
        if not sources.resyncs_tables(connection):
            raise invalid(f"Service '{connection['service']}' does not support the re-sync of single tables")
        SchemaConfig(connection).find_tables(scope)
    # The API lets a running sync end first, or answers 409: here it is 409 while everything is being read anew anyway.
    if connection["sandbox"]["ends"] is not None and connection["status"]["is_historical_sync"]:
        raise RefusalError(409, f"Connection with id '{connection['id']}' is in a historical sync")
    changes.resynced(account, connection, scope)
    syncs.resync(connection, account.now, scope, account.history)
    return done("Re-sync has been triggered successfully")


def read_scope(name: str, value: Any) -> dict[str, list[str]]:
    """Take an object of table names by schema; neither it nor one of its arrays may be empty."""
    tables = checks.mapping(name, value)
    if not tables:
        raise invalid("At least one table must be named")
    return {schema: _names(checks.path(name, schema), names) for schema, names in tables.items()}


def connect_card(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/connections/{connectionId}/connect-card`."""
    connection = account.connection(call.path["connectionId"])
    body = call.wanted_body
    checks.require(body, "connect_card_config")
    config = connect_cards.read_config("connect_card_config", body["connect_card_config"])
    card = connect_cards.issue(connection, config, account.now)
    # It is still called connector here.
    shown = {"connector_id": connection["id"], "connect_card": card, "connect_card_config": config}
    return done("Connect card has been created", shown)


def _tested(
    account: Account, connection: syncs.Connection, transient: JsonObject, *, repaired: bool
) -> list[JsonObject] | None:
    def run() -> list[JsonObject]:
        results = setup_tests.run_connection(connection, account.now, repaired=repaired)
        changes.tested(account, connection)
        return results

    return tested(account, connection, transient, run)


def _new(account: Account, group: str, service: str, schema: str, given: JsonObject) -> syncs.Connection:
    fixed: JsonObject = {
        "id": account.mint(),
        "service": service,
        "schema": schema,
        "group_id": group,
        "connected_by": account.info.get("user_id"),
        "status": {"setup_state": "incomplete"},
    }
    return shapes.connection(given | fixed, account.now)


def _schema(service: catalog.Service, config: JsonObject) -> str:
    checks.require(config, *service.schema_fields, within="config")
    named = configs.sdk_name if service.id == catalog.CONNECTOR_SDK else checks.text
    names = {field: named(f"config.{field}", config[field]) for field in service.schema_fields}
    if service.schema_format == "schema_table":
        return f"{names['schema']}.{names['table']}"
    return names["schema_prefix"] if service.schema_format == "schema_prefix" else names["schema"]


def _collides(other: syncs.Connection, group: str, schema: str, config: JsonObject) -> bool:
    # Connections of files may share a schema, each with a group of tables of its own.
    tables = config.get("table_group_name")
    return (other["group_id"], other["schema"]) == (group, schema) and other["config"].get("table_group_name") == tables


def _check_daily(given: JsonObject, before: JsonObject) -> None:
    frequency = given.get("sync_frequency", before["sync_frequency"])
    if given.get("daily_sync_time") is not None and frequency != syncs.DAILY_MINUTES:
        raise invalid("Field 'daily_sync_time' can only be set when 'sync_frequency' is 1440")


def _check_names(config: JsonObject, connection: syncs.Connection) -> None:
    for field in NAMES & config.keys():
        if config[field] != connection["config"].get(field, config[field]):
            raise invalid(f"Field 'config.{field}' cannot be changed after the connection was created")


def _apply(account: Account, connection: syncs.Connection, given: JsonObject, special: JsonObject) -> None:
    now = account.now
    paused = given.pop("paused", connection["paused"])
    edited = given | {key: value for key, value in special.items() if key != "is_historical_sync"}
    if edited:
        changes.note(account, changes.EDITED, connection, edited)
    shapes.put(connection, given)
    if "config" in special:
        connection["config"] = connection["config"] | special["config"]
    if "auth" in special:
        connection["sandbox"]["authorised"] = True
    if "schema_status" in special:
        connection["status"]["schema_status"] = special["schema_status"]
    if given.keys() & {"sync_frequency", "schedule_type", "daily_sync_time"}:
        syncs.reschedule(connection, now)
    if paused and not connection["paused"]:
        changes.note(account, changes.PAUSED, connection)
        syncs.pause(connection, account.now, account.history)
    elif connection["paused"] and not paused:
        changes.note(account, changes.RESUMED, connection)
        syncs.resume(connection, account.now, account.history)


ROUTES: Final = (
    Route("GET", "/v1/connections", list_all),
    Route("POST", "/v1/connections", create, tests_unless_told),
    Route("GET", "/v1/connections/{connectionId}", get),
    Route("PATCH", "/v1/connections/{connectionId}", update, tests_unless_told),
    Route("DELETE", "/v1/connections/{connectionId}", delete),
    Route("POST", "/v1/connections/{connectionId}/sync", sync),
    Route("POST", "/v1/connections/{connectionId}/resync", resync),
    Route("POST", "/v1/connections/{connectionId}/connect-card", connect_card),
    Route("POST", "/v1/connections/{connectionId}/test", run_tests, always_tests),
)
