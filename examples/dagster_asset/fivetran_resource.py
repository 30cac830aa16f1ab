"""An account of Fivetran in Dagster, and assets of its connections that are loaded by a sync."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    ConfigurableResource,
    Failure,
    InitResourceContext,
    MaterializeResult,
    MetadataValue,
    RetryPolicy,
    asset,
)
from pydantic import PrivateAttr

from fivetran_async.hooks import Event, RequestStarted
from fivetran_sync import Connection, Fivetran, FivetranError, SyncOutcome, SyncResult, UnauthorizedError

# What another try would meet again.
HOPELESS = (SyncOutcome.PAUSED, SyncOutcome.NOT_SET_UP)


class FivetranResource(ConfigurableResource["FivetranResource"]):
    """An account, with one client for all steps of a process."""

    api_key: str
    api_secret: str
    base_url: str | None = None
    poll_interval: float | None = None
    """Seconds between two looks at a sync; None for 5 at first, growing to 60."""

    _client: Fivetran | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Generator["FivetranResource"]:  # noqa: ARG002
        """Open the client, and close it after the last step."""
        with Fivetran(self.api_key, self.api_secret, base_url=self.base_url) as ft:
            self._client = ft
            yield self

    def sync(self, context: AssetExecutionContext, connection_id: str, timeout: float) -> MaterializeResult[Any]:
        """Sync a connection, wait for the end, and return how it went.

        Raises:
            Failure: It did not succeed; its text is Fivetran's reason. A retry policy is passed by where it is of no
                use.
        """
        if self._client is None:
            raise RuntimeError("the resource is not open: Dagster opens it for the run of an asset or a job")
        calls = 0
        state: str | None = None

        def count(event: Event) -> None:
            nonlocal calls
            calls += isinstance(event, RequestStarted)

        def tell(connection: Connection) -> None:
            nonlocal state
            if connection.sync_state != state:
                state = connection.sync_state
                context.log.info("connection %s: %s", connection_id, state)

        ft = self._client.with_options(hooks=[count])
        try:
            result = ft.connections.sync_and_wait(
                connection_id,
                timeout=timeout,
                # Waits for what Fivetran puts off, and asks for it again where no schedule does.
                on_reschedule="trigger",
                poll_interval=self.poll_interval,
                on_poll=tell,
                check=False,
            )
        except FivetranError as error:
            # Such as a key that is not accepted; its text holds no secret.
            raise Failure(
                f"connection {connection_id}: {type(error).__name__}: {error}",
                allow_retries=not isinstance(error, UnauthorizedError),
            ) from None
        metadata = told(result) | {"calls": MetadataValue.int(calls)}
        if not result.ok:
            raise Failure(
                f"connection {connection_id}: {result.status}: {result.reason}",
                metadata=metadata,
                allow_retries=result.status not in HOPELESS,
            )
        return MaterializeResult(metadata=metadata)


def told(result: SyncResult) -> dict[str, MetadataValue[Any]]:
    """Return what is known of a sync, as metadata; how many rows it wrote is in the log tables alone."""
    known: dict[str, MetadataValue[Any]] = {
        "connection_id": MetadataValue.text(result.connection_id),
        "status": MetadataValue.text(result.status.value),
        "looks": MetadataValue.int(result.polls),
    }
    if result.started is not None:
        known["started"] = MetadataValue.timestamp(result.started)
    if result.ended is not None:
        known["ended"] = MetadataValue.timestamp(result.ended)
    if result.duration is not None:
        known["seconds"] = MetadataValue.float(result.duration)
    return known


def synced(
    connection_id: str, *, timeout: float = 12 * 3600, retry_policy: RetryPolicy | None = None
) -> AssetsDefinition:
    """Return the asset of a connection, named as it is.

    Args:
        connection_id: The connection of Fivetran.
        timeout: How long a sync may take, in seconds.
        retry_policy: How often Dagster tries again. A sync that runs by then is waited for, not started twice.
    """

    @asset(name=connection_id, group_name="fivetran", kinds={"fivetran"}, retry_policy=retry_policy)
    def load(context: AssetExecutionContext, fivetran: FivetranResource) -> MaterializeResult[Any]:
        """Load what the connection has."""
        return fivetran.sync(context, connection_id, timeout)

    return load
