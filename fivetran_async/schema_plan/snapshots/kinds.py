"""What a snapshot holds: kinds of objects, where each is listed, and which of its fields are configuration."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from fivetran_async.models._base import OpenEnum
from fivetran_async.schema_plan.snapshots._hiding import hide


class SnapshotKind(OpenEnum):
    """What kind of objects: the folder of the snapshot that holds them."""

    GROUPS = "groups"
    DESTINATIONS = "destinations"
    CONNECTIONS = "connections"
    WEBHOOKS = "webhooks"
    TRANSFORMATIONS = "transformations"
    TRANSFORMATION_PROJECTS = "transformation_projects"
    LOG_SERVICES = "log_services"
    TEAMS = "teams"
    ROLES = "roles"
    USERS = "users"
    SCHEMAS = "schemas"
    """The schema configurations of connections; one call for each, and so read only when asked for."""


PATHS: Final[Mapping[SnapshotKind, str]] = {
    SnapshotKind.GROUPS: "/v1/groups",
    SnapshotKind.DESTINATIONS: "/v1/destinations",
    SnapshotKind.CONNECTIONS: "/v1/connections",
    SnapshotKind.WEBHOOKS: "/v1/webhooks",
    SnapshotKind.TRANSFORMATIONS: "/v1/transformations",
    SnapshotKind.TRANSFORMATION_PROJECTS: "/v1/transformation-projects",
    SnapshotKind.LOG_SERVICES: "/v1/external-logging",
    SnapshotKind.TEAMS: "/v1/teams",
    SnapshotKind.ROLES: "/v1/roles",
    SnapshotKind.USERS: "/v1/users",
}
"""Where each kind is listed."""

CONFIGURED: Final = (SnapshotKind.CONNECTIONS, SnapshotKind.DESTINATIONS)
"""The kinds whose service's own settings stand in no list."""

DETAILS: Final = ("config", "external_secrets_keys_config")
"""What a call for the single object adds."""

# What changes by itself, or tells of the past, or of the person who looked.
_VOLATILE: Final = frozenset(
    [
        "status",
        "setup_status",
        "setup_state",
        "sync_state",
        "update_state",
        "setup_tests",
        "errors",
        "tasks",
        "warnings",
        "succeeded_at",
        "failed_at",
        "rescheduled_for",
        "is_historical_sync",
        "source_sync_details",
        "connect_card",
        "connect_card_config",
        "last_started_at",
        "last_ended_at",
        "logged_in_at",
        "next_sync_at",
        "last_synced_at",
        "service_version",
        "upgrade_available",
        "picture",
        "phone",
        "verified",
        "invited",
        "updated_at",
    ]
)
# Lists whose order means nothing, and that the API may give in any.
_SETS: Final = frozenset(
    ["events", "scope", "connection_ids", "transformation_ids", "days_of_week", "excluded_models", "output_model_names"]
)
_NAMES: Final = ("name", "schema", "email", "url")


def identity(item: Mapping[str, Any]) -> str | None:
    """Return what identifies an object among those of its kind; a role has a name only."""
    known = item.get("id") or item.get("name")
    return known if isinstance(known, str) else None


def title(item: Mapping[str, Any]) -> str | None:
    """Return the name by which people know an object."""
    for name in _NAMES:
        if isinstance(known := item.get(name), str):
            return known
    inner = item.get("transformation_config")
    return title(cast("Mapping[str, Any]", inner)) if isinstance(inner, Mapping) else None


def configuration(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is configuration of an object that the API sent: nothing volatile, nothing secret."""
    kept: dict[str, Any] = hide(_lasting(item))
    return kept


def _lasting(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        # What a service calls its own settings is its own affair.
        volatile = frozenset[str]() if name in DETAILS else _VOLATILE
        fields = cast("Mapping[str, Any]", value)
        return {key: _lasting(item, key) for key, item in fields.items() if key not in volatile}
    if isinstance(value, list | tuple):
        items = [_lasting(item) for item in cast("Sequence[Any]", value)]
        return sorted(items, key=str) if name in _SETS else items
    return value
