"""One audit from its arguments to its report: what it has to read, and when a rule can be judged."""

from collections.abc import Callable, Iterable
from datetime import datetime
from os import PathLike
from typing import TYPE_CHECKING

import attrs

from fivetran_async._counting import CallCount
from fivetran_async._forks import loading
from fivetran_async.audit.collect import OnProgress, collecting
from fivetran_async.audit.findings import DEEP_KINDS, SOURCE_KINDS, TEST_KINDS, AnyKind, Finding, Kind
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.policy import Policy
from fivetran_async.audit.report import AuditReport, in_order
from fivetran_async.audit.rules import RULES, Rule, chosen
from fivetran_async.audit.thresholds import Thresholds
from fivetran_async.errors import ArgumentError

if TYPE_CHECKING:
    from fivetran_async.client import Fivetran

OnFound = Callable[[tuple[Finding, ...]], object]


@attrs.frozen(kw_only=True)
class Job:
    """What is to be done.

    Attributes:
        ft: The client.
        rules: What is judged by.
        policy: What the account is held to.
        deep: Whether to read what costs a call for each object.
        columns: Whether to read what costs a call for each table.
        tests: Whether to run tests.
        max_calls: How many requests may be sent.
        reserve: How many of the hour's calls are left to others.
        resume: The file to go on from.
    """

    ft: "Fivetran"
    rules: tuple[Rule, ...]
    policy: Policy
    deep: bool
    columns: bool
    tests: bool
    max_calls: int | None
    reserve: int | None
    resume: str | PathLike[str] | None

    @property
    def kinds(self) -> frozenset[AnyKind]:
        """What is to be read: what the rules need, what was asked for, and the groups for their names."""
        asked = {Kind.GROUP, *([Kind.SCHEMA] if self.deep else ()), *([Kind.COLUMNS] if self.columns else ())}
        return frozenset(asked).union(*(rule.kinds for rule in self.rules))


def job(
    ft: "Fivetran",
    *,
    rules: Iterable[Rule | str] | None,
    policy: Policy | None,
    thresholds: Thresholds | None,
    deep: bool,
    columns: bool,
    tests: bool,
    max_calls: int | None,
    reserve: int | None,
    resume: str | PathLike[str] | None,
) -> Job:
    """Check the arguments.

    Raises:
        ArgumentError: There is no rule of such an id, or `ft` is no client of this package.
    """
    # Late, because rules and reports are read without any I/O at hand.
    with loading():
        from fivetran_async.client import Fivetran  # noqa: PLC0415
        from fivetran_async.resources._base import check_flags  # noqa: PLC0415

    if not isinstance(ft, Fivetran):
        raise ArgumentError(
            f"ft must be a client of fivetran_async, not {type(ft).__module__}.{type(ft).__name__}; "
            "for a client of fivetran_sync there is fivetran_sync.audit"
        )
    check_flags(deep=deep, columns=columns, tests=tests)
    held_to = Policy() if policy is None else policy
    if not isinstance(held_to, Policy):  # pyright: ignore[reportUnnecessaryIsInstance] - users without a checker
        raise ArgumentError(f"policy must be a Policy, not {policy!r}; load_policy(path) reads one from a file")
    if thresholds is not None:
        held_to = attrs.evolve(held_to, thresholds=thresholds)
    found = chosen(rules, RULES, held_to, _beyond(deep=deep, columns=columns, tests=tests))
    testing = [rule.id for rule in found if rule.kinds & TEST_KINDS]
    if testing and ft._pipeline.read_only:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        raise ArgumentError(f"{', '.join(testing)} run tests, which a client with read_only=True does not")
    return Job(
        ft=ft,
        rules=found,
        policy=held_to,
        deep=deep,
        columns=columns,
        tests=tests,
        max_calls=max_calls,
        reserve=reserve,
        resume=resume,
    )


def _beyond(*, deep: bool, columns: bool, tests: bool) -> frozenset[Kind]:
    """Return what is not read unless a rule that was named needs it."""
    kinds = set[Kind]() if deep else set(DEEP_KINDS)
    if not tests:
        kinds |= TEST_KINDS
    if columns:
        # The schemas are read for them.
        kinds.discard(Kind.SCHEMA)
    else:
        kinds |= SOURCE_KINDS
    return frozenset(kinds)


async def carry_out(todo: Job, on_progress: OnProgress | None, on_found: OnFound | None = None) -> AuditReport:
    """Read and judge.

    Args:
        todo: What is to be done.
        on_progress: Told how far it is.
        on_found: Told what was found as soon as all that a rule needs was read. All is judged by the time of the
            beginning then.
    """
    ft, count = todo.ft, CallCount()
    began = ft.clock.monotonic()
    judging = _Judging(todo, ft.clock.now() if on_found else None, on_found)
    async with collecting(
        ft.with_options(hooks=[*ft.hooks, count]),
        todo.kinds,
        max_calls=todo.max_calls,
        reserve=todo.reserve,
        resume=todo.resume,
        on_progress=on_progress,
        on_kind=judging.heed if on_found else None,
    ) as collector:
        judging.read = collector.readings.inventory
        judging.as_of = collector.as_of or judging.as_of
        await collector.survey()
        await collector.each(collector.readings.each())
        await collector.columns(collector.readings.columns())
        inventory, gaps = collector.readings.inventory(), collector.readings.gaps()
    # After the reading, so that nothing that was read lies in the future.
    judging.as_of = judging.as_of or ft.clock.now()
    judging.judge(inventory, todo.rules)
    return AuditReport(
        findings=in_order(finding for found in judging.found.values() for finding in found),
        waived=in_order(judging.waived),
        inventory=inventory,
        calls=count.calls,
        incomplete=gaps,
        skipped=tuple(rule.id for rule in todo.rules if rule.id not in judging.found),
        as_of=judging.as_of,
        seconds=ft.clock.monotonic() - began,
    )


class _Judging:
    """Which rules were judged, and what they found."""

    def __init__(self, todo: Job, as_of: datetime | None, on_found: OnFound | None) -> None:
        self.as_of = as_of
        self.found: dict[str, tuple[Finding, ...]] = {}
        self.waived: list[Finding] = []
        self.read: Callable[[], Inventory] = Inventory
        self._todo = todo
        self._on_found = on_found
        self._finished: set[AnyKind] = set()
        self._judged: set[str] = set()

    def heed(self, kind: Kind) -> None:
        """Judge by the rules that need no more than what was read by now."""
        self._finished.add(kind)
        if Kind.GROUP in self._finished:
            ready = [rule for rule in self._todo.rules if rule.kinds <= self._finished and rule.id not in self._judged]
            if ready:
                self.judge(self.read(), ready)

    def judge(self, inventory: Inventory, rules: Iterable[Rule]) -> None:
        """Judge by rules, each of them once."""
        for rule in rules:
            if rule.id in self._judged:
                continue
            self._judged.add(rule.id)
            if self.as_of is not None and rule.can_judge(inventory):
                judged = list(self._todo.policy.sort(rule.judge(inventory, self.as_of, self._todo.policy), self.as_of))
                found = tuple(finding for finding, waived in judged if not waived)
                self.found[rule.id] = found
                self.waived += [finding for finding, waived in judged if waived]
                if self._on_found is not None and found:
                    self._on_found(found)
