"""The resources against the sandbox, in both colours: each method once, and what it refuses to send."""

import inspect
import json
from typing import Any

import pytest

from fivetran_async.errors import (
    ArgumentError,
    BadRequestError,
    ConfirmationError,
    ConflictError,
    NotFoundError,
    ReadOnlyError,
)
from fivetran_async.models.account import AccountInfo
from fivetran_async.models.connections import ConnectCardConfig, Connection, SyncState
from fivetran_async.models.destinations import Destination
from fivetran_async.models.groups import Group
from fivetran_async.models.users import User
from fivetran_async.sandbox import Sandbox


def last(box: Sandbox) -> Any:
    """Return the request that arrived last."""
    return box.requests[-1]


def sent(box: Sandbox) -> Any:
    """Return the body that arrived last."""
    return json.loads(last(box).body)


def one(box: Sandbox, **wanted: Any) -> str:
    """Return the id of a connection of the sandbox."""
    return next(
        name
        for name, fields in box.account.connections.items()
        if all(fields.get(key) == value for key, value in wanted.items())
    )


async def empty_group(colour: Any, ft: Any) -> Any:
    """Make a group with nothing in it."""
    return await colour.call(ft.groups.create, name="empty_group")


# Account


async def test_account_info(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise the cheapest probe of credentials would not work."""
    info = await colour.call(ft.account.info)
    assert isinstance(info, AccountInfo)
    assert info.account_id
    assert (info.user_id is None) != (info.system_key_id is None)
    assert (last(box).method, last(box).path) == ("GET", "/v1/account/info")


# Groups


async def test_groups_from_beginning_to_end(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise a group could not be made, read, renamed or deleted."""
    before = await colour.call(ft.groups.list().collect)
    assert len(before) == 5
    assert all(isinstance(group, Group) and group.name and group.created_at for group in before)
    group = await colour.call(ft.groups.create, name="new_group")
    assert (last(box).method, sent(box)) == ("POST", {"name": "new_group"})
    assert await colour.call(ft.groups.get, group.id) == group
    renamed = await colour.call(ft.groups.update, group.id, name="renamed")
    assert (last(box).method, sent(box)) == ("PATCH", {"name": "renamed"})
    assert (renamed.id, renamed.name) == (group.id, "renamed")
    assert len(await colour.items(ft.groups.list())) == 6
    assert await colour.call(ft.groups.delete, group.id, confirm=True) is None
    assert last(box).method == "DELETE"
    with pytest.raises(NotFoundError) as caught:
        await colour.call(ft.groups.get, group.id)
    assert caught.value.code == "NotFound_Group"
    assert caught.value.operation == "group_details"


async def test_a_group_that_holds_something_is_not_deleted(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise the API's own refusal would be hidden."""
    group = next(iter(box.account.groups))
    with pytest.raises((ConflictError, BadRequestError)):
        await colour.call(ft.groups.delete, group, confirm=True)


async def test_the_connections_and_users_of_a_group(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise a group's content would be another group's, or a filter be ignored."""
    group = next(iter(box.account.groups))
    connections = await colour.items(ft.groups.connections(group))
    assert connections
    assert all(isinstance(connection, Connection) and connection.group_id == group for connection in connections)
    assert {connection.id for connection in connections} == {
        name for name, fields in box.account.connections.items() if fields["group_id"] == group
    }
    named = await colour.items(ft.groups.connections(group, schema=connections[0].schema))
    assert [connection.id for connection in named] == [connections[0].id]
    assert last(box).query == {"limit": "1000", "schema": connections[0].schema}
    users = await colour.items(ft.groups.users.list(group))
    assert users
    assert all(isinstance(user, User) for user in users)
    active = await colour.items(ft.groups.users.list(group, active=True))
    assert last(box).query == {"limit": "1000", "active": "true"}
    assert {user.id for user in active} == {user.id for user in users if user.active}


# Connections


async def test_connections_are_listed_with_filters(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise a filter would be ignored, and another connection be changed."""
    every = await colour.items(ft.connections.list())
    assert len(every) == 60
    assert all(isinstance(connection, Connection) for connection in every)
    assert box.calls == 1
    group = every[0].group_id
    of_group = await colour.items(ft.connections.list(group_id=group))
    assert {item.id for item in of_group} == {item.id for item in every if item.group_id == group}
    named = await colour.items(ft.connections.list(schema=every[0].schema))
    assert every[0].id in {item.id for item in named}
    assert {item.schema for item in named} == {every[0].schema}
    assert last(box).query == {"limit": "1000", "schema": every[0].schema}


async def test_a_connection_from_beginning_to_end(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise a connection could not be made, read, changed or deleted."""
    group = await empty_group(colour, ft)
    connection = await colour.call(
        ft.connections.create,
        group_id=group.id,
        service="postgres",
        config={"schema_prefix": "made_here", "host": "db.example", "port": 5432},
        paused=True,
        sync_frequency=1440,
        daily_sync_time="03:00",
        run_setup_tests=False,
    )
    assert sent(box)["config"]["port"] == 5432
    assert "auth" not in sent(box)
    assert isinstance(connection, Connection)
    assert (connection.service, connection.paused, connection.daily_sync_time) == ("postgres", True, "03:00")
    read = await colour.call(ft.connections.get, connection.id)
    assert (read.id, read.config["host"]) == (connection.id, "db.example")
    changed = await colour.call(ft.connections.update, connection.id, sync_frequency=60, run_setup_tests=False)
    assert sent(box) == {"sync_frequency": 60, "run_setup_tests": False}
    assert changed.sync_frequency == 60
    assert await colour.call(ft.connections.delete, connection.id, confirm=True) is None
    with pytest.raises(NotFoundError, match="connection_details"):
        await colour.call(ft.connections.get, connection.id)


async def test_setup_tests_run_where_they_are_asked_for(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise the results of setup tests would be lost."""
    connection = await colour.call(
        ft.connections.update, one(box, service="postgres"), paused=True, run_setup_tests=True
    )
    assert connection.setup_tests
    assert all(test.title and test.status for test in connection.setup_tests)


async def test_pause_and_resume_run_no_setup_test(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise pausing a whole account would use up the setup tests of the hour."""
    name = one(box, paused=False)
    paused = await colour.call(ft.connections.pause, name)
    assert (last(box).method, sent(box)) == ("PATCH", {"paused": True, "run_setup_tests": False})
    assert paused.paused is True
    assert paused.status.sync_state == SyncState.PAUSED
    resumed = await colour.call(ft.connections.resume, name)
    assert sent(box) == {"paused": False, "run_setup_tests": False}
    assert resumed.paused is False
    assert resumed.setup_tests == ()


async def test_a_sync_is_started_and_forced(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise a running sync would be stopped by a plain call, or not by a forced one."""
    name = one(box, paused=False)
    assert await colour.call(ft.connections.sync, name) is None
    assert (last(box).method, last(box).path, sent(box)) == ("POST", f"/v1/connections/{name}/sync", {"force": False})
    assert await colour.call(ft.connections.sync, name, force=True) is None
    assert sent(box) == {"force": True}


async def test_none_empties_a_field_and_what_is_left_out_stays(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise a PATCH would empty what it does not mention, or could empty nothing."""
    name = one(box)
    await colour.call(ft.connections.update, name, private_link_id=None, run_setup_tests=False)
    assert sent(box) == {"private_link_id": None, "run_setup_tests": False}


async def test_a_model_in_a_body_is_sent_without_its_empty_fields(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise a connect card would be asked for with nulls, which the API refuses."""
    group = await empty_group(colour, ft)
    connection = await colour.call(
        ft.connections.create,
        group_id=group.id,
        service="github",
        config={"schema": "gh"},
        run_setup_tests=False,
        connect_card_config=ConnectCardConfig(redirect_uri="https://example.com/done"),
    )
    assert sent(box)["connect_card_config"] == {"redirect_uri": "https://example.com/done"}
    assert connection.connect_card is None or "token" not in repr(connection.connect_card)


async def test_a_historical_sync_wants_to_be_confirmed(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise one wrong flag would load everything anew."""
    name = one(box)
    with pytest.raises(ConfirmationError, match="confirm=True"):
        await colour.call(ft.connections.update, name, is_historical_sync=True)
    assert box.calls == 0
    await colour.call(ft.connections.update, name, is_historical_sync=False, run_setup_tests=False)
    await colour.call(ft.connections.update, name, is_historical_sync=True, run_setup_tests=False, confirm=True)
    assert sent(box) == {"is_historical_sync": True, "run_setup_tests": False}


# Destinations


async def test_destinations(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise a destination could not be read, or a group without one would look broken."""
    destinations = await colour.items(ft.destinations.list())
    assert destinations
    assert all(isinstance(destination, Destination) for destination in destinations)
    read = await colour.call(ft.destinations.get, destinations[0].id)
    assert (read.id, read.group_id, read.service) == (
        destinations[0].id,
        destinations[0].group_id,
        destinations[0].service,
    )
    assert read.config is not None
    group = await empty_group(colour, ft)
    with pytest.raises(NotFoundError):
        await colour.call(ft.destinations.get, group.id)


# What every operation has in common

VERSION_TWO = {
    "connections.list",
    "connections.create",
    "connections.get",
    "connections.update",
    "connections.delete",
    "connections.sync",
    "connections.pause",
    "connections.resume",
    "destinations.list",
    "destinations.get",
}
CALLS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "account.info": ((), {}),
    "groups.list": ((), {}),
    "groups.create": ((), {"name": "n"}),
    "groups.get": (("g",), {}),
    "groups.update": (("g",), {"name": "n"}),
    "groups.delete": (("g",), {"confirm": True}),
    "groups.connections": (("g",), {}),
    "groups.users.list": (("g",), {}),
    "connections.list": ((), {}),
    "connections.create": ((), {"group_id": "g", "service": "s"}),
    "connections.get": (("c",), {}),
    "connections.update": (("c",), {"paused": True}),
    "connections.delete": (("c",), {"confirm": True}),
    "connections.sync": (("c",), {}),
    "connections.pause": (("c",), {}),
    "connections.resume": (("c",), {}),
    "destinations.list": ((), {}),
    "destinations.get": (("d",), {}),
}
REPLY = json.dumps({"code": "Success", "data": {"id": "x", "service": "s", "account_id": "a", "items": []}})


def method(ft: Any, name: str) -> Any:
    """Return a method of a client by its full name."""
    for part in name.split("."):
        ft = getattr(ft, part)
    return ft


async def run(colour: Any, ft: Any, name: str, **options: Any) -> Any:
    """Call a method as the table says, a list to its end."""
    args, named = CALLS[name]
    result = method(ft, name)(*args, **named, **options)
    if hasattr(result, "collect"):
        result = result.collect()
    return await result if inspect.isawaitable(result) else result


@pytest.mark.parametrize("name", CALLS)
async def test_the_accept_header_asks_for_the_right_version(colour: Any, ft: Any, box: Sandbox, name: str) -> None:
    """Otherwise a port would come as a text, or a call be refused with 406."""
    box.faults.script("*", "/v1/", status=200, body=REPLY)
    await run(colour, ft, name)
    headers = {key.lower(): value for key, value in last(box).headers.items()}
    assert headers["accept"] == ("application/json;version=2" if name in VERSION_TWO else "application/json")
    assert headers["user-agent"].startswith("fivetran-async/")
    assert ("content-type" in headers) is bool(last(box).body)
    assert headers.get("content-type", "application/json") == "application/json"
    assert box.calls == 1


@pytest.mark.parametrize("name", CALLS)
async def test_a_read_only_client_reads_and_nothing_else(colour: Any, ft: Any, box: Sandbox, name: str) -> None:
    """Otherwise an audit that was promised to change nothing could change something."""
    reads = name.endswith(("list", "get", "info", "groups.connections"))
    box.faults.script("*", "/v1/", status=200, body=REPLY)
    view = ft.with_options(read_only=True)
    if reads:
        await run(colour, view, name)
        assert last(box).method == "GET"
    else:
        with pytest.raises(ReadOnlyError, match="read_only"):
            await run(colour, view, name)
        assert box.calls == 0


@pytest.mark.parametrize("name", ["groups.delete", "connections.delete"])
@pytest.mark.parametrize("confirm", [None, False, 1, "yes"])
async def test_what_destroys_data_wants_to_be_confirmed(
    colour: Any, ft: Any, box: Sandbox, name: str, confirm: Any
) -> None:
    """Otherwise a connection would be gone by a slip."""
    options = {} if confirm is None else {"confirm": confirm}
    with pytest.raises(ConfirmationError, match="confirm=True") as caught:
        await colour.call(method(ft, name), "the_id", **options)
    assert "the_id" in str(caught.value)
    assert box.calls == 0


@pytest.mark.parametrize(
    ("name", "args", "named", "said"),
    [
        ("groups.create", (), {"name": ""}, "name"),
        ("groups.create", (), {"name": 5}, "name"),
        ("groups.create", (), {"name": None}, "name"),
        ("groups.update", ("g",), {"name": "  "}, "name"),
        ("groups.get", ("",), {}, "group_id"),
        ("groups.get", ("..",), {}, "group_id"),
        ("groups.get", (None,), {}, "group_id"),
        ("groups.connections", ("",), {}, "group_id"),
        ("groups.connections", ("g",), {"schema": ""}, "schema"),
        ("groups.users.list", (".",), {}, "group_id"),
        ("connections.list", (), {"group_id": ""}, "group_id"),
        ("connections.list", (), {"group_id": 5}, "group_id"),
        ("connections.list", (), {"schema": " "}, "schema"),
        ("connections.get", ("\ud800",), {}, "connection_id"),
        ("connections.create", (), {"group_id": "", "service": "s"}, "group_id"),
        ("connections.create", (), {"group_id": "g", "service": ""}, "service"),
        ("connections.create", (), {"group_id": "g", "service": "s", "config": {"a": float("nan")}}, "JSON"),
        ("connections.create", (), {"group_id": "g", "service": "s", "config": {1: 2}}, "keys"),
        ("connections.create", (), {"group_id": "g", "service": "s", "sync_frequency": 7}, "sync_frequency"),
        ("connections.update", ("c",), {}, "nothing to change"),
        ("connections.update", ("c",), {"run_setup_tests": True, "trust_certificates": True}, "nothing to change"),
        ("connections.update", ("c",), {"sync_frequency": "60"}, "sync_frequency"),
        ("connections.update", ("c",), {"sync_frequency": True}, "sync_frequency"),
        ("connections.update", ("c",), {"sync_frequency": None}, "sync_frequency"),
        ("connections.update", ("c",), {"schedule_type": "never"}, "schedule_type"),
        ("connections.update", ("c",), {"daily_sync_time": "24:00"}, "daily_sync_time"),
        ("connections.update", ("c",), {"daily_sync_time": "3:00"}, "daily_sync_time"),
        ("connections.update", ("c",), {"daily_sync_time": "03:30"}, "daily_sync_time"),
        ("connections.update", ("c",), {"daily_sync_time": 3}, "daily_sync_time"),
        ("connections.update", ("c",), {"daily_sync_time": "03:00", "sync_frequency": 60}, "1440"),
        ("destinations.get", ("",), {}, "destination_id"),
    ],
)
async def test_a_wrong_argument_is_refused_before_anything_is_sent(  # noqa: PLR0917 - a table's columns
    colour: Any, ft: Any, box: Sandbox, name: str, args: tuple[Any, ...], named: dict[str, Any], said: str
) -> None:
    """Otherwise a call would be spent on what the API refuses, or reach another path."""
    with pytest.raises(ArgumentError, match=said):
        await colour.call(method(ft, name), *args, **named)
    assert box.calls == 0


@pytest.mark.parametrize(
    "name", ["groups.list", "groups.connections", "groups.users.list", "connections.list", "destinations.list"]
)
@pytest.mark.parametrize("size", [0, 1001, -1, True, 5.0, "5", None])
async def test_a_page_size_out_of_range_is_refused_at_once(ft: Any, box: Sandbox, name: str, size: Any) -> None:
    """Otherwise it would show at the first page only, after a call."""
    with pytest.raises(ArgumentError, match="page_size"):
        method(ft, name)(*CALLS[name][0], page_size=size)
    assert box.calls == 0


@pytest.mark.parametrize("cursor", [1.5, ["c"], object(), "\ud800"])
async def test_a_cursor_that_is_none_is_refused_at_once(ft: Any, cursor: Any) -> None:
    """Otherwise it would show at the first page only."""
    with pytest.raises(ArgumentError):
        ft.groups.list(cursor=cursor)


async def test_a_list_costs_one_call_a_page(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise an account of 10,000 connections would use up calls that others need."""
    pages = await colour.pages(ft.connections.list(page_size=25))
    assert [len(page.items) for page in pages] == [25, 25, 10]
    assert box.calls == 3
    assert [request.query["limit"] for request in box.requests] == ["25"] * 3
    assert len({item.id for page in pages for item in page.items}) == 60
    second = await colour.call(ft.connections.list(page_size=25).page, pages[0].next_cursor)
    assert [item.id for item in second.items] == [item.id for item in pages[1].items]
    rest = await colour.items(ft.connections.list(page_size=25, cursor=pages[0].next_cursor))
    assert len(rest) == 35


@pytest.mark.parametrize("text", ["a/b", "a b", "ä", "a?b", "a#b", "%2e%2e", "a\\b", "..a", "a;b=c", "a+b"])
async def test_the_server_sees_the_id_as_one_segment(colour: Any, ft: Any, box: Sandbox, text: str) -> None:
    """Otherwise some part on the way would decode, normalise or cut an id."""
    with pytest.raises(NotFoundError):
        await colour.call(ft.groups.get, text)
    from urllib.parse import unquote  # noqa: PLC0415 - for this line alone

    prefix, _, segment = last(box).path.rpartition("/")
    assert (prefix, unquote(segment)) == ("/v1/groups", text)
    assert last(box).query == {}


# Endpoints that the SDK does not name


async def test_any_endpoint_can_be_called(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise what the SDK does not name yet could not be used."""
    group = next(iter(box.account.groups))
    data = await colour.call(ft.request, "get", f"/v1/groups/{group}")
    assert data["id"] == group
    made = await colour.call(ft.request, "POST", "/v1/groups", body={"name": "by_request"})
    assert (last(box).method, sent(box)) == ("POST", {"name": "by_request"})
    assert await colour.call(ft.request, "DELETE", f"/v1/groups/{made['id']}") is None
    page = await colour.call(ft.request, "GET", "/v1/groups", query={"limit": 2, "cursor": None})
    assert len(page["items"]) == 2
    assert last(box).query == {"limit": "2"}
    raw = await colour.call(ft.request, "GET", f"/v1/groups/{group}", raw=True)
    assert isinstance(raw, bytes)
    assert json.loads(raw)["data"] == data
    with pytest.raises(NotFoundError) as caught:
        await colour.call(ft.request, "GET", "/v1/groups/none")
    assert caught.value.operation == "GET /v1/groups/none"


async def test_any_list_can_be_walked(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise a list that the SDK does not name would end after its first page."""
    items = await colour.items(ft.paginate("/v1/connections", query={"group_id": None}, page_size=25))
    assert len({item["id"] for item in items}) == 60
    assert box.calls == 3
    assert isinstance(items[0], dict)


@pytest.mark.parametrize(
    "path", ["", "v1/groups", "//evil", "/v1/../x", "/v1/%2E%2e/x", "/v1/groups?a=b", "/v1/{id}", "/v1/a#b"]
)
async def test_a_path_that_leads_elsewhere_is_refused(colour: Any, ft: Any, box: Sandbox, path: str) -> None:
    """Otherwise credentials would be sent where the caller did not mean."""
    with pytest.raises(ArgumentError, match="path"):
        await colour.call(ft.request, "GET", path)
    with pytest.raises(ArgumentError, match="path"):
        ft.paginate(path)
    assert box.calls == 0


async def test_read_only_holds_for_any_endpoint(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise there would be a way round `read_only=True`."""
    view = ft.with_options(read_only=True)
    for verb in ("POST", "PATCH", "PUT", "DELETE"):
        with pytest.raises(ReadOnlyError):
            await colour.call(view.request, verb, "/v1/groups", body={})
    assert box.calls == 0
    assert await colour.call(view.request, "GET", "/v1/account/info")


async def test_an_unnamed_post_is_repeated_only_when_told(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise an unknown endpoint would be called twice by itself."""
    from fivetran_async.errors import ServerError  # noqa: PLC0415 - for this test alone

    box.faults.script("POST", "/v1/groups", status=503)
    with pytest.raises(ServerError):
        await colour.call(ft.request, "POST", "/v1/groups", body={"name": "x"})
    assert box.calls == 1
    box.faults.script("POST", "/v1/groups", status=503, headers={"Retry-After": "0"})
    assert await colour.call(ft.request, "POST", "/v1/groups", body={"name": "x"}, idempotent=True)
    assert box.calls == 3
