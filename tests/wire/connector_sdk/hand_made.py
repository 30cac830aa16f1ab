"""A connector as one writes it by hand, with the faults that it then has: what ours is held against."""

import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

PAGE = 1000


class Recorder:
    """Fivetran's operations, kept."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.states: list[dict[str, Any]] = []
        self.threads: set[str] = set()

    def upsert(self, table: str, data: dict[str, Any]) -> None:
        """Keep a row."""
        assert table == "emails"
        self.threads.add(threading.current_thread().name)
        self.rows.append(data)

    def update(self, table: str, modified: dict[str, Any]) -> None:
        """Keep a change."""
        self.upsert(table, modified)

    def delete(self, table: str, keys: dict[str, Any]) -> None:
        """Keep a deletion."""
        self.upsert(table, keys)

    def checkpoint(self, state: dict[str, Any]) -> None:
        """Keep a state, as JSON."""
        self.states.append(json.loads(json.dumps(state)))

    @property
    def ids(self) -> set[int]:
        """Which rows came."""
        return {row["id"] for row in self.rows}


class StillRetryingError(Exception):
    """It would go on for ever."""


def update(
    configuration: Mapping[str, str], state: Mapping[str, Any], op: Recorder, now: datetime, patience: int = 20
) -> None:
    """Read day by day, page by page, and try again whatever went wrong."""
    if "last_day" in state:
        day = datetime.fromisoformat(state["last_day"]) + timedelta(days=1)
    else:
        day = datetime.fromisoformat(configuration["historical_start_date"]).replace(tzinfo=UTC) - timedelta(days=1)
    last = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    failures = 0
    while day <= last:
        offset = 0
        while True:
            until = day.replace(hour=23, minute=59, second=59)
            query = {"since": _text(day), "until": _text(until), "limit": PAGE, "offset": offset}
            request = urllib.request.Request(  # noqa: S310 - the fake's own URL
                f"{configuration['base_url']}/crm/rest/v1/emails?{urllib.parse.urlencode(query)}",
                headers={"X-Keap-API-Key": configuration["api_key"]},
            )
            try:
                with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310
                    emails = json.loads(reply.read())["emails"]
            except urllib.error.HTTPError:
                failures += 1
                if failures >= patience:
                    raise StillRetryingError from None
                continue
            for email in emails:
                op.upsert("emails", email)
            offset += PAGE
            if len(emails) < PAGE:
                break
        op.checkpoint({"last_day": day.isoformat()})
        day += timedelta(days=1)


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
