"""Starts a sync and leaves the worker until it has ended."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowException, AirflowFailException

import fivetran_sync
from fivetran_deferrable.accounts import account
from fivetran_deferrable.sync_trigger import Ended, OnReschedule, SyncTrigger

# Of a connection that never synced, any end counts.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

# Airflow ends a wait that no triggerer takes up; those that are taken up end by themselves, and say more.
GRACE = timedelta(minutes=10)

# What another try would meet again.
HOPELESS = ("paused", "not_set_up")


class FivetranSyncOperator(BaseOperator):
    """Syncs a connection, and fails with Fivetran's reason unless that succeeds.

    A sync that runs already is the one that is waited for, so that a task which is tried again, or cleared, starts no
    second one. The result is how it ended, as a dictionary: `connection_id`, `status`, `reason`, `ended`, `polls`.
    """

    template_fields: Sequence[str] = ("connection_id", "fivetran_conn_id")

    def __init__(
        self,
        *,
        connection_id: str,
        timeout: timedelta = timedelta(hours=12),
        on_reschedule: OnReschedule = "trigger",
        poll_interval: float | None = None,
        fivetran_conn_id: str | None = "fivetran",
        **kwargs: Any,
    ) -> None:
        """Make a task.

        Args:
            connection_id: The connection of Fivetran.
            timeout: How long the sync may take.
            on_reschedule: What to do when Fivetran puts the sync off: `trigger` waits, and asks for another one if none
                has begun by then; `wait` leaves that to the schedule in Fivetran; `raise` fails.
            poll_interval: Seconds between two looks; None for 5 at first, growing to 60.
            fivetran_conn_id: The connection of Airflow with the key as its login, the secret as its password and, in
                its extra, perhaps a `base_url`; None for `FIVETRAN_API_KEY` and `FIVETRAN_API_SECRET`.
            **kwargs: What every operator takes.
        """
        super().__init__(**kwargs)
        self.connection_id = connection_id
        self.timeout = timeout
        self.on_reschedule: OnReschedule = on_reschedule
        self.poll_interval = poll_interval
        self.fivetran_conn_id = fivetran_conn_id

    def execute(self, context: Context) -> NoReturn:  # noqa: ARG002 - Airflow's signature
        """Start the sync and defer; two calls."""
        with account(self.fivetran_conn_id).client(fivetran_sync.Fivetran) as ft:
            # Read first: it is by Fivetran's own times that the trigger tells a new end from an old one.
            before = ft.connections.get(self.connection_id)
            if before.is_paused:
                raise AirflowFailException(f"connection {self.connection_id} is paused: resume it in Fivetran first")
            ft.connections.sync(self.connection_id)
        self.defer(
            trigger=SyncTrigger(
                self.connection_id,
                since=(before.last_ended_at or NEVER).isoformat(),
                until=(datetime.now(UTC) + self.timeout).isoformat(),
                on_reschedule=self.on_reschedule,
                poll_interval=self.poll_interval,
                fivetran_conn_id=self.fivetran_conn_id,
            ),
            method_name="ended",
            timeout=self.timeout + GRACE,
        )

    def ended(self, context: Context, event: Ended) -> Ended:  # noqa: ARG002 - Airflow's signature
        """Take up the task again: return how the sync ended, or fail with the reason."""
        if event["status"] == "succeeded":
            return event
        failure = AirflowFailException if event["status"] in HOPELESS else AirflowException
        raise failure(f"connection {event['connection_id']}: {event['status']}: {event['reason']}")
