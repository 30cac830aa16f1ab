"""The resources against the sandbox, in both colours."""

from __future__ import annotations

import json
from datetime import datetime
from urllib.parse import unquote

import pytest

from fivetran_async.errors import (
    ArgumentError,
    BadRequestError,
    ConfirmationError,
    ConflictError,
    NotFoundError,
    ReadOnlyError,
    ServerError,
)
from fivetran_async.models.connections import ScheduleType, SyncState

V1, V2 = "application/json", "application/json;version=2"
STRANGE = [
    "a/b",
    "a/../b",
    "../groups",
    "a b",
    " a",
    "100%",
    "%2F",
    "%2e%2e",
    "ünï/cödé",
    "日本",
    "a?b=c",
    "a#b",
    "a\\b",
    "a;b",
]


@pytest.fixture
def group(box) -> str:
    """The id of a group that has connections."""
    return next(iter(box.account.connections.values()))["group_id"]


@pytest.fixture
def connection(box) -> str:
    """The id of a connection that is well."""
    return next(name for name, it in box.account.connections.items() if it["sandbox"]["seeded_as"] == "healthy")


@pytest.fixture
def empty(box) -> str:
    """The id of a group with nothing in it."""
    name = next(iter(box.account.groups))
    for key in [key for key, it in box.account.connections.items() if it["group_id"] == name]:
        del box.account.connections[key]
    box.account.destinations.pop(name, None)
    return name


def sent(box) -> dict:
    """The body of the last request."""
    return json.loads(box.requests[-1].body)


def last(box) -> tuple[str, str]:
    """The method and the path of the last request."""
    return box.requests[-1].method, box.requests[-1].path


# Account


async def test_account(colour, ft, box):
    """The probe of credentials would not say whose they are."""
    info = await colour.call(ft.account.info)
    assert (info.account_id, info.account_name) == (box.account.info["account_id"], "Sandbox")
    assert info.user_id == box.account.info["user_id"]
    assert last(box) == ("GET", "/v1/account/info")


# Groups


async def test_list_groups(colour, ft, box):
    """Groups would be missing, or cost more calls than pages."""
    groups = await colour.items(ft.groups.list())
    assert [group.id for group in groups] == list(box.account.groups)
    assert isinstance(groups[0].created_at, datetime)
    assert box.calls == 1
    assert box.requests[0].query == {"limit": "1000"}


async def test_pages_of_groups(colour, ft, box):
    """A page would be skipped, or come twice."""
    pages = await colour.pages(ft.groups.list(page_size=2))
    assert [len(page.items) for page in pages] == [2, 2, 1]
    assert [group.id for page in pages for group in page.items] == list(box.account.groups)
    assert pages[-1].next_cursor is None
    rest = await colour.items(ft.groups.list(page_size=3, cursor=pages[0].next_cursor))
    assert [group.id for group in rest] == list(box.account.groups)[2:]


async def test_get_group(colour, ft, box, group):
    """A group would not be found by its id."""
    found = await colour.call(ft.groups.get, group)
    assert (found.id, found.name) == (group, box.account.groups[group]["name"])


async def test_create_group(colour, ft, box):
    """A group would get another name, or not exist afterwards."""
    made = await colour.call(ft.groups.create, name="Ünï 'n \"co")
    assert box.account.groups[made.id]["name"] == made.name == "Ünï 'n \"co"
    assert sent(box) == {"name": made.name}
    assert box.requests[-1].status == 201


async def test_update_group(colour, ft, box, group):
    """A group would not be renamed."""
    changed = await colour.call(ft.groups.update, group, name="Renamed")
    assert (changed.id, changed.name) == (group, "Renamed")
    assert box.account.groups[group]["name"] == "Renamed"
    assert last(box) == ("PATCH", f"/v1/groups/{group}")


async def test_delete_group(colour, ft, box, empty):
    """A group would not be deleted, or one that still holds something would be."""
    assert await colour.call(ft.groups.delete, empty, confirm=True) is None
    assert empty not in box.account.groups
    other = next(it["group_id"] for it in box.account.connections.values())
    with pytest.raises(ConflictError):
        await colour.call(ft.groups.delete, other, confirm=True)
    with pytest.raises(NotFoundError):
        await colour.call(ft.groups.get, empty)


async def test_connections_of_a_group(colour, ft, box, group):
    """The connections of other groups would be listed, or the filter be ignored."""
    mine = {name: it for name, it in box.account.connections.items() if it["group_id"] == group}
    listed = await colour.items(ft.groups.connections(group))
    assert [it.id for it in listed] == list(mine)
    one = next(iter(mine.values()))["schema"]
    filtered = await colour.items(ft.groups.connections(group, schema=one))
    assert {it.schema for it in filtered} == {one}
    assert box.requests[-1].query == {"schema": one, "limit": "1000"}


async def test_users_of_a_group(colour, ft, box, group):
    """Users would be missing, or the filter be sent in a way that the API does not read."""
    users = await colour.items(ft.groups.users.list(group))
    assert [user.id for user in users] == list(box.account.memberships[group])
    for active in (True, False):
        some = await colour.items(ft.groups.users.list(group, active=active))
        assert [user.id for user in some] == [user.id for user in users if user.active is active]
        assert box.requests[-1].query["active"] == str(active).lower()


# Connections


async def test_list_connections(colour, ft, box):
    """Connections would be missing, or their status not be read."""
    connections = await colour.items(ft.connections.list())
    assert [it.id for it in connections] == list(box.account.connections)
    assert all(it.status is not None and it.config is None for it in connections)
    assert box.calls == 1


async def test_filters_of_connections(colour, ft, box, group):
    """A filter would be ignored, and calls be made for connections of other groups."""
    mine = [name for name, it in box.account.connections.items() if it["group_id"] == group]
    assert [it.id for it in await colour.items(ft.connections.list(group_id=group))] == mine
    assert box.requests[-1].query == {"group_id": group, "limit": "1000"}
    schema = box.account.connections[mine[0]]["schema"]
    found = await colour.items(ft.connections.list(schema=schema, page_size=5))
    assert mine[0] in [it.id for it in found]
    assert box.requests[-1].query == {"schema": schema, "limit": "5"}


async def test_connectors_are_connections(ft, box):
    """Code from before 2025 would not run."""
    assert ft.connectors is ft.connections


async def test_get_connection(colour, ft, box, connection):
    """A connection would come without its settings."""
    found = await colour.call(ft.connections.get, connection)
    there = box.account.connections[connection]
    assert (found.id, found.service, found.schema) == (connection, there["service"], there["schema"])
    assert set(found.config) == set(there["config"])


async def test_create_connection(colour, ft, box, group):
    """A connection would be made with other settings, or fields that were left out be sent."""
    made = await colour.call(
        ft.connections.create,
        group_id=group,
        service="postgres",
        config={"schema_prefix": "fresh", "host": "db.example.com", "port": 5432},
        paused=True,
        sync_frequency=1440,
        daily_sync_time="03:00",
        run_setup_tests=False,
    )
    there = box.account.connections[made.id]
    assert (there["schema"], there["paused"], there["sync_frequency"]) == ("fresh", True, 1440)
    assert (made.daily_sync_time, made.group_id, made.setup_tests) == ("03:00", group, ())
    assert set(sent(box)) == {
        *("group_id", "service", "config", "paused", "sync_frequency", "daily_sync_time", "run_setup_tests"),
    }
    assert box.requests[-1].status == 201


async def test_create_runs_setup_tests(colour, ft, box, group):
    """The results of the setup tests would be lost."""
    made = await colour.call(
        ft.connections.create, group_id=group, service="postgres", config={"schema_prefix": "fresh"}
    )
    assert "run_setup_tests" not in sent(box)
    assert [test.title for test in made.setup_tests]


async def test_create_that_the_api_refuses(colour, ft, group):
    """A refusal of the API would come without its words."""
    with pytest.raises(BadRequestError, match="Unknown service 'nonsense'") as caught:
        await colour.call(ft.connections.create, group_id=group, service="nonsense")
    assert caught.value.code == "InvalidInput"
    with pytest.raises(NotFoundError):
        await colour.call(ft.connections.create, group_id="nobody", service="postgres", config={"schema_prefix": "x"})


async def test_update_connection(colour, ft, box, connection):
    """What was left out would be sent, or what is None not be sent as null."""
    changed = await colour.call(
        ft.connections.update, connection, sync_frequency=60, daily_sync_time=None, run_setup_tests=False
    )
    assert (changed.sync_frequency, changed.daily_sync_time) == (60, None)
    assert sent(box) == {"sync_frequency": 60, "daily_sync_time": None, "run_setup_tests": False}


async def test_enums_as_arguments(colour, ft, box, connection):
    """A member of an enum, which models carry, would be refused or sent as its name."""
    await colour.call(ft.connections.update, connection, schedule_type=ScheduleType.MANUAL, run_setup_tests=False)
    assert sent(box) == {"schedule_type": "manual", "run_setup_tests": False}


async def test_update_with_historical_sync(colour, ft, box, connection):
    """A historical sync that is meant would not begin; one that is not wanted would need words of consent."""
    changed = await colour.call(ft.connections.update, connection, is_historical_sync=True, confirm=True)
    assert changed.status.is_historical_sync is True
    assert sent(box) == {"is_historical_sync": True}
    await colour.call(ft.connections.update, connection, is_historical_sync=False, run_setup_tests=False)
    assert sent(box) == {"is_historical_sync": False, "run_setup_tests": False}


async def test_delete_connection(colour, ft, box, connection):
    """A connection would not be deleted."""
    assert await colour.call(ft.connections.delete, connection, confirm=True) is None
    assert connection not in box.account.connections
    with pytest.raises(NotFoundError) as caught:
        await colour.call(ft.connections.get, connection)
    assert caught.value.code == "NotFound_Connection"


@pytest.mark.parametrize("force", [False, True])
async def test_sync(colour, ft, box, connection, force):
    """A sync would not start, or a running one be stopped without being asked to."""
    assert await colour.call(ft.connections.sync, connection, force=force) is None
    assert sent(box) == {"force": force}
    assert last(box) == ("POST", f"/v1/connections/{connection}/sync")
    assert (await colour.call(ft.connections.get, connection)).status.sync_state == SyncState.SYNCING


async def test_pause_and_resume(colour, ft, box, connection):
    """Pausing a connection would run its setup tests, which takes minutes and may break it."""
    paused = await colour.call(ft.connections.pause, connection)
    assert sent(box) == {"paused": True, "run_setup_tests": False}
    assert (paused.paused, paused.status.sync_state, paused.setup_tests) == (True, SyncState.PAUSED, ())
    resumed = await colour.call(ft.connections.resume, connection)
    assert sent(box) == {"paused": False, "run_setup_tests": False}
    assert resumed.paused is False


# Destinations


async def test_destinations(colour, ft, box):
    """Destinations would be missing, or come without their settings."""
    destinations = await colour.items(ft.destinations.list())
    assert [it.id for it in destinations] == list(box.account.destinations)
    found = await colour.call(ft.destinations.get, destinations[0].id)
    assert (found.id, found.service) == (destinations[0].id, destinations[0].service)
    assert found.config
    with pytest.raises(NotFoundError):
        await colour.call(ft.destinations.get, "nobody")


# What every call has


async def test_versions(colour, ft, box, empty, connection):
    """A configuration would come untyped, or an operation be asked for a version that it does not have."""
    await colour.call(ft.account.info)
    await colour.items(ft.groups.list())
    await colour.items(ft.groups.connections(empty))
    await colour.items(ft.groups.users.list(empty))
    await colour.call(ft.groups.get, empty)
    await colour.call(ft.groups.update, empty, name="x")
    await colour.call(ft.groups.create, name="y")
    await colour.call(ft.groups.delete, empty, confirm=True)
    plain = box.calls
    await colour.items(ft.connections.list())
    await colour.call(ft.connections.get, connection)
    await colour.call(ft.connections.update, connection, sync_frequency=60)
    await colour.call(ft.connections.sync, connection)
    await colour.call(ft.connections.pause, connection)
    await colour.call(ft.connections.resume, connection)
    with pytest.raises(BadRequestError):
        await colour.call(ft.connections.create, group_id="g", service="nonsense")
    await colour.call(ft.connections.delete, connection, confirm=True)
    await colour.items(ft.destinations.list())
    await colour.call(ft.destinations.get, next(iter(box.account.destinations)))
    accepted = [request.headers["Accept"] for request in box.requests]
    assert accepted == [V1] * plain + [V2] * (box.calls - plain)
    assert (plain, box.calls) == (8, 18)


async def test_content_types(colour, ft, box, connection):
    """A body would be refused with 415, or a request without one announce it."""
    await colour.call(ft.connections.sync, connection)
    await colour.call(ft.connections.get, connection)
    assert [request.headers.get("Content-Type") for request in box.requests] == ["application/json", None]


# Consent


async def test_what_destroys_wants_consent(colour, ft, box, connection, group):
    """Data would be destroyed by a slip of the pen, or something be sent before consent was asked for."""
    for consent in ({}, {"confirm": False}, {"confirm": 1}, {"confirm": "yes"}, {"confirm": None}):
        for method, arguments, options in (
            (ft.groups.delete, (group,), {}),
            (ft.connections.delete, (connection,), {}),
            (ft.connections.update, (connection,), {"is_historical_sync": True}),
        ):
            with pytest.raises(ConfirmationError, match="confirm=True"):
                await colour.call(method, *arguments, **options, **consent)
    assert box.calls == 0


async def test_read_only(colour, connect, box, connection, group):
    """An audit could change the account."""
    ft = connect(box.url, read_only=True)
    writes = (
        (ft.groups.create, (), {"name": "x"}),
        (ft.groups.update, (group,), {"name": "x"}),
        (ft.groups.delete, (group,), {"confirm": True}),
        (ft.connections.create, (), {"group_id": group, "service": "postgres"}),
        (ft.connections.update, (connection,), {"paused": True}),
        (ft.connections.delete, (connection,), {"confirm": True}),
        (ft.connections.sync, (connection,), {}),
        (ft.connections.pause, (connection,), {}),
        (ft.connections.resume, (connection,), {}),
        *((ft.request, (method, "/v1/groups"), {}) for method in ("POST", "patch", "PUT", "DELETE")),
    )
    for method, arguments, options in writes:
        with pytest.raises(ReadOnlyError, match="read_only=True"):
            await colour.call(method, *arguments, **options)
    assert box.calls == 0
    assert (await colour.call(ft.connections.get, connection)).id == connection
    assert await colour.items(ft.groups.list())
    assert await colour.call(ft.request, "get", "/v1/groups")


# Arguments


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sync_frequency": 7}, "sync_frequency"),
        ({"sync_frequency": 0}, "sync_frequency"),
        ({"sync_frequency": "60"}, "sync_frequency"),
        ({"sync_frequency": 60.0}, "sync_frequency"),
        ({"sync_frequency": True}, "sync_frequency"),
        ({"sync_frequency": None}, "sync_frequency"),
        ({"sync_frequency": [60]}, "sync_frequency"),
        ({"daily_sync_time": "3:00"}, "daily_sync_time"),
        ({"daily_sync_time": "03:30"}, "daily_sync_time"),
        ({"daily_sync_time": "24:00"}, "daily_sync_time"),
        ({"daily_sync_time": "03:00\n"}, "daily_sync_time"),
        ({"daily_sync_time": 3}, "daily_sync_time"),
        ({"daily_sync_time": "03:00", "sync_frequency": 60}, "1440"),
        ({"schedule_type": "automatic"}, "schedule_type"),
        ({"schedule_type": None}, "schedule_type"),
        ({"schedule_type": ["auto"]}, "schedule_type"),
        ({"config": {"when": datetime(2026, 8, 1)}}, "zone"),  # noqa: DTZ001 - that is the point
        ({"config": {"limit": float("nan")}}, "JSON"),
        ({"config": {"what": object()}}, "JSON|object"),
    ],
)
async def test_arguments_are_checked_first(aconnect, box, options, words):
    """An argument that the API refuses would cost a call, or be taken for another one."""
    ft = aconnect(box.url)
    with pytest.raises(ArgumentError, match=words):
        await ft.connections.update("c", **options)
    with pytest.raises(ArgumentError, match=words):
        await ft.connections.create(group_id="g", service="postgres", **options)
    assert box.calls == 0


@pytest.mark.parametrize(
    "options",
    [{}, {"run_setup_tests": True}, {"run_setup_tests": False, "trust_certificates": True}, {"confirm": True}],
)
async def test_changes_of_nothing(colour, ft, box, options):
    """A change of nothing, which the API refuses, would cost a call."""
    with pytest.raises(ArgumentError, match=r"nothing to change.*paused"):
        await colour.call(ft.connections.update, "c", **options)
    assert box.calls == 0


@pytest.mark.parametrize("value", ["", " ", None, 5, b"x"])
async def test_texts_that_are_none(colour, ft, box, value):
    """An empty name or id would be sent."""
    for method, options, name in (
        (ft.groups.create, {"name": value}, "name"),
        (ft.connections.create, {"group_id": value, "service": "postgres"}, "group_id"),
        (ft.connections.create, {"group_id": "g", "service": value}, "service"),
    ):
        with pytest.raises(ArgumentError, match=name):
            await colour.call(method, **options)
    with pytest.raises(ArgumentError, match="name"):
        await colour.call(ft.groups.update, "g", name=value)
    assert box.calls == 0


@pytest.mark.parametrize("size", [0, 1001, -1, True, "10", 10.0, None])
def test_page_sizes_that_are_none(ft, box, size):
    """A page size that the API refuses would be found out by the first page."""
    for method, arguments in (
        (ft.groups.list, ()),
        (ft.groups.connections, ("g",)),
        (ft.groups.users.list, ("g",)),
        (ft.connections.list, ()),
        (ft.destinations.list, ()),
        (ft.paginate, ("/v1/groups",)),
    ):
        with pytest.raises(ArgumentError, match="page_size"):
            method(*arguments, page_size=size)
    assert box.calls == 0


@pytest.mark.parametrize("size", [1, 1000])
async def test_page_sizes_at_the_edge(colour, ft, box, size):
    """A page size that the API accepts would be refused."""
    assert len(await colour.items(ft.groups.list(page_size=size))) == 5
    assert {request.query["limit"] for request in box.requests} == {str(size)}


# Ids


def by_id(ft):
    """All methods that take an id, and what else they want."""
    return (
        (ft.groups.get, {}),
        (ft.groups.update, {"name": "x"}),
        (ft.groups.delete, {"confirm": True}),
        (ft.connections.get, {}),
        (ft.connections.update, {"paused": True}),
        (ft.connections.delete, {"confirm": True}),
        (ft.connections.sync, {}),
        (ft.connections.pause, {}),
        (ft.connections.resume, {}),
        (ft.destinations.get, {}),
    )


@pytest.mark.parametrize("value", ["", " ", "\t\n", ".", "..", None, 5, b"x", ("a",), "\ud800"])
async def test_ids_that_are_none(colour, ft, box, value):
    """An empty id would list or change something else than was meant."""
    for method, options in by_id(ft):
        with pytest.raises(ArgumentError, match="_id"):
            await colour.call(method, value, **options)
    for pager in (ft.groups.connections, ft.groups.users.list):
        with pytest.raises(ArgumentError, match="group_id"):
            pager(value)
    assert box.calls == 0


@pytest.mark.parametrize("value", STRANGE)
async def test_strange_ids_stay_one_segment(colour, ft, box, value):
    """An id with a slash or a percent sign in it would reach another path."""
    for method, options in by_id(ft):
        with pytest.raises(NotFoundError):
            await colour.call(method, value, **options)
    for pager in (ft.groups.connections, ft.groups.users.list):
        with pytest.raises(NotFoundError):
            await colour.items(pager(value))
    assert box.calls == 12
    for request in box.requests:
        segments = request.path.split("/")
        assert len(segments) == 5 if segments[-1] in {"sync", "connections", "users"} else 4
        assert unquote(segments[3]) == value


@pytest.mark.parametrize("value", ["a&b=c", "a b+c", "ünï%", "x#y", "="])
async def test_strange_filters(colour, ft, box, value):
    """A filter with an ampersand in it would become another parameter."""
    assert await colour.items(ft.connections.list(group_id=value, schema=value)) == []
    assert box.requests[-1].query == {"group_id": value, "schema": value, "limit": "1000"}


# Calls that the SDK does not name


async def test_request(colour, ft, box, group):
    """An endpoint that the SDK does not name could not be called."""
    data = await colour.call(ft.request, "GET", f"/v1/groups/{group}")
    assert data == box.account.groups[group]
    data = await colour.call(ft.request, "post", "/v1/groups", body={"name": "Raw"})
    assert box.account.groups[data["id"]]["name"] == "Raw"
    assert await colour.call(ft.request, "DELETE", f"/v1/groups/{data['id']}") is None
    listed = await colour.call(ft.request, "GET", "/v1/groups", query={"limit": 2, "cursor": None})
    assert len(listed["items"]) == 2
    assert box.requests[-1].query == {"limit": "2"}
    assert [request.headers["Accept"] for request in box.requests] == [V1] * 4


async def test_raw_request(colour, ft, group):
    """The bytes of a reply, such as a package, would be decoded."""
    raw = await colour.call(ft.request, "GET", f"/v1/groups/{group}", raw=True)
    assert isinstance(raw, bytes)
    assert json.loads(raw)["code"] == "Success"


@pytest.mark.parametrize(
    ("method", "idempotent", "calls"),
    [("POST", False, 1), ("PATCH", False, 1), ("PUT", False, 1), ("POST", True, 2), ("GET", False, 2)],
)
async def test_requests_that_are_repeated(aconnect, box, method, idempotent, calls):
    """An unnamed POST would be repeated unasked, or not although it was asked for."""
    box.faults.script(method, "/v1/any", status=503)
    box.faults.script(method, "/v1/any", body=b"{}")
    call = aconnect(box.url).request(method, "/v1/any", idempotent=idempotent)
    if calls == 1:
        with pytest.raises(ServerError):
            await call
    else:
        await call
    assert box.calls == calls


@pytest.mark.parametrize(
    "path",
    [
        "",
        "v1/groups",
        "//evil.example/v1/groups",
        "http://evil.example/v1/groups",
        "/v1/../groups",
        "/v1/%2e%2E/groups",
        "/v1/./groups",
        "/v1/groups/..",
        "/v1/groups?limit=1",
        "/v1/groups#x",
        "/v1/groups/{group_id}",
        "/v1/\ud800",
        None,
        5,
        b"/v1/groups",
    ],
)
async def test_paths_that_are_refused(colour, ft, box, path):
    """A path could lead to another host, or to another endpoint than it shows."""
    with pytest.raises(ArgumentError, match="path"):
        await colour.call(ft.request, "GET", path)
    with pytest.raises(ArgumentError, match="path"):
        ft.paginate(path)
    assert box.calls == 0


@pytest.mark.parametrize("method", ["", "CONNECT", "HEAD", "GET /", None, 5])
async def test_methods_that_are_refused(colour, ft, box, method):
    """A method that the API does not have would be sent."""
    with pytest.raises(ArgumentError, match="method"):
        await colour.call(ft.request, method, "/v1/groups")
    assert box.calls == 0


@pytest.mark.parametrize(
    "options",
    [{"body": [1]}, {"body": "x"}, {"body": {"x": object()}}, {"query": {"x": [1]}}, {"query": {"x": "\ud800"}}],
)
async def test_contents_that_are_refused(colour, ft, box, options):
    """Something that no API reads would be sent."""
    with pytest.raises(ArgumentError):
        await colour.call(ft.request, "POST", "/v1/groups", **options)
    assert box.calls == 0


async def test_strange_paths_are_encoded(colour, ft, box):
    """A path with a space or a letter beyond ASCII would break the request line."""
    with pytest.raises(NotFoundError):
        await colour.call(ft.request, "GET", "/v1/groups/a b/ü%2Fx\r\nX: y")
    assert last(box) == ("GET", "/v1/groups/a%20b/%C3%BC%2Fx%0D%0AX:%20y")


async def test_paginate(colour, ft, box, group):
    """A list that the SDK does not name could not be walked."""
    pager = ft.paginate("/v1/connections", query={"group_id": group}, page_size=5)
    items = await colour.items(pager)
    assert [item["id"] for item in items] == [
        name for name, it in box.account.connections.items() if it["group_id"] == group
    ]
    assert all(request.query["limit"] == "5" for request in box.requests)
    assert box.calls == -(-len(items) // 5)
