"""What was read of an account, and what could not be."""

from collections.abc import Mapping

import attrs

from fivetran_async.audit.findings import AnyKind, Kind, Subject
from fivetran_async.models.connections import Connection
from fivetran_async.models.destinations import Destination
from fivetran_async.models.groups import Group


@attrs.frozen(kw_only=True)
class Inventory:
    """An account as an audit read it.

    Attributes:
        groups: By id.
        destinations: By id, which is their group's.
        connections: By id.
        whole: The kinds that were read to their end.
        partial: The kinds that were read in part: what is there is true, and more exists. A kind that is in neither
            was not asked for, or nothing of it could be read.
    """

    groups: Mapping[str, Group] = attrs.field(factory=dict[str, Group], hash=False)
    destinations: Mapping[str, Destination] = attrs.field(factory=dict[str, Destination], hash=False)
    connections: Mapping[str, Connection] = attrs.field(factory=dict[str, Connection], hash=False)
    whole: frozenset[AnyKind] = frozenset(Kind)
    partial: frozenset[AnyKind] = frozenset()

    def items(self, kind: AnyKind) -> Mapping[str, Subject]:
        """Return all objects of a kind, by id."""
        kinds: Mapping[AnyKind, Mapping[str, Subject]] = {
            Kind.GROUP: self.groups,
            Kind.DESTINATION: self.destinations,
            Kind.CONNECTION: self.connections,
        }
        return kinds[kind]

    def count(self, kind: AnyKind) -> int | None:
        """Return how many objects of a kind were read; None when nothing of it was, which is not the same as 0."""
        return len(self.items(kind)) if kind in self.whole or kind in self.partial else None

    def group_name(self, group_id: str | None) -> str | None:
        """Return the name of a group; None if it is not known."""
        group = self.groups.get(group_id) if group_id is not None else None
        return None if group is None else group.name


@attrs.frozen(kw_only=True)
class Gap:
    """What an audit could not read, and so cannot call clean.

    Attributes:
        kind: The kind of objects.
        reason: What went wrong, in words.
        status: The HTTP status; None if there was no answer, or one that could not be read.
        error: The name of the error's class, such as `ForbiddenError`.
        read: How many objects of the kind were read before; they were judged.
    """

    kind: AnyKind
    reason: str
    status: int | None
    error: str
    read: int


@attrs.frozen(kw_only=True)
class Progress:
    """How far the reading of one kind has come.

    Attributes:
        kind: The kind of objects.
        items: How many of them were read so far. The API does not say how many there are.
        done: Whether no more will be read, because the list ended or failed.
    """

    kind: AnyKind
    items: int
    done: bool
