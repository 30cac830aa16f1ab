"""What is new, fixed and still open between two audits."""

from datetime import datetime
from typing import Any

import attrs

from fivetran_async.audit.findings import AnyKind, AnySeverity
from fivetran_async.audit.reports.words import instant

TRENDS_VERSION = 1
"""The version of `Trends.to_dict`; it grows when a field changes its meaning or goes."""


@attrs.frozen(kw_only=True)
class Run:
    """One audit in a history.

    Attributes:
        as_of: The time that it judged by.
        open: How many findings it had.
        waived: How many more had an exception in the policy.
        unknown: How many findings of audits before could not be looked for.
        gaps: How many gaps it had; with any of them, fewer findings are no progress.
        calls: How many requests it sent.
    """

    as_of: datetime
    open: int
    waived: int
    unknown: int
    gaps: int
    calls: int

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as plain JSON values."""
        return attrs.asdict(self) | {"as_of": instant(self.as_of)}


@attrs.frozen(kw_only=True)
class TrackedFinding:
    """A finding as a history knows it: the same rule about the same object.

    Attributes:
        rule: The id of the rule.
        severity: How bad it is, or was when it was last seen.
        kind: What kind of object it is about.
        id: That object.
        name: Its name; None if it is not known.
        group_name: Its group's name; None if it is not known.
        service: Its type; None for what has no types.
        reason: What was seen when it was last seen.
        since: The audit that it was first seen by, without a break since.
    """

    rule: str
    severity: AnySeverity
    kind: AnyKind
    id: str
    name: str | None
    group_name: str | None
    service: str | None
    reason: str
    since: datetime

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same finding in two audits."""
        return self.rule, str(self.kind), self.id

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as plain JSON values."""
        fields: dict[str, Any] = attrs.asdict(self)
        return {name: str(value) if isinstance(value, str) else value for name, value in fields.items()} | {
            "since": instant(self.since)
        }


@attrs.frozen(kw_only=True)
class Trends:
    """The difference between two audits of a history; each list is worst first.

    Attributes:
        latest: The later audit.
        previous: The one that it is compared with; None if it is the first, and then all is new.
        new: What was not there in the previous one, or had an exception.
        open: What was there and still is.
        fixed: What was there, was looked for, and is gone.
        waived: What was there and has an exception by now.
        unknown: What was there and could not be looked for this time: not read, or its rule not judged.
        runs: The audits of the history, the latest first.
    """

    latest: Run
    previous: Run | None
    new: tuple[TrackedFinding, ...]
    open: tuple[TrackedFinding, ...]
    fixed: tuple[TrackedFinding, ...]
    waived: tuple[TrackedFinding, ...]
    unknown: tuple[TrackedFinding, ...]
    runs: tuple[Run, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the trends as plain JSON values, with their `version`."""
        return {
            "version": TRENDS_VERSION,
            "latest": self.latest.to_dict(),
            "previous": None if self.previous is None else self.previous.to_dict(),
            **{
                name: [finding.to_dict() for finding in getattr(self, name)]
                for name in ("new", "open", "fixed", "waived", "unknown")
            },
            "runs": [run.to_dict() for run in self.runs],
        }
