"""What an account is held to: which rules count, how much, what is allowed, and what is excepted until when."""

import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Any

import attrs
import msgspec

from fivetran_async.audit.findings import NO_SUBJECTS, AnyKind, AnySeverity, Finding, Kind, Severity
from fivetran_async.audit.personal import PERSONAL_NAMES, looks_personal
from fivetran_async.audit.thresholds import Thresholds
from fivetran_async.errors import ArgumentError

if TYPE_CHECKING:
    from fivetran_async.schema_plan.desired import Desired

_Text = Annotated[str, msgspec.Meta(min_length=1)]
_Minutes = Annotated[int, msgspec.Meta(ge=1)]


@attrs.frozen(kw_only=True)
class Allowed:
    """What is allowed, list by list; a rule whose list is left out judges nothing.

    All but the frequencies are patterns: `*` stands for any text, `?` for any character, and case counts.

    Attributes:
        sync_frequencies: The minutes between two syncs that a connection may have, such as 60.
        schedule_types: Who may start syncs: `auto` or `manual`.
        daily_sync_times: The hours at which daily syncs may start, such as `03:00`.
        schema_change_handling: What may happen to what is new at a source: `ALLOW_ALL`, `ALLOW_COLUMNS` or `BLOCK_ALL`.
        connection_networks: How sources may be reached, such as `PrivateLink`.
        destination_networks: How destinations may be reached, such as `PrivateLink`.
        destination_regions: Where data may be processed, such as `AWS_EU_*`.
        roles: The roles that users and teams may have.
        agent_versions: The versions that hybrid deployment agents may have; left out, the newest of the account.
    """

    sync_frequencies: tuple[_Minutes, ...] | None = None
    schedule_types: tuple[_Text, ...] | None = None
    daily_sync_times: tuple[_Text, ...] | None = None
    schema_change_handling: tuple[_Text, ...] | None = None
    connection_networks: tuple[_Text, ...] | None = None
    destination_networks: tuple[_Text, ...] | None = None
    destination_regions: tuple[_Text, ...] | None = None
    roles: tuple[_Text, ...] | None = None
    agent_versions: tuple[_Text, ...] | None = None


@attrs.frozen(kw_only=True)
class PersonalColumns:
    """Which columns look personal.

    Attributes:
        names: What names of columns are compared with, in the place of `PERSONAL_NAMES`: words in lower case with `_`
            between them.
        also: Names beside those.
        never: Names of the list that do not count.
        allowed: Patterns of columns that need not be hashed, as `schema.table.column` in the source's names, or with
            the connection's id and a dot before them.
    """

    names: tuple[_Text, ...] = PERSONAL_NAMES
    also: tuple[_Text, ...] = ()
    never: tuple[_Text, ...] = ()
    allowed: tuple[_Text, ...] = ()

    @property
    def looked_for(self) -> tuple[str, ...]:
        """All names that count."""
        return tuple(name for name in (*self.names, *self.also) if name not in self.never)

    def matcher(self) -> Callable[[str], str | None]:
        """Return what tells the name that a column's name contains; None for a column that does not look personal."""
        names = self.looked_for

        # The same names stand in table after table.
        @functools.cache
        def told(column: str) -> str | None:
            return looks_personal(column, names)

        return told

    def allows(self, connection_id: str, column: str) -> bool:
        """Return whether a column, as `schema.table.column`, need not be hashed."""
        return matches(column, self.allowed) or matches(f"{connection_id}.{column}", self.allowed)


@attrs.frozen(kw_only=True)
class Waiver:
    """An exception: findings of a rule that somebody answers for until a day.

    It is for the objects that all of its patterns fit; without any it is for all of the rule's.

    Attributes:
        rule: The id of the rule.
        owner: Who answers for it.
        until: The last day on which it holds, in UTC; from the next day on its findings are back.
        reason: Why.
        kind: The kind of object, such as `connection`.
        id: A pattern for the object's id.
        name: A pattern for the object's name, such as a connection's schema.
        group: A pattern for the id or the name of the object's group.
        service: A pattern for the object's type, such as `postgres`.
    """

    rule: _Text
    owner: Annotated[str, msgspec.Meta(pattern=r"\S")]
    until: date
    reason: str | None = None
    kind: AnyKind | None = None
    id: _Text | None = None
    name: _Text | None = None
    group: _Text | None = None
    service: _Text | None = None

    def __attrs_post_init__(self) -> None:
        if type(self.until) is not date:
            raise ArgumentError(f"until must be a date, not {self.until!r}")
        if not self.owner.strip():
            raise ArgumentError(f"the exception from {self.rule!r} needs an owner")

    def covers(self, finding: Finding) -> bool:
        """Return whether it is for a finding, whatever the day."""
        return (
            self.rule == finding.rule
            and self.kind in {None, finding.kind}
            and _fits(self.id, finding.id)
            and _fits(self.name, finding.name)
            and _fits(self.group, finding.group_id, finding.group_name)
            and _fits(self.service, finding.service)
        )

    def holds(self, now: datetime) -> bool:
        """Return whether its last day is not over."""
        return now.astimezone(UTC).date() <= self.until


@attrs.frozen(kw_only=True)
class Policy:
    """What an account is held to.

    Attributes:
        rules: By id, whether a rule is on. One that is not named here is on if its tier was asked for.
        severities: By id, a rule's severity in the place of its own.
        thresholds: The numbers that are still fine.
        allowed: What is allowed, list by list.
        personal_columns: Which columns look personal.
        exceptions: What is known and answered for, until a day.
        previous: The tables of an earlier moment, by connection and then by `schema.table`: whether each was loaded.
            What is new or switched off since then is reported.
        desired: How schemas should be configured, by a pattern for a connection's id or name. Only what is named in it
            is compared.
    """

    rules: Mapping[str, bool] = attrs.field(factory=dict[str, bool], hash=False)
    severities: Mapping[str, AnySeverity] = attrs.field(factory=dict[str, AnySeverity], hash=False)
    thresholds: Thresholds = attrs.field(factory=Thresholds)
    allowed: Allowed = attrs.field(factory=Allowed)
    personal_columns: PersonalColumns = attrs.field(factory=PersonalColumns)
    exceptions: tuple[Waiver, ...] = ()
    previous: Mapping[str, Mapping[str, bool]] | None = attrs.field(default=None, hash=False)
    desired: "Mapping[str, Desired]" = attrs.field(factory=dict[str, Any], hash=False)

    def __attrs_post_init__(self) -> None:
        for rule, severity in self.severities.items():
            if severity not in list(Severity):
                raise ArgumentError(f"severity of {rule!r} must be one of {', '.join(Severity)}, not {severity!r}")
        for waiver in self.exceptions:
            kinds = [kind for kind in Kind if kind not in NO_SUBJECTS]
            if waiver.kind is not None and waiver.kind not in kinds:
                raise ArgumentError(f"kind of an exception must be one of {', '.join(kinds)}, not {waiver.kind!r}")

    def check(self, ids: Collection[str]) -> None:
        """Refuse what names a rule that does not exist.

        Args:
            ids: The ids of all rules.

        Raises:
            ArgumentError: There is no such rule; the message lists all.
        """
        for rule in (*self.rules, *self.severities, *(waiver.rule for waiver in self.exceptions)):
            if rule not in ids:
                raise ArgumentError(f"the policy names the rule {rule!r}; there are {', '.join(ids)}")

    def sort(self, findings: Iterable[Finding], now: datetime) -> Iterator[tuple[Finding, bool]]:
        """Return findings, each with whether an exception holds for it.

        A finding whose exception is over says so in its reason.

        Args:
            findings: What rules found.
            now: The time of the audit, aware.
        """
        by_rule: dict[str, list[Waiver]] = {}
        for waiver in self.exceptions:
            by_rule.setdefault(waiver.rule, []).append(waiver)
        for finding in findings:
            covering = [waiver for waiver in by_rule.get(finding.rule, ()) if waiver.covers(finding)]
            if any(waiver.holds(now) for waiver in covering):
                yield finding, True
            elif covering:
                last = max(covering, key=lambda waiver: waiver.until)
                ended = f"the exception of {last.owner} ended on {last.until.isoformat()}"
                yield attrs.evolve(finding, reason=f"{finding.reason}; {ended}"), False
            else:
                yield finding, False


def matches(value: str, patterns: Iterable[str]) -> bool:
    """Return whether a text fits one of the patterns of an allow-list."""
    return any(fnmatchcase(value, pattern) for pattern in patterns)


def _fits(pattern: str | None, *values: str | None) -> bool:
    return pattern is None or any(value is not None and fnmatchcase(value, pattern) for value in values)
