"""The paths from before connectors became connections: clients of those days still call them."""

from __future__ import annotations

import base64
import json
import urllib.request
from typing import Any

import pytest

from fivetran_async.errors import NotFoundError
from fivetran_async.sandbox import Sandbox

CARD = {"connect_card_config": {"redirect_uri": "https://example.com/done"}}


@pytest.fixture
def name(box: Sandbox) -> str:
    """Plant a connection and return its id."""
    group = next(iter(box.account.groups))
    config = {"host": "db.example.com", "port": 5432, "password": "hidden"}
    planted: str = box.account.add_connection(group, schema="shop", config=config)["id"]
    return planted


def fetch(box: Sandbox, path: str, accept: str) -> Any:
    """Return the `data` of a GET with an `Accept` header."""
    token = base64.b64encode(f"{box.api_key}:{box.api_secret}".encode()).decode()
    headers = {"Authorization": f"Basic {token}", "Accept": accept}
    request = urllib.request.Request(box.url + path, headers=headers)  # noqa: S310 - the sandbox's own address
    with urllib.request.urlopen(request) as response:  # noqa: S310 - as above
        return json.load(response)["data"]


@pytest.mark.parametrize(("accept", "port"), [("application/json", "5432"), ("application/json;version=2", 5432)])
@pytest.mark.parametrize("path", ["/v1/connectors/{name}", "/v1/connections/{name}"])
def test_both_versions_of_a_connection(box: Sandbox, name: str, path: str, accept: str, port: Any) -> None:
    """Otherwise an old client would read the settings in types that it did not ask for."""
    data = fetch(box, path.format(name=name), accept)
    assert (data["id"], data["config"]["port"], data["config"]["password"]) == (name, port, "******")


@pytest.mark.parametrize("accept", ["application/json", "application/json;version=2"])
@pytest.mark.parametrize("path", ["", "?schema=shop", "?limit=3"])
def test_both_versions_of_a_list(box: Sandbox, name: str, path: str, accept: str) -> None:
    """Otherwise an old client would find other connections in a group than a new one."""
    group = box.account.connections[name]["group_id"]
    old = fetch(box, f"/v1/groups/{group}/connectors{path}", accept)
    assert old["items"]
    assert old == fetch(box, f"/v1/groups/{group}/connections{path}", accept)


@pytest.mark.parametrize("part", ["", "/schemas", "/certificates", "/fingerprints"])
async def test_what_is_read_is_the_same(colour: Any, ft: Any, name: str, part: str) -> None:
    """Otherwise an old client would see another connection than a new one."""
    await colour.call(ft.request, "POST", f"/v1/connectors/{name}/schemas/reload", body={})
    old = await colour.call(ft.request, "GET", f"/v1/connectors/{name}{part}")
    assert old
    assert old == await colour.call(ft.request, "GET", f"/v1/connections/{name}{part}")


async def test_the_whole_list_is_the_same(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise an old client would miss connections of the account."""
    old = await colour.items(ft.paginate("/v1/connectors", page_size=7))
    assert [one["id"] for one in old] == [one.id for one in await colour.items(ft.connections.list())]
    assert len(old) == len(box.account.connections)


async def test_an_old_life(colour: Any, ft: Any, box: Sandbox) -> None:
    """Otherwise an old client could not create, change, sync, test, share and delete a connection."""
    group = next(iter(box.account.groups))
    body = {"group_id": group, "service": "postgres", "config": {"schema_prefix": "old"}, "run_setup_tests": False}
    made = await colour.call(ft.request, "POST", "/v1/connectors", body=body)
    path = f"/v1/connectors/{made['id']}"
    changed = await colour.call(ft.request, "PATCH", path, body={"sync_frequency": 60, "auth": {}})
    assert (changed["id"], changed["sync_frequency"]) == (made["id"], 60)
    assert await colour.call(ft.request, "POST", f"{path}/test", body={})
    assert (await colour.call(ft.request, "POST", f"{path}/connect-card", body=CARD))["connector_id"] == made["id"]
    (found,) = await colour.items(ft.groups.connections(group, schema="old"))
    assert found.id == made["id"]
    await colour.call(ft.request, "DELETE", path)
    assert made["id"] not in box.account.connections
    with pytest.raises(NotFoundError):
        await colour.call(ft.request, "GET", path)


@pytest.mark.parametrize("word", ["force", "sync"])
async def test_an_old_sync(colour: Any, ft: Any, box: Sandbox, name: str, word: str) -> None:
    """Otherwise schedulers of those days would start nothing."""
    await colour.call(ft.request, "POST", f"/v1/connectors/{name}/{word}", body={})
    assert (await colour.call(ft.connections.get, name)).status.sync_state == "syncing"
    box.clock.advance(86_400)
    assert (await colour.call(ft.connections.get, name)).succeeded_at is not None
