"""The changes of one table that wait to be written: of each row what all of them come to."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import attrs

from fivetran_async.connector_sdk._tables import RESERVED, Table
from fivetran_async.connector_sdk._types import ColumnType, ValueTypeError, converted, inferred, loosely, wider

ROW_ID: Final = "_fivetran_id"
"""The key of a table without a primary key: a digest of the row."""

Key = tuple[str, ...]


@attrs.define
class Change:
    """What is to be done with one row.

    Attributes:
        values: Columns and their values, as they were sent.
        whole: Whether they are the whole row.
        deleted: Whether the row is gone afterwards.
    """

    values: dict[str, Any]
    whole: bool
    deleted: bool = False


class Pending:
    """The changes of one table."""

    def __init__(self, table: Table, columns: Mapping[str, ColumnType]) -> None:
        """Begin with no changes.

        Args:
            table: As `schema()` describes it.
            columns: The types of the columns that the table has already.
        """
        self.table: Final = table
        self.columns: Final[dict[str, ColumnType]] = {**columns, **table.columns}
        """By name, the types that the columns have or are to have."""
        self.changes: dict[Key, Change] = {}
        self.counts: Final = {"upserts": 0, "updates": 0, "deletes": 0, "truncates": 0}
        self._spelt: Final = {name.lower(): name for name in self.columns}

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell rows apart."""
        return self.table.key or (ROW_ID,)

    def upsert(self, row: Mapping[str, Any]) -> None:
        """Take a whole row."""
        values = self._checked(row)
        if not self.table.key:
            values[ROW_ID] = _digest(values)
            self.columns.setdefault(ROW_ID, inferred(""))
        self.changes[self._key(values, "upsert")] = Change(values, whole=True)
        self.counts["upserts"] += 1

    def update(self, row: Mapping[str, Any]) -> None:
        """Take the columns of a row that change."""
        self._wants_key("update")
        values = self._checked(row)
        key = self._key(values, "update")
        before = self.changes.get(key)
        if before is None:
            self.changes[key] = Change(values, whole=False)
        else:
            before.values.update(values)
        self.counts["updates"] += 1

    def delete(self, keys: Mapping[str, Any]) -> None:
        """Take the key of a row that is gone."""
        self._wants_key("delete")
        values = self._checked(keys)
        key = self._key(values, "delete")
        self.changes.setdefault(key, Change(values, whole=False)).deleted = True
        self.counts["deletes"] += 1

    def take(self) -> list[Change]:
        """Return all changes, and begin anew with none."""
        changes = list(self.changes.values())
        self.changes = {}
        return changes

    def encoded(self, changes: Iterable[Change]) -> Iterator[dict[str, Any]]:
        """Yield rows as JSON that DuckDB reads as the types of the columns."""
        for change in changes:
            yield {name: None if value is None else self._encoded(name, value) for name, value in change.values.items()}

    def _encoded(self, name: str, value: Any) -> Any:
        declared = self.table.columns.get(name)
        return loosely(value, self.columns[name]) if declared is None else declared.convert(value)

    def _wants_key(self, operation: str) -> None:
        if not self.table.key:
            raise ValueError(f"{self.table.name}: {operation} wants a primary key, and schema() declares none")

    def _checked(self, row: Mapping[str, Any]) -> dict[str, Any]:
        if not isinstance(row, Mapping):
            raise TypeError(f"{self.table.name}: a row must be a dict, not {type(row).__name__}")
        for name, value in row.items():
            self._check(name, value)
        return dict(row)

    def _check(self, name: str, value: Any) -> None:
        where = f"{self.table.name}.{name}"
        if not isinstance(name, str) or not name:
            raise TypeError(f"{self.table.name}: the name of a column must be a text, not {name!r}")
        if self._spelt.setdefault(name.lower(), name) != name:
            raise ValueError(f"{where} and {self._spelt[name.lower()]} are one column in a destination: choose one")
        if RESERVED.fullmatch(name):
            raise ValueError(f"{where}: names that begin with _fivetran_ are Fivetran's")
        if value is None:
            return
        declared = self.table.columns.get(name)
        if declared is not None:
            converted(value, declared, where)
            return
        try:
            kind = inferred(value)
        except ValueTypeError as error:
            raise ValueTypeError(f"{where}: {error}") from None
        known = self.columns.get(name)
        self.columns[name] = kind if known is None else wider(known, kind)

    def _key(self, values: Mapping[str, Any], operation: str) -> Key:
        missing = [name for name in self.key if values.get(name) is None]
        if missing:
            raise ValueError(f"{self.table.name}: {operation} without a value of the primary key: {', '.join(missing)}")
        return tuple(_same(values[name]) for name in self.key)


def _same(value: Any) -> str:
    # One key however it is spelt: the int 1 and the text "1" meet in one column in the end.
    return value if isinstance(value, str) else json.dumps(value, default=str, sort_keys=True)


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, default=str, sort_keys=True).encode()).hexdigest()[:32]
