"""Audits: a whole account read once, judged by rules, reported."""

from collections.abc import Iterable
from os import PathLike
from typing import TYPE_CHECKING

from fivetran_async.audit import planning
from fivetran_async.audit._run import carry_out, job
from fivetran_async.audit.access import Access, access_matrix
from fivetran_async.audit.collect import OnProgress
from fivetran_async.audit.findings import DEEP_KINDS, SOURCE_KINDS, TEST_KINDS, Finding, Hit, Kind, Severity
from fivetran_async.audit.inventory import Gap, Inventory, Progress
from fivetran_async.audit.personal import PERSONAL_NAMES
from fivetran_async.audit.planning import Plan, PlannedCalls
from fivetran_async.audit.policy import Allowed, PersonalColumns, Policy, Waiver
from fivetran_async.audit.policy_file import load_policy
from fivetran_async.audit.policy_schema import policy_schema
from fivetran_async.audit.report import AuditReport
from fivetran_async.audit.rules import RULES, Rule, Tier
from fivetran_async.audit.streaming import Findings
from fivetran_async.audit.tables import loaded_tables
from fivetran_async.audit.thresholds import Thresholds

if TYPE_CHECKING:
    from fivetran_async.client import Fivetran

__all__ = [
    "DEEP_KINDS",
    "PERSONAL_NAMES",
    "RULES",
    "SOURCE_KINDS",
    "TEST_KINDS",
    "Access",
    "Allowed",
    "AuditReport",
    "Finding",
    "Findings",
    "Gap",
    "Hit",
    "Inventory",
    "Kind",
    "OnProgress",
    "PersonalColumns",
    "Plan",
    "PlannedCalls",
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
    "plan",
    "policy_schema",
    "stream",
]


async def audit(
    ft: "Fivetran",
    *,
    rules: Iterable[Rule | str] | None = None,
    policy: Policy | None = None,
    thresholds: Thresholds | None = None,
    deep: bool = False,
    columns: bool = False,
    tests: bool = False,
    max_calls: int | None = None,
    reserve: int | None = None,
    resume: str | PathLike[str] | None = None,
    on_progress: OnProgress | None = None,
) -> AuditReport:
    """Read the account and judge it.

    Costs one call for every 1,000 groups, destinations, connections, and what else the rules need: 12 for 10,000
    connections in 20 groups and nothing else. With `deep` a call for every connection comes on top, with `columns` one
    for every enabled table; `plan` counts them. What cannot be read does not hide the rest: it stands in the
    report's `incomplete`.

    ```python
    report = await audit(ft)
    for finding in report.findings:
        print(finding.severity, finding.rule, finding.group_name, finding.name, finding.reason)
    ```

    Args:
        ft: The client; its budget, retry policy, hooks and clock are used.
        rules: Which rules to judge by, as rules or ids of `RULES`; None for all that need no more than is read: lists,
            unless there is `deep` or `columns`, with those that the policy switches on and without those that it
            switches off. Rules that are named or switched on are read for, whatever that costs.
        policy: What the account is held to, such as `load_policy` returns; None for `Policy()`.
        thresholds: What is still fine, in the place of the policy's; None for those.
        deep: Whether to read the schemas, and to judge by rules that want a call for each object.
        columns: Whether to read all columns of enabled tables, and to judge by rules that want them. These calls reach
            the source, of which the account has 5,000 an hour; the schemas are read for them.
        tests: Whether to run tests, and to judge by rules that want them: setup tests of connections that are broken or
            whose last sync failed, of destinations and of log services, of which the account has 2,500 an hour, and a
            test event to each active webhook. These are POST calls: the client must not be read-only.
        max_calls: How many requests this run may send, retries included, from 1; None for any number. What goes
            beyond is left for later, and stands in `incomplete`.
        reserve: How many of the hour's calls to leave to others, from 0: what goes beyond is left for later as well.
            None for what the client's budget leaves, which waits instead.
        resume: A file to go on from, which is made if it is not there. Every page that comes is written to it at once,
            without secrets, so that an audit that was killed, or left something for later, goes on where it was and
            judges by the time of its beginning. It serves one API key and the same rules and options.
        on_progress: Called with a `Progress` after every page, on the event loop; it must return quickly. What it
            raises ends the audit.

    Returns:
        What was found, worst first, and what could not be seen.

    Raises:
        ArgumentError: There is no rule of such an id, in `rules` or in the policy, a number is out of its range, `ft`
            is no client of this package, or the file is another audit's.
        UnauthorizedError: The credentials are not accepted, and nothing at all could be read.
        ClosedError: The client is closed.
        FivetranError: The file cannot be read or written.
    """
    todo = job(
        ft,
        rules=rules,
        policy=policy,
        thresholds=thresholds,
        deep=deep,
        columns=columns,
        tests=tests,
        max_calls=max_calls,
        reserve=reserve,
        resume=resume,
    )
    return await carry_out(todo, on_progress)


async def plan(
    ft: "Fivetran",
    *,
    rules: Iterable[Rule | str] | None = None,
    policy: Policy | None = None,
    deep: bool = False,
    columns: bool = False,
    tests: bool = False,
    max_calls: int | None = None,
    reserve: int | None = None,
    resume: str | PathLike[str] | None = None,
    on_progress: OnProgress | None = None,
) -> Plan:
    """Count the calls of an audit before it is begun.

    The API gives no totals, so this makes the survey: it reads the lists, 1,000 objects a call, which is all that an
    audit without `deep` and `columns` does. With `resume` the audit does not read them again.

    ```python
    cost = await plan(ft, deep=True, resume="audit.resume")
    print(cost.survey, cost.calls, cost.minutes)
    report = await audit(ft, deep=True, resume="audit.resume")
    ```

    Args:
        ft: The client.
        rules: As for `audit`.
        policy: As for `audit`.
        deep: As for `audit`.
        columns: As for `audit`. Their calls can be counted once `resume` has the schemas.
        tests: As for `audit`.
        max_calls: As for `audit`; the plan says how many calls do not fit.
        reserve: As for `audit`; the plan says how many calls do not fit.
        resume: As for `audit`.
        on_progress: As for `audit`.

    Returns:
        The calls that are left, kind by kind, and how long they take.

    Raises:
        ArgumentError: As for `audit`.
        UnauthorizedError: The credentials are not accepted, and nothing at all could be read.
        ClosedError: The client is closed.
        FivetranError: The file cannot be read or written.
    """
    todo = job(
        ft,
        rules=rules,
        policy=policy,
        thresholds=None,
        deep=deep,
        columns=columns,
        tests=tests,
        max_calls=max_calls,
        reserve=reserve,
        resume=resume,
    )
    return await planning.make(todo, on_progress)


def stream(
    ft: "Fivetran",
    *,
    rules: Iterable[Rule | str] | None = None,
    policy: Policy | None = None,
    thresholds: Thresholds | None = None,
    deep: bool = False,
    columns: bool = False,
    tests: bool = False,
    max_calls: int | None = None,
    reserve: int | None = None,
    resume: str | PathLike[str] | None = None,
    on_progress: OnProgress | None = None,
) -> Findings:
    """Read the account and hand out the findings of each rule as soon as all that it needs was read.

    ```python
    findings = stream(ft, deep=True)
    async for finding in findings:
        print(finding.severity, finding.rule, finding.name)
    print(findings.report.calls)
    ```

    Args:
        ft: As for `audit`, like all others.
        rules: As for `audit`.
        policy: As for `audit`.
        thresholds: As for `audit`.
        deep: As for `audit`.
        columns: As for `audit`.
        tests: As for `audit`.
        max_calls: As for `audit`.
        reserve: As for `audit`.
        resume: As for `audit`.
        on_progress: As for `audit`.

    Returns:
        The findings, rule by rule; afterwards their `report`. Costs what `audit` costs. All is judged by the time of
        the beginning.

    Raises:
        ArgumentError: As for `audit`; nothing was sent.
    """
    todo = job(
        ft,
        rules=rules,
        policy=policy,
        thresholds=thresholds,
        deep=deep,
        columns=columns,
        tests=tests,
        max_calls=max_calls,
        reserve=reserve,
        resume=resume,
    )
    return Findings(lambda on_found: carry_out(todo, on_progress, on_found))
