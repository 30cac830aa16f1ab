"""Events of the line a call travels, for logs, metrics and traces."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeAlias

import attrs

from fivetran_async.errors import FivetranError

logger = logging.getLogger("fivetran_async")


@attrs.frozen(kw_only=True)
class RequestStarted:
    """One request is about to be sent.

    Attributes:
        operation: The id of the operation.
        method: The HTTP method.
        target: The encoded path and query; it holds ids, never a credential.
        attempt: Which attempt of the call this is, from 1.
    """

    operation: str
    method: str
    target: str
    attempt: int


@attrs.frozen(kw_only=True)
class ResponseReceived:
    """One request was answered, well or not.

    Attributes:
        operation: The id of the operation.
        attempt: Which attempt of the call this is, from 1.
        status: The HTTP status.
        seconds: From sending to the last byte.
        remaining: How many calls the account has left in this hour, if the reply said so.
    """

    operation: str
    attempt: int
    status: int
    seconds: float
    remaining: int | None


@attrs.frozen(kw_only=True)
class RetryScheduled:
    """An attempt failed and another one follows.

    Attributes:
        operation: The id of the operation.
        attempt: The attempt that failed, from 1.
        delay: The pause before the next, in seconds.
        error: What the attempt met.
    """

    operation: str
    attempt: int
    delay: float
    error: FivetranError


@attrs.frozen(kw_only=True)
class CallFailed:
    """A call ended in an error, after its last attempt.

    Attributes:
        operation: The id of the operation.
        error: The error that the caller gets.
    """

    operation: str
    error: FivetranError


@attrs.frozen(kw_only=True)
class ItemRepaired:
    """An item did not fit its model and was read leniently.

    Attributes:
        operation: The id of the operation.
        model: The name of the model.
        reason: Why the quick path refused it.
        fields: The fields that could not be read at all; they are None in the model and exact in its `raw`.
    """

    operation: str
    model: str
    reason: str
    fields: tuple[str, ...]


Event: TypeAlias = RequestStarted | ResponseReceived | RetryScheduled | CallFailed | ItemRepaired

Hook: TypeAlias = Callable[[Event], object]
"""Called on the event loop for every event; it must return quickly."""


def emit(hooks: Iterable[Hook], event: Event) -> None:
    """Hand an event to every hook; one that raises is logged, and neither stops the call nor the other hooks."""
    for hook in hooks:
        try:
            hook(event)
        except Exception:
            logger.exception("the hook %r raised on %s", hook, type(event).__name__)
