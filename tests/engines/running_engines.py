"""Running engines as their users do, in processes of their own, and making trouble for them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fivetran_async.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples"

Plant = Callable[..., None]


def clean_environment(**more: str) -> dict[str, str]:
    """Return the environment without what concerns Fivetran and the engines, and with the environment's commands."""
    ours = ("AIRFLOW", "COVERAGE_", "DAGSTER_", "FIVETRAN_", "PREFECT_", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", **more}


def run(arguments: list[str], **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run Python until it ends."""
    return subprocess.run(
        [sys.executable, *arguments],
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def told(done: "subprocess.CompletedProcess[str]") -> Any:
    """Return what a program printed last, which is JSON."""
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def trouble_while_looking(box: Sandbox, name: str) -> None:
    """Let the first look of a wait meet a quota, and the request after it a connection that breaks.

    The look before the sync is let by.
    """
    path = f"/v1/connections/{name}"
    box.faults.script("GET", path, status=429, headers={"Retry-After": "1"}, skip=1)
    box.faults.script("GET", path, drop="before", skip=1)


def trouble_met(box: Sandbox) -> int:
    """Return how many requests had trouble."""
    return box.faults.fired.total()


def syncs_asked_for(box: Sandbox, name: str) -> int:
    """Return how often a sync of a connection was asked for."""
    return sum(request.path == f"/v1/connections/{name}/sync" for request in box.requests)
