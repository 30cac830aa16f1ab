"""Waits for the end of a sync, in the triggerer."""

import logging
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any, Literal, TypedDict

from airflow.triggers.base import BaseTrigger, TriggerEvent

from fivetran_async import Connection, FivetranError
from fivetran_deferrable.accounts import account_in_triggerer, shared_client

OnReschedule = Literal["wait", "trigger", "raise"]

# A trigger that is taken up after its time looks once all the same: the sync may have ended meanwhile.
LAST_LOOK = 30.0

logger = logging.getLogger(__name__)


class Ended(TypedDict):
    """How a wait ended, in values that go through Airflow's database; times are ISO texts."""

    connection_id: str
    status: str
    reason: str | None
    ended: str | None
    polls: int


class SyncTrigger(BaseTrigger):
    """Fires when a connection has a sync that ended after `since`.

    What it is made of says until when it waits, not for how long: a triggerer that takes it up again, after a restart
    or from another one, goes on with the same wait.
    """

    def __init__(
        self,
        connection_id: str,
        *,
        since: str,
        until: str,
        on_reschedule: OnReschedule = "trigger",
        poll_interval: float | None = None,
        fivetran_conn_id: str | None = "fivetran",
    ) -> None:
        """Make a trigger.

        Args:
            connection_id: The connection of Fivetran.
            since: When its last sync had ended, by Fivetran's clock: any that ends later counts.
            until: How long to wait, by this machine's clock.
            on_reschedule: What to do when Fivetran puts the sync off, as for `connections.wait_for_sync`.
            poll_interval: Seconds between two looks; None for 5 at first, growing to 60.
            fivetran_conn_id: The connection of Airflow that has the key; None for the environment.
        """
        super().__init__()
        self.connection_id = connection_id
        self.since = since
        self.until = until
        self.on_reschedule: OnReschedule = on_reschedule
        self.poll_interval = poll_interval
        self.fivetran_conn_id = fivetran_conn_id
        self._state: str | None = None

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what another process makes this trigger of; the key is not part of it."""
        return (
            "fivetran_deferrable.sync_trigger.SyncTrigger",
            {
                "connection_id": self.connection_id,
                "since": self.since,
                "until": self.until,
                "on_reschedule": self.on_reschedule,
                "poll_interval": self.poll_interval,
                "fivetran_conn_id": self.fivetran_conn_id,
            },
        )

    async def run(self) -> AsyncGenerator[TriggerEvent]:
        """Yield one event, with an `Ended`."""
        yield TriggerEvent(await self.wait())

    async def wait(self) -> Ended:
        """Return how the sync ended, or what ended the wait."""
        left = (datetime.fromisoformat(self.until) - datetime.now(UTC)).total_seconds()
        try:
            async with shared_client(await account_in_triggerer(self.fivetran_conn_id)) as ft:
                result = await ft.connections.wait_for_sync(
                    self.connection_id,
                    since=datetime.fromisoformat(self.since),
                    timeout=max(left, LAST_LOOK),
                    on_reschedule=self.on_reschedule,
                    poll_interval=self.poll_interval,
                    on_poll=self._tell,
                    check=False,
                )
        except FivetranError as error:
            # Such as a key that is no longer accepted; its text holds no secret.
            reason = f"{type(error).__name__}: {error}"
            return Ended(connection_id=self.connection_id, status="error", reason=reason, ended=None, polls=0)
        return Ended(
            connection_id=self.connection_id,
            status=result.status.value,
            reason=result.reason,
            ended=None if result.ended is None else result.ended.isoformat(),
            polls=result.polls,
        )

    async def on_kill(self) -> None:
        """Leave the sync alone when a person clears or marks the task: the API has nothing that stops one.

        A task that is cleared waits for the sync that runs, rather than start another one.
        """
        logger.warning("connection %s: the task was ended by hand, and its sync may still run", self.connection_id)

    def _tell(self, connection: Connection) -> None:
        state = str(connection.sync_state)
        if state != self._state:
            self._state = state
            logger.info("connection %s: %s", self.connection_id, state)
