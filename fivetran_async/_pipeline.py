"""The straight line of a call: encode, retry( budget( send )), decode."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, TypeVar

import attrs

from fivetran_async import _codec, _deadline
from fivetran_async._clock import Clock
from fivetran_async._files import Download, Upload
from fivetran_async._forks import loading
from fivetran_async._queue import Grant
from fivetran_async._wire import Request, Response
from fivetran_async.budget import Budget
from fivetran_async.config import Timeout
from fivetran_async.errors import (
    ApiError,
    ArgumentError,
    Attempt,
    ConfigError,
    ConfirmationError,
    DeadlineExceededError,
    DecodeError,
    FivetranError,
    RateLimitedError,
    ReadOnlyError,
)
from fivetran_async.hooks import (
    CallEnded,
    CallFailed,
    Event,
    Hook,
    ItemRepaired,
    RequestStarted,
    ResponseReceived,
    RetryScheduled,
    Waited,
    emit,
)
from fivetran_async.models._base import Model
from fivetran_async.operation import Operation, RateClass
from fivetran_async.retry import Done, Raise, Retry, RetryPolicy, may_have_arrived
from fivetran_async.transport import Transport
from fivetran_async.types import UNSET, Query, Unset

T = TypeVar("T")
R = TypeVar("R")

_DONE = Response(status=200, headers={}, body=b"")


@attrs.define
class _Course:
    """How far a call has come."""

    began: float
    number: int = 0
    failures: list[Attempt] = attrs.field(factory=list[Attempt])
    status: int | None = None
    waiting: bool = True


@attrs.frozen(kw_only=True, eq=False)
class Pipeline:
    """Everything that a call passes through. `with_options` makes another one around the same transport."""

    transport: Transport
    budget: Budget
    clock: Clock
    retry: RetryPolicy
    timeout: Timeout
    read_only: bool
    hooks: tuple[Hook, ...]
    keep_raw: bool
    rng: random.Random = attrs.field(factory=random.Random)
    repairs: Counter[str] = attrs.field(factory=Counter[str])

    def call(
        self,
        operation: Operation[T],
        *ids: str,
        query: Query | None = None,
        body: Mapping[str, Any] | None = None,
        upload: Upload | None = None,
        idempotent: bool | None = None,
        rate_class: RateClass | None = None,
    ) -> Coroutine[Any, Any, T]:
        """Make a call and return what its operation promises."""
        # No coroutine around that of `send`: each one that a call passes through takes its time.
        request = _codec.encode(
            operation, ids, query=query, body=body, upload=upload, idempotent=idempotent, rate_class=rate_class
        )
        return self.send(request, partial(_codec.decode_object, emit=self._repaired, keep_raw=self.keep_raw))

    def check(self, operation: Operation[Any], *ids: str) -> None:
        """Refuse a call that could never be sent, before anything is done for it.

        Raises:
            ArgumentError: An id is none.
            ConfigError: The client has no credentials and the operation wants some.
            ReadOnlyError: The client is read-only and this is no GET.
        """
        _codec.fill_path(operation, ids)
        self._permit(operation)

    def _permit(self, operation: Operation[Any]) -> None:
        if self.read_only and operation.method != "GET":
            raise ReadOnlyError(f"{operation}: refused, because this client has read_only=True")
        if self.transport.anonymous and not operation.public:
            raise ConfigError(
                f"{operation}: this client has no credentials, and only what is public wants none; "
                "make one with Fivetran(api_key, api_secret) or Fivetran.from_env()"
            )

    async def receive(self, operation: Operation[Any], *ids: str, into: Download) -> None:
        """Make a call whose reply is a file."""
        await self.send(_codec.encode(operation, ids, download=into), _nothing)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None,
        body: Mapping[str, Any] | None,
        idempotent: bool,
        raw: bool,
    ) -> Any:
        """Make a call that the SDK does not name."""
        request = _codec.encode(_codec.unnamed_operation(method, path, idempotent=idempotent), query=query, body=body)
        return await self.send(request, _body if raw else _codec.decode_data)

    async def page(
        self, operation: Operation[Any], *ids: str, query: Query, page_size: int | Unset, cursor: str | None
    ) -> _codec.DecodedPage:
        """Return one page of a list."""
        request = _codec.encode(operation, ids, query={**query, "cursor": cursor, "limit": page_size})
        return await self.send(request, partial(_codec.read_page, emit=self._repaired, keep_raw=self.keep_raw))

    def _repaired(self, event: Event) -> None:
        if isinstance(event, ItemRepaired):
            self.repairs[f"{event.model}.{event.place}" if event.place else event.model] += 1
        self.emit(event)

    def emit(self, event: Event) -> None:
        """Hand an event to the hooks."""
        if self.hooks:
            emit(self.hooks, event)

    async def send(self, request: Request, read: Callable[[Request, Response], R]) -> R:
        """Send a request, again where the policy says so, and return what is read from the reply of a success.

        Raises:
            ConfigError: The client has no credentials and the operation wants some.
            DecodeError: The reply cannot be read.
            ReadOnlyError: The client is read-only and this is no GET.
            FivetranError: What the last attempt met, with all attempts on it.
        """
        self._permit(request.operation)
        course = _Course(self.clock.monotonic())
        try:
            while True:
                course.number, course.status = len(course.failures) + 1, None
                started = self.clock.monotonic()
                outcome = await self._attempt(request, course)
                if isinstance(outcome, Response):
                    result = self._read(request, outcome, read, course)
                    break
                decision = await self._decision(request, outcome, course, self.clock.monotonic() - started)
                if isinstance(decision, Done):
                    result = read(request, _DONE)
                    break
                if may_have_arrived(outcome) and not request.unsure:
                    request = attrs.evolve(request, unsure=True)
                await self.clock.sleep(decision.delay)
        except BaseException as error:
            self._end(request, course, error)
            raise
        self._end(request, course, None)
        return result

    def _end(self, request: Request, course: _Course, error: BaseException | None) -> None:
        if not self.hooks:
            return
        self.emit(
            CallEnded(
                operation=request.operation.id,
                call=request.call,
                method=request.method,
                attempts=course.number,
                failures=tuple(course.failures),
                status=course.status,
                seconds=self.clock.monotonic() - course.began,
                error=error,
            )
        )

    async def _decision(
        self, request: Request, failure: FivetranError, course: _Course, seconds: float
    ) -> Retry | Done:
        """Say what comes after an attempt that failed, and tell of it.

        Raises:
            FivetranError: The failure, when nothing does.
        """
        operation, call, number = request.operation.id, request.call, course.number
        if isinstance(failure, RateLimitedError) and course.status is not None:
            # A reply said so, and no gate here.
            await self.budget.share()
        elapsed = self.clock.monotonic() - course.began
        decision = self.retry.decide(failure, request, number, elapsed, self.rng, left=_deadline.left())
        waited = decision.delay if isinstance(decision, Retry) else 0.0
        course.failures.append(_record(number, failure, seconds, waited))
        if isinstance(decision, Raise):
            failure.attempts = tuple(course.failures)
            self.emit(CallFailed(operation=operation, call=call, error=failure))
            raise failure
        if isinstance(decision, Retry):
            self.emit(
                RetryScheduled(operation=operation, call=call, attempt=number, delay=decision.delay, error=failure)
            )
            self.retry.tell(failure, number, decision.delay)
        return decision

    def _read(self, request: Request, response: Response, read: Callable[[Request, Response], R], course: _Course) -> R:
        try:
            return read(request, response)
        except DecodeError as error:
            course.failures.append(_record(course.number, error, response.seconds, 0.0))
            error.attempts = tuple(course.failures)
            self.emit(CallFailed(operation=request.operation.id, call=request.call, error=error))
            raise

    def _attempt(self, request: Request, course: _Course) -> Coroutine[Any, Any, Response | FivetranError]:
        course.waiting = True
        left = self._left(course.began)
        return self._exchange(request, course, None) if left is None else self._bounded(request, course, left)

    async def _bounded(self, request: Request, course: _Course, left: float) -> Response | FivetranError:
        if left <= 0:
            return self._too_late(request, sent=False)
        try:
            async with asyncio.timeout(left):
                return await self._exchange(request, course, left)
        except TimeoutError:
            return self._too_late(request, sent=False if course.waiting else None)

    async def _exchange(self, request: Request, course: _Course, left: float | None) -> Response | FivetranError:
        try:
            grant = await self.budget.enter(request, self._patience(left))
            try:
                course.waiting = False
                if self.hooks:
                    self._tell_of_start(request, course.number, grant)
                response = await self.transport.send(request, self.timeout)
                # Before the slot goes on: whoever gets it must know of a gate that this reply closes.
                outcome = self._judge(request, response, course.number, grant)
            finally:
                self.budget.leave()
        except FivetranError as error:
            return error
        course.status = response.status
        return outcome

    def _tell_of_start(self, request: Request, number: int, grant: Grant) -> None:
        operation, call = request.operation.id, request.call
        if grant.waited > 0:
            self.emit(Waited(operation=operation, call=call, seconds=grant.waited, reason=grant.reason))
        self.emit(
            RequestStarted(operation=operation, call=call, method=request.method, target=request.target, attempt=number)
        )

    def _judge(self, request: Request, response: Response, number: int, grant: Grant) -> Response | FivetranError:
        error = None if response.ok else _codec.api_error(request, response, self.clock.now())
        refused = isinstance(error, RateLimitedError)
        self.budget.observe(response.headers, grant, let_through=not refused)
        if isinstance(error, RateLimitedError):
            self.budget.refused(error.retry_after, grant, response.headers)
        if self.hooks:
            self._tell_of_response(request, response, number)
        return error or response

    def _tell_of_response(self, request: Request, response: Response, number: int) -> None:
        self.emit(
            ResponseReceived(
                operation=request.operation.id,
                call=request.call,
                attempt=number,
                status=response.status,
                seconds=response.seconds,
                remaining=self.budget.remaining,
                date=response.headers.get("Date"),
            )
        )

    def _left(self, began: float) -> float | None:
        deadline = self.retry.deadline
        return None if deadline is None else deadline - (self.clock.monotonic() - began)

    def _patience(self, left: float | None) -> float:
        most, whole = self.retry.max_retry_after, _deadline.left()
        if left is None and whole is None:
            return most
        return min(bound for bound in (most, left, whole) if bound is not None)

    def _too_late(self, request: Request, *, sent: bool | None) -> DeadlineExceededError:
        # Of the whole call: that this attempt sent nothing says little when an earlier one may have arrived.
        return DeadlineExceededError(
            f"{request.operation}: the deadline of {self.retry.deadline:g} s has passed",
            sent=None if request.unsure else sent,
        )


def _nothing(_: Request, __: Response) -> None:
    return None


def _body(_: Request, response: Response) -> bytes:
    return response.body


def _record(number: int, error: FivetranError, seconds: float, waited: float) -> Attempt:
    return Attempt(
        number=number,
        error=f"{type(error).__name__}: {error}",
        status=error.status if isinstance(error, (ApiError, DecodeError)) else None,
        seconds=seconds,
        waited=waited,
    )


def confirmed(what: str, *, confirm: bool) -> None:
    """Refuse a call that destroys data unless it was confirmed.

    Raises:
        ConfirmationError: `confirm` is not True.
    """
    if confirm is not True:
        raise ConfirmationError(f"{what}; pass confirm=True if that is meant")


def changed(body: Mapping[str, Any], *, besides: tuple[str, ...] = ()) -> Mapping[str, Any]:
    """Return the body of a PATCH.

    An empty mapping changes nothing, and neither does a model without a field.

    Raises:
        ArgumentError: Nothing in it would change anything.
    """
    if all(name in besides or _is_nothing(name, value) for name, value in body.items()):
        names = ", ".join(name for name in body if name not in besides)
        raise ArgumentError(f"nothing to change: pass at least one of {names}")
    return body


def _is_nothing(name: str, value: Any) -> bool:
    if value is UNSET:
        return True
    if not isinstance(value, Mapping | Model):
        return False
    with loading():
        from fivetran_async._converter import body_value  # noqa: PLC0415 - the codec says why

    return not body_value(value, name)
