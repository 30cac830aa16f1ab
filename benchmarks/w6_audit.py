"""W6: a deep audit at 20 ms a call, beside the same calls made raw, as many at once."""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Final
from urllib.parse import urlencode

import aiohttp
import attrs
from _bench import Child, Measured, Row, await_word, interleaved
from _goals import Goal, Workload, per_round, told
from _growth import Growth
from _servers import LATENCY

from fivetran_async import Budget, Fivetran
from fivetran_async.audit import audit
from fivetran_async.sandbox import Sandbox

GROUPS: Final = 40
SIZES: Final = (500, 2_000)
CONCURRENCY: Final = 64
_PATIENCE: Final = 120.0


@attrs.frozen(kw_only=True)
class Case:
    """A way to make the calls.

    Attributes:
        raw: Whether they are made raw, as they were recorded of an audit.
        connections: How large the account is.
    """

    raw: bool
    connections: int

    @property
    def name(self) -> str:
        """How it is called."""
        return f"{'raw' if self.raw else 'audit'}, {self.connections}"


CASES: Final = tuple(Case(raw=raw, connections=size) for size in SIZES for raw in (True, False))


def serve(pipe: Connection, connections: int) -> None:
    """Serve an account; say the URL and the key, and at each word the requests that came since the last."""
    with Sandbox(seed=1, groups=GROUPS, connections=connections) as box:
        box.faults.script("*", "/", delay=LATENCY, times=None)
        pipe.send((box.url, box.api_key, box.api_secret))
        seen = 0
        while True:
            try:
                await_word(pipe)
            except SystemExit:
                return
            requests = box.requests
            pipe.send([f"{request.path}?{urlencode(request.query)}".rstrip("?") for request in requests[seen:]])
            seen = len(requests)


async def _raw(url: str, key: str, secret: str, targets: Sequence[str]) -> float:
    connector = aiohttp.TCPConnector(limit=CONCURRENCY)
    async with aiohttp.ClientSession(connector=connector, auth=aiohttp.BasicAuth(key, secret)) as session:
        left = iter(targets)

        async def worker() -> None:
            for target in left:
                async with session.get(url + target) as reply:
                    await reply.read()

        began = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))
        return time.perf_counter() - began


async def _audit(url: str, key: str, secret: str) -> float:
    budget = Budget(concurrency=CONCURRENCY, plan="none")
    async with Fivetran(key, secret, base_url=url, budget=budget, read_only=True, keep_raw=False) as ft:
        began = time.perf_counter()
        report = await audit(ft, deep=True)
        seconds = time.perf_counter() - began
    if report.incomplete:
        raise SystemExit(str(report.incomplete))
    return seconds


def work(pipe: Connection, url: str, key: str, secret: str, targets: Sequence[str] | None) -> None:
    """Make the calls in a process of its own; say how long it took."""
    pipe.send(asyncio.run(_audit(url, key, secret) if targets is None else _raw(url, key, secret, targets)))


def measure(case: Case) -> Mapping[str, float]:
    """Make the calls of an audit once."""
    with Child(serve, case.connections) as server:
        url, key, secret = server.hear()
        targets = None
        if case.raw:
            with Child(work, url, key, secret, None) as worker:
                worker.hear(_PATIENCE)
            server.tell()
            targets = server.hear()
        with Child(work, url, key, secret, targets) as worker:
            seconds: float = worker.hear(_PATIENCE)
        server.tell()
        calls = len(server.hear())
    return {"seconds": seconds, "calls": calls, "ideal": calls * LATENCY / CONCURRENCY}


def goals(measured: Sequence[Measured]) -> list[Goal]:
    """Return what was reached."""
    by = {str(one.case["case"]): one for one in measured}
    large = max(SIZES)
    ratio = per_round(by, "seconds", f"audit, {large}", f"raw, {large}")
    return told(Goal("W6", f"deep audit of {large:,} / the same calls raw", 1.25, 1.15, ratio, least=True))


def table(measured: Sequence[Measured]) -> list[Row]:
    """Return the medians."""
    return [
        {
            **one.case,
            "calls": round(one.median("calls")),
            "seconds": round(one.median("seconds"), 2),
            "20 ms alone": round(one.median("ideal"), 2),
            "calls a second": round(one.median("calls") / one.median("seconds")),
        }
        for one in measured
    ]


def _named(case: Case) -> Row:
    return {"case": case.name}


def run(rounds: int) -> list[Measured]:
    """Measure all cases, so many times over."""
    return interleaved(CASES, rounds, measure, _named)


def _cost(connections: int) -> float:
    found = measure(Case(raw=False, connections=connections))
    return 1000 * found["seconds"] / found["calls"]


GROWS: Final = Growth(workload="W6", what="deep audit of connections", unit="ms a call", sizes=SIZES, cost=_cost)
WORKLOAD: Final = Workload("w6_audit", run, table, goals, GROWS)


if __name__ == "__main__":
    sys.exit(WORKLOAD.alone(__doc__))
