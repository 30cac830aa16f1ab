"""What the sandbox was asked: one frozen record per request, in the order of arrival."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

# What is kept of a server that runs for days: the newest requests, and of large bodies the beginning.
KEPT_REQUESTS: Final = 100_000
KEPT_BODY: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request that reached the sandbox.

    Attributes:
        method: The HTTP method.
        path: The raw path: percent-encoded as it was sent, without the query.
        query: The query parameters, decoded; of a repeated one the last.
        headers: As sent; names in any case.
        body: The body, of a very large one the first MiB.
        at: When it arrived, by the sandbox's clock.
        status: What was answered; None while it is being handled and when nothing was answered.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes
    at: datetime
    status: int | None = None


class Recorder:
    """Keeps the records; written by the server, read by tests."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._records: dict[int, RecordedRequest] = {}
        self._count = 0

    @property
    def count(self) -> int:
        """How many requests arrived."""
        return self._count

    @property
    def records(self) -> tuple[RecordedRequest, ...]:
        """The requests so far, oldest first."""
        with self._lock:
            return tuple(self._records.values())

    def begin(self, record: RecordedRequest) -> int:
        """Keep a request that arrived; returns its number for `finish`."""
        with self._lock:
            self._count += 1
            self._records[self._count] = replace(record, body=record.body[:KEPT_BODY])
            if len(self._records) > KEPT_REQUESTS:
                del self._records[next(iter(self._records))]
            return self._count

    def finish(self, number: int, status: int) -> None:
        """Note what a request was answered."""
        with self._lock:
            record = self._records.get(number)
            if record is not None:
                self._records[number] = replace(record, status=status)
