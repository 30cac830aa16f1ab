"""What happens on the line a call travels, as frozen records, and the way from there to the hooks."""

import logging
from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

import attrs

from fivetran_async.errors import Attempt, FivetranError

logger = logging.getLogger("fivetran_async")

WaitReason: TypeAlias = Literal["slot", "gate", "window", "quota", "pace"]
"""What held a call back: others on the wire, a 429, the window of its class, a quota that is used up, or the pace."""


@attrs.frozen(kw_only=True)
class CallEvent:
    """What every event says.

    Attributes:
        operation: The id of the operation; of a call that the SDK does not name, its method and path.
        call: The number of the call, the same in all its events and unique in this process; 0 in a record that was
            made without one.
    """

    operation: str
    call: int = 0


@attrs.frozen(kw_only=True)
class Waited(CallEvent):
    """A request was held back by the budget, and may be sent now.

    Attributes:
        seconds: For how long.
        reason: `slot` when as many requests as allowed were on the wire, `gate` when the API had asked all callers of
            the account to wait, `window` when the calls of its class were made, `quota` when those of the hour were
            used up, `pace` when calls went as quickly as the API lets through.
    """

    seconds: float
    reason: WaitReason


@attrs.frozen(kw_only=True)
class RequestStarted(CallEvent):
    """One request is about to be sent.

    Attributes:
        method: The HTTP method.
        target: The encoded path and query; it holds ids, never a credential.
        attempt: Which attempt of the call this is, from 1.
    """

    method: str
    target: str
    attempt: int


@attrs.frozen(kw_only=True)
class ResponseReceived(CallEvent):
    """One request was answered, well or not.

    Attributes:
        attempt: Which attempt of the call this is, from 1.
        status: The HTTP status.
        seconds: From sending to the last byte.
        remaining: How many calls the account has left in this hour, if the reply said so.
        date: The API's time, as the reply's `Date` said it.
    """

    attempt: int
    status: int
    seconds: float
    remaining: int | None
    date: str | None = None


@attrs.frozen(kw_only=True)
class RetryScheduled(CallEvent):
    """An attempt failed and another one follows.

    Attributes:
        attempt: The attempt that failed, from 1.
        delay: The pause before the next, in seconds.
        error: What the attempt met.
    """

    attempt: int
    delay: float
    error: FivetranError


@attrs.frozen(kw_only=True)
class CallFailed(CallEvent):
    """A call ended in an error, after its last attempt.

    Attributes:
        error: The error that the caller gets.
    """

    error: FivetranError


@attrs.frozen(kw_only=True)
class CallEnded(CallEvent):
    """A call is over: the last event of each call, whether it returned, failed or was cancelled.

    Attributes:
        method: The HTTP method.
        attempts: How many attempts were made, those included that sent nothing.
        failures: What the attempts met that failed.
        status: The HTTP status that the last attempt was answered with; None when it was not answered.
        seconds: From the beginning of the call to its end, all waits included.
        error: What the caller gets instead of a result: a `FivetranError`, or `CancelledError`; None for a success.
    """

    method: str
    attempts: int
    failures: tuple[Attempt, ...]
    status: int | None
    seconds: float
    error: BaseException | None


@attrs.frozen(kw_only=True)
class ItemRepaired(CallEvent):
    """An item did not fit its model and was read leniently.

    Attributes:
        model: The name of the model.
        reason: Why the quick path refused it.
        fields: The fields that could not be read at all; they are None in the model and exact in its `raw`.
        place: The first place that did not fit, such as `status.tasks[...].code`; empty for the item itself. What
            stands there may have been read all the same: a number where a text was due.
    """

    model: str
    reason: str
    fields: tuple[str, ...]
    place: str = ""


Event: TypeAlias = Waited | RequestStarted | ResponseReceived | RetryScheduled | CallFailed | CallEnded | ItemRepaired
"""What a hook is called with."""

Hook: TypeAlias = Callable[[Event], object]
"""Called on the event loop for every event; it must return quickly."""


def emit(hooks: Iterable[Hook], event: Event) -> None:
    """Hand an event to every hook; one that raises is logged, and neither stops the call nor the other hooks."""
    for hook in hooks:
        try:
            hook(event)
        except Exception:
            logger.exception("the hook %r raised on %s", hook, type(event).__name__)
