"""Every rule: a case where it fires, one where it must not, and one exactly at its threshold."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from fivetran_async.audit import RULES, Finding, Hit, Inventory, Kind, Policy, Rule, Severity, Thresholds
from fivetran_async.audit.rules import chosen
from fivetran_async.errors import ArgumentError
from fivetran_async.models.connections import Connection
from fivetran_async.models.destinations import Destination
from fivetran_async.models.groups import Group

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
GROUP = Group(id="g", name="finance")
BY_ID = {rule.id: rule for rule in RULES}


def ago(**span: float) -> str:
    """Return the text of a moment before the audit."""
    return (NOW - timedelta(**span)).isoformat().replace("+00:00", "Z")


def connection(status: dict[str, Any] | None = None, **fields: Any) -> Connection:
    """Return a healthy connection, but for what is given."""
    state = {
        "setup_state": "connected",
        "sync_state": "scheduled",
        "update_state": "on_schedule",
        "is_historical_sync": False,
        "tasks": [],
        "warnings": [],
    }
    healthy = {
        "id": "c",
        "service": "postgres",
        "schema": "orders",
        "group_id": "g",
        "paused": False,
        "created_at": ago(days=400),
        "succeeded_at": ago(hours=1),
        "sync_frequency": 60,
        "schedule_type": "auto",
        "status": state | (status or {}),
    }
    return Connection.from_dict(healthy | fields)


def destination(**fields: Any) -> Destination:
    """Return a healthy destination, but for what is given."""
    return Destination.from_dict({"id": "g", "service": "snowflake", "group_id": "g"} | fields)


def found(rule: str, *objects: Any, thresholds: Thresholds | None = None, **inventory: Any) -> list[Finding]:
    """Return what one rule finds in a few objects."""
    kinds: dict[str, dict[str, Any]] = {"groups": {}, "destinations": {}, "connections": {}}
    for item in objects:
        kind = {Group: "groups", Destination: "destinations", Connection: "connections"}[type(item)]
        kinds[kind][item.id] = item
    return list(BY_ID[rule].judge(Inventory(**kinds, **inventory), NOW, Policy(thresholds=thresholds or Thresholds())))


TASK = {"code": "reconnect", "message": "Reauthorize the connection."}
HISTORY = {"is_historical_sync": True, "sync_state": "syncing"}
WAITS = {"sync_state": "rescheduled", "rescheduled_for": ago(hours=2)}

FIRES = [
    pytest.param("broken", connection({"setup_state": "broken"}), id="broken"),
    pytest.param("broken", connection({"setup_state": "broken"}, paused=True), id="broken-paused"),
    pytest.param("incomplete", connection({"setup_state": "incomplete"}), id="incomplete"),
    pytest.param("failing", connection(failed_at=ago(minutes=5)), id="failing"),
    pytest.param("failing", connection(failed_at=ago(days=5), succeeded_at=None), id="failing-never-succeeded"),
    pytest.param("stale", connection(succeeded_at=ago(hours=25)), id="stale"),
    pytest.param("stale", connection(succeeded_at=ago(hours=73), sync_frequency=1440), id="stale-daily"),
    pytest.param("stale", connection(succeeded_at=None, created_at=ago(hours=25)), id="stale-never-succeeded"),
    pytest.param(
        "stale",
        connection(
            {"is_historical_sync": True, "sync_state": "scheduled"}, succeeded_at=None, created_at=ago(hours=25)
        ),
        id="stale-never-started",
    ),
    pytest.param("stale", connection(succeeded_at=ago(hours=25), failed_at=ago(hours=26)), id="stale-after-a-failure"),
    pytest.param(
        "stale", connection(WAITS | {"rescheduled_for": ago(hours=-1)}, succeeded_at=ago(days=9)), id="stale-waiting"
    ),
    pytest.param("delayed", connection({"update_state": "delayed"}), id="delayed"),
    pytest.param(
        "delayed", connection({"update_state": "delayed"}, succeeded_at=None, created_at=None), id="delayed-undated"
    ),
    pytest.param("stuck-rescheduled", connection(WAITS), id="stuck"),
    pytest.param(
        "stuck-rescheduled",
        connection(WAITS | {"rescheduled_for": ago(hours=-3)}, schedule_type="manual"),
        id="stuck-manual",
    ),
    pytest.param(
        "stuck-rescheduled",
        connection({"sync_state": "rescheduled"}, schedule_type="manual"),
        id="stuck-manual-without-time",
    ),
    pytest.param("paused-long", connection(paused=True, succeeded_at=ago(days=31)), id="paused"),
    pytest.param(
        "paused-long", connection(paused=True, succeeded_at=None, created_at=ago(days=31)), id="paused-never-synced"
    ),
    pytest.param("paused-long", connection(paused=True, succeeded_at=ago(days=31), status=None), id="paused-bare"),
    pytest.param("historical-sync-long", connection(HISTORY, succeeded_at=ago(days=8)), id="historical"),
    pytest.param(
        "historical-sync-long", connection(HISTORY, succeeded_at=None, created_at=ago(days=8)), id="historical-first"
    ),
    pytest.param("warnings", connection({"warnings": [{"code": "resync_table_warning"}]}), id="warnings"),
    pytest.param("tasks", connection({"tasks": [TASK]}), id="tasks"),
    pytest.param("orphan-connection", connection(group_id="gone"), id="orphan"),
    pytest.param("destination-broken", destination(setup_status="broken"), id="destination-broken"),
    pytest.param("destination-broken", destination(setup_status="BROKEN"), id="destination-broken-upper-case"),
    pytest.param("destination-incomplete", destination(setup_status="incomplete"), id="destination-incomplete"),
    pytest.param("group-without-destination", GROUP, id="group-without-destination"),
]


@pytest.mark.parametrize(("rule", "item"), FIRES)
def test_fires(rule, item):
    """A condition that the rule is there for would go unreported."""
    (finding,) = found(rule, item)
    assert finding.rule == rule
    assert finding.id == item.id
    assert finding.severity == BY_ID[rule].severity
    assert finding.reason
    assert finding.remedy


CONCLUDING = {"orphan-connection", "group-empty"}
"""What is said of an object because another one is missing."""

SILENT = [
    # The healthy, and what is explained by something else.
    *(pytest.param(rule.id, connection(), id=f"{rule.id}-healthy") for rule in RULES if rule.id not in CONCLUDING),
    pytest.param("failing", connection({"setup_state": "broken"}, failed_at=ago(hours=0)), id="failing-broken"),
    pytest.param("failing", connection(paused=True, failed_at=ago(hours=0)), id="failing-paused"),
    pytest.param("failing", connection(failed_at=ago(hours=2)), id="failed-before-it-succeeded"),
    pytest.param("stale", connection({"setup_state": "broken"}, succeeded_at=ago(days=9)), id="stale-broken"),
    pytest.param("stale", connection({"setup_state": "incomplete"}, succeeded_at=ago(days=9)), id="stale-incomplete"),
    pytest.param("stale", connection(paused=True, succeeded_at=ago(days=9)), id="stale-paused"),
    pytest.param("stale", connection(succeeded_at=ago(days=9), failed_at=ago(hours=1)), id="stale-failing"),
    pytest.param("stale", connection(succeeded_at=ago(days=9), schedule_type="manual"), id="stale-manual"),
    pytest.param("stale", connection(WAITS, succeeded_at=ago(days=9)), id="stale-stuck"),
    pytest.param("stale", connection(HISTORY, succeeded_at=None, created_at=ago(days=3)), id="stale-historical"),
    pytest.param("stale", connection(succeeded_at=ago(hours=23), sync_frequency=1), id="stale-within-a-day"),
    pytest.param("stale", connection(succeeded_at=ago(hours=50), sync_frequency=1440), id="stale-daily"),
    pytest.param("stale", connection(succeeded_at=ago(hours=-5)), id="stale-clock-behind"),
    pytest.param("delayed", connection({"update_state": "delayed", "setup_state": "broken"}), id="delayed-broken"),
    pytest.param("delayed", connection({"update_state": "delayed"}, paused=True), id="delayed-paused"),
    pytest.param("stuck-rescheduled", connection(WAITS | {"rescheduled_for": ago(hours=-1)}), id="rescheduled"),
    pytest.param("stuck-rescheduled", connection({"sync_state": "rescheduled"}), id="rescheduled-without-time"),
    pytest.param("stuck-rescheduled", connection(schedule_type="manual"), id="manual"),
    pytest.param("stuck-rescheduled", connection(WAITS, paused=True), id="rescheduled-paused"),
    pytest.param("paused-long", connection(paused=True, succeeded_at=ago(days=29)), id="paused-recently"),
    pytest.param(
        "paused-long", connection(paused=True, succeeded_at=ago(days=90), failed_at=ago(days=3)), id="paused-active"
    ),
    pytest.param("historical-sync-long", connection(HISTORY, succeeded_at=ago(days=6)), id="historical-recent"),
    pytest.param(
        "historical-sync-long",
        connection({"is_historical_sync": True}, succeeded_at=None, created_at=ago(days=8)),
        id="historical-not-running",
    ),
    pytest.param("tasks", connection({"tasks": [TASK], "setup_state": "broken"}), id="tasks-broken"),
    pytest.param("tasks", connection({"tasks": [TASK], "setup_state": "incomplete"}), id="tasks-incomplete"),
    pytest.param("destination-broken", destination(setup_status="connected"), id="destination-connected"),
    pytest.param("destination-incomplete", destination(setup_status="CONNECTED"), id="destination-connected-upper"),
]


@pytest.mark.parametrize(("rule", "item"), SILENT)
def test_stays_silent(rule, item):
    """The healthy, or what another rule already tells, would be reported."""
    assert found(rule, item) == []


def test_listed_group_is_no_orphan():
    """Every connection would be called an orphan."""
    assert found("orphan-connection", connection(), GROUP) == []


def test_group_with_its_destination():
    """Every group would be said to have no destination."""
    assert found("group-without-destination", GROUP, destination()) == []
    assert found("group-without-destination", GROUP, destination(group_id=None)) == []


@pytest.mark.parametrize(
    ("rule", "at", "beyond"),
    [
        ("failing", {"failed_at": ago(hours=1)}, {"failed_at": ago(hours=1, seconds=-1)}),
        ("stale", {"succeeded_at": ago(hours=24)}, {"succeeded_at": ago(hours=24, seconds=1)}),
        (
            "stale",
            {"succeeded_at": ago(hours=36), "sync_frequency": 720},
            {"succeeded_at": ago(hours=36, seconds=1), "sync_frequency": 720},
        ),
        (
            "stuck-rescheduled",
            {"status": {"rescheduled_for": ago(hours=1), "sync_state": "rescheduled"}},
            {"status": {"rescheduled_for": ago(hours=1, seconds=1), "sync_state": "rescheduled"}},
        ),
        (
            "paused-long",
            {"paused": True, "succeeded_at": ago(days=30)},
            {"paused": True, "succeeded_at": ago(days=30, seconds=1)},
        ),
        (
            "historical-sync-long",
            {"status": HISTORY, "succeeded_at": ago(days=7)},
            {"status": HISTORY, "succeeded_at": ago(days=7, seconds=1)},
        ),
    ],
)
def test_threshold(rule, at, beyond):
    """What is exactly at a threshold would be reported, or what is one second beyond it would not."""
    assert found(rule, connection(**at)) == []
    assert len(found(rule, connection(**beyond))) == 1


@pytest.mark.parametrize(
    ("rule", "thresholds", "fields"),
    [
        ("stale", Thresholds(stale_factor=1, stale_hours=0), {"succeeded_at": ago(minutes=61)}),
        ("stuck-rescheduled", Thresholds(rescheduled_hours=0), {"status": WAITS | {"rescheduled_for": ago(minutes=1)}}),
        ("paused-long", Thresholds(paused_days=1), {"paused": True, "succeeded_at": ago(days=2)}),
        ("historical-sync-long", Thresholds(historical_sync_days=1), {"status": HISTORY, "succeeded_at": ago(days=2)}),
    ],
)
def test_thresholds_can_be_set(rule, thresholds, fields):
    """A threshold that the user sets would not count."""
    assert found(rule, connection(**fields)) == []
    assert len(found(rule, connection(**fields), thresholds=thresholds)) == 1


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "3", True, None])
def test_refused_threshold(value):
    """A threshold that no comparison can use would be taken, and silence a rule."""
    with pytest.raises(ArgumentError, match="paused_days"):
        Thresholds(paused_days=value)


FIELDS = [field.name for field in attrs.fields(Connection) if field.name not in {"id", "service", "_origin", "status"}]
SICK = (
    connection({"setup_state": "broken", "tasks": [TASK]}),
    connection(failed_at=ago(hours=0)),
    connection(succeeded_at=ago(days=40)),
    connection({"update_state": "delayed"}),
    connection(WAITS),
    connection(WAITS, schedule_type="manual"),
    connection(paused=True, succeeded_at=ago(days=40)),
    connection(HISTORY, succeeded_at=None, created_at=ago(days=40)),
)


def test_nothing_known_is_no_finding():
    """What the API did not say would crash a rule, or be called a fault."""
    bare = Connection(id="c", service="postgres")
    empty = connection(status=dict.fromkeys(["setup_state", "sync_state", "update_state", "is_historical_sync"]))
    for rule in RULES:
        assert found(rule.id, bare, Destination(id="d", service="snowflake")) == []
        assert found(rule.id, empty, GROUP, destination()) == []


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_missing_field(rule):
    """One missing field would crash a rule, or make it fire where it did not."""
    for item, missing in itertools.product(SICK, FIELDS):
        if rule == "group-empty" and missing == "group_id":
            continue  # then nothing is known to be in the group
        without = attrs.evolve(item, **{missing: () if missing == "setup_tests" else None})
        lost = [finding.rule for finding in found(rule, without, GROUP)]
        kept = [finding.rule for finding in found(rule, item, GROUP)]
        # Without its last success a connection may well be told to have none; that is what null says.
        assert lost in ([], kept) or missing in {"succeeded_at", "failed_at", "schedule_type"}


def test_absurd_figures():
    """A figure out of all range would overflow."""
    for minutes in (10**400, -(10**400)):
        assert len(found("stale", connection(sync_frequency=minutes, succeeded_at="0001-01-01T00:00:00Z"))) == 1


def test_unknown_states():
    """A state of tomorrow would be taken for a fault."""
    states = {"setup_state": "new", "sync_state": "new", "update_state": "new", "schema_status": "new"}
    for rule in RULES:
        assert found(rule.id, connection(states), GROUP, destination(setup_status="new")) == []


def test_broken_tells_its_tasks():
    """The reader would not learn what to do, or read pages of it."""
    tasks = [TASK, {"code": "b"}, {}, {"message": "d"}, {"message": "e"}]
    (finding,) = found("broken", connection({"setup_state": "broken", "tasks": tasks}))
    assert finding.reason == "its setup is broken: Reauthorize the connection.; b; no message; and 2 more"


def test_finding_names_its_object():
    """The reader could not find the connection, or its group."""
    (finding,) = found("broken", connection({"setup_state": "broken"}), GROUP)
    assert (finding.kind, finding.id, finding.name) == (Kind.CONNECTION, "c", "orders")
    assert (finding.group_id, finding.group_name, finding.service) == ("g", "finance", "postgres")
    assert finding.to_dict()["severity"] == "critical"
    (finding,) = found("destination-broken", destination(setup_status="broken"), GROUP)
    assert (finding.kind, finding.name, finding.service) == (Kind.DESTINATION, "finance", "snowflake")
    (finding,) = found("group-without-destination", GROUP)
    assert (finding.kind, finding.id, finding.name, finding.service) == (Kind.GROUP, "g", "finance", None)


def test_nothing_is_concluded_from_what_was_not_read():
    """A list that was cut short would make orphans and groups without destination."""
    partial = {"whole": frozenset({Kind.CONNECTION}), "partial": frozenset({Kind.GROUP, Kind.DESTINATION})}
    assert found("orphan-connection", connection(), **partial) == []
    assert found("group-without-destination", GROUP, **partial) == []
    inventory = Inventory(**partial)
    able = [rule.id for rule in RULES if rule.can_judge(inventory)]
    assert "orphan-connection" not in able
    assert "group-without-destination" not in able
    assert "destination-broken" in able
    assert not BY_ID["destination-broken"].can_judge(Inventory(whole=frozenset({Kind.CONNECTION})))


def test_one_trouble_is_told_once():
    """One broken connection would fill the report with its consequences."""
    worst = connection(
        {"setup_state": "broken", "update_state": "delayed", "tasks": [TASK]} | WAITS,
        succeeded_at=ago(days=90),
        failed_at=ago(days=1),
    )
    assert [rule.id for rule in RULES if found(rule.id, worst, GROUP, destination())] == ["broken"]


def test_severities_are_ordered():
    """Findings would be sorted by the alphabet, and a bound would let the worst pass."""
    ordered = [Severity.CRITICAL, Severity.ERROR, Severity.WARNING, Severity.INFO]
    assert sorted(ordered) == ordered[::-1]
    assert Severity.CRITICAL > Severity.ERROR >= Severity.ERROR > Severity.INFO
    assert Severity.INFO < Severity.WARNING <= "warning"
    assert Severity("fatal") < Severity.INFO
    assert not Severity("fatal").is_known


def test_rules_are_worst_first_and_unique():
    """The table would not show what comes first, or one rule would hide another."""
    ranks = [Severity(rule.severity).rank for rule in RULES]
    assert ranks == sorted(ranks, reverse=True)
    assert len(BY_ID) == len(RULES)
    assert all(rule.id == rule.id.lower().replace("_", "-").replace(" ", "-") for rule in RULES)


def test_chosen():
    """A user could not choose rules, would not learn of a misspelt one, or lose one to another of its name."""
    own = Rule(id="own", severity="info", title="Own", check=lambda *_: [Hit(GROUP, "why")], needs=[Kind.GROUP])
    assert chosen(["stale", own, "stale"], RULES) == (BY_ID["stale"], own)
    with pytest.raises(ArgumentError, match="brokn"):
        chosen(["brokn"], RULES)
    with pytest.raises(ArgumentError, match="own"):
        chosen([own, attrs.evolve(own, title="Other")], RULES)
    with pytest.raises(ArgumentError, match="text"):
        chosen("broken", RULES)


def test_rule_of_an_unknown_kind():
    """A rule that nothing is read for would be silent for ever."""
    with pytest.raises(ArgumentError, match="invoice"):
        Rule(id="own", severity="info", title="Own", check=lambda *_: [], needs=["invoice"])
