"""The runner: one sync in a process of its own, told what to do by stdin, which ends when nobody waits any more."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

CODE = """
import sys, time
from fivetran_connector_sdk import Connector, Logging as log, Operations as op

def update(configuration, state):
    assert sys.stdin.read() == ""
    op.upsert("orders", {"id": state["next"], "size": configuration["size"]})
    op.checkpoint({"next": state["next"] + 1})
    log.info("one order")
    time.sleep(float(configuration["sleep"]))

connector = Connector(update=update)
"""
COMMAND = [sys.executable, "-P", "-m", "fivetran_async.connector_sdk.runner"]


@pytest.fixture
def job(tmp_path):
    """Return what the runner is told."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "connector.py").write_text(CODE)
    return {
        "folder": str(tmp_path / "code"),
        "configuration": {"size": "7", "sleep": "0"},
        "state": {"next": 3},
        "state_file": str(tmp_path / "state.json"),
        "warehouse": str(tmp_path / "rows.duckdb"),
        "schema": "shop",
        "result": str(tmp_path / "result.json"),
        "memory_bytes": 1 << 30,
        "cpu_seconds": 60,
        "file_bytes": 1 << 30,
    }


def started():
    """Start it, in a session of its own."""
    return subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def told(process, job):
    """Tell it what to do; its stdin stays open."""
    process.stdin.write(json.dumps(job) + "\n")
    process.stdin.flush()


def test_what_it_did_is_in_a_file(job, tmp_path):
    """Whoever started it would not know what became of the sync."""
    with started() as process:
        told(process, job)
        assert process.wait(60) == 0
        assert "INFO one order" in process.stderr.read()
    result = json.loads((tmp_path / "result.json").read_bytes())
    (table,) = result.pop("tables")
    assert (table["name"], table["upserts"], table["rows"]) == ("orders", 1, 1)
    assert result == {"error": None, "where": [], "lines": [["INFO", "one order"]], "warnings": [], "checkpoints": 1}
    assert json.loads((tmp_path / "state.json").read_bytes()) == {"next": 4}


def test_what_cannot_be_begun_is_said(job, tmp_path):
    """A file that is no database would look like a crash."""
    (tmp_path / "rows.duckdb").write_text("not a database, and long enough to be read as the head of one" * 100)
    with started() as process:
        told(process, job)
        assert process.wait(60) == 0
    assert "cannot be opened as a DuckDB file" in json.loads((tmp_path / "result.json").read_bytes())["error"]


def test_it_ends_with_who_started_it(job, tmp_path):
    """A connector would go on after its sandbox was killed."""
    with started() as process:
        told(process, job | {"configuration": {"size": "7", "sleep": "60"}})
        end = time.monotonic() + 60
        while not (tmp_path / "state.json").exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        process.stdin.close()
        assert process.wait(20) != 0
    assert not (tmp_path / "result.json").exists()
