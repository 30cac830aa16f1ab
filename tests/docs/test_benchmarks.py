"""The benchmarks run: small, once, and whatever their figures are."""

import subprocess
import sys
from pathlib import Path

import pytest
from running_examples import clean_environment

BENCHMARKS = Path(__file__).resolve().parent.parent.parent / "benchmarks"


@pytest.mark.parametrize(
    ("name", "arguments", "shown"),
    [
        ("w1_stream.py", ["--items", "2000", "--case", "SDK"], "items a second"),
        ("w2_fanout.py", ["--calls", "64"], "SDK map, no latency"),
        ("w3_sync_calls.py", ["--calls", "10"], "SDK, sync"),
        ("w8_webhooks.py", [], "verify and parse"),
        ("schema_plan.py", ["--tables", "50"], "patterns"),
    ],
)
def test_a_workload_runs(name: str, arguments: list[str], shown: str, tmp_path: Path) -> None:
    """Nobody could measure a change any more, and would notice only then."""
    written = tmp_path / "all.json"
    done = subprocess.run(
        [sys.executable, name, "--rounds", "1", "--json", str(written), *arguments],
        cwd=BENCHMARKS,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert shown in done.stdout
    assert written.exists()


def test_all_workloads_are_in_one_run() -> None:
    """A workload would be left out of the comparison with the last result."""
    done = subprocess.run(
        [sys.executable, "-c", "import run_all; print(*[workload.name for workload in run_all.WORKLOADS])"],
        cwd=BENCHMARKS,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split() == [
        "w1_stream",
        "ahead",
        "w2_fanout",
        "w3_sync_calls",
        "goodput",
        "w5_import",
        "w6_audit",
        "w8_webhooks",
        "schema_plan",
    ], done.stderr
