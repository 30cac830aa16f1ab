"""How long a plan of a large schema takes, and how much memory: by names, by patterns, and with columns."""

import gc
import time
import tracemalloc
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
from _bench import Measured, Row, interleaved, parser, positive
from _goals import Workload, no_goals
from _growth import Growth

from fivetran_async import SchemaConfig
from fivetran_async.schema_plan import Desired, desired_of, plan

SCHEMAS: Final = 10
TABLES: Final = 5_000


@attrs.frozen(kw_only=True)
class Case:
    """One kind of desired state, against so many tables with so many touched columns each."""

    kind: str
    tables: int
    columns: int


def configuration(case: Case) -> SchemaConfig:
    """Make a configuration, all of it switched on."""
    columns = {f"column_{number}": {"enabled": True, "hashed": False} for number in range(case.columns)}
    tables = {
        f"table_{number}": {"enabled": True, "sync_mode": "SOFT_DELETE", "columns": columns}
        for number in range(case.tables // SCHEMAS)
    }
    schemas = {f"schema_{number}": {"enabled": True, "tables": tables} for number in range(SCHEMAS)}
    return SchemaConfig.from_dict({"schema_change_handling": "ALLOW_ALL", "schemas": schemas})


def wanted(case: Case, current: SchemaConfig) -> dict[str, Any]:
    """Make a desired state that changes all tables, or all their columns."""
    if case.kind == "names":
        data = desired_of(current)
        for schema in data["schemas"].values():
            for table in schema["tables"].values():
                table["enabled"] = False
        return data
    if case.kind == "columns":
        return {"rules": [{"columns": "*.column_*", "hashed": True}]}
    rules = [{"tables": f"*.table_*{number}", "enabled": False, "optional": True} for number in range(20)]
    return {"rules": [*rules, {"tables": "schema_*.*", "enabled": False}]}


def measure(case: Case) -> Mapping[str, float]:
    """Plan once for the time, and once for the memory, which takes time to count."""
    current = configuration(case)
    data = wanted(case, current)
    gc.collect()
    began = time.perf_counter()
    desired = Desired.from_dict(data)
    read = time.perf_counter()
    todo = plan(current, desired)
    planned = time.perf_counter()
    changes = len(todo.changes)
    text = todo.text()
    written = time.perf_counter()
    del todo, text
    gc.collect()
    tracemalloc.start()
    kept = plan(current, desired)
    now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {
        "changes": changes,
        "read": read - began,
        "plan": planned - read,
        "text": written - planned,
        "kept": now,
        "peak": peak,
        "calls": kept.calls,
    }


def row(measured: Measured) -> Row:
    """Return a case as a row of the table."""
    return {
        **measured.case,
        "changes": int(measured.median("changes")),
        "calls": int(measured.median("calls")),
        "read ms": round(measured.median("read") * 1000, 1),
        "plan ms": round(measured.median("plan") * 1000, 1),
        "text ms": round(measured.median("text") * 1000, 1),
        "plan MB": round(measured.median("kept") / 1e6, 1),
        "peak MB": round(measured.most("peak") / 1e6, 1),
    }


def cases(tables: int) -> list[Case]:
    """Return what is to be planned, for a schema of so many tables."""
    return [
        Case(kind="names", tables=tables, columns=0),
        Case(kind="patterns", tables=tables, columns=0),
        Case(kind="columns", tables=tables, columns=10),
    ]


def table(measured: Sequence[Measured]) -> list[Row]:
    """Return the medians."""
    return [row(found) for found in measured]


def run(rounds: int, tables: int = TABLES) -> list[Measured]:
    """Measure all cases, so many times over."""
    return interleaved(cases(tables), rounds, measure, attrs.asdict)


def _cost(tables: int) -> float:
    return 1e6 * measure(Case(kind="patterns", tables=tables, columns=0))["plan"] / tables


GROWS: Final = Growth(
    workload="W9", what="plan a schema of tables by patterns", unit="us a table", sizes=(500, TABLES), cost=_cost
)
WORKLOAD: Final = Workload("schema_plan", run, table, no_goals, GROWS)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure all cases and print the table."""
    options = parser(__doc__ or "")
    options.add_argument(
        "--tables", type=positive, default=TABLES, help=f"how many tables there are (default: {TABLES})"
    )
    chosen = options.parse_args(arguments)
    WORKLOAD.tell(chosen, run(chosen.rounds, chosen.tables))


if __name__ == "__main__":
    main()
