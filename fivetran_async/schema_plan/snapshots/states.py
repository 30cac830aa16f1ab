"""The configuration of an account at one moment, and what of it is not known."""

from collections.abc import Mapping
from typing import Any

import attrs

from fivetran_async.schema_plan.snapshots.kinds import SnapshotKind

Objects = Mapping[str, Mapping[str, Any]]
"""Objects of one kind, by what identifies them."""


@attrs.frozen(kw_only=True)
class Gap:
    """What could not be read.

    Attributes:
        kind: The kind of objects.
        part: What of them: `list`, or what a call for each adds, `config` or `schema`.
        ids: The objects whose part is missing; none for a list, of which nobody knows what is missing.
        reason: What went wrong, in words.
        error: The name of the error's class, such as `RateLimitedError`.
    """

    kind: str
    part: str
    ids: tuple[str, ...] = ()
    reason: str
    error: str

    def __str__(self) -> str:
        what = f"{len(self.ids):,} {self.part}s of " if self.ids else ""
        return f"{what}{self.kind}: {self.reason}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**attrs.asdict(self), "kind": str(self.kind), "ids": list(self.ids)}


@attrs.frozen(kw_only=True)
class State:
    """The configuration of an account at one moment.

    Attributes:
        objects: By kind, and then by what identifies them.
        configs: Whether connections and destinations are there with their services' own settings.
        gaps: What is not known.
    """

    objects: Mapping[str, Objects] = attrs.field(hash=False)
    configs: bool
    gaps: tuple[Gap, ...] = ()

    @property
    def kinds(self) -> tuple[SnapshotKind, ...]:
        """The kinds that it is about, always in the same order."""
        return tuple(kind for kind in SnapshotKind if kind in self.objects)

    def whole(self, kind: str) -> bool:
        """Return whether all objects of a kind are known: what is not there does not exist."""
        return kind in self.objects and not any(gap.kind == kind and gap.part == "list" for gap in self.gaps)

    def unknown(self, kind: str, part: str) -> frozenset[str]:
        """Return the objects of which a part is not known."""
        found = (gap.ids for gap in self.gaps if gap.kind == kind and gap.part == part)
        return frozenset(name for ids in found for name in ids)


@attrs.frozen(kw_only=True)
class Snapshot:
    """What a snapshot wrote.

    Attributes:
        directory: Where.
        counts: How many objects of each kind it holds now.
        written: The files that are new or have changed, as paths below the directory.
        removed: The files of objects that are gone.
        calls: How many calls it cost.
        incomplete: What could not be read; the next snapshot goes on with it.
    """

    directory: str
    counts: Mapping[str, int] = attrs.field(hash=False)
    written: tuple[str, ...]
    removed: tuple[str, ...]
    calls: int
    incomplete: tuple[Gap, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "version": 1,
            "directory": self.directory,
            "counts": dict(self.counts),
            "written": list(self.written),
            "removed": list(self.removed),
            "calls": self.calls,
            "incomplete": [gap.to_dict() for gap in self.incomplete],
        }
