"""What `init` wrote, from there to rows in a warehouse, by commands alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import duckdb
import pytest

from fivetran_async.cli import app

pytestmark = pytest.mark.skipif(os.name != "posix", reason="packages are run on POSIX systems alone")


@pytest.fixture
def warehouse(monkeypatch, opened, tmp_path):
    """Point the environment at an account that runs packages; return the file that they write to."""
    file = tmp_path / "warehouse.duckdb"
    box = opened(groups=0, connections=0, run_packages=True, warehouse=file)
    box.account.add_destination(box.account.add_group(name="Warehouse")["id"])
    monkeypatch.setenv("FIVETRAN_API_KEY", box.api_key)
    monkeypatch.setenv("FIVETRAN_API_SECRET", box.api_secret)
    monkeypatch.setenv("FIVETRAN_BASE_URL", box.url)
    return file


@pytest.fixture
def made(tmp_path):
    """Return the folder of a connector that `init` has written."""
    assert app.run(["connector", "init", str(tmp_path / "made")]) == 0
    return tmp_path / "made"


@pytest.fixture
def served(made):
    """Serve its fake source, and return a configuration that leads there."""
    command = [sys.executable, "fake_source.py", "--port", "0"]
    with subprocess.Popen(command, cwd=made, stdout=subprocess.PIPE, text=True) as server:
        url = server.stdout.readline().split()[0]
        settings = json.loads((made / "configuration.json").read_text()) | {"base_url": url}
        file = made.parent / "served.json"
        file.write_text(json.dumps(settings))
        yield file
        server.terminate()


def deploy(made, *more):
    """Deploy what `init` wrote; return the status."""
    return app.run(["connector", "deploy", str(made), "--group", "Warehouse", "--name", "shop", "--resume", *more])


def test_a_wait_is_told_to_a_person(capsys, monkeypatch, warehouse, made, served):
    """A command that waits for an hour would look like one that hangs; in a script's stderr it would be noise."""
    assert deploy(made, "--configuration", str(served)) == 0
    capsys.readouterr()
    monkeypatch.setattr("fivetran_async.cli.output.is_terminal", lambda stream: stream is sys.stderr)
    assert sync() == 0
    assert capsys.readouterr().err.startswith("Waiting for the end of a sync of connection ")
    monkeypatch.setattr("fivetran_async.cli.output.is_terminal", lambda _: False)
    assert sync() == 0
    assert capsys.readouterr().err == ""


def sync(*more):
    """Sync it, and return the status."""
    options = ["--wait", "--timeout", "60", "--poll-interval", "0.05", *more]
    return app.run(["connector", "sync", "shop", "--group", "Warehouse", *options])


def ids(warehouse):
    """Return the ids that have arrived."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM shop.orders ORDER BY id").fetchall()]


def test_from_nothing_to_rows(capsys, warehouse, made, served):
    """The commands would not fit together, or a second sync lose or repeat rows."""
    assert deploy(made, "--configuration", str(served)) == 0
    assert sync() == 0
    first = ids(warehouse)
    assert first == list(range(first[0], first[0] + len(first)))
    assert len(first) > 7 * 24
    capsys.readouterr()
    assert app.run(["connector", "state", "show", "shop", "--group", "Warehouse"]) == 0
    assert "orders" in json.loads(capsys.readouterr().out)["marks"]
    assert sync() == 0
    asked = ["--schema", "shop", "--table", "orders", "--key", "id", "--day", "updated_at", "--json"]
    capsys.readouterr()
    assert app.run(["connector", "verify", str(warehouse), *asked]) == 0
    # Whole days have an order an hour; the present one is not at its end.
    assert {day["found"] for day in json.loads(capsys.readouterr().out)["days"][:-1]} == {24}
    # An hour may have passed.
    assert ids(warehouse)[: len(first)] == first
    assert len(ids(warehouse)) - len(first) in {0, 1}


def test_a_fake_that_was_deployed(capsys, warehouse, made):
    """Somebody who forgot to name their source would be told of a module."""
    assert deploy(made) == 0
    capsys.readouterr()
    assert sync() == 1
    out = capsys.readouterr().out
    assert "base_url is `fake`, which is not deployed: put your source's address there" in out
    assert "its last sync failed" in out
