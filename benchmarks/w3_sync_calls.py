"""W3: what one call costs, made one after the other, beside what is built on sockets and on threads."""

import asyncio
import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import attrs
from _bench import Child, Measured, Row, installed, interleaved
from _goals import Goal, Workload, per_round, told
from _growth import Growth
from _prebuilt import SINGLE, Prebuilt, pin

import fivetran_async
import fivetran_sync

CALLS: Final = 2000

_ID: Final = SINGLE.rpartition("/")[2]
_PATIENCE: Final = 60.0
_HEADERS: Final = {"Accept": "application/json", "Authorization": "Basic a2V5OnNlY3JldA=="}


def http_client(url: str, calls: int) -> None:
    """Call with the standard library."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc)
    for _ in range(calls):
        connection.request("GET", parts.path + SINGLE, headers=_HEADERS)
        json.loads(connection.getresponse().read())
    connection.close()


def requests(url: str, calls: int) -> None:
    """Call with a session of `requests`."""
    with importlib.import_module("requests").Session() as session:
        session.auth = ("key", "secret")
        for _ in range(calls):
            session.get(url + SINGLE).json()


def httpx(url: str, calls: int) -> None:
    """Call with a client of `httpx`."""
    with importlib.import_module("httpx").Client(auth=("key", "secret")) as client:
        for _ in range(calls):
            client.get(url + SINGLE).json()


def sdk_sync(url: str, calls: int) -> None:
    """Call with the sync facade."""
    with fivetran_sync.Fivetran("key", "secret", base_url=url) as ft:
        for _ in range(calls):
            ft.connections.get(_ID)


def sdk_sync_on_uvloop(url: str, calls: int) -> None:
    """Call with the sync facade, whose loop is that of `uvloop`."""
    # Read when the loop begins, with the first call of this process.
    os.environ["FIVETRAN_SYNC_LOOP"] = "uvloop"
    sdk_sync(url, calls)


async def _sdk(url: str, calls: int) -> None:
    async with fivetran_async.Fivetran("key", "secret", base_url=url) as ft:
        for _ in range(calls):
            await ft.connections.get(_ID)


def sdk_async(url: str, calls: int) -> None:
    """Call with the asyncio client."""
    asyncio.run(_sdk(url, calls))


async def _raw(url: str, calls: int) -> None:
    async with aiohttp.ClientSession(headers=_HEADERS) as session:
        for _ in range(calls):
            async with session.get(url + SINGLE) as reply:
                json.loads(await reply.read())


def raw(url: str, calls: int) -> None:
    """Call with raw aiohttp."""
    asyncio.run(_raw(url, calls))


@attrs.frozen(kw_only=True)
class Case:
    """One way to make the calls.

    Attributes:
        name: Its name.
        call: What makes them.
        needs: The libraries it needs besides the SDK.
    """

    name: str
    call: Callable[[str, int], None]
    needs: tuple[str, ...] = ()


CASES: Final = (
    Case(name="http.client", call=http_client),
    Case(name="requests", call=requests, needs=("requests",)),
    Case(name="httpx", call=httpx, needs=("httpx",)),
    Case(name="raw aiohttp, in a loop", call=raw),
    Case(name="SDK, in a loop", call=sdk_async),
    Case(name="SDK, sync", call=sdk_sync),
    Case(name="SDK, sync, uvloop", call=sdk_sync_on_uvloop, needs=("uvloop",)),
)


def work(pipe: Connection, case: Case, url: str, calls: int) -> None:
    """Make the calls in this process; say the figures."""
    pin(1)
    case.call(url, calls // 10)
    began, began_cpu = time.perf_counter(), time.process_time()
    case.call(url, calls)
    seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    pipe.send({"us": 1e6 * seconds / calls, "cpu us": 1e6 * cpu / calls})


def measure(case: Case, calls: int) -> Mapping[str, float]:
    """Measure a way once, in a process of its own."""
    with Child(Prebuilt().serve) as server:
        url = server.hear()
        with Child(work, case, f"{url}/plain", calls) as worker:
            figures: Mapping[str, float] = worker.hear(_PATIENCE)
        server.tell()
    return figures


def goals(measured: Sequence[Measured]) -> list[Goal]:
    """Return what was reached."""
    by = {str(one.case["case"]): one for one in measured}
    return told(
        Goal("W3", "one sync call / requests", 0.40, 0.35, per_round(by, "us", "SDK, sync", "requests"), least=True),
        Goal(
            "W3", "one sync call / http.client", 1.9, 1.6, per_round(by, "us", "SDK, sync", "http.client"), least=True
        ),
    )


def table(measured: Sequence[Measured]) -> list[Row]:
    """Return the medians."""
    return [
        {**one.case, "us a call": round(one.median("us")), "CPU us a call": round(one.median("cpu us"))}
        for one in measured
    ]


def _named(case: Case) -> Row:
    return {"case": case.name}


def run(rounds: int, calls: int = CALLS) -> list[Measured]:
    """Measure all cases whose libraries are there, so many times over."""
    return interleaved(installed(CASES), rounds, partial(measure, calls=calls), _named)


def _cost(calls: int) -> float:
    [case] = [case for case in CASES if case.name == "SDK, sync"]
    return measure(case, calls)["us"]


GROWS: Final = Growth(
    workload="W3", what="sync calls, one after the other", unit="us a call", sizes=(500, CALLS), cost=_cost
)
WORKLOAD: Final = Workload("w3_sync_calls", run, table, goals, GROWS)


if __name__ == "__main__":
    sys.exit(WORKLOAD.alone(__doc__, calls=CALLS))
