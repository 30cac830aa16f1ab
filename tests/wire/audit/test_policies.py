"""Policies over HTTP, in both colours."""

from __future__ import annotations

import importlib
import json
from datetime import date, timedelta
from typing import Any

import pytest

from fivetran_async.audit import Allowed, Policy, Severity, Waiver, access_matrix, load_policy, loaded_tables
from fivetran_async.errors import ArgumentError, ConfigError
from fivetran_async.sandbox import Sandbox
from fivetran_async.schema_plan.snapshots import snapshot
from tests.wire.audit.accounts import account, ago, written
from tests.wire.audit.rule_cases import source
from tests.wire.conftest import START

DAY = 86_400
LONG_PAUSED = {"connections": [{"id": "c", "paused": True, "succeeded_at": ago(days=40)}]}


@pytest.fixture
def audited(colour, tmp_path):
    """Return what audits an account, the healthy one with differences, days after its moment."""
    module = importlib.import_module(f"{colour.package.__name__}.audit")

    async def run(differences: dict[str, Any], days: float = 0, **options: Any) -> Any:
        with Sandbox(load=written(account(**differences), tmp_path), start=START) as box:
            box.clock.advance(days * DAY)
            client = colour.client(box, read_only=True)
            report = await colour.call(module.audit, client, **options)
            await colour.call(client.close)
        return report

    return run


async def test_an_exception_ends(audited):
    """A finding would stay hidden after the day until which somebody answers for it, or come back before."""
    today = date(2026, 8, 1)
    policy = Policy(
        exceptions=(Waiver(rule="paused-long", owner="anna", until=today + timedelta(days=1), name="shop"),)
    )
    for days in (0, 1):
        report = await audited(LONG_PAUSED, days, policy=policy, rules=["paused-long"])
        assert report.findings == ()
        assert report.clean
        assert [finding.rule for finding in report.waived] == ["paused-long"]
        assert report.to_dict()["waived"][0]["id"] == "c"
    report = await audited(LONG_PAUSED, 2, policy=policy, rules=["paused-long"])
    (finding,) = report.findings
    assert finding.reason.endswith("; the exception of anna ended on 2026-08-02")
    assert report.waived == ()


async def test_policy_from_a_file(audited, tmp_path):
    """What a file says would not be what is judged by, or a rule that it switches on not be read for."""
    first = await audited(source(orders={}), deep=True)
    (tmp_path / "tables.json").write_text(json.dumps(loaded_tables(first.inventory)))
    path = tmp_path / "policy.toml"
    path.write_text(
        """
        previous = "tables.json"
        [rules]
        new-tables = true
        disabled-tables = true
        [severities]
        new-tables = "critical"
        [allowed]
        schedule_types = ["manual"]
        """
    )
    report = await audited(source(orders={"enabled": False}, payments={}), policy=load_policy(path))
    assert [(finding.rule, finding.id, finding.severity) for finding in report.findings] == [
        ("new-tables", "c", Severity.CRITICAL),
        ("disabled-tables", "c", Severity.WARNING),
        ("schedule-off-policy", "code", Severity.WARNING),
        ("schedule-off-policy", "c", Severity.WARNING),
    ]
    assert report.findings[0].reason == "new since the earlier moment: public.payments (loaded)"
    assert report.findings[1].reason == "not loaded any more since the earlier moment: public.orders"


async def test_previous_from_a_snapshot(audited, tmp_path):
    """Tables would not be compared with a snapshot, which others keep of their account anyhow."""
    with Sandbox(load=written(account(**source(orders={})), tmp_path), start=START) as box:
        async with box.client() as ft:
            await snapshot(ft, tmp_path / "kept", schemas=True)
            await snapshot(ft, tmp_path / "without")
    policy = tmp_path / "policy.toml"
    policy.write_text('previous = "kept"')
    rules = ["new-tables", "disabled-tables"]
    options = {"policy": load_policy(policy), "rules": rules}
    report = await audited(source(orders={"enabled": False}, payments={}), **options)
    assert [(finding.rule, finding.id, finding.details) for finding in report.findings] == [
        ("disabled-tables", "c", ("public.orders",)),
        ("new-tables", "c", ("public.payments (loaded)",)),
    ]
    assert (await audited(source(orders={}), **options)).findings == ()
    for folder, words in (("without", "holds no schemas; take it with --schemas"), ("none", "cannot be read")):
        policy.write_text(f'previous = "{folder}"')
        with pytest.raises(ConfigError, match=words):
            load_policy(policy)
    (tmp_path / "empty").mkdir()
    policy.write_text('previous = "empty"')
    with pytest.raises(ConfigError, match="there is no snapshot in"):
        load_policy(policy)


async def test_details(audited):
    """The reader would learn of three columns and not of the others."""
    columns = {"id": {"is_primary_key": True}, "email": {}, "phone": {}, "ssn": {}, "iban": {}, "amount": {}}
    report = await audited(source(orders={"columns": columns}), rules=["personal-columns"])
    (finding,) = report.findings
    assert finding.details == tuple(f"public.orders.{name}" for name in ("email", "phone", "ssn", "iban"))
    assert finding.reason.endswith("public.orders.email, public.orders.phone, public.orders.ssn, and 1 more")
    assert report.to_dict()["findings"][0]["details"] == list(finding.details)


async def test_access_matrix_of_an_account(audited):
    """An access review would miss a way to a role that the API has."""
    differences: dict[str, Any] = {
        "users": [{"id": "u", "email": "u@example.com", "role": None, "logged_in_at": ago(days=1)}],
        "memberships": [
            {"team_id": "t", "user_id": "u", "role": "Team Member"},
            {"group_id": "g", "user_id": "u", "role": "View Destination"},
            {"connection_id": "c", "user_id": "u", "role": "Edit Connection"},
            {"group_id": "g", "team_id": "t", "role": "Edit Destination"},
            {"connection_id": "code", "team_id": "t", "role": "View Connection"},
        ],
    }
    report = await audited(differences, deep=True)
    rows = [(row.email, row.role, row.team, row.where) for row in access_matrix(report.inventory) if row.user_id == "u"]
    assert rows == [
        ("u@example.com", "Account Reviewer", "analysts", "the account"),
        ("u@example.com", "View Destination", None, "the group finance"),
        ("u@example.com", "Edit Destination", "analysts", "the group finance"),
        ("u@example.com", "Edit Connection", None, "the connection shop"),
        ("u@example.com", "View Connection", "analysts", "the connection own"),
    ]


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (Policy(rules={"brokn": True}), "'brokn'"),
        ("policy.toml", r"must be a Policy, .* load_policy"),
        (Allowed(), "must be a Policy"),
    ],
)
async def test_wrong_policy_sends_nothing(audited, policy, words):
    """A mistake in the policy would be found out after the calls were made."""
    with pytest.raises(ArgumentError, match=words):
        await audited({}, policy=policy)
