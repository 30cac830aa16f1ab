"""Events of the line a call travels, for logs, metrics and traces."""

from fivetran_async.hooks._logging import LoggingHook
from fivetran_async.hooks._records import (
    CallEnded,
    CallFailed,
    Event,
    Hook,
    ItemRepaired,
    RequestStarted,
    ResponseReceived,
    RetryScheduled,
    Waited,
    WaitReason,
    emit,
)

__all__ = [
    "CallEnded",
    "CallFailed",
    "Event",
    "Hook",
    "ItemRepaired",
    "LoggingHook",
    "RequestStarted",
    "ResponseReceived",
    "RetryScheduled",
    "WaitReason",
    "Waited",
    "emit",
]
