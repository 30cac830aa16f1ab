"""What a source answers when it does not answer well, as errors that a `RetryPolicy` can judge."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from fivetran_async._wire import retry_after_seconds
from fivetran_async.errors import ApiError, RateLimitedError

_TOO_MANY: Final = 429
_NOT_ALLOWED: Final = frozenset({401, 403})
_MOST: Final = 200


class SourceError(ApiError):
    """The source answered with an error status: 408 and those from 500 on may be tried again, others never."""


class SourceRateLimitedError(RateLimitedError, SourceError):
    """429: the source wants fewer calls; `retry_after` says for how many seconds to wait."""


def source_error(
    status: int, *, what: str = "", headers: Mapping[str, str] | None = None, body: bytes = b""
) -> SourceError:
    """Return the error for a status that is no success.

    Args:
        status: The HTTP status.
        what: What was asked for, such as `GET /emails`; without secrets.
        headers: The headers of the reply, of which `Retry-After` is read.
        body: Its body, of which the message shows the beginning.
    """
    known = {name.title(): value for name, value in (headers or {}).items()}
    said = " ".join(body[: 4 * _MOST].decode("utf-8", "replace").split())
    message = said[:_MOST]
    if status in _NOT_ALLOWED:
        hint = "check the credentials in the connector's configuration"
        message = f"{message} ({hint})" if message else hint
    fields: dict[str, Any] = {
        "operation": what,
        "headers": headers,
        "body": body,
        "retry_after": retry_after_seconds(known, datetime.now(UTC)),
    }
    if status == _TOO_MANY:
        return SourceRateLimitedError(message, **fields)
    return SourceError(message, status=status, **fields)
