"""Rolling windows of the classes of calls: what an account's plan allows, and what this process has used of it."""

import math
from collections import deque
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

import attrs

from fivetran_async.operation import RateClass

MINUTE: Final = 60.0
HOUR: Final = 3600.0

ROUNDING: Final = 1e-6
"""What sums of seconds are off by, which is not worth another turn."""

# A call is counted here when it leaves and there when it arrives: the next one must not overtake that.
ON_THE_WAY: Final = 1.0

HoldKind: TypeAlias = Literal["gate", "window", "quota", "pace"]

COUNTED_IN: Final[Mapping[RateClass, tuple[RateClass, ...]]] = {
    RateClass.ALL: (RateClass.ALL,),
    RateClass.SETUP_TESTS: (RateClass.SETUP_TESTS, RateClass.SOURCE, RateClass.ALL),
    RateClass.SOURCE: (RateClass.SOURCE, RateClass.ALL),
    RateClass.USER_CREATION: (RateClass.USER_CREATION, RateClass.ALL),
    RateClass.PRIVATE_LINK_CREATION: (RateClass.PRIVATE_LINK_CREATION, RateClass.ALL),
}
"""The classes that a call counts in: setup tests reach the source as well."""

NAMES: Final[Mapping[RateClass, str]] = {
    RateClass.ALL: "calls",
    RateClass.SETUP_TESTS: "setup tests",
    RateClass.SOURCE: "calls that reach the source",
    RateClass.USER_CREATION: "creations of users",
    RateClass.PRIVATE_LINK_CREATION: "creations of private links",
}


@attrs.frozen
class Limit:
    """So many calls in any stretch of so many seconds."""

    count: int
    seconds: float


Plan: TypeAlias = Mapping[RateClass, tuple[Limit, ...]]

FULL: Final[Plan] = {
    RateClass.SETUP_TESTS: (Limit(250, MINUTE), Limit(2_500, HOUR)),
    RateClass.SOURCE: (Limit(500, MINUTE), Limit(5_000, HOUR)),
    RateClass.USER_CREATION: (Limit(500, HOUR),),
    RateClass.PRIVATE_LINK_CREATION: (Limit(5, HOUR),),
}
TRIAL: Final[Plan] = {
    RateClass.SETUP_TESTS: (Limit(50, HOUR),),
    RateClass.SOURCE: (Limit(25, MINUTE), Limit(250, HOUR)),
    RateClass.USER_CREATION: (Limit(10, HOUR),),
    RateClass.PRIVATE_LINK_CREATION: (Limit(1, HOUR),),
}
PlanName: TypeAlias = Literal["full", "trial", "none"]
PLANS: Final[Mapping[PlanName, Plan]] = {"full": FULL, "trial": TRIAL, "none": {}}


@attrs.frozen
class Hold:
    """Until when, and why, a call may not go.

    `since` is given where it goes on for an unknown time, of which `until` is but the next stage.
    """

    until: float
    kind: HoldKind
    why: str
    since: float | None = None

    @property
    def tries(self) -> bool:
        """Whether it is a trial of patience; a pace goes on by itself, and a deadline says how long that may take."""
        return self.kind != "pace"


class Windows:
    """The calls of this process in the last hour, by the classes that no header tells about."""

    def __init__(self) -> None:
        self.plan: Plan = FULL
        self._times: dict[RateClass, deque[float]] = {name: deque() for name in FULL}

    def _limits(self, rate_class: RateClass) -> list[tuple[RateClass, Limit]]:
        return [(name, limit) for name in COUNTED_IN[rate_class] for limit in self.plan.get(name, ())]

    def record(self, rate_class: RateClass, now: float) -> None:
        """Count a call."""
        for name in COUNTED_IN[rate_class]:
            times = self._times.get(name)
            if times is None:
                continue
            while times and times[0] + HOUR + ON_THE_WAY <= now:
                times.popleft()
            times.append(now)

    def forget(self, rate_class: RateClass, at: float) -> None:
        """Take back a call that was counted at that time and not sent."""
        for name in COUNTED_IN[rate_class]:
            times = self._times.get(name, deque[float]())
            for place in range(len(times) - 1, -1, -1):
                if times[place] <= at:
                    if times[place] == at:
                        del times[place]
                    break

    def hold(self, rate_class: RateClass, now: float) -> Hold | None:
        """Say until when a class has nothing left; None if it has."""
        found: Hold | None = None
        for name, limit in self._limits(rate_class):
            times = self._times[name]
            until = times[-limit.count] + limit.seconds + ON_THE_WAY if len(times) >= limit.count else now
            if until > now + ROUNDING and (found is None or until > found.until):
                found = Hold(until, "window", spent(limit, name))
        return found

    def seconds(self, calls: int, rate_class: RateClass, now: float) -> float:
        """Return after how many seconds the last of so many further calls, from 1, may go."""
        limits = self._limits(rate_class)
        if not limits:
            return 0.0
        after: dict[int, float] = {}
        # By each limit a call follows the one that is `count` places before it: these lead from the last one back.
        step = math.gcd(*(limit.count for _, limit in limits))
        for number in range((calls - 1) % step + 1, calls + 1, step):
            after[number] = 0.0
            for name, limit in limits:
                before, times = number - limit.count, self._times[name]
                if before > 0:
                    begin = after[before]
                elif len(times) > -before:
                    begin = times[before - 1] - now
                else:
                    continue
                after[number] = max(after[number], begin + limit.seconds + ON_THE_WAY)
        return after[calls]

    def share(self, calls: int, rate_class: RateClass) -> float:
        """Return how much of an hour's so many calls are, of the scarcest class; 0.0 where none is limited."""
        hours = [limit.count for _, limit in self._limits(rate_class) if limit.seconds == HOUR]
        return max((calls / count for count in hours), default=0.0)


def spent(limit: Limit, name: RateClass) -> str:
    """Say that a window is used up."""
    return f"the account's {limit.count} {NAMES[name]} {'a minute' if limit.seconds == MINUTE else 'an hour'} are made"
