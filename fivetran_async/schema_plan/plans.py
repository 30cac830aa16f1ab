"""A plan: what changes, what is so already, what is locked, what is missing, as text and as plain data."""

import enum
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from fivetran_async.errors import PlanError
from fivetran_async.schema_plan._document import Place
from fivetran_async.schema_plan.desired import Desired, OnMissing
from fivetran_async.schema_plan.names import full_name
from fivetran_async.schema_plan.view import Lock

Value: TypeAlias = bool | str

_COLOURS = {"green": "32", "red": "31", "yellow": "33", "cyan": "36", "bold": "1", "": ""}
_SHOWN = 10


class Resync(enum.StrEnum):
    """Whether a change loads data anew."""

    CERTAIN = "certain"
    """What was left out is loaded from its beginning, if the connection has synced before."""
    POSSIBLE = "possible"
    """Some sources and destinations load the table anew."""


@attrs.frozen(kw_only=True)
class Setting:
    """Something that is wanted.

    Attributes:
        parts: The names on the way to it: none for the configuration itself, or those of a schema, a table, a column.
        name: What is set: `enabled`, `sync_mode`, `hashed`, `is_primary_key` or `schema_change_handling`.
        before: What it is; None if the API does not say, or, of `enabled`, for a column that follows its table.
        after: What it is to be.
        place: Where that stands in the desired state.
    """

    parts: tuple[str, ...]
    name: str
    before: Value | None
    after: Value
    place: Place = attrs.field(repr=False, eq=False)

    @property
    def full_name(self) -> str:
        """The full name of what it is of; that of the configuration is empty."""
        return full_name(*self.parts)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"name": self.full_name, "setting": self.name, "before": self.before, "after": self.after}


@attrs.frozen(kw_only=True)
class Change(Setting):
    """Something that is to be changed.

    Attributes:
        resync: Whether it loads data anew; None if it does not.
    """

    resync: Resync | None = None

    @classmethod
    def of(cls, setting: Setting, resync: Resync | None = None) -> "Change":
        """Make a change of what is wanted."""
        return cls(
            parts=setting.parts,
            name=setting.name,
            before=setting.before,
            after=setting.after,
            place=setting.place,
            resync=resync,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**super().to_dict(), "resync": None if self.resync is None else str(self.resync)}


@attrs.frozen(kw_only=True)
class Blocked(Setting):
    """Something that is wanted and cannot be: it is locked, or not supported.

    Attributes:
        lock: Why.
    """

    lock: Lock

    @classmethod
    def of(cls, setting: Setting, lock: Lock) -> "Blocked":
        """Make it of what is wanted."""
        return cls(
            parts=setting.parts,
            name=setting.name,
            before=setting.before,
            after=setting.after,
            place=setting.place,
            lock=lock,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**super().to_dict(), "code": self.lock.code, "reason": self.lock.reason}


@attrs.frozen(kw_only=True)
class Missing:
    """A name, or a pattern, that means nothing in the connection.

    Attributes:
        what: What is missing: `schema`, `table`, `column`, or `table that fits` a pattern.
        name: The full name, or the pattern.
        where: Where it stands in the desired state.
        near: What may have been meant.
    """

    what: str
    name: str
    where: str
    near: str | None = None

    def __str__(self) -> str:
        hint = "" if self.near is None else f"; did you mean {self.near}?"
        return f"{self.where}: there is no {self.what} {self.name}{hint}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return attrs.asdict(self)


@attrs.frozen(kw_only=True)
class Line:
    """A line of a plan's text, and its colour."""

    text: str
    style: str = ""


@attrs.frozen(kw_only=True)
class SchemaPlan:
    """What is to be done so that a schema configuration is as desired.

    Attributes:
        desired: What is wanted.
        changes: What changes.
        already: What is so already.
        blocked: What cannot be, and why; it is skipped.
        missing: What the connection does not have.
        on_missing: Whether that is an error.
        unread: The tables, by schema and name, whose columns would have to be read for the plan to be certain.
        warnings: What is worth knowing.
        body: What one call sends to do all of it; empty when nothing changes.
    """

    desired: Desired = attrs.field(repr=False)
    changes: tuple[Change, ...] = ()
    already: tuple[Setting, ...] = attrs.field(default=(), repr=False)
    blocked: tuple[Blocked, ...] = ()
    missing: tuple[Missing, ...] = ()
    on_missing: OnMissing = "error"
    unread: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    body: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not self.changes

    @property
    def resyncs(self) -> tuple[Change, ...]:
        """The changes that load data anew, or may do so."""
        return tuple(change for change in self.changes if change.resync is not None)

    @property
    def calls(self) -> int:
        """How many calls change it: one, or none."""
        return 1 if self.body else 0

    def check(self) -> None:
        """Refuse a plan in which something is missing, unless that is ignored.

        Raises:
            PlanError: Something is; its `problems` name all of it, with the file and the line.
        """
        if self.missing and self.on_missing == "error":
            problems = tuple(map(str, self.missing))
            more = f"\nand {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
            raise PlanError("\n".join(problems[:_SHOWN]) + more, problems=problems)

    def lines(self) -> Iterator[Line]:
        """Iterate over the lines of the plan as text, each with its colour: green, red, yellow, cyan or bold."""
        for change in self.changes:
            yield Line(text=self._of_change(change), style=_style(change))
        for blocked in self.blocked:
            wanted = f"{blocked.name} {_shown(blocked, blocked.before)} -> {_shown(blocked, blocked.after)}"
            yield Line(text=f"! {blocked.full_name}: {wanted} is not possible: {blocked.lock.reason}", style="yellow")
        for missing in self.missing:
            yield Line(text=f"? {missing}", style="red" if self.on_missing == "error" else "yellow")
        for warning in self.warnings:
            yield Line(text=f"! {warning}", style="yellow")
        yield Line(text=self.summary, style="bold")

    @property
    def summary(self) -> str:
        """The plan in a line."""
        counts = [
            f"{len(self.changes):,} to change",
            f"{len(self.already):,} as wanted",
            *([f"{len(self.blocked):,} locked"] if self.blocked else []),
            *([f"{len(self.missing):,} missing"] if self.missing else []),
            *([f"{len(self.unread):,} tables with unread columns"] if self.unread else []),
            *([f"{len(self.resyncs):,} may load data anew"] if self.resyncs else []),
        ]
        return f"{', '.join(counts)}; {self.calls} call{'' if self.calls == 1 else 's'}"

    def text(self, *, colour: bool = False) -> str:
        """Return the plan as text: `+` is switched on, `-` off, `~` set, `!` not possible, `?` missing.

        Args:
            colour: Whether to colour it as terminals do.
        """
        return coloured(self.lines(), colour=colour)

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as plain data, for JSON."""
        return {
            "version": 1,
            "changes": [{**item.to_dict(), "where": self.desired.where(item.place)} for item in self.changes],
            "already": len(self.already),
            "blocked": [{**item.to_dict(), "where": self.desired.where(item.place)} for item in self.blocked],
            "missing": [item.to_dict() for item in self.missing],
            "on_missing": self.on_missing,
            "unread": [full_name(*parts) for parts in self.unread],
            "warnings": list(self.warnings),
            "calls": self.calls,
        }

    def _of_change(self, change: Change) -> str:
        mark = {True: "+", False: "-"}[change.after is True] if change.name == "enabled" else "~"
        again = {Resync.CERTAIN: " (loads anew)", Resync.POSSIBLE: " (may load anew)", None: ""}[change.resync]
        name = f"{change.full_name}: " if change.parts else ""
        values = f"{_shown(change, change.before)} -> {_shown(change, change.after)}"
        return f"{mark} {name}{change.name} {values}{again} [{self.desired.where(change.place)}]"


def coloured(lines: Iterable[Line], *, colour: bool) -> str:
    """Return lines as text, coloured as terminals do if that is wanted."""
    return "\n".join(
        f"\x1b[{_COLOURS[line.style]}m{line.text}\x1b[0m" if colour and line.style else line.text for line in lines
    )


def _style(change: Change) -> str:
    if change.name != "enabled":
        return "cyan"
    return "green" if change.after is True else "red"


def _shown(setting: Setting, value: Value | None) -> str:
    if value is None:
        return "as its table" if setting.name == "enabled" else "unknown"
    return str(value).lower() if isinstance(value, bool) else value
