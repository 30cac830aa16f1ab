"""System keys: what they look like, when they expire, and their key and secret."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from typing import Final

from fivetran_async.sandbox.calls import JsonObject, as_object
from fivetran_async.sandbox.engine.credentials import Forger
from fivetran_async.sandbox.times import stamp
from fivetran_async.sandbox.views import listed

PERIODS: Final = ("ONE_WEEK", "ONE_MONTH", "THREE_MONTHS", "SIX_MONTHS", "INFINITE")
"""How long a key can be good for."""

_MONTHS: Final = {"ONE_MONTH": 1, "THREE_MONTHS": 3, "SIX_MONTHS": 6}
_SECRETS: Final = frozenset({"key", "secret"})


def system_key(given: JsonObject, now: float) -> JsonObject:
    """Return a complete system key; `id` must be given."""
    key, secret = credentials(given["id"], 0)
    base: JsonObject = {
        "id": given["id"],
        "name": given["id"],
        "key": key,
        "secret": secret,
        "permissions": [],
        "created_at": stamp(now),
        "updated_at": stamp(now),
        "expired_at": None,
        "last_used_at": None,
    }
    whole = base | given
    engine(whole)
    return whole


def engine(key: JsonObject) -> JsonObject:
    """Return what the sandbox keeps of a system key: the `period` it is good for, and how often it was `rotated`."""
    own: JsonObject = {"period": "INFINITE", "rotated": 0} | (as_object(key.get("sandbox")) or {})
    key["sandbox"] = own
    return own


def shown(key: JsonObject) -> JsonObject:
    """Return a system key without what only its creation and its rotation show."""
    return {name: value for name, value in listed(key).items() if name not in _SECRETS}


def credentials(name: str, rotated: int) -> tuple[str, str]:
    """Return the key and the secret of a system key; only its id and how often it was rotated decide them."""
    return f"ft_{Forger('system-key', name).token(16)}", Forger("system-key", name, rotated).token(48)


def expiry(period: str, now: float) -> str | None:
    """Return when a key expires that is made or rotated now; None for one that never does."""
    if period == "INFINITE":
        return None
    at = datetime.fromtimestamp(now, UTC)
    if period == "ONE_WEEK":
        return stamp((at + timedelta(days=7)).timestamp())
    years, month = divmod(at.month - 1 + _MONTHS[period], 12)
    # A month after the 31st of January is the last day of February.
    day = min(at.day, calendar.monthrange(at.year + years, month + 1)[1])
    return stamp(at.replace(year=at.year + years, month=month + 1, day=day).timestamp())
