"""What is to be done so that a schema configuration is as desired: a pure function, and the fewest calls."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from fivetran_async.errors import ArgumentError
from fivetran_async.models.schemas import Column, SchemaConfig
from fivetran_async.schema_plan._document import Place
from fivetran_async.schema_plan._fields import SETTINGS
from fivetran_async.schema_plan.desired import (
    AnyDesired,
    Desired,
    DesiredColumn,
    DesiredSchema,
    DesiredTable,
    OnMissing,
    as_desired,
    patterns_of,
)
from fivetran_async.schema_plan.names import KINDS, Pattern, closest, full_name
from fivetran_async.schema_plan.plans import Blocked, Change, Missing, Resync, SchemaPlan, Setting, Value
from fivetran_async.schema_plan.view import ColumnItem, Lock, SchemaItem, SchemaView, TableItem, as_view

_Wanted: TypeAlias = dict[str, tuple[Value, Place]]
"""By setting what is wanted, and where that stands."""

_HISTORY = "HISTORY"
# Of how many missing names it is looked for what may have been meant: all names are compared for each.
_NEAR = 20


def plan(current: SchemaView | SchemaConfig, desired: AnyDesired, *, missing: OnMissing | None = None) -> SchemaPlan:
    """Work out what is to be done so that a configuration is as desired. No call is made.

    ```python
    todo = plan(await ft.schemas.get("id"), "schemas.yaml")
    print(todo.text())
    ```

    Args:
        current: The configuration, or a view of it, which may have the columns that the configuration leaves out.
        desired: What is wanted: a `Desired`, plain data, or the path of a file.
        missing: What becomes of names and patterns that mean nothing: `error` or `ignore`; None for what the desired
            state says.

    Returns:
        The plan. It is made also where something is missing; `check` and `apply` refuse it then.

    Raises:
        DesiredStateError: The desired state cannot be used.
        ArgumentError: `missing` is neither.
    """
    wanted = as_desired(desired)
    return _Planner(as_view(current), wanted, on_missing(missing, wanted)).run()


def on_missing(missing: OnMissing | None, desired: Desired) -> OnMissing:
    """Return what becomes of what is missing.

    Raises:
        ArgumentError: It is neither `error` nor `ignore`.
    """
    if missing not in {None, "error", "ignore"}:
        raise ArgumentError(f"missing must be 'error', 'ignore' or None, not {missing!r}")
    return desired.missing if missing is None else missing


@attrs.frozen
class _Rule:
    """A rule, ready to be asked."""

    number: int
    patterns: tuple[Pattern, ...]
    settings: tuple[tuple[str, Value], ...]
    optional: bool
    used: list[bool]

    def matches(self, parts: Sequence[str]) -> bool:
        found = False
        for number, pattern in enumerate(self.patterns):
            if pattern.matches(parts):
                found = self.used[number] = True
        return found

    def may_match(self, parts: Sequence[str]) -> bool:
        """Return whether something below may be meant."""
        return any(pattern.matches(parts) for pattern in self.patterns)


class _Planner:
    """Walks once over all that there is."""

    def __init__(self, view: SchemaView, desired: Desired, missing: OnMissing) -> None:
        self._view = view
        self._desired = desired
        self._on_missing: OnMissing = missing
        self._rules: dict[str, list[_Rule]] = {kind: [] for kind in KINDS}
        for number, rule in enumerate(desired.rules):
            kind, patterns = patterns_of(rule)
            settings = tuple(_given(rule, SETTINGS[kind]))
            self._rules[kind].append(_Rule(number, patterns, settings, rule.optional, [False] * len(patterns)))
        self._changes: list[Change] = []
        self._already: list[Setting] = []
        self._blocked: list[Blocked] = []
        self._missing: list[Missing] = []
        self._unread: list[tuple[str, str]] = []
        self._warnings: list[str] = []
        self._body: dict[str, Any] = {}

    def run(self) -> SchemaPlan:
        self._handling()
        names = set(self._view.config.schemas or {})
        for schema in self._view.schemas():
            self._schema(schema, self._desired.schemas.get(schema.name) or DesiredSchema())
        for name in self._desired.schemas:
            if name not in names:
                self._missed((name,), ("schemas", name), names)
        self._unused()
        return SchemaPlan(
            desired=self._desired,
            changes=tuple(self._changes),
            already=tuple(self._already),
            blocked=tuple(self._blocked),
            missing=tuple(self._missing),
            on_missing=self._on_missing,
            unread=tuple(self._unread),
            warnings=tuple(self._warnings),
            body=self._body,
        )

    def _handling(self) -> None:
        wanted, now = self._desired.schema_change_handling, self._view.schema_change_handling
        if wanted is None:
            return
        place: Place = ("schema_change_handling",)
        setting = _setting((), "schema_change_handling", now, wanted, place)
        if wanted == now:
            self._already.append(setting)
        else:
            self._changes.append(Change.of(setting))
            self._body["schema_change_handling"] = wanted

    def _schema(self, schema: SchemaItem, explicit: DesiredSchema) -> None:
        parts, place = (schema.name,), ("schemas", schema.name)
        after = schema.enabled
        for name, (value, where) in self._wanted("schema", parts, explicit, place).items():
            setting = _setting(parts, name, schema.enabled, value, where)
            if value is schema.enabled:
                self._already.append(setting)
            else:
                after = value is True
                self._change(setting, Resync.CERTAIN if after and self._has_tables(schema) else None)
        tables = schema.settings.tables or {}
        body: dict[str, Any] = {}
        for name, settings in tables.items():
            known = self._view.knows_columns(schema.name, name)
            table = TableItem(schema=schema, name=name, settings=settings, columns_known=known)
            self._table(table, explicit.tables.get(name), (*place, "tables", name), body, schema_after=after)
        for name in explicit.tables:
            if name not in tables:
                self._missed((schema.name, name), (*place, "tables", name), tables)
        if body or after != schema.enabled:
            self._body.setdefault("schemas", {})[schema.name] = {"enabled": after} | _under("tables", body)

    def _table(
        self,
        table: TableItem,
        explicit: DesiredTable | None,
        place: Place,
        around: dict[str, Any],
        *,
        schema_after: bool,
    ) -> None:
        parts = (table.schema.name, table.name)
        wanted = self._wanted("table", parts, explicit, place)
        own: dict[str, Any] = {"enabled": table.enabled}
        if "enabled" in wanted:
            self._table_switch(table, wanted.pop("enabled"), own, schema_after=schema_after)
        synced = schema_after and own["enabled"]
        for name, (value, where) in wanted.items():
            setting = _setting(parts, name, table.sync_mode, value, where)
            reason = self._mode_lock(table, value)
            if value == table.sync_mode:
                self._already.append(setting)
            elif reason is not None:
                self._blocked.append(Blocked.of(setting, reason))
            else:
                self._change(setting, Resync.POSSIBLE if synced else None)
                own["sync_mode"] = value
        columns: dict[str, Any] = {}
        rules = [rule for rule in self._rules["column"] if synced and rule.may_match(parts)]
        named = (explicit or DesiredTable()).columns
        if rules or named:
            self._columns(table, named, (*place, "columns"), rules, columns, table_after=own["enabled"], synced=synced)
        if columns or own != {"enabled": table.enabled}:
            around[table.name] = own | _under("columns", columns)

    def _table_switch(
        self, table: TableItem, wanted: tuple[Value, Place], own: dict[str, Any], *, schema_after: bool
    ) -> None:
        value, where = wanted
        setting = _setting((table.schema.name, table.name), "enabled", table.enabled, value, where)
        lock = table.lock
        if value is table.enabled:
            self._already.append(setting)
        elif lock is not None:
            self._blocked.append(Blocked.of(setting, lock))
        else:
            own["enabled"] = value
            self._change(setting, Resync.CERTAIN if value is True and schema_after else None)
        if value is True and own["enabled"] and not schema_after:
            self._warnings.append(f"{setting.full_name} is not loaded all the same: its schema is switched off")

    @staticmethod
    def _mode_lock(table: TableItem, mode: Value) -> Lock | None:
        if table.lock is not None and table.lock.whole:
            return table.lock
        if mode == _HISTORY and table.settings.supports_history_mode is False:
            return Lock(code="UNSUPPORTED", reason="the table does not support HISTORY")
        return None

    def _columns(
        self,
        table: TableItem,
        named: Mapping[str, DesiredColumn],
        place: Place,
        rules: Sequence[_Rule],
        body: dict[str, Any],
        *,
        table_after: bool,
        synced: bool,
    ) -> None:
        parts = (table.schema.name, table.name)
        items = {column.name: column for column in self._view.columns_of(table)}
        askable = table.has_columns_config and not (table.lock is not None and table.lock.whole)
        if askable and not table.columns_known and (rules or any(name not in items for name in named)):
            self._unread.append(parts)
        for name in named:
            if name not in items:
                if table.columns_known:
                    self._missed((*parts, name), (*place, name), items)
                    continue
                # Not in the bulk answer, and so untouched by users, if there is such a column.
                items[name] = ColumnItem(table=table, name=name, settings=Column())
        for name, column in items.items():
            wanted = self._wanted("column", (*parts, name), named.get(name), (*place, name), rules)
            if wanted:
                own = self._column(column, wanted, table_after=table_after, synced=synced)
                if own:
                    body[name] = own

    def _column(self, column: ColumnItem, wanted: _Wanted, *, table_after: bool, synced: bool) -> dict[str, Any]:
        """Plan one column, and return what is to be sent of it."""
        table = column.table
        # A column that follows its table is loaded whenever its table is, so that is what its own switch says.
        switch = True if column.own is None else column.own
        settled = column.own is not None or (table.enabled and table_after)
        own: dict[str, Any] = {}
        for name, (value, where) in wanted.items():
            now = column.own if name == "enabled" else getattr(column, name)
            setting = _setting((table.schema.name, table.name, column.name), name, now, value, where)
            lock = self._column_lock(column, name)
            if value is (switch if name == "enabled" else now) and (name != "enabled" or settled):
                self._already.append(setting)
            elif lock is not None:
                self._blocked.append(Blocked.of(setting, lock))
                if name == "hashed" and value is True:
                    self._warnings.append(f"{setting.full_name} stays in clear text: {lock.reason}")
            else:
                own[name] = value
                again = synced and (name != "enabled" or (value is True and switch is not True))
                self._change(setting, Resync.POSSIBLE if again else None)
        return {"enabled": switch} | own if own else own

    @staticmethod
    def _column_lock(column: ColumnItem, name: str) -> Lock | None:
        if not column.table.has_columns_config:
            return Lock(code="UNSUPPORTED", reason="the columns of the table cannot be configured")
        for lock in (column.table.lock, column.lock):
            if lock is not None and lock.whole:
                return lock
        return column.lock if name == "enabled" else None

    def _wanted(
        self,
        kind: str,
        parts: Sequence[str],
        explicit: DesiredSchema | DesiredTable | DesiredColumn | None,
        place: Place,
        rules: Sequence[_Rule] | None = None,
    ) -> _Wanted:
        wanted: _Wanted = {}
        for rule in self._rules[kind] if rules is None else rules:
            if rule.matches(parts):
                wanted |= {name: (value, ("rules", rule.number, name)) for name, value in rule.settings}
        if explicit is not None:
            wanted |= {name: (value, (*place, name)) for name, value in _given(explicit, SETTINGS[kind])}
        return wanted

    def _change(self, setting: Setting, resync: Resync | None) -> None:
        self._changes.append(Change.of(setting, resync))

    @staticmethod
    def _has_tables(schema: SchemaItem) -> bool:
        return any(table.enabled is not False for table in (schema.settings.tables or {}).values())

    def _missed(self, parts: tuple[str, ...], place: Place, known: Mapping[str, Any] | set[str]) -> None:
        near = closest(parts[-1], known) if len(self._missing) < _NEAR else None
        self._missing.append(
            Missing(
                what=KINDS[len(parts) - 1],
                name=full_name(*parts),
                where=self._desired.where(place),
                near=None if near is None else full_name(*parts[:-1], near),
            )
        )

    def _unused(self) -> None:
        """Note the patterns that mean nothing."""
        for kind, rules in self._rules.items():
            for rule in rules:
                for number, pattern in enumerate(rule.patterns):
                    if not (rule.used[number] or rule.optional or (kind == "column" and self._may_mean(pattern))):
                        where = self._desired.where(("rules", rule.number, f"{kind}s", number))
                        self._missing.append(Missing(what=f"{kind} that fits", name=pattern.text, where=where))

    def _may_mean(self, pattern: Pattern) -> bool:
        """Return whether a pattern of columns means one that no rule acts on, or one of those that were not read."""
        if any(pattern.matches(parts) for parts in self._unread):
            return True
        return any(
            pattern.matches((column.table.schema.name, column.table.name, column.name))
            for column in self._view.columns()
        )


def _setting(parts: tuple[str, ...], name: str, before: Value | None, after: Value, place: Place) -> Setting:
    return Setting(parts=parts, name=name, before=before, after=after, place=place)


def _given(item: Any, names: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    for name in names:
        value = getattr(item, name)
        if value is not None:
            yield name, value


def _under(name: str, items: Mapping[str, Any]) -> dict[str, Any]:
    return {name: items} if items else {}
