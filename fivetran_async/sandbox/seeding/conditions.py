"""The conditions a seeded connection can be in: how common each is, and the fields that make it so."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

from fivetran_async.sandbox.data import samples
from fivetran_async.sandbox.times import stamp

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86_400.0
# Nothing that was seeded changes by itself in the first minutes: what a test sees must not depend on its speed.
CALM: Final = 5 * MINUTE

Fields = dict[str, Any]
Condition = Callable[[random.Random, float], Fields]


def _working(rng: random.Random, now: float) -> tuple[Fields, float]:
    """Return a healthy connection's fields, and when its last sync ended."""
    minutes = rng.choice((15, 30, 60, 60, 180, 360, 360, 720, 1440))
    period = minutes * MINUTE
    seconds = float(rng.randint(60, 1200))
    # The next start is `ahead` from now; the last sync started one step of its schedule before that.
    ahead = rng.uniform(CALM, max(period - seconds, CALM + 1))
    step = period if seconds <= period else 2 * period
    ended = min(now + ahead - step + seconds, now - 1)
    fields: Fields = {
        "created_at": stamp(now - rng.uniform(250, 900) * DAY),
        "sync_frequency": minutes,
        "succeeded_at": stamp(ended),
        "sandbox": {"seconds": seconds, "due": now + ahead, "outcome": "success"},
    }
    return fields, ended


def _healthy(rng: random.Random, now: float) -> Fields:
    return _working(rng, now)[0]


def _broken(rng: random.Random, now: float) -> Fields:
    fields, ended = _working(rng, now)
    status = {"setup_state": "broken", "tasks": [dict(rng.choice(samples.RECONNECT))], "update_state": "delayed"}
    worked = ended - rng.uniform(1, 20) * DAY
    fields["sandbox"]["outcome"] = "failure"
    return fields | {"failed_at": stamp(ended), "succeeded_at": stamp(worked), "status": status}


def _failing(rng: random.Random, now: float) -> Fields:
    fields, ended = _working(rng, now)
    fields["sandbox"]["outcome"] = "failure"
    return fields | {"failed_at": stamp(ended), "succeeded_at": stamp(ended - rng.uniform(0.2, 3) * DAY)}


def _incomplete(rng: random.Random, now: float) -> Fields:
    status = {"setup_state": "incomplete", "tasks": [dict(rng.choice(samples.SETUP))]}
    return {"created_at": stamp(now - rng.uniform(1, 90) * DAY), "status": status}


def _paused_long(rng: random.Random, now: float) -> Fields:
    fields, ended = _working(rng, now)
    return fields | {"paused": True, "succeeded_at": stamp(ended - rng.uniform(31, 200) * DAY)}


def _paused_recently(rng: random.Random, now: float) -> Fields:
    fields, ended = _working(rng, now)
    return fields | {"paused": True, "succeeded_at": stamp(ended - rng.uniform(1, 20) * DAY)}


def _delayed(rng: random.Random, now: float) -> Fields:
    fields, ended = _working(rng, now)
    late = ended - 2 * fields["sync_frequency"] * MINUTE
    return fields | {"succeeded_at": stamp(late), "status": {"update_state": "delayed"}}


def _rescheduled(rng: random.Random, now: float) -> Fields:
    fields = _working(rng, now)[0]
    until = now + rng.uniform(1, 6) * HOUR
    fields["sandbox"]["due"] = until
    return fields | {"status": {"sync_state": "rescheduled", "rescheduled_for": stamp(until)}}


def _overdue(rng: random.Random, now: float) -> Fields:
    # With a manual schedule nothing takes a rescheduled sync up again: the moment passes and it stays as it is.
    fields, ended = _working(rng, now)
    until = now - rng.uniform(2, 72) * HOUR
    fields["sandbox"]["due"] = None
    status = {"sync_state": "rescheduled", "rescheduled_for": stamp(until)}
    late = stamp(min(ended, until - HOUR))
    return fields | {"schedule_type": "manual", "succeeded_at": late, "status": status}


def _never_synced(rng: random.Random, now: float) -> Fields:
    own = {"due": now + rng.uniform(CALM, HOUR), "outcome": "success"}
    return {"created_at": stamp(now - rng.uniform(0, 2) * HOUR), "sync_frequency": 360, "sandbox": own}


def _historical(rng: random.Random, now: float, days: float) -> Fields:
    begun = now - days * DAY
    own = {"started": begun, "ends": now + rng.uniform(1, 10) * DAY, "due": now + rng.uniform(1, 6) * HOUR}
    status = {"sync_state": "syncing", "is_historical_sync": True}
    return {"created_at": stamp(begun - HOUR), "sync_frequency": 360, "status": status, "sandbox": own}


def _historical_recent(rng: random.Random, now: float) -> Fields:
    return _historical(rng, now, rng.uniform(0.1, 3))


def _historical_long(rng: random.Random, now: float) -> Fields:
    return _historical(rng, now, rng.uniform(8, 30))


def _stale(rng: random.Random, now: float) -> Fields:
    # It calls itself connected, scheduled and on time; only its last success tells that nothing happens any more.
    fields, ended = _working(rng, now)
    fields["sandbox"] |= {"stalled": True, "due": None}
    return fields | {"succeeded_at": stamp(ended - rng.uniform(5, 40) * DAY)}


def _warned(rng: random.Random, now: float) -> Fields:
    return _working(rng, now)[0] | {"status": {"warnings": [dict(rng.choice(samples.WARNINGS))]}}


def _syncing(rng: random.Random, now: float) -> Fields:
    fields = _working(rng, now)[0]
    begun = now - rng.uniform(10, 600)
    fields["sandbox"] |= {"started": begun, "ends": now + rng.uniform(CALM, 4 * CALM)}
    late = stamp(begun - fields["sync_frequency"] * MINUTE)
    return fields | {"succeeded_at": late, "status": {"sync_state": "syncing"}}


def _manual(rng: random.Random, now: float) -> Fields:
    fields = _working(rng, now)[0]
    fields["sandbox"]["due"] = None
    return fields | {"schedule_type": "manual"}


CONDITIONS: Final[dict[str, tuple[float, Condition]]] = {
    "healthy": (0.66, _healthy),
    "manual": (0.02, _manual),
    "syncing": (0.04, _syncing),
    "broken": (0.05, _broken),
    "incomplete": (0.04, _incomplete),
    "failing": (0.04, _failing),
    "paused_long": (0.02, _paused_long),
    "paused_recently": (0.02, _paused_recently),
    "delayed": (0.02, _delayed),
    "rescheduled": (0.02, _rescheduled),
    "overdue": (0.01, _overdue),
    "never_synced": (0.01, _never_synced),
    "historical_recent": (0.01, _historical_recent),
    "historical_long": (0.01, _historical_long),
    "stale": (0.02, _stale),
    "warned": (0.02, _warned),
}
"""By name: the share of connections that are in it, the first taking the rest, and what makes the fields."""
