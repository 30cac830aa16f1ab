"""How a test says what the next syncs of a connection do."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.engine import scripts
from fivetran_async.sandbox.engine.scripts import Outcome, Plan

_MOST_TIMES: Final = 10_000
_MOST_SECONDS: Final = 1e11


class Syncs:
    """The scripts of an account's syncs.

    Args:
        account: The account.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    def script(
        self,
        connection_id: str,
        outcome: Outcome = "success",
        *,
        seconds: float | None = None,
        reason: str | None = None,
        tasks: Iterable[tuple[str, str]] = (),
        after: float | None = None,
        until: datetime | None = None,
        rows: Mapping[str, Mapping[str, int]] | None = None,
        times: int = 1,
    ) -> None:
        """Say what the next sync of a connection does, or the one after those of which it was said before.

        It is meant for syncs that start from now on, by schedule or on demand; one that runs goes on as it is. When the
        script is at its end, syncs end as the connection's do again.

        Args:
            connection_id: The connection.
            outcome: `success`, `failure`, `failure_with_task`, `rescheduled`, or `canceled`. One that leaves tasks
                makes the connection broken until a sync succeeds, or its credentials are replaced. One that is
                rescheduled goes on by itself with an automatic schedule only.
            seconds: How long it takes by the sandbox's clock; left out, as long as the connection's syncs do.
            reason: Why it fails or is rescheduled.
            tasks: What a failure leaves to do: pairs of a code, such as `reconnect`, and a message. Left out, one for
                the credentials.
            after: How many seconds after its end a rescheduled sync goes on; left out, an hour.
            until: When it goes on, in the place of `after`; aware.
            rows: How many rows it writes, by schema and table; left out, made-up numbers.
            times: How many syncs do so, one after the other.

        Raises:
            ValueError: An argument is out of range, or does not go with the outcome.
            RefusalError: There is no such connection.
        """
        plan = _plan(outcome, seconds, after, until)
        if reason is not None:
            _only(outcome, "reason", scripts.FAILURE, scripts.FAILURE_WITH_TASK, scripts.RESCHEDULED)
            plan["reason"] = reason
        left = [scripts.ScriptedTask(code=code, message=message) for code, message in tasks]
        if left:
            _only(outcome, "tasks", scripts.FAILURE_WITH_TASK)
            plan["tasks"] = left
        if rows is not None:
            _only(outcome, "rows", scripts.SUCCESS)
            plan["rows"] = {schema: _counts(schema, tables) for schema, tables in rows.items()}
        if not 1 <= times <= _MOST_TIMES:
            raise ValueError(f"times must be between 1 and {_MOST_TIMES}, got {times!r}")
        with self._account.lock:
            own: JsonObject = self._account.connection(connection_id)["sandbox"]
            own.setdefault("script", []).extend(copy.deepcopy(plan) for _ in range(times))
            self._account.history.wake()

    def left(self, connection_id: str) -> int:
        """Return for how many syncs of a connection the script still says what they do, without one that runs."""
        with self._account.lock:
            own: JsonObject = self._account.connection(connection_id)["sandbox"]
            return len(own.get("script") or ())

    def clear(self, connection_id: str) -> None:
        """Forget what was said of syncs that have not started."""
        with self._account.lock:
            own: JsonObject = self._account.connection(connection_id)["sandbox"]
            own.pop("script", None)


def _plan(outcome: Outcome, seconds: float | None, after: float | None, until: datetime | None) -> Plan:
    if outcome not in scripts.OUTCOMES:
        raise ValueError(f"outcome must be one of {', '.join(scripts.OUTCOMES)}, got {outcome!r}")
    plan = Plan(outcome=outcome)
    if seconds is not None:
        plan["seconds"] = _duration("seconds", seconds)
    if after is not None and until is not None:
        raise ValueError("after and until say the same: give one of them")
    if after is not None:
        _only(outcome, "after", scripts.RESCHEDULED)
        plan["after"] = _duration("after", after)
    if until is not None:
        _only(outcome, "until", scripts.RESCHEDULED)
        if until.tzinfo is None:
            raise ValueError(f"until must be an aware datetime, got the naive {until.isoformat()}")
        plan["until"] = _duration("until", until.timestamp())
    return plan


def _only(outcome: str, name: str, *outcomes: str) -> None:
    if outcome not in outcomes:
        raise ValueError(f"{name} goes with the outcome {' or '.join(outcomes)} only, not with {outcome}")


def _duration(name: str, value: float) -> float:
    if not math.isfinite(value) or not 0 <= value <= _MOST_SECONDS:
        raise ValueError(f"{name} must be a number of seconds that is not negative, got {value!r}")
    return float(value)


def _counts(schema: str, tables: Mapping[str, int]) -> dict[str, int]:
    for table, count in tables.items():
        if count < 0:
            raise ValueError(f"rows of {schema}.{table} must not be negative, got {count!r}")
    return dict(tables)
