"""A schema configuration as it acts: flat, with full names, what is left out filled in, and what is locked, and why."""

from collections.abc import Collection, Iterable, Iterator, Mapping

import attrs

from fivetran_async.models.schemas import (
    Column,
    EnabledPatchSettings,
    Schema,
    SchemaConfig,
    Table,
    TableColumns,
)
from fivetran_async.schema_plan.names import full_name, patterns

_WORDS = {
    "SYSTEM_TABLE": "it is a table of the system",
    "SYSTEM_COLUMN": "it is a column of the system",
    "DELETED": "it was deleted at the source",
}
_OTHER = "OTHER"


@attrs.frozen(kw_only=True)
class Lock:
    """Why something cannot be switched on or off.

    Attributes:
        code: `SYSTEM_TABLE`, `SYSTEM_COLUMN`, `DELETED`, `OTHER`, or what the API may add to them.
        reason: The reason in words.
    """

    code: str
    reason: str

    @property
    def whole(self) -> bool:
        """Whether nothing of it can be set: a column that cannot be left out for another reason can be hashed."""
        return self.code != _OTHER


@attrs.frozen(kw_only=True)
class SchemaItem:
    """A schema.

    Attributes:
        name: Its name at the source.
        settings: What the API says of it.
    """

    name: str
    settings: Schema = attrs.field(repr=False)

    @property
    def full_name(self) -> str:
        """Its name, dots escaped."""
        return full_name(self.name)

    @property
    def enabled(self) -> bool:
        """Whether it is loaded; what the API leaves out is."""
        return self.settings.enabled is not False


@attrs.frozen(kw_only=True)
class TableItem:
    """A table.

    Attributes:
        schema: The schema that it is in.
        name: Its name at the source.
        settings: What the API says of it.
        columns_known: Whether all its columns are known, not only those that a user ever touched.
    """

    schema: SchemaItem
    name: str
    settings: Table = attrs.field(repr=False)
    columns_known: bool = False

    @property
    def full_name(self) -> str:
        """Its schema's name and its own."""
        return full_name(self.schema.name, self.name)

    @property
    def enabled(self) -> bool:
        """Its own switch."""
        return self.settings.enabled is not False

    @property
    def synced(self) -> bool:
        """Whether it is loaded: it and its schema are switched on."""
        return self.enabled and self.schema.enabled

    @property
    def sync_mode(self) -> str | None:
        """What becomes of changed and deleted rows; None where that cannot be chosen."""
        mode = self.settings.sync_mode
        return None if mode is None else str(mode)

    @property
    def lock(self) -> Lock | None:
        """Why it cannot be switched on or off; None if it can."""
        return _lock(self.settings.enabled_patch_settings)

    @property
    def has_columns_config(self) -> bool:
        """Whether its columns can be configured, as far as the API says."""
        return self.settings.supports_columns_config is not False


@attrs.frozen(kw_only=True)
class ColumnItem:
    """A column.

    Attributes:
        table: The table that it is in.
        name: Its name at the source.
        settings: What the API says of it.
        own: Its own switch; None for one that follows its table.
    """

    table: TableItem
    name: str
    settings: Column = attrs.field(repr=False)
    own: bool | None = None

    @property
    def full_name(self) -> str:
        """Its schema's name, its table's and its own."""
        return full_name(self.table.schema.name, self.table.name, self.name)

    @property
    def follows(self) -> bool:
        """Whether nobody ever decided about it, so that it follows its table."""
        return self.own is None

    @property
    def enabled(self) -> bool:
        """Its own switch, or that of its table."""
        return self.table.enabled if self.own is None else self.own

    @property
    def synced(self) -> bool:
        """Whether it is loaded: it, its table and its schema are switched on."""
        return self.table.synced and self.enabled

    @property
    def hashed(self) -> bool:
        """Whether its values are hashed."""
        return self.settings.hashed is True

    @property
    def is_primary_key(self) -> bool | None:
        """Whether it is part of the primary key; None if that is not known."""
        return self.settings.is_primary_key

    @property
    def lock(self) -> Lock | None:
        """Why it cannot be switched on or off; None if it can."""
        return _lock(self.settings.enabled_patch_settings)


@attrs.frozen(kw_only=True)
class Unread:
    """A table whose columns could not be read.

    Attributes:
        schema: Its schema.
        table: The table.
        error: What happened.
    """

    schema: str
    table: str
    error: Exception = attrs.field(eq=False)

    @property
    def full_name(self) -> str:
        """The full name of the table."""
        return full_name(self.schema, self.table)


@attrs.frozen
class _Live:
    """What the source said of a table's columns, and whether the table was switched on then."""

    enabled: bool
    columns: Mapping[str, Column]

    def own(self, column: Column) -> bool | None:
        # The live list shows a switch for every column: one that nobody touched shows that of its table.
        if column.enabled == self.enabled and not column.is_locked:
            return None
        return column.enabled


@attrs.frozen(repr=False)
class SchemaView:
    """A schema configuration, to be looked at.

    ```python
    view = SchemaView(await ft.schemas.get("id"))
    for table in view.tables():
        print(table.full_name, table.synced, table.sync_mode, table.lock)
    ```

    Attributes:
        config: What the API returned.
        unread: The tables whose columns were asked for and could not be read.
    """

    config: SchemaConfig
    unread: tuple[Unread, ...] = ()
    _live: Mapping[tuple[str, str], _Live] = attrs.field(factory=dict[tuple[str, str], _Live])

    def __repr__(self) -> str:
        schemas = self.config.schemas or {}
        tables = sum(len(schema.tables or {}) for schema in schemas.values())
        return f"<SchemaView of {len(schemas)} schemas, {tables} tables, the columns of {len(self._live)} read>"

    @property
    def schema_change_handling(self) -> str | None:
        """What happens to what appears at the source."""
        handling = self.config.schema_change_handling
        return None if handling is None else str(handling)

    def schemas(self) -> Iterator[SchemaItem]:
        """Iterate over the schemas."""
        for name, settings in (self.config.schemas or {}).items():
            yield SchemaItem(name=name, settings=settings)

    def tables(self, matching: str | Iterable[str] | None = None) -> Iterator[TableItem]:
        """Iterate over the tables, schema by schema.

        Args:
            matching: Patterns of tables, such as `public.*`; None for all.
        """
        wanted = None if matching is None else patterns(matching, "table")
        for schema in self.schemas():
            for name, settings in (schema.settings.tables or {}).items():
                if wanted is None or any(pattern.matches((schema.name, name)) for pattern in wanted):
                    known = self.knows_columns(schema.name, name)
                    yield TableItem(schema=schema, name=name, settings=settings, columns_known=known)

    def columns(self, matching: str | Iterable[str] | None = None) -> Iterator[ColumnItem]:
        """Iterate over the columns that are known, table by table.

        Those are the ones that a user ever touched, and all those of the tables whose columns were read.

        Args:
            matching: Patterns of columns, such as `*.email`; None for all.
        """
        wanted = None if matching is None else patterns(matching, "column")
        for table in self.tables():
            parts = (table.schema.name, table.name)
            if wanted is None or any(pattern.matches(parts) for pattern in wanted):
                for column in self.columns_of(table):
                    if wanted is None or any(pattern.matches((*parts, column.name)) for pattern in wanted):
                        yield column

    def columns_of(self, table: TableItem) -> Iterator[ColumnItem]:
        """Iterate over the columns of a table that are known."""
        listed = table.settings.columns or {}
        for name, settings in listed.items():
            yield ColumnItem(table=table, name=name, settings=settings, own=settings.enabled)
        live = self._live.get((table.schema.name, table.name))
        if live is not None:
            for name, settings in live.columns.items():
                if name not in listed:
                    yield ColumnItem(table=table, name=name, settings=settings, own=live.own(settings))

    def knows_columns(self, schema: str, table: str) -> bool:
        """Return whether all columns of a table are known, not only those that a user ever touched."""
        return (schema, table) in self._live

    def with_read(self, columns: Mapping[tuple[str, str], TableColumns], unread: Iterable[Unread] = ()) -> "SchemaView":
        """Return the view with the columns of some tables as well.

        Args:
            columns: What `ft.schemas.columns` returned, by schema and table.
            unread: The tables whose columns could not be read.
        """
        switches = {
            (schema.name, name): settings.enabled is not False
            for schema in self.schemas()
            for name, settings in (schema.settings.tables or {}).items()
        }
        more = {place: _Live(switches.get(place, True), found.columns or {}) for place, found in columns.items()}
        return SchemaView(self.config, tuple(unread), {**self._live, **more})

    def without(self, tables: Collection[tuple[str, str]]) -> "SchemaView":
        """Return the view without some tables, by schema and name."""
        schemas = {
            name: attrs.evolve(
                schema,
                tables={table: item for table, item in (schema.tables or {}).items() if (name, table) not in tables},
            )
            for name, schema in (self.config.schemas or {}).items()
        }
        return SchemaView(attrs.evolve(self.config, schemas=schemas), self.unread, self._live)

    def reread(self, config: SchemaConfig) -> "SchemaView":
        """Return the view of a newer configuration, with the columns that were read before."""
        return SchemaView(config, self.unread, self._live)


def as_view(current: SchemaView | SchemaConfig) -> SchemaView:
    """Return the view of a configuration."""
    return current if isinstance(current, SchemaView) else SchemaView(current)


def _lock(settings: EnabledPatchSettings | None) -> Lock | None:
    if settings is None or settings.allowed is not False:
        return None
    code = str(settings.reason_code or _OTHER)
    return Lock(code=code, reason=settings.reason or _WORDS.get(code, "the API does not say why"))
