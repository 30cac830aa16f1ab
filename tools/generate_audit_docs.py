"""Writes what the documents say of the audit's rules and policies; --check fails on any difference.

The table in docs/audit_rules.md is made of `RULES`, and docs/policy.schema.json of `policy_schema()`.
"""

import json
import re
import sys
from pathlib import Path

from described import ROOT, settled

from fivetran_async.audit import PERSONAL_NAMES, RULES, Kind, Rule, Thresholds, policy_schema

PAGE = ROOT / "docs" / "audit_rules.md"
SCHEMA = ROOT / "docs" / "policy.schema.json"


def part(name: str, content: str, text: str) -> str:
    """Return a document with the part between its two marks replaced.

    Raises:
        ValueError: It has no such part.
    """
    marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    if not marks.search(text):
        raise ValueError(f"there is no part {name!r}")
    return marks.sub(lambda found: f"{found[1]}{content}{found[2]}", text)


def table() -> str:
    """Return the table of all rules."""
    rows = ["| rule | severity | tier | reported when | reads | what to do |", "|---|---|---|---|---|---|"]
    rows += [
        f"| `{rule.id}` | {rule.severity} | {rule.tier} | {rule.when} | {_reads(rule)} | {rule.remedy} |"
        for rule in RULES
    ]
    return "\n".join(rows) + "\n"


def thresholds() -> str:
    """Return the table of all thresholds."""
    described = policy_schema()["$defs"][Thresholds.__name__]["properties"]
    rows = [f"| `{name}` | {field['default']:g} | {field['description']} |" for name, field in described.items()]
    return "\n".join(["| threshold | default | what is still fine |", "|---|---|---|", *rows]) + "\n"


def names() -> str:
    """Return the list of names that look personal."""
    return ", ".join(f"`{name}`" for name in PERSONAL_NAMES) + ".\n"


def generate() -> dict[Path, str]:
    """Return every file with its text."""
    page = PAGE.read_text(encoding="utf-8")
    for name, content in (("rules", table()), ("thresholds", thresholds()), ("names", names())):
        page = part(name, content, page)
    return {PAGE: page, SCHEMA: json.dumps(policy_schema(), indent=2) + "\n"}


def _reads(rule: Rule) -> str:
    return ", ".join(kind.plural for kind in Kind if kind in rule.kinds)


def main() -> int:
    """Write the files, or with --check say which differ."""
    return settled(generate())


if __name__ == "__main__":
    sys.exit(main())
