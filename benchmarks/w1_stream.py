"""W1: how quickly a long list is streamed, or kept, beside the raw loop and other ways to type it."""

import asyncio
import gc
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import attrs
from _bench import Child, Measured, Row, installed, interleaved, parser, positive
from _goals import Goal, Workload, per_round, told
from _growth import Growth
from _payload import PAGE
from _prebuilt import Prebuilt, pin
from _readers import Job, Reader, bare, pydantic, raw, raw_stdlib, sdk, sdk_sync, sdk_without_raw, stock_cattrs

ITEMS: Final = 100_000

# A run of the slowest case on a slow machine, in seconds.
_PATIENCE: Final = 120.0
# Pages that are read before anything is measured.
_WARM: Final = 3


@attrs.frozen(kw_only=True)
class Case:
    """One way to read.

    Attributes:
        name: Its name.
        read: What reads; not a coroutine function for the sync facade.
        keep: Whether all items are kept.
        kind: What kind of items.
        needs: The libraries it needs besides the SDK.
    """

    name: str
    read: Reader | Callable[[Job], int]
    keep: bool = False
    kind: str = "plain"
    needs: tuple[str, ...] = ()


CASES: Final = (
    Case(name="raw", read=raw, needs=("orjson",)),
    Case(name="raw, json of the library", read=raw_stdlib),
    Case(name="msgspec alone, by item", read=bare),
    Case(name="stock cattrs", read=stock_cattrs, needs=("orjson",)),
    Case(name="pydantic", read=pydantic, needs=("pydantic",)),
    Case(name="SDK", read=sdk),
    Case(name="SDK, keep_raw=False", read=sdk_without_raw),
    Case(name="SDK, unknown fields in each", read=sdk, kind="unknown"),
    Case(name="SDK, 1 in 100 does not fit", read=sdk, kind="odd"),
    Case(name="SDK, sync", read=sdk_sync),
    Case(name="raw, kept", read=raw, keep=True, needs=("orjson",)),
    Case(name="pydantic, kept", read=pydantic, keep=True, needs=("pydantic",)),
    Case(name="SDK, kept", read=sdk, keep=True),
    Case(name="SDK, kept, keep_raw=False", read=sdk_without_raw, keep=True),
)


def work(pipe: Connection, case: Case, url: str, pages: int) -> None:
    """Read all in this process; say the figures."""
    pin(1)
    job = Job(url=f"{url}/{case.kind}", keep=case.keep)
    _read(case, attrs.evolve(job, start=max(0, pages - _WARM)))
    gc.collect()
    before = _memory()
    began, began_cpu = time.perf_counter(), time.process_time()
    count = _read(case, job)
    seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    stall = 0.0 if case.keep or case.read is sdk_sync else asyncio.run(_stall(case, job, pages))
    pipe.send({"items": count, "seconds": seconds, "cpu": cpu, "peak": peak, "grown": peak - before, "stall": stall})


def _read(case: Case, job: Job) -> int:
    found = case.read(job)
    return found if isinstance(found, int) else asyncio.run(_awaited(found))


async def _awaited(found: Any) -> int:
    count: int = await found
    return count


async def _stall(case: Case, job: Job, pages: int) -> float:
    """Return for how long a page kept the loop from coming round, in ms: the median of as many as there are pages."""
    stalls: list[float] = []

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0)
            stalls.append(time.perf_counter() - began)

    watching = asyncio.ensure_future(watch())
    await _awaited(case.read(job))
    watching.cancel()
    return 1000 * sorted(stalls, reverse=True)[pages // 2]


def _memory() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 2**20


def measure(case: Case, pages: int) -> Mapping[str, float]:
    """Measure a way to read once, in a process of its own.

    Raises:
        SystemExit: It did not read all.
    """
    with Child(Prebuilt(pages=pages).serve) as server:
        url = server.hear()
        with Child(work, case, url, pages) as worker:
            figures: Mapping[str, float] = worker.hear(_PATIENCE)
        server.tell()
    if figures["items"] != pages * PAGE:
        raise SystemExit(f"{case.name}: {figures['items']} items of {pages * PAGE}")
    return figures


def goals(measured: Sequence[Measured]) -> list[Goal]:
    """Return what was reached."""
    by = {str(one.case["case"]): one for one in measured}
    speed = partial(per_round, by, "seconds", inverse=True)
    return told(
        Goal("W1", "typed streaming / raw aiohttp + orjson", 0.90, 1.05, speed("SDK", "raw")),
        Goal("W1", "typed streaming / pydantic", 2.5, 3.3, speed("SDK", "pydantic")),
        Goal("W1", "typed streaming / stock cattrs", 3.5, 4.5, speed("SDK", "stock cattrs")),
        Goal("W1", "peak memory / raw", 1.05, 1.0, per_round(by, "peak", "SDK", "raw"), least=True),
        Goal("W1", "stall of the loop per page, ms", 10, 5, per_round(by, "stall", "SDK"), least=True),
        Goal("W1", "unknown fields in each item / without", 0.95, 0.99, speed("SDK, unknown fields in each", "SDK")),
        Goal("W1", "1 item in 100 read leniently / none", 0.85, 0.92, speed("SDK, 1 in 100 does not fit", "SDK")),
        Goal(
            "W1k",
            "memory kept, keep_raw=False / dictionaries",
            0.75,
            0.65,
            per_round(by, "grown", "SDK, kept, keep_raw=False", "raw, kept"),
            least=True,
        ),
        Goal(
            "W1k",
            "memory kept, with raw / dictionaries",
            1.0,
            0.9,
            per_round(by, "grown", "SDK, kept", "raw, kept"),
            least=True,
        ),
        Goal("W7", "sync streaming / async streaming", 0.92, 0.97, speed("SDK, sync", "SDK")),
    )


def table(measured: Sequence[Measured]) -> list[Row]:
    """Return the medians."""
    return [
        {
            **one.case,
            "items a second": round(one.median("items") / one.median("seconds")),
            "CPU us an item": round(1e6 * one.median("cpu") / one.median("items"), 2),
            "peak MB": round(one.median("peak")),
            "grown MB": round(one.median("grown")),
            "stall ms": round(one.median("stall"), 1) or None,
        }
        for one in measured
    ]


def _named(case: Case) -> Row:
    return {"case": case.name}


def run(rounds: int, items: int = ITEMS, only: Sequence[str] = ()) -> list[Measured]:
    """Measure all cases whose libraries are there.

    Args:
        rounds: How many times over.
        items: How many items the list has.
        only: The names of the cases; empty for all.
    """
    chosen = [case for case in CASES if not only or case.name in only]
    return interleaved(installed(chosen), rounds, partial(measure, pages=max(1, items // PAGE)), _named)


def _cost(items: int) -> float:
    [case] = [case for case in CASES if case.name == "SDK"]
    return 1e6 * measure(case, items // PAGE)["seconds"] / items


GROWS: Final = Growth(
    workload="W1", what="stream a list of connections", unit="us an item", sizes=(20_000, 100_000), cost=_cost
)
WORKLOAD: Final = Workload("w1_stream", run, table, goals, GROWS)


def main() -> int:
    """Measure, and print a table."""
    options = parser(__doc__ or "")
    options.add_argument("--items", type=positive, default=ITEMS, help=f"items of the list (default: {ITEMS})")
    options.add_argument("--case", action="append", default=[], help="measure this case alone; may be repeated")
    chosen = options.parse_args()
    WORKLOAD.tell(chosen, run(chosen.rounds, chosen.items, chosen.case))
    return 0


if __name__ == "__main__":
    sys.exit(main())
