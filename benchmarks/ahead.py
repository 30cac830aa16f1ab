"""How much of the time of a list its pages ahead hide: a consumer as slow as the server, asleep or busy."""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Final

import attrs
from _bench import Child, Measured, Row, interleaved
from _goals import Goal, Workload, per_round, told
from _growth import Growth
from _prebuilt import Prebuilt, pin

import fivetran_async
import fivetran_sync

PAGES: Final = 100
LATENCY: Final = 0.03
"""How long the server takes for a page, and the consumer too, in seconds."""

_PATIENCE: Final = 60.0


@attrs.frozen
class Case:
    """A consumer.

    Attributes:
        name: Its name.
        sync: Whether it uses the sync facade.
        busy: Whether it computes; it sleeps otherwise.
        pause: How long it takes for a page, in seconds.
    """

    name: str
    sync: bool = False
    busy: bool = False
    pause: float = LATENCY


CASES: Final = (
    Case("nobody", pause=0.0),
    Case("asleep"),
    Case("busy", busy=True),
    Case("asleep, sync", sync=True),
    Case("busy, sync", sync=True, busy=True),
)


def _compute(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        sum(range(200))


def _walk_sync(case: Case, url: str) -> None:
    with fivetran_sync.Fivetran("key", "secret", base_url=url) as ft:
        for number, _ in enumerate(ft.connections.list(), start=1):
            if number % 1000 == 0:
                (_compute if case.busy else time.sleep)(case.pause)


async def _walk(case: Case, url: str) -> None:
    async with fivetran_async.Fivetran("key", "secret", base_url=url) as ft:
        number = 0
        async for _ in ft.connections.list():
            number += 1
            if number % 1000 == 0 and case.busy:
                _compute(case.pause)
            elif number % 1000 == 0 and case.pause:
                await asyncio.sleep(case.pause)


def work(pipe: Connection, case: Case, url: str) -> None:
    """Read all in this process; say how long it took."""
    pin(1)
    began = time.perf_counter()
    if case.sync:
        _walk_sync(case, url)
    else:
        asyncio.run(_walk(case, url))
    pipe.send({"seconds": time.perf_counter() - began})


def measure(case: Case, pages: int = PAGES) -> Mapping[str, float]:
    """Measure a consumer once, in a process of its own."""
    with Child(Prebuilt(pages=pages, latency=LATENCY).serve) as server:
        url = server.hear()
        with Child(work, case, f"{url}/plain") as worker:
            figures: Mapping[str, float] = worker.hear(_PATIENCE)
        server.tell()
    return figures


def goals(measured: Sequence[Measured]) -> list[Goal]:
    """Return what was reached: fetching alone takes longer than consuming alone, by the decoding of the pages."""
    by = {str(one.case["consumer"]): one for one in measured}
    return told(
        *(
            Goal(
                "W1",
                f"pages ahead: {name} / fetching",
                1.10,
                1.03,
                per_round(by, "seconds", name, "nobody"),
                least=True,
            )
            for name in ("asleep", "busy", "asleep, sync", "busy, sync")
        )
    )


def table(measured: Sequence[Measured]) -> list[Row]:
    """Return the medians."""
    return [{**one.case, "seconds": round(one.median("seconds"), 3)} for one in measured]


def _named(case: Case) -> Row:
    return {"consumer": case.name}


def run(rounds: int) -> list[Measured]:
    """Measure all consumers, so many times over."""
    return interleaved(CASES, rounds, measure, _named)


def _cost(pages: int) -> float:
    return 1000 * measure(Case("busy", busy=True), pages)["seconds"] / pages


GROWS: Final = Growth(
    workload="W1", what="pages ahead of a busy consumer", unit="ms a page", sizes=(20, PAGES), cost=_cost
)
WORKLOAD: Final = Workload("ahead", run, table, goals, GROWS)


if __name__ == "__main__":
    sys.exit(WORKLOAD.alone(__doc__))
