"""Many waits at once: what they are for, and what becomes of all of them."""

import copy
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, cast

from fivetran_async._course import Via, ViaAll
from fivetran_async._forks import loading
from fivetran_async._pipeline import Pipeline
from fivetran_async.errors import ArgumentError, ClosedError, ConfigError, FivetranError, UnauthorizedError
from fivetran_async.fanout import Map, MapResult
from fivetran_async.models.connections import Connection
from fivetran_async.models.waits import SyncOutcome, SyncResult
from fivetran_async.resources._base import check_text
from fivetran_async.resources.webhooks import Webhooks

logger = logging.getLogger("fivetran_async")

_STOP_ON: Final = (UnauthorizedError, ClosedError, ArgumentError, ConfigError)
# The first of them that there is decides which error is raised.
_WORST_FIRST: Final = (
    SyncOutcome.ERROR,
    SyncOutcome.FAILED,
    SyncOutcome.NOT_SET_UP,
    SyncOutcome.PAUSED,
    SyncOutcome.RESCHEDULED,
    SyncOutcome.TIMED_OUT,
)
_SHOWN: Final = 10


def check_since(since: Any) -> None:
    """Check after what a sync is to have ended.

    Raises:
        ArgumentError: It is no time, or a naive one, and no connection.
    """
    if since is None or isinstance(since, Connection):
        return
    if not isinstance(since, datetime):
        raise ArgumentError(f"since must be a datetime, or a Connection as it was before, not {since!r}")
    if since.tzinfo is None:
        raise ArgumentError(
            f"since must have a time zone, such as datetime.now(UTC), not the naive {since.isoformat()}"
        )


def since_each(since: Any) -> Callable[[str], datetime | Connection | None]:
    """Return a function that tells, for each connection, after what a sync is to have ended.

    Raises:
        ArgumentError: It is neither a time nor a list of connections.
    """
    if since is None or isinstance(since, datetime):
        check_since(since)
        return lambda _: since
    if isinstance(since, str | Connection | Mapping) or not isinstance(since, Iterable):
        raise ArgumentError(f"since must be a datetime, or a list of Connections as they were before, not {since!r}")
    before: dict[str, Connection] = {}
    for connection in cast("Iterable[Any]", since):
        if not isinstance(connection, Connection):
            raise ArgumentError(f"since must hold nothing but Connections, not {connection!r}")
        before[connection.id] = connection
    return before.get


def checked_ids(connection_ids: Any) -> list[str]:
    """Return ids as a list.

    Raises:
        ArgumentError: They are a single text, or something in them is none.
    """
    if isinstance(connection_ids, str) or not isinstance(connection_ids, Iterable):
        raise ArgumentError(f"connection_ids must be a list of ids, not {connection_ids!r}")
    names = list(cast("Iterable[Any]", connection_ids))
    for number, name in enumerate(names):
        check_text(name, f"connection_ids[{number}]")
    return names


@asynccontextmanager
async def hinted(line: Pipeline, via: ViaAll) -> AsyncGenerator[Via]:
    """Give what says when to look; a webhook that is asked for is there until the end.

    Raises:
        ArgumentError: The environment does not say where a webhook would lead.
        BadRequestError: The API does not reach that address.
        ConfigError: The address here cannot be listened on.
    """
    if isinstance(via, str) and via == "webhook":
        with loading():
            from fivetran_async.webhooks.listener import WebhookListener

        async with WebhookListener.through(Webhooks(line), events=("sync_end",), keep=False) as listener:
            yield listener
    else:
        yield via


async def all_of(
    one: Callable[[str], Awaitable[SyncResult]],
    names: Sequence[str],
    *,
    check: bool,
    on_result: Callable[[SyncResult], object] | None,
) -> list[SyncResult]:
    """Wait for all connections at the same time; return the results in their order.

    Args:
        one: Waits for one, and raises only what a call met.
        names: Their ids.
        check: Whether to raise when not all succeeded.
        on_result: Called with each result as it comes.
    """
    if on_result is not None and not callable(on_result):
        raise ArgumentError(f"on_result must be a function, not {on_result!r}")
    once = list(dict.fromkeys(names))
    found: dict[str, SyncResult] = {}
    # All at once: what they cost is not the tasks but the calls, which the watcher makes for all of them.
    waits = Map(one, once, concurrency=max(len(once), 1), stop_on=_STOP_ON)
    try:
        async for ended in waits:
            if not isinstance(ended.error, _STOP_ON):
                found[ended.item] = result = _result(ended)
                _tell(on_result, result)
    except FivetranError as error:
        error.partial = tuple(found[name] for name in names if name in found)
        raise
    results = [found[name] for name in names]
    if check:
        _check(results)
    return results


def _result(ended: MapResult[str, SyncResult]) -> SyncResult:
    if isinstance(ended.error, FivetranError):
        return SyncResult(
            connection_id=ended.item, status=SyncOutcome.ERROR, reason=str(ended.error), error=ended.error
        )
    return ended.unwrap()


def _tell(on_result: Callable[[SyncResult], object] | None, result: SyncResult) -> None:
    if on_result is None:
        return
    try:
        on_result(result)
    except Exception:
        logger.exception("on_result %r raised", on_result)


def _check(results: Sequence[SyncResult]) -> None:
    for status in _WORST_FIRST:
        for result in results:
            if result.status is status:
                _raise(result, results)


def _raise(worst: SyncResult, results: Sequence[SyncResult]) -> None:
    others = [result.connection_id for result in results if not result.ok]
    more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
    try:
        worst.check()
    except FivetranError as error:
        # Not the result's own: that would hold itself, by way of all results.
        twin = copy.copy(error)
        twin.partial = tuple(results)
        twin.add_note(f"{len(others)} of {len(results)} did not succeed: {', '.join(others[:_SHOWN])}{more}")
        raise twin from error.__cause__
