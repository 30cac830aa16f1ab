"""How often to look, with which calls, and what a failed look means: pure decisions of all waits."""

from collections.abc import Mapping
from typing import Final

import attrs

from fivetran_async.errors import (
    ArgumentError,
    BadRequestError,
    ClosedError,
    ConfigError,
    FivetranError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    UnauthorizedError,
    WrongLoopError,
)

# A look comes late by at most this share of the time that was waited.
_LATENESS: Final = 0.1
# Of the calls that are left of the hour, looks take at most this share.
_SHARE: Final = 0.1
_HOUR: Final = 3600.0
# The budget never puts a look off for longer; then it holds the call back itself, and says why.
_LONGEST: Final = 600.0
# The last look comes so many seconds before the end of the time, so that its answer still counts.
_LAST_LOOK: Final = 2.0
# A gateway's word that a list may not be read must not make each of a thousand be asked for alone for ever.
_BARRED: Final = 600.0
# What is due within this share of its interval is looked at as well: else waits that began apart never share a call.
_TOGETHER: Final = 0.5

FOR_ALL: Final = (UnauthorizedError, ClosedError, WrongLoopError, ConfigError)
"""Errors that every further look would meet as well."""
_FOR_GOOD: Final = (*FOR_ALL, ForbiddenError, NotFoundError, BadRequestError, ArgumentError)


@attrs.frozen
class Pace:
    """How long to wait from one look to the next: `first` seconds at first, slowly growing to `most`."""

    first: float = 5.0
    most: float = 60.0

    def interval(self, elapsed: float) -> float:
        """Return how long the next look may be away, so many seconds after the beginning."""
        return max(self.first, min(elapsed * _LATENESS, self.most))


QUICK: Final = Pace()
SAFETY_NET: Final = Pace(60.0, 300.0)
"""Where hints say when to look: for those that get lost."""


def floor(calls: int, remaining: int | None, reserve: int, closed_for: float) -> float:
    """Return how long the budget wants the next look to be away at least, in seconds.

    Args:
        calls: What a look costs.
        remaining: How many calls are left of the hour; None where that is unknown.
        reserve: How many of them are for others.
        closed_for: For how many seconds no call may go.
    """
    if remaining is None:
        return closed_for
    return max(closed_for, min(calls * _HOUR / (_SHARE * max(remaining - reserve, 1)), _LONGEST))


def next_look(at: float, interval: float, deadline: float | None) -> float | None:
    """Return when the look after one at some time is due; None for never, because the last one was made.

    Args:
        at: When the last look was.
        interval: How long after it the next one would be due.
        deadline: When the wait ends in any case; None for never.
    """
    due = at + interval
    if deadline is None or due <= deadline - _LAST_LOOK:
        return due
    return deadline - _LAST_LOOK if at < deadline - _LAST_LOOK else None


def is_near(due: float, interval: float, now: float) -> bool:
    """Return whether a look that is due some time is near enough to be made now, when others are."""
    return due - now <= interval * _TOGETHER


def gone(times: int, error: FivetranError) -> int:
    """Return how many looks in a row were answered with 404, this one after so many others."""
    return times + 1 if isinstance(error, NotFoundError) else 0


def ends_the_wait(error: FivetranError, times_gone: int) -> bool:
    """Return whether a failed look ends the wait: what the next one need not meet again does not.

    Args:
        error: What the look met.
        times_gone: How many looks in a row, this one included, were answered with 404.
    """
    if isinstance(error, NotFoundError) and not error.code:
        # A 404 without the API's code is a gateway's, and says nothing about the object; but not for ever.
        return times_gone > 1
    return isinstance(error, _FOR_GOOD)


def put_off(error: FivetranError | None) -> float:
    """Return how long the API asks to wait after a failed look, in seconds."""
    return error.retry_after or 0.0 if isinstance(error, RateLimitedError) else 0.0


class Sizes:
    """How many calls it took to find what is looked for in a list: of the account (None), or of a group."""

    def __init__(self) -> None:
        self._pages: dict[str | None, int] = {}
        self._barred_until: dict[str | None, float] = {}

    def pages(self, group: str | None, now: float) -> int | None:
        """Return how many calls a list takes, 1 for one that was never read; None if it may not be read."""
        return None if now < self._barred_until.get(group, now) else self._pages.get(group, 1)

    def learn(self, group: str | None, pages: int) -> None:
        """Note how many calls it took."""
        self._pages[group] = pages

    def bar(self, group: str | None, now: float) -> None:
        """Note that the list may not be read; after a while it is tried again."""
        self._barred_until[group] = now + _BARRED


@attrs.frozen(kw_only=True)
class Survey:
    """The calls that look at what is to be looked at.

    Attributes:
        singles: What is asked for alone.
        walks: The lists to be read, None for that of the account, and what is looked for in each.
        calls: How many calls that is, as far as is known.
    """

    singles: tuple[str, ...]
    walks: Mapping[str | None, tuple[str, ...]]
    calls: int


def survey(wanted: Mapping[str, str | None], sizes: Sizes, now: float) -> Survey:
    """Return the cheapest way to look at things.

    Args:
        wanted: Their ids, each with its group, as far as that is known.
        sizes: What lists cost.
        now: The time.
    """
    by_group: dict[str | None, list[str]] = {}
    for name, group in wanted.items():
        by_group.setdefault(group, []).append(name)
    singles: list[str] = []
    walks: dict[str | None, tuple[str, ...]] = {}
    calls = 0
    for group, names in by_group.items():
        pages = None if group is None else sizes.pages(group, now)
        if pages is not None and pages < len(names):
            walks[group] = tuple(names)
            calls += pages
        else:
            singles += names
            calls += len(names)
    account = sizes.pages(None, now)
    if account is not None and account < calls:
        return Survey(singles=(), walks={None: tuple(wanted)}, calls=account)
    return Survey(singles=tuple(singles), walks=walks, calls=calls)
