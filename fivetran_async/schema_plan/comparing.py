"""How two schema configurations differ, or one from what is wanted of it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from fivetran_async.errors import ArgumentError
from fivetran_async.models.schemas import SchemaConfig
from fivetran_async.schema_plan.desired import AnyDesired, as_desired
from fivetran_async.schema_plan.names import full_name
from fivetran_async.schema_plan.planning import plan
from fivetran_async.schema_plan.plans import Line, Setting, Value, coloured
from fivetran_async.schema_plan.view import ColumnItem, SchemaView, TableItem, as_view

_Parts: TypeAlias = tuple[str, ...]


@attrs.frozen(kw_only=True)
class Difference:
    """A setting that differs.

    Attributes:
        name: The full name of what it is of; that of the configuration is empty.
        setting: The setting.
        left: What it is on the left side; None if that is not known, or, of `enabled`, for a column that follows its
            table.
        right: The same of the right side.
    """

    name: str
    setting: str
    left: Value | None
    right: Value | None


@attrs.frozen(kw_only=True)
class SchemaDiff:
    """How two sides differ.

    Attributes:
        differences: The settings that differ.
        only_left: The full names of what only the left side has; what is in it is not named.
        only_right: The same of the right side.
    """

    differences: tuple[Difference, ...] = ()
    only_left: tuple[str, ...] = ()
    only_right: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (self.differences or self.only_left or self.only_right)

    def lines(self) -> Iterator[Line]:
        """Iterate over the lines of it as text, each with its colour."""
        for name in self.only_left:
            yield Line(text=f"< {name}: only on the left", style="red")
        for name in self.only_right:
            yield Line(text=f"> {name}: only on the right", style="green")
        for item in self.differences:
            name = f"{item.name}: " if item.name else ""
            values = f"{_shown(item.setting, item.left)} | {_shown(item.setting, item.right)}"
            yield Line(text=f"~ {name}{item.setting} {values}", style="cyan")
        counts = f"{len(self.differences):,} settings differ"
        only = f"{len(self.only_left):,} only on the left, {len(self.only_right):,} only on the right"
        yield Line(text="no differences" if self.same else f"{counts}, {only}", style="bold")

    def text(self, *, colour: bool = False) -> str:
        """Return it as text.

        Args:
            colour: Whether to colour it as terminals do.
        """
        return coloured(self.lines(), colour=colour)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        return {
            "version": 1,
            "same": self.same,
            "differences": [attrs.asdict(item) for item in self.differences],
            "only_left": list(self.only_left),
            "only_right": list(self.only_right),
        }


AnySide: TypeAlias = SchemaView | SchemaConfig | AnyDesired


def diff(left: AnySide, right: AnySide) -> SchemaDiff:
    """Tell how two schema configurations differ, or one from what is wanted of it. No call is made.

    A column that one side leaves out is compared as what it is: it follows its table, and is not hashed. Against a
    desired state, only what that names is compared.

    Args:
        left: A configuration, a view of one, or a desired state in any form.
        right: The same; one of the two must be a configuration.

    Raises:
        ArgumentError: Both are desired states.
        DesiredStateError: A desired state cannot be used.
    """
    if isinstance(left, SchemaView | SchemaConfig):
        if isinstance(right, SchemaView | SchemaConfig):
            return _Comparison(as_view(left), as_view(right)).run()
        return _from_desired(left, right, wanted_left=False)
    if isinstance(right, SchemaView | SchemaConfig):
        return _from_desired(right, left, wanted_left=True)
    raise ArgumentError("one of the two sides must be the configuration of a connection")


def _from_desired(current: SchemaView | SchemaConfig, desired: AnyDesired, *, wanted_left: bool) -> SchemaDiff:
    todo = plan(current, as_desired(desired), missing="ignore")

    def difference(item: Setting) -> Difference:
        left, right = (item.after, item.before) if wanted_left else (item.before, item.after)
        return Difference(name=item.full_name, setting=item.name, left=left, right=right)

    missing = tuple(item.name for item in todo.missing)
    return SchemaDiff(
        differences=tuple(map(difference, [*todo.changes, *todo.blocked])),
        only_left=missing if wanted_left else (),
        only_right=() if wanted_left else missing,
    )


class _Comparison:
    """Two views, level by level."""

    def __init__(self, left: SchemaView, right: SchemaView) -> None:
        self._left = left
        self._right = right
        self._differences: list[Difference] = []
        self._only_left: list[str] = []
        self._only_right: list[str] = []

    def run(self) -> SchemaDiff:
        handling = "schema_change_handling"
        self._compare((), handling, self._left.schema_change_handling, self._right.schema_change_handling)
        left = {item.name: item for item in self._left.schemas()}
        right = {item.name: item for item in self._right.schemas()}
        ours = _tables(self._left)
        theirs = _tables(self._right)
        for name in self._both((), left, right):
            self._compare((name,), "enabled", left[name].enabled, right[name].enabled)
            mine, other = ours.get(name, {}), theirs.get(name, {})
            for table in self._both((name,), mine, other):
                self._table((name, table), mine[table], other[table])
        return SchemaDiff(
            differences=tuple(self._differences),
            only_left=tuple(self._only_left),
            only_right=tuple(self._only_right),
        )

    def _both(self, parts: _Parts, left: Mapping[str, Any], right: Mapping[str, Any]) -> list[str]:
        """Return what both sides have, and note what only one has."""
        self._only_left += [full_name(*parts, name) for name in left if name not in right]
        self._only_right += [full_name(*parts, name) for name in right if name not in left]
        return [name for name in left if name in right]

    def _table(self, parts: _Parts, left: TableItem, right: TableItem) -> None:
        self._compare(parts, "enabled", left.enabled, right.enabled)
        self._compare(parts, "sync_mode", left.sync_mode, right.sync_mode)
        ours = {column.name: column for column in self._left.columns_of(left)}
        theirs = {column.name: column for column in self._right.columns_of(right)}
        for name in dict.fromkeys([*ours, *theirs]):
            mine, other = ours.get(name), theirs.get(name)
            if mine is None and left.columns_known:
                self._only_right.append(full_name(*parts, name))
            elif other is None and right.columns_known:
                self._only_left.append(full_name(*parts, name))
            else:
                self._column((*parts, name), mine, other)

    def _column(self, parts: _Parts, left: ColumnItem | None, right: ColumnItem | None) -> None:
        # One that follows its table is loaded whenever its table is, as one that was switched on.
        on: Callable[[ColumnItem | None], bool] = lambda item: item is None or item.own is not False  # noqa: E731
        if on(left) != on(right):
            own = [None if item is None else item.own for item in (left, right)]
            self._compare(parts, "enabled", own[0], own[1])
        self._compare(parts, "hashed", left is not None and left.hashed, right is not None and right.hashed)
        keys = [None if item is None else item.is_primary_key for item in (left, right)]
        if None not in keys:
            self._compare(parts, "is_primary_key", keys[0], keys[1])

    def _compare(self, parts: _Parts, setting: str, left: Value | None, right: Value | None) -> None:
        if left != right:
            self._differences.append(Difference(name=full_name(*parts), setting=setting, left=left, right=right))


def _tables(view: SchemaView) -> dict[str, dict[str, TableItem]]:
    found: dict[str, dict[str, TableItem]] = {}
    for table in view.tables():
        found.setdefault(table.schema.name, {})[table.name] = table
    return found


def _shown(setting: str, value: Value | None) -> str:
    if value is None:
        return "as its table" if setting == "enabled" else "unknown"
    return str(value).lower() if isinstance(value, bool) else value
