"""What an audit is going to cost, counted before it is begun."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs

from fivetran_async._counting import CallCount
from fivetran_async.audit._run import Job
from fivetran_async.audit._sources import COLUMNS, EACH
from fivetran_async.audit.collect import Collector, OnProgress, collecting
from fivetran_async.audit.findings import AnyKind, Kind
from fivetran_async.audit.inventory import Gap
from fivetran_async.operation import RateClass

if TYPE_CHECKING:
    from fivetran_async.audit._collection import Reading
    from fivetran_async.client import Fivetran

_MINUTE = 60.0


@attrs.frozen(kw_only=True)
class PlannedCalls:
    """The calls that are still to be made for one kind of objects.

    Attributes:
        kind: The kind.
        calls: How many; None for columns whose tables are known only when the schemas were read.
        share: How much that is of what the account may make in an hour, of the scarcest class that the calls count
            in; above 1 for more than an hour's. None where nobody has said what it may make, or how many they are.
        seconds: How long they take, alone: as long as the limits hold them back, and at least as long as so many calls
            take that are as quick as those of the survey.
    """

    kind: AnyKind
    calls: int | None
    share: float | None
    seconds: float


@attrs.frozen(kw_only=True)
class Plan:
    """What an audit is going to cost.

    Attributes:
        survey: How many calls were made to find out: the lists, 1,000 objects a call. With `resume`, the audit does
            not make them again; otherwise it does.
        read: How many objects of each kind they brought; None for a kind that could not be read.
        remaining: The calls that are left, kind by kind.
        calls: How many those are together, as far as they can be counted.
        share: How much that is of what the account may make in an hour; None where nobody has said what it may make.
        seconds: How long they take together.
        later: How many of them do not fit into `max_calls` and `reserve`, and would be left for later.
        incomplete: What could not be read; calls for it are missing from the figures.
        as_of: When it was counted.
    """

    survey: int
    read: Mapping[AnyKind, int | None] = attrs.field(hash=False)
    remaining: tuple[PlannedCalls, ...]
    calls: int
    share: float | None
    seconds: float
    later: int
    incomplete: tuple[Gap, ...]
    as_of: datetime

    @property
    def minutes(self) -> float:
        """How long the calls take together, in minutes."""
        return self.seconds / _MINUTE

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as plain JSON values."""
        return {
            "survey": self.survey,
            "read": {str(kind): count for kind, count in self.read.items()},
            "remaining": [
                {"kind": str(it.kind), "calls": it.calls, "share": it.share, "seconds": round(it.seconds, 3)}
                for it in self.remaining
            ],
            "calls": self.calls,
            "share": self.share,
            "seconds": round(self.seconds, 3),
            "later": self.later,
            "incomplete": [gap.to_dict() for gap in self.incomplete],
            "as_of": self.as_of.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        }


async def make(todo: Job, on_progress: OnProgress | None) -> Plan:
    """Make the survey, and count what is left."""
    ft, count = todo.ft, CallCount()
    began = ft.clock.monotonic()
    async with collecting(
        ft.with_options(hooks=[*ft.hooks, count]),
        todo.kinds,
        max_calls=todo.max_calls,
        reserve=todo.reserve,
        resume=todo.resume,
        on_progress=on_progress,
    ) as collector:
        await collector.survey()
        took = ft.clock.monotonic() - began
        pace = took / count.calls / ft.budget.concurrency if count.calls else 0.0
        return _counted(ft, collector, count.calls, pace)


def _counted(ft: "Fivetran", collector: Collector, survey: int, pace: float) -> Plan:
    readings = collector.readings
    lists = {kind for kind in readings.kinds if readings.of(kind)}
    gaps, inventory = readings.gaps(), readings.inventory()
    left = _left(readings.each())
    unknown = COLUMNS.kind in readings.kinds and not readings.is_whole(Kind.SCHEMA)
    columns = _left(readings.columns())

    def planned(kind: AnyKind, calls: int | None, rate_class: RateClass = RateClass.ALL) -> PlannedCalls:
        estimate = ft.budget.estimate(calls or 0, rate_class)
        seconds = max(estimate.seconds, pace * (calls or 0))
        return PlannedCalls(kind=kind, calls=calls, share=None if calls is None else estimate.share, seconds=seconds)

    classes = {source.kind: source.rate_class for source in EACH}
    remaining = [planned(kind, left[kind], classes[kind]) for kind in Kind if kind in left]
    if COLUMNS.kind in readings.kinds:
        calls = None if unknown else columns[COLUMNS.kind]
        remaining.append(planned(COLUMNS.kind, calls, COLUMNS.rate_class))
    total = left.total() + columns.total()
    whole = planned(Kind.GROUP, total)
    return Plan(
        survey=survey,
        read={kind: inventory.count(kind) for kind in Kind if kind in lists},
        remaining=tuple(remaining),
        calls=total,
        share=max((it.share for it in (whole, *remaining) if it.share is not None), default=None),
        seconds=max([whole.seconds, *(it.seconds for it in remaining)]),
        later=total - collector.allowance.fitting(total),
        incomplete=gaps,
        as_of=collector.as_of or ft.clock.now(),
    )


def _left(readings: "list[Reading]") -> Counter[Kind]:
    left: Counter[Kind] = Counter()
    for reading in readings:
        left[reading.source.kind] += not reading.whole and not reading.left
    return left
