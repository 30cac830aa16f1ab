"""The examples that receive webhooks run as their readers run them, and the sandbox delivers to them."""

import time
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest
from running_examples import fetch, running

from fivetran_async.sandbox import Sandbox
from fivetran_sync import BadRequestError

SECRET = "of the examples"


@pytest.fixture
def shop() -> Iterator[tuple[Sandbox, str]]:
    """An account with one connection, whose next syncs fail, and then succeed."""
    with Sandbox(seed=7, groups=1, connections=0) as box:
        group = next(iter(box.account.groups))
        name = box.account.add_connection(group, "postgres", sync_frequency=60)["id"]
        box.syncs.script(name, "failure", reason="The network is down", times=2)
        yield box, name


def subscribe(box: Sandbox, port: int, secret: str = SECRET) -> None:
    """Create the webhook, which wants an answer from its address, and let the syncs begin."""
    with box.sync_client() as ft:
        url = f"http://127.0.0.1:{port}/fivetran"
        ft.webhooks.create_account(url=url, events=["sync_start", "sync_end"], secret=secret, active=True)


def test_fastapi(shop: tuple[Sandbox, str], tmp_path: Path) -> None:
    """The example would take no webhook, or not know who fails."""
    box, name = shop
    output = tmp_path / "output"
    command = ["uvicorn", "main:app", "--port", "PORT"]
    with running("fastapi_webhooks", command, output, FIVETRAN_WEBHOOK_SECRET=SECRET) as port:
        with pytest.raises(BadRequestError):
            subscribe(box, port, "another secret")
        subscribe(box, port)
        box.deliveries.repeat = 1.0  # everything comes twice
        box.clock.advance(2 * 3600)
        box.deliveries.wait(60)
        assert {attempt.status for attempt in box.deliveries.attempts[1:]} == {200}
        until = time.monotonic() + 30
        while (found := fetch(port, "/failing")) != {name: "The network is down"}:
            assert time.monotonic() < until, found
            time.sleep(0.05)
    told = output.read_text()
    assert "test_event _connector_1 None" in told
    assert told.count(f"sync_end {name} FAILURE") == told.count(f"sync_start {name}") == 2, told


def test_flask(shop: tuple[Sandbox, str], tmp_path: Path) -> None:
    """The example would take no webhook, or keep an end of a sync twice."""
    box, name = shop
    output = tmp_path / "output"
    command = ["flask", "--app", "main", "run", "--port", "PORT"]
    environment = {"FIVETRAN_WEBHOOK_SECRET": SECRET, "WEBHOOKS_DATABASE": str(tmp_path / "webhooks.db")}
    with running("flask_webhooks", command, output, **environment) as port:
        subscribe(box, port)
        box.deliveries.repeat = 1.0
        box.clock.advance(3 * 3600)
        box.deliveries.wait(60)
        assert fetch(port, "/syncs") == [
            {"connection": name, "status": "FAILURE", "syncs": 2},
            {"connection": name, "status": "SUCCESSFUL", "syncs": 1},
        ]
        with pytest.raises(urllib.error.HTTPError, match="405"):
            fetch(port, "/fivetran")
    assert output.read_text().count(f"sync_end {name} FAILURE") == 2
