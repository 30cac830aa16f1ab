"""What an audit costs: its time beside that of reading the same pages raw, and its calls beside its plan."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import aiohttp
import attrs
import msgspec
from _bench import Child, Measured, Row, await_word, interleaved, parser, positive, show, write

from fivetran_async import Fivetran
from fivetran_async.audit import audit, plan
from fivetran_async.sandbox import Sandbox

CONNECTIONS: Final = 10_000
DEEP: Final = 2_000
FAILURES: Final = 0.01
GROUPS: Final = 20
PAGE: Final = 1_000

# A run of the slowest case, on a slow machine, in seconds.
_PATIENCE: Final = 600.0


@attrs.frozen(kw_only=True)
class Account:
    """An account in a sandbox, in a process of its own.

    Attributes:
        connections: How many connections it has.
        failures: The share of calls that meet a 503, which is tried again.
    """

    connections: int
    failures: float

    def serve(self, pipe: Connection) -> None:
        """Serve it until the parent says a word."""
        with Sandbox(seed=1, groups=GROUPS, connections=self.connections) as box:
            if self.failures:
                box.faults.random({"5xx": self.failures}, seed=1, burst=1)
            pipe.send((box.url, box.api_key, box.api_secret))
            await_word(pipe)


class _PageOf(msgspec.Struct):
    data: "_Data"


class _Data(msgspec.Struct):
    items: list[msgspec.Raw]
    next_cursor: str | None = None


LISTS: Final = (
    ("/v1/groups", 1),
    ("/v1/destinations", 2),
    ("/v1/connections", 2),
    ("/v1/users", 1),
    ("/v1/teams", 1),
    ("/v1/roles", 1),
    ("/v1/webhooks", 1),
    ("/v1/system-keys", 1),
    ("/v1/external-logging", 1),
    ("/v1/external-logging/account", 1),
    ("/v1/hybrid-deployment-agents", 1),
    ("/v1/proxy", 1),
    ("/v1/private-links", 1),
    ("/v1/transformations", 1),
    ("/v1/transformation-projects", 1),
    ("/v1/connector-sdk/packages", 1),
    ("/v1/metadata/connector-types", 1),
)
"""All lists that an audit may read, and the version of the API that it asks for."""


@attrs.frozen(kw_only=True)
class Case:
    """A way to read an account.

    Attributes:
        name: What it is called.
        reads: `raw` for the pages as bytes, `audit` for a default audit, `deep` for a plan and a deep audit.
        file: Whether there is a resume file.
        failures: The share of calls that meet a 503.
    """

    name: str
    reads: str
    file: bool = False
    failures: float = 0.0


CASES: Final = (
    Case(name="pages as bytes", reads="raw"),
    Case(name="audit", reads="audit"),
    Case(name="audit, resume file", reads="audit", file=True),
    Case(name="deep audit", reads="deep"),
    Case(name="deep audit, resume file", reads="deep", file=True),
    Case(name=f"deep audit, {FAILURES:.0%} fail", reads="deep", failures=FAILURES),
)


async def raw(url: str, key: str, secret: str) -> Mapping[str, float]:
    """Read the pages of all lists at once, and look for no more than the next cursor."""
    decoder = msgspec.json.Decoder(_PageOf)
    calls = 0
    async with aiohttp.ClientSession(url, auth=aiohttp.BasicAuth(key, secret)) as session:

        async def read(path: str, version: int) -> None:
            nonlocal calls
            headers = {"Accept": "application/json;version=2" if version == 2 else "application/json"}  # noqa: PLR2004
            query = {"limit": str(PAGE)}
            while True:
                async with session.get(path, params=query, headers=headers) as reply:
                    body = await reply.read()
                calls += 1
                if path.endswith("/account") or (cursor := decoder.decode(body).data.next_cursor) is None:
                    return
                query["cursor"] = cursor

        began = time.perf_counter()
        await asyncio.gather(*(read(path, version) for path, version in LISTS))
        seconds = time.perf_counter() - began
    return {"seconds": seconds, "calls": calls, "planned": calls, "findings": 0}


async def audited(case: Case, url: str, key: str, secret: str) -> Mapping[str, float]:
    """Plan and make an audit."""
    with tempfile.TemporaryDirectory() as folder:
        resume = Path(folder) / "audit.resume" if case.file else None
        async with Fivetran(key, secret, base_url=url, read_only=True, keep_raw=False) as ft:
            deep = case.reads == "deep"
            cost = await plan(ft, deep=True) if deep else None
            began = time.perf_counter()
            report = await audit(ft, deep=deep, resume=resume)
            seconds = time.perf_counter() - began
    if report.incomplete:
        raise SystemExit(f"{case.name}: {report.incomplete}")
    planned = report.calls if cost is None else cost.survey + cost.calls
    return {"seconds": seconds, "calls": report.calls, "planned": planned, "findings": len(report.findings)}


def work(pipe: Connection, case: Case, url: str, key: str, secret: str) -> None:
    """Read the account in a process of its own."""
    figures = raw(url, key, secret) if case.reads == "raw" else audited(case, url, key, secret)
    pipe.send(asyncio.run(figures))  # type: ignore[arg-type]


def measure(case: Case, *, connections: int, deep: int) -> Mapping[str, float]:
    """Measure a way to read once."""
    account = Account(connections=deep if case.reads == "deep" else connections, failures=case.failures)
    with Child(account.serve) as server:
        url, key, secret = server.hear()
        with Child(work, case, url, key, secret) as worker:
            figures: Mapping[str, float] = worker.hear(_PATIENCE)
        server.tell()
    return {**figures, "connections": account.connections}


def table(measured: list[Measured]) -> list[Row]:
    """Return the medians, beside the raw pages of the same run.

    Raises:
        SystemExit: The raw reader and the audit did not read the same number of pages.
    """
    pages = {one.median("calls") for one in measured if "deep" not in str(one.case["reader"])}
    if len(pages) != 1:
        raise SystemExit(f"not the same pages were read: {pages}")
    bare = measured[0].median("seconds")
    return [
        {
            **one.case,
            "connections": round(one.median("connections")),
            "calls": round(one.median("calls")),
            "off the plan %": round(100 * max(one.most("calls") / one.median("planned") - 1, 0), 2),
            "seconds": round(one.median("seconds"), 3),
            "times the bytes": None if "deep" in str(one.case["reader"]) else round(one.median("seconds") / bare, 2),
            "findings": round(one.median("findings")),
        }
        for one in measured
    ]


def _named(case: Case) -> Row:
    return {"reader": case.name}


def main() -> int:
    """Measure, and print a table."""
    options = parser(__doc__ or "")
    options.add_argument(
        "--connections", type=positive, default=CONNECTIONS, help=f"of the default audit (default: {CONNECTIONS})"
    )
    options.add_argument("--deep", type=positive, default=DEEP, help=f"connections of the deep ones (default: {DEEP})")
    chosen = options.parse_args()
    one = partial(measure, connections=chosen.connections, deep=chosen.deep)
    measured = interleaved(CASES, chosen.rounds, one, _named)
    show(table(measured))
    write(chosen.json, "audit", vars(chosen), measured)
    return 0


if __name__ == "__main__":
    sys.exit(main())
