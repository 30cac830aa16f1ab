"""The table of all rules, and what a rule is."""

from fivetran_async.audit.findings import Kind, Severity
from fivetran_async.audit.rules import connections, destinations, groups
from fivetran_async.audit.rules._rule import Check, Rule, chosen

__all__ = ["RULES", "Check", "Rule", "chosen"]

_CONNECTIONS = frozenset({Kind.CONNECTION})
_DESTINATIONS = frozenset({Kind.DESTINATION})
_GROUPS = frozenset({Kind.GROUP})

RULES: tuple[Rule, ...] = (
    Rule(
        id="broken",
        severity=Severity.CRITICAL,
        title="Connection is broken",
        check=connections.broken,
        needs=_CONNECTIONS,
        remedy="Do what the task says, usually renew the credentials, and run the setup tests.",
    ),
    Rule(
        id="destination-broken",
        severity=Severity.CRITICAL,
        title="Destination is broken, so nothing in its group can load",
        check=destinations.broken,
        needs=_DESTINATIONS,
        remedy="Run the destination's setup tests and repair what they name.",
    ),
    Rule(
        id="failing",
        severity=Severity.ERROR,
        title="Last sync failed",
        check=connections.failing,
        needs=_CONNECTIONS,
        remedy="Read the connection's log, repair the source or the destination, and sync again.",
    ),
    Rule(
        id="stale",
        severity=Severity.ERROR,
        title="No success for much longer than the schedule promises",
        check=connections.stale,
        needs=_CONNECTIONS,
        remedy="Start a sync and see where it stops; if nothing starts, ask Fivetran's support.",
    ),
    Rule(
        id="stuck-rescheduled",
        severity=Severity.ERROR,
        title="Rescheduled sync is not taken up again",
        check=connections.stuck_rescheduled,
        needs=_CONNECTIONS,
        remedy="Start a sync; with a manual schedule nothing else will.",
    ),
    Rule(
        id="destination-incomplete",
        severity=Severity.ERROR,
        title="Destination is not set up to the end",
        check=destinations.incomplete,
        needs=_DESTINATIONS,
        remedy="Finish its setup and pass its setup tests, or delete it.",
    ),
    Rule(
        id="incomplete",
        severity=Severity.WARNING,
        title="Connection is not set up to the end",
        check=connections.incomplete,
        needs=_CONNECTIONS,
        remedy="Finish its setup, or delete it.",
    ),
    Rule(
        id="delayed",
        severity=Severity.WARNING,
        title="Data is older than the delay that is tolerated",
        check=connections.delayed,
        needs=_CONNECTIONS,
        remedy="See why syncs take long or start late; otherwise tolerate more delay.",
    ),
    Rule(
        id="historical-sync-long",
        severity=Severity.WARNING,
        title="Historical sync takes long",
        check=connections.historical_sync_long,
        needs=_CONNECTIONS,
        remedy="See what the source can deliver; leave out tables that are not needed.",
    ),
    Rule(
        id="tasks",
        severity=Severity.WARNING,
        title="Task is open",
        check=connections.tasks,
        needs=_CONNECTIONS,
        remedy="Do what the task says.",
    ),
    Rule(
        id="orphan-connection",
        severity=Severity.WARNING,
        title="Connection is in a group that the account does not list",
        check=connections.orphan,
        needs=_CONNECTIONS,
        whole=_GROUPS,
        remedy="See whether the group was deleted, or is hidden from this API key.",
    ),
    Rule(
        id="paused-long",
        severity=Severity.WARNING,
        title="Connection is paused for long",
        check=connections.paused_long,
        needs=_CONNECTIONS,
        remedy="Resume it, or delete it if its data is not needed any more.",
    ),
    Rule(
        id="warnings",
        severity=Severity.INFO,
        title="Fivetran warns",
        check=connections.warnings,
        needs=_CONNECTIONS,
        remedy="Read the warning; some want a re-sync.",
    ),
    Rule(
        id="group-without-destination",
        severity=Severity.INFO,
        title="Group has no destination",
        check=groups.without_destination,
        needs=_GROUPS,
        whole=_DESTINATIONS,
        remedy="Create its destination, or delete the group.",
    ),
)
"""All rules, worst first."""
