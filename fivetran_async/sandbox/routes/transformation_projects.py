"""Transformation projects: dbt projects in Git repositories."""

from __future__ import annotations

import re
from typing import Any, Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.engine import parts
from fivetran_async.sandbox.engine.credentials import Forger
from fivetran_async.sandbox.engine.transformations import DBT, PART, PROJECTS
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import RefusalError, Reply, done, found, invalid
from fivetran_async.sandbox.routes.router import SETUP_TESTS, SOURCE, Route, always_tests
from fivetran_async.sandbox.times import stamp

_LISTED: Final = ("id", "type", "created_at", "created_by_id", "group_id")
_REMOTE: Final = re.compile(r"(git@[\w.-]+:|ssh://|https://)\S+")
_VARIABLE: Final = checks.matching(r"DBT_[A-Z0-9._-]*=(.|\n)*", "a text such as DBT_NAME=value")


CHANGEABLE: Final[dict[str, checks.Checker]] = {
    "folder_path": checks.text,
    "git_branch": checks.text,
    "threads": checks.integer,
    "target_name": checks.text,
    "environment_vars": checks.several(_VARIABLE),
}
FIXED: Final[dict[str, checks.Checker]] = {
    "dbt_version": checks.text,
    "default_schema": checks.text,
    "git_remote_url": checks.text,
}


def tests_unless_told(body: JsonObject | None) -> tuple[str, ...]:
    """Name the rate classes of a create or change: it runs setup tests unless `run_tests` is false."""
    return () if body is not None and body.get("run_tests") is False else (SETUP_TESTS, SOURCE)


def shape(account: Account, given: JsonObject) -> JsonObject:
    """Return a complete transformation project: ready, unless its fields say otherwise."""
    base: JsonObject = {
        "id": given["id"],
        "type": DBT,
        "status": "READY",
        "errors": [],
        "created_at": stamp(account.now),
        "created_by_id": account.info.get("user_id"),
        "group_id": next(iter(account.groups), None),
        "setup_tests": [],
        "project_config": {},
    }
    project: JsonObject = base | given | {"sandbox": parts.own(given)}
    # One key for each group: what its projects are read with.
    key = Forger("git", account.seed, project["group_id"]).ssh_key("fivetran")
    project["project_config"] = {"public_key": key} | project["project_config"]
    return project


def list_all(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/transformation-projects`."""
    projects = parts.every(account, PROJECTS, shape)
    return page(projects, call.query, lambda project: {name: project[name] for name in _LISTED})


def get(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/transformation-projects/{projectId}`."""
    return found(parts.shown(_project(account, call)))


def create(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/transformation-projects`."""
    body = call.wanted_body
    checks.require(body, "group_id", "type", "project_config")
    group, kind = checks.text("group_id", body["group_id"]), checks.one_of(DBT)("type", body["type"])
    config: JsonObject = checks.object_of(FIXED | CHANGEABLE, *FIXED)("project_config", body["project_config"])
    run = _told(body)
    account.group(group)
    given: JsonObject = {"group_id": group, "type": kind, "status": "NOT_READY", "project_config": config}
    project = parts.add(account, PROJECTS, given, shape)
    if run:
        _test(project)
    return done("Transformation project has been created", parts.shown(project), status=201)


def update(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/transformation-projects/{projectId}`."""
    project = _project(account, call)
    body = call.wanted_body
    config = _changes(body["project_config"]) if body.get("project_config") is not None else {}
    run = _told(body)
    if not config:
        raise invalid("Request must contain at least one field to change")
    project["project_config"] = project["project_config"] | config
    if run:
        _test(project)
    return done("Transformation project has been updated", parts.shown(project))


def delete(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/transformation-projects/{projectId}`."""
    name = _project(account, call)["id"]
    configs = (thing.get("transformation_config", {}) for thing in account.things[PART].values())
    # How the API refuses this is not documented; 409 is what it declares for other things that are in use.
    if any(config.get("project_id") == name for config in configs):
        raise RefusalError(409, f"Transformation project with id '{name}' still has transformations")
    del account.things[PROJECTS][name]
    return done(f"Transformation project with id '{name}' has been deleted")


def run_tests(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/transformation-projects/{projectId}/test`."""
    project = _project(account, call)
    _test(project)
    return done("Setup tests were completed", parts.shown(project))


def _project(account: Account, call: Call) -> JsonObject:
    return parts.one(account, PROJECTS, call.path["projectId"], shape)


def _told(body: JsonObject) -> bool:
    told: bool = checks.read(body, {"run_tests": checks.boolean}).get("run_tests", True)
    return told


def _changes(value: Any) -> JsonObject:
    given = checks.mapping("project_config", value)
    for field in FIXED:
        if given.get(field) is not None:
            raise invalid(f"Field 'project_config.{field}' cannot be changed after the project was created")
    return checks.read(given, CHANGEABLE, within="project_config")


def _test(project: JsonObject) -> None:
    remote = project["project_config"].get("git_remote_url") or ""
    reachable = _REMOTE.fullmatch(remote) is not None
    problem = "" if reachable else f"The repository '{remote}' could not be read."
    project |= {
        "status": "READY" if reachable else "ERROR",
        "errors": [] if reachable else [problem],
        "setup_tests": [
            {
                "title": "Connecting to the repository",
                "status": "PASSED" if reachable else "FAILED",
                "message": problem,
            },
            {"title": "Parsing the dbt project", "status": "PASSED" if reachable else "SKIPPED", "message": ""},
        ],
    }


ROUTES: Final = (
    Route("GET", "/v1/transformation-projects", list_all),
    Route("POST", "/v1/transformation-projects", create, tests_unless_told),
    Route("GET", "/v1/transformation-projects/{projectId}", get),
    Route("PATCH", "/v1/transformation-projects/{projectId}", update, tests_unless_told),
    Route("DELETE", "/v1/transformation-projects/{projectId}", delete),
    Route("POST", "/v1/transformation-projects/{projectId}/test", run_tests, always_tests),
)
