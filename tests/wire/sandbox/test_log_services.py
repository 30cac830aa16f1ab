"""Log services: those of groups and the account's own, their tests, and secrets that stay hidden."""

from __future__ import annotations

import pytest

from fivetran_async.sandbox import Sandbox

PATH = "/v1/external-logging"
ACCOUNT = f"{PATH}/account"
DATADOG = {"service": "datadog_log", "config": {"api_key": "hidden", "region": "EU"}}
MASKED = {"api_key": "******", "region": "EU"}
SERVICES = (
    "azure_monitor_log",
    "cloudwatch",
    "datadog_log",
    "dynatrace",
    "grafana_loki",
    "new_relic_log",
    "splunkLog",
    "stackdriver",
)


@pytest.fixture
def group(box):
    """Return the id of a group that has no log service."""
    name = list(box.account.groups)[-1]
    box.account.things["log_services"].pop(name, None)
    return name


def test_life(call, group):
    """A log service could not be created, read, listed, changed and deleted."""
    made = call.post(PATH, DATADOG | {"group_id": group})
    assert made.status == 201
    # Its status is absent until its tests have run, which they do not by themselves.
    assert made.data == {"id": group, "service": "datadog_log", "enabled": True, "config": MASKED}
    path = f"{PATH}/{group}"
    assert call.get(path).data == made.data
    assert {"id": group, "service": "datadog_log", "enabled": True} in call.walk(PATH, 1)
    changed = call.patch(path, {"enabled": False, "config": {"region": "US"}}).data
    assert changed == made.data | {"enabled": False, "config": {"api_key": "******", "region": "US"}}
    assert call.delete(path).status == 200
    for again in (call.get(path), call.delete(path), call.patch(path, {"enabled": True}), call.post(f"{path}/test")):
        assert (again.status, again.code) == (404, "NotFound_LogService")


def test_all_services(call, group):
    """A log service of the API would be unknown, or something that is none be taken for one."""
    names = set()
    for service in SERVICES:
        made = call.post(PATH, {"group_id": group, "service": service})
        assert made.status == 201
        names.add(made.data["id"])
    assert len(names) == len(SERVICES)
    assert group in names
    for service in ("postgres", "snowflake", "nope"):
        assert call.post(PATH, {"group_id": group, "service": service}).status == 400
    for body in ({"service": "cloudwatch"}, {"group_id": group}, {"group_id": group, "service": 7}):
        assert call.post(PATH, body).status == 400
    assert call.post(PATH, DATADOG | {"group_id": "nope"}).code == "NotFound_Group"


def test_setup_tests(call, group):
    """The tests would not tell a config that works from one that lacks its secret or got the mask back."""
    made = call.post(PATH, DATADOG | {"group_id": group, "run_setup_tests": True}).data
    assert [test["status"] for test in made["setup_tests"]] == ["PASSED"]
    assert made["status"] == {"setup_state": "connected", "tasks": []}
    path = f"{PATH}/{group}"
    assert "setup_tests" not in call.get(path).data
    assert "setup_tests" not in call.patch(path, {"config": {"api_key": "******"}}).data
    answer = call.post(f"{path}/test")
    assert set(answer.data) == {"setup_tests"}
    assert answer.data["setup_tests"][0]["status"] == "FAILED"
    status = call.get(path).data["status"]
    assert (status["setup_state"], status["tasks"][0]["code"]) == ("broken", "reconnect")
    assert (
        call.patch(path, {"config": {"api_key": ""}, "run_setup_tests": True}).data["status"]["setup_state"]
        == "incomplete"
    )
    assert call.patch(path, {"config": {"api_key": "new"}, "run_setup_tests": True}).data["status"] == made["status"]


def test_the_account_has_one(call, group):
    """The account's log service could not be kept apart from those of the groups, or there could be two."""
    paths = (call.get(ACCOUNT), call.patch(ACCOUNT, {"enabled": True}), call.delete(ACCOUNT))
    for answer in (*paths, call.post(f"{ACCOUNT}/test")):
        assert (answer.status, answer.code) == (404, "NotFound_LogService")
    made = call.post(ACCOUNT, DATADOG)
    assert (made.status, made.data["config"]) == (201, MASKED)
    assert call.post(ACCOUNT, DATADOG).status == 409
    assert call.get(ACCOUNT).data == made.data
    assert call.get(f"{PATH}/{made.data['id']}").status == 404
    assert made.data["id"] not in [item["id"] for item in call.walk(PATH, 100)]
    assert call.patch(ACCOUNT, {"enabled": False}).data["enabled"] is False
    assert call.post(f"{ACCOUNT}/test").data["setup_tests"][0]["status"] == "PASSED"
    assert call.get(ACCOUNT).data["status"]["setup_state"] == "connected"
    assert call.delete(ACCOUNT).status == 200
    assert call.get(ACCOUNT).status == 404
    assert call.post(ACCOUNT, {"service": "nope"}).status == 400
    assert call.post(PATH, DATADOG | {"group_id": group}).status == 201


def test_limits(caller):
    """A log service that runs no tests would count as if it did, or tests would not count."""
    with Sandbox(seed=1, groups=1, connections=0, limits={"setup_tests": [(1, 3600)]}) as box:
        call = caller(box)
        assert call.post(ACCOUNT, DATADOG).status == 201
        assert call.patch(ACCOUNT, {"enabled": True}).status == 200
        assert call.patch(ACCOUNT, {"run_setup_tests": True}).status == 200
        assert call.post(f"{ACCOUNT}/test").status == 429


def test_a_planted_one(call, box):
    """A log service that a test plants with an id alone would break the list."""
    box.account.things["log_services"]["planted"] = {"id": "planted"}
    assert call.get(f"{PATH}/planted").data["service"] == "cloudwatch"
    assert "planted" in [item["id"] for item in call.walk(PATH, 100)]
