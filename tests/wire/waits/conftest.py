"""What tests of waits share: connections that a test steers, and clocks that need no waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fivetran_async.sandbox import Sandbox
from fivetran_async.sandbox.engine import syncs

START = datetime(2026, 8, 1, 12, tzinfo=UTC)
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


class SteppedClock:
    """A client's clock that only a test moves, together with that of the sandbox."""

    def __init__(self, box: Sandbox) -> None:
        self.sleeps = 0
        """How many sleeps have begun."""
        self._box = box
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self._noticed = asyncio.Event()

    def now(self) -> datetime:
        """Return the wall time."""
        return START + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Sleep until a test has moved the time far enough."""
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._elapsed + seconds, sleeper))
        self.sleeps += 1
        self._noticed.set()
        await sleeper

    async def asleep(self, times: int) -> None:
        """Wait until so many sleeps have begun."""
        while self.sleeps < times:
            self._noticed.clear()
            await self._noticed.wait()

    @property
    def next(self) -> float | None:
        """In how many seconds the next sleeper is due; None while nobody sleeps."""
        due = [due for due, sleeper in self._sleepers if not sleeper.done()]
        return min(due) - self._elapsed if due else None

    def advance(self, seconds: float) -> None:
        """Move the time and wake who is due."""
        self._elapsed += seconds
        self._box.clock.advance(seconds)
        for due, sleeper in self._sleepers:
            if due <= self._elapsed and not sleeper.done():
                sleeper.set_result(None)
        self._sleepers = [(due, sleeper) for due, sleeper in self._sleepers if not sleeper.done()]


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
