"""Packages that really run: what a sync of a custom connector leaves behind, also where it goes wrong."""

from __future__ import annotations

import base64
import io
import os
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path

import duckdb
import pytest

from fivetran_async.sandbox import PackageRunsError, Sandbox
from fivetran_async.sandbox.package_runs import TASK
from fivetran_sync import Fivetran

HEAD = """
import os, sys, time
from fivetran_connector_sdk import Connector, Logging as log, Operations as op

def schema(configuration):
    return [{"table": "orders", "primary_key": ["id"], "columns": {"id": "LONG"}}]

def update(configuration, state):
"""
TAIL = "\nconnector = Connector(update=update, schema=schema)\n"
PAGES = """
first = state.get("next", 1)
for number in range(first, first + 3):
    op.upsert("orders", {"id": number})
    op.checkpoint({"next": number + 1})
"""
SECRET = "hunter22-very-secret"


def archive(**files):
    """Return a zip; two underscores in a name stand for a dot."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, text in files.items():
            file.writestr(zipfile.ZipInfo(name.replace("__", ".")), text)
    return content.getvalue()


def package(body):
    """Return the zip of a connector with this body of `update`."""
    return archive(connector__py=HEAD + textwrap.indent(textwrap.dedent(body), "    ") + TAIL)


def until(holds):
    """Wait until something is so."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


class Shop:
    """A custom connector in a sandbox that runs packages, and what can be seen of it."""

    def __init__(self, box, colour, ft):
        self.box, self.colour, self.ft = box, colour, ft
        self.group = next(iter(box.account.groups))
        self.connection = None

    def deploy(self, content):
        """Plant a package, or replace it, and a connection that runs it."""
        packages = self.box.account.things["connector_packages"]
        with self.box.account.lock:
            packages["shop_package"] = {
                "id": "shop_package",
                "sandbox": {"content": base64.b64encode(content).decode()},
            }
            if self.connection is None:
                config = {"package_id": "shop_package", "secrets_list": [{"key": "api_key", "value": SECRET}]}
                made = self.box.account.add_connection(
                    self.group, "connector_sdk", "shop", config=config, schedule_type="manual"
                )
                self.connection = made["id"]

    async def call(self, name, *args, **options):
        """Call a method of the connections."""
        return await self.colour.call(getattr(self.ft.connections, name), *args, **options)

    async def sync(self, body=None):
        """Let it sync to its end; returns the run."""
        if body is not None:
            self.deploy(package(body))
        await self.call("sync", self.connection, force=True)
        assert self.box.package_runs.wait()
        return self.box.package_runs.runs[-1]

    async def state(self):
        """Return its state as the API has it."""
        return (await self.call("state", self.connection)).state

    def begun(self):
        """Wait until a run has made a checkpoint."""
        home = Path(self.box.package_runs._folder.name)
        until(lambda: any(home.glob("*/state.json")))

    @property
    def rows(self):
        """The keys in the destination."""
        with duckdb.connect(str(self.box.package_runs.warehouse(self.group)), read_only=True) as rows:
            return [key for (key,) in rows.execute("SELECT id FROM shop.orders ORDER BY id").fetchall()]


@pytest.fixture
async def shop(opened, colour):
    """A connector whose package may run for twenty seconds, in half a gigabyte."""
    box = opened(seed=7, groups=1, connections=0, run_packages=True, package_seconds=20, package_megabytes=512)
    client = colour.client(box)
    yield Shop(box, colour, client)
    await colour.call(client.close)


async def test_rows_and_state_are_kept(shop):
    """A sync would not run the package, or the next one not go on from where it ended."""
    run = await shop.sync(PAGES)
    assert (run.ok, run.error, run.checkpoints, run.rows, run.state) == (True, None, 3, {"orders": 3}, {"next": 4})
    assert (await shop.state(), shop.rows) == ({"next": 4}, [1, 2, 3])
    seen = await shop.call("get", shop.connection)
    assert (seen.status.sync_state, seen.failed_at, seen.status.tasks) == ("scheduled", None, ())
    assert seen.succeeded_at is not None
    await shop.sync()
    assert (await shop.state(), shop.rows) == ({"next": 7}, [1, 2, 3, 4, 5, 6])
    ended = [entry for entry in shop.box.history.entries(kinds={"sync_end"}) if entry.connection_id == shop.connection]
    assert [(entry.data["status"], entry.rows) for entry in ended] == [("SUCCESSFUL", {"shop": {"orders": 3}})] * 2


async def test_a_failure_on_the_third_page(shop):
    """A failed run would lose its checkpoints, keep what came after them, or not say why it failed."""
    shop.deploy(package(PAGES))
    await shop.sync(
        """
        for number in (1, 2, 3):
            op.upsert("orders", {"id": number})
            if number == 3:
                log.error("page 3 is no good")
                raise ValueError(f"no page with {configuration['api_key']}")
            op.checkpoint({"next": number + 1})
        """
    )
    assert (await shop.state(), shop.rows) == ({"next": 3}, [1, 2])
    seen = await shop.call("get", shop.connection)
    (task,) = seen.status.tasks
    assert (task.code, task.details) == (TASK, "page 3 is no good")
    assert task.message == "ValueError: no page with ****** (connector.py:14 in update)"
    assert (seen.succeeded_at, seen.failed_at is not None, seen.status.setup_state) == (None, True, "connected")
    (end,) = shop.box.history.entries(kinds={"sync_end"})
    assert (end.data["status"], end.data["reason"]) == ("FAILURE_WITH_TASK", task.message)
    resumed = await shop.sync(PAGES)
    assert (resumed.ok, shop.rows, await shop.state()) == (True, [1, 2, 3, 4, 5], {"next": 6})
    assert (await shop.call("get", shop.connection)).status.tasks == ()


ONE = 'op.upsert("orders", {"id": 1})\nop.checkpoint({"next": 2})\n'


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("os._exit(3)", "exit status 3"),
        ("os._exit(0)", "exit status 0"),
        ("sys.exit(1)", "called exit"),
        ("hoard = bytearray(3 * 10**9)", "512 MB"),
        ("os.kill(os.getpid(), 11)", "SIGSEGV"),
        ("import no_such_module", "requirements.txt is not installed"),
        ("log.info('so far ' + configuration['api_key']); os._exit(3)", r"so far \*{6}"),
    ],
)
async def test_what_goes_wrong_after_a_checkpoint(shop, body, words):
    """A package that goes astray would take the sandbox along, never end, or lose what it had done."""
    run = await shop.sync(ONE + body)
    assert run.ok is False
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(run.error)
    assert SECRET not in run.error
    assert (shop.rows, await shop.state()) == ([1], {"next": 2})


async def test_garbage_on_its_outputs(shop):
    """What a package prints would be taken for its result."""
    run = await shop.sync("print('{\"error\": 1}' * 10000); sys.stderr.write('\\0\\xff{]' * 1000)\n" + PAGES)
    assert (run.ok, shop.rows) == (True, [1, 2, 3])


async def test_no_checkpoint_leaves_no_state(shop):
    """A run that failed at once would leave a state that nobody made."""
    run = await shop.sync("op.upsert('orders', {'id': 1}); raise ValueError('401')")
    assert (run.ok, run.state, shop.rows) == (False, {}, [])
    assert "state" not in shop.box.account.connections[shop.connection]["sandbox"]


@pytest.mark.parametrize("content", [b"PK\x03\x04 no zip", archive(), archive(connector__py="x = 1")], ids=len)
async def test_no_package(shop, content):
    """What is no connector would run for ever, or say nothing."""
    shop.deploy(content)
    run = await shop.sync()
    assert run.ok is False
    assert "connector.py" in run.error or "the package is no good" in run.error


async def test_one_that_hangs(opened, colour):
    """A sync would never end."""
    box = opened(seed=7, groups=1, connections=0, run_packages=True, package_seconds=1.5)
    client = colour.client(box)
    shop = Shop(box, colour, client)
    run = await shop.sync("while True: time.sleep(60)")
    assert (run.ok, run.error) == (False, "it took longer than 1.5 seconds, and was killed")
    await colour.call(client.close)


async def test_a_pause_stops_it_and_keeps_what_it_had(shop):
    """A paused connection would go on writing, or what it wrote be read again."""
    shop.deploy(package(ONE + "time.sleep(60)"))
    await shop.call("sync", shop.connection, force=True)
    shop.begun()
    began = time.monotonic()
    await shop.call("pause", shop.connection)
    assert shop.box.package_runs.wait(0)
    assert time.monotonic() - began < 15
    assert (await shop.state(), shop.rows) == ({"next": 2}, [1])
    (run,) = shop.box.package_runs.runs
    assert (run.ok, run.state) == (None, {"next": 2})
    (end,) = shop.box.history.entries(kinds={"sync_end"})
    assert end.data == {"status": "CANCELED"}


async def test_a_sync_by_force_takes_the_place_of_one_that_runs(shop):
    """Two runs would write at the same time, or the second not go on from the first."""
    shop.deploy(package(ONE + "time.sleep(60)"))
    await shop.call("sync", shop.connection, force=True)
    shop.begun()
    run = await shop.sync(PAGES)
    assert (run.ok, run.state, shop.rows) == (True, {"next": 5}, [1, 2, 3, 4])
    assert [one.ok for one in shop.box.package_runs.runs] == [None, True]


async def test_a_connection_that_is_deleted(shop):
    """Its package would go on running."""
    shop.deploy(package(ONE + "time.sleep(60)"))
    await shop.call("sync", shop.connection, force=True)
    shop.begun()
    await shop.call("delete", shop.connection, confirm=True)
    assert shop.box.package_runs.wait(0)


async def test_a_resync_begins_without_a_state(shop):
    """Reading everything anew would go on from where the last sync ended."""
    await shop.sync(PAGES)
    await shop.call("resync", shop.connection, confirm=True)
    assert shop.box.package_runs.wait()
    assert (await shop.state(), shop.rows) == ({"next": 4}, [1, 2, 3])
    await shop.sync()
    assert await shop.state() == {"next": 7}


async def test_a_state_that_was_edited(shop):
    """The next run would not see what was written by hand."""
    await shop.sync(PAGES)
    await shop.call("pause", shop.connection)
    await shop.call("update_state", shop.connection, state={"next": 100})
    await shop.call("resume", shop.connection)
    run = await shop.sync()
    assert (run.state, shop.rows) == ({"next": 103}, [1, 2, 3, 100, 101, 102])


async def test_a_schedule_runs_it(shop):
    """Only syncs that are asked for would run, or one that is late twice."""
    shop.deploy(package(PAGES))
    await shop.call("update", shop.connection, schedule_type="auto", sync_frequency=60)
    for turn in (1, 2):
        shop.box.clock.advance(3700)
        # Nobody asks the API: it begins by itself.
        until(lambda turn=turn: len(shop.box.package_runs.runs) == turn)
        assert shop.box.package_runs.wait()
    assert (len(shop.box.package_runs.runs), shop.rows) == (2, [1, 2, 3, 4, 5, 6])
    # Many starts in one leap are one run: the others fall into it.
    shop.box.clock.advance(10 * 3600)
    assert shop.box.package_runs.wait()
    assert len(shop.box.package_runs.runs) == 3


async def test_a_script_wins(shop):
    """A test could not say what a sync does any more."""
    shop.deploy(package(PAGES))
    shop.box.syncs.script(shop.connection, "failure", reason="by script", seconds=5)
    await shop.call("sync", shop.connection, force=True)
    shop.box.clock.advance(6)
    assert (await shop.call("get", shop.connection)).failed_at is not None
    assert shop.box.package_runs.runs == ()
    assert (await shop.sync()).ok


def test_they_do_not_run_unless_told(opened):
    """Uploaded code would be run by surprise."""
    box = opened(seed=7, groups=1, connections=0)
    shop = Shop(box, None, None)
    shop.deploy(package("raise SystemExit"))
    with box.sync_client() as ft:
        ft.connections.sync(shop.connection, force=True)
    box.clock.advance(3600)
    box.account.settle()
    assert box.account.connections[shop.connection]["succeeded_at"] is not None
    with pytest.raises(RuntimeError, match="run_packages=True"):
        _ = box.package_runs


def test_one_file_or_a_folder(tmp_path, opened):
    """Rows would go where nobody looks for them."""
    file = opened(seed=7, groups=2, connections=0, run_packages=True, warehouse=tmp_path / "all.duckdb")
    folder = opened(seed=7, groups=2, connections=0, run_packages=True, warehouse=tmp_path)
    one, two = file.account.groups
    assert file.package_runs.warehouse(one) == file.package_runs.warehouse(two) == tmp_path / "all.duckdb"
    assert folder.package_runs.warehouse(one) == tmp_path / f"{one}.duckdb"
    with file.sync_client() as ft:
        for group in (one, two):
            shop = Shop(file, None, None)
            shop.group = group
            shop.deploy(package(PAGES))
            file.account.connections[shop.connection]["schema"] = f"shop_{group}"
            ft.connections.sync(shop.connection, force=True)
    assert file.package_runs.wait()
    with duckdb.connect(str(tmp_path / "all.duckdb"), read_only=True) as rows:
        schemas = {name for (name,) in rows.execute("SELECT schema_name FROM duckdb_tables()").fetchall()}
    assert schemas == {f"shop_{one}", f"shop_{two}"}


def test_what_is_asked_for_in_vain():
    """A slip would be noticed at the first sync only."""
    with pytest.raises(ValueError, match="run_packages=True"):
        Sandbox(warehouse="rows.duckdb")
    with pytest.raises(ValueError, match="at least 256"):
        Sandbox(run_packages=True, package_megabytes=10)
    with pytest.raises(PackageRunsError, match="does not exist"):
        Sandbox(run_packages=True, warehouse="/no/such/folder/rows.duckdb").open()


def test_what_the_account_is_seeded_with_runs(opened):
    """A sandbox that serves a made-up account would fail by itself."""
    box = opened(seed=7, groups=3, connections=200, run_packages=True)
    (connection,) = [one for one in box.account.connections.values() if one["config"].get("package_id")]
    box.account.update_connection(connection["id"], paused=False, status={"setup_state": "connected"})
    with box.sync_client() as ft:
        ft.connections.sync(connection["id"], force=True)
        assert box.package_runs.wait()
    runs = [run for run in box.package_runs.runs if run.connection_id == connection["id"]]
    assert runs[-1].ok, runs[-1].error


def test_closing_ends_what_runs(opened):
    """Processes would be left behind, and the account be saved in the middle of a sync that never ends."""
    box = opened(seed=7, groups=1, connections=0, run_packages=True)
    shop = Shop(box, None, None)
    shop.deploy(package(ONE + "time.sleep(60)"))
    with box.sync_client() as ft:
        ft.connections.sync(shop.connection, force=True)
    until(lambda: box.package_runs._jobs[shop.connection].process is not None)
    process = box.package_runs._jobs[shop.connection].process._process
    box.close()
    assert process.returncode == -signal.SIGKILL
    own = box.account.connections[shop.connection]
    assert (own["sandbox"]["ends"], own["status"]["sync_state"]) == (None, "scheduled")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["term", "kill"])
def test_the_end_of_the_server_is_the_end_of_its_packages(tmp_path, number):
    """Code would go on running after the sandbox was killed."""
    told = tmp_path / "pid"
    box = Sandbox(seed=7, groups=1, connections=0, save=tmp_path / "account.json")
    with box:
        shop = Shop(box, None, None)
        shop.deploy(package(f"open({str(told)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)"))
    command = [sys.executable, "-m", "fivetran_async", "sandbox", "--port", "0", "--run-packages"]
    command += ["--load", str(tmp_path / "account.json"), "--warehouse", str(tmp_path / "rows.duckdb")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().split("FIVETRAN_BASE_URL=")[1].split()[0]
        assert f"rows go to {tmp_path / 'rows.duckdb'}" in server.stdout.readline()
        with Fivetran(api_key="key", api_secret="secret", base_url=url) as ft:
            ft.connections.sync(shop.connection, force=True)
        until(lambda: told.exists() and told.read_text())
        server.send_signal(number)
    until(lambda: not _lives(int(told.read_text())))


def _lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # One that nobody has waited for is dead all the same.
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")
