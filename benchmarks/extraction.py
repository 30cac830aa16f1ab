"""How quickly a source is read: a loop that waits for each page, and windows read ahead, paced and not."""

import asyncio
import json
import resource
import sys
import time
import urllib.request
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import attrs
from _bench import Child, Measured, Row, await_word, interleaved, parser, positive, show, write
from aiohttp import web

from fivetran_async.connector_sdk import JsonSource, RateLimit, State, Window, by_offset, plan_windows, sync_windows

DAYS: Final = 30
ROWS: Final = 2_500
PAGE: Final = 1_000
LATENCY: Final = 0.05
PATH: Final = "/emails"
FIRST: Final = datetime(2024, 1, 1, tzinfo=UTC)

# A run of the slowest case, on a slow machine, in seconds.
_PATIENCE: Final = 300.0


@attrs.frozen(kw_only=True)
class Source:
    """A source of so many days; pages are made before anybody asks.

    Attributes:
        days: How many days.
        rows: Rows a day.
        latency: How long a reply takes, in seconds.
    """

    days: int
    rows: int
    latency: float

    def serve(self, pipe: Connection) -> None:
        """Serve until told to stop; say the URL first."""
        asyncio.run(self._serve(pipe))

    async def _serve(self, pipe: Connection) -> None:
        days = [[_row(day * self.rows + number) for number in range(self.rows)] for day in range(self.days)]
        made: dict[tuple[int, int], bytes] = {}

        async def handle(request: web.Request) -> web.Response:
            day, offset = int(request.query["day"]), int(request.query["offset"])
            if (day, offset) not in made:
                made[day, offset] = json.dumps({"emails": days[day][offset : offset + PAGE]}).encode()
            await asyncio.sleep(self.latency)
            return web.Response(body=made[day, offset], content_type="application/json")

        for day in range(self.days):
            for step in (PAGE, PAGE - 1):
                for offset in range(0, self.rows, step):
                    made[day, offset] = json.dumps({"emails": days[day][offset : offset + PAGE]}).encode()
        application = web.Application()
        application.router.add_get(PATH, handle)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            pipe.send(f"http://127.0.0.1:{runner.addresses[0][1]}")
            await asyncio.to_thread(await_word, pipe)
        finally:
            await runner.cleanup()


def _row(number: int) -> Mapping[str, Any]:
    return {
        "id": number,
        "subject": f"Made-up subject of an email, number {number}",
        "sent_date": "2024-01-01T00:00:00.000Z",
        "received_date": None,
        "opened_date": None,
        "contact_id": number % 977,
        "sent_to_address": f"person{number % 977}@example.com",
        "sent_from_address": "news@example.com",
        "headers": "Return-Path: <news@example.com>; List-Unsubscribe: <https://example.com/u>",
    }


class _Count:
    """A destination that takes no time."""

    def __init__(self) -> None:
        self.rows = 0

    async def upsert(self, table: str, rows: Sequence[Any]) -> None:
        del table
        self.rows += len(rows)

    async def checkpoint(self, state: State) -> None:
        del state


@attrs.frozen
class Case:
    """One way to read.

    Attributes:
        name: Its name.
        in_flight: Windows at one time; 0 for the loop.
        per_second: Calls a second; None for any.
    """

    name: str
    in_flight: int
    per_second: int | None = None


CASES: Final = (
    Case("loop, one connection each", -1),
    Case("loop, one connection", 0),
    Case("ahead, 1 in flight", 1),
    Case("ahead, 8 in flight", 8),
    Case("ahead, 8 in flight, 10 a second", 8, 10),
)


async def ahead(case: Case, url: str, days: int) -> tuple[int, int]:
    """Read ahead; return the rows and the calls."""
    count, calls = _Count(), 0
    async with JsonSource(url, rate=RateLimit(per_second=case.per_second)) as source:

        def read(window: Window) -> AsyncGenerator[Sequence[Mapping[str, Any]], None]:
            async def fetch(offset: int, limit: int) -> Sequence[Mapping[str, Any]]:
                nonlocal calls
                calls += 1
                query = {"day": (window.start - FIRST).days, "limit": limit, "offset": offset}
                reply = await source.get(PATH, query)
                return reply["emails"]  # type: ignore[no-any-return]

            return by_offset(fetch, limit=PAGE, key="id")

        windows = plan_windows(first=FIRST, now=FIRST + timedelta(days=days))
        await sync_windows(count, State(), windows, read, table="emails", in_flight=case.in_flight)
    return count.rows, calls


def loop(url: str, days: int, *, keep: bool) -> tuple[int, int]:
    """Read page by page; return the rows and the calls."""
    rows = calls = 0
    connection = HTTPConnection(urlsplit(url).netloc)
    for day in range(days):
        offset = 0
        while True:
            target = f"{PATH}?{urlencode({'day': day, 'limit': PAGE, 'offset': offset})}"
            if keep:
                connection.request("GET", target)
                body = connection.getresponse().read()
            else:
                with urllib.request.urlopen(url + target) as reply:  # noqa: S310 - the benchmark's own server
                    body = reply.read()
            found = json.loads(body)["emails"]
            rows, calls, offset = rows + len(found), calls + 1, offset + PAGE
            if len(found) < PAGE:
                break
    connection.close()
    return rows, calls


def work(pipe: Connection, case: Case, url: str, days: int) -> None:
    """Read all, in this process; say the figures."""
    began = time.monotonic()
    if case.in_flight < 1:
        rows, calls = loop(url, days, keep=case.in_flight == 0)
    else:
        rows, calls = asyncio.run(ahead(case, url, days))
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    least = 0.0 if case.per_second is None else (calls - 1) / case.per_second
    pipe.send({"seconds": seconds, "rows": rows, "calls": calls, "least": least, "peak": peak})


def measure(case: Case, *, days: int, rows: int, latency: float) -> Mapping[str, float]:
    """Measure a way to read once, in a process of its own.

    Raises:
        SystemExit: It did not read all.
    """
    source = Source(days=days, rows=rows, latency=latency)
    with Child(source.serve) as server:
        url = server.hear()
        with Child(work, case, url, days) as worker:
            figures: Mapping[str, float] = worker.hear(_PATIENCE)
        server.tell()
    if figures["rows"] != days * rows:
        raise SystemExit(f"{case.name}: {figures['rows']} rows of {days * rows}")
    return figures


def table(measured: list[Measured]) -> list[Row]:
    """Return the medians, beside the loop of the same run."""
    loops = min(one.median("seconds") for one in measured if str(one.case["reader"]).startswith("loop"))
    return [
        {
            **one.case,
            "seconds": round(one.median("seconds"), 3),
            "rows a second": round(one.median("rows") / one.median("seconds")),
            "calls": round(one.median("calls")),
            "times the loop": round(loops / one.median("seconds"), 2),
            "above the limit's own %": None
            if not one.median("least")
            else round(100 * (one.median("seconds") / one.median("least") - 1), 1),
            "peak MB": round(one.median("peak")),
        }
        for one in measured
    ]


def _named(case: Case) -> Row:
    return {"reader": case.name}


def main() -> int:
    """Measure, and print a table."""
    options = parser(__doc__ or "")
    options.add_argument("--days", type=positive, default=DAYS, help=f"days of rows (default: {DAYS})")
    options.add_argument("--rows", type=positive, default=ROWS, help=f"rows a day (default: {ROWS})")
    options.add_argument("--latency", type=float, default=LATENCY, help=f"seconds a reply takes (default: {LATENCY})")
    chosen = options.parse_args()
    one = partial(measure, days=chosen.days, rows=chosen.rows, latency=chosen.latency)
    measured = interleaved(CASES, chosen.rounds, one, _named)
    show(table(measured))
    write(chosen.json, "extraction", vars(chosen), measured)
    return 0


if __name__ == "__main__":
    sys.exit(main())
