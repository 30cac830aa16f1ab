"""Audits: a whole account read once, judged by rules, reported."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs

from fivetran_async._counting import CallCount
from fivetran_async._forks import loading
from fivetran_async.audit.access import Access, access_matrix
from fivetran_async.audit.collect import OnProgress, collect
from fivetran_async.audit.findings import DEEP_KINDS, SOURCE_KINDS, Finding, Hit, Kind, Severity
from fivetran_async.audit.inventory import Gap, Inventory, Progress
from fivetran_async.audit.judging import judge
from fivetran_async.audit.personal import PERSONAL_NAMES
from fivetran_async.audit.policy import Allowed, PersonalColumns, Policy, Waiver
from fivetran_async.audit.policy_file import load_policy
from fivetran_async.audit.policy_schema import policy_schema
from fivetran_async.audit.report import AuditReport
from fivetran_async.audit.rules import RULES, Rule, Tier, chosen, tiers
from fivetran_async.audit.tables import loaded_tables
from fivetran_async.audit.thresholds import Thresholds
from fivetran_async.errors import ArgumentError

if TYPE_CHECKING:
    from fivetran_async.client import Fivetran

__all__ = [
    "DEEP_KINDS",
    "PERSONAL_NAMES",
    "RULES",
    "SOURCE_KINDS",
    "Access",
    "Allowed",
    "AuditReport",
    "Finding",
    "Gap",
    "Hit",
    "Inventory",
    "Kind",
    "OnProgress",
    "PersonalColumns",
    "Policy",
    "Progress",
    "Rule",
    "Severity",
    "Thresholds",
    "Tier",
    "Waiver",
    "access_matrix",
    "audit",
    "load_policy",
    "loaded_tables",
    "policy_schema",
]


async def audit(
    ft: "Fivetran",
    *,
    rules: Iterable[Rule | str] | None = None,
    policy: Policy | None = None,
    deep: bool = False,
    columns: bool = False,
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
        rules: Which rules to judge by, as rules or ids of `RULES`; None for those whose tier is `lists`, and those
            that the policy switches on, without those that it switches off. Only what they need is read, and the
            groups for their names.
        policy: What the account is held to; None for `Policy()`. See `load_policy`.
        deep: Whether rules of the tier `deep` are on, too: a call for each object that they are about.
        columns: Whether rules of the tiers `deep` and `columns` are on, too: calls that reach the sources, one for
            each table.
        thresholds: What is still fine, in the place of the policy's; None for those.
        on_progress: Called with a `Progress` after every page, on the event loop; it must return quickly. What it
            raises ends the audit.

    Returns:
        What was found, worst first, and what could not be seen.

    Raises:
        ArgumentError: There is no rule of such an id, in `rules` or in the policy, or `ft` is no client of
            this package.
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
    held_to = policy or Policy()
    if thresholds is not None:
        held_to = attrs.evolve(held_to, thresholds=thresholds)
    judges = chosen(rules, RULES, held_to, tiers(deep=deep, columns=columns))
    count = CallCount()
    began = ft.clock.monotonic()
    kinds = {Kind.GROUP, *(Kind(kind) for rule in judges for kind in rule.kinds)}
    inventory, gaps = await collect(ft.with_options(hooks=[*ft.hooks, count]), kinds, on_progress)
    # After the reading, so that nothing that was read lies in the future.
    now = ft.clock.now()
    judged = judge(judges, inventory, now, held_to)
    return AuditReport(
        findings=judged.findings,
        waived=judged.waived,
        inventory=inventory,
        calls=count.calls,
        incomplete=gaps,
        skipped=judged.skipped,
        as_of=now,
        seconds=ft.clock.monotonic() - began,
    )
