"""How a wait is to go, as its caller wants it, and the time that it has."""

import logging
import math
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import attrs

from fivetran_async import _polls
from fivetran_async._ends import Moment
from fivetran_async._pipeline import Pipeline
from fivetran_async._watch import Hints, Terms
from fivetran_async.errors import ArgumentError

Via: TypeAlias = Literal["poll"] | Hints
"""What says when to look: `poll` for time alone, or what has hints as well."""

ViaAll: TypeAlias = Literal["webhook"] | Via
"""The same for many waits, for which a webhook may be made: `webhook`."""

logger = logging.getLogger("fivetran_async")


@attrs.frozen(kw_only=True)
class Patience:
    """How a wait is to go, as its caller wants it.

    Attributes:
        timeout: How long it may take, in seconds; None for no bound.
        poll_interval: Seconds between two looks; None for a few at first, growing to a minute.
        on_poll: Called with each object that is seen.
        via: What says when to look.
    """

    timeout: float | None = None
    poll_interval: float | None = None
    on_poll: Callable[[Any], object] | None = None
    via: Via = "poll"

    def __attrs_post_init__(self) -> None:
        for name in ("timeout", "poll_interval"):
            value = getattr(self, name)
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if value is not None and not (number and 0 < value < math.inf):
                raise ArgumentError(f"{name} must be a number of seconds above 0, or None, not {value!r}")
        if self.on_poll is not None and not callable(self.on_poll):
            raise ArgumentError(f"on_poll must be a function, not {self.on_poll!r}")
        if self.via != "poll" and not callable(getattr(self.via, "listen", None)):
            raise ArgumentError(
                "via must be 'poll', a WebhookListener, or have a listen(wake) as fivetran_async.waiting.Hints, "
                f"not {self.via!r}; 'webhook' is for waits for many"
            )

    def tell(self, thing: Any) -> None:
        """Call `on_poll`; what it raises is logged, and ends nothing."""
        if self.on_poll is None:
            return
        try:
            self.on_poll(thing)
        except Exception:
            logger.exception("on_poll %r raised", self.on_poll)


class Course:
    """The time of one wait."""

    def __init__(self, line: Pipeline, patience: Patience) -> None:
        self.line = line
        self.patience = patience
        self.began = line.clock.monotonic()
        self.deadline = None if patience.timeout is None else self.began + patience.timeout

    @property
    def moment(self) -> Moment:
        """Now."""
        return Moment(at=self.line.clock.monotonic(), now=self.line.clock.now())

    @property
    def timeout(self) -> float:
        """How long it may take, for its error."""
        return self.patience.timeout or math.inf

    @property
    def left(self) -> float | None:
        """How many seconds are left; None for no bound."""
        return None if self.deadline is None else self.deadline - self.line.clock.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return self.left is not None and self.left <= 0

    @property
    def hints(self) -> Hints | None:
        """What says when to look; None for time alone."""
        return None if isinstance(self.patience.via, str) else self.patience.via

    def terms(self, *, at_once: bool, hinted: bool = False) -> Terms:
        """Return how its next looks are to be."""
        patience = self.patience
        pace = _polls.SAFETY_NET if hinted else _polls.QUICK
        if patience.poll_interval is not None:
            pace = _polls.Pace(patience.poll_interval, patience.poll_interval)
        began = self.line.clock.monotonic()
        return Terms(began=began, deadline=self.deadline, pace=pace, at_once=at_once, hinted=hinted)

    def bounded(self) -> Pipeline:
        """Return the pipeline for a call that must not outlast the wait."""
        left, policy = self.left, self.line.retry
        if left is None or (policy.deadline is not None and policy.deadline <= left):
            return self.line
        # Nothing left is refused by the wait itself.
        return attrs.evolve(self.line, retry=attrs.evolve(policy, deadline=max(left, 1e-3)))
