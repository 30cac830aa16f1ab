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
RUN_DAG = str(Path(__file__).parent / "run_dag.py")

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


def migrated_home(folder: Path, example: Path) -> dict[str, str]:
    """Make the database of an Airflow for an example; return the environment that says where everything is."""
    environment = {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(example / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(example / "plugins"),
    }
    done = run(["-m", "airflow", "db", "migrate"], **environment)
    assert done.returncode == 0, done.stderr
    return environment


def connection_of(box: Sandbox, secret: str | None = None) -> str:
    """Return the connection of Airflow that leads to a sandbox, with another secret perhaps."""
    where = {"login": box.api_key, "password": secret or box.api_secret, "extra": {"base_url": box.url}}
    return json.dumps({"conn_type": "generic", **where})


def trouble_while_looking(box: Sandbox, path: str, *, skip: int = 1) -> None:
    """Let a look of a wait meet a quota, and the request after it a connection that breaks.

    The looks before the sync, so many as `skip`, are let by.
    """
    box.faults.script("GET", path, status=429, headers={"Retry-After": "1"}, skip=skip)
    box.faults.script("GET", path, drop="before", skip=skip)


def trouble_met(box: Sandbox) -> int:
    """Return how many requests had trouble."""
    return box.faults.fired.total()


def syncs_asked_for(box: Sandbox, name: str) -> int:
    """Return how often a sync of a connection was asked for."""
    return sum(request.path == f"/v1/connections/{name}/sync" for request in box.requests)
