"""All workloads that have goals, in one run: medians and ratios with their spread, as a table, JSON and Markdown."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import ahead
import w1_stream
import w2_fanout
import w3_sync_calls
import w5_import
import w6_audit
import w8_webhooks
from _bench import Measured, Row, parser, show, write

HERE: Final = Path(__file__).parent
RESULTS: Final = HERE / "results.json"
MARKDOWN: Final = HERE / "results.md"


WORKLOADS: Final = (
    w1_stream.WORKLOAD,
    ahead.WORKLOAD,
    w2_fanout.WORKLOAD,
    w3_sync_calls.WORKLOAD,
    w5_import.WORKLOAD,
    w6_audit.WORKLOAD,
    w8_webhooks.WORKLOAD,
)


def _before() -> dict[tuple[str, str], float]:
    """Return the medians of the last run that was committed, by workload and what they say."""
    if not RESULTS.exists():
        return {}
    rows = json.loads(RESULTS.read_text(encoding="utf-8"))["goals"]
    return {(row["workload"], row["what"]): row["median"] for row in rows}


def _markdown(rows: Sequence[Row]) -> str:
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
    lines += ["| " + " | ".join("" if value is None else str(value) for value in row.values()) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure all of them, print tables, and compare with the last result."""
    options = parser(__doc__ or "")
    options.set_defaults(rounds=5)
    options.add_argument("--items", type=int, default=w1_stream.ITEMS, help="items of the list that is streamed")
    options.add_argument("--only", action="append", default=[], help="measure this workload alone; may be repeated")
    options.add_argument("--keep", action="store_true", help="write results.json and results.md beside this file")
    chosen: Any = options.parse_args()
    before, rows, everything = _before(), list[Row](), list[Measured]()
    for workload in WORKLOADS:
        if chosen.only and workload.name not in chosen.only:
            continue
        measured = workload.run(chosen.rounds, *((chosen.items,) if workload is w1_stream.WORKLOAD else ()))
        everything += measured
        print(f"\n{workload.name}")
        show(workload.table(measured))
        for goal in workload.goals(measured):
            rows.append({**goal.row(), "before": before.get((goal.workload, goal.what))})
    print()
    show(rows)
    write(chosen.json, "run_all", vars(chosen), everything)
    if chosen.keep:
        kept = {(row["workload"], row["what"]): row for row in _kept_rows()} | {
            (row["workload"], row["what"]): row for row in rows
        }
        plain = [{name: value for name, value in row.items() if name != "before"} for row in kept.values()]
        RESULTS.write_text(json.dumps({"goals": plain}, indent=2) + "\n", encoding="utf-8")
        MARKDOWN.write_text(_markdown(plain), encoding="utf-8")
    return 0


def _kept_rows() -> list[Row]:
    return json.loads(RESULTS.read_text(encoding="utf-8"))["goals"] if RESULTS.exists() else []


if __name__ == "__main__":
    sys.exit(main())
