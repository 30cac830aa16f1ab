"""What has been read of an account so far, list by list, and what that makes of an inventory."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from fivetran_async.audit._sources import COLUMNS, EACH, LISTS, Source
from fivetran_async.audit.findings import AnyKind, Kind
from fivetran_async.audit.inventory import FIELDS, NOT_SET_UP, Gap, Inventory
from fivetran_async.errors import ApiError, DecodeError, FivetranError
from fivetran_async.models._base import Model, field_names
from fivetran_async.models.connections import SetupState

if TYPE_CHECKING:
    from fivetran_async.audit._journal import Read
    from fivetran_async.models.connections import Connection
    from fivetran_async.models.schemas import SchemaConfig

M = TypeVar("M", bound=Model)


@attrs.define(eq=False)
class Reading:
    """One list while it is read.

    Attributes:
        source: What it is a list of.
        of: The ids of whose it is.
        items: What was read.
        cursor: Where to go on.
        cursors: All cursors that came.
        resumed: Whether the cursor is one that an earlier run was given.
        pages: How many pages were read.
        whole: Whether it was read to its end.
        absent: Whether there is nothing of the kind.
        error: What ended it early.
        left: Why it was not asked for, as a `Gap` names it.
        reason: The same in words.
    """

    source: Source
    of: tuple[str, ...] = ()
    items: list[Any] = attrs.field(factory=list[Any])
    cursor: str | None = None
    cursors: set[str] = attrs.field(factory=set[str])
    resumed: bool = False
    pages: int = 0
    whole: bool = False
    absent: bool = False
    error: FivetranError | None = None
    left: str = ""
    reason: str = ""

    def take(self, items: Collection[Any], after: str | None) -> None:
        """Take a page."""
        self.items += items
        self.pages += 1
        self.cursor, self.resumed = after, False
        if after is not None:
            self.cursors.add(after)
        self.whole = after is None

    def begin_anew(self) -> None:
        """Forget what was read."""
        self.items, self.cursor, self.cursors, self.resumed, self.pages = [], None, set(), False, 0

    def take_absence(self) -> None:
        """Note that there is nothing of the kind."""
        self.pages += 1
        self.absent = self.whole = True


class Readings:
    """All lists that an audit reads."""

    def __init__(self, kinds: frozenset[Kind]) -> None:
        self.kinds = kinds
        self._by_kind: dict[Kind, list[Reading]] = {kind: [] for kind in Kind if kind in kinds}
        self._known: dict[tuple[str, ...], list[Read]] = {}

    def remember(self, reads: "list[Read]") -> None:
        """Take what an earlier run has read; it counts once its list is asked for."""
        for read in reads:
            if read.at is None:
                # A list that was begun anew.
                self._known[read.key] = []
            self._known.setdefault(read.key, []).append(read)

    def of(self, kind: Kind) -> list[Reading]:
        """Return the lists of one kind."""
        return self._by_kind[kind]

    def lists(self) -> list[Reading]:
        """Return, once, the lists of the account."""
        return [self._reading(source) for source in LISTS if source.kind in self.kinds]

    def each(self) -> list[Reading]:
        """Return, once, the lists of single objects, after those that say which there are."""
        return [
            self._reading(source, owner)
            for source in EACH
            if source.kind in self.kinds and source.owners is not None
            for owner in self.owners(source.owners, source.only)
        ]

    def columns(self) -> list[Reading]:
        """Return, once, the tables whose columns are to be read, after the schemas."""
        if COLUMNS.kind not in self.kinds:
            return []
        found = [
            self._reading(COLUMNS, reading.of[0], schema, table)
            for reading in self.of(Kind.SCHEMA)
            for config in reading.items
            for schema, table in tables_with_columns(config)
        ]
        unusable = {item.id for reading in self.of(Kind.CONNECTION) for item in reading.items if not _is_set_up(item)}
        for reading in found:
            if reading.of[0] in unusable and not reading.whole:
                reading.left = NOT_SET_UP
                reading.reason = "the source cannot be asked, because the connection's setup is broken or incomplete"
        return found

    def owners(self, kind: Kind, only: Callable[[Any], bool]) -> list[str]:
        """Return the ids of some objects of a kind that was listed."""
        return list(dict.fromkeys(item.id for reading in self.of(kind) for item in reading.items if only(item)))

    def _reading(self, source: Source, *of: str) -> Reading:
        reading = Reading(source, of)
        for read in self._known.pop((source.name, *of), ()):
            if read.absent:
                reading.take_absence()
            else:
                reading.take(read.items, read.next)
                reading.resumed = True
        self._by_kind[source.kind].append(reading)
        return reading

    def is_whole(self, kind: Kind) -> bool:
        """Return whether all of a kind was read."""
        if kind not in self.kinds or not all(reading.whole for reading in self.of(kind)):
            return False
        if kind is COLUMNS.kind:
            return self.is_whole(Kind.SCHEMA)
        return all(self.is_whole(source.owners) for source in EACH if source.kind is kind and source.owners is not None)

    def inventory(self) -> Inventory:
        """Return what was read, in the order of the lists, whatever came first."""
        fields: dict[str, dict[str, Any]] = {name: {} for names in FIELDS.values() for name in names}
        for kind, readings in self._by_kind.items():
            if kind is not COLUMNS.kind:
                for reading in readings:
                    fields[reading.source.field].update(_entries(reading))
        fields[COLUMNS.field].update(self._columns(fields["schemas"]))
        whole = frozenset(kind for kind in self._by_kind if self.is_whole(kind))
        read = frozenset(kind for kind, readings in self._by_kind.items() if any(it.pages for it in readings))
        return Inventory(**fields, whole=whole, partial=read - whole, unread=self._unread())

    def _columns(self, schemas: "Mapping[str, SchemaConfig]") -> "Iterator[tuple[str, SchemaConfig]]":
        found: dict[str, dict[tuple[str, str], Any]] = {}
        for reading in self._by_kind.get(COLUMNS.kind, ()):
            connection, schema, table = reading.of
            tables = found.setdefault(connection, {})
            if reading.items:
                tables[schema, table] = reading.items[0].columns
        if COLUMNS.kind in self.kinds:
            for connection, config in schemas.items():
                # One without a table to be asked for is known as well.
                if connection not in found or found[connection]:
                    yield connection, _with_columns(config, found.get(connection, {}))

    def _unread(self) -> dict[AnyKind, frozenset[str]]:
        return {
            kind: missing
            for kind, readings in self._by_kind.items()
            if (missing := frozenset(reading.of[0] for reading in readings if reading.of and not reading.whole))
        }

    def gaps(self) -> tuple[Gap, ...]:
        """Return what could not be read, kind by kind."""
        return tuple(gap for kind, readings in self._by_kind.items() for gap in _gaps(kind, readings))


def tables_with_columns(config: "SchemaConfig") -> Iterator[tuple[str, str]]:
    """Return the tables that are loaded and whose columns the API tells, each with its schema."""
    for schema_name, schema in (config.schemas or {}).items():
        if schema.enabled is False:
            continue
        for table_name, table in (schema.tables or {}).items():
            if table.enabled is not False and table.supports_columns_config is not False:
                yield schema_name, table_name


def _is_set_up(connection: "Connection") -> bool:
    status = connection.status
    return status is None or status.setup_state in {None, SetupState.CONNECTED}


def _entries(reading: Reading) -> Iterator[tuple[str, Any]]:
    if not reading.of:
        for item in reading.items:
            yield getattr(item, "id", None) or getattr(item, "name", None) or "", item
    elif reading.source.kind is Kind.SCHEMA:
        yield from ((reading.of[0], item) for item in reading.items)
    elif reading.whole and not reading.absent:
        yield reading.of[0], tuple(reading.items)


def _with_columns(config: "SchemaConfig", columns: Mapping[tuple[str, str], Any]) -> "SchemaConfig":
    schemas = {
        schema_name: _changed(
            schema,
            tables={
                table_name: _changed(table, columns=columns.get((schema_name, table_name)))
                for table_name, table in (schema.tables or {}).items()
            },
        )
        for schema_name, schema in (config.schemas or {}).items()
    }
    return _changed(config, schemas=schemas)


def _changed(model: M, **changes: Any) -> M:
    # Not attrs.evolve, which looks for unknown fields in the bytes of the whole object, once for each of its parts.
    return type(model)(**{name: getattr(model, name) for name in field_names(type(model))} | changes)


def _gaps(kind: Kind, readings: list[Reading]) -> Iterator[Gap]:
    read = sum(len(reading.items) for reading in readings)
    reasons: dict[tuple[str, int | None], str] = {}
    counts: Counter[tuple[str, int | None]] = Counter()
    for reading in readings:
        if reading.whole:
            continue
        error = reading.error
        status = error.status if isinstance(error, (ApiError, DecodeError)) else None
        key = (reading.left if error is None else type(error).__name__, status)
        reasons.setdefault(key, reading.reason if error is None else str(error))
        counts[key] += bool(reading.of)
    for (error_name, status), reason in reasons.items():
        unread = counts[error_name, status]
        yield Gap(kind=kind, reason=reason, status=status, error=error_name, read=read, unread=unread)
