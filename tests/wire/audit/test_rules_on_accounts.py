"""Every rule over HTTP: accounts as JSON files, loaded into a sandbox and audited."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fivetran_async.audit import RULES, AuditReport, Policy, audit
from fivetran_async.sandbox import Sandbox
from tests.wire.audit.accounts import account, written
from tests.wire.audit.rule_cases import CASES, Differences
from tests.wire.conftest import START, FakeClock

PLANTED = {"orphan-connection"}
"""What an account file cannot hold: without its group, a connection is refused there."""


async def report_of(
    differences: Differences, folder: Path, plant: Callable[[Sandbox], object] | None = None, **options: Any
) -> AuditReport:
    """Return the audit of the healthy account with differences, all at one moment."""
    with Sandbox(load=written(account(**differences), folder), start=START) as box:
        if plant is not None:
            plant(box)
        async with box.client(clock=FakeClock()) as ft:
            report = await audit(ft, **options)
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

    report = await report_of({}, tmp_path, move, rules=["orphan-connection"])
    assert [finding.id for finding in report.findings] == found


async def test_healthy_account(tmp_path):
    """A healthy account would not be called clean by some rule, so that the cases would prove nothing."""
    report = await report_of({}, tmp_path, deep=True, columns=True, policy=Policy())
    assert report.findings == ()
    assert report.clean
