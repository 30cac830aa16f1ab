"""Log services: those of groups, and the one of the account."""

from __future__ import annotations

from typing import Any, Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.data import catalog
from fivetran_async.sandbox.engine import parts
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import RefusalError, Reply, done, found, invalid, missing
from fivetran_async.sandbox.routes.router import SETUP_TESTS, SOURCE, Route, always_tests
from fivetran_async.sandbox.views import MASK, detailed, listed

PART: Final = "log_services"
GROUP: Final = "group"
ACCOUNT: Final = "account"

FIELDS: Final[dict[str, checks.Checker]] = {"enabled": checks.boolean, "config": checks.mapping}
TRANSIENT: Final[dict[str, checks.Checker]] = {"run_setup_tests": checks.boolean}

# The version of the API decides about connections and destinations only.
_TYPED: Final = 2

_ALERTS: Final = {
    "incomplete": {"code": "incomplete_setup", "message": "Finish the configuration and test again.", "details": ""},
    "broken": {"code": "reconnect", "message": "The credentials were rejected by the service.", "details": ""},
}


def tests_if_told(body: JsonObject | None) -> tuple[str, ...]:
    """Name the rate classes of a create or change: unlike elsewhere, setup tests run only when they are asked for."""
    return (SETUP_TESTS, SOURCE) if body is not None and body.get("run_setup_tests") is True else ()


def shape(_account: Account, given: JsonObject) -> JsonObject:
    """Return a complete log service. Its status is absent until its setup tests ran."""
    base: JsonObject = {"id": given["id"], "service": "cloudwatch", "enabled": True, "config": {}}
    return base | given | {"sandbox": parts.own(given, level=GROUP)}


def list_all(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/external-logging`: those of groups; the account's own has a path of its own."""
    chosen = [log for log in parts.every(account, PART, shape) if log["sandbox"]["level"] == GROUP]
    return page(chosen, call.query, listed)


def get(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/external-logging/{logId}`."""
    return found(detailed(_of_group(account, call), _TYPED))


def create(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/external-logging`."""
    body = call.wanted_body
    checks.require(body, "group_id", "service")
    group, given = checks.text("group_id", body["group_id"]), _given(body)
    account.group(group)
    # The first one of a group has the group's id.
    name = account.mint() if group in account.things[PART] else group
    return _create(account, body, given | {"id": name, "sandbox": {"level": GROUP, "group_id": group}})


def update(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/external-logging/{logId}`."""
    return _update(_of_group(account, call), call)


def delete(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/external-logging/{logId}`."""
    return _delete(account, _of_group(account, call))


def run_tests(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/external-logging/{logId}/test`."""
    return _test(_of_group(account, call))


def get_account(account: Account, _call: Call) -> Reply:
    """Answer `GET /v1/external-logging/account`."""
    return found(detailed(_of_account(account), _TYPED))


def create_account(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/external-logging/account`."""
    body = call.wanted_body
    checks.require(body, "service")
    given = _given(body)
    if _find_account(account) is not None:
        raise RefusalError(409, "Account already has an external logging service")
    return _create(account, body, given | {"id": account.info["account_id"], "sandbox": {"level": ACCOUNT}})


def update_account(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/external-logging/account`."""
    return _update(_of_account(account), call)


def delete_account(account: Account, _call: Call) -> Reply:
    """Answer `DELETE /v1/external-logging/account`."""
    return _delete(account, _of_account(account))


def run_account_tests(account: Account, _call: Call) -> Reply:
    """Answer `POST /v1/external-logging/account/test`."""
    return _test(_of_account(account))


def _of_group(account: Account, call: Call) -> JsonObject:
    name = call.path["logId"]
    log = parts.one(account, PART, name, shape)
    if log["sandbox"]["level"] != GROUP:
        raise missing("Log service", name, "NotFound_LogService")
    return log


def _find_account(account: Account) -> JsonObject | None:
    logs = parts.every(account, PART, shape)
    return next((log for log in logs if log["sandbox"]["level"] == ACCOUNT), None)


def _of_account(account: Account) -> JsonObject:
    log = _find_account(account)
    if log is None:
        raise RefusalError(404, "Account has no external logging service", "NotFound_LogService")
    return log


def _given(body: JsonObject) -> JsonObject:
    service = checks.text("service", body["service"])
    if catalog.find(service, "log") is None:
        raise invalid(f"Unknown log service '{service}'")
    return {"service": service} | checks.read(body, FIELDS)


def _create(account: Account, body: JsonObject, given: JsonObject) -> Reply:
    run = checks.read(body, TRANSIENT).get("run_setup_tests", False)
    log = parts.add(account, PART, given, shape)
    tests = _run(log) if run else None
    return done("External logging service has been added", detailed(log, _TYPED, tests), status=201)


def _update(log: JsonObject, call: Call) -> Reply:
    body = call.wanted_body
    given = checks.read(body, FIELDS)
    run = checks.read(body, TRANSIENT).get("run_setup_tests", False)
    config = given.pop("config", None)
    log |= given
    if config is not None:
        log["config"] = log["config"] | config
    tests = _run(log) if run else None
    return done("External logging service has been updated", detailed(log, _TYPED, tests))


def _delete(account: Account, log: JsonObject) -> Reply:
    del account.things[PART][log["id"]]
    return done(f"External logging service with id '{log['id']}' has been deleted")


def _test(log: JsonObject) -> Reply:
    return done("Setup tests were completed", {"setup_tests": _run(log)})


def _run(log: JsonObject) -> list[JsonObject]:
    state = _state(log["config"], catalog.find(log["service"], "log"))
    alert = _ALERTS.get(state)
    log["status"] = {"setup_state": state, "tasks": [] if alert is None else [dict(alert)]}
    if alert is None:
        return [{"title": "Connecting to the log service", "status": "PASSED", "message": ""}]
    return [{"title": "Connecting to the log service", "status": "FAILED", "message": alert["message"]}]


def _state(config: dict[str, Any], service: catalog.Service | None) -> str:
    secrets = service.secrets if service is not None else frozenset[str]()
    if any(config.get(field) == MASK for field in secrets):
        # A mask that was sent back has replaced the secret.
        return "broken"
    # Which fields a service really needs is not in the specification: a secret stands for all of them.
    given = any(config.get(field) for field in secrets) if secrets else bool(config)
    return "connected" if given else "incomplete"


ROUTES: Final = (
    Route("GET", "/v1/external-logging", list_all),
    Route("POST", "/v1/external-logging", create, tests_if_told),
    Route("GET", "/v1/external-logging/account", get_account),
    Route("POST", "/v1/external-logging/account", create_account, tests_if_told),
    Route("PATCH", "/v1/external-logging/account", update_account, tests_if_told),
    Route("DELETE", "/v1/external-logging/account", delete_account),
    Route("POST", "/v1/external-logging/account/test", run_account_tests, always_tests),
    Route("GET", "/v1/external-logging/{logId}", get),
    Route("PATCH", "/v1/external-logging/{logId}", update, tests_if_told),
    Route("DELETE", "/v1/external-logging/{logId}", delete),
    Route("POST", "/v1/external-logging/{logId}/test", run_tests, always_tests),
)
