"""What happened in the account, in order: syncs, changes of connections, runs of transformations, and who asked.

Moving the clock can let millions of syncs go by. They are kept as what they are, a first start and a step, and only
become entries when somebody reads them.
"""

from __future__ import annotations

import hashlib
import heapq
import math
import threading
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, TypeAlias

from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.engine import volumes
from fivetran_async.sandbox.engine.volumes import Rows, Tables

KEPT: Final = 500_000
"""How many entries are kept; the oldest go first."""

SYNC_START: Final = "sync_start"
SYNC_END: Final = "sync_end"

SUCCESSFUL: Final = "SUCCESSFUL"

# What is over the maximum is only counted until so much has come that cutting it off pays.
_PATIENCE: Final = 1_000
_HALVINGS: Final = 64


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
class _Syncs:
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
        historical: Whether the first one read everything.
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
        return self.count * (self.begins + (self.data is not None))

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({SYNC_START} if self.begins else ()) | frozenset({SYNC_END} if self.data is not None else ())

    @property
    def oldest(self) -> float:
        return self.first + (0.0 if self.begins else self.seconds)

    @property
    def newest(self) -> float:
        """When the last of it happened."""
        return self.first + self.step * (self.count - 1) + (0.0 if self.data is None else self.seconds)

    def since(self, instant: float) -> _Syncs | None:
        """Return those whose last moment is not before an instant."""
        if self.newest < instant:
            return None
        over = self.first + (0.0 if self.data is None else self.seconds)
        gone = min(self.count - 1, max(0, math.ceil((instant - over) / self.step))) if self.step else 0
        if not gone:
            return self
        return replace(self, first=self.first + gone * self.step, count=self.count - gone, historical=False)

    def last(self, most: int) -> _Syncs:
        """Return the latest ones, no more than so many."""
        gone = self.count - most
        if gone <= 0:
            return self
        return replace(self, first=self.first + gone * self.step, count=most, historical=False)

    def entries(self, seed: int, *, with_rows: bool) -> Iterator[Entry]:
        for turn in range(self.count):
            start = self.first + turn * self.step
            name = sync_id(seed, self.subject.connection_id, start)
            if self.begins:
                yield self._entry(start, SYNC_START, name, {})
            if self.data is not None:
                historical = self.historical and turn == 0
                rows = self._rows(name, historical=historical) if with_rows else {}
                yield self._entry(start + self.seconds, SYNC_END, name, self.data, rows, historical=historical)

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
class _Single:
    """One entry, and its place among all that was noted."""

    number: int
    entry: Entry

    @property
    def size(self) -> int:
        return 1

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({self.entry.kind})

    @property
    def oldest(self) -> float:
        return self.entry.at

    @property
    def newest(self) -> float:
        return self.entry.at

    def since(self, instant: float) -> _Single | None:
        return self if self.entry.at >= instant else None

    def last(self, most: int) -> _Single:  # noqa: ARG002 - as of `_Syncs`
        return self

    def entries(self, seed: int, *, with_rows: bool) -> Iterator[Entry]:  # noqa: ARG002 - as of `_Syncs`
        yield self.entry


_Item: TypeAlias = _Syncs | _Single


class History:
    """The journal of an account; to be written to with the account's lock held.

    Args:
        seed: What decides the ids of syncs.
        lock: The account's.
        refresh: Notes all that has happened up to now and was not noticed yet; called before anything is read.

    Attributes:
        kept: How many entries are kept at most.
        wake: Called whenever something was noted.
    """

    def __init__(self, seed: int, lock: threading.RLock, refresh: Callable[[], object]) -> None:
        self.kept = KEPT
        self.wake: Callable[[], object] = _nothing
        self._seed = seed
        self._lock = lock
        self._refresh = refresh
        self._items: list[_Item] = []
        self._size = 0
        self._dropped = 0
        self._patience = _PATIENCE
        self._number = 0

    def __len__(self) -> int:
        self._refresh()
        with self._lock:
            self._trim()
            return self._size

    @property
    def dropped(self) -> int:
        """How many entries, the oldest, were dropped because there were more than are kept."""
        with self._lock:
            self._trim()
            return self._dropped

    @property
    def number(self) -> int:
        """How often something was noted."""
        return self._number

    def entries(
        self,
        *,
        kinds: Collection[str] | None = None,
        connection_id: str | None = None,
        since: float = -math.inf,
        until: float = math.inf,
    ) -> Iterator[Entry]:
        """Return what happened up to now, oldest first.

        Args:
            kinds: Only entries of these kinds.
            connection_id: Only entries about this connection.
            since: Only what happened then or later, in seconds since the epoch.
            until: Only what happened before.
        """
        self._refresh()
        with self._lock:
            self._trim()
            items = [item for item in self._items if item.newest >= since and item.oldest < until]
        if kinds is not None:
            items = [item for item in items if not item.kinds.isdisjoint(kinds)]
        for entry in self._in_order(items, with_rows=True):
            if not since <= entry.at < until:
                continue
            if kinds is not None and entry.kind not in kinds:
                continue
            if connection_id is None or entry.connection_id == connection_id:
                yield entry

    def fresh(self, number: int, kinds: Collection[str], most: int) -> Iterator[Entry]:
        """Return what was noted later than the first so many times, oldest first, without the rows of syncs.

        Args:
            number: How often something had been noted, as `number` said it.
            kinds: Only what has entries of these kinds.
            most: Of syncs that one schedule ran in one go, only so many, the latest.
        """
        with self._lock:
            first = len(self._items)
            while first and self._items[first - 1].number > number:
                first -= 1
            items = [item.last(most) for item in self._items[first:] if not item.kinds.isdisjoint(kinds)]
        return self._in_order(items, with_rows=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._items.clear()
            self._size = self._dropped = 0

    def note(self, kind: str, at: float, connection: JsonObject | None = None, **more: object) -> None:
        """Note what happened.

        Args:
            kind: As of `Entry`.
            at: When.
            connection: What it is about.
            **more: Other fields of `Entry`.
        """
        named: dict[str, object] = {}
        if connection is not None:
            subject = Subject.of(connection)
            named = {
                "connection_id": subject.connection_id,
                "service": subject.service,
                "connection_name": subject.name,
                "group_id": subject.group_id,
            }
        fields: JsonObject = {"at": at, "kind": kind, **named, **more}
        self._add(_Single(self._number + 1, Entry(**fields)))

    def began(self, connection: JsonObject, at: float) -> None:
        """Note that a sync started."""
        self._add(_Syncs(self._number + 1, Subject.of(connection), at, begins=True))

    def ended(
        self, connection: JsonObject, started: float, at: float, data: JsonObject, *, historical: bool, rows: Rows | None
    ) -> None:
        """Note that a sync ended.

        Args:
            connection: Of which.
            started: When it started.
            at: When it ended.
            data: How.
            historical: Whether it read everything.
            rows: What it wrote, where a script says it.
        """
        tables = volumes.touched(connection)
        subject = Subject.of(connection)
        length = at - started
        ended = _Syncs(
            self._number + 1, subject, started, 0.0, length, data=data, historical=historical, tables=tables, rows=rows
        )
        self._add(ended)

    def ran(
        self, connection: JsonObject, first: float, step: float, seconds: float, count: int, data: JsonObject, *,
        historical: bool,
    ) -> None:
        """Note syncs that a schedule ran from start to end.

        Args:
            connection: Of which.
            first: When the first one started.
            step: From one start to the next.
            seconds: How long each took.
            count: How many.
            data: How they ended.
            historical: Whether the first one read everything.
        """
        tables = volumes.touched(connection)
        subject = Subject.of(connection)
        self._add(_Syncs(self._number + 1, subject, first, step, seconds, count, True, data, historical, tables))

    def _add(self, item: _Item) -> None:
        self._number = item.number
        self._items.append(item)
        self._size += item.size
        if self._size > self.kept and len(self._items) >= self._patience:
            self._trim()
        self.wake()

    def _trim(self) -> None:
        if self._size <= self.kept:
            return
        early = min(item.oldest for item in self._items)
        late = math.nextafter(max(item.newest for item in self._items), math.inf)
        for _ in range(_HALVINGS):
            middle = (early + late) / 2
            if sum(item.size for item in _later(self._items, middle)) > self.kept:
                early = middle
            else:
                late = middle
        before = self._size
        self._items = list(_later(self._items, late))
        self._size = sum(item.size for item in self._items)
        self._dropped += before - self._size
        self._patience = 2 * len(self._items) + _PATIENCE

    def _in_order(self, items: Iterable[_Item], *, with_rows: bool) -> Iterator[Entry]:
        def keyed(item: _Item) -> Iterator[tuple[float, int, Entry]]:
            return ((entry.at, item.number, entry) for entry in item.entries(self._seed, with_rows=with_rows))

        single: list[_Item] = []
        several: list[_Item] = []
        for item in items:
            (single if item.size == 1 else several).append(item)
        single.sort(key=lambda item: (item.newest, item.number))
        alone = (found for item in single for found in keyed(item))
        # What is of one moment goes on in the order in which it was noted.
        merged = heapq.merge(alone, *(keyed(item) for item in several), key=lambda found: found[:2])
        return (entry for _, _, entry in merged)


def sync_id(seed: int, connection_id: str, started: float) -> str:
    """Return the id of a sync, the same for the same account, connection and start."""
    digest = hashlib.sha256(f"{seed}/{connection_id}/{started:.3f}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def _later(items: Iterable[_Item], instant: float) -> Iterator[_Item]:
    return (left for item in items if (left := item.since(instant)) is not None)


def _nothing() -> None:
    pass
