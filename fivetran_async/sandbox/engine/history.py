"""What happened in the account, in order: syncs, changes of connections, runs of transformations, and who asked.

Moving the clock can let millions of syncs go by. They are kept as what they are, a first start and a step, and only
become entries when somebody reads them.
"""

from __future__ import annotations

import heapq
import math
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final, NamedTuple

from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.engine import volumes
from fivetran_async.sandbox.engine.attendance import Attendant, Nobody
from fivetran_async.sandbox.engine.entries import Entry, Item, Single, Subject, Syncs
from fivetran_async.sandbox.engine.volumes import Rows

KEPT: Final = 500_000
"""How many entries are kept; the oldest go first."""

# What is over the maximum is only counted until so much has come that cutting it off pays.
_PATIENCE: Final = 1_000
_HALVINGS: Final = 64
# So much of the maximum is left by a cut, or more: to find the exact place would take many times as long.
_NEARLY: Final = 0.9


class Runs(NamedTuple):
    """Syncs of one connection that a schedule ran from start to end.

    Attributes:
        first: When the first one started.
        step: From one start to the next.
        seconds: How long each took.
        turns: How many there are.
    """

    first: float
    step: float
    seconds: float
    turns: int


class History:
    """The journal of an account; to be written to with the account's lock held.

    Args:
        seed: What decides the ids of syncs.
        lock: The account's.
        refresh: Notes all that has happened up to now and was not noticed yet; called before anything is read.

    Attributes:
        kept: How many entries are kept at most.
        wake: Called whenever something was noted.
        attendant: Is told when syncs begin and end.
    """

    def __init__(self, seed: int, lock: threading.RLock, refresh: Callable[[], object]) -> None:
        self.kept = KEPT
        self.wake: Callable[[], object] = _nothing
        self.attendant: Attendant = Nobody()
        self._seed = seed
        self._lock = lock
        self._refresh = refresh
        self._items: list[Item] = []
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
        self._add(Single(self._number + 1, Entry(**fields)))

    def began(self, connection: JsonObject, at: float) -> None:
        """Note that a sync started."""
        self._add(Syncs(self._number + 1, Subject.of(connection), at, begins=True))
        self.attendant.began(connection, at)

    def ended(
        self,
        connection: JsonObject,
        started: float,
        at: float,
        data: JsonObject,
        *,
        historical: bool,
        rows: Rows | None,
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
        ended = Syncs(
            self._number + 1, subject, started, 0.0, length, data=data, historical=historical, tables=tables, rows=rows
        )
        self._add(ended)
        self.attendant.ended(connection)

    def ran(self, connection: JsonObject, runs: Runs, data: JsonObject, *, historical: bool) -> None:
        """Note syncs that a schedule ran from start to end.

        Args:
            connection: Of which.
            runs: When.
            data: How they ended.
            historical: Whether the first one read everything.
        """
        self._add(
            Syncs(
                self._number + 1,
                Subject.of(connection),
                runs.first,
                runs.step,
                runs.seconds,
                runs.turns,
                begins=True,
                data=data,
                historical=historical,
                tables=volumes.touched(connection),
            )
        )

    def _add(self, item: Item) -> None:
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
            size = sum(item.size_since(middle) for item in self._items)
            if size > self.kept:
                early = middle
            else:
                late = middle
                if size >= self.kept * _NEARLY:
                    break
        before = self._size
        self._items = list(_later(self._items, late))
        self._size = sum(item.size for item in self._items)
        self._dropped += before - self._size
        self._patience = 2 * len(self._items) + _PATIENCE

    def _in_order(self, items: Iterable[Item], *, with_rows: bool) -> Iterator[Entry]:
        def keyed(item: Item) -> Iterator[tuple[float, int, Entry]]:
            return ((entry.at, item.number, entry) for entry in item.entries(self._seed, with_rows=with_rows))

        single: list[Item] = []
        several: list[Item] = []
        for item in items:
            (single if item.size == 1 else several).append(item)
        single.sort(key=lambda item: (item.newest, item.number))
        alone = (found for item in single for found in keyed(item))
        # What is of one moment goes on in the order in which it was noted.
        merged = heapq.merge(alone, *(keyed(item) for item in several), key=lambda found: found[:2])
        return (entry for _, _, entry in merged)


def _later(items: Iterable[Item], instant: float) -> Iterator[Item]:
    return (left for item in items if (left := item.since(instant)) is not None)


def _nothing() -> None:
    pass
