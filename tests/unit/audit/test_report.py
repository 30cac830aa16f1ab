"""The report: order, counts, bounds, JSON."""

import json
import pickle
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from fivetran_async.audit import AuditReport, Finding, Gap, Inventory, Kind, Severity
from fivetran_async.audit.report import in_order
from fivetran_async.errors import ArgumentError
from fivetran_async.models.groups import Group

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)


def finding(severity: str, rule: str = "r", name: str | None = "n", number: int = 0) -> Finding:
    """Return a finding."""
    return Finding(
        rule=rule,
        severity=Severity(severity),
        kind=Kind.CONNECTION,
        id=f"c{number}",
        name=name,
        group_id=None,
        group_name=None,
        service="postgres",
        title="T",
        reason="R",
        remedy="D",
    )


def report(*findings: Finding, **fields: Any) -> AuditReport:
    """Return a report."""
    base: dict[str, Any] = {
        "findings": in_order(findings),
        "inventory": Inventory(groups={"g": Group(id="g")}),
        "calls": 3,
        "incomplete": (),
        "skipped": (),
        "as_of": NOW,
        "seconds": 0.25,
    }
    return AuditReport(**base | fields)


MIXED = [
    finding("info", "a"),
    finding("critical", "z", "b"),
    finding("critical", "z", "a"),
    finding("critical", "b", None, 2),
    finding("critical", "b", None, 1),
    finding("fatal", "a"),
    finding("warning", "c"),
]


def test_order_is_worst_first_and_repeatable():
    """Two audits of the same account could not be compared, or the worst be at the end."""
    expected = [(str(item.severity), item.rule, item.name, item.id) for item in in_order(MIXED)]
    assert expected == [
        ("critical", "b", None, "c1"),
        ("critical", "b", None, "c2"),
        ("critical", "z", "a", "c0"),
        ("critical", "z", "b", "c0"),
        ("warning", "c", "n", "c0"),
        ("info", "a", "n", "c0"),
        ("fatal", "a", "n", "c0"),
    ]
    for seed in range(5):
        shuffled = random.Random(seed).sample(MIXED, len(MIXED))
        assert in_order(shuffled) == in_order(MIXED)


def test_counts_and_bounds():
    """A finding would not be counted, or slip under the bound that fails a build."""
    mixed = report(*MIXED)
    assert dict(mixed.counts) == {"critical": 4, "error": 0, "warning": 1, "info": 1, "fatal": 1}
    assert mixed.counts_by_rule == {"b": 2, "z": 2, "c": 1, "a": 2}
    assert mixed.worst == "critical"
    mild = report(finding("warning"))
    assert [mild.exceeds(severity) for severity in Severity] == [False, False, True, True]
    assert not report().exceeds(Severity.INFO)
    assert report().worst is None


def test_clean_wants_everything_read():
    """An account that nobody could read would be called clean."""
    gap = Gap(kind=Kind.GROUP, reason="403", status=403, error="ForbiddenError", read=0)
    assert report().clean
    assert not report(incomplete=(gap,)).clean
    assert not report(finding("info")).clean


def test_json():
    """Scripts that read the report would break."""
    gap = Gap(kind=Kind.DESTINATION, reason="no", status=None, error="ConnectError", read=0)
    inventory = Inventory(whole=frozenset({Kind.GROUP}))
    data = report(finding("error"), incomplete=(gap,), skipped=("stale",), inventory=inventory).to_dict()
    assert json.loads(json.dumps(data)) == data
    assert data == {
        "version": 1,
        "as_of": "2026-08-01T12:00:00Z",
        "summary": {
            "worst": "error",
            "by_severity": {"critical": 0, "error": 1, "warning": 0, "info": 0},
            "by_rule": {"r": 1},
            "read": {"group": 0, "destination": None},
            "seconds": 0.25,
        },
        "calls": 3,
        "incomplete": [
            {"kind": "destination", "reason": "no", "status": None, "error": "ConnectError", "read": 0, "unread": 0},
        ],
        "skipped": ["stale"],
        "findings": [
            {
                "rule": "r",
                "severity": "error",
                "kind": "connection",
                "id": "c0",
                "name": "n",
                "group_id": None,
                "group_name": None,
                "service": "postgres",
                "title": "T",
                "reason": "R",
                "remedy": "D",
                "details": [],
            }
        ],
        "waived": [],
    }


def test_report_pickles_and_hashes():
    """A report could not be handed to another process, or kept in a set."""
    whole = report(*MIXED)
    assert pickle.loads(pickle.dumps(whole)) == whole  # noqa: S301 - made here
    assert len({whole, report(*MIXED)}) == 1


@pytest.mark.parametrize("severity", ["never", "eror", "CRITICAL", None])
def test_an_unknown_severity_is_refused(severity: Any) -> None:
    """A misspelt severity would be exceeded by everything."""
    with pytest.raises(ArgumentError, match="critical, error, warning, info"):
        report().exceeds(severity)


def test_a_report_prints_in_a_line() -> None:
    """Printing a report would print the whole account."""
    assert len(repr(report())) < 300
