"""A rule: a pure function with an id, a severity and what it needs."""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from typing import TypeAlias

import attrs

from fivetran_async.audit.findings import AnyKind, AnySeverity, Finding, Hit, Kind
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.thresholds import Thresholds
from fivetran_async.errors import ArgumentError
from fivetran_async.models.connections import Connection
from fivetran_async.models.groups import Group

Check: TypeAlias = Callable[[Inventory, datetime, Thresholds], Iterable[Hit]]
"""What a rule calls: the inventory, the time of the audit and the thresholds in, hits out; no I/O, no clock."""


@attrs.frozen(kw_only=True)
class Rule:
    """One thing that an audit looks for.

    Attributes:
        id: Its name, in kebab-case.
        severity: How bad its findings are.
        title: What it looks for, in a few words.
        check: The function that looks; pure.
        needs: The kinds of objects that it judges. Those that were read in part are judged, too.
        remedy: What to do about its findings.
        whole: The kinds from whose absence it concludes something; it is skipped unless they were read to the end.
    """

    id: str
    severity: AnySeverity
    title: str
    check: Check
    needs: Collection[AnyKind]
    remedy: str = ""
    whole: Collection[AnyKind] = frozenset[AnyKind]()

    def __attrs_post_init__(self) -> None:
        for kind in self.kinds:
            if not Kind(kind).is_known:
                raise ArgumentError(f"rule {self.id!r} needs {kind!r}, and audits read {', '.join(Kind)}")

    @property
    def kinds(self) -> frozenset[AnyKind]:
        """All kinds that have to be read for it."""
        return frozenset({*self.needs, *self.whole})

    def can_judge(self, inventory: Inventory) -> bool:
        """Return whether enough was read for it."""
        return all(inventory.count(kind) is not None for kind in self.needs) and inventory.whole.issuperset(self.whole)

    def judge(self, inventory: Inventory, now: datetime, thresholds: Thresholds) -> Iterator[Finding]:
        """Return its findings.

        Args:
            inventory: What was read of the account.
            now: The time of the audit, aware.
            thresholds: What is still fine.
        """
        for hit in self.check(inventory, now, thresholds):
            subject = hit.subject
            group_id = subject.id if isinstance(subject, Group) else subject.group_id
            group_name = subject.name if isinstance(subject, Group) else inventory.group_name(group_id)
            yield Finding(
                rule=self.id,
                severity=self.severity,
                kind=_kind(hit),
                id=subject.id,
                name=subject.schema if isinstance(subject, Connection) else group_name,
                group_id=group_id,
                group_name=group_name,
                service=None if isinstance(subject, Group) else subject.service,
                title=self.title,
                reason=hit.reason,
                remedy=self.remedy,
            )


def _kind(hit: Hit) -> Kind:
    if isinstance(hit.subject, Connection):
        return Kind.CONNECTION
    return Kind.GROUP if isinstance(hit.subject, Group) else Kind.DESTINATION


def chosen(rules: Iterable[Rule | str] | None, table: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return rules, those given by id looked up; None gives the whole table.

    Raises:
        ArgumentError: An id is not in the table, or two rules have the same one.
    """
    known = {rule.id: rule for rule in table}
    if isinstance(rules, str):
        raise ArgumentError(f"rules must be a list of rules or ids, not the text {rules!r}")
    found: dict[str, Rule] = {}
    for item in known.values() if rules is None else rules:
        rule = known.get(item) if isinstance(item, str) else item
        if rule is None:
            raise ArgumentError(f"there is no rule {item!r}; there are {', '.join(known)}")
        if found.setdefault(rule.id, rule) != rule:
            raise ArgumentError(f"two rules have the id {rule.id!r}")
    return tuple(found.values())
