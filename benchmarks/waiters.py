"""What ten thousand tasks cost that wait behind the closed gate of one budget: memory, CPU, wake-up, cancellation."""

import asyncio
import os
import sys
import time
import tracemalloc
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, TypeAlias

import attrs
from _bench import Child, Measured, Row, interleaved, parser, positive, show, write
from _servers import KEY, SECRET, Gate

from fivetran_async import Budget, Fivetran, RetryPolicy

WAITERS: Final = 10_000
RETRY_AFTER: Final = 60

# What letting all of them go may take beyond the wait, in seconds.
_PATIENCE: Final = 300.0
# How long the tasks have to come to rest, in seconds.
_SETTLE: Final = 1.0
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")

Wait: TypeAlias = Callable[[], Awaitable[object]]
"""Waits behind the gate, and ends soon after it has opened."""


class _Remembering(Budget):
    """A budget that tells when a call was refused, and keeps the last request, so that others can ask as it did."""

    def __init__(self) -> None:
        super().__init__()
        self.request: Any = None
        self.was_refused = asyncio.Event()

    async def enter(self, request: Any, patience: float | None = None) -> Any:
        self.request = request
        return await super().enter(request, patience)

    def refused(self, *args: Any, **options: Any) -> None:
        super().refused(*args, **options)
        self.was_refused.set()


@attrs.frozen
class Closed:
    """A closed gate.

    Attributes:
        opens_at: When it opens, by the machine's monotonic clock.
        wait: Waits behind it.
    """

    opens_at: float
    wait: Wait


Kind: TypeAlias = Callable[[str, int], AbstractAsyncContextManager[Closed]]


@asynccontextmanager
async def _closed(url: str, retry_after: int) -> AsyncGenerator[tuple[Fivetran, _Remembering], None]:
    budget, retry = _Remembering(), RetryPolicy(max_retry_after=2 * retry_after)
    async with Fivetran(KEY, SECRET, base_url=url, budget=budget, retry=retry) as ft:
        # The first call loads what calls need; the second one is refused, and waits with the rest.
        await ft.account.info()
        refused = asyncio.create_task(ft.account.info())
        await budget.was_refused.wait()
        try:
            yield ft, budget
        finally:
            refused.cancel()
            await asyncio.gather(refused, return_exceptions=True)


@asynccontextmanager
async def calls(url: str, retry_after: int) -> AsyncGenerator[Closed, None]:
    """Let whole calls wait, which a server without latency answers in the end."""
    async with _closed(url, retry_after) as (ft, budget):
        yield Closed(time.monotonic() + budget.closed_for, ft.account.info)


@asynccontextmanager
async def slots(url: str, retry_after: int) -> AsyncGenerator[Closed, None]:
    """Let only the budget's own part of a call wait: a slot is taken and given back at once."""
    async with _closed(url, retry_after) as (_, budget):
        request = budget.request

        async def wait() -> None:
            grant = await budget.enter(request)
            budget.observe({}, grant)
            budget.leave()

        yield Closed(time.monotonic() + budget.closed_for, wait)


@asynccontextmanager
async def sleeps(_: str, retry_after: int) -> AsyncGenerator[Closed, None]:
    """Let bare tasks sleep: the least that it can cost."""
    opens_at = time.monotonic() + retry_after

    async def wait() -> None:
        await asyncio.sleep(opens_at - time.monotonic())

    yield Closed(opens_at, wait)


KINDS: Final[dict[str, Kind]] = {"calls": calls, "enter and leave": slots, "asyncio.sleep": sleeps}


async def trace(closed: Closed, waiters: int) -> Mapping[str, float]:
    """Measure the memory that Python itself counts, and begin before the first task."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    tasks = await _start(closed, waiters)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    await _cancel(tasks)
    return {"traced": (after - before) / waiters}


async def cancel(closed: Closed, waiters: int) -> Mapping[str, float]:
    """Measure the memory that the system counts, and how long it takes to cancel all."""
    before = _resident()
    tasks = await _start(closed, waiters)
    resident = _resident() - before
    began = time.monotonic()
    await _cancel(tasks)
    return {"resident": resident / waiters, "cancel": time.monotonic() - began}


async def release(closed: Closed, waiters: int) -> Mapping[str, float]:
    """Measure the CPU of waiting, and how all are let go."""
    ended: list[float] = []

    async def wait() -> None:
        await closed.wait()
        ended.append(time.monotonic())

    tasks = await _start(attrs.evolve(closed, wait=wait), waiters)
    began, cpu = time.monotonic(), time.process_time()
    # A little before the gate opens, so that nobody is woken up yet.
    await asyncio.sleep(closed.opens_at - began - _SETTLE / 2)
    idle = (time.process_time() - cpu) / (time.monotonic() - began)
    cpu = time.process_time()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    seconds = max(ended, default=time.monotonic()) - closed.opens_at
    return {
        "idle_cpu": 100 * idle,
        "first": min(ended, default=time.monotonic()) - closed.opens_at,
        "release": seconds,
        "per_second": len(ended) / seconds,
        "release_cpu": (time.process_time() - cpu) / waiters,
        "failed": sum(isinstance(result, BaseException) for result in results),
    }


PHASES: Final = (trace, cancel, release)


async def _start(closed: Closed, waiters: int) -> list["asyncio.Future[object]"]:
    tasks: list[asyncio.Future[object]] = [asyncio.ensure_future(closed.wait()) for _ in range(waiters)]
    await asyncio.sleep(_SETTLE)
    if any(task.done() for task in tasks) or time.monotonic() > closed.opens_at - 2 * _SETTLE:
        raise SystemExit("not all tasks were waiting before the gate opened; try a longer --retry-after")
    return tasks


async def _cancel(tasks: list["asyncio.Future[object]"]) -> None:
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    if not all(isinstance(result, asyncio.CancelledError) for result in results):
        raise SystemExit("a task that was cancelled ended in another way")


def _resident() -> int:
    # Only Linux tells the present size; elsewhere the figure stays 0.
    statm = Path("/proc/self/statm")
    return int(statm.read_text(encoding="ascii").split()[1]) * _PAGE if statm.exists() else 0


def work(pipe: Connection, kind: str, phase: int, url: str, settings: tuple[int, int]) -> None:
    """Measure one phase of one kind in this process; say the figures."""
    waiters, retry_after = settings

    async def measured() -> Mapping[str, float]:
        async with KINDS[kind](url, retry_after) as closed:
            return await PHASES[phase](closed, waiters)

    pipe.send(asyncio.run(measured()))


def measure(kind: str, *, waiters: int, retry_after: int) -> Mapping[str, float]:
    """Measure a kind of waiting once, each phase in a process of its own.

    Args:
        kind: The name of the kind.
        waiters: How many tasks wait.
        retry_after: How long the gate is closed, in seconds.
    """
    figures: dict[str, float] = {}
    for phase in range(len(PHASES)):
        with Child(Gate(retry_after=retry_after).serve) as server:
            url = server.hear()
            with Child(work, kind, phase, url, (waiters, retry_after)) as worker:
                figures |= worker.hear(retry_after + _PATIENCE)
            server.tell()
            server.hear()
    return figures


def table(measured: list[Measured]) -> list[Row]:
    """Return the medians, in units that can be read."""
    return [
        {
            **one.case,
            "traced B each": round(one.median("traced")),
            "RSS B each": round(one.median("resident")),
            "idle CPU %": round(one.median("idle_cpu"), 3),
            "first after ms": 1000 * one.median("first"),
            "all after s": round(one.median("release"), 3),
            "a second": round(one.median("per_second")),
            "CPU us each": 1e6 * one.median("release_cpu"),
            "failed": round(one.most("failed")),
            "cancel all s": round(one.median("cancel"), 3),
        }
        for one in measured
    ]


def _named(kind: str) -> Row:
    return {"waiting": kind}


def main() -> int:
    """Measure, and print a table."""
    options = parser(__doc__ or "")
    options.add_argument("--waiters", type=positive, default=WAITERS, help=f"how many wait (default: {WAITERS})")
    options.add_argument(
        "--retry-after", type=positive, default=RETRY_AFTER, help=f"seconds the gate is closed (default: {RETRY_AFTER})"
    )
    options.add_argument("--kind", action="append", choices=KINDS, help="only this kind; may be repeated")
    chosen = options.parse_args()
    one = partial(measure, waiters=chosen.waiters, retry_after=chosen.retry_after)
    measured = interleaved(chosen.kind or list(KINDS), chosen.rounds, one, _named)
    show(table(measured))
    write(chosen.json, "waiters", vars(chosen), measured)
    return 0


if __name__ == "__main__":
    sys.exit(main())
