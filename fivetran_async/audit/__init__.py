"""Audits: a whole account read once, judged by rules, reported."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fivetran_async._counting import CallCount
from fivetran_async._forks import loading
from fivetran_async.audit.collect import OnProgress, collect
from fivetran_async.audit.findings import DEEP_KINDS, SOURCE_KINDS, Finding, Hit, Kind, Severity
from fivetran_async.audit.inventory import Gap, Inventory, Progress
from fivetran_async.audit.report import AuditReport, in_order
from fivetran_async.audit.rules import RULES, Rule, chosen
from fivetran_async.audit.thresholds import Thresholds
from fivetran_async.errors import ArgumentError

if TYPE_CHECKING:
    from fivetran_async.client import Fivetran

__all__ = [
    "DEEP_KINDS",
    "RULES",
    "SOURCE_KINDS",
    "AuditReport",
    "Finding",
    "Gap",
    "Hit",
    "Inventory",
    "Kind",
    "OnProgress",
    "Progress",
    "Rule",
    "Severity",
    "Thresholds",
    "audit",
]


async def audit(
    ft: "Fivetran",
    *,
    rules: Iterable[Rule | str] | None = None,
    thresholds: Thresholds | None = None,
    on_progress: OnProgress | None = None,
) -> AuditReport:
    """Read the account and judge it.

    Costs one call for every 1,000 groups, destinations and connections: 12 for 10,000 connections in 20 groups.
    What cannot be read does not hide the rest: it stands in the report's `incomplete`.

    ```python
    report = await audit(ft)
    for finding in report.findings:
        print(finding.severity, finding.rule, finding.group_name, finding.name, finding.reason)
    ```

    Args:
        ft: The client; its budget, retry policy, hooks and clock are used.
        rules: Which rules to judge by, as rules or ids of `RULES`; None for all of them. Only what they need is
            read, and the groups for their names.
        thresholds: What is still fine; None for `Thresholds()`.
        on_progress: Called with a `Progress` after every page, on the event loop; it must return quickly. What it
            raises ends the audit.

    Returns:
        What was found, worst first, and what could not be seen.

    Raises:
        ArgumentError: There is no rule of such an id, or `ft` is no client of this package.
        UnauthorizedError: The credentials are not accepted, and nothing at all could be read.
        ClosedError: The client is closed.
    """
    # Late, because rules and reports are read without any I/O at hand.
    with loading():
        from fivetran_async.client import Fivetran  # noqa: PLC0415

    if not isinstance(ft, Fivetran):
        raise ArgumentError(
            f"ft must be a client of fivetran_async, not {type(ft).__module__}.{type(ft).__name__}; "
            "for a client of fivetran_sync there is fivetran_sync.audit"
        )
    judges = chosen(rules, RULES)
    limits = thresholds or Thresholds()
    count = CallCount()
    began = ft.clock.monotonic()
    kinds = {Kind.GROUP, *(Kind(kind) for rule in judges for kind in rule.kinds)}
    inventory, gaps = await collect(ft.with_options(hooks=[*ft.hooks, count]), kinds, on_progress)
    # After the reading, so that nothing that was read lies in the future.
    now = ft.clock.now()
    able = [rule for rule in judges if rule.can_judge(inventory)]
    findings = in_order(finding for rule in able for finding in rule.judge(inventory, now, limits))
    return AuditReport(
        findings=findings,
        inventory=inventory,
        calls=count.calls,
        incomplete=gaps,
        skipped=tuple(rule.id for rule in judges if rule not in able),
        as_of=now,
        seconds=ft.clock.monotonic() - began,
    )
