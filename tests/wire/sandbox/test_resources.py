"""What the resources keep: created, listed, changed and deleted things, and the refusals on the way."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from fivetran_async.sandbox.replies import RefusalError

# Field names and types of the API's models, distilled; whatever the sandbox sends has to be among them.
NULL = type(None)
STATUS = {
    "tasks": list,
    "warnings": list,
    "setup_state": str,
    "schema_status": str,
    "sync_state": str,
    "update_state": str,
    "is_historical_sync": bool,
    "rescheduled_for": (str, NULL),
}
CONNECTION = {
    "id": str,
    "service": str,
    "schema": str,
    "paused": bool,
    "status": dict,
    "group_id": str,
    "service_version": int,
    "connected_by": (str, NULL),
    "created_at": str,
    "succeeded_at": (str, NULL),
    "failed_at": (str, NULL),
    "pause_after_trial": bool,
    "sync_frequency": int,
    "data_delay_threshold": int,
    "data_delay_sensitivity": str,
    "daily_sync_time": (str, NULL),
    "schedule_type": str,
    "networking_method": str,
    "destination_schema_names": str,
}
DESTINATION = {
    "id": str,
    "service": str,
    "region": str,
    "group_id": str,
    "time_zone_offset": str,
    "setup_status": str,
    "daylight_saving_time_enabled": bool,
    "networking_method": str,
}
GROUP = {"id": str, "name": str, "created_at": str}
USER = {
    "id": str,
    "email": str,
    "verified": bool,
    "invited": bool,
    "picture": (str, NULL),
    "phone": (str, NULL),
    "role": str,
    "active": bool,
    "given_name": str,
    "family_name": str,
    "logged_in_at": str,
    "created_at": str,
}
OPTIONAL = {"schema_status"}
V2 = {"Accept": "application/json;version=2"}
POSTGRES = {"schema_prefix": "orders", "host": "db", "port": 5432, "password": "hidden"}


def check(thing, fields):
    """Compare an object with the API's field names and types."""
    assert set(thing) - OPTIONAL == set(fields) - OPTIONAL
    for name, value in thing.items():
        wanted = fields[name]
        assert isinstance(value, wanted), name
        assert not (isinstance(value, bool) and wanted is int), name
    for name in ("created_at", "succeeded_at", "failed_at", "rescheduled_for", "logged_in_at"):
        if thing.get(name) is not None:
            assert thing[name].endswith("Z")
            assert datetime.fromisoformat(thing[name]).utcoffset().total_seconds() == 0


def test_fields_of_every_list(call):
    """A list item would lack a field of the API, have another one, or have it in the wrong type."""
    for path, fields in (
        ("groups", GROUP),
        ("users", USER),
        ("destinations", DESTINATION),
        ("connections", CONNECTION),
    ):
        items = call.walk(f"/v1/{path}", 1000)
        assert items
        for item in items:
            check(item, fields)
    for connection in call.walk("/v1/connections", 1000):
        check(connection["status"], STATUS)
        for task in connection["status"]["tasks"] + connection["status"]["warnings"]:
            assert set(task) == {"code", "message", "details"}


def test_details_add_the_config(call, box):
    """Details would lack the config, or lists would carry it."""
    name = next(iter(box.account.connections))
    detail = call.get(f"/v1/connections/{name}", headers=V2).data
    assert isinstance(detail.pop("config"), dict)
    check(detail, CONNECTION)
    group = next(iter(box.account.destinations))
    detail = call.get(f"/v1/destinations/{group}", headers=V2).data
    assert isinstance(detail.pop("config"), dict)
    check(detail, DESTINATION)


def test_filters(call, box):
    """The filters of the connection lists would not filter, or not exactly."""
    every = call.walk("/v1/connections", 1000)
    group, schema = every[0]["group_id"], every[0]["schema"]
    mine = [item for item in every if item["group_id"] == group]
    assert call.walk(f"/v1/connections?group_id={group}", 10) == mine
    assert call.walk(f"/v1/groups/{group}/connections", 10) == mine
    assert call.get(f"/v1/groups/{group}/connections?schema={schema}").data["items"] == [every[0]]
    assert every[0] in call.get(f"/v1/connections?schema={schema}").data["items"]
    assert call.get(f"/v1/connections?schema={schema[:-1]}").data["items"] == []
    assert call.get("/v1/connections?group_id=nope").data["items"] == []
    assert call.get("/v1/groups/nope/connections").code == "NotFound_Group"


def test_version_decides_the_types_of_the_config(call, box):
    """Numbers in a config would have the same type in both versions of the API."""
    group = next(iter(box.account.groups))
    name = box.account.add_connection(group, config=POSTGRES)["id"]
    first, second = (
        call.get(f"/v1/connections/{name}", headers=headers).data["config"]
        for headers in ({"Accept": "application/json"}, V2)
    )
    assert (first["port"], second["port"]) == ("5432", 5432)
    assert first["password"] == second["password"] == "******"


def test_secrets_never_leave(call, box):
    """A secret of a config would be readable in a reply."""
    for name in box.account.connections:
        assert "s3cret" not in call.get(f"/v1/connections/{name}").raw.decode()
    for name in box.account.destinations:
        assert "s3cret" not in call.get(f"/v1/destinations/{name}").raw.decode()


def test_group_life(call):
    """A group could not be created, renamed and deleted."""
    made = call.post("/v1/groups", {"name": "new"})
    assert made.status == 201
    check(made.data, GROUP)
    path = f"/v1/groups/{made.data['id']}"
    assert call.get(path).data == made.data
    assert call.patch(path, {"name": "newer"}).data["name"] == "newer"
    assert call.get(path).data["name"] == "newer"
    gone = call.delete(path)
    assert (gone.status, "data" in gone.json) == (200, False)
    for again in (call.get(path), call.delete(path), call.patch(path, {"name": "x"})):
        assert (again.status, again.code) == (404, "NotFound_Group")


@pytest.mark.parametrize("body", [None, {}, {"name": None}, {"name": ""}, {"name": 3}])
def test_group_needs_a_name(call, body):
    """A group without a name would be created."""
    answer = call.post("/v1/groups", body)
    assert (answer.status, answer.code) == (400, "InvalidInput")


def test_group_in_use_stays(call, box):
    """A group could be deleted from under its connections or its destination."""
    group = next(iter(box.account.connections.values()))["group_id"]
    assert call.delete(f"/v1/groups/{group}").status == 409
    bare = next(name for name in box.account.destinations if not call.walk(f"/v1/groups/{name}/connections", 100))
    assert call.delete(f"/v1/groups/{bare}").status == 409
    assert call.delete(f"/v1/destinations/{bare}").status == 200
    assert call.delete(f"/v1/groups/{bare}").status == 200


def test_group_users(call, box):
    """Membership would not be kept, or `active` would not filter."""
    group = call.post("/v1/groups", {"name": "new"}).data["id"]
    path = f"/v1/groups/{group}/users"
    assert [user["id"] for user in call.walk(path, 10)] == [box.account.info["user_id"]]
    left = box.account.add_user(email="left@example.com", active=False)["id"]
    assert call.post(path, {"email": "LEFT@example.com", "role": "Destination Analyst"}).status == 200
    assert [user["id"] for user in call.walk(f"{path}?active=false", 10)] == [left]
    assert left not in [user["id"] for user in call.walk(f"{path}?active=true", 10)]
    assert call.get(f"{path}?active=maybe").status == 400
    assert call.post(path, {"email": "nobody@example.com", "role": "x"}).status == 400
    assert call.delete(f"{path}/{left}").status == 200
    assert call.delete(f"{path}/{left}").code == "NotFound_User"


def test_users(call):
    """A user could not be read, or an unknown one could."""
    user = call.get("/v1/users?limit=1").data["items"][0]
    assert call.get(f"/v1/users/{user['id']}").data == user
    assert call.get("/v1/users/nope").code == "NotFound_User"


def test_destination_life(call):
    """A destination could not be created, changed, tested and deleted."""
    group = call.post("/v1/groups", {"name": "new"}).data["id"]
    path = f"/v1/destinations/{group}"
    assert call.get(path).code == "NotFound_Destination"
    config = {"host": "w", "port": 443, "password": "hidden"}
    body = {"group_id": group, "service": "snowflake", "time_zone_offset": "+3", "config": config}
    made = call.post("/v1/destinations", body, headers=V2)
    assert (made.status, made.data["id"], made.data["setup_status"]) == (201, group, "connected")
    assert made.data["setup_tests"][0]["status"] == "PASSED"
    assert made.data["config"] == config | {"password": "******"}
    assert call.post("/v1/destinations", body).status == 409
    changed = call.patch(path, {"config": {"host": "v"}, "run_setup_tests": False}, headers=V2).data
    assert changed["config"] == {"host": "v", "port": 443, "password": "******"}
    assert "setup_tests" not in changed
    assert call.patch(path, {"run_setup_tests": True}).status == 400
    assert call.post(f"{path}/test").data["setup_status"] == "connected"
    assert call.delete(path).status == 200
    assert call.delete(path).code == "NotFound_Destination"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"group_id": None}, 400, "InvalidInput"),
        ({"service": None}, 400, "InvalidInput"),
        ({"service": "postgres"}, 400, "InvalidInput"),
        ({"time_zone_offset": None}, 400, "InvalidInput"),
        ({"time_zone_offset": "3"}, 400, "InvalidInput"),
        ({"config": "x"}, 400, "InvalidInput"),
        ({"region": "MOON_1"}, 400, "InvalidInput"),
        ({"region": "AWS_EU_NORTH_1"}, 400, "InvalidInput"),
        ({"group_id": "nope"}, 404, "NotFound"),
    ],
)
def test_bad_destination(call, change, status, code):
    """A destination with something missing or wrong would be created."""
    group = call.post("/v1/groups", {"name": "new"}).data["id"]
    body = {"group_id": group, "service": "snowflake", "time_zone_offset": "0"} | change
    answer = call.post("/v1/destinations", body)
    assert (answer.status, answer.code) == (status, code)


def test_regions_of_destinations(call, box):
    """A destination could be moved to where Fivetran is not, or not to where it is."""
    path = f"/v1/destinations/{next(iter(box.account.destinations))}"
    assert call.patch(path, {"region": "AZURE_JAPANEAST"}).data["region"] == "AZURE_JAPANEAST"
    refused = call.patch(path, {"region": "gcp_us_east4"})
    assert (refused.status, refused.code) == (400, "InvalidInput")
    assert call.get(path).data["region"] == "AZURE_JAPANEAST"


def test_destination_without_a_secret_is_incomplete(call):
    """A destination that cannot work would call itself connected."""
    group = call.post("/v1/groups", {"name": "new"}).data["id"]
    body = {"group_id": group, "service": "snowflake", "time_zone_offset": "0", "config": {"host": "w"}}
    made = call.post("/v1/destinations", body).data
    assert (made["setup_status"], made["setup_tests"][0]["status"]) == ("incomplete", "FAILED")


def test_connection_life(call, empty, caller):
    """A connection could not be created, read, changed and deleted."""
    call = caller(empty)
    group = next(iter(empty.account.groups))
    body = {"group_id": group, "service": "postgres", "config": POSTGRES, "run_setup_tests": False}
    made = call.post("/v1/connections", body, headers=V2)
    assert made.status == 201
    data = made.data
    assert data["config"] == POSTGRES | {"password": "******"}
    path = f"/v1/connections/{data['id']}"
    assert call.get(path, headers=V2).data == data
    del data["config"]
    check(data, CONNECTION)
    assert data["schema"] == "orders"
    assert data["connected_by"] == empty.account.info["user_id"]
    defaults = {
        "sync_frequency": 360,
        "schedule_type": "auto",
        "paused": False,
        "succeeded_at": None,
        "failed_at": None,
        "daily_sync_time": None,
    }
    assert defaults.items() <= data.items()
    status = {
        "setup_state": "incomplete",
        "sync_state": "scheduled",
        "update_state": "on_schedule",
        "is_historical_sync": True,
        "tasks": [],
        "warnings": [],
        "rescheduled_for": None,
    }
    assert status.items() <= data["status"].items()
    changed = call.patch(path, {"sync_frequency": "1440", "daily_sync_time": "03:00", "run_setup_tests": False}).data
    assert (changed["sync_frequency"], changed["daily_sync_time"]) == (1440, "03:00")
    assert call.patch(path, {"daily_sync_time": None, "run_setup_tests": False}).data["daily_sync_time"] is None
    assert call.delete(path).status == 200
    for again in (call.get(path), call.delete(path), call.patch(path, {"paused": True}), call.post(f"{path}/sync", {})):
        assert (again.status, again.code) == (404, "NotFound_Connection")


@pytest.mark.parametrize(
    ("service", "config", "schema"),
    [
        ("github", {"schema": "gh"}, "gh"),
        ("postgres", {"schema_prefix": "pg"}, "pg"),
        ("google_sheets", {"schema": "sheets", "table": "plan"}, "sheets.plan"),
        ("s3", {"schema": "files", "table_group_name": "daily"}, "files"),
    ],
)
def test_schema_by_family(call, box, service, config, schema):
    """A service's family would not decide how its schema is named, or what is required for it."""
    group = next(iter(box.account.groups))
    body = {"group_id": group, "service": service, "config": config, "run_setup_tests": False}
    assert call.post("/v1/connections", body).data["schema"] == schema
    assert call.post("/v1/connections", body).status == 409
    for field in config:
        less = {key: value for key, value in config.items() if key != field}
        answer = call.post("/v1/connections", body | {"config": less})
        assert (answer.status, answer.json["message"]) == (400, f"Field 'config.{field}' is required")


@pytest.mark.parametrize(
    "change",
    [
        {"group_id": None},
        {"service": None},
        {"service": "no_such_thing"},
        {"service": "snowflake"},
        {"config": None},
        {"config": []},
        {"config": {"schema": ""}},
        {"config": {"schema": 5}},
        {"sync_frequency": 7},
        {"sync_frequency": True},
        {"sync_frequency": "often"},
        {"paused": "yes"},
        {"schedule_type": "cron"},
        {"data_delay_sensitivity": "normal"},
        {"data_delay_threshold": -1},
        {"daily_sync_time": "03:00"},
        {"daily_sync_time": "3:00", "sync_frequency": 1440},
        {"daily_sync_time": "03:30", "sync_frequency": 1440},
        {"daily_sync_time": "24:00", "sync_frequency": 1440},
        {"run_setup_tests": "no"},
    ],
)
def test_bad_connection(call, box, change):
    """A connection with something missing or wrong would be created."""
    group = next(iter(box.account.groups))
    before = len(box.account.connections)
    body = {"group_id": group, "service": "github", "config": {"schema": "fresh"}} | change
    answer = call.post("/v1/connections", body)
    assert (answer.status, answer.code) == (400, "InvalidInput")
    assert len(box.account.connections) == before


def test_connection_in_no_group(call):
    """A connection would be created in a group that does not exist."""
    body = {"group_id": "nope", "service": "github", "config": {"schema": "fresh"}}
    assert call.post("/v1/connections", body).code == "NotFound_Group"


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"run_setup_tests": True},
        {"trust_certificates": True, "trust_fingerprints": True},
        {"paused": None},
        {"unknown_field": 1},
        {"sync_frequency": 7},
        {"paused": 1},
        {"config": {"schema_prefix": "other"}},
        {"daily_sync_time": "03:00"},
    ],
)
def test_bad_change(call, box, body):
    """A change that changes nothing, or that cannot be made, would be accepted."""
    group = next(iter(box.account.groups))
    connection = box.account.add_connection(group, config=POSTGRES)
    before = json.dumps(connection)
    answer = call.patch(f"/v1/connections/{connection['id']}", body)
    assert (answer.status, answer.code) == (400, "InvalidInput")
    assert json.dumps(connection) == before


def test_setup_tests(call, box):
    """Setup tests would not run by default, or not decide the state."""
    group = next(iter(box.account.groups))
    body = {"group_id": group, "service": "postgres", "config": POSTGRES}
    good = call.post("/v1/connections", body).data
    assert good["status"]["setup_state"] == "connected"
    assert {test["status"] for test in good["setup_tests"]} == {"PASSED"}
    poor = call.post("/v1/connections", body | {"config": {"schema_prefix": "poor"}}).data
    assert poor["status"]["setup_state"] == "incomplete"
    assert poor["setup_tests"][0]["status"] == "FAILED"
    path = f"/v1/connections/{poor['id']}"
    assert call.post(f"{path}/test", {}).data["status"]["setup_state"] == "incomplete"
    fixed = call.patch(path, {"config": {"password": "hidden"}}).data
    assert (fixed["status"]["setup_state"], fixed["status"]["tasks"]) == ("connected", [])
    assert set(fixed["setup_tests"][0]) == {"title", "status", "message"}


def test_a_mask_sent_back_breaks_the_connection(call, box):
    """Sending the mask back as a value would go unnoticed here and lose the secret at Fivetran."""
    group = next(iter(box.account.groups))
    name = box.account.add_connection(group, config=POSTGRES)["id"]
    changed = call.patch(f"/v1/connections/{name}", {"config": {"password": "******"}}).data
    assert changed["status"]["setup_state"] == "broken"
    assert changed["setup_tests"][0]["status"] == "FAILED"


def test_a_broken_connection_wants_new_credentials(call, box):
    """A broken connection would be repaired by testing it, or not by repairing it."""
    name = next(key for key, item in box.account.connections.items() if item["sandbox"]["seeded_as"] == "broken")
    path = f"/v1/connections/{name}"
    tested = call.post(f"{path}/test", {"trust_certificates": True}).data
    assert (tested["status"]["setup_state"], tested["setup_tests"][0]["status"]) == ("broken", "FAILED")
    assert call.patch(path, {"auth": {"access": "new"}}).data["status"]["setup_state"] == "connected"


def test_testing_a_connection_wants_a_body(call, box):
    """A client that sends no body to the setup tests would pass here and fail at Fivetran."""
    name = next(iter(box.account.connections))
    answer = call.post(f"/v1/connections/{name}/test")
    assert (answer.status, answer.code) == (400, "InvalidInput")


def test_planted_fields_are_served(call, box):
    """A test could not plant an unknown field, an unknown value or a state of its own."""
    group = next(iter(box.account.groups))
    connection = box.account.add_connection(group, brand_new=[1], status={"sync_state": "hibernating"})
    data = call.get(f"/v1/connections/{connection['id']}").data
    assert (data["brand_new"], data["status"]["sync_state"]) == ([1], "hibernating")
    box.account.connections[connection["id"]]["schedule_type"] = "lunar"
    assert call.get(f"/v1/connections/{connection['id']}").data["schedule_type"] == "lunar"


def test_planting(call, box):
    """A test could not plant a group, a destination and a user, or plant into a group that is not there."""
    group = box.account.add_group(name="mine")["id"]
    box.account.add_destination(group, "big_query", setup_status="broken")
    user = box.account.add_user(email="me@example.com")["id"]
    assert call.get(f"/v1/groups/{group}").data["name"] == "mine"
    assert call.get(f"/v1/destinations/{group}").data["setup_status"] == "broken"
    assert call.get(f"/v1/users/{user}").data["email"] == "me@example.com"
    for plant in (box.account.add_destination, box.account.add_connection):
        with pytest.raises(RefusalError):
            plant("nope")


def test_system_keys_have_no_user(call, box):
    """An account that is reached by a system key could not create groups."""
    box.account.info = {"account_id": "a", "system_key_id": "k"}
    group = call.post("/v1/groups", {"name": "mine"}).data["id"]
    assert call.walk(f"/v1/groups/{group}/users", 10) == []


def test_a_bare_dict_is_enough(call, box):
    """A connection planted as a plain dict would bring the sandbox down when it is read."""
    box.account.connections["mine"] = {"schema": "planted", "paused": True}
    listed = call.get("/v1/connections?schema=planted").data["items"]
    assert [item["id"] for item in listed] == ["mine"]
    check(listed[0], CONNECTION)
    assert call.get("/v1/connections/mine").data["status"]["sync_state"] == "paused"


def test_unsetup_group_is_there(call, box):
    """The account would lack a group without connections, or one without a destination."""
    groups = [group["id"] for group in call.walk("/v1/groups", 100)]
    destinations = {item["id"]: item for item in call.walk("/v1/destinations", 100)}
    bare = [group for group in groups if group not in destinations]
    assert len(bare) == 1
    assert call.get(f"/v1/destinations/{bare[0]}").status == 404
    assert any(not call.walk(f"/v1/groups/{group}/connections", 100) for group in destinations)
    assert "broken" in {item["setup_status"] for item in destinations.values()}
