"""All workloads that have goals, in one run: medians and ratios with their spread, as a table, JSON and Markdown."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import ahead
import goodput
import schema_plan
import w1_stream
import w2_fanout
import w3_sync_calls
import w5_import
import w6_audit
import w8_webhooks
from _bench import Measured, Row, parser, positive, show, write
from _growth import grown

HERE: Final = Path(__file__).parent
RESULTS: Final = HERE / "results.json"
MARKDOWN: Final = HERE / "results.md"


WORKLOADS: Final = (
    w1_stream.WORKLOAD,
    ahead.WORKLOAD,
    w2_fanout.WORKLOAD,
    w3_sync_calls.WORKLOAD,
    goodput.WORKLOAD,
    w5_import.WORKLOAD,
    w6_audit.WORKLOAD,
    w8_webhooks.WORKLOAD,
    schema_plan.WORKLOAD,
)


def _last() -> dict[str, list[Row]]:
    """Return the tables of the last run that was committed."""
    empty: dict[str, list[Row]] = {"goals": [], "growth": []}
    return empty | json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else empty


def _by_name(rows: Sequence[Row]) -> dict[tuple[Any, Any], Row]:
    return {(row["workload"], row["what"]): row for row in rows}


def _markdown(rows: Sequence[Row]) -> str:
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
    lines += ["| " + " | ".join("" if value is None else str(value) for value in row.values()) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure all of them, print tables, and compare with the last result."""
    options = parser(__doc__ or "")
    options.set_defaults(rounds=5)
    options.add_argument("--items", type=positive, default=w1_stream.ITEMS, help="items of the list that is streamed")
    options.add_argument("--only", action="append", default=[], help="measure this workload alone; may be repeated")
    options.add_argument(
        "--growth", type=positive, default=3, metavar="ROUNDS", help="rounds at two sizes (default: 3)"
    )
    options.add_argument("--keep", action="store_true", help="write results.json and results.md beside this file")
    chosen: Any = options.parse_args()
    last, rows, everything = _last(), list[Row](), list[Measured]()
    workloads = [workload for workload in WORKLOADS if not chosen.only or workload.name in chosen.only]
    before = _by_name(last["goals"])
    for workload in workloads:
        measured = workload.run(chosen.rounds, *((chosen.items,) if workload is w1_stream.WORKLOAD else ()))
        everything += measured
        print(f"\n{workload.name}")
        show(workload.table(measured))
        for goal in workload.goals(measured):
            was = before.get((goal.workload, goal.what), {})
            rows.append({**goal.row(), "before": was.get("median")})
    growth = grown([workload.grows for workload in workloads if workload.grows], chosen.growth)
    grew = _by_name(last["growth"])
    print()
    show(rows)
    print()
    show([{**row, "before": grew.get((row["workload"], row["what"]), {}).get("large / small")} for row in growth])
    write(chosen.json, "run_all", vars(chosen), everything)
    if chosen.keep:
        plain = [{name: value for name, value in row.items() if name != "before"} for row in rows]
        kept = {
            "goals": list((before | _by_name(plain)).values()),
            "growth": list((grew | _by_name(growth)).values()),
        }
        RESULTS.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
        MARKDOWN.write_text("\n".join(_markdown(table) for table in kept.values() if table), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
