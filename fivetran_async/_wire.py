"""A request and a response, as plain values between the codec and the transport."""

import asyncio
import itertools
import math
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import attrs

from fivetran_async._files import Download, Upload
from fivetran_async.operation import Operation, RateClass

_NUMBERS: Final = itertools.count(1)

on_wire: ContextVar["asyncio.Future[None] | None"] = ContextVar("fivetran_async_on_wire", default=None)
"""What is resolved as soon as a request of this context is written to a connection, if somebody waits for that."""


@attrs.frozen(kw_only=True)
class Request:
    """One request, ready to be sent.

    Attributes:
        operation: What it is a request of.
        target: The path with everything encoded, and the query.
        headers: All headers but `Authorization` and `User-Agent`, which the transport adds.
        body: The bytes of the body, or None.
        upload: A file that is the body, as a form of one part.
        download: Where the bytes of a success go, in place of the response's body.
        idempotent: Whether it may be repeated when it is unknown if it arrived.
        rate_class: Which rolling window it counts against.
        unsure: Whether an earlier attempt may have arrived.
        call: The number of the call in this process, by which its events are told from those of others.
    """

    operation: Operation[Any]
    target: str
    headers: Mapping[str, str]
    body: bytes | None = None
    upload: Upload | None = None
    download: Download | None = None
    idempotent: bool
    rate_class: RateClass
    unsure: bool = False
    call: int = attrs.field(factory=_NUMBERS.__next__, eq=False, repr=False)

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.operation.method

    @property
    def plain(self) -> bool:
        """Whether both ways are a few bytes in memory, and no file."""
        return self.upload is None and self.download is None

    @property
    def slow(self) -> bool:
        """Whether the reply is known to take minutes."""
        return self.rate_class in {RateClass.SETUP_TESTS, RateClass.SOURCE}


@attrs.frozen(kw_only=True)
class Response:
    """A complete reply.

    `headers` must look names up without regard to case. `seconds` is the time from sending to the last byte.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return 200 <= self.status < 300  # noqa: PLR2004


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return how long a reply asks to wait, in seconds from 0; None if it does not say so in a readable way.

    A date is taken against the reply's own `Date` header, so that a clock that is wrong here does not matter.
    """
    text = headers.get("Retry-After", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        at = _http_date(text)
        if at is None:
            return None
        seconds = (at - (_http_date(headers.get("Date", "")) or now)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
