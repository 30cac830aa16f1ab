"""Every rule over HTTP: accounts as JSON files, loaded into a sandbox and audited."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fivetran_async.audit import RULES, AuditReport, Kind, Policy, audit
from fivetran_async.errors import ArgumentError
from fivetran_async.sandbox import Sandbox
from tests.wire.audit.accounts import account, ago, written
from tests.wire.audit.rule_cases import CASES, Differences, con, one
from tests.wire.conftest import START, Exchange, FakeClock

PLANTED = {"orphan-connection", "webhook-test-failing"}
"""What an account file cannot hold: a connection without its group, and the receiver of a webhook."""


async def report_of(
    differences: Differences,
    folder: Path,
    methods: set[str] | None = None,
    plant: Callable[[Sandbox], object] | None = None,
    **options: Any,
) -> AuditReport:
    """Return the audit of the healthy account with differences, all at one moment; note the methods of its calls."""
    with Sandbox(load=written(account(**differences), folder), start=START) as box:
        if plant is not None:
            plant(box)
        async with box.client(clock=FakeClock()) as ft:
            report = await audit(ft, **options)
        if methods is not None:
            methods |= {request.method for request in box.requests}
    assert not report.incomplete
    assert not report.skipped
    return report


def test_every_rule_has_cases():
    """A rule could be added that no account has ever shown."""
    assert set(CASES) | PLANTED == {rule.id for rule in RULES}


@pytest.mark.parametrize("rule", CASES)
async def test_fires(rule, tmp_path):
    """A condition that the rule is there for would go unreported."""
    case = CASES[rule]
    (finding,) = (await report_of(case.fires, tmp_path, rules=[rule], policy=case.policy)).findings
    assert (finding.rule, finding.id) == (rule, case.about)
    assert finding.reason


@pytest.mark.parametrize("rule", CASES)
async def test_stays_silent(rule, tmp_path):
    """The healthy, or what another rule already tells, would be reported."""
    case = CASES[rule]
    assert (await report_of(case.silent, tmp_path, rules=[rule], policy=case.policy)).findings == ()


@pytest.mark.parametrize("rule", CASES)
async def test_at_its_threshold(rule, tmp_path):
    """What is still fine, and no better than that, would be reported."""
    case = CASES[rule]
    assert (await report_of(case.at, tmp_path, rules=[rule], policy=case.policy)).findings == ()


@pytest.mark.parametrize(("group", "found"), [("hidden", ["c"]), ("g", [])])
async def test_orphan(group, found, tmp_path):
    """A connection whose group cannot be seen would go unreported, or all others be called so."""

    def move(box: Sandbox) -> None:
        box.account.connections["c"]["group_id"] = group

    report = await report_of({}, tmp_path, plant=move, rules=["orphan-connection"])
    assert [finding.id for finding in report.findings] == found


@pytest.mark.parametrize(
    ("status", "active", "found"), [(500, True, ["w"]), (200, True, []), (500, False, []), (None, True, ["w"])]
)
async def test_receiver(status, active, found, tmp_path, serve):
    """A receiver that takes nothing would go unreported, or one that works be reported."""

    async def answer(exchange: Exchange) -> None:
        if status is None:
            exchange.close()
        else:
            await exchange.reply(status)

    server = serve(answer)
    differences = one("webhooks", "w", url=f"http://127.0.0.1:{server.port}/hook", active=active)
    report = await report_of(differences, tmp_path, rules=["webhook-test-failing"])
    assert [finding.id for finding in report.findings] == found
    assert len(server.requests) == active
    if found:
        assert report.findings[0].reason.startswith(
            "its receiver did not answer" if status is None else "its receiver answered 500"
        )


async def test_tests_run_on_request_alone(tmp_path):
    """An audit would send events to webhooks, and use up the setup tests, of whoever did not ask for it."""
    differences = con(failed_at=ago(minutes=5))
    for options in ({}, {"deep": True}, {"columns": True}):
        report = await report_of(differences, tmp_path, methods := set(), **options)
        assert report.inventory.count(Kind.CONNECTION_TEST) is None
        assert methods == {"GET"}
    report = await report_of(differences, tmp_path, methods := set(), rules=["connection-tests-failing"])
    assert methods == {"GET", "POST"}
    assert report.inventory.count(Kind.CONNECTION_TEST) == 1


async def test_read_only_client_runs_no_tests(tmp_path):
    """Whoever is not to change anything would learn of the POST calls from the first refusal in the middle."""
    with Sandbox(load=written(account(), tmp_path)) as box:
        async with box.client(read_only=True) as ft:
            with pytest.raises(ArgumentError, match=r"webhook-test-failing.* run tests, which a client with read_only"):
                await audit(ft, tests=True)
            assert box.calls == 0


async def test_healthy_account(tmp_path):
    """A healthy account would not be called clean by some rule, so that the cases would prove nothing."""
    report = await report_of({}, tmp_path, deep=True, columns=True, policy=Policy())
    assert report.findings == ()
    assert report.clean
