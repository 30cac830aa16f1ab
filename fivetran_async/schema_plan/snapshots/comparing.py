"""Two moments of an account's configuration, compared."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias, cast

import attrs

from fivetran_async.schema_plan.snapshots.kinds import DETAILS, SnapshotKind, title
from fivetran_async.schema_plan.snapshots.states import Gap, State

ChangeKind: TypeAlias = Literal["added", "removed", "changed"]
"""What became of an object."""

_ABSENT = object()


@attrs.frozen(kw_only=True)
class FieldChange:
    """A field that differs.

    Attributes:
        path: Its place in the object, step by step.
        before: What it was; None for nothing, as for null.
        after: What it is.
    """

    path: tuple[str, ...]
    before: Any = attrs.field(hash=False)
    after: Any = attrs.field(hash=False)

    @property
    def name(self) -> str:
        """The place in one text."""
        return ".".join(self.path)


@attrs.frozen(kw_only=True)
class Change:
    """An object that differs.

    Attributes:
        kind: The kind of object.
        id: What identifies it.
        name: The name by which people know it.
        what: What became of it.
        fields: The fields that differ; none for an object that came or went.
    """

    kind: str
    id: str
    name: str | None
    what: ChangeKind
    fields: tuple[FieldChange, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        fields = [{"path": list(field.path), "before": field.before, "after": field.after} for field in self.fields]
        return {"kind": str(self.kind), "id": self.id, "name": self.name, "what": self.what, "fields": fields}


@attrs.frozen(kw_only=True)
class Drift:
    """How an account's configuration differs from what it was.

    Attributes:
        changes: The objects that differ: by kind, and then by id.
        compared: The kinds that were compared.
        incomplete: What could not be compared, because one side does not know it.
        calls: How many calls it cost.
    """

    changes: tuple[Change, ...]
    compared: tuple[str, ...]
    incomplete: tuple[Gap, ...] = ()
    calls: int = 0

    @property
    def same(self) -> bool:
        """Whether nothing differs, as far as it could be compared."""
        return not self.changes

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "version": 1,
            "same": self.same,
            "changes": [change.to_dict() for change in self.changes],
            "compared": [str(kind) for kind in self.compared],
            "incomplete": [gap.to_dict() for gap in self.incomplete],
            "calls": self.calls,
        }


def compared(before: State, after: State, *, calls: int = 0) -> Drift:
    """Return how two moments differ, in what both of them know."""
    kinds = [kind for kind in before.kinds if kind in after.objects]
    configs = before.configs and after.configs
    return Drift(
        changes=tuple(change for kind in kinds for change in _changes(kind, before, after, configs=configs)),
        compared=tuple(str(kind) for kind in kinds),
        incomplete=tuple(dict.fromkeys((*before.gaps, *after.gaps))),
        calls=calls,
    )


def _changes(kind: SnapshotKind, before: State, after: State, *, configs: bool) -> Iterator[Change]:
    old, new = before.objects[kind], after.objects[kind]
    skipped = before.unknown(kind, "schema") | after.unknown(kind, "schema")
    bare = before.unknown(kind, "config") | after.unknown(kind, "config")
    for name in sorted((old.keys() | new.keys()) - skipped):
        was, now = old.get(name), new.get(name)
        if was is None or now is None:
            # What a list did not show to its end proves nothing by being absent.
            if (after if now is None else before).whole(kind):
                item = now or was or {}
                what: ChangeKind = "removed" if now is None else "added"
                yield Change(kind=kind, id=name, name=_title(kind, name, item, before, after), what=what)
            continue
        if not configs or name in bare:
            was, now = ({k: v for k, v in side.items() if k not in DETAILS} for side in (was, now))
        fields = tuple(_fields(was, now, ()))
        if fields:
            about = _title(kind, name, now, before, after)
            yield Change(kind=kind, id=name, name=about, what="changed", fields=fields)


def _title(kind: SnapshotKind, name: str, item: Mapping[str, Any], before: State, after: State) -> str | None:
    if kind is not SnapshotKind.SCHEMAS:
        return title(item)
    # A schema configuration goes by the name of its connection.
    known = (state.objects.get(SnapshotKind.CONNECTIONS, {}).get(name) for state in (after, before))
    return next((title(connection) for connection in known if connection), None)


def _fields(was: Any, now: Any, path: tuple[str, ...]) -> Iterator[FieldChange]:
    old, new = _mapping(was), _mapping(now)
    if old is not None and new is not None:
        for name in sorted(old.keys() | new.keys()):
            yield from _fields(old.get(name, _ABSENT), new.get(name, _ABSENT), (*path, name))
    elif was is _ABSENT or now is _ABSENT or type(was) is not type(now) or was != now:
        before, after = (None if side is _ABSENT else side for side in (was, now))
        yield FieldChange(path=path, before=before, after=after)


def _mapping(value: Any) -> Mapping[str, Any] | None:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else None
