"""For each rule a case where it fires, one where it must not, and one exactly at its threshold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fivetran_async.audit import Allowed, PersonalColumns, Policy
from fivetran_async.schema_plan import Desired
from fivetran_async.schema_plan import Rule as DesiredRule
from tests.wire.audit.accounts import ago

Differences = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Case:
    """What one rule makes of three accounts, each the healthy one with differences.

    Attributes:
        fires: One in which it finds something.
        silent: One in which it must not.
        at: One that is exactly at its threshold, or has the state next to the one that it looks for: it must not.
        about: The id of what it finds.
        policy: What all three are held to.
    """

    fires: Differences
    silent: Differences
    at: Differences
    about: str = "c"
    policy: Policy = field(default_factory=Policy)


def con(status: dict[str, Any] | None = None, **fields: Any) -> Differences:
    """Return a difference of the connection."""
    return {"connections": [{"id": "c", **fields, **({} if status is None else {"status": status})}]}


def one(part: str, name: str, **fields: Any) -> Differences:
    """Return a difference of one object."""
    return {part: [{"group_id" if part == "destinations" else "id": name, **fields}]}


def source(**tables: dict[str, Any]) -> Differences:
    """Return the connection with other tables at its source."""
    return con(sandbox={"source": {"schemas": {"public": {"tables": tables}}}, "schemas": {}})


def decided(table: dict[str, Any], **record: Any) -> Differences:
    """Return the connection with something decided about its table, or in its schema configuration."""
    chosen = {"public": {"enabled": True, "tables": {"orders": table}}}
    return con(sandbox={"schemas": {"chosen": chosen, **record}})


def allowed(**lists: Any) -> Policy:
    """Return a policy with allow-lists."""
    return Policy(allowed=Allowed(**lists))


def before(**tables: bool) -> Policy:
    """Return a policy that remembers tables."""
    return Policy(previous={"c": {f"public.{name}": loaded for name, loaded in tables.items()}})


def desired(**table: Any) -> Policy:
    """Return a policy that wants a table to be configured so."""
    return Policy(desired={"shop": Desired.from_dict({"schemas": {"public": {"tables": {"orders": table}}}})})


TASK = {"code": "reconnect", "message": "Reauthorize the connection."}
HISTORY = {"is_historical_sync": True, "sync_state": "syncing"}
KEY = {"id": {"is_primary_key": True}}
LATE = {"sync_state": "rescheduled", "rescheduled_for": ago(hours=1, seconds=1)}
LATE_AT = LATE | {"rescheduled_for": ago(hours=1)}
APPROVED = {"id": "a", "hash": "abc", "public_key": "xyz", "name": "CN=db"}
ANOTHER_GROUP = {
    "groups": [{"id": "g2", "name": "sales"}],
    "destinations": [{"group_id": "g2", "service": "snowflake"}],
}
IN_ANOTHER = {"id": "n", "service": "postgres", "group_id": "g2", "schema": "n", "paused": True}

FLOW: dict[str, Case] = {
    "broken": Case(
        fires=con({"setup_state": "broken"}),
        silent=con({"tasks": [TASK]}),
        at=con({"setup_state": "incomplete"}),
    ),
    "incomplete": Case(
        fires=con({"setup_state": "incomplete"}),
        silent=con(paused=True),
        at=con({"setup_state": "broken"}),
    ),
    "failing": Case(
        fires=con(failed_at=ago(minutes=59)),
        silent=con(failed_at=ago(hours=2)),
        at=con(failed_at=ago(hours=1)),
    ),
    "connection-tests-failing": Case(
        fires=con({"setup_state": "broken", "tasks": [TASK]}),
        # It would fail, and nobody wants it to run.
        silent=con({"setup_state": "broken"}, paused=True),
        at=con(failed_at=ago(minutes=5)),
    ),
    "destination-tests-failing": Case(
        fires=one("destinations", "g", setup_status="broken"),
        silent=one("destinations", "g", setup_status="incomplete", config={"password": ""}),
        at={},
        about="g",
    ),
    "stale": Case(
        fires=con(succeeded_at=ago(hours=24, seconds=1)),
        silent=con(succeeded_at=ago(days=9), schedule_type="manual"),
        at=con(succeeded_at=ago(hours=24)),
    ),
    "stuck-rescheduled": Case(fires=con(LATE), silent=con(LATE, paused=True), at=con(LATE_AT)),
    "delayed": Case(
        fires=con({"update_state": "delayed"}),
        silent=con({"update_state": "delayed"}, paused=True),
        at=con({"update_state": "on_schedule"}),
    ),
    "historical-sync-long": Case(
        fires=con(HISTORY, succeeded_at=None, created_at=ago(days=7, seconds=1)),
        silent=con({"is_historical_sync": True}, succeeded_at=None, created_at=ago(days=9)),
        at=con(HISTORY, succeeded_at=None, created_at=ago(days=7)),
    ),
    "tasks": Case(
        fires=con({"tasks": [TASK]}),
        silent=con({"tasks": [TASK], "setup_state": "broken"}),
        at=con({"tasks": []}),
    ),
    "warnings": Case(
        fires=con({"warnings": [{"code": "resync_table_warning", "message": "Re-sync."}]}),
        silent=con({"tasks": [TASK]}),
        at=con({"warnings": []}),
    ),
    "paused-long": Case(
        fires=con(paused=True, succeeded_at=ago(days=30, seconds=1)),
        silent=con(paused=True, succeeded_at=ago(days=90), failed_at=ago(days=3)),
        at=con(paused=True, succeeded_at=ago(days=30)),
    ),
    "schedule-off-policy": Case(
        fires=con(sync_frequency=15),
        silent=con(sync_frequency=15, schedule_type="manual"),
        at=con(sync_frequency=360),
        policy=allowed(sync_frequencies=(360, 1440), schedule_types=("*",)),
    ),
    "connection-network-off-policy": Case(
        fires=con(networking_method="Directly"),
        silent=con(networking_method="ProxyAgent"),
        at=con(networking_method="PrivateLink"),
        policy=allowed(connection_networks=("P*",)),
    ),
    "change-handling-off-policy": Case(
        fires=decided({}, handling="ALLOW_ALL"),
        silent=decided({}, handling="BLOCK_ALL"),
        at=decided({}, handling="ALLOW_COLUMNS"),
        policy=allowed(schema_change_handling=("BLOCK_ALL", "ALLOW_COLUMNS")),
    ),
    "new-tables": Case(
        fires=source(orders={}, payments={}),
        silent=source(orders={"enabled": False}),
        at=source(orders={}),
        policy=before(orders=True),
    ),
    "disabled-tables": Case(
        fires=decided({"enabled": False}),
        silent=source(orders={}, payments={"enabled": False}),
        at=decided({"enabled": True}),
        policy=before(orders=True),
    ),
    "drift": Case(
        fires=decided({"enabled": True, "columns": {"amount": {"enabled": True, "hashed": False}}}),
        silent=decided({"enabled": True, "sync_mode": "HISTORY", "columns": {"amount": {"hashed": True}}}),
        at=decided({"enabled": True, "columns": {"amount": {"enabled": True, "hashed": True}}}),
        policy=desired(enabled=True, columns={"amount": {"hashed": True}}),
    ),
    "column-drift": Case(
        fires=source(orders={"columns": KEY | {"email": {}}}),
        # What the configuration says itself is told by the rule that costs less.
        silent=decided({"enabled": True, "columns": {"amount": {"enabled": True, "hashed": False}}}),
        at=source(orders={"columns": KEY | {"emailed": {}}}),
        policy=Policy(desired={"c": Desired(rules=(DesiredRule(columns="*.*.email", hashed=True, optional=True),))}),
    ),
    "deleted-at-source": Case(
        fires=source(orders={"locked": "DELETED"}),
        silent=source(orders={"locked": "DELETED", "enabled": False}),
        at=source(orders={"locked": "OTHER", "reason": "No."}),
    ),
    "personal-columns": Case(
        fires=source(orders={"columns": KEY | {"customerEmail": {}}}),
        silent=source(orders={"columns": KEY | {"emailed_at": {}, "phone": {"enabled": False}}}),
        at=source(orders={"columns": KEY | {"billing_email": {}}}),
        policy=Policy(personal_columns=PersonalColumns(allowed=("public.*.billing_email",))),
    ),
    "no-primary-key": Case(
        fires=source(orders={"columns": {"amount": {}}}),
        silent=source(orders={"enabled": False, "columns": {"amount": {}}}),
        at=source(orders={"columns": KEY | {"amount": {}}}),
    ),
    "destination-broken": Case(
        fires=one("destinations", "g", setup_status="broken"),
        silent=one("destinations", "g", setup_status="connected"),
        at=one("destinations", "g", setup_status="incomplete"),
        about="g",
    ),
    "destination-incomplete": Case(
        fires=one("destinations", "g", setup_status="incomplete"),
        silent=one("destinations", "g", setup_status="connected"),
        at=one("destinations", "g", setup_status="broken"),
        about="g",
    ),
    "destination-region-off-policy": Case(
        fires=one("destinations", "g", region="AWS_US_EAST_1"),
        silent=one("destinations", "g", region="GCP_EUROPE_WEST3"),
        at=one("destinations", "g", region="AWS_EU_WEST_1"),
        policy=allowed(destination_regions=("AWS_EU_*", "GCP_EUROPE_WEST3")),
        about="g",
    ),
    "destination-network-off-policy": Case(
        fires=one("destinations", "g", networking_method="Directly"),
        silent=one("destinations", "g", networking_method="PrivateLink"),
        at=one("destinations", "g", networking_method="SshTunnel"),
        policy=allowed(destination_networks=("PrivateLink", "SshTunnel")),
        about="g",
    ),
    "group-without-destination": Case(
        fires={"groups": [{"id": "g2"}]},
        silent={},
        at=ANOTHER_GROUP,
        about="g2",
    ),
    "group-empty": Case(
        fires=ANOTHER_GROUP,
        silent={},
        at={**ANOTHER_GROUP, "connections": [IN_ANOTHER]},
        about="g2",
    ),
    "transformation-failed": Case(
        fires=one("transformations", "x", status="FAILED"),
        silent=one("transformations", "x", status="FAILED", paused=True),
        at=one("transformations", "x", status="CANCELED"),
        about="x",
    ),
    "transformation-blocked": Case(
        fires=one("transformations", "x", status="BLOCKED"),
        silent=one("transformations", "x", status="BLOCKED", paused=True),
        at=one("transformations", "x", status="FAILED"),
        about="x",
    ),
    "transformation-paused": Case(
        fires=one("transformations", "x", paused=True, last_ended_at=ago(days=30, seconds=1)),
        silent=one("transformations", "x", paused=False, last_ended_at=ago(days=90)),
        at=one("transformations", "x", paused=True, last_ended_at=ago(days=30)),
        about="x",
    ),
    "package-unused": Case(
        fires={"connector_packages": [{"id": "spare"}]},
        silent={},
        at={
            "connector_packages": [{"id": "spare"}],
            "connections": [
                {**IN_ANOTHER, "group_id": "g", "service": "connector_sdk", "config": {"package_id": "spare"}}
            ],
        },
        about="spare",
    ),
    "connector-sunset": Case(
        fires=con(service="pivotal_tracker"),
        silent=con(service="openai"),
        at=con(service="postgres"),
        about="pivotal_tracker",
    ),
    "connector-beta": Case(
        fires=con(service="openai"),
        silent=con(service="pivotal_tracker"),
        at=con(service="postgres"),
        about="openai",
    ),
}

USER = {"id": "u", "email": "u@example.com", "role": "Account Reviewer", "logged_in_at": ago(days=1)}
INVITED = USER | {"invited": True, "verified": False, "logged_in_at": None}
TEAM = {"id": "admins", "name": "admins", "role": "Account Administrator"}
JOINED = {"team_id": "admins", "user_id": "u", "role": "Team Member"}
ACCOUNT_WIDE = {"resource_type": "ACCOUNT", "access_level": "MANAGE"}


def user(**fields: Any) -> Differences:
    """Return a second user."""
    return {"users": [USER | fields]}


def joined(*memberships: dict[str, Any], **fields: Any) -> Differences:
    """Return a second user with a team and memberships."""
    return {"users": [USER | fields], "teams": [TEAM], "memberships": [JOINED, *memberships]}


def administrators(count: int) -> Differences:
    """Return so many administrators beside the owner."""
    return {"users": [USER | {"id": f"u{number}", "role": "Account Administrator"} for number in range(count)]}


def trusts(kind: str, **fields: Any) -> Differences:
    """Return the connection with something that it trusts."""
    return con(sandbox={kind: [APPROVED | fields]})


def agent(**fields: Any) -> Differences:
    """Return a difference of the agent."""
    return one("hybrid_agents", "h", **fields)


def approvals(kind: str) -> dict[str, Case]:
    """Return the cases of certificates, or of fingerprints."""
    one_kind = kind.removesuffix("s")
    return {
        f"{one_kind}-unapproved": Case(
            fires=trusts(kind),
            silent={},
            at=trusts(kind, validated_by="owner", validated_date=ago(days=900)),
        ),
        f"{one_kind}-old": Case(
            fires=trusts(kind, validated_by="owner", validated_date=ago(days=365, seconds=1)),
            silent=trusts(kind, validated_by="owner"),
            at=trusts(kind, validated_by="owner", validated_date=ago(days=365)),
        ),
    }


ACCESS: dict[str, Case] = {
    "user-never-logged-in": Case(
        fires=user(logged_in_at=None, created_at=ago(days=30, seconds=1)),
        silent=user(logged_in_at=None, created_at=ago(days=90), active=False),
        at=user(logged_in_at=None, created_at=ago(days=30)),
        about="u",
    ),
    "user-idle": Case(
        fires=user(logged_in_at=ago(days=90, seconds=1)),
        silent=user(logged_in_at=ago(days=900), active=False),
        at=user(logged_in_at=ago(days=90)),
        about="u",
    ),
    "user-unverified": Case(
        fires={"users": [INVITED | {"created_at": ago(days=14, seconds=1)}]},
        silent={"users": [INVITED | {"created_at": ago(days=90), "verified": True}]},
        at={"users": [INVITED | {"created_at": ago(days=14)}]},
        about="u",
    ),
    "too-many-administrators": Case(
        fires=administrators(5),
        silent=user(),
        at=administrators(4),
        about="Account Administrator",
    ),
    "administrator-by-team": Case(
        fires=joined(),
        silent=joined(active=False),
        at=joined(role="Account Administrator"),
        about="u",
    ),
    "inactive-user-with-access": Case(
        fires={**user(active=False), "memberships": [{"group_id": "g", "user_id": "u", "role": "View Destination"}]},
        silent=joined(),
        at=user(active=False),
        about="u",
    ),
    "role-off-policy": Case(
        fires=user(role="Account Billing"),
        silent={"teams": [{"id": "t2", "role": None}]},
        at=user(role="Account Analyst"),
        policy=allowed(roles=("Account A*", "Account Reviewer")),
        about="u",
    ),
    "membership-role-off-policy": Case(
        fires={**user(), "memberships": [{"connection_id": "c", "user_id": "u", "role": "Edit Connection"}]},
        silent=user(role="Account Analyst"),
        at={**user(), "memberships": [{"connection_id": "c", "user_id": "u", "role": "View Connection"}]},
        policy=allowed(roles=("View *",)),
        about="u",
    ),
    "role-deprecated": Case(
        fires={"roles": [{"name": "Old", "is_deprecated": True}], **user(role="Old")},
        silent={"roles": [{"name": "Old", "is_deprecated": True}]},
        at={"roles": [{"name": "Old", "is_deprecated": False}], **user(role="Old")},
        about="u",
    ),
    "team-without-members": Case(
        fires={"teams": [TEAM]},
        silent={},
        at=joined(),
        about="admins",
    ),
    "key-expired": Case(
        fires=one("system_keys", "k", expired_at=ago(hours=0)),
        silent=one("system_keys", "k", expired_at=None),
        at=one("system_keys", "k", expired_at=ago(seconds=-1)),
        about="k",
    ),
    "key-expiring": Case(
        fires=one("system_keys", "k", expired_at=ago(days=-14, seconds=1)),
        silent=one("system_keys", "k", expired_at=ago(days=1)),
        at=one("system_keys", "k", expired_at=ago(days=-14)),
        about="k",
    ),
    "key-unused": Case(
        fires=one("system_keys", "k", last_used_at=ago(days=90, seconds=1)),
        silent=one("system_keys", "k", last_used_at=ago(days=200), expired_at=ago(days=100)),
        at=one("system_keys", "k", last_used_at=ago(days=90)),
        about="k",
    ),
    "key-too-powerful": Case(
        fires=one("system_keys", "k", permissions=[ACCOUNT_WIDE]),
        silent=one("system_keys", "k", permissions=[ACCOUNT_WIDE], expired_at=ago(days=1)),
        at=one("system_keys", "k", permissions=[ACCOUNT_WIDE | {"access_level": "READ"}]),
        about="k",
    ),
    "webhook-inactive": Case(
        fires=one("webhooks", "w", active=False),
        silent={},
        at=one("webhooks", "w", active=True, secret=None),
        about="w",
    ),
    "webhook-without-secret": Case(
        fires=one("webhooks", "w", secret=None),
        silent={},
        at=one("webhooks", "w", secret="s"),
        about="w",
    ),
    "log-service-tests-failing": Case(
        fires=one("log_services", "g", config={"access_key_secret": ""}),
        silent=one("log_services", "g", config={"access_key_secret": ""}, enabled=False),
        at={},
        about="g",
    ),
    "log-service-disabled": Case(
        fires=one("log_services", "g", enabled=False),
        silent={},
        at=one("log_services", "g", enabled=True, status={"setup_state": "broken", "tasks": []}),
        about="g",
    ),
    "log-service-failing": Case(
        fires=one("log_services", "g", status={"setup_state": "broken", "tasks": []}),
        silent=one("log_services", "g", status={"setup_state": "broken", "tasks": []}, enabled=False),
        at={"log_services": [{"id": "g2", "service": "cloudwatch"}], **ANOTHER_GROUP},
        about="g",
    ),
    "agent-offline": Case(
        fires=agent(online=False),
        silent=agent(online=False, enabled=False),
        at=agent(online=True),
        about="h",
    ),
    "agent-outdated": Case(
        fires={"hybrid_agents": [{"id": "h2", "online": True, "version": "1.43.0"}]},
        silent={"hybrid_agents": [{"id": "h2", "version": "1.43.0", "deployment_type": "KUBERNETES"}]},
        at={"hybrid_agents": [{"id": "h2", "online": True, "version": "1.42.0"}]},
        about="h",
    ),
    "agent-unused": Case(
        fires={"hybrid_agents": [{"id": "h2", "online": True}]},
        silent={"hybrid_agents": [{"id": "h2", "online": True, "enabled": False}]},
        at={
            "hybrid_agents": [{"id": "h2", "online": True}],
            **one("destinations", "g", hybrid_deployment_agent_id="h2"),
        },
        about="h2",
    ),
    "proxy-not-connected": Case(
        fires=one("proxy_agents", "p", status="NOT_CONNECTED"),
        silent={},
        at=one("proxy_agents", "p", status="CONNECTED"),
        about="p",
    ),
    "proxy-unused": Case(
        fires={"proxy_agents": [{"id": "p2", "status": "CONNECTED"}]},
        silent={},
        at={"proxy_agents": [{"id": "p2", "status": "CONNECTED"}], **one("destinations", "g", proxy_agent_id="p2")},
        about="p2",
    ),
    "private-link-failed": Case(
        fires=one("private_links", "l", state="FAIL"),
        silent={},
        at=one("private_links", "l", state="UPDATING"),
        about="l",
    ),
    **approvals("certificates"),
    **approvals("fingerprints"),
}

CASES: dict[str, Case] = {**FLOW, **ACCESS}
