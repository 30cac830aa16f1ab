"""The audit over HTTP against the sandbox, in both colours."""

import asyncio
import importlib
import socket
import threading
from collections import Counter
from typing import Any

import anyio
import pytest

import fivetran_sync.audit
from fivetran_async.audit import RULES, AuditReport, Hit, Kind, Policy, Rule, Severity, Thresholds, Tier
from fivetran_async.audit import audit as async_audit
from fivetran_async.errors import ArgumentError, ClosedError, UnauthorizedError
from fivetran_async.hooks import RequestStarted
from fivetran_async.retry import RetryPolicy
from fivetran_async.sandbox import Sandbox
from tests.wire.audit.accounts import account, written
from tests.wire.conftest import START

ONCE = RetryPolicy(attempts=1)

CALLS = ["audit", "plan", "stream"]

LISTED = (Kind.GROUP, Kind.DESTINATION, Kind.CONNECTION)

SURVEY = 17
"""The calls of a small account's default audit: one for each list, and the account's own log service."""

EXPECTED = {
    "broken": "broken",
    "incomplete": "incomplete",
    "failing": "failing",
    "paused_long": "paused-long",
    "delayed": "delayed",
    "overdue": "stuck-rescheduled",
    "historical_long": "historical-sync-long",
    "stale": "stale",
    "warned": "warnings",
}
"""Which rule tells of which condition that the sandbox seeds; all others are healthy."""


def told(report: AuditReport) -> tuple[tuple[str, str], ...]:
    """Return what was found, without the reasons, whose minutes pass while a test runs."""
    return tuple((finding.rule, finding.id) for finding in report.findings)


@pytest.fixture
def run(colour, ft):
    """Return what audits the small account in one colour, with one attempt a call unless told otherwise."""
    module = importlib.import_module(f"{colour.package.__name__}.audit")

    async def run(client: Any = None, *, retry: RetryPolicy = ONCE, **options: Any) -> AuditReport:
        chosen = (client or ft).with_options(retry=retry)
        return await colour.call(module.audit, chosen, **options)

    return run


async def test_large_account_in_few_calls(colour, run):
    """An audit of 10,000 connections would use up the hour's calls."""
    with Sandbox(seed=1, groups=20, connections=10_000) as large:
        client = colour.client(large, keep_raw=False)
        report = await run(client)
        await colour.call(client.close)
        assert report.calls == large.calls <= 30
        assert [report.inventory.count(kind) for kind in LISTED] == [20, 19, 10_000]
        assert not report.incomplete
        assert not report.skipped


async def test_every_seeded_condition(run, box):
    """A condition of real accounts would go unreported, a healthy connection be reported, or one be told twice."""
    report = await run()
    times = Counter(finding.id for finding in report.findings if finding.kind == "connection")
    for name, connection in box.account.connections.items():
        rule = EXPECTED.get(connection["sandbox"]["seeded_as"])
        assert times[name] == (rule is not None)
        if rule is not None:
            (finding,) = [item for item in report.findings if item.id == name]
            assert finding.rule == rule
            assert finding.service == connection["service"]
            assert finding.name == connection["schema"]
            assert finding.group_name == box.account.groups[connection["group_id"]]["name"]
    flow = (Kind.GROUP, Kind.DESTINATION)
    others = Counter(finding.rule for finding in report.findings if finding.kind in flow)
    assert others == {"destination-broken": 1, "group-without-destination": 1, "group-empty": 1}


async def test_planted_conditions(run, box):
    """Conditions that the sandbox does not seed would go unreported over the wire."""
    group = next(iter(box.account.groups))
    task = {"code": "reconnect", "message": "Reauthorize."}
    box.account.add_connection(group, id="asked_task", status={"tasks": [task]}, succeeded_at="2026-01-01T00:00:00Z")
    box.account.add_connection(group, id="lost_group")
    box.account.connections["lost_group"]["group_id"] = "nowhere"
    box.account.destinations[group]["setup_status"] = "incomplete"
    found = {(finding.rule, finding.id) for finding in (await run()).findings}
    assert {("tasks", "asked_task"), ("orphan-connection", "lost_group"), ("destination-incomplete", group)} <= found


async def test_clean_account(colour, run, tmp_path):
    """A healthy account would not be called clean."""
    with Sandbox(load=written(account(), tmp_path), start=START) as healthy:
        client = colour.client(healthy)
        report = await run(client)
        await colour.call(client.close)
    assert report.clean
    assert report.calls == SURVEY
    assert report.to_dict()["findings"] == []


async def test_same_account_same_findings(run):
    """Two audits could not be compared."""
    first, second = await run(), await run()
    assert told(first) == told(second)


async def test_judged_by_the_clients_clock(run, box):
    """A test could not move the time, and the time of the report would not be that of its judgement."""
    before = await run(rules=["stale"])
    box.clock.advance(3 * 86_400)
    for connection in box.account.connections.values():
        connection["sandbox"] |= {"stalled": True, "due": None}
    after = await run(rules=["stale"])
    assert (after.as_of - before.as_of).total_seconds() > 3 * 86_400
    assert after.as_of.tzinfo is not None
    assert len(after.findings) > len(before.findings)


async def test_counts_retries(colour, run, box, ft):
    """The report would hide calls that the account has paid for, or take the user's own hooks away."""
    seen: list[Any] = []
    client = ft.with_options(hooks=[seen.append])
    box.faults.script("GET", "/v1/groups", status=503, times=2)
    before = box.calls
    report = await run(client, retry=RetryPolicy(initial_wait=0))
    assert not report.incomplete
    assert report.calls == box.calls - before == SURVEY + 2
    assert sum(isinstance(event, RequestStarted) for event in seen) == SURVEY + 2


async def test_wrong_credentials(colour, run, box):
    """A mistyped key would look like an account without findings."""
    client = colour.client(box, api_secret="wrong")
    with pytest.raises(UnauthorizedError) as caught:
        await run(client, retry=RetryPolicy())
    assert caught.value.status == 401
    assert box.calls <= SURVEY
    await colour.call(client.close)


@pytest.mark.parametrize(
    ("path", "kind", "skipped"),
    [
        ("/v1/groups", "group", {"orphan-connection", "group-without-destination"}),
        ("/v1/destinations", "destination", {"destination-broken", "destination-incomplete"}),
        ("/v1/connections", "connection", {"broken", "stale", "orphan-connection"}),
    ],
)
async def test_forbidden_kind_hides_nothing_else(run, box, path, kind, skipped):
    """A key with fewer rights would see nothing at all, or the unseen be called clean."""
    whole = await run()
    box.faults.script("GET", path, status=403, times=None)
    report = await run()
    (gap,) = report.incomplete
    assert (gap.kind, gap.status, gap.error, gap.read) == (kind, 403, "ForbiddenError", 0)
    assert report.inventory.count(kind) is None
    assert not report.clean
    assert skipped <= set(report.skipped)
    # As sets: without the groups' names the order is another one.
    assert set(told(report)) == {item for item in told(whole) if item[0] not in report.skipped}
    assert told(report)


async def test_failure_in_the_middle(run, box):
    """What was read before a failure would be thrown away, or the rest be taken for missing."""
    group = next(iter(box.account.groups))
    for number in range(1_500):
        box.account.add_connection(group, id=f"more_{number:04}", status={"setup_state": "broken"})
    box.faults.script("GET", "/v1/connections", status=500, skip=1, times=None)
    report = await run()
    (gap,) = report.incomplete
    assert (gap.kind, gap.status, gap.read) == ("connection", 500, 1_000)
    assert report.inventory.partial == {Kind.CONNECTION}
    assert report.inventory.count(Kind.CONNECTION) == 1_000
    assert report.counts_by_rule["broken"] > 900
    assert not report.clean


async def test_groups_cut_short_make_no_orphans(run, box):
    """Connections of groups on an unread page would be called orphans."""
    for number in range(1_000):
        box.account.add_group(id=f"aaa_{number:04}")
    box.faults.script("GET", "/v1/groups", status=500, skip=1, times=None)
    report = await run()
    assert report.inventory.partial == {Kind.GROUP}
    assert "orphan-connection" in report.skipped
    assert "group-without-destination" not in report.skipped
    assert report.counts_by_rule["orphan-connection"] == 0


async def test_unauthorized_in_the_middle(run, box):
    """A key that is revoked during an audit would throw away what was read."""
    group = next(iter(box.account.groups))
    for number in range(1_000):
        box.account.add_connection(group, id=f"more_{number:04}")
    box.faults.script("GET", "/v1/connections", status=401, skip=1, times=None)
    report = await run()
    assert [(gap.kind, gap.status, gap.read) for gap in report.incomplete] == [("connection", 401, 1_000)]


async def test_quota_is_not_waited_out(run, box):
    """An audit would hang for an hour, or call an unread account clean."""
    box.faults.script("GET", "/v1/*", status=429, headers={"Retry-After": "3600"}, times=None)
    report = await run(retry=RetryPolicy())
    assert {gap.kind for gap in report.incomplete} >= set(LISTED)
    assert {gap.status for gap in report.incomplete} == {429}
    assert report.findings == ()
    assert {rule.id for rule in RULES if rule.tier == Tier.LISTS} == set(report.skipped)
    assert not report.clean


@pytest.mark.parametrize("fault", [{"drop": "before"}, {"body": "<html>"}, {"truncate": 10}])
async def test_unreadable_answers(run, box, fault):
    """A broken proxy on the way would end in an exception instead of a report."""
    box.faults.script("GET", "/v1/destinations", times=None, **fault)
    report = await run()
    (gap,) = report.incomplete
    assert gap.kind == Kind.DESTINATION
    assert gap.reason
    assert report.findings


async def test_nobody_listening(colour, run):
    """A wrong address would raise what no caller expects, or look clean."""
    with Sandbox(groups=0, connections=0) as gone:
        client = colour.client(gone)
    report = await run(client)
    assert {gap.error for gap in report.incomplete} == {"ConnectError"}
    assert {gap.status for gap in report.incomplete} == {None}
    await colour.call(client.close)


async def test_closed_client(colour, run, box):
    """A mistake of the caller would be reported as one of the account."""
    client = colour.client(box)
    await colour.call(client.close)
    with pytest.raises(ClosedError):
        await run(client)


async def test_chosen_rules_read_what_they_need(run, box):
    """A question about connections would cost the calls of everything else."""
    report = await run(rules=["broken"], thresholds=Thresholds(stale_hours=1))
    assert {request.path for request in box.requests} == {"/v1/groups", "/v1/connections"}
    assert set(report.counts_by_rule) == {"broken"}
    assert report.inventory.count(Kind.DESTINATION) is None
    assert report.calls == 2


async def test_own_rule(run):
    """A user's own rule could not be judged beside those of the package."""

    def named_prod(inventory: Any, now: Any, policy: Policy) -> Any:
        words = f"prod, {policy.thresholds.stale_hours:g}"
        return [Hit(item, words) for item in inventory.connections.values() if "prod" in (item.schema or "")]

    own = Rule(id="prod", severity=Severity.INFO, title="Prod", check=named_prod, needs=[Kind.CONNECTION])
    policy = Policy(thresholds=Thresholds(stale_hours=5), severities={"prod": Severity.CRITICAL})
    report = await run(rules=[*(rule for rule in RULES if rule.tier == Tier.LISTS), own], policy=policy)
    found = [finding for finding in report.findings if finding.rule == "prod"]
    assert {(finding.severity, finding.reason) for finding in found} == {(Severity.CRITICAL, "prod, 5")}
    assert report.counts_by_rule["broken"]


async def test_unknown_rule_sends_nothing(run, box):
    """A misspelt rule would be found out after the calls were made."""
    with pytest.raises(ArgumentError, match="brokn"):
        await run(rules=["brokn"])
    assert box.calls == 0


async def test_progress(run, box):
    """A progress bar would not move, or never end."""
    group = next(iter(box.account.groups))
    for number in range(1_000):
        box.account.add_connection(group, id=f"more_{number:04}")
    seen: list[Any] = []
    await run(on_progress=seen.append)
    by_kind = {kind: [(at.items, at.done) for at in seen if at.kind == kind] for kind in LISTED}
    assert by_kind[Kind.GROUP] == [(5, True)]
    assert by_kind[Kind.DESTINATION] == [(4, True)]
    assert by_kind[Kind.CONNECTION] == [(1_000, False), (1_060, True)]


async def test_progress_that_raises(run):
    """A user's exception would come wrapped in a group, or be swallowed."""

    def stop(at: Any) -> None:
        raise LookupError(at.kind)

    with pytest.raises(LookupError) as caught:
        await run(on_progress=stop)
    assert not isinstance(caught.value, BaseExceptionGroup)


async def test_cancelled_audit_ends():
    """A cancelled audit would go on in the background, or hand out an exception group."""
    with Sandbox(seed=1, groups=2, connections=10) as slow:
        slow.faults.script("GET", "/v1/connections", delay=30, times=None)
        started = asyncio.Event()
        async with slow.client() as ft:
            task = asyncio.create_task(async_audit(ft, on_progress=lambda _: started.set()))
            await started.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            with anyio.move_on_after(0.05) as scope:
                await async_audit(ft)
            assert scope.cancelled_caught
            assert ft.budget.in_flight == 0
            assert asyncio.all_tasks() == {asyncio.current_task()}


def test_sync_audit_in_threads(box):
    """Two threads could not audit through one client."""
    sync_audit = importlib.import_module("fivetran_sync.audit").audit
    reports: list[AuditReport] = []
    with box.sync_client() as ft:
        threads = [threading.Thread(target=lambda: reports.append(sync_audit(ft))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(reports) == 4
    assert {report.calls for report in reports} == {SURVEY}
    assert len({told(report) for report in reports}) == 1


def test_both_colours_export_the_same():
    """A name of one colour would be missing in the other."""
    here, there = importlib.import_module("fivetran_async.audit"), importlib.import_module("fivetran_sync.audit")
    assert here.__all__ == there.__all__
    assert [name for name in here.__all__ if getattr(here, name) is not getattr(there, name)] == ["Findings", *CALLS]


async def test_a_client_of_the_other_colour(colour, box):
    """A client of the other package would end in an AttributeError about the insides."""
    other = box.sync_client() if colour.name == "async" else box.client()
    audit = importlib.import_module(f"{colour.package.__name__}.audit").audit
    for wrong in (other, None):
        with pytest.raises(ArgumentError, match=f"ft must be a client of fivetran_{colour.name}"):
            await colour.call(audit, wrong)


def test_calls_that_never_left_are_not_counted():
    """An audit that reached nobody would claim to have used up calls."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with fivetran_sync.Fivetran("key", "secret", base_url=f"http://127.0.0.1:{port}") as ft:
        report = fivetran_sync.audit.audit(ft.with_options(retry=RetryPolicy(attempts=2, initial_wait=0)))
    assert report.calls == 0
    assert len(report.incomplete) == SURVEY - 1
