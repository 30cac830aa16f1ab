"""What tests of waits share: connections that a test steers, and clocks that need no waiting."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fivetran_async.sandbox import Sandbox
from fivetran_async.sandbox.engine import syncs

sys.path.insert(0, str(Path(__file__).parent))

from waits_stage import START, SteppedClock

BEFORE = "2026-08-01T10:00:00Z"


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """An account without connections; its clock begins at a known time."""
    with Sandbox(seed=7, groups=3, connections=0, start=START) as sandbox:
        yield sandbox


@pytest.fixture
def plant(box: Sandbox) -> Callable[..., str]:
    """Make a connection, by default with a manual schedule and syncs of a minute, and return its id."""

    def make(seconds: float = 60.0, outcome: str = "success", *, group: int = 0, **fields: Any) -> str:
        groups = list(box.account.groups)
        given = {"schedule_type": "manual", "succeeded_at": BEFORE} | fields
        own = {"seconds": seconds, "outcome": outcome} | given.pop("sandbox", {})
        name: str = box.account.add_connection(groups[group], **given, sandbox=own)["id"]
        return name

    return make


@pytest.fixture
def hurry(box: Sandbox) -> Iterator[None]:
    """Let the sandbox's time run some hundred times as quickly as usual."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(0.004):
            box.clock.advance(1.0)

    thread = threading.Thread(target=run, name="hurry", daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join()


@pytest.fixture
async def stepped(box: Sandbox) -> SteppedClock:
    """A clock that only the test moves."""
    return SteppedClock(box)


@pytest.fixture
def postpone(box: Sandbox) -> Callable[[str, float], None]:
    """Put the sync of a connection off for so many seconds from now."""

    def put_off(name: str, seconds: float) -> None:
        with box.account.lock:
            connection = box.account.connection(name)
            syncs.postpone(connection, box.account.now + seconds)

    return put_off


def sent(box: Sandbox, method: str, end: str = "") -> int:
    """Return how many requests of a method came, to paths that end so."""
    return sum(request.method == method and request.path.endswith(end) for request in box.requests)


@pytest.fixture
def count(box: Sandbox) -> Callable[..., int]:
    """Count the requests of a method, to paths that end in something."""
    return lambda method, end="": sent(box, method, end)
