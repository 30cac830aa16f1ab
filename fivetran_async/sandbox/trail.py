"""What was asked of the API and done, noted as Fivetran's audit trail has it: by whom, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject, as_object
from fivetran_async.sandbox.data.catalog import secrets_of
from fivetran_async.sandbox.replies import Reply
from fivetran_async.sandbox.routes.router import Route
from fivetran_async.sandbox.routes.users import by_email
from fivetran_async.sandbox.views import MASK, masked

KIND: Final = "audit_trail"

# Nothing is another one for it.
_NO_CHANGE: Final = frozenset({"test", "sync", "resync", "reload", "connect-card", "run", "cancel"})
_SECRETS: Final = frozenset({"secret", "auth", "secrets", "password", "token"})

_RESOURCES: Final[dict[str, tuple[str, str]]] = {
    "connections": ("CONNECTION", ""),
    "groups": ("GROUP", ""),
    "destinations": ("DESTINATION", ""),
    "users": ("USER", ""),
    "teams": ("TEAM", "teams"),
    "system-keys": ("SYSTEM_KEY", "system_keys"),
    "webhooks": ("WEBHOOK", "webhooks"),
    "external-logging": ("LOG_SERVICE", "log_services"),
    "external-secrets-managers": ("EXTERNAL_SECRETS_MANAGER", "external_secrets_managers"),
    "private-links": ("PRIVATE_LINK", "private_links"),
    "proxy": ("PROXY_AGENT", "proxy_agents"),
    "hybrid-deployment-agents": ("HYBRID_DEPLOYMENT_AGENT", "hybrid_agents"),
    "transformation-projects": ("TRANSFORMATION_PROJECT", "transformation_projects"),
    "transformations": ("TRANSFORMATION", "transformations"),
    "connector-sdk": ("CONNECTOR_SDK_PACKAGE", "connector_packages"),
    "hvr": ("HVR_HUB", "hvr_hubs"),
    "certificates": ("CERTIFICATE", ""),
    "fingerprints": ("FINGERPRINT", ""),
}
"""By a segment of a path: what the trail calls what is there, and in which of the account's parts it is kept."""


def handle(account: Account, route: Route, call: Call) -> Reply:
    """Have a request answered, and note it where it changed something."""
    if route.method == "GET" or route.path.rpartition("/")[2] in _NO_CHANGE:
        return route.handler(account, call)
    before = _before(account, route, call)
    reply = route.handler(account, call)
    then = reply.then
    if then is None:
        _note(account, route, call, reply, before)
        return reply

    async def noted() -> Reply:
        last = await then()
        with account.lock:
            _note(account, route, call, last, before)
        return last

    return replace(reply, then=noted)


def _note(account: Account, route: Route, call: Call, reply: Reply, before: JsonObject) -> None:
    segments = _segments(route)
    shown = as_object(reply.body.get("data")) or {}
    kind = _RESOURCES.get(segments[0], (segments[0].upper(), ""))[0]
    first, second = _named(segments, call), None
    inner = next((part for part in segments[2:3] if part in _RESOURCES), None)
    if inner is not None:
        second = _named(segments[2:], call) or shown.get("id") or _member(account, call.body or {})
    new = {} if route.method == "DELETE" else _shown(call.body or {}, before, kind)
    about = first or shown.get("id")
    data = {
        "action": _action(route, segments),
        "interaction_method": "API",
        "primary_resource_type": kind,
        "primary_resource_id": about,
        "secondary_resource_type": _RESOURCES[inner][0] if inner is not None else None,
        "secondary_resource_id": second,
        "old_values": before,
        "new_values": new,
    }
    name = about if kind == "CONNECTION" else None
    connection = account.connections.get(name or "", before)
    group = connection.get("group_id")
    account.history.note(KIND, account.now, connection_id=name, group_id=group, user_id=account.owner, data=data)


def _member(account: Account, body: JsonObject) -> str | None:
    # Who joins a group is named by the address.
    user = by_email(account, body["email"]) if "email" in body else None
    name: str | None = body.get("id") if user is None else user["id"]
    return name


def _before(account: Account, route: Route, call: Call) -> JsonObject:
    segments = _segments(route)
    name = _named(segments, call)
    if route.method == "POST" or name is None or len(segments) > 2:  # noqa: PLR2004 - the thing itself, nothing in it
        return {}
    kind, part = _RESOURCES.get(segments[0], ("", ""))
    things: Mapping[str, JsonObject] = account.things[part] if part else getattr(account, segments[0], {})
    thing = things.get(name)
    if thing is None:
        return {}
    wanted = thing.keys() if route.method == "DELETE" else (call.body or {}).keys()
    return _shown({key: thing[key] for key in wanted if key in thing}, thing, kind)


def _shown(values: JsonObject, thing: JsonObject, kind: str) -> JsonObject:
    """Return values as they may be read by others; of what is not known to be harmless nothing is shown."""
    service: Any = thing.get("service") or values.get("service")
    secrets = secrets_of(service) if isinstance(service, str) else frozenset[str]()
    shown = masked({key: value for key, value in values.items() if key != "sandbox"}, secrets | _SECRETS)
    if "config" in shown and not secrets and kind != "CONNECTION":
        shown["config"] = MASK
    return shown


def _action(route: Route, segments: list[str]) -> str:
    last = segments[-1]
    if "schemas" in segments or last == "role":
        return "EDIT"
    if route.method == "DELETE":
        return "DELETE"
    creates = route.method == "POST" and (
        len(segments) == 1 or last in _RESOURCES or segments[0] in {"webhooks", "hvr"}
    )
    return "CREATE" if creates or (route.method == "POST" and route.path == "/v1/external-logging/account") else "EDIT"


def _segments(route: Route) -> list[str]:
    segments = route.path.strip("/").split("/")[1:]
    if segments[:2] == ["connector-sdk", "packages"]:
        del segments[1]
    return segments


def _named(segments: list[str], call: Call) -> str | None:
    name = segments[1] if len(segments) > 1 else ""
    return call.path.get(name[1:-1]) if name.startswith("{") else None
