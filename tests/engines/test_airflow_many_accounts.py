"""Three accounts are audited by mapped tasks of Airflow, with a Redis of the test's own."""

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import redis
from running_engines import EXAMPLES, RUN_DAG, connection_of, migrated_home, run, told

from fivetran_async.sandbox import Sandbox

EXAMPLE = EXAMPLES / "many_accounts"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A Redis that ends with the test."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path), "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            until = time.monotonic() + 30
            while time.monotonic() < until and server.poll() is None:
                with suppress(OSError):
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                time.sleep(0.05)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.kill()


def test_many_accounts(redis_url: str, tmp_path: Path) -> None:
    """One account's wrong key would hide the others, or two accounts eat of one budget."""
    environment = migrated_home(tmp_path, EXAMPLE) | {"FIVETRAN_REDIS_URL": redis_url}
    with ExitStack() as stack:
        boxes = {
            name: stack.enter_context(Sandbox(seed=seed, groups=seed, connections=20 * seed, limits="full"))
            for seed, name in enumerate(("fivetran_eu", "fivetran_us", "fivetran_wrong"), 1)
        }
        for name, box in boxes.items():
            secret = "no such secret" if name == "fivetran_wrong" else box.api_secret
            environment[f"AIRFLOW_CONN_{name.upper()}"] = connection_of(box, secret=secret)
        # Of the last one Airflow has no connection, and its task ends before anything could be told.
        conf = json.dumps({"accounts": [*boxes, "fivetran_lost"]})
        done = run([RUN_DAG, str(EXAMPLE / "dags" / "audit_accounts.py"), conf], **environment)
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        kept = client.keys("*")
    assert all(any(f"fivetran:{name}" in key for key in kept) for name in boxes), kept
    result = told(done)
    report: dict[str, Any] = result["results"]["join"]
    assert [one["account"] for one in report["accounts"]] == list(boxes)
    eu, us, wrong = report["accounts"]
    assert (eu["error"], us["error"], eu["incomplete"], us["incomplete"]) == (None, None, [], [])
    assert eu["worst"]
    assert us["worst"]
    assert eu["worst"] != us["worst"]
    assert wrong["error"].startswith("UnauthorizedError: ")
    assert report["not_read"] == {"fivetran_wrong": wrong["error"], "fivetran_lost": "its task was lost: see its log"}
    # What an account is charged with is what it was asked, and nothing of the others.
    assert [eu["calls"], us["calls"]] == [boxes["fivetran_eu"].calls, boxes["fivetran_us"].calls]
    assert report["calls"] == eu["calls"] + us["calls"]
    states = [result["tasks"][f"audit_account[{number}]"] for number in range(4)]
    assert states == ["success", "success", "success", "failed"]
    # Somebody has to look at it.
    assert (result["tasks"]["judge[-1]"], result["state"]) == ("failed", "failed")
    assert "no such secret" not in done.stdout + done.stderr
