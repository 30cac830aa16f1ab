"""Transformations, their runs, and the metadata of the quickstart packages."""

from __future__ import annotations

from typing import Any, Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.data import catalog, quickstart
from fivetran_async.sandbox.engine import parts, schedules, transformations
from fivetran_async.sandbox.engine.transformations import DBT, PART, PROJECTS, QUICKSTART
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import Reply, done, found, invalid, missing
from fivetran_async.sandbox.routes import transformation_projects
from fivetran_async.sandbox.routes.router import Route


def minutes(name: str, value: Any) -> int:
    """Take a positive number of minutes."""
    number = checks.integer(name, value)
    if not number:
        raise invalid(f"Field '{name}' must be a positive number of minutes")
    return number


TEXTS: Final = checks.several(checks.text)
STEP: Final = checks.object_of({"name": checks.text, "command": checks.text})

SCHEDULE: Final[dict[str, checks.Checker]] = {
    "schedule_type": checks.one_of("INTEGRATED", "TIME_OF_DAY", "INTERVAL", "CRON"),
    "cron": TEXTS,
    "interval": minutes,
    "days_of_week": checks.several(checks.one_of(*schedules.DAYS)),
    "time_of_day": checks.text,
    "connection_ids": TEXTS,
    "transformation_ids": TEXTS,
    "smart_syncing": checks.boolean,
}
WANTED: Final = {"INTERVAL": "interval", "TIME_OF_DAY": "time_of_day", "CRON": "cron"}
"""By the type of a schedule, the field it cannot do without."""

PLAIN: Final[dict[str, checks.Checker]] = {"paused": checks.boolean}
CHANGEABLE: Final[dict[str, dict[str, checks.Checker]]] = {
    DBT: {"project_id": checks.text, "name": checks.text, "steps": checks.several(STEP, least=1)},
    QUICKSTART: {"excluded_models": TEXTS, "configurable_variables": checks.mapping},
}
"""By the type of a transformation, what of its config can be changed."""
FIXED: Final[dict[str, dict[str, checks.Checker]]] = {
    DBT: {},
    QUICKSTART: {"package_name": checks.text, "connection_ids": TEXTS},
}
REQUIRED: Final = {DBT: ("project_id", "name", "steps"), QUICKSTART: ("package_name", "connection_ids")}


def list_all(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/transformations`."""
    kind, group, project = (call.query.get(name) for name in ("type", "group_id", "project_id"))
    if kind is not None and kind not in REQUIRED:
        raise invalid(f"Parameter 'type' must be one of: {', '.join(REQUIRED)}")
    chosen = [
        one
        for one in parts.every(account, PART, transformations.shape)
        if kind in {None, one["type"]}
        and group in {None, transformations.group_of(account, one)}
        and project in {None, one["transformation_config"].get("project_id")}
    ]
    return page(chosen, call.query, parts.shown)


def get(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/transformations/{transformationId}`."""
    return found(parts.shown(_one(account, call)))


def create(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/transformations`."""
    body = call.wanted_body
    checks.require(body, "type", "transformation_config")
    kind = checks.one_of(*REQUIRED)("type", body["type"])
    config = _config(body, FIXED[kind] | CHANGEABLE[kind])
    for field in REQUIRED[kind]:
        if not config.get(field):
            raise invalid(f"Field 'transformation_config.{field}' is required")
    given: JsonObject = {"type": kind, "transformation_config": config} | checks.read(body, PLAIN)
    if body.get("schedule") is not None:
        given["schedule"] = _schedule(body["schedule"], {})
    _check_references(account, config, given.get("schedule", {}))
    one = parts.add(account, PART, given, transformations.shape)
    return done("Transformation has been created", parts.shown(one), status=201)


def update(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/transformations/{transformationId}`."""
    one = _one(account, call)
    body = call.wanted_body
    given = checks.read(body, PLAIN)
    config = _config(body, CHANGEABLE[one["type"]]) if body.get("transformation_config") is not None else {}
    schedule = _schedule(body["schedule"], one["schedule"]) if body.get("schedule") is not None else None
    if not given and not config and schedule is None:
        raise invalid("Request must contain at least one field to change")
    _check_references(account, config, schedule or {})
    one |= given | {"transformation_config": one["transformation_config"] | config}
    if schedule is not None:
        transformations.reschedule(account, one, schedule)
    return done("Transformation has been updated", parts.shown(_one(account, call)))


def delete(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/transformations/{transformationId}`."""
    name = _one(account, call)["id"]
    del account.things[PART][name]
    return done(f"Transformation with id '{name}' has been deleted")


def run(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/transformations/{transformationId}/run`."""
    one = _one(account, call)
    checks.read(call.body or {}, {"full_refresh": checks.boolean})
    transformations.run(account, one)
    return done("Transformation has been started")


def cancel(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/transformations/{transformationId}/cancel`."""
    transformations.cancel(account, _one(account, call))
    return done("Transformation has been canceled")


def upgrade(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/transformations/{transformationId}/upgrade`."""
    one = _one(account, call)
    # How the API answers for one that has no package is not documented.
    if one["type"] != QUICKSTART:
        raise invalid("Only quickstart transformations can be upgraded")
    transformations.upgrade(one)
    return done("Transformation package has been upgraded")


def list_packages(_account: Account, call: Call) -> Reply:
    """Answer `GET /v1/transformations/package-metadata`."""
    service, name = call.query.get("service"), call.query.get("name")
    if service is not None and catalog.find(service, "connector") is None:
        raise invalid(f"Unknown service '{service}'")
    chosen = [
        package
        for package in quickstart.packages().values()
        if name in {None, package.name} and (service is None or service in package.connector_types)
    ]
    return page(chosen, call.query, lambda package: package.metadata)


def get_package(_account: Account, call: Call) -> Reply:
    """Answer `GET /v1/transformations/package-metadata/{package_definition_id}`."""
    name = call.path["package_definition_id"]
    package = quickstart.packages().get(name)
    if package is None:
        raise missing("Package", name, "NotFound")
    return found(package.metadata)


def _one(account: Account, call: Call) -> JsonObject:
    return parts.one(account, PART, call.path["transformationId"], transformations.shape)


def _config(body: JsonObject, fields: dict[str, checks.Checker]) -> JsonObject:
    config: JsonObject = checks.object_of(fields)("transformation_config", body["transformation_config"])
    return config


def _schedule(value: Any, before: JsonObject) -> JsonObject:
    given: JsonObject = checks.object_of(SCHEDULE)("schedule", value)
    kind = given.get("schedule_type", before.get("schedule_type"))
    if kind is None:
        raise invalid("Field 'schedule.schedule_type' is required")
    # A schedule of another type keeps nothing of the old one.
    schedule = before | given if kind == before.get("schedule_type") else given
    if kind in WANTED and not schedule.get(WANTED[kind]):
        raise invalid(f"Field 'schedule.{WANTED[kind]}' is required for a schedule of type {kind}")
    try:
        transformations.timetable(schedule, 0.0)
    except ValueError as error:
        raise invalid(f"Field 'schedule.{WANTED[kind]}' is not valid: {error}") from None
    return schedule


def _check_references(account: Account, config: JsonObject, schedule: JsonObject) -> None:
    for name in schedule.get("connection_ids", ()):
        account.connection(name)
    if "project_id" in config:
        parts.one(account, PROJECTS, config["project_id"], transformation_projects.shape)
    if "package_name" not in config:
        return
    package = quickstart.named(config["package_name"])
    if package is None:
        raise invalid(f"Unknown package '{config['package_name']}'")
    for name in config["connection_ids"]:
        service = account.connection(name)["service"]
        if service not in package.connector_types:
            raise invalid(f"Package '{package.name}' cannot read connections of service '{service}'")


ROUTES: Final = (
    Route("GET", "/v1/transformations", list_all),
    Route("POST", "/v1/transformations", create),
    Route("GET", "/v1/transformations/package-metadata", list_packages),
    Route("GET", "/v1/transformations/package-metadata/{package_definition_id}", get_package),
    Route("GET", "/v1/transformations/{transformationId}", get),
    Route("PATCH", "/v1/transformations/{transformationId}", update),
    Route("DELETE", "/v1/transformations/{transformationId}", delete),
    Route("POST", "/v1/transformations/{transformationId}/cancel", cancel),
    Route("POST", "/v1/transformations/{transformationId}/run", run),
    Route("POST", "/v1/transformations/{transformationId}/upgrade", upgrade),
)
