"""The state of an account by group and by service, and how fresh its data is."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from fivetran_async.audit.findings import Severity
from fivetran_async.audit.report import AuditReport

if TYPE_CHECKING:
    from fivetran_async.models.connections import Connection

_HOUR = 3600.0
_DAY = 24 * _HOUR
_AGES: tuple[tuple[str, float], ...] = (
    ("up to 1 hour", _HOUR),
    ("up to 6 hours", 6 * _HOUR),
    ("up to 1 day", _DAY),
    ("up to 7 days", 7 * _DAY),
    ("up to 30 days", 30 * _DAY),
    ("more than 30 days", float("inf")),
)
NEVER = "never"
PAUSED = "paused"


@attrs.define
class State:
    """How the connections of a group, or of a service, are.

    Attributes:
        id: The group's id, or the service.
        name: The group's name, or the service.
        connections: How many connections were read.
        healthy: How many of them are set up, run and are not late.
        broken: How many have a broken setup.
        incomplete: How many are not set up to the end.
        paused: How many of the others are paused.
        delayed: How many of the others are late.
        findings: How many findings there are.
        worst: The worst severity of them; empty if there is none.
    """

    id: str
    name: str
    connections: int = 0
    healthy: int = 0
    broken: int = 0
    incomplete: int = 0
    paused: int = 0
    delayed: int = 0
    findings: int = 0
    worst: str = ""


def by_group(report: AuditReport) -> list[State]:
    """Return the state of each group, the worst first."""
    inventory = report.inventory
    states = {group.id: State(group.id, group.name or group.id) for group in inventory.groups.values()}
    return _counted(
        states,
        ((it.group_id, it) for it in inventory.connections.values()),
        ((it.group_id, it.group_name, it.severity) for it in report.findings),
    )


def by_service(report: AuditReport) -> list[State]:
    """Return the state of each service that has connections, the worst first; findings are those of connections."""
    return _counted(
        {},
        ((it.service, it) for it in report.inventory.connections.values()),
        ((it.service, it.service, it.severity) for it in report.findings if it.kind == "connection"),
    )


def freshness(report: AuditReport) -> dict[str, int]:
    """Return how many connections had their last success how long ago; what is paused stands apart."""
    ages = dict.fromkeys((*(words for words, _ in _AGES), NEVER, PAUSED), 0)
    for connection in report.inventory.connections.values():
        ages[_age(connection, report.as_of)] += 1
    return ages


def _age(connection: "Connection", now: datetime) -> str:
    if connection.paused:
        return PAUSED
    if connection.succeeded_at is None:
        return NEVER
    seconds = (now - connection.succeeded_at).total_seconds()
    return next(words for words, most in _AGES if seconds <= most)


def _counted(
    states: dict[str, State],
    connections: "Iterable[tuple[str | None, Connection]]",
    findings: Iterable[tuple[str | None, str | None, str]],
) -> list[State]:
    for key, connection in connections:
        if key is not None:
            _count(states.setdefault(key, State(key, key)), connection)
    # Findings stand worst first, so the first is the worst.
    for key, name, severity in findings:
        if key is not None:
            state = states.setdefault(key, State(key, name or key))
            state.findings += 1
            state.worst = state.worst or str(severity)
    return sorted(states.values(), key=lambda it: (-_rank(it.worst), -it.findings, it.name, it.id))


def _count(state: State, connection: "Connection") -> None:
    state.connections += 1
    status = connection.status
    setup = None if status is None else status.setup_state
    if setup == "broken":
        state.broken += 1
    elif setup == "incomplete":
        state.incomplete += 1
    elif connection.paused:
        state.paused += 1
    elif status is not None and status.update_state == "delayed":
        state.delayed += 1
    elif setup == "connected":
        state.healthy += 1


def _rank(severity: str) -> int:
    return Severity(severity).rank if severity else -1


def rows(states: Iterable[State]) -> list[Mapping[str, str | int]]:
    """Return states as plain JSON values."""
    return [attrs.asdict(state) for state in states]
