"""When a call is tried again: a policy as a value, and one pure decision."""

import asyncio
import inspect
import logging
import random
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, Final, TypeAlias, TypeVar, overload

import attrs

from fivetran_async import _deadline
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

R = TypeVar("R")

logger = logging.getLogger("fivetran_async")

_rng = random.Random()  # noqa: S311 - jitter


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


def _statuses(values: Iterable[int]) -> frozenset[int]:
    chosen = frozenset(values) if isinstance(values, Iterable) else frozenset[int]()
    if not chosen or any(isinstance(value, bool) or not isinstance(value, int) for value in chosen):
        raise ConfigError(f"statuses must be a list of HTTP statuses, such as [502, 503], not {values!r}")
    return chosen


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
        statuses: Which statuses of the API are worth another attempt, in place of 408 and those from 500 on; 429
            always is.
        retry_if: Asked about every failure before the rest decides: True or a number of seconds for another attempt,
            False for none, None to leave it to the rest. What may have been done is not repeated whatever it says, nor
            does it outlast `attempts` and `deadline`.
        on_retry: Called with the failure, the number of the attempt and the pause in seconds, before each pause.
    """

    attempts: int = 4
    initial_wait: float = 0.5
    max_wait: float = 30.0
    max_retry_after: float = 120.0
    deadline: float | None = None
    statuses: frozenset[int] | None = attrs.field(default=None, converter=attrs.converters.optional(_statuses))
    retry_if: Callable[[Exception], bool | float | None] | None = None
    on_retry: Callable[[Exception, int, float], object] | None = None

    def __attrs_post_init__(self) -> None:
        if isinstance(self.attempts, bool) or not isinstance(self.attempts, int) or self.attempts < 1:
            raise ConfigError(f"attempts must be a whole number from 1, not {self.attempts!r}")
        for name in ("initial_wait", "max_wait", "max_retry_after"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= sys.float_info.max:
                raise ConfigError(f"{name} must be a number of seconds from 0, not {value!r}")
        positive(self.deadline, "deadline")

    def decide(
        self,
        failure: FivetranError,
        request: Request,
        attempt: int,
        elapsed: float,
        rng: random.Random,
        *,
        left: float | None = None,
    ) -> Decision:
        """Say what follows a failed attempt.

        Args:
            failure: What the attempt met.
            request: What was sent.
            attempt: Which attempt failed, from 1.
            elapsed: Seconds since the call began.
            rng: Where the jitter comes from.
            left: Seconds until the end of the list or the map that the call is a part of; None for no bound.
        """
        lost = request.method == "DELETE" and request.unsure and isinstance(failure, NotFoundError)
        if lost and isinstance(failure, NotFoundError) and failure.code:
            return DONE
        if isinstance(failure, RateLimitedError) and not failure.sent:
            # Held back here: it has been found too long already.
            return RAISE
        # A 404 without the API's code is a gateway's, or was cut off, and says nothing about the object.
        return self._decide(failure, attempt, elapsed, rng, idempotent=request.idempotent, left=left, transient=lost)

    def _decide(
        self,
        failure: Exception,
        attempt: int,
        elapsed: float,
        rng: random.Random,
        *,
        idempotent: bool,
        left: float | None = None,
        transient: bool = False,
    ) -> Retry | Raise:
        if attempt >= self.attempts or not _may_be_repeated(failure, idempotent=idempotent):
            return RAISE
        verdict = None if self.retry_if is None else self.retry_if(failure)
        if verdict is False or (verdict is None and not transient and not self._is_transient(failure)):
            return RAISE
        asked = failure.retry_after if isinstance(failure, ApiError) else None
        if asked is not None and asked > self.max_retry_after:
            return RAISE
        if verdict is None or verdict is True:
            drawn = rng.random() * min(self.max_wait, self.initial_wait * 2.0 ** min(attempt - 1, 60))
            delay = drawn if asked is None else asked
        else:
            # Never shorter than what the API asked for.
            delay = max(float(verdict), asked or 0.0)
        if self.deadline is not None and elapsed + delay >= self.deadline:
            return RAISE
        if left is not None and delay >= left:
            return RAISE
        return Retry(delay)

    def _is_transient(self, failure: Exception) -> bool:
        if isinstance(failure, RateLimitedError):
            return True
        if isinstance(failure, ApiError):
            if self.statuses is not None:
                return failure.status in self.statuses
            return failure.status == _REQUEST_TIMEOUT or (
                failure.status >= _SERVER_FAULT and failure.status not in _NEVER_BETTER
            )
        return isinstance(failure, TransportError)

    def tell(self, failure: Exception, attempt: int, delay: float) -> None:
        """Call `on_retry`; what it raises is logged, and stops nothing."""
        if self.on_retry is None:
            return
        try:
            self.on_retry(failure, attempt, delay)
        except Exception:
            logger.exception("on_retry %r raised", self.on_retry)

    @overload
    def call(self, fn: Callable[[], Awaitable[R]], *, idempotent: bool = True) -> Coroutine[Any, Any, R]: ...

    @overload
    def call(self, fn: Callable[[], R], *, idempotent: bool = True) -> R: ...

    def call(self, fn: Callable[[], Any], *, idempotent: bool = True) -> Any:
        """Call any function by this policy: `await policy.call(fn)` of a coroutine function, `policy.call(fn)` else.

        Errors of this SDK are judged as those of its own calls are; others are raised, unless `retry_if` says
        otherwise. The calls of a client are repeated already: this is for what is around them, or beside them.

        Args:
            fn: The function, without arguments.
            idempotent: Whether it may be repeated when it is unknown whether it did what it does.

        Returns:
            What the function returns.

        Raises:
            Exception: What its last attempt raised.
        """
        began = time.monotonic()
        if inspect.iscoroutinefunction(fn):
            return self._call_later(fn, None, began, idempotent=idempotent)
        attempt = 1
        while True:
            try:
                result = fn()
            except Exception as error:
                delay = self._pause(error, attempt, began, idempotent=idempotent)
                if delay is None:
                    raise
                time.sleep(delay)
                attempt += 1
                continue
            if inspect.isawaitable(result):
                return self._call_later(fn, result, began, idempotent=idempotent)
            return result

    async def _call_later(
        self, fn: Callable[[], Awaitable[Any]], first: Awaitable[Any] | None, began: float, *, idempotent: bool
    ) -> Any:
        attempt = 1
        while True:
            try:
                return await (fn() if first is None else first)
            except Exception as error:
                delay = self._pause(error, attempt, began, idempotent=idempotent)
                if delay is None:
                    raise
            first = None
            await asyncio.sleep(delay)
            attempt += 1

    def _pause(self, error: Exception, attempt: int, began: float, *, idempotent: bool) -> float | None:
        elapsed = time.monotonic() - began
        decision = self._decide(error, attempt, elapsed, _rng, idempotent=idempotent, left=_deadline.left())
        if isinstance(decision, Raise):
            return None
        self.tell(error, attempt, decision.delay)
        return decision.delay


def _may_be_repeated(failure: Exception, *, idempotent: bool) -> bool:
    if isinstance(failure, DeadlineExceededError):
        return False
    if isinstance(failure, TransportError):
        return failure.sent is False or idempotent
    if isinstance(failure, ApiError):
        # What was refused was not done; of a fault nobody knows.
        return idempotent or (failure.status < _SERVER_FAULT and failure.status != _REQUEST_TIMEOUT)
    return idempotent


def may_have_arrived(failure: FivetranError) -> bool:
    """Return whether a failed attempt may have done what it asked for, its answer being lost."""
    if isinstance(failure, TransportError):
        return failure.sent is not False
    return isinstance(failure, ApiError) and failure.status in _LOST_BEHIND_A_GATEWAY
