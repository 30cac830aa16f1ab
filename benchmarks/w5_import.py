"""W5: what importing costs, and what it takes until a client is ready, in time and memory."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import attrs
from _bench import Measured, Row, interleaved
from _goals import Goal, Workload, per_round, told

_CODE: Final = """
import resource, time
{before}
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.perf_counter()
{code}
print(1000 * (time.perf_counter() - began), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024)
"""


@attrs.frozen
class Case:
    """Something that is loaded.

    Attributes:
        name: Its name.
        code: What loads it.
        before: What is loaded already.
    """

    name: str
    code: str
    before: str = ""


CASES: Final = (
    Case("aiohttp", "import aiohttp"),
    Case("fivetran_async", "import fivetran_async"),
    Case("fivetran_sync", "import fivetran_sync"),
    Case("client, aiohttp loaded", "from fivetran_async import Fivetran; Fivetran('k', 's')", "import aiohttp"),
    Case("sync client, aiohttp loaded", "from fivetran_sync import Fivetran; Fivetran('k', 's')", "import aiohttp"),
    Case(
        "first list, client loaded",
        "from fivetran_async import _codec; from fivetran_async.models.connections import Connection; "
        "from fivetran_async.models._twins import way_to; way_to(Connection)",
        "from fivetran_async import Fivetran; Fivetran('k', 's')",
    ),
)


def measure(case: Case) -> Mapping[str, float]:
    """Load it once, in a process of its own."""
    code = _CODE.format(before=case.before, code=case.code)
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    milliseconds, megabytes = done.stdout.split()
    return {"ms": float(milliseconds), "MB": float(megabytes)}


def goals(measured: Sequence[Measured]) -> list[Goal]:
    """Return what was reached."""
    by = {str(one.case["case"]): one for one in measured}
    return told(
        Goal("W5", "import fivetran_async, ms", 25, 5, per_round(by, "ms", "fivetran_async"), least=True),
        Goal("W5", "import fivetran_sync, ms", 25, 5, per_round(by, "ms", "fivetran_sync"), least=True),
        Goal("W5", "client ready over aiohttp, ms", 60, 30, per_round(by, "ms", "client, aiohttp loaded"), least=True),
    )


def table(measured: Sequence[Measured]) -> list[Row]:
    """Return the medians."""
    return [{**one.case, "ms": round(one.median("ms"), 1), "MB": round(one.median("MB"), 1)} for one in measured]


def _named(case: Case) -> Row:
    return {"case": case.name}


def run(rounds: int) -> list[Measured]:
    """Measure all cases, so many times over."""
    return interleaved(CASES, rounds, measure, _named)


WORKLOAD: Final = Workload("w5_import", run, table, goals)


if __name__ == "__main__":
    sys.exit(WORKLOAD.alone(__doc__))
