"""The trigger of the deferrable task in an event loop, as the triggerer has it: taken up again, shared, cancelled."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from running_engines import EXAMPLES, Plant, trouble_met, trouble_while_looking

from fivetran_async.sandbox import Sandbox

# Airflow makes its settings there when it is imported.
_HOME = tempfile.TemporaryDirectory(prefix="airflow")
os.environ["AIRFLOW_HOME"] = _HOME.name
sys.path.insert(0, str(EXAMPLES / "airflow_deferrable" / "plugins"))

from fivetran_deferrable import accounts  # noqa: E402 - as above
from fivetran_deferrable.sync_trigger import SyncTrigger  # noqa: E402

BEFORE = "1970-01-01T00:00:00+00:00"


@pytest.fixture(autouse=True)
def credentials(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lead the environment to the sandbox."""
    for name, value in {"BASE_URL": box.url, "API_KEY": box.api_key, "API_SECRET": box.api_secret}.items():
        monkeypatch.setenv(f"FIVETRAN_{name}", value)


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Fail a test after which a client is left."""
    yield
    assert accounts._shared == {}


def trigger(name: str, *, until: timedelta = timedelta(minutes=2), since: str = BEFORE) -> SyncTrigger:
    """Return a trigger as another process makes it of what is kept."""
    end = (datetime.now(UTC) + until).isoformat()
    made = SyncTrigger(name, since=since, until=end, poll_interval=0.1, fivetran_conn_id=None)
    path, arguments = made.serialize()
    assert path == f"{SyncTrigger.__module__}.{SyncTrigger.__qualname__}"
    return SyncTrigger(**arguments)


async def test_one_client_for_all(box: Sandbox, plant: Plant) -> None:
    """A thousand deferred tasks would make a thousand calls a look, and as many connections."""
    names = [f"c{number}" for number in range(40)]
    plant(*names)
    async with box.client() as ft:
        await asyncio.gather(*map(ft.connections.sync, names))
    before = box.calls
    ended = await asyncio.gather(*(trigger(name).wait() for name in names))
    assert {end["status"] for end in ended} == {"succeeded"}
    # Each alone would look twice: once while it runs, and once when it is over.
    assert box.calls - before < len(names) / 2
    events = [event.payload async for event in trigger(names[0]).run()]
    assert [event["status"] for event in events] == ["succeeded"]


async def test_taken_up_again(box: Sandbox, plant: Plant) -> None:
    """A restart of the triggerer would begin the time anew, or lose a sync that ended meanwhile."""
    plant("orders")
    async with box.client() as ft:
        await ft.connections.sync("orders")
        first = trigger("orders")
        first.poll_interval = 60
        waiting = asyncio.create_task(first.wait())
        while len(box.requests) < 2:  # noqa: ASYNC110 - the sandbox is in a thread of its own
            await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert waiting.cancelled()
        before = datetime.fromisoformat(BEFORE)
        ended = (await ft.connections.wait_for_sync("orders", since=before, poll_interval=0.1)).ended
    assert ended is not None
    again = SyncTrigger(**first.serialize()[1])
    assert again.until == first.until
    assert await again.wait() == {
        "connection_id": "orders",
        "status": "succeeded",
        "reason": None,
        "ended": ended.isoformat(),
        "polls": 1,
    }


async def test_taken_up_too_late(box: Sandbox, plant: Plant) -> None:
    """A task would fail for its time, with its sync done, because nobody was there to see it."""
    plant("orders")
    async with box.client() as ft:
        await ft.connections.sync("orders")
        box.clock.advance(60)
    assert (await trigger("orders", until=-timedelta(hours=1)).wait())["status"] == "succeeded"


async def test_the_end_of_the_time(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait would have no end, or not say what was seen last."""
    plant("orders")
    monkeypatch.setattr("fivetran_deferrable.sync_trigger.LAST_LOOK", 0.3)
    ended = await trigger("orders", until=-timedelta(hours=1)).wait()
    assert ended["status"] == "timed_out"
    assert "scheduled" in (ended["reason"] or "")


async def test_a_key_that_is_refused(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the account says would end in a failure of the triggerer, without its reason or with the key."""
    plant("orders")
    monkeypatch.setenv("FIVETRAN_API_SECRET", "no such secret")
    ended = await trigger("orders").wait()
    assert ended["status"] == "error"
    assert (ended["reason"] or "").startswith("UnauthorizedError: ")
    assert "no such secret" not in str(ended)


async def test_a_connection_that_is_deleted(box: Sandbox, plant: Plant) -> None:
    """A task would wait for what there is no more."""
    plant("orders")
    async with box.client() as ft:
        await ft.connections.delete("orders", confirm=True)
    assert (await trigger("orders").wait())["reason"].startswith("NotFoundError: ")


async def test_trouble(box: Sandbox, plant: Plant) -> None:
    """A look that fails would end the wait."""
    plant("orders")
    async with box.client() as ft:
        await ft.connections.get("orders")
        await ft.connections.sync("orders")
    trouble_while_looking(box, "/v1/connections/orders")
    assert (await trigger("orders").wait())["status"] == "succeeded"
    assert trouble_met(box) == 2


async def test_cleared_by_hand(box: Sandbox, plant: Plant, caplog: pytest.LogCaptureFixture) -> None:
    """A task that is cleared would stop a load that others count on."""
    plant("orders")
    made = trigger("orders")
    await made.on_kill()
    assert "its sync may still run" in caplog.text
    assert box.calls == 0
