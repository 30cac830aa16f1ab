"""What an audit reads over HTTP, in both colours: all that it was asked for, in the fewest calls, and no more."""

import asyncio
import importlib
from collections import Counter
from functools import partial
from typing import Any

import pytest

from fivetran_async.audit import DEEP_KINDS, RULES, SOURCE_KINDS, TEST_KINDS, Hit, Kind, Rule, Severity
from fivetran_async.audit.inventory import FIELDS
from fivetran_async.budget import Budget
from fivetran_async.errors import ArgumentError
from fivetran_async.retry import RetryPolicy

ONCE = RetryPolicy(attempts=1)
# Rules that need no more than three lists, so that what else is read is what the test asked for.
FEW = [rule for rule in RULES if rule.kinds <= {Kind.GROUP, Kind.DESTINATION, Kind.CONNECTION}]
READ = [kind for kind in Kind if kind not in TEST_KINDS]
LISTED = [kind for kind in READ if kind not in DEEP_KINDS | SOURCE_KINDS]


def wants(*kinds: Kind, **fields: Any) -> Rule:
    """Return a rule that finds nothing and needs some kinds."""
    base: dict[str, Any] = {"id": "own", "severity": Severity.INFO, "title": "Own", "check": lambda *_: ()}
    return Rule(**base | {"needs": kinds} | fields)


@pytest.fixture
def module(colour):
    """Return the audit of one colour."""
    return importlib.import_module(f"{colour.package.__name__}.audit")


@pytest.fixture
def run(colour, ft, module):
    """Return what audits the small account in one colour, with one attempt a call unless told otherwise."""

    async def run(client: Any = None, *, function: str = "audit", retry: RetryPolicy = ONCE, **options: Any) -> Any:
        chosen = {"rules": FEW, **options}
        return await colour.call(getattr(module, function), (client or ft).with_options(retry=retry), **chosen)

    return run


@pytest.fixture
def calm(box):
    """Let every connection be set up, so that its source can be asked."""
    for connection in box.account.connections.values():
        connection["status"]["setup_state"] = "connected"
    return box


# What is read


async def test_every_kind_is_read(run, calm):
    """A kind could be asked for that no call brings, or be put in the wrong place."""
    report = await run(rules=[wants(*READ)])
    assert report.incomplete == ()
    assert report.inventory.whole == frozenset(READ)
    assert report.inventory.partial == frozenset()
    assert report.calls == calm.calls
    for kind in READ:
        assert report.inventory.count(kind), kind
    read = report.inventory
    assert list(read.connections) == list(calm.account.connections)
    assert list(read.users) == list(calm.account.users)
    assert {role.name for role in read.roles.values()} == set(read.roles) >= {"Account Administrator"}
    assert {len(members) for members in read.group_users.values()} != {0}
    assert set(read.group_users) == set(calm.account.groups)
    assert set(read.team_users) == set(read.team_groups) == set(read.team_connections) == set(read.teams)
    assert set(read.user_connections) == set(read.users)
    assert set(read.certificates) == set(read.fingerprints) == {*read.destinations, *read.connections}


async def test_only_what_is_asked_for_is_read(run, box):
    """A question about webhooks would cost the calls of everything else."""
    for kind in LISTED:
        before = box.calls
        report = await run(rules=[wants(kind)])
        calls = {Kind.GROUP: 1, Kind.LOG_SERVICE: 3}.get(kind, 2)
        assert report.calls == box.calls - before == calls, kind
        assert report.inventory.whole == {Kind.GROUP, kind}
        for other, fields in FIELDS.items():
            if other not in {Kind.GROUP, kind}:
                assert not any(getattr(report.inventory, field) for field in fields)


async def test_the_log_service_of_the_account(run, box):
    """The account's own log service is in no list, and would never be judged."""
    absent = await run(rules=[wants(Kind.LOG_SERVICE)])
    assert absent.incomplete == ()
    body = {"service": "cloudwatch", "config": {"log_group_name": "x", "region": "us-east-1"}}
    async with box.client() as ft:
        made = await ft.request("POST", "/v1/external-logging/account", body=body)
    present = await run(rules=[wants(Kind.LOG_SERVICE)])
    assert set(present.inventory.log_services) - set(absent.inventory.log_services) == {made["id"]}


async def test_deep_reads_the_schemas(run, box):
    """Deep would read nothing unless a rule needs it, or read what reaches the source."""
    report = await run(deep=True)
    assert report.calls == 3 + len(box.account.connections)
    assert report.incomplete == ()
    assert report.inventory.count(Kind.COLUMNS) is None
    # One that has never been set up has no schema yet: that is no gap.
    assert 0 < len(report.inventory.schemas) < len(box.account.connections)
    assert Kind.SCHEMA in report.inventory.whole


async def test_columns_are_those_of_the_source(run, calm):
    """A column that nobody ever touched would be missing, or one of a table that is not loaded be asked for."""
    report = await run(columns=True)
    asked = [request.path for request in calm.requests if request.path.endswith("/columns")]
    tables = [
        (connection, schema_name, table_name, table)
        for connection, config in report.inventory.columns.items()
        for schema_name, schema in config.schemas.items()
        for table_name, table in schema.tables.items()
    ]
    read = [table for *_, table in tables if table.columns is not None]
    assert len(asked) == len(set(asked)) == len(read) > 100
    assert len(tables) > len(read)
    assert all(table.enabled for table in read)
    known = [
        len(report.inventory.schemas[connection].schemas[schema].tables[name].columns or ())
        for connection, schema, name, _ in tables
    ]
    assert sum(known) < sum(len(table.columns) for table in read)
    assert any(column.is_primary_key for table in read for column in table.columns.values())


async def test_sources_that_cannot_be_asked(run, box):
    """Calls that must fail would be made of the 5,000 that reach the source, or what is unknown be called clean."""
    report = await run(columns=True)
    (gap,) = report.incomplete
    assert (gap.kind, gap.error, gap.status) == (Kind.COLUMNS, "NotSetUp", None)
    assert gap.unread > 0
    broken = report.inventory.unread[Kind.COLUMNS]
    states = {box.account.connections[name]["status"]["setup_state"] for name in broken}
    assert {"broken"} <= states <= {"broken", "incomplete"}
    assert not [
        path for path in (request.path.split("/") for request in box.requests) if "tables" in path and path[3] in broken
    ]
    assert Kind.COLUMNS in report.inventory.partial


async def test_what_is_deleted_meanwhile_is_no_gap(run, box):
    """A connection that somebody deletes during an audit would make it incomplete."""
    gone = list(box.account.connections)[-1]
    body = '{"code": "NotFound_Connection", "message": "There is no such connection"}'
    box.faults.script("GET", f"/v1/connections/{gone}/*", status=404, body=body, times=2)
    report = await run(rules=[wants(Kind.CERTIFICATE, Kind.SCHEMA)])
    assert report.incomplete == ()
    assert gone not in report.inventory.certificates
    assert Kind.CERTIFICATE in report.inventory.whole


async def test_a_gateway_does_not_delete(run, box):
    """A proxy that has lost the way would make the account look empty, and clean."""
    box.faults.script("GET", "/v1/connections/*", status=404, body="no route", times=None)
    report = await run(deep=True)
    (gap,) = report.incomplete
    assert (gap.kind, gap.status, gap.unread) == (Kind.SCHEMA, 404, 60)
    assert report.inventory.count(Kind.SCHEMA) is None


async def test_long_lists_of_single_objects(run, box):
    """Of a group with more than 1,000 users the rest would be missing."""
    group = next(iter(box.account.groups))
    for number in range(1_001):
        user = box.account.add_user(email=f"more{number}@example.com")
        box.account.memberships.setdefault(group, {})[user["id"]] = {"role": "Destination Reviewer"}
    report = await run(rules=[wants(Kind.GROUP_MEMBERSHIP)])
    assert len(report.inventory.group_users[group]) > 1_000


# Progress


async def test_progress_of_calls_that_can_be_counted(run, box):
    """Nobody could see how long a deep audit is going to take."""
    seen: list[Any] = []
    await run(deep=True, on_progress=seen.append)
    schemas = [at for at in seen if at.kind == Kind.SCHEMA]
    total = len(box.account.connections)
    assert [at.items for at in schemas] == list(range(1, total + 1))
    assert {at.total for at in schemas} == {total}
    assert [at.done for at in schemas] == [False] * (total - 1) + [True]


# The plan


async def test_plan_of_lists_alone(run, box):
    """A plan of the default audit would promise calls that nobody makes."""
    plan = await run(function="plan")
    assert (plan.survey, plan.calls, plan.remaining, plan.later) == (3, 0, (), 0)
    assert plan.read == {Kind.GROUP: 5, Kind.DESTINATION: 4, Kind.CONNECTION: 60}
    assert box.calls == 3


async def test_plan_is_right(colour, run, calm, tmp_path):
    """The calls that a plan promises would not be those that are made."""
    file = tmp_path / "audit.resume"
    client = colour.client(calm, budget=Budget(plan="full"))
    run = partial(run, client)
    options = {"rules": [wants(*READ)], "resume": file}
    plan = await run(function="plan", **options)
    survey = calm.calls
    assert plan.survey == survey
    assert {it.kind: it.calls for it in plan.remaining}[Kind.COLUMNS] is None
    assert not {it.kind for it in plan.remaining} & set(LISTED)
    # Its columns are left, and can be counted once the schemas are read.
    await run(**options, max_calls=plan.calls)
    assert calm.calls == survey + plan.calls
    rest = await run(function="plan", **options)
    assert rest.survey == 0
    assert [(it.kind, it.calls) for it in rest.remaining if it.calls] == [(Kind.COLUMNS, rest.calls)]
    report = await run(**options)
    assert report.calls == rest.calls
    assert report.incomplete == ()
    assert rest.share == pytest.approx(rest.calls / 5_000)
    await colour.call(client.close)


async def test_plan_counts_what_does_not_fit(run, box):
    """A user would find out after an hour that an audit does not fit."""
    plan = await run(function="plan", deep=True, max_calls=50)
    assert (plan.calls, plan.later) == (60, 60 - (50 - 3))
    remaining = 20_000 - box.calls
    plan = await run(function="plan", deep=True, reserve=remaining - 3 - 10)
    assert plan.later == 50
    plan = await run(function="plan", deep=True)
    assert plan.later == 0
    assert plan.to_dict()["remaining"][0]["kind"] == "schema"


async def test_plan_says_what_it_could_not_see(run, box):
    """A plan would look cheap because the connections could not be listed."""
    box.faults.script("GET", "/v1/connections", status=403, times=None)
    plan = await run(function="plan", deep=True)
    assert [gap.kind for gap in plan.incomplete] == [Kind.CONNECTION]
    assert plan.read[Kind.CONNECTION] is None
    assert plan.calls == 0


# The allowance


@pytest.mark.parametrize("bound", [1, 2, 4, 17, 40])
async def test_never_more_calls_than_allowed(run, box, bound):
    """An audit would take the calls that others need, by its retries or by what is sent at once."""
    box.faults.script("GET", "/v1/connections/*", status=503, times=7)
    report = await run(deep=True, max_calls=bound, retry=RetryPolicy(initial_wait=0))
    assert report.calls == box.calls <= bound
    assert report.calls >= bound - 3
    gaps = {gap.kind: gap for gap in report.incomplete}
    assert "LeftForLater" in {gap.error for gap in gaps.values()}
    assert all(f"max_calls={bound} is used up" in gap.reason for gap in gaps.values() if gap.error == "LeftForLater")
    assert not report.clean


async def test_left_lists_and_what_hangs_on_them(run):
    """What was left for later would be called clean."""
    report = await run(max_calls=1)
    assert len(report.incomplete) == 2
    assert {gap.error for gap in report.incomplete} == {"LeftForLater"}
    assert report.skipped


async def test_the_reserve_is_left(colour, run, opened):
    """Others would find the hour's calls used up."""
    box = opened(seed=7, groups=5, connections=60, limits={"all": [(50, 3600)]})
    client = colour.client(box, budget=Budget(concurrency=8))
    report = await run(client, deep=True, reserve=20, retry=RetryPolicy())
    assert box.calls == report.calls == 30
    (gap,) = report.incomplete
    assert (gap.kind, gap.error, gap.unread) == (Kind.SCHEMA, "LeftForLater", 60 - 27)
    assert "only the reserve of 20 calls is left" in gap.reason
    await colour.call(client.close)


@pytest.mark.parametrize(
    ("option", "value"), [("max_calls", 0), ("max_calls", True), ("max_calls", "5"), ("reserve", -1), ("reserve", 1.5)]
)
async def test_wrong_bounds_send_nothing(run, box, option, value):
    """A wrong number would let everything through, or be found out after the calls were made."""
    with pytest.raises(ArgumentError, match=f"{option} must be a whole number from"):
        await run(**{option: value})
    with pytest.raises(ArgumentError, match="deep must be True or False"):
        await run(deep="no")
    assert box.calls == 0


# Going on


async def test_goes_on_with_what_was_left(run, box, tmp_path):
    """What was left for later could never be read, or what was read would cost calls again."""
    file = tmp_path / "audit.resume"
    first = await run(deep=True, resume=file, max_calls=30)
    assert first.incomplete
    second = await run(deep=True, resume=file)
    assert first.calls + second.calls == box.calls == 63
    assert second.incomplete == ()
    assert second.as_of == first.as_of
    again = await run(deep=True, resume=file)
    assert again.calls == 0
    assert again.findings == second.findings
    assert again.inventory == second.inventory
    assert again.inventory.to_dict() == second.inventory.to_dict()
    without = await run(deep=True)
    assert without.inventory.schemas == again.inventory.schemas


async def test_what_failed_is_asked_again(run, box, tmp_path):
    """A failure of an hour ago would be in the report for ever."""
    file = tmp_path / "audit.resume"
    box.faults.script("GET", "/v1/destinations", status=403, times=1)
    assert [gap.status for gap in (await run(resume=file)).incomplete] == [403]
    report = await run(resume=file)
    assert report.calls == 1
    assert report.incomplete == ()


async def test_goes_on_in_the_middle_of_a_list(run, box, tmp_path):
    """A list of many pages would be read from its beginning after each kill."""
    group = next(iter(box.account.groups))
    for number in range(2_500):
        box.account.add_connection(group, id=f"more_{number:04}")
    file = tmp_path / "audit.resume"
    box.faults.script("GET", "/v1/connections", status=500, skip=1, times=1)
    await run(resume=file)
    report = await run(resume=file)
    assert report.calls == 2
    assert list(report.inventory.connections) == list(box.account.connections)


async def test_a_cursor_that_is_no_longer_known(run, box, tmp_path):
    """An audit that is gone on with days later could never be ended."""
    group = next(iter(box.account.groups))
    for number in range(1_500):
        box.account.add_connection(group, id=f"more_{number:04}")
    file = tmp_path / "audit.resume"
    box.faults.script("GET", "/v1/connections", status=500, skip=1, times=1)
    await run(resume=file)
    box.faults.script("GET", "/v1/connections", status=400, times=1)
    report = await run(resume=file)
    assert report.incomplete == ()
    assert report.calls == 3
    assert list(report.inventory.connections) == list(box.account.connections)
    assert (await run(resume=file)).inventory == report.inventory


async def test_another_key_or_other_options_are_refused(colour, run, box, tmp_path):
    """Two accounts, or two audits, would be mixed."""
    file = tmp_path / "audit.resume"
    await run(resume=file)
    calls = box.calls
    with pytest.raises(ArgumentError, match="use the same rules and options"):
        await run(deep=True, resume=file)
    other = colour.client(box, api_key="other")
    with pytest.raises(ArgumentError, match="another API key"):
        await run(other, resume=file)
    await colour.call(other.close)
    assert box.calls == calls


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_bad_network_costs_time_alone(run, calm, tmp_path, monkeypatch, seed):
    """What a bad network hides in one run would be hidden in all, or be another account in the end."""
    monkeypatch.setattr(calm.clock, "elapsed", lambda: 0.0)
    group = next(iter(calm.account.groups))
    for number in range(2_100):
        calm.account.add_group(id=f"more_{number:04}")
    options = {"rules": [*FEW, wants(Kind.CERTIFICATE, Kind.TEAM_MEMBERSHIP)], "deep": True}
    expected = await run(**options)
    kinds = ("5xx", "html", "reset_before", "reset_after", "truncated", "invalid_json", "wrong_length")
    calm.faults.random(dict.fromkeys((*kinds, "repeated_cursor", "expired_cursor"), 0.04), seed=seed)
    incomplete = 0
    for _ in range(60):
        report = await run(**options, resume=tmp_path / "audit.resume")
        if not report.incomplete:
            break
        assert not report.clean
        incomplete += 1
    assert incomplete
    assert report.incomplete == ()
    assert next(iter(report.inventory.groups)) == group
    assert report.inventory.to_dict() == expected.inventory.to_dict()
    assert {(it.rule, it.id) for it in report.findings} == {(it.rule, it.id) for it in expected.findings}


# What could not be seen


async def test_unauthorized_in_the_middle_of_the_deep_part(run, box):
    """A revoked key would be tried with thousands of calls, or the unread be called clean."""
    box.faults.script("GET", "/v1/connections/*", status=401, skip=10, times=None)
    report = await run(deep=True)
    (gap,) = report.incomplete
    assert (gap.kind, gap.status, gap.error) == (Kind.SCHEMA, 401, "UnauthorizedError")
    assert gap.unread == len(report.inventory.unread[Kind.SCHEMA]) == 50
    assert box.calls <= 3 + 10 + 32
    assert Kind.SCHEMA in report.inventory.partial
    assert report.findings


async def test_forbidden_group_of_operations(run, box):
    """A key with fewer rights would waste a call for each object, or hide what it may see."""
    group = next(iter(box.account.groups))
    for number in range(200):
        box.account.add_connection(group, id=f"more_{number:04}")
    box.faults.script("GET", "/v1/connections/*/certificates", status=403, times=None)
    needy = wants(Kind.CERTIFICATE, whole=[Kind.CERTIFICATE])
    report = await run(rules=[needy, wants(Kind.SCHEMA, id="schemas")])
    (gap,) = report.incomplete
    assert (gap.kind, gap.status, gap.unread) == (Kind.CERTIFICATE, 403, 260)
    refused = Counter(request.path.rpartition("/")[2] for request in box.requests)["certificates"]
    assert refused <= 4 + 32 + 32
    # Those of the destinations could be read.
    assert set(report.inventory.certificates) == set(report.inventory.destinations)
    assert report.skipped == ("own",)
    assert Kind.SCHEMA in report.inventory.whole


async def test_forbidden_objects_do_not_hide_others(run, box):
    """A key for a part of the groups would see nothing at all."""
    for name in list(box.account.connections)[::2]:
        box.faults.script("GET", f"/v1/connections/{name}/schemas", status=403, times=None)
    report = await run(deep=True)
    (gap,) = report.incomplete
    assert gap.unread == 30
    assert report.inventory.unread == {Kind.SCHEMA: frozenset(list(box.account.connections)[::2])}


async def test_quota_ends_the_deep_part(run, box):
    """An audit would hang for an hour, or send thousands of calls that are refused."""
    box.faults.script("GET", "/v1/connections/*", status=429, headers={"Retry-After": "3600"}, skip=20, times=None)
    report = await run(deep=True, retry=RetryPolicy())
    (gap,) = report.incomplete
    assert (gap.status, gap.error, gap.unread) == (429, "RateLimitedError", 40)
    assert box.calls <= 3 + 20 + 32


# As they are known


@pytest.fixture
def walk(colour, ft, module):
    """Return what iterates over a stream in one colour, and the stream."""

    async def walk(until: int | None = None, **options: Any) -> tuple[Any, list[Any]]:
        findings = module.stream(ft.with_options(retry=ONCE), **{"rules": FEW, **options})
        seen: list[Any] = []
        if colour.name == "async":
            async with findings:
                async for finding in findings:
                    seen.append(finding)
                    if len(seen) == until:
                        break
        else:
            with findings:
                for finding in findings:
                    seen.append(finding)
                    if len(seen) == until:
                        break
        return findings, seen

    return walk


async def test_stream_finds_what_the_audit_finds(run, walk):
    """A finding would be missing, or told twice, when it is told early."""
    findings, seen = await walk()
    report = findings.report
    assert sorted(seen, key=repr) == sorted(report.findings, key=repr)
    audited = await run()
    assert [(it.rule, it.id) for it in report.findings] == [(it.rule, it.id) for it in audited.findings]
    assert (report.calls, report.skipped, report.incomplete) == (3, (), ())


async def test_findings_come_before_the_end(walk, box):
    """Nobody would see anything before the last of thousands of calls."""
    total = len(box.account.connections)
    for name in box.account.connections:
        box.faults.script("GET", f"/v1/connections/{name}/schemas", delay=0.02)
    _, seen = await walk(until=1, deep=True)
    assert seen
    schemas = sum(request.path.endswith("/schemas") for request in box.requests)
    assert schemas < total


async def test_stream_waits_for_all_that_a_rule_needs(walk, box):
    """A rule would be judged while half of what it needs is there."""

    def seen_schemas(inventory: Any, _now: Any, _thresholds: Any) -> Any:
        yield Hit(next(iter(inventory.groups.values())), f"{len(inventory.schemas)} schemas")

    own = Rule(id="own", severity=Severity.INFO, title="Own", check=seen_schemas, needs=[Kind.SCHEMA])
    _, seen = await walk(rules=[own, "broken"], deep=True)
    assert seen[-1].rule == "own"
    assert int(seen[-1].reason.split()[0]) > 50


async def test_stream_is_walked_once(walk, module, ft):
    """A second walk would cost all calls again without a word."""
    with pytest.raises(ArgumentError, match="iterated over"):
        _ = module.stream(ft).report
    findings, _ = await walk()
    with pytest.raises(ArgumentError, match="can be iterated once"):
        _ = [it async for it in findings] if hasattr(findings, "__aiter__") else list(findings)
    unread, _ = await walk(until=1)
    with pytest.raises(ArgumentError, match="iterated over"):
        _ = unread.report


async def test_stream_raises_what_the_audit_raises(walk, box):
    """A failure would look like the end of the findings."""

    def stop(at: Any) -> None:
        raise LookupError(at.kind)

    with pytest.raises(LookupError):
        await walk(on_progress=stop)
    with pytest.raises(ArgumentError, match="brokn"):
        await walk(rules=["brokn"])
    assert box.calls <= 3


async def test_left_streams_leave_nothing_behind(box):
    """An audit whose findings nobody wants any more would go on in the background."""
    module = importlib.import_module("fivetran_async.audit")
    async with box.client() as ft:
        async for _ in module.stream(ft, rules=FEW, deep=True):
            break
        await asyncio.sleep(0)
        async with module.stream(ft, rules=FEW, deep=True) as findings:
            async for _ in findings:
                break
        assert ft.budget.in_flight == 0
        assert len(asyncio.all_tasks()) <= 2
