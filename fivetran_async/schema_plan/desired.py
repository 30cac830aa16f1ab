"""What is wanted of a schema configuration: only what is named is managed."""

import os
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias, TypeVar, cast

import attrs

from fivetran_async.errors import ArgumentError, DesiredStateError
from fivetran_async.schema_plan import _fields
from fivetran_async.schema_plan._document import Document, Place
from fivetran_async.schema_plan.names import Pattern, patterns

OnMissing: TypeAlias = Literal["error", "ignore"]
"""What to do about a name that a desired state has and the source has not."""

C = TypeVar("C")

_SHOWN = 20


@attrs.frozen(kw_only=True)
class DesiredColumn:
    """What is wanted of a column; None for what is left as it is.

    Attributes:
        enabled: Whether it is loaded.
        hashed: Whether its values are hashed.
        is_primary_key: Whether it is part of the primary key.
    """

    enabled: bool | None = None
    hashed: bool | None = None
    is_primary_key: bool | None = None


@attrs.frozen(kw_only=True)
class DesiredTable:
    """What is wanted of a table; None for what is left as it is.

    Attributes:
        enabled: Whether it is loaded.
        sync_mode: `SOFT_DELETE`, `HISTORY` or `LIVE`.
        columns: By name, those of which something is wanted.
    """

    enabled: bool | None = None
    sync_mode: str | None = None
    columns: Mapping[str, DesiredColumn] = attrs.field(factory=dict[str, DesiredColumn], hash=False)


@attrs.frozen(kw_only=True)
class DesiredSchema:
    """What is wanted of a schema; None for what is left as it is.

    Attributes:
        enabled: Whether it is loaded.
        tables: By name, those of which something is wanted.
    """

    enabled: bool | None = None
    tables: Mapping[str, DesiredTable] = attrs.field(factory=dict[str, DesiredTable], hash=False)


def _texts(texts: str | Iterable[str]) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


@attrs.frozen(kw_only=True)
class Rule:
    """What is wanted of all schemas, tables or columns that patterns mean; `Pattern` says how they are written.

    A rule of columns acts on the tables that are loaded.

    Attributes:
        schemas: Patterns of schemas. A rule has patterns of one kind.
        tables: Patterns of tables.
        columns: Patterns of columns.
        enabled: Whether they are loaded.
        sync_mode: `SOFT_DELETE`, `HISTORY` or `LIVE`, for tables.
        hashed: Whether their values are hashed, for columns.
        is_primary_key: Whether they are part of the primary key, for columns.
        optional: Whether the patterns may mean nothing.
    """

    schemas: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    tables: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    columns: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    enabled: bool | None = None
    sync_mode: str | None = None
    hashed: bool | None = None
    is_primary_key: bool | None = None
    optional: bool = False


@attrs.frozen(kw_only=True, slots=False)
class Desired:
    """A desired state. What it does not name stays as it is.

    ```python
    desired = Desired.load("schemas.yaml")
    desired = Desired.from_dict({"rules": [{"columns": "*.email", "hashed": True}]})
    desired = Desired(schemas={"public": DesiredSchema(tables={"orders": DesiredTable(enabled=False)})})
    ```

    Of what several of its parts say about the same thing, a later rule counts before an earlier one, and what stands in
    `schemas` before all rules.

    Attributes:
        schema_change_handling: What happens to what appears at the source: `ALLOW_ALL`, `ALLOW_COLUMNS` or
            `BLOCK_ALL`; None leaves it as it is.
        schemas: By name, exactly those of which something is wanted.
        rules: What is wanted of all that patterns mean.
        missing: What becomes of names and patterns that mean nothing in a connection: `error` or `ignore`.

    Raises:
        DesiredStateError: Something of it cannot be used; its `problems` name all that.
    """

    schema_change_handling: str | None = None
    schemas: Mapping[str, DesiredSchema] = attrs.field(factory=dict[str, DesiredSchema], hash=False)
    rules: tuple[Rule, ...] = attrs.field(default=(), converter=tuple[Rule, ...])
    missing: OnMissing = "error"
    _document: Document | None = attrs.field(default=None, repr=False, eq=False, alias="_document")

    def __attrs_post_init__(self) -> None:
        if self._document is None:
            _check_classes(self)
            _check(Document("desired", self.to_dict()))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Desired":
        """Read a desired state from a file.

        Args:
            path: The file: `.yaml` or `.yml`, which want the extra `yaml`, or `.json`.

        Raises:
            DesiredStateError: It cannot be used; each of its `problems` has its line.
        """
        return cls._made(Document.read(path))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, name: str = "desired") -> "Desired":
        """Make a desired state of plain data.

        Args:
            data: The data, with the keys of a file.
            name: What errors call it.

        Raises:
            DesiredStateError: It cannot be used; each of its `problems` has its place.
        """
        return cls._made(Document(name, data))

    @classmethod
    def _made(cls, document: Document) -> "Desired":
        _check(document)
        data: Mapping[str, Any] = document.data
        return cls(
            schema_change_handling=data.get("schema_change_handling"),
            schemas={name: _schema(given) for name, given in data.get("schemas", {}).items()},
            rules=tuple(_rule(given) for given in data.get("rules", ())),
            missing=data.get("missing", "error"),
            _document=document,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the desired state as plain data, with the keys of a file."""
        data: dict[str, Any] = {}
        if self.schema_change_handling is not None:
            data["schema_change_handling"] = self.schema_change_handling
        if self.missing != "error":
            data["missing"] = self.missing
        if self.schemas:
            data["schemas"] = {name: _plain(schema) for name, schema in self.schemas.items()}
        if self.rules:
            data["rules"] = [_plain(rule) for rule in self.rules]
        return data

    def where(self, place: Place) -> str:
        """Return where something of it stands: the file and the line, or the keys on the way to it."""
        return (self._document or _UNWRITTEN).where(place)

    def renamed(self, schemas: Mapping[str, str]) -> "Desired":
        """Return the desired state with other names for some of its schemas; rules stay as they are.

        Args:
            schemas: The new names by the present ones.

        Raises:
            ArgumentError: Two schemas would have the same name.
        """
        names = {name: schemas.get(name, name) for name in self.schemas}
        if len(set(names.values())) < len(names):
            raise ArgumentError("two schemas would have the same name; rename both of them")
        renamed = {names[name]: schema for name, schema in self.schemas.items()}
        return Desired(
            schema_change_handling=self.schema_change_handling,
            schemas=renamed,
            rules=self.rules,
            missing=self.missing,
        )


_UNWRITTEN = Document("desired", None)

AnyDesired: TypeAlias = Desired | Mapping[str, Any] | str | os.PathLike[str]
"""A desired state: as `Desired`, as plain data, or as the path of a file."""


def as_desired(desired: AnyDesired) -> Desired:
    """Return a desired state that was given in any form.

    Raises:
        DesiredStateError: It cannot be used.
        ArgumentError: It is none.
    """
    if isinstance(desired, Desired):
        return desired
    if isinstance(desired, Mapping):
        return Desired.from_dict(desired)
    if isinstance(desired, str | os.PathLike):
        return Desired.load(desired)
    raise ArgumentError(f"desired must be a Desired, a mapping or the path of a file, not {type(desired).__name__}")


def patterns_of(rule: Rule) -> tuple[str, tuple[Pattern, ...]]:
    """Return which kind of things a rule means, and its patterns."""
    for kind, texts in (("schema", rule.schemas), ("table", rule.tables), ("column", rule.columns)):
        if texts:
            return kind, patterns(texts, kind)
    raise ArgumentError("a rule has patterns of schemas, tables or columns")


def _check(document: Document) -> None:
    found = [f"{document.where(place)}: {problem}" for place, problem in _fields.problems(document.data)]
    if found:
        shown = found if len(found) <= _SHOWN else [*found[:_SHOWN], f"and {len(found) - _SHOWN} more"]
        raise DesiredStateError("\n".join(shown), problems=tuple(found))


def _check_classes(desired: Desired) -> None:
    """Refuse plain data in place of the classes; `from_dict` takes it."""
    _want(desired.rules, Rule)
    schemas = _want(desired.schemas.values(), DesiredSchema)
    tables = _want((table for schema in schemas for table in schema.tables.values()), DesiredTable)
    _want((column for table in tables for column in table.columns.values()), DesiredColumn)


def _want(items: Iterable[C], kind: type[C]) -> list[C]:
    found = list(items)
    for item in found:
        if not isinstance(item, kind):
            raise DesiredStateError(
                f"there must be a {kind.__name__} and not a {type(item).__name__}; for plain data: Desired.from_dict"
            )
    return found


def _schema(given: Any) -> DesiredSchema:
    if isinstance(given, bool):
        return DesiredSchema(enabled=given)
    tables = {name: _table(item) for name, item in given.get("tables", {}).items()}
    return DesiredSchema(enabled=given.get("enabled"), tables=tables)


def _table(given: Any) -> DesiredTable:
    if isinstance(given, bool):
        return DesiredTable(enabled=given)
    columns = {name: _column(item) for name, item in given.get("columns", {}).items()}
    return DesiredTable(enabled=given.get("enabled"), sync_mode=given.get("sync_mode"), columns=columns)


def _column(given: Any) -> DesiredColumn:
    return DesiredColumn(enabled=given) if isinstance(given, bool) else DesiredColumn(**given)


def _rule(given: Mapping[str, Any]) -> Rule:
    return Rule(**given)


def _plain(item: Any) -> Any:
    if isinstance(item, DesiredSchema | DesiredTable | DesiredColumn | Rule):
        fields = attrs.asdict(item, recurse=False)
        kept = {name: value for name, value in fields.items() if value is not None and value not in ((), {})}
        return {name: _plain(value) for name, value in kept.items() if name != "optional" or value}
    if isinstance(item, Mapping):
        return {name: _plain(value) for name, value in cast("Mapping[Any, Any]", item).items()}
    return list(cast("tuple[Any, ...]", item)) if isinstance(item, tuple) else item
