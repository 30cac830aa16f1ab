"""Compare two reports of `fivetran-async audit --json`, and write as Markdown what changed.

python changes.py BEFORE AFTER OUT, which needs nothing but Python. It prints `drift=true` or `drift=false`, as a step
of GitHub Actions takes it. Without BEFORE, on the first night, nothing has changed.
"""

import json
import sys
from pathlib import Path
from typing import Any, TypeAlias

VERSION = 1
# A comment holds 65,536 characters; two tables of so many rows, each as long as it may be, fit.
SHOWN = 50
REASON = 200
CELL = 60

Key: TypeAlias = tuple[str, str, str]
Findings: TypeAlias = dict[Key, dict[str, Any]]


def read(path: Path) -> Findings:
    """Return the findings of a report, each by its rule and what it is about."""
    report = json.loads(path.read_text(encoding="utf-8"))
    if report["version"] != VERSION:
        raise SystemExit(f"{path} is version {report['version']}; this script reads version {VERSION}")
    if report["incomplete"]:
        # What could not be read would look as if it had been mended.
        raise SystemExit(f"{path} is of an account that was not read to the end")
    return {(finding["rule"], finding["kind"], finding["id"]): finding for finding in report["findings"]}


def code(text: str | None, most: int) -> str:
    """Return a text as code in a table: names in an account are what people gave them, and must notify nobody."""
    plain = " ".join((text or "").replace("`", "'").replace("|", "/").split())
    short = plain if len(plain) <= most else f"{plain[:most]}..."
    return f"`{short}`" if short else ""


def table(title: str, findings: Findings) -> list[str]:
    """Return findings as a table, worst first as the audit has them."""
    if not findings:
        return []
    lines = [
        f"### {title}: {len(findings)}",
        "",
        "| severity | rule | group | name | reason |",
        "|---|---|---|---|---|",
    ]
    for finding in list(findings.values())[:SHOWN]:
        cells = (finding["severity"], finding["rule"], finding["group_name"], finding["name"] or finding["id"])
        lines.append(f"| {' | '.join(code(cell, CELL) for cell in cells)} | {code(finding['reason'], REASON)} |")
    if len(findings) > SHOWN:
        lines.append(f"\nand {len(findings) - SHOWN} more")
    return [*lines, ""]


def main(arguments: list[str]) -> None:
    """Write what is new and what is gone."""
    try:
        before, after, out = map(Path, arguments)
    except ValueError:
        raise SystemExit("changes.py BEFORE AFTER OUT: two reports, and where to write") from None
    now = read(after)
    then = read(before) if before.exists() else now
    new = {key: finding for key, finding in now.items() if key not in then}
    gone = {key: finding for key, finding in then.items() if key not in now}
    lines = [f"## Fivetran: {len(now)} findings", "", *table("New", new), *table("Gone", gone)]
    out.write_text("\n".join(lines), encoding="utf-8")
    print(f"drift={'true' if new or gone else 'false'}")


if __name__ == "__main__":
    main(sys.argv[1:])
