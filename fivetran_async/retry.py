"""When a call is tried again: a policy as a value, and one pure decision."""

import random
import sys
from typing import Final, TypeAlias

import attrs

from fivetran_async._wire import Request
from fivetran_async.config import positive
from fivetran_async.errors import (
    ApiError,
    ConfigError,
    DeadlineExceededError,
    FivetranError,
    NotFoundError,
    RateLimitedError,
    TransportError,
)


@attrs.frozen
class Retry:
    """Try again after so many seconds."""

    delay: float


@attrs.frozen
class Done:
    """An earlier attempt has done it after all."""


@attrs.frozen
class Raise:
    """Give the error to the caller."""


Decision: TypeAlias = Retry | Done | Raise

DONE: Final = Done()
RAISE: Final = Raise()

_REQUEST_TIMEOUT = 408
_SERVER_FAULT = 500
_LOST_BEHIND_A_GATEWAY = frozenset({502, 504})
_NEVER_BETTER = frozenset({501, 505})


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """How often, and after which pauses, a call is tried again.

    Attributes:
        attempts: How many attempts a call has, the first included; 1 means no retry.
        initial_wait: The longest pause after the first attempt, in seconds; it doubles with every further one,
            and the pause is drawn between 0 and it.
        max_wait: The longest pause that is drawn, in seconds.
        max_retry_after: The longest `Retry-After` that is waited out, in seconds; a longer one is raised.
        deadline: How long a call may take with all its attempts and pauses, in seconds; None for no bound.
    """

    attempts: int = 4
    initial_wait: float = 0.5
    max_wait: float = 30.0
    max_retry_after: float = 120.0
    deadline: float | None = None

    def __attrs_post_init__(self) -> None:
        if isinstance(self.attempts, bool) or not isinstance(self.attempts, int) or self.attempts < 1:
            raise ConfigError(f"attempts must be a whole number from 1, not {self.attempts!r}")
        for name in ("initial_wait", "max_wait", "max_retry_after"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= sys.float_info.max:
                raise ConfigError(f"{name} must be a number of seconds from 0, not {value!r}")
        positive(self.deadline, "deadline")

    def decide(
        self, failure: FivetranError, request: Request, attempt: int, elapsed: float, rng: random.Random
    ) -> Decision:
        """Say what follows a failed attempt.

        Args:
            failure: What the attempt met.
            request: What was sent.
            attempt: Which attempt failed, from 1.
            elapsed: Seconds since the call began.
            rng: Where the jitter comes from.
        """
        if isinstance(failure, NotFoundError) and request.method == "DELETE" and request.unsure and failure.code:
            # The API's own 404, which has a code: that of a gateway says nothing about the object.
            return DONE
        if attempt >= self.attempts or not self._may_repeat(failure, request):
            return RAISE
        asked = failure.retry_after if isinstance(failure, ApiError) else None
        if asked is None:
            delay = rng.random() * min(self.max_wait, self.initial_wait * 2.0 ** min(attempt - 1, 60))
        elif asked > self.max_retry_after:
            return RAISE
        else:
            delay = asked
        if self.deadline is not None and elapsed + delay >= self.deadline:
            return RAISE
        return Retry(delay)

    @staticmethod
    def _may_repeat(failure: FivetranError, request: Request) -> bool:
        if isinstance(failure, RateLimitedError):
            # Held back here, it has already been found too long; refused there, nothing was done.
            return failure.sent
        if isinstance(failure, DeadlineExceededError):
            return False
        if isinstance(failure, TransportError):
            return failure.sent is False or request.idempotent
        if isinstance(failure, ApiError):
            transient = failure.status == _REQUEST_TIMEOUT or (
                failure.status >= _SERVER_FAULT and failure.status not in _NEVER_BETTER
            )
            return transient and request.idempotent
        return False


def may_have_arrived(failure: FivetranError) -> bool:
    """Return whether a failed attempt may have done what it asked for, its answer being lost."""
    if isinstance(failure, TransportError):
        return failure.sent is not False
    return isinstance(failure, ApiError) and failure.status in _LOST_BEHIND_A_GATEWAY
