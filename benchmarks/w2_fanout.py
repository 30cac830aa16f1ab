"""W2: many calls at once, by 64 workers or threads, beside raw aiohttp and `requests`."""

import asyncio
import importlib
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing.connection import Connection
from typing import Final

import aiohttp
import attrs
from _bench import Child, Measured, Row, installed, interleaved
from _goals import Goal, Workload, per_round, told
from _growth import Growth
from _prebuilt import SINGLE, Prebuilt, pin
from _readers import Seen

import fivetran_async
import fivetran_sync

CALLS: Final = 5000
AT_ONCE: Final = 64
LATENCY: Final = 0.02

_ID: Final = SINGLE.rpartition("/")[2]
_PATIENCE: Final = 120.0
_GROWING: Final = "SDK map, no latency"


@attrs.frozen(kw_only=True)
class Job:
    """What is to be done.

    Attributes:
        url: The base URL.
        calls: How many calls.
    """

    url: str
    calls: int


async def _raw(job: Job) -> int:
    loads = importlib.import_module("orjson").loads
    headers = {"Accept": "application/json", "Authorization": "Basic a2V5OnNlY3JldA=="}
    left, done = iter(range(job.calls)), 0
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def work() -> None:
            nonlocal done
            for _ in left:
                async with session.get(job.url + SINGLE) as reply:
                    done += loads(await reply.read())["data"]["id"] == _ID

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return done


def raw(job: Job) -> int:
    """Call with 64 workers on one session."""
    return asyncio.run(_raw(job))


async def _sdk(job: Job) -> int:
    budget = fivetran_async.Budget(concurrency=AT_ONCE)
    async with fivetran_async.Fivetran("key", "secret", base_url=job.url, budget=budget, hooks=[Seen()]) as ft:
        return sum([result.unwrap().id == _ID async for result in ft.map(ft.connections.get, [_ID] * job.calls)])


def sdk(job: Job) -> int:
    """Call through `ft.map`, a hook on the client."""
    return asyncio.run(_sdk(job))


def sdk_on_uvloop(job: Job) -> int:
    """Call through `ft.map` on the loop of `uvloop`."""
    found: int = importlib.import_module("uvloop").run(_sdk(job))
    return found


def sdk_sync(job: Job) -> int:
    """Call through the sync facade's `ft.map`."""
    budget = fivetran_sync.Budget(concurrency=AT_ONCE)
    with fivetran_sync.Fivetran("key", "secret", base_url=job.url, budget=budget, hooks=[Seen()]) as ft:
        return sum(result.unwrap().id == _ID for result in ft.map(ft.connections.get, [_ID] * job.calls))


def sdk_threads(job: Job) -> int:
    """Call with 64 threads on one sync client."""
    budget = fivetran_sync.Budget(concurrency=AT_ONCE)
    with (
        fivetran_sync.Fivetran("key", "secret", base_url=job.url, budget=budget, hooks=[Seen()]) as ft,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        return sum(found.id == _ID for found in pool.map(ft.connections.get, [_ID] * job.calls))


def requests_threads(job: Job) -> int:
    """Call with 64 threads on one session of `requests`."""
    library = importlib.import_module("requests")
    session = library.Session()
    session.auth = ("key", "secret")
    session.mount("http://", library.adapters.HTTPAdapter(pool_maxsize=AT_ONCE))

    def get(_: int) -> bool:
        return bool(session.get(job.url + SINGLE).json()["data"]["id"] == _ID)

    with session, ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(get, range(job.calls)))


@attrs.frozen(kw_only=True)
class Case:
    """One way to make the calls.

    Attributes:
        name: Its name.
        call: What makes them.
        latency: How long the server takes for one, in seconds.
        needs: The libraries it needs besides the SDK.
    """

    name: str
    call: Callable[[Job], int]
    latency: float
    needs: tuple[str, ...] = ()


CASES: Final = (
    Case(name="raw, 20 ms", call=raw, latency=LATENCY, needs=("orjson",)),
    Case(name="SDK map, 20 ms", call=sdk, latency=LATENCY),
    Case(name="SDK map, sync, 20 ms", call=sdk_sync, latency=LATENCY),
    Case(name="SDK, 64 threads, 20 ms", call=sdk_threads, latency=LATENCY),
    Case(name="requests, 64 threads, 20 ms", call=requests_threads, latency=LATENCY, needs=("requests",)),
    Case(name="raw, no latency", call=raw, latency=0.0, needs=("orjson",)),
    Case(name=_GROWING, call=sdk, latency=0.0),
    Case(name="SDK map, uvloop, no latency", call=sdk_on_uvloop, latency=0.0, needs=("uvloop",)),
)


def work(pipe: Connection, case: Case, job: Job) -> None:
    """Make the calls in this process; say the figures."""
    pin(1)
    case.call(attrs.evolve(job, calls=2 * AT_ONCE))
    began, began_cpu = time.perf_counter(), time.process_time()
    done = case.call(job)
    pipe.send({"calls": done, "seconds": time.perf_counter() - began, "cpu": time.process_time() - began_cpu})


def measure(case: Case, calls: int) -> Mapping[str, float]:
    """Measure a way once, in a process of its own.

    Raises:
        SystemExit: A call failed.
    """
    with Child(Prebuilt(latency=case.latency).serve) as server:
        url = server.hear()
        with Child(work, case, Job(url=f"{url}/plain", calls=calls)) as worker:
            figures: Mapping[str, float] = worker.hear(_PATIENCE)
        server.tell()
    if figures["calls"] != calls:
        raise SystemExit(f"{case.name}: {figures['calls']} calls of {calls} went well")
    return {**figures, "of the limit": calls / AT_ONCE * case.latency / figures["seconds"]}


def goals(measured: Sequence[Measured]) -> list[Goal]:
    """Return what was reached."""
    by = {str(one.case["case"]): one for one in measured}
    speed = partial(per_round, by, "seconds", inverse=True)
    threads = "SDK, 64 threads, 20 ms"
    return told(
        Goal("W2", "fan-out / raw aiohttp, 20 ms", 0.97, 0.99, speed("SDK map, 20 ms", "raw, 20 ms")),
        Goal("W2", "fan-out / raw aiohttp, no latency", 0.90, 1.05, speed(_GROWING, "raw, no latency")),
        Goal(
            "W3t", "64 threads on one sync client / requests", 2.0, 2.2, speed(threads, "requests, 64 threads, 20 ms")
        ),
        Goal("W3t", "64 threads / what 20 ms allow", 0.80, 0.86, per_round(by, "of the limit", threads)),
    )


def table(measured: Sequence[Measured]) -> list[Row]:
    """Return the medians."""
    return [
        {
            **one.case,
            "calls a second": round(one.median("calls") / one.median("seconds")),
            "of the limit": round(one.median("of the limit"), 3) or None,
            # So many times as quick as this one could the quickest be, at this latency and with so many at once.
            "most over it": round(1 / one.median("of the limit"), 2) if one.median("of the limit") else None,
            "CPU us a call": round(1e6 * one.median("cpu") / one.median("calls")),
        }
        for one in measured
    ]


def _named(case: Case) -> Row:
    return {"case": case.name}


def run(rounds: int, calls: int = CALLS) -> list[Measured]:
    """Measure all cases whose libraries are there, so many times over."""
    return interleaved(installed(CASES), rounds, partial(measure, calls=calls), _named)


def _cost(calls: int) -> float:
    [case] = [case for case in CASES if case.name == _GROWING]
    return 1e6 * measure(case, calls)["seconds"] / calls


GROWS: Final = Growth(
    workload="W2", what="map over ids, no latency", unit="us a call", sizes=(1_000, CALLS), cost=_cost
)
WORKLOAD: Final = Workload("w2_fanout", run, table, goals, GROWS)


if __name__ == "__main__":
    sys.exit(WORKLOAD.alone(__doc__, calls=CALLS))
