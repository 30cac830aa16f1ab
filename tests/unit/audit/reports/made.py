"""Reports that were made up, for the tests of their formats."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fivetran_async.audit import AuditReport, Finding, Gap, Inventory, Kind, Severity
from fivetran_async.audit.report import in_order
from fivetran_async.models.connections import Connection, ConnectionStatus
from fivetran_async.models.groups import Group

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
HOSTILE = '</script><img src=x onerror="window.hacked=1"><!--<script>\'&@DATA@'
LISTS = frozenset({Kind.GROUP, Kind.CONNECTION})


def finding(identity: str = "c1", rule: str = "broken", severity: str = "critical", **fields: Any) -> Finding:
    """Return a finding."""
    base: dict[str, Any] = {
        "kind": Kind.CONNECTION,
        "name": f"shop_{identity}",
        "group_id": "g1",
        "group_name": "Sales",
        "service": "postgres",
        "title": "Connection is broken",
        "reason": "its setup is broken: password",
        "remedy": "Repair it.",
    }
    return Finding(rule=rule, severity=Severity(severity), id=identity, **base | fields)


def connection(identity: str, setup: str = "connected", **fields: Any) -> Connection:
    """Return a connection."""
    base: dict[str, Any] = {
        "service": "postgres",
        "schema": f"shop_{identity}",
        "group_id": "g1",
        "paused": False,
        "succeeded_at": NOW - timedelta(hours=2),
        "status": ConnectionStatus(setup_state=setup, update_state="on_schedule"),
    }
    return Connection(id=identity, **base | fields)


def inventory(*connections: Connection, **fields: Any) -> Inventory:
    """Return an inventory of one group."""
    base: dict[str, Any] = {
        "groups": {"g1": Group(id="g1", name="Sales")},
        "connections": {it.id: it for it in connections},
        "whole": LISTS,
    }
    return Inventory(**base | fields)


def report(*findings: Finding, **fields: Any) -> AuditReport:
    """Return a report; by default of two connections, by the rules `broken` and `delayed`, with nothing missing."""
    base: dict[str, Any] = {
        "findings": in_order(findings),
        "inventory": inventory(connection("c1", "broken"), connection("c2")),
        "calls": 3,
        "incomplete": (),
        "skipped": (),
        "judged": ("broken", "delayed"),
        "as_of": NOW,
        "seconds": 0.25,
    }
    return AuditReport(**base | fields)


def gap(kind: Kind = Kind.CONNECTION, **fields: Any) -> Gap:
    """Return a gap."""
    base: dict[str, Any] = {"reason": "403 for the key", "status": 403, "error": "ForbiddenError", "read": 0}
    return Gap(kind=kind, **base | fields)


def golden_report() -> AuditReport:
    """Return a report that has one of everything, and names that mean harm."""
    return report(
        finding("c1"),
        finding("c2", "delayed", "warning", name="=HYPERLINK(1)", title="Data is late", reason="by 3 h | `x`\n*y*"),
        finding("u1", "user-idle", "info", kind=Kind.USER, name=HOSTILE, group_id=None, group_name=None, service=None),
        waived=(finding("c3", details=("orders.email", "-2+3")),),
        incomplete=(gap(Kind.DESTINATION),),
        skipped=("destination-broken",),
    )
