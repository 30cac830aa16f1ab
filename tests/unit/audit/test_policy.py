"""Policies: exceptions that end, severities, and which rules are on."""

from datetime import UTC, date, datetime, timedelta, timezone

import attrs
import pytest

from fivetran_async.audit import (
    DEEP_KINDS,
    RULES,
    SOURCE_KINDS,
    Finding,
    Hit,
    Inventory,
    Kind,
    PersonalColumns,
    Policy,
    Rule,
    Severity,
    Tier,
    Waiver,
)
from fivetran_async.audit.rules import chosen
from fivetran_async.errors import ArgumentError
from fivetran_async.models.groups import Group

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
FINDING = Finding(
    rule="paused-long",
    severity=Severity.WARNING,
    kind=Kind.CONNECTION,
    id="c1",
    name="archive_sales",
    group_id="g1",
    group_name="finance",
    service="postgres",
    title="T",
    reason="R",
    remedy="D",
)


def waiver(**fields: object) -> Waiver:
    """Return an exception that holds, but for what is given."""
    return Waiver(**{"rule": "paused-long", "owner": "anna", "until": date(2026, 8, 1)} | fields)


@pytest.mark.parametrize(
    "patterns",
    [
        {},
        {"id": "c1"},
        {"id": "c?"},
        {"name": "archive_*"},
        {"group": "g1"},
        {"group": "fin*"},
        {"service": "postgres"},
        {"kind": "connection"},
        {"kind": "connection", "name": "archive_*", "group": "finance", "service": "post*"},
    ],
)
def test_an_exception_covers(patterns):
    """An exception would not be for the objects that it names."""
    assert waiver(**patterns).covers(FINDING)


@pytest.mark.parametrize(
    "patterns",
    [
        {"rule": "stale"},
        {"id": "c"},
        {"name": "Archive_*"},
        {"group": "sales"},
        {"service": "mysql"},
        {"kind": "group"},
        {"name": "archive_*", "service": "mysql"},
    ],
)
def test_an_exception_covers_no_other(patterns):
    """An exception would hide what nobody answers for."""
    assert not waiver(**patterns).covers(FINDING)
    assert list(Policy(exceptions=(waiver(**patterns),)).sort([FINDING], NOW)) == [(FINDING, False)]


def test_nothing_known_is_not_covered():
    """An exception for a name would be for all objects without one."""
    nameless = attrs.evolve(FINDING, name=None, group_id=None, group_name=None, service=None)
    for patterns in ({"name": "*"}, {"group": "*"}, {"service": "*"}):
        assert not waiver(**patterns).covers(nameless)


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        (datetime(2026, 8, 1, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 8, 2, 0, 0, tzinfo=UTC), False),
        # The same moments elsewhere.
        (datetime(2026, 8, 2, 1, 59, 59, tzinfo=timezone(timedelta(hours=2))), True),
        (datetime(2026, 8, 1, 20, 0, tzinfo=timezone(timedelta(hours=-4))), False),
    ],
)
def test_the_last_day(now, holds):
    """An exception would end before its last day is over, or after it, or by somebody's local time."""
    ((finding, waived),) = Policy(exceptions=(waiver(),)).sort([FINDING], now)
    assert waived is holds
    assert finding.reason == ("R" if holds else "R; the exception of anna ended on 2026-08-01")


def test_several_exceptions():
    """One that ended would undo one that holds, or the reader would learn of the wrong one."""
    old, new = waiver(owner="ben", until=date(2026, 7, 1)), waiver(owner="eve", until=date(2026, 7, 20))
    assert list(Policy(exceptions=(old, waiver(), new)).sort([FINDING], NOW)) == [(FINDING, True)]
    ((finding, _),) = Policy(exceptions=(new, old)).sort([FINDING], NOW)
    assert finding.reason == "R; the exception of eve ended on 2026-07-20"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"until": NOW}, "until must be a date"),
        ({"until": "2026-08-01"}, "until must be a date"),
        ({"owner": "  "}, "needs an owner"),
    ],
)
def test_refused_exception(fields, words):
    """An exception would have no end, or nobody to ask."""
    with pytest.raises(ArgumentError, match=words):
        waiver(**fields)


def test_refused_policy():
    """A severity or a kind that does not exist would silently count for nothing."""
    with pytest.raises(ArgumentError, match="critical, error, warning, info, not 'fatal'"):
        Policy(severities={"stale": "fatal"})
    with pytest.raises(ArgumentError, match=r"connection, .*not 'schema'"):
        Policy(exceptions=(waiver(kind="schema"),))


OWN = Rule(id="own", severity="info", title="Own", check=lambda *_: [Hit(Group(id="g"), "why")], needs=[Kind.GROUP])


@pytest.mark.parametrize(
    "policy",
    [Policy(rules={"own": True}), Policy(severities={"own": Severity.ERROR}), Policy(exceptions=(waiver(rule="own"),))],
)
def test_policy_names_rules(policy):
    """A misspelt rule would stay on, or a rule of one's own could not be named."""
    with pytest.raises(ArgumentError, match="'own'; there are broken"):
        chosen(None, RULES, policy)
    assert chosen([OWN], RULES, policy) == (OWN,)
    assert chosen(None, [*RULES, OWN], policy)


def test_which_rules_are_on():
    """The default audit would make a call for each object, or the policy's switches not count."""
    default = chosen(None, RULES)
    assert {rule.tier for rule in default} == {Tier.LISTS}
    assert [rule for rule in RULES if rule.tier == Tier.LISTS] == list(default)
    assert chosen(None, RULES, None, ()) == RULES
    without = chosen(None, RULES, None, DEEP_KINDS - {Kind.SCHEMA} | SOURCE_KINDS)
    assert {"drift", "new-tables"} < {rule.id for rule in without} - {rule.id for rule in default}
    switched = {rule.id for rule in chosen(None, RULES, Policy(rules={"drift": True, "stale": False}))}
    assert switched == {rule.id for rule in default} - {"stale"} | {"drift"}
    # Who names rules wants those.
    assert [rule.id for rule in chosen(["stale"], RULES, Policy(rules={"stale": False}))] == ["stale"]


@pytest.mark.parametrize(
    ("needs", "tier"),
    [
        ({Kind.CONNECTION, Kind.USER}, Tier.LISTS),
        ({Kind.CONNECTION, Kind.SCHEMA}, Tier.DEEP),
        ({Kind.TEAM_MEMBERSHIP}, Tier.DEEP),
        ({Kind.SCHEMA, Kind.COLUMNS}, Tier.COLUMNS),
    ],
)
def test_tier(needs, tier):
    """The table would not say what a rule costs."""
    assert attrs.evolve(OWN, needs=needs).tier == tier
    assert attrs.evolve(OWN, whole=needs).tier == tier


def test_severity_of_the_policy():
    """A finding would have the severity of the table, whatever the policy says."""
    found = OWN.judge(Inventory(), NOW, Policy(severities={"own": Severity.CRITICAL}))
    assert [finding.severity for finding in found] == [Severity.CRITICAL]


def test_personal_columns():
    """Names could not be added, taken away or allowed."""
    columns = PersonalColumns(
        names=("email", "phone"), also=("badge_number",), never=("phone",), allowed=("a.b.*", "c1.*")
    )
    assert columns.looked_for == ("email", "badge_number")
    told = columns.matcher()
    assert [told(name) for name in ("Email", "phone", "badgeNumber")] == ["email", None, "badge_number"]
    assert columns.allows("c2", "a.b.email")
    assert columns.allows("c1", "x.y.email")
    assert not columns.allows("c2", "x.y.email")
