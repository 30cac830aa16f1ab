"""Load connections of Fivetran side by side in a flow of Prefect.

FIVETRAN_API_KEY=... FIVETRAN_API_SECRET=... python flow.py orders payments
"""

import asyncio
import sys
from datetime import datetime
from typing import Any, TypedDict

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import TaskRun
from prefect.states import State

from fivetran_async import Connection, Fivetran, NotSetUpError, PausedError, UnauthorizedError


class Loaded(TypedDict):
    """How a sync ended."""

    connection_id: str
    status: str
    ended: datetime | None


async def may_help(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    """Say whether another try may end otherwise."""
    error = await state.aresult(raise_on_failure=False)
    return not isinstance(error, (PausedError, NotSetUpError, UnauthorizedError))


# Its client is no input that a cache could know it by.
@task(
    retries=2,
    retry_delay_seconds=60,
    retry_condition_fn=may_help,
    cache_policy=NO_CACHE,
    task_run_name="sync-{connection_id}",
)
async def sync(ft: Fivetran, connection_id: str, seconds: float, poll_interval: float | None = None) -> Loaded:
    """Sync a connection; what is raised says why it did not succeed, as Fivetran puts it."""
    logger = get_run_logger()
    seen: str | None = None

    def tell(connection: Connection) -> None:
        nonlocal seen
        if connection.sync_state != seen:
            seen = connection.sync_state
            logger.info("connection %s: %s", connection_id, seen)

    # A sync that runs already, from a try before perhaps, is the one that is waited for.
    result = await ft.connections.sync_and_wait(
        connection_id, timeout=seconds, on_reschedule="trigger", poll_interval=poll_interval, on_poll=tell
    )
    return Loaded(connection_id=connection_id, status=result.status.value, ended=result.ended)


@flow
async def load(
    connections: list[str], seconds: float = 3 * 3600, poll_interval: float | None = None
) -> list[State[Loaded]]:
    """Load connections side by side; the flow fails when one of them does, after all have ended."""
    # One client, and so one loop, for all tasks: their waits look together. `submit` would give each a loop of its own.
    async with Fivetran.from_env() as ft:
        return await asyncio.gather(
            *(sync(ft, connection, seconds, poll_interval, return_state=True) for connection in connections)
        )


if __name__ == "__main__":
    asyncio.run(load(sys.argv[1:]))
