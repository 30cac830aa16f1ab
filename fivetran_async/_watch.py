"""What a wait tells the watcher: what to look at, how often, and what to do with what is seen."""

import asyncio
import math
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, Protocol, TypeVar

import attrs

from fivetran_async import _polls
from fivetran_async import operations as ops
from fivetran_async._ends import Later, Moment
from fivetran_async._pipeline import Pipeline
from fivetran_async.errors import FivetranError
from fivetran_async.models.connections import Connection
from fivetran_async.models.transformations import Transformation
from fivetran_async.operation import Operation

R = TypeVar("R")

# Hints of one object that follow each other more quickly are answered by one look.
_HINT_GAP: Final = 1.0


class Seen(Protocol):
    """What is looked at."""

    @property
    def id(self) -> str:
        """What identifies it."""
        ...


T = TypeVar("T", bound=Seen)


class Hints(Protocol):
    """Something that knows when an object may have changed, such as a receiver of webhooks.

    A hint makes the waits for the object look at once; it need neither be right nor come at all, since whoever waits
    looks by itself as well, only less often.
    """

    def listen(self, wake: Callable[[str], object], /) -> Callable[[], object]:
        """Begin to call `wake` with the id of each object that may have changed, from whichever thread.

        Returns:
            A function that ends it.
        """
        ...


@attrs.frozen(kw_only=True, eq=False)
class Kind(Generic[T]):
    """What is looked at, and how."""

    listing: Operation[T]
    details: Operation[T]
    filters: Callable[[str | None], Mapping[str, Any]]
    group_of: Callable[[T], str | None]


CONNECTIONS: Final[Kind[Connection]] = Kind(
    listing=ops.LIST_CONNECTIONS,
    details=ops.CONNECTION_DETAILS,
    filters=lambda group: {"group_id": group, "schema": None},
    group_of=lambda connection: connection.group_id,
)
TRANSFORMATIONS: Final[Kind[Transformation]] = Kind(
    listing=ops.TRANSFORMATIONS_LIST,
    details=ops.TRANSFORMATION_DETAILS,
    # A transformation does not say which group it is in.
    filters=lambda _: {"group_id": None, "project_id": None, "type": None},
    group_of=lambda _: None,
)


@attrs.frozen(kw_only=True)
class Terms:
    """How a wait looks.

    Attributes:
        began: When it began, by its clock.
        deadline: When it ends in any case; None for never.
        pace: How often it looks.
        at_once: Whether the first look is due now, not only after the pace's first interval.
        hinted: Whether hints are listened to, so that one that came while nobody looked counts.
    """

    began: float
    deadline: float | None = None
    pace: _polls.Pace = _polls.QUICK
    at_once: bool = True
    hinted: bool = False


@attrs.define(eq=False)
class Watch(Generic[T, R]):
    """One wait, as the watcher has it."""

    id: str
    line: Pipeline
    see: Callable[[T, Moment], Later | R]
    terms: Terms
    number: int
    outcome: "asyncio.Future[R | None]"
    due: float
    interval: float
    gone: int = 0
    failure: FivetranError | None = None
    hinted_at: float | None = None
    looked_at: float = -math.inf

    def hint(self) -> None:
        """Have it looked at soon."""
        self.hinted_at = now = self.line.clock.monotonic()
        self.due = min(self.due, max(now, self.looked_at + _HINT_GAP))

    def settle(self, at: float, asked: float | None, least: float) -> None:
        """Work out when the look after one at some time is due."""
        since, pace = self.terms.began, self.terms.pace
        if self.hinted_at is not None:
            # What a hint announces may show a moment later.
            since, pace = self.hinted_at, _polls.QUICK
        self.interval = max(least, pace.interval(at - since) if asked is None else asked)
        due = _polls.next_look(at, self.interval, self.terms.deadline)
        self.due = math.inf if due is None else due
