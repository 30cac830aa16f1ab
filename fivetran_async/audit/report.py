"""What an audit returns."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from fivetran_async.audit.findings import AnyKind, AnySeverity, Finding, Kind, Severity
from fivetran_async.audit.inventory import Gap, Inventory
from fivetran_async.errors import ArgumentError

REPORT_VERSION = 1
"""The version of `AuditReport.to_dict`; it grows when a field changes its meaning or goes."""


@attrs.frozen(kw_only=True)
class AuditReport:
    """What an audit found, and what it could not see.

    Attributes:
        findings: What was found, worst first; the same account gives the same order.
        inventory: What was read.
        calls: How many requests this audit sent, retries included.
        incomplete: What could not be read to the end. A report with such gaps is never clean.
        skipped: The ids of the rules that could not be judged because of them.
        waived: What was found, too, and has an exception in the policy that holds; it counts for nothing.
        as_of: The time that everything was judged by.
        seconds: How long the audit took.
    """

    findings: tuple[Finding, ...] = attrs.field(repr=lambda findings: f"<{len(findings)}>")
    inventory: Inventory = attrs.field(repr=False)
    calls: int
    incomplete: tuple[Gap, ...]
    skipped: tuple[str, ...]
    as_of: datetime
    seconds: float
    waived: tuple[Finding, ...] = attrs.field(default=(), repr=lambda findings: f"<{len(findings)}>")

    @property
    def counts(self) -> Mapping[AnySeverity, int]:
        """How many findings each severity has, worst first, the known ones with 0, too."""
        counts: dict[AnySeverity, int] = dict.fromkeys(Severity, 0)
        counts.update(Counter(finding.severity for finding in self.findings))
        return counts

    @property
    def counts_by_rule(self) -> Mapping[str, int]:
        """How many findings each rule has that has any, in the order of the findings."""
        return Counter(finding.rule for finding in self.findings)

    @property
    def worst(self) -> AnySeverity | None:
        """The severity of the worst finding; None if there is none."""
        return self.findings[0].severity if self.findings else None

    @property
    def clean(self) -> bool:
        """Whether everything was read and nothing found."""
        return not self.findings and not self.incomplete

    @property
    def _asked(self) -> frozenset[AnyKind]:
        return self.inventory.whole | self.inventory.partial | {gap.kind for gap in self.incomplete}

    def exceeds(self, severity: AnySeverity) -> bool:
        """Return whether a finding is as bad as this, or worse.

        Raises:
            ArgumentError: There is no such severity.
        """
        if severity not in list(Severity):
            allowed = ", ".join(map(str, Severity))
            raise ArgumentError(f"severity must be one of {allowed}, not {severity!r}")
        return any(Severity(finding.severity) >= severity for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON values, with its `version`; the inventory only in figures."""
        return {
            "version": REPORT_VERSION,
            "as_of": self.as_of.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "summary": {
                "worst": None if self.worst is None else str(self.worst),
                "by_severity": {str(severity): count for severity, count in self.counts.items()},
                "by_rule": dict(self.counts_by_rule),
                "read": {str(kind): self.inventory.count(kind) for kind in Kind if kind in self._asked},
                "seconds": round(self.seconds, 3),
            },
            "calls": self.calls,
            "incomplete": [gap.to_dict() for gap in self.incomplete],
            "skipped": list(self.skipped),
            "findings": [finding.to_dict() for finding in self.findings],
            "waived": [finding.to_dict() for finding in self.waived],
        }


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings worst first, then by rule, group and name, so that two runs can be compared."""
    return tuple(
        sorted(
            findings,
            key=lambda finding: (
                -Severity(finding.severity).rank,
                finding.rule,
                finding.group_name or "",
                finding.name or "",
                finding.id,
            ),
        )
    )
