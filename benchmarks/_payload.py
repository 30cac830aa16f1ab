"""What the prebuilt server sends: pages of connections as the API's list has them, and single ones."""

import json
from collections.abc import Mapping
from typing import Any, Final

PAGE: Final = 1000
"""Items on a page."""

KINDS: Final = ("plain", "unknown", "odd")
"""Kinds of pages: as known, two fields more in each item, and one item in 100 that does not fit its model."""


def connection(number: int, kind: str = "plain") -> Mapping[str, Any]:
    """Return a connection of about 1.2 KB.

    Args:
        number: Which one.
        kind: One of `KINDS`.
    """
    odd = kind == "odd" and number % 100 == 0
    fields: dict[str, Any] = {
        "id": f"made_up_{number:08d}",
        "service": "postgres",
        "schema": f"sales_schema_{number}",
        "paused": False,
        "status": {
            "tasks": [{"code": "reconnect", "message": "The credentials of the source have expired: enter new ones"}],
            "warnings": [{"code": "resync_table_warning", "message": "A table has to be synced from its beginning"}],
            "schema_status": "ready",
            "update_state": "delayed",
            "setup_state": "connected",
            "sync_state": "scheduled",
            "is_historical_sync": False,
            "rescheduled_for": None,
        },
        "daily_sync_time": "14:00",
        "succeeded_at": "2026-03-17T12:31:40.870504Z",
        # Text in place of a number: such an item goes the lenient way.
        "sync_frequency": "360" if odd else 360,
        "group_id": "projected_sickle",
        "connected_by": "concerning_batch",
        "setup_tests": [
            {"title": "Validating the tunnel", "status": "PASSED", "message": "", "details": "The tunnel answers"},
            {"title": "Connecting to the database", "status": "PASSED", "message": "", "details": ""},
        ],
        "source_sync_details": {"last_synced": "2026-03-17T12:31:40Z"},
        "service_version": 1,
        "created_at": "2024-12-01T15:43:29.013729Z",
        "failed_at": "2026-03-16T12:31:40.870504Z",
        "private_link_id": "private_link",
        "proxy_agent_id": "proxy_agent",
        "schedule_type": "auto",
        "pause_after_trial": False,
        "data_delay_threshold": 0,
        "data_delay_sensitivity": "NORMAL",
        "networking_method": "Directly",
        "hybrid_deployment_agent_id": None,
        "destination_schema_names": "FIVETRAN_NAMING",
    }
    if kind == "unknown":
        fields |= {"field_of_tomorrow": "a value", "another_one": {"places": [1, 2, 3]}}
    return fields


def items(kind: str) -> bytes:
    """Return the items of a page as they stand between the brackets."""
    return b",".join(_json(connection(number, kind)) for number in range(PAGE))


def single() -> bytes:
    """Return the reply to a call for one connection."""
    return _json({"code": "Success", "message": "Done", "data": connection(1)})


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
