"""What the history is made of: entries, and the compact forms in which they are kept until somebody reads them."""

from __future__ import annotations

import hashlib
import math
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, TypeAlias

from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.engine import volumes
from fivetran_async.sandbox.engine.volumes import Rows, Tables

SYNC_START: Final = "sync_start"
SYNC_END: Final = "sync_end"

SUCCESSFUL: Final = "SUCCESSFUL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened.

    Attributes:
        at: When, in seconds since the epoch.
        kind: What: one of the events of webhooks, `change_schema_config`, `transformation_canceled`, or `audit_trail`
            for what was asked of the API.
        connection_id: The connection that it is about; None for none.
        sync_id: The sync, of `sync_start` and `sync_end`.
        group_id: The group of the connection or transformation; None for none.
        data: What else there is to say; of an event what a webhook is sent as `data`.
        service: The type of the connection.
        connection_name: The name of the connection, which is its schema.
        transformation_id: The transformation that it is about.
        user_id: Who asked for it, or the id of the system key that did; None for what happened by itself.
        historical: Of a `sync_end`: whether the sync read everything.
        rows: Of a `sync_end`: how many rows were written, by schema and table, in the source's names.
    """

    at: float
    kind: str
    connection_id: str | None = None
    sync_id: str | None = None
    group_id: str | None = None
    data: JsonObject = field(default_factory=dict[str, object], hash=False)
    service: str | None = None
    connection_name: str | None = None
    transformation_id: str | None = None
    user_id: str | None = None
    historical: bool = False
    rows: Rows = field(default_factory=dict[str, dict[str, int]], hash=False)


class Subject(NamedTuple):
    """What names a connection, as it was then."""

    connection_id: str
    service: str
    name: str
    group_id: str

    @classmethod
    def of(cls, connection: JsonObject) -> Subject:
        """Return what names a connection now."""
        return cls(connection["id"], connection["service"], connection["schema"], connection["group_id"])


@dataclass(frozen=True, slots=True)
class Syncs:
    """Syncs that follow one another at the same distance and ended alike; or the start, or the end, of a single one.

    Attributes:
        number: The place among all that was noted.
        subject: The connection.
        first: When the first one started.
        step: From one start to the next.
        seconds: How long each took.
        count: How many there are.
        begins: Whether their starts are part of this.
        data: What is said of their ends; None when these are not part of it.
        historical: Whether the first one read everything, or tried to.
        tables: What they looked at, where that is not the usual.
        rows: What each wrote, where a script says it.
    """

    number: int
    subject: Subject
    first: float
    step: float = 0.0
    seconds: float = 0.0
    count: int = 1
    begins: bool = False
    data: JsonObject | None = None
    historical: bool = False
    tables: Tables | None = None
    rows: Rows | None = None

    @property
    def size(self) -> int:
        """How many entries these are."""
        return self.count * (self.begins + (self.data is not None))

    @property
    def kinds(self) -> frozenset[str]:
        """Of which kinds."""
        return frozenset({SYNC_START} if self.begins else ()) | frozenset({SYNC_END} if self.data is not None else ())

    @property
    def oldest(self) -> float:
        """When the first of it happened."""
        return self.first + (0.0 if self.begins else self.seconds)

    @property
    def newest(self) -> float:
        """When the last of it happened."""
        return self.first + self.step * (self.count - 1) + (0.0 if self.data is None else self.seconds)

    def size_since(self, instant: float) -> int:
        """How many entries `since` leaves."""
        return self._left(instant) * (self.begins + (self.data is not None))

    def since(self, instant: float) -> Syncs | None:
        """Return those whose last moment is not before an instant."""
        left = self._left(instant)
        return self.last(left) if left else None

    def last(self, most: int) -> Syncs:
        """Return the latest ones, no more than so many."""
        gone = self.count - most
        if gone <= 0:
            return self
        first, historical = self.first + gone * self.step, self._historical(gone)
        return replace(self, first=first, count=most, historical=historical)

    def entries(self, seed: int, *, with_rows: bool) -> Iterator[Entry]:
        """Yield the entries, oldest first.

        Args:
            seed: What decides the ids of syncs.
            with_rows: Whether to work out what they wrote.
        """
        for turn in range(self.count):
            start = self.first + turn * self.step
            name = sync_id(seed, self.subject.connection_id, start)
            if self.begins:
                yield self._entry(start, SYNC_START, name, {})
            if self.data is not None:
                historical = self._historical(turn)
                rows = self._rows(name, historical=historical) if with_rows else {}
                yield self._entry(start + self.seconds, SYNC_END, name, self.data, rows, historical=historical)

    def _historical(self, turn: int) -> bool:
        # What failed begins anew; once everything was read, only what is new is.
        return self.historical and (turn == 0 or self.data is None or self.data["status"] != SUCCESSFUL)

    def _left(self, instant: float) -> int:
        if self.newest < instant:
            return 0
        over = self.first + (0.0 if self.data is None else self.seconds)
        if instant <= over or not self.step:
            return self.count
        return max(1, self.count - math.ceil((instant - over) / self.step))

    def _entry(
        self, at: float, kind: str, name: str, data: JsonObject, rows: Rows | None = None, *, historical: bool = False
    ) -> Entry:
        return Entry(
            at=at,
            kind=kind,
            connection_id=self.subject.connection_id,
            sync_id=name,
            group_id=self.subject.group_id,
            data=dict(data),
            service=self.subject.service,
            connection_name=self.subject.name,
            historical=historical,
            rows=rows or {},
        )

    def _rows(self, name: str, *, historical: bool) -> Rows:
        if self.rows is not None:
            return self.rows
        if self.data is None or self.data["status"] != SUCCESSFUL:
            return {}
        tables = volumes.usual(*self.subject[:3]) if self.tables is None else self.tables
        return volumes.written(name, tables, historical=historical)


@dataclass(frozen=True, slots=True)
class Single:
    """One entry, and its place among all that was noted."""

    number: int
    entry: Entry

    @property
    def size(self) -> int:
        """How many entries this is."""
        return 1

    @property
    def kinds(self) -> frozenset[str]:
        """Of which kinds."""
        return frozenset({self.entry.kind})

    @property
    def oldest(self) -> float:
        """When the first of it happened."""
        return self.entry.at

    @property
    def newest(self) -> float:
        """When the last of it happened."""
        return self.entry.at

    def size_since(self, instant: float) -> int:
        """Whether `since` leaves it."""
        return int(self.entry.at >= instant)

    def since(self, instant: float) -> Single | None:
        """Return it, unless it happened before an instant."""
        return self if self.entry.at >= instant else None

    def last(self, most: int) -> Single:  # noqa: ARG002 - as of `Syncs`
        """Return it: it is one only."""
        return self

    def entries(self, seed: int, *, with_rows: bool) -> Iterator[Entry]:  # noqa: ARG002 - as of `Syncs`
        """Yield the entry."""
        yield self.entry


Item: TypeAlias = Syncs | Single
"""What the history keeps."""


def sync_id(seed: int, connection_id: str, started: float) -> str:
    """Return the id of a sync, the same for the same account, connection and start."""
    digest = hashlib.sha256(f"{seed}/{connection_id}/{started:.6f}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))
