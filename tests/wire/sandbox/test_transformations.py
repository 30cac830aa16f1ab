"""Transformations: projects and their tests, runs by hand and by schedule, packages and their versions."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from fivetran_async.sandbox import Sandbox, storage

PATH = "/v1/transformations"
PROJECTS = "/v1/transformation-projects"
MINUTE, HOUR, DAY = 60, 3600, 86_400
CONFIG = {
    "dbt_version": "1.9.4",
    "default_schema": "analytics",
    "git_remote_url": "git@git.example.com:data/dbt.git",
}
STEPS = [{"name": "run", "command": "dbt run --select daily_marts"}]
FINISHED = {"SUCCEEDED", "FAILED", "PARTIALLY_SUCCEEDED"}


@pytest.fixture
def group(box):
    """Return the id of a group."""
    return next(iter(box.account.groups))


@pytest.fixture
def project(call, group):
    """Return a project that passed its tests."""
    return call.post(PROJECTS, {"group_id": group, "type": "DBT_CORE", "project_config": CONFIG}).data


@pytest.fixture
def create(call, project):
    """Return what makes dbt transformations."""

    def make(schedule=None, **more):
        config = {"project_id": project["id"], "name": "marts", "steps": STEPS}
        body = {"type": "DBT_CORE", "transformation_config": config, "schedule": schedule} | more
        made = call.post(PATH, body)
        assert made.status == 201, made.json
        return made.data

    return make


def get(call, name):
    """Return a transformation as it is now."""
    return call.get(f"{PATH}/{name}").data


def since(text, moment):
    """Return the seconds from an instant of a reply to another."""
    return (moment - datetime.fromisoformat(text)).total_seconds()


def test_life_of_a_project(call, group, project):
    """A project could not be created, read, listed, changed, tested and deleted."""
    assert project["status"] == "READY"
    assert [test["status"] for test in project["setup_tests"]] == ["PASSED", "PASSED"]
    assert project["project_config"].pop("public_key").startswith("ssh-rsa ")
    assert project["project_config"] == CONFIG
    path = f"{PROJECTS}/{project['id']}"
    listed = next(item for item in call.walk(PROJECTS, 1) if item["id"] == project["id"])
    assert set(listed) == {"id", "type", "created_at", "created_by_id", "group_id"}
    assert listed["group_id"] == group
    change = {"git_branch": "next", "threads": 8, "environment_vars": ["DBT_TARGET=prod=1"]}
    changed = call.patch(path, {"project_config": change}).data
    assert changed["project_config"].items() >= (CONFIG | change).items()
    assert call.get(path).data == changed
    assert call.post(f"{path}/test").data["status"] == "READY"
    assert call.delete(path).status == 200
    for again in (call.get(path), call.delete(path), call.post(f"{path}/test"), call.patch(path, {})):
        assert (again.status, again.code) == (404, "NotFound")


def test_projects_that_cannot_be_read(call, group):
    """A project whose repository cannot be read would look ready, or an untested one tested."""
    body = {"group_id": group, "type": "DBT_CORE", "project_config": CONFIG | {"git_remote_url": "nowhere"}}
    failed = call.post(PROJECTS, body).data
    assert failed["status"] == "ERROR"
    assert failed["errors"]
    assert [test["status"] for test in failed["setup_tests"]] == ["FAILED", "SKIPPED"]
    untested = call.post(PROJECTS, body | {"run_tests": False, "project_config": CONFIG}).data
    assert (untested["status"], untested["setup_tests"]) == ("NOT_READY", [])
    assert call.post(f"{PROJECTS}/{untested['id']}/test").data["status"] == "READY"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"group_id": None}, "group_id"),
        ({"type": None}, "type"),
        ({"type": "DBT_CLOUD"}, "type"),
        ({"project_config": None}, "project_config"),
        ({"project_config": {}}, "dbt_version"),
        ({"project_config": CONFIG | {"default_schema": ""}}, "default_schema"),
        ({"project_config": CONFIG | {"git_remote_url": None}}, "git_remote_url"),
        ({"project_config": CONFIG | {"threads": "4"}}, "'project_config.threads'"),
        ({"project_config": CONFIG | {"threads": 2**31}}, "threads"),
        ({"project_config": CONFIG | {"environment_vars": ["TARGET=prod"]}}, "environment_vars"),
        ({"run_tests": "yes"}, "run_tests"),
    ],
)
def test_wrong_projects(call, group, change, word):
    """A project without what the API requires would be accepted, or the refusal not name the field."""
    answer = call.post(PROJECTS, {"group_id": group, "type": "DBT_CORE", "project_config": CONFIG} | change)
    assert (answer.status, answer.code) == (400, "InvalidInput")
    assert word in answer.json["message"]
    assert call.post(PROJECTS, {"group_id": "x", "type": "DBT_CORE", "project_config": CONFIG}).status == 404


@pytest.mark.parametrize("field", list(CONFIG))
def test_what_stays_of_a_project(call, project, field):
    """A change of what cannot be changed would be ignored in silence."""
    refused = call.patch(f"{PROJECTS}/{project['id']}", {"project_config": {"threads": 2, field: "other"}})
    assert (refused.status, refused.code) == (400, "InvalidInput")
    assert f"'project_config.{field}' cannot be changed" in refused.json["message"]
    assert call.get(f"{PROJECTS}/{project['id']}").data == project


def test_a_project_in_use(call, project, create):
    """A project could be deleted from under its transformations."""
    made = create()
    path = f"{PROJECTS}/{project['id']}"
    assert call.delete(path).status == 409
    assert call.delete(f"{PATH}/{made['id']}").status == 200
    assert call.delete(path).status == 200


def test_life_of_a_transformation(call, create):
    """A transformation could not be created, read, listed, changed and deleted."""
    made = create({"schedule_type": "TIME_OF_DAY", "time_of_day": "07:30", "days_of_week": ["MONDAY"]})
    assert (made["status"], made["paused"], made["type"]) == ("NEW", False, "DBT_CORE")
    assert made["output_model_names"] == ["daily_marts"]
    assert (made["last_started_at"], made["last_ended_at"]) == (None, None)
    path = f"{PATH}/{made['id']}"
    assert call.get(path).data == made
    assert made in call.walk(PATH, 2)
    later = {"schedule": {"time_of_day": "08:00"}, "paused": True, "transformation_config": {"name": "better"}}
    changed = call.patch(path, later).data
    assert changed["schedule"] == made["schedule"] | {"time_of_day": "08:00"}
    assert (changed["paused"], changed["transformation_config"]["name"]) == (True, "better")
    assert changed["transformation_config"]["steps"] == STEPS
    replaced = call.patch(path, {"schedule": {"schedule_type": "INTERVAL", "interval": 30}}).data
    assert replaced["schedule"] == {"schedule_type": "INTERVAL", "interval": 30}
    assert call.delete(path).status == 200
    for again in (call.get(path), call.delete(path), call.patch(path, {"paused": True}), call.post(f"{path}/run")):
        assert (again.status, again.code) == (404, "NotFound_Integration")


def test_a_run(call, box, create):
    """A run would not end by the clock, or not with the outcome that was planted."""
    for outcome in FINISHED:
        made = create()
        box.account.things["transformations"][made["id"]]["sandbox"]["outcome"] = outcome
        answer = call.post(f"{PATH}/{made['id']}/run", {"full_refresh": True})
        assert (answer.status, "data" in answer.json) == (200, False)
        running = get(call, made["id"])
        assert running["status"] == "RUNNING"
        assert since(running["last_started_at"], box.clock.now()) < MINUTE
        box.clock.advance(30)
        assert get(call, made["id"])["status"] == "RUNNING"
        call.post(f"{PATH}/{made['id']}/run")
        box.clock.advance(10 * MINUTE)
        ended = get(call, made["id"])
        assert ended["status"] == outcome
        # The second call did not start it anew.
        assert ended["last_started_at"] == running["last_started_at"] < ended["last_ended_at"]


def test_cancel(call, box, create):
    """A run could not be stopped, or a cancelled one would end all the same."""
    made = create(paused=True)
    call.post(f"{PATH}/{made['id']}/cancel")
    assert get(call, made["id"])["status"] == "NEW"
    call.post(f"{PATH}/{made['id']}/run")
    assert call.post(f"{PATH}/{made['id']}/cancel").status == 200
    canceled = get(call, made["id"])
    assert canceled["status"] == "CANCELED"
    assert canceled["last_ended_at"] is not None
    box.clock.advance(DAY)
    assert get(call, made["id"]) == canceled


def test_an_interval(call, box, create):
    """A schedule by interval would not run by itself, or a paused one would."""
    made, paused = (create({"schedule_type": "INTERVAL", "interval": 60}, paused=value) for value in (False, True))
    box.clock.advance(59 * MINUTE)
    assert get(call, made["id"])["status"] == "NEW"
    box.clock.advance(90)
    first = get(call, made["id"])
    assert first["status"] == "RUNNING"
    box.clock.advance(30 * DAY + 30 * MINUTE)
    later = get(call, made["id"])
    assert later["status"] == "SUCCEEDED"
    assert since(later["last_started_at"], box.clock.now()) < HOUR
    assert since(first["last_started_at"], datetime.fromisoformat(later["last_started_at"])) == 30 * DAY
    assert get(call, paused["id"])["status"] == "NEW"
    assert call.patch(f"{PATH}/{paused['id']}", {"paused": False}).data["status"] == "NEW"
    box.clock.advance(HOUR)
    assert get(call, paused["id"])["last_started_at"] is not None


def test_time_of_day_and_cron(call, box, create):
    """A transformation would not start at the times that its schedule names."""
    assert box.clock.now().weekday() == 5
    weekly = create({"schedule_type": "TIME_OF_DAY", "time_of_day": "07:30", "days_of_week": ["MONDAY", "FRIDAY"]})
    daily = create({"schedule_type": "CRON", "cron": ["0 6 * * *", "0 18 * * *"]})
    box.clock.advance(4 * DAY)
    assert get(call, weekly["id"])["last_started_at"] == "2026-08-03T07:30:00Z"
    assert get(call, daily["id"])["last_started_at"] == "2026-08-05T06:00:00Z"
    box.clock.advance(6.5 * HOUR)
    assert get(call, daily["id"])["last_started_at"] == "2026-08-05T18:00:00Z"


def test_after_syncs(call, box, create, group):
    """An integrated transformation would not start when a connection of its has synced."""
    name = box.account.add_connection(group, succeeded_at="2026-08-01T06:00:00Z", sync_frequency=60)["id"]
    made = create({"schedule_type": "INTEGRATED", "connection_ids": [name], "smart_syncing": True})
    assert get(call, made["id"])["status"] == "NEW"
    call.post(f"/v1/connections/{name}/sync", {"force": True})
    assert get(call, made["id"])["status"] == "NEW"
    box.clock.advance(DAY)
    started = get(call, made["id"])["last_started_at"]
    assert started == call.get(f"/v1/connections/{name}").data["succeeded_at"] > "2026-08-01T12:00"


def test_blocked(call, box, create, project):
    """A transformation of a project that is not ready would run."""
    made = create({"schedule_type": "INTERVAL", "interval": 60})
    box.account.things["transformation_projects"][project["id"]]["status"] = "ERROR"
    call.post(f"{PATH}/{made['id']}/run")
    assert get(call, made["id"])["status"] == "BLOCKED"
    assert call.post(f"{PROJECTS}/{project['id']}/test").data["status"] == "READY"
    box.clock.advance(2 * HOUR)
    assert get(call, made["id"])["last_started_at"] is not None


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"type": None}, "type"),
        ({"type": "SQL"}, "type"),
        ({"transformation_config": None}, "transformation_config"),
        ({"transformation_config": {"name": "x", "steps": STEPS}}, "project_id"),
        ({"transformation_config": {"project_id": "p", "steps": STEPS}}, "name"),
        ({"transformation_config": {"project_id": "p", "name": "x"}}, "steps"),
        ({"transformation_config": {"project_id": "p", "name": "x", "steps": []}}, "steps"),
        ({"transformation_config": {"project_id": "p", "name": "x", "steps": ["dbt run"]}}, "steps[0]"),
        ({"paused": "no"}, "paused"),
        ({"schedule": "daily"}, "schedule"),
        ({"schedule": {}}, "schedule_type"),
        ({"schedule": {"schedule_type": "HOURLY"}}, "schedule_type"),
        ({"schedule": {"schedule_type": "INTERVAL"}}, "interval"),
        ({"schedule": {"schedule_type": "INTERVAL", "interval": 0}}, "interval"),
        ({"schedule": {"schedule_type": "INTERVAL", "interval": 10**400}}, "interval"),
        ({"schedule": {"schedule_type": "TIME_OF_DAY"}}, "time_of_day"),
        ({"schedule": {"schedule_type": "TIME_OF_DAY", "time_of_day": "25:00"}}, "time_of_day"),
        ({"schedule": {"schedule_type": "TIME_OF_DAY", "time_of_day": "7", "days_of_week": ["MO"]}}, "days_of_week"),
        ({"schedule": {"schedule_type": "CRON"}}, "cron"),
        ({"schedule": {"schedule_type": "CRON", "cron": ["0 25 * * *"]}}, "cron"),
        ({"type": "QUICKSTART", "transformation_config": {"connection_ids": ["c"]}}, "package_name"),
        ({"type": "QUICKSTART", "transformation_config": {"package_name": "p"}}, "connection_ids"),
        ({"type": "QUICKSTART", "transformation_config": {"package_name": "p", "connection_ids": ["c"]}}, "package"),
    ],
)
def test_wrong_transformations(call, project, change, word):
    """A transformation that could not run would be accepted, or the refusal not name the field."""
    config = {"project_id": project["id"], "name": "marts", "steps": STEPS}
    before = call.walk(PATH, 100)
    answer = call.post(PATH, {"type": "DBT_CORE", "transformation_config": config} | change)
    assert (answer.status, answer.code) == (400, "InvalidInput")
    assert word in answer.json["message"]
    assert call.walk(PATH, 100) == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"schedule": {"schedule_type": "INTERVAL", "interval": "often"}}, "schedule.interval"),
        ({"schedule": {"schedule_type": "INTERVAL", "interval": 2**31}}, "schedule.interval"),
        ({"schedule": {"schedule_type": "TIME_OF_DAY", "days_of_week": ["SUN"]}}, "schedule.days_of_week[0]"),
        ({"transformation_config": {"steps": [{"name": 5}]}}, "transformation_config.steps[0].name"),
        ({"transformation_config": {"project_id": 5}}, "transformation_config.project_id"),
    ],
)
def test_refusals_say_where(call, create, change, field):
    """A refusal of something deep in a body would not say where it is."""
    config = {"project_id": "p", "name": "marts", "steps": STEPS}
    body = {"type": "DBT_CORE", "transformation_config": config} | change
    for refused in (call.post(PATH, body), call.patch(f"{PATH}/{create()['id']}", change)):
        assert (refused.status, f"'{field}'" in refused.json["message"]) == (400, True), refused.json


def test_schedules_of_unknown_connections(call, create, box):
    """A transformation could wait for the syncs of a connection that does not exist."""
    one = create()
    before = call.get(f"{PATH}/{one['id']}").data
    config = {"project_id": one["transformation_config"]["project_id"], "name": "marts", "steps": STEPS}
    known = next(iter(box.account.connections))
    schedule = {"schedule_type": "INTEGRATED", "connection_ids": [known, "nope"]}
    made = call.post(PATH, {"type": "DBT_CORE", "transformation_config": config, "schedule": schedule})
    changed = call.patch(f"{PATH}/{one['id']}", {"schedule": schedule})
    for refused in (made, changed):
        assert (refused.status, refused.code) == (404, "NotFound_Connection")
    assert call.get(f"{PATH}/{one['id']}").data == before


def test_connections_that_are_gone(call, box, group, create):
    """A transformation whose connections were deleted could not be read any more, or would break all lists."""
    source = box.account.add_connection(group, "github")["id"]
    config = {"package_name": "fivetran/github", "connection_ids": [source]}
    made = call.post(PATH, {"type": "QUICKSTART", "transformation_config": config}).data
    waiting = create({"schedule_type": "INTEGRATED", "connection_ids": [source]})
    assert call.delete(f"/v1/connections/{source}").status == 200
    box.clock.advance(DAY)
    for one in (made, waiting):
        assert get(call, one["id"])["id"] == one["id"]
        assert call.patch(f"{PATH}/{one['id']}", {"paused": True}).data["paused"] is True
    listed = [one["id"] for one in call.walk(PATH, 100)]
    assert {made["id"], waiting["id"]} <= set(listed)
    assert made["id"] not in [one["id"] for one in call.walk(f"{PATH}?group_id={group}", 100)]
    assert call.post(f"{PATH}/{made['id']}/run").status == 200
    assert call.delete(f"{PATH}/{made['id']}").status == 200


def test_what_it_refers_to(call, box, group):
    """A transformation could be made of a project, a connection or a service that does not fit."""
    config = {"project_id": "nope", "name": "marts", "steps": STEPS}
    assert call.post(PATH, {"type": "DBT_CORE", "transformation_config": config}).code == "NotFound"
    body = {"type": "QUICKSTART", "transformation_config": {"package_name": "fivetran/github"}}
    body["transformation_config"]["connection_ids"] = ["nope"]
    assert call.post(PATH, body).code == "NotFound_Connection"
    body["transformation_config"]["connection_ids"] = [box.account.add_connection(group)["id"]]
    assert "postgres" in call.post(PATH, body).json["message"]


def test_quickstart(call, box, group):
    """A quickstart transformation would not know its models, or could not be upgraded."""
    name = box.account.add_connection(group, "github")["id"]
    config = {"package_name": "fivetran/github", "connection_ids": [name], "excluded_models": ["github__issues"]}
    made = call.post(PATH, {"type": "QUICKSTART", "transformation_config": config}).data
    assert made["output_model_names"] == ["github__daily_metrics", "github__pull_requests"]
    assert made["transformation_config"]["upgrade_available"] is False
    path = f"{PATH}/{made['id']}"
    box.account.things["transformations"][made["id"]]["sandbox"]["version"] = "v0.1.0"
    assert call.get(path).data["transformation_config"]["upgrade_available"] is True
    assert call.post(f"{path}/upgrade").status == 200
    assert call.get(path).data["transformation_config"]["upgrade_available"] is False
    changed = call.patch(path, {"transformation_config": {"excluded_models": []}}).data
    assert "github__issues" in changed["output_model_names"]
    box.clock.advance(DAY)
    assert call.get(path).data["status"] in FINISHED


def test_only_packages_are_upgraded(call, create):
    """A dbt transformation would take an upgrade that it has no package for."""
    assert call.post(f"{PATH}/{create()['id']}/upgrade").status == 400


def test_filters(call, box, group, project, create):
    """The filters of the list would not filter, or not exactly."""
    dbt = create()["id"]
    name = box.account.add_connection(group, "github")["id"]
    config = {"package_name": "fivetran/github", "connection_ids": [name]}
    quick = call.post(PATH, {"type": "QUICKSTART", "transformation_config": config}).data["id"]

    def found(query):
        return {item["id"] for item in call.walk(f"{PATH}?{query}", 1)} & {dbt, quick}

    assert found("type=DBT_CORE") == {dbt}
    assert found("type=QUICKSTART") == {quick}
    assert found(f"group_id={group}") == {dbt, quick}
    assert found("group_id=nope") == set()
    assert found(f"project_id={project['id']}") == {dbt}
    assert found(f"project_id={project['id']}&type=QUICKSTART") == set()
    assert call.get(f"{PATH}?type=SQL").status == 400


def test_package_metadata(call):
    """The packages could not be listed, filtered or read one by one."""
    path = f"{PATH}/package-metadata"
    every = call.walk(path, 5)
    assert len({item["id"] for item in every}) == len(every) > 10
    for item in every:
        assert call.get(f"{path}/{item['id']}").data == item
        assert item["output_model_names"]
        assert item in call.get(f"{path}?service={item['connector_types'][0]}").data["items"]
    assert call.get(f"{path}?name=fivetran/github").data["items"] == [item for item in every if item["id"] == "github"]
    assert call.get(f"{path}?name=fivetran/github&service=jira").data["items"] == []
    assert call.get(f"{path}?service=nope").status == 400
    assert (call.get(f"{path}/nope").status, call.get(f"{path}/nope").code) == (404, "NotFound")


def test_a_change_of_nothing(call, create, project):
    """A change that changes nothing would be accepted."""
    assert call.patch(f"{PATH}/{create()['id']}", {}).status == 400
    assert call.patch(f"{PROJECTS}/{project['id']}", {"run_tests": True}).status == 400


def test_setup_tests_count(caller):
    """Tests of a project would not count against the limits, or a project that runs none would."""
    with Sandbox(seed=1, groups=1, connections=0, limits={"setup_tests": [(1, 3600)]}) as box:
        call = caller(box)
        body = {"group_id": next(iter(box.account.groups)), "type": "DBT_CORE", "project_config": CONFIG}
        assert call.post(PROJECTS, body | {"run_tests": False}).status == 201
        name = call.post(PROJECTS, body).data["id"]
        assert call.post(PROJECTS, body).status == 429
        assert call.post(f"{PROJECTS}/{name}/test").status == 429


def test_a_running_one_is_saved(call, box, create, tmp_path, caller):
    """A run would be lost, or never end, when the account is saved in the middle of it."""
    name = create()["id"]
    call.post(f"{PATH}/{name}/run")
    file = tmp_path / "account.json"
    storage.save(box.account, file)
    assert "sandbox" in json.loads(file.read_text())["transformations"][-1]
    with Sandbox(load=file, start=box.clock.now()) as again:
        other = caller(again)
        assert get(other, name)["status"] == "RUNNING"
        again.clock.advance(HOUR)
        assert get(other, name)["status"] == "SUCCEEDED"


def test_planted_ones(call, box):
    """A transformation or a project that a test plants with few fields would break the lists."""
    things = box.account.things
    things["transformation_projects"]["p"] = {"id": "p"}
    things["transformations"]["t"] = {"id": "t"}
    things["transformations"]["r"] = {"id": "r", "status": "RUNNING"}
    things["transformations"]["q"] = {"id": "q", "type": "QUICKSTART"}
    assert {"t", "r", "q"} <= {item["id"] for item in call.walk(PATH, 100)}
    assert call.get(f"{PROJECTS}/p").data["status"] == "READY"
    box.clock.advance(HOUR)
    assert get(call, "r")["status"] == "SUCCEEDED"
    assert datetime.fromisoformat(get(call, "t")["created_at"]) >= datetime(2026, 8, 1, 12, tzinfo=UTC) - timedelta(1)
