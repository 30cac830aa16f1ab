"""Surprises: a sandbox that answers as the API may one day, and still keeps what a client has to rely on."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from fivetran_async.sandbox import Sandbox
from fivetran_async.sandbox.surprise import FIELD, VALUE

LISTS = ("groups", "users", "connections", "destinations", "metadata/connector-types")
KEPT = ("id", "service", "group_id", "name", "schema", "created_at", "email", "icon_url")


@pytest.fixture
def pair(caller):
    """Yield callers of two boxes with the same account, only the second with surprises."""
    sizes = {"seed": 7, "groups": 5, "connections": 60}
    with Sandbox(**sizes) as plain, Sandbox(**sizes, surprise=True, start=plain.clock.now()) as odd:
        yield caller(plain), caller(odd)


def test_every_object_has_a_field_more(pair):
    """An object without an unknown field would let a client pass that chokes on one."""
    for path in LISTS:
        page = pair[1].get(f"/v1/{path}").data
        assert FIELD in page
        for item in page["items"]:
            assert FIELD in item
            assert FIELD in item.get("status", {FIELD: 1})
    name = pair[1].get("/v1/connections").data["items"][0]["id"]
    detail = pair[1].get(f"/v1/connections/{name}").data
    assert FIELD in detail
    assert FIELD not in detail["config"]


def test_some_words_are_new(pair):
    """No word or nearly every word would be a new one, or another one each time."""
    items = pair[1].walk("/v1/connections", 1000)
    words = [item["status"][field] for item in items for field in ("setup_state", "sync_state", "update_state")]
    assert 0.02 < words.count(VALUE) / len(words) < 0.4
    assert pair[1].walk("/v1/connections", 1000) == items


def test_what_references_need_is_kept(pair):
    """An id, a name, an address or a time would be changed, and nothing could be found again."""
    for path in LISTS:
        plain, odd = (call.walk(f"/v1/{path}", 1000) for call in pair)
        assert len(plain) == len(odd)
        for old, new in zip(plain, odd, strict=True):
            assert set(new) - set(old) == {FIELD}
            for field in KEPT:
                if field in old and field != "created_at":
                    assert new[field] == old[field]
            assert VALUE not in (new.get("created_at"), new.get("succeeded_at"))


def test_the_account_itself_is_as_before(pair):
    """The surprises would get into the account, and be saved with it."""
    box = pair[1].box
    pair[1].walk("/v1/connections", 1000)
    assert not any(FIELD in connection for connection in box.account.connections.values())
    assert not any(FIELD in group for group in box.account.groups.values())


def test_refusals_and_files_are_as_before(pair):
    """A refusal, which has no data, would be changed."""
    plain, odd = (call.get("/v1/groups/nope").json for call in pair)
    assert plain == odd


@pytest.mark.parametrize("kind", ["client", "sync_client"])
async def test_the_clients_read_on(pair, kind):
    """A client of this project would choke on a field or a word that it does not know."""
    box = pair[1].box
    if kind == "client":
        async with box.client() as ft:
            items = await ft.connections.list().collect()
            detail = await ft.connections.get(items[0].id)
    else:
        with box.sync_client() as ft:
            items = ft.connections.list().collect()
            detail = ft.connections.get(items[0].id)
    assert len(items) == 60
    assert detail.extra[FIELD] == {"kind": "surprise", "values": [1, None, "two"]}
    assert VALUE in {str(item.status.sync_state.value) for item in items}


def test_the_command_line(tmp_path):
    """The server as a command would have no switch for surprises."""
    with subprocess.Popen(
        [sys.executable, "-m", "fivetran_async", "sandbox", "--port", "0", "--surprise"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as process:
        given = dict(part.split("=", 1) for part in process.stdout.readline().split()[1:])
        address = urlsplit(given["FIVETRAN_BASE_URL"])
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
        connection.request("GET", "/public/connector-types")
        data = json.loads(connection.getresponse().read())["data"]
        connection.close()
        process.terminate()
        assert process.wait(30) == 0
    assert FIELD in data
    assert FIELD in data["items"][0]
