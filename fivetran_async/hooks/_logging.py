"""A hook that writes each event as one record of the standard `logging`, and never a secret."""

import logging
from typing import Any, TypeAlias

from fivetran_async.errors import ApiError, DecodeError, FivetranError
from fivetran_async.hooks._records import (
    CallEnded,
    CallFailed,
    Event,
    ItemRepaired,
    RequestStarted,
    ResponseReceived,
    RetryScheduled,
    Waited,
)

_Told: TypeAlias = tuple[str, dict[str, Any]]

_LEVELS: dict[type[Event], int] = {
    RetryScheduled: logging.INFO,
    ItemRepaired: logging.WARNING,
    CallFailed: logging.ERROR,
}


class LoggingHook:
    """Writes each event as one log record.

    A request, its answer and the end of a call are DEBUG, a retry is INFO, a long wait and an item that was read
    leniently are WARNING, a call that failed is ERROR. The message is one short line. What it is made of stands in
    attributes of the record for formatters that write JSON: `fivetran_event`, `fivetran_operation`, `fivetran_call`
    (the same number on all records of one call), and, where they apply, `fivetran_method`, `_path`, `_attempt`,
    `_attempts`, `_status`, `_seconds`, `_remaining`, `_delay`, `_reason`, `_error`, `_code`, `_request_id`, `_model`
    and `_fields`.

    Nothing that could hold a secret is written: no headers, no bodies, no query, and of an error its class, status,
    code and request id, not its message, which may repeat what was sent.

    Attributes:
        logger: Where the records go.
        long_wait: From how many seconds on a wait in the budget is a WARNING.
    """

    def __init__(self, logger: logging.Logger | None = None, *, long_wait: float = 5.0) -> None:
        """Make a hook for `Fivetran(hooks=[...])`.

        Args:
            logger: Where the records go; None for the logger `fivetran_async.calls`.
            long_wait: From how many seconds on a wait in the budget is a WARNING; a shorter one is DEBUG.
        """
        self.logger = logger or logging.getLogger("fivetran_async.calls")
        self.long_wait = long_wait

    def __call__(self, event: Event) -> None:
        """Write an event."""
        level = self._level(event)
        if not self.logger.isEnabledFor(level):
            return
        message, fields = _told(event)
        fields |= {"event": type(event).__name__, "operation": event.operation, "call": event.call}
        extra = {f"fivetran_{name}": value for name, value in fields.items()}
        self.logger.log(level, "%s: %s", event.operation, message, extra=extra)

    def _level(self, event: Event) -> int:
        if isinstance(event, Waited) and event.seconds >= self.long_wait:
            return logging.WARNING
        return _LEVELS.get(type(event), logging.DEBUG)


def _told(event: Event) -> _Told:  # noqa: PLR0911 - one for each kind of event
    match event:
        case Waited():
            message = f"waited {event.seconds:.3f} s for the {event.reason}"
            return message, {"seconds": event.seconds, "reason": event.reason}
        case RequestStarted():
            path = event.target.partition("?")[0]
            message = f"attempt {event.attempt}: {event.method} {path}"
            return message, {"method": event.method, "path": path, "attempt": event.attempt}
        case ResponseReceived():
            return _answered(event)
        case RetryScheduled():
            message = f"attempt {event.attempt} met {_name(event.error)}; the next in {event.delay:.3f} s"
            return message, {"attempt": event.attempt, "delay": event.delay, **_about(event.error)}
        case CallFailed():
            attempts = len(event.error.attempts)
            return f"failed: {_name(event.error)}; attempts: {attempts}", {"attempts": attempts, **_about(event.error)}
        case CallEnded():
            return _ended(event)
        case ItemRepaired():
            message = f"an item did not fit {event.model} and was read leniently: {event.reason}"
            return message, {"model": event.model, "reason": event.reason, "fields": event.fields}


def _answered(event: ResponseReceived) -> _Told:
    return f"attempt {event.attempt}: {event.status} in {event.seconds:.3f} s", {
        "attempt": event.attempt,
        "status": event.status,
        "seconds": event.seconds,
        "remaining": event.remaining,
    }


def _ended(event: CallEnded) -> _Told:
    error = None if event.error is None else type(event.error).__name__
    return f"ended after {event.seconds:.3f} s: {error or 'done'}; attempts: {event.attempts}", {
        "method": event.method,
        "attempts": event.attempts,
        "status": event.status,
        "seconds": event.seconds,
        "error": error,
    }


def _name(error: FivetranError) -> str:
    status = error.status if isinstance(error, (ApiError, DecodeError)) else None
    # The code comes from a reply: one that is no plain word could break the line.
    code = error.code if isinstance(error, ApiError) and error.code.isidentifier() else ""
    return " ".join(filter(None, (type(error).__name__, str(status or ""), code)))


def _about(error: FivetranError) -> dict[str, Any]:
    fields: dict[str, Any] = {"error": type(error).__name__}
    if isinstance(error, (ApiError, DecodeError)):
        fields["status"] = error.status
    if isinstance(error, ApiError):
        fields |= {"code": error.code, "request_id": error.request_id}
    return fields
