"""An audit that is killed, at whatever moment, and gone on with: a process of its own, ended by SIGKILL."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from fivetran_async.sandbox import Sandbox

CONCURRENCY = 8
KILLS = 10

AUDIT = """
import asyncio, json, sys
from fivetran_async import Budget, Fivetran
from fivetran_async.audit import RULES, TEST_KINDS, Hit, Kind, Rule, audit

def everything(inventory, now, thresholds):
    for connection in inventory.connections.values():
        columns = inventory.columns.get(connection.id)
        tables = [table for schema in columns.schemas.values() for table in schema.tables.values()] if columns else []
        yield Hit(connection, f"{len(tables)} tables, {sum(len(table.columns or ()) for table in tables)} columns")

async def main(url, resume, out):
    # Tests are no reading: they change what is read.
    kinds = [kind for kind in Kind if kind not in TEST_KINDS]
    rules = [rule for rule in RULES if not rule.kinds & TEST_KINDS]
    rules.append(Rule(id="all", severity="info", title="All", check=everything, needs=kinds))
    async with Fivetran("key", "secret", base_url=url, budget=Budget(concurrency=int(sys.argv[1]))) as ft:
        report = await audit(ft, rules=rules, resume=resume)
    found = {
        "findings": [finding.to_dict() for finding in report.findings],
        "inventory": report.inventory.to_dict(),
        "incomplete": [gap.to_dict() for gap in report.incomplete],
        "as_of": report.as_of.isoformat(),
    }
    with open(out, "w") as file:
        json.dump(found, file)
    print(report.calls)

asyncio.run(main(*sys.argv[2:]))
"""


def start(box: Sandbox, resume: Path, out: Path) -> "subprocess.Popen[str]":
    """Start an audit of everything in a process of its own."""
    command = [sys.executable, "-c", AUDIT, str(CONCURRENCY), box.url, str(resume), str(out)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def still() -> Any:
    """Yield an account in which no time passes, and with more than one page of groups."""
    with Sandbox(seed=3, groups=4, connections=40) as opened:
        for number in range(1_000):
            opened.account.add_group(id=f"more_{number:04}")
        opened.clock.elapsed = lambda: 0.0  # type: ignore[method-assign]
        yield opened


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_random_moments(still, tmp_path, seed):
    """A kill would cost what was read before it, or change what is found."""
    whole, killed, out = tmp_path / "whole", tmp_path / "killed", tmp_path / "out.json"
    before = still.calls
    process = start(still, whole, out)
    said, _ = process.communicate(timeout=120)
    undisturbed = still.calls - before
    assert int(said) == undisturbed > 1_000
    expected = out.read_bytes()
    out.unlink()
    # The same account, options and time, and nothing read.
    with whole.open("rb") as file:
        killed.write_bytes(file.readline())

    rng = random.Random(seed)
    before, lost, kills = still.calls, 0, 0
    for number, moment in enumerate(sorted(rng.sample(range(1, undisturbed), KILLS)), 1):
        process = start(still, killed, out)
        while still.calls - before < moment + lost and process.poll() is None:
            time.sleep(0.0005)
        process.send_signal(signal.SIGKILL)
        kills += process.wait(30) == -signal.SIGKILL
        process.stdout.close()
        # Together and not one by one: what was on its way may reach the other side later.
        lost = still.calls - before - (killed.read_bytes().count(b"\n") - 1)
        assert lost <= CONCURRENCY * number, "a kill cost more than what was in flight"
    # Where the machine is slow, the last one may come too late.
    assert kills >= KILLS - 2
    process = start(still, killed, out)
    process.communicate(timeout=120)
    assert still.calls - before <= undisturbed + CONCURRENCY * kills
    assert out.read_bytes() == expected
    assert json.loads(expected)["findings"]
