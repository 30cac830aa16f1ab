"""A rule: a pure function with an id, a severity and what it needs."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

import attrs

from fivetran_async.audit.findings import (
    DEEP_KINDS,
    NO_SUBJECTS,
    SOURCE_KINDS,
    TEST_KINDS,
    AnyKind,
    AnySeverity,
    Finding,
    Hit,
    Kind,
)
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.policy import Policy
from fivetran_async.audit.rules._subjects import described
from fivetran_async.errors import ArgumentError
from fivetran_async.models._base import OpenEnum

Check: TypeAlias = Callable[[Inventory, datetime, Policy], Iterable[Hit]]
"""What a rule calls: the inventory, the time of the audit and the policy in, hits out; no I/O, no clock."""


class Tier(OpenEnum):
    """What a rule costs to judge, by the dearest of what it needs."""

    LISTS = "lists"
    """A call for every 1,000 objects; these rules are on by default."""
    DEEP = "deep"
    """A call for each object that it is about."""
    COLUMNS = "columns"
    """Calls that reach the sources: one for each table."""
    TESTS = "tests"
    """Tests that are run: a call for each object that is tested. Only on request."""


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
        when: What exactly it reports, for whom the title does not say it.
    """

    id: str
    severity: AnySeverity
    title: str
    check: Check
    needs: Collection[AnyKind]
    remedy: str = ""
    whole: Collection[AnyKind] = frozenset[AnyKind]()
    when: str = ""

    def __attrs_post_init__(self) -> None:
        for kind in self.kinds:
            if not Kind(kind).is_known:
                raise ArgumentError(f"rule {self.id!r} needs {kind!r}, and audits read {', '.join(Kind)}")

    @property
    def kinds(self) -> frozenset[AnyKind]:
        """All kinds that have to be read for it."""
        return frozenset({*self.needs, *self.whole})

    @property
    def tier(self) -> Tier:
        """What it costs to judge."""
        if self.kinds & TEST_KINDS:
            return Tier.TESTS
        if self.kinds & SOURCE_KINDS:
            return Tier.COLUMNS
        return Tier.DEEP if self.kinds & DEEP_KINDS else Tier.LISTS

    def can_judge(self, inventory: Inventory) -> bool:
        """Return whether enough was read for it."""
        return all(inventory.count(kind) is not None for kind in self.needs) and inventory.whole.issuperset(self.whole)

    def judge(self, inventory: Inventory, now: datetime, policy: Policy) -> Iterator[Finding]:
        """Return its findings, those with an exception included.

        Args:
            inventory: What was read of the account.
            now: The time of the audit, aware.
            policy: What the account is held to.
        """
        for hit in self.check(inventory, now, policy):
            about = described(hit.subject, inventory)
            yield Finding(
                rule=self.id,
                severity=policy.severities.get(self.id, self.severity),
                kind=about.kind,
                id=about.id,
                name=about.name,
                group_id=about.group_id,
                group_name=inventory.group_name(about.group_id),
                service=about.service,
                title=self.title,
                reason=hit.reason,
                remedy=self.remedy,
                details=hit.details,
            )


def chosen(
    rules: Iterable[Rule | str] | None,
    table: Iterable[Rule],
    policy: Policy | None = None,
    beyond: Collection[AnyKind] = NO_SUBJECTS,
) -> tuple[Rule, ...]:
    """Return rules, those given by id looked up; None gives those that are on.

    On are the rules that need nothing beyond what is to be read, and those that the policy switches on, without those
    that it switches off.

    Args:
        rules: Rules or ids.
        table: All rules that have ids.
        policy: What switches rules on and off.
        beyond: The kinds that are not read for a rule that nobody named.

    Raises:
        ArgumentError: An id is not in the table, or two rules have the same one.
    """
    known = {rule.id: rule for rule in table}
    if isinstance(rules, str):
        raise ArgumentError(f"rules must be a list of rules or ids, not the text {rules!r}")
    found: dict[str, Rule] = {}
    switches: Mapping[str, bool] = {} if policy is None else policy.rules
    on = [rule for rule in known.values() if switches.get(rule.id, rule.kinds.isdisjoint(beyond))]
    for item in on if rules is None else rules:
        rule = known.get(item) if isinstance(item, str) else item
        if rule is None:
            raise ArgumentError(f"there is no rule {item!r}; there are {', '.join(known)}")
        if found.setdefault(rule.id, rule) != rule:
            raise ArgumentError(f"two rules have the id {rule.id!r}")
    if policy is not None:
        policy.check([*known, *(rule for rule in found if rule not in known)])
    return tuple(found.values())
