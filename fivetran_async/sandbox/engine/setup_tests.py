"""Setup tests: what they find out about a connection or a destination, and what that does to its state."""

from __future__ import annotations

from typing import Any, Final

from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.data.catalog import CONNECTOR_SDK, Service, find
from fivetran_async.sandbox.engine import certificates, syncs
from fivetran_async.sandbox.views import MASK

_INCOMPLETE: Final = {"code": "incomplete_setup", "message": "Finish the setup form and test again.", "details": ""}
_UNTRUSTED: Final[dict[str, JsonObject]] = {
    certificates.CERTIFICATES: {
        "code": "untrusted_certificate",
        "message": "The certificate of the host is not approved.",
        "details": "",
    },
    certificates.FINGERPRINTS: {
        "code": "untrusted_fingerprint",
        "message": "The fingerprint of the SSH host is not approved.",
        "details": "",
    },
}
_RECONNECT: Final = {"code": "reconnect", "message": "The credentials were rejected by the source.", "details": ""}


def run_connection(connection: syncs.Connection, now: float, *, repaired: bool = False) -> list[JsonObject]:
    """Run the setup tests of a connection, set its state by them, and return their results.

    Args:
        connection: It is changed in place.
        now: The sandbox's now.
        repaired: Whether its credentials were just replaced; a broken connection stays broken otherwise.
    """
    service = find(connection["service"], "connector")
    own: syncs.Engine = connection["sandbox"]
    state = connection["status"]["setup_state"]
    if _masks(connection["config"], service):
        # A mask that was sent back has replaced the secret: the source rejects it.
        return _conclude(connection, now, "broken", _RECONNECT)
    if not own["authorised"] and not _complete(connection["config"], service):
        return _conclude(connection, now, "incomplete", _INCOMPLETE)
    untrusted = _stumble(connection, well=state != "broken")
    if untrusted is not None:
        kind, item = untrusted
        return _conclude(connection, now, "incomplete" if state == "incomplete" else "broken", _UNTRUSTED[kind], item)
    if state == "broken" and not _stumbled(connection) and not repaired:
        tasks: list[JsonObject] = connection["status"]["tasks"] or [dict(_RECONNECT)]
        return _conclude(connection, now, "broken", tasks[0])
    return _conclude(connection, now, "connected", None)


def run_destination(destination: JsonObject, *, repaired: bool = False) -> list[JsonObject]:
    """Run the setup tests of a destination, set its status by them, and return their results."""
    service = find(destination["service"], "destination")
    if _masks(destination["config"], service):
        destination["setup_status"] = "broken"
    elif not _complete(destination["config"], service):
        destination["setup_status"] = "incomplete"
    elif (untrusted := _stumble(destination, well=destination["setup_status"] != "broken")) is not None:
        destination["setup_status"] = "broken"
        kind, item = untrusted
        return _results("Connecting to the destination", "Checking permissions", _UNTRUSTED[kind]["message"], item)
    elif _stumbled(destination) or repaired or destination["setup_status"] != "broken":
        destination["setup_status"] = "connected"
    bad = None if destination["setup_status"] == "connected" else "The destination could not be reached."
    return _results("Connecting to the destination", "Checking permissions", bad)


def _stumble(owner: JsonObject, *, well: bool) -> tuple[str, JsonObject] | None:
    """Return what is presented and not approved, with its kind; remember whether nothing else is wrong."""
    untrusted = certificates.unapproved(owner)
    if not untrusted:
        return None
    own: JsonObject = owner["sandbox"]
    own["stumbled"] = own.get("stumbled", well)
    return untrusted[0]


def _stumbled(owner: JsonObject) -> bool:
    """Tell whether it was broken by a missing approval alone, which is there now."""
    own: JsonObject = owner.get("sandbox") or {}
    return bool(own.pop("stumbled", False))


def _conclude(
    connection: syncs.Connection, now: float, state: str, task: JsonObject | None, details: JsonObject | None = None
) -> list[JsonObject]:
    status: dict[str, Any] = connection["status"]
    changed = status["setup_state"] != state
    status["setup_state"] = state
    status["tasks"] = [] if task is None else [dict(task)]
    if changed:
        # A connection that fails for another reason than its setup goes on failing.
        connection["sandbox"]["outcome"] = "failure" if state == "broken" else "success"
        syncs.reschedule(connection, now)
    message = None if task is None else task["message"]
    return _results("Connecting to the source", "Validating access", message, details)


def _results(first: str, second: str, failure: str | None, details: JsonObject | None = None) -> list[JsonObject]:
    if failure is None:
        return [{"title": title, "status": "PASSED", "message": ""} for title in (first, second)]
    failed = {"title": first, "status": "FAILED", "message": failure}
    return [
        failed if details is None else failed | {"details": details},
        {"title": second, "status": "SKIPPED", "message": ""},
    ]


def _complete(config: JsonObject, service: Service | None) -> bool:
    # Which fields a service really needs is not in the public specification: one secret stands for all of them.
    if service is not None and service.id == CONNECTOR_SDK:
        return bool(config.get("package_id"))
    if service is None or not service.needs_credentials:
        return True
    if service.secrets:
        return any(config.get(field) for field in service.secrets)
    return len(config) > len(service.schema_fields)


def _masks(config: JsonObject, service: Service | None) -> bool:
    return service is not None and any(config.get(field) == MASK for field in service.secrets)
