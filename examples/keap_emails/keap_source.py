"""The emails of a Keap account, day by day: paced to its limits, and complete while it is written to."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from fivetran_async.connector_sdk import (
    Emitter,
    JsonSource,
    RateLimit,
    Settings,
    State,
    Window,
    by_offset,
    plan_windows,
    sync_windows,
)
from fivetran_async.errors import DecodeError

TABLE = "emails"
# Types only where Fivetran would not find them: it takes a time in JSON for the text that it is.
SCHEMA: list[dict[str, Any]] = [{"table": TABLE, "primary_key": ["id"], "columns": {"sent_date": "UTC_DATETIME"}}]
BASE_URL = "https://api.infusionsoft.com"
PATH = "/crm/rest/v1/emails"

OPTIONAL = (
    "historical_start_date",
    "read_before_date",
    "look_back_days",
    "in_flight",
    "checkpoint_every_seconds",
    "base_url",
)

# What Keap allows a key to do. Its third limit, a day's, is told by a header.
PER_SECOND, PER_MINUTE = 10, 240
PAGE = 1000


def observe(headers: Mapping[str, str], rate: RateLimit) -> None:
    """Learn from Keap's headers how many calls are left: of a minute, and of a day, which ends at midnight UTC."""
    now = datetime.now(UTC)
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    for name, seconds in (("throttle", 60.0), ("quota", (midnight - now).total_seconds())):
        text = headers.get(f"x-keap-product-{name}-available", "")
        if text.isdecimal():
            rate.observe(available=int(text), seconds=seconds)


def upgrade(older: Mapping[str, Any]) -> State:
    """Read the state of a connector that kept the last day it had read, as `last_synced_date`."""
    day = datetime.strptime(str(older["last_synced_date"]), "%Y-%m-%d").replace(tzinfo=UTC)
    return State(marks={TABLE: day + timedelta(days=1)})


async def update(
    configuration: Mapping[str, str], state: Mapping[str, Any], emit: Emitter, *, now: datetime | None = None
) -> None:
    """Read the emails from the first day, or from some days before the last run, until now.

    Args:
        configuration: `api_key`; also `historical_start_date` (2024-01-01), `read_before_date` (the day before which to
            stop, such as for a trial; the present if left out), `look_back_days` (3), `in_flight` (8),
            `checkpoint_every_seconds` (600) and `base_url`.
        state: What the last run left.
        emit: Where the rows go.
        now: What is taken for the present, where it is another moment.
    """
    settings = Settings(configuration, required=["api_key"], optional=OPTIONAL)
    first = settings.day("historical_start_date", "2024-01-01")
    look_back = timedelta(days=settings.whole("look_back_days", 3, most=365))
    in_flight = settings.whole("in_flight", 8, least=1, most=30)
    checkpoint_every = settings.whole("checkpoint_every_seconds", 600)
    now = now or datetime.now(UTC)
    end = min(now, settings.day("read_before_date", "9999-12-31"))
    before = State.from_dict(state, upgrade=upgrade if "last_synced_date" in state else None)
    windows = plan_windows(first=first, now=end, mark=before.mark(TABLE), look_back=look_back)
    async with JsonSource(
        settings.text("base_url", BASE_URL),
        headers={"X-Keap-API-Key": settings.text("api_key"), "Accept": "application/json"},
        rate=RateLimit(per_second=PER_SECOND, per_minute=PER_MINUTE),
        observe=observe,
    ) as source:

        def read(window: Window) -> AsyncGenerator[Sequence[Mapping[str, Any]], None]:
            async def fetch(offset: int, limit: int) -> Sequence[Mapping[str, Any]]:
                query = {"since": _text(window.start), "until": _text(window.end), "limit": limit, "offset": offset}
                reply = await source.get(PATH, query)
                if not isinstance(reply, dict) or not isinstance(reply.get("emails"), list):
                    raise DecodeError(f"GET {PATH}: the reply has no list of emails")
                return reply["emails"]

            return by_offset(fetch, limit=PAGE, key="id")

        await sync_windows(
            emit,
            before,
            windows,
            read,
            table=TABLE,
            in_flight=in_flight,
            checkpoint_every=checkpoint_every,
        )


def _text(at: datetime) -> str:
    # The end of a window is asked for as it is: should Keap count it in, a row of that very moment comes twice, and
    # an upsert does not mind; one second less would lose a second's rows.
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
