"""A box's life: opening, closing, threads, loops, credentials, files, signals."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from fivetran_async.sandbox import AccountFileError, Sandbox
from fivetran_async.sandbox.serve import run

AUTH = "Basic a2V5OnNlY3JldA=="
START = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[3]


def servers():
    """Return the threads that serve sandboxes."""
    return [thread for thread in threading.enumerate() if thread.name == "fivetran-sandbox"]


def test_with_leaves_nothing(caller):
    """A thread or a listening socket would outlive the box."""
    with Sandbox() as box:
        assert caller(box).get("/v1/groups").status == 200
        assert len(servers()) == 1
        port = int(box.url.rpartition(":")[2])
    assert not servers()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    assert box.calls == 1
    assert box.account.groups


async def test_async_with_leaves_nothing():
    """The box would not work under `async with`, or block the loop that it is used from."""
    async with Sandbox() as box, aiohttp.ClientSession(headers={"Authorization": AUTH}) as session:
        answers = [session.get(f"{box.url}/v1/connections") for _ in range(20)]
        for answer in await asyncio.gather(*answers):
            assert answer.status == 200
            answer.release()
    assert not servers()
    assert box.calls == 20


async def test_cancelled_opening_leaves_nothing(monkeypatch):
    """A box whose opening was cancelled would go on serving."""
    entered, go_on = threading.Event(), threading.Event()
    make = Sandbox._make_account

    def slow(self):
        entered.set()
        go_on.wait(30)
        return make(self)

    monkeypatch.setattr(Sandbox, "_make_account", slow)
    opening = asyncio.ensure_future(Sandbox().__aenter__())
    await asyncio.to_thread(entered.wait, 30)
    opening.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert not servers()


async def test_client():
    """The client that a box hands out would not reach it, or not share its clock."""
    async with Sandbox(seed=1, groups=2, connections=3) as box, box.client() as ft:
        assert len([group async for group in ft.groups.list()]) == 2
        assert box.calls == 1
        assert box._client_options({"clock": None})["clock"] is None
        assert box._client_options({})["clock"] is box.clock


def test_sync_client():
    """The blocking client that a box hands out would not reach it."""
    with Sandbox(seed=1, groups=2, connections=3) as box, box.sync_client() as ft:
        assert len(list(ft.groups.list())) == 2
        assert box.calls == 1


def test_two_boxes_are_apart(caller):
    """Two boxes would share state."""
    with Sandbox(seed=1) as one, Sandbox(seed=1) as two:
        caller(one).post("/v1/groups", {"name": "only here"})
        assert len(one.account.groups) == len(two.account.groups) + 1


def test_port_in_use():
    """A port that is taken would hang, or fail without saying why."""
    with Sandbox() as box:
        port = int(box.url.rpartition(":")[2])
        with pytest.raises(OSError, match=str(port)), Sandbox(port=port):
            pytest.fail("opened on a port that is taken")
        assert len(servers()) == 1
    assert not servers()


def test_a_box_opens_once():
    """A box that was used would come back with a state nobody asked for."""
    box = Sandbox()
    for name in ("url", "account", "clock"):
        with pytest.raises(RuntimeError, match="not open"):
            getattr(box, name)
    with box, pytest.raises(RuntimeError, match="once"):
        box.open()
    with pytest.raises(RuntimeError, match="once"):
        box.open()
    box.close()


def test_own_credentials(caller):
    """The key and secret could not be chosen."""
    with Sandbox(api_key="k", api_secret="s") as box:
        assert (box.api_key, box.api_secret) == ("k", "s")
        assert caller(box).get("/v1/groups").status == 401
        assert caller(box).get("/v1/groups", auth="Basic azpz").status == 200


@pytest.mark.parametrize(
    "options",
    [
        {"groups": -1},
        {"groups": 0, "connections": 1},
        {"connections": -1},
        {"limits": "huge"},
        {"limits": {"nope": [(1, 1)]}},
        {"limits": {"all": [(0, 1)]}},
        {"start": datetime(2026, 1, 1)},  # noqa: DTZ001 - the naive one is refused
    ],
)
def test_bad_arguments(options):
    """A wrong argument would give a box that is not what was asked for."""
    with pytest.raises(ValueError, match=r"."), Sandbox(**options):
        pytest.fail("opened")
    assert not servers()


def test_save_and_load(caller, tmp_path):
    """An account that was saved would not be the one that is loaded."""
    path = tmp_path / "account.json"
    with Sandbox(seed=3, groups=4, connections=40, start=START, save=path) as box:
        call = caller(box)
        made = call.post("/v1/groups", {"name": "kept"}).data
        box.clock.advance(86_400)
        first = {part: call.walk(f"/v1/{part}", 1000) for part in ("groups", "connections", "destinations", "users")}
    document = json.loads(path.read_text())
    assert document["clock"].startswith("2026-08-02T12:00:")
    assert (document["format"], document["version"]) == ("fivetran-sandbox-account", 1)
    moment = datetime.fromisoformat(document["clock"])
    with Sandbox(seed=3, load=path, save=path, start=moment) as box:
        call = caller(box)
        assert {part: call.walk(f"/v1/{part}", 1000) for part in first} == first
        assert call.walk(f"/v1/groups/{made['id']}/users", 10)
        assert call.post("/v1/groups", {"name": "later"}).data["id"] not in {group["id"] for group in first["groups"]}
    assert len(json.loads(path.read_text())["groups"]) == len(document["groups"]) + 1
    assert list(tmp_path.iterdir()) == [path]


def test_bad_files_are_refused_before_serving(tmp_path):
    """A box would start with a file that it cannot read, or work for hours for one that it cannot write."""
    bad = tmp_path / "bad.json"
    bad.write_text("{")
    with pytest.raises(AccountFileError, match=r"bad\.json: not valid JSON"), Sandbox(load=bad):
        pytest.fail("opened")
    with pytest.raises(FileNotFoundError), Sandbox(load=tmp_path / "none.json"):
        pytest.fail("opened")
    with pytest.raises(FileNotFoundError, match="does not exist"), Sandbox(save=tmp_path / "no" / "a.json"):
        pytest.fail("opened")
    with pytest.raises(IsADirectoryError), Sandbox(save=tmp_path):
        pytest.fail("opened")
    assert not servers()


SERVE = """
import sys
from fivetran_async.sandbox.serve import run
run(port=0, seed=4, groups=2, connections=5, save=sys.argv[1], announce=lambda line: print(line, flush=True))
print("left", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_save(number, tmp_path):
    """A server that is stopped would lose the account."""
    path = tmp_path / "account.json"
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    with process:
        line = process.stdout.readline()
        assert line.startswith("export FIVETRAN_BASE_URL=http://127.0.0.1:")
        assert "FIVETRAN_API_KEY=key FIVETRAN_API_SECRET=secret" in line
        assert not path.exists()
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (0, "left\n", "")
    assert len(json.loads(path.read_text())["connections"]) == 5


def test_run_gives_the_handlers_back(tmp_path):
    """A program that serves a sandbox for a while could not be interrupted afterwards."""
    before = signal.getsignal(signal.SIGTERM)
    lines = []

    def announce(line):
        lines.append(line)
        os.kill(os.getpid(), signal.SIGTERM)

    run(port=0, groups=1, connections=0, save=tmp_path / "a.json", announce=announce)
    assert len(lines) == 1
    assert signal.getsignal(signal.SIGTERM) is before
    assert not servers()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_hosts(host, caller):
    """The URL of an address with colons could not be used."""
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        box = Sandbox(host=host)
        box.open()
    except OSError:
        pytest.skip(f"cannot listen on {host} here")
    with socket.create_connection((host, int(box.url.rpartition(":")[2])), timeout=5):
        assert caller(box).get("/v1/groups").status == 200
    box.close()


@pytest.mark.parametrize("reset", [True, False])
def test_an_upload_that_breaks_off(box, call, caplog, reset):
    """A client that gives up while it sends would look like a fault of the sandbox, traceback and all."""
    address = urlsplit(box.url)
    head = f"POST /v1/groups HTTP/1.1\r\nHost: x\r\nAuthorization: {AUTH}\r\nContent-Type: application/json\r\n"
    with socket.create_connection((address.hostname, address.port)) as sender:
        sender.sendall(f'{head}Content-Length: 1000\r\n\r\n{{"name"'.encode())
        # Only what waits for the rest of a body can notice that it never comes.
        time.sleep(0.1)
        if reset:
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    time.sleep(0.2)
    assert not caplog.records
    assert call.get("/v1/account/info").status == 200
    assert [request.path for request in box.requests] == ["/v1/account/info"]
