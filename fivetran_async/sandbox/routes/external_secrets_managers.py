"""External secrets managers, and what takes its credentials from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject, as_object
from fivetran_async.sandbox.engine import parts
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import RefusalError, Reply, done, found, invalid
from fivetran_async.sandbox.routes.router import Route
from fivetran_async.sandbox.times import stamp
from fivetran_async.sandbox.views import masked

PART: Final = "external_secrets_managers"
FIELD: Final = "external_secrets_manager_id"
SECRETS: Final = frozenset({"secret_id"})

REQUIRED: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "AWS_SECRET_MANAGER": (("role_arn",), ()),
    "AZURE_KEY_VAULT": (("vault_url",), ("tenant_id",)),
    "HASHICORP_VAULT": (("vault_address",), ("role_id", "secret_id")),
}
"""By type: the config fields that are always required, and those that only hybrid deployments can do without."""


def shape(account: Account, given: JsonObject) -> JsonObject:
    """Return a complete external secrets manager."""
    created = given.get("created_at") or stamp(account.now)
    base: JsonObject = {
        "id": given["id"],
        "type": "AWS_SECRET_MANAGER",
        "name": given["id"],
        "config": {},
        "is_hybrid_deployment": False,
        "created_at": created,
        "updated_at": created,
    }
    return base | given | {"sandbox": parts.own(given)}


def list_all(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/external-secrets-managers`."""
    return page(parts.every(account, PART, shape), call.query, _view)


def get(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/external-secrets-managers/{esmId}`."""
    return found(_view(_manager(account, call)))


def create(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/external-secrets-managers`."""
    given = _in_its_words(lambda: _created(call.wanted_body))
    if any(manager["name"] == given["name"] for manager in parts.every(account, PART, shape)):
        raise _bad(f"External Secrets Manager with name '{given['name']}' already exists")
    manager = parts.add(account, PART, given, shape)
    return parts.created("External Secrets Manager has been created", _view(manager))


def update(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/external-secrets-managers/{esmId}`."""
    manager = _manager(account, call)
    config = _in_its_words(lambda: _changed(manager, call.wanted_body))
    manager |= {"config": config, "updated_at": stamp(account.now)}
    return done("External Secrets Manager has been updated", _view(manager))


def delete(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/external-secrets-managers/{esmId}`."""
    name = _manager(account, call)["id"]
    if any(parts.using(account, FIELD, name)):
        raise _bad(f"External Secrets Manager with id '{name}' is in use")
    del account.things[PART][name]
    return done(f"External Secrets Manager with id '{name}' has been deleted")


def entities(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/external-secrets-managers/{esmId}/entities`."""
    return _entities(account, call, [_manager(account, call)["id"]])


def list_entities(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/external-secrets-managers-entities`."""
    wanted = call.query.get("esm_id")
    return _entities(account, call, list(account.things[PART]) if wanted is None else [wanted])


def _manager(account: Account, call: Call) -> JsonObject:
    return parts.one(account, PART, call.path["esmId"], shape)


def _view(manager: JsonObject) -> JsonObject:
    return parts.shown(manager) | {"config": masked(manager["config"], SECRETS)}


def _entities(account: Account, call: Call, managers: list[str]) -> Reply:
    kind = call.query.get("type", "all").lower()
    if kind not in {"source", "destination", "all"}:
        raise invalid("Parameter 'type' must be one of: source, destination, all")
    items: list[JsonObject] = []
    for name in managers:
        sources, destinations = parts.using(account, FIELD, name)
        if kind != "destination":
            items += [_source(connection, name) for connection in sources]
        if kind != "source":
            items += [_destination(account, destination, name) for destination in destinations]
    # A page without a cursor: these two lists know neither `limit` nor `cursor`.
    return found({"items": items})


def _source(connection: JsonObject, manager: str) -> JsonObject:
    status = as_object(connection.get("status")) or {}
    return {
        "id": connection["id"],
        "name": connection.get("schema"),
        "enabled": status.get("setup_state") == "connected" and not connection.get("paused"),
        "type": "SOURCE",
        "secret_manager_id": manager,
        "created_at": connection.get("created_at"),
    }


def _destination(account: Account, destination: JsonObject, manager: str) -> JsonObject:
    group = account.group(destination["group_id"])
    return {
        "id": destination["id"],
        "name": group["name"],
        "enabled": destination.get("setup_status") == "connected",
        "type": "DESTINATION",
        "secret_manager_id": manager,
        "created_at": group["created_at"],
    }


def _created(body: JsonObject) -> JsonObject:
    checks.require(body, "type", "name", "config")
    fields: dict[str, checks.Checker] = {
        "type": checks.one_of(*REQUIRED),
        "name": checks.text,
        "config": checks.mapping,
        "is_hybrid_deployment": checks.boolean,
    }
    given = checks.read(body, fields)
    _check_config(given["type"], given["config"], hybrid=given.get("is_hybrid_deployment", False))
    return given


def _changed(manager: JsonObject, body: JsonObject) -> JsonObject:
    checks.require(body, "config")
    config: JsonObject = manager["config"] | checks.mapping("config", body["config"])
    _check_config(manager["type"], config, hybrid=manager["is_hybrid_deployment"])
    return config


def _check_config(kind: str, config: JsonObject, *, hybrid: bool) -> None:
    always, otherwise = REQUIRED[kind]
    for field in always if hybrid else (*always, *otherwise):
        checks.text(f"config.{field}", config.get(field))


def _in_its_words(read: Callable[[], JsonObject]) -> JsonObject:
    # This group of operations says BadRequest where the others say InvalidInput.
    try:
        return read()
    except RefusalError as refusal:
        raise _bad(refusal.message) from None


def _bad(message: str) -> RefusalError:
    return RefusalError(400, message, "BadRequest")


ROUTES: Final = (
    Route("GET", "/v1/external-secrets-managers", list_all),
    Route("POST", "/v1/external-secrets-managers", create),
    Route("GET", "/v1/external-secrets-managers-entities", list_entities),
    Route("GET", "/v1/external-secrets-managers/{esmId}", get),
    Route("PATCH", "/v1/external-secrets-managers/{esmId}", update),
    Route("DELETE", "/v1/external-secrets-managers/{esmId}", delete),
    Route("GET", "/v1/external-secrets-managers/{esmId}/entities", entities),
)
