"""A user's file in the asyncio colour: what waits, each method with the types that a checker must see."""

# What is marked as an error has to be one for the other checker too.
# pyright: reportUnnecessaryTypeIgnoreComment=true

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, assert_type

from fivetran_async import (
    Connection,
    Destination,
    Fivetran,
    FivetranError,
    NotSetUpError,
    PausedError,
    RescheduledError,
    SetupTest,
    SetupTestsFailedError,
    SyncFailedError,
    SyncOutcome,
    SyncResult,
    SyncTimeoutError,
    Transformation,
    TransformationFailedError,
    TransformationResult,
    TransformationTimeoutError,
    WaitError,
)


class Receiver:
    """Something that hears of changes."""

    def listen(self, wake: Callable[[str], object], /) -> Callable[[], None]:
        """Begin."""
        wake("c")
        return print


def seen(connection: Connection) -> None:
    """Look at a connection."""
    assert_type(connection, Connection)


def ran(transformation: Transformation) -> None:
    """Look at a transformation."""
    assert_type(transformation, Transformation)


def ended(result: SyncResult) -> None:
    """Look at a result."""
    assert_type(result, SyncResult)


async def syncs(ft: Fivetran) -> None:
    """Wait for syncs."""
    assert_type(await ft.connections.sync_and_wait("c"), SyncResult)
    assert_type(
        await ft.connections.sync_and_wait(
            "c",
            timeout=600,
            force=True,
            on_reschedule="trigger",
            unpause=True,
            check=False,
            poll_interval=30,
            on_poll=seen,
            via=Receiver(),
        ),
        SyncResult,
    )
    assert_type(
        await ft.connections.resync_and_wait("c", scope={"public": ["orders"]}, confirm=True, timeout=7200.0),
        SyncResult,
    )
    assert_type(await ft.connections.wait_for_sync("c", since=datetime.now(UTC), via="poll"), SyncResult)
    before = await ft.connections.get("c")
    assert_type(await ft.connections.wait_for_sync("c", since=before, on_reschedule="raise"), SyncResult)
    assert_type(
        await ft.connections.wait_all(["c", "d"], since=[before], timeout=60, check=False, on_result=ended),
        Sequence[SyncResult],
    )
    assert_type(
        await ft.connections.sync_all_and_wait(("c", "d"), force=True, unpause=True, on_result=ended),
        Sequence[SyncResult],
    )


async def others(ft: Fivetran) -> None:
    """Wait for setup tests and runs."""
    assert_type(
        await ft.connections.test_and_wait("c", trust_certificates=True, trust_fingerprints=True, timeout=900),
        Connection,
    )
    assert_type(
        await ft.destinations.test_and_wait("d", trust_certificates=True, check=False, poll_interval=5.0), Destination
    )
    assert_type(
        await ft.transformations.run_and_wait("t", full_refresh=True, timeout=900, check=False, on_poll=ran),
        TransformationResult,
    )


def results(result: SyncResult, run: TransformationResult) -> None:
    """Read results."""
    assert_type(result.status, SyncOutcome)
    assert_type(result.started, datetime | None)
    assert_type(result.ended, datetime | None)
    assert_type(result.duration, float | None)
    assert_type(result.reason, str | None)
    assert_type(result.polls, int)
    assert_type(result.connection, Connection | None)
    assert_type(result.error, FivetranError | None)
    assert_type(result.rescheduled_for, datetime | None)
    assert_type(result.ok, bool)
    assert_type(result.check(), SyncResult)
    assert_type(run.ok, bool)
    assert_type(run.duration, float | None)
    assert_type(run.timed_out, bool)
    assert_type(run.transformation, Transformation | None)
    assert_type(run.check(), TransformationResult)


async def failures(ft: Fivetran) -> None:
    """Catch what a wait raises."""
    try:
        await ft.connections.sync_and_wait("c")
    except (SyncFailedError, SyncTimeoutError, RescheduledError, PausedError, NotSetUpError) as error:
        assert_type(error.result, SyncResult)
    except (TransformationFailedError, TransformationTimeoutError) as error:
        assert_type(error.result, TransformationResult)
    except SetupTestsFailedError as error:
        assert_type(error.tests, tuple[SetupTest, ...])
    except WaitError as error:
        assert_type(error.result, Any)


async def mistakes(ft: Fivetran) -> None:
    """Make mistakes that both checkers have to find."""
    await ft.connections.sync_and_wait("c", on_reschedule="ignore")  # type: ignore[arg-type]
    await ft.connections.sync_and_wait("c", via="webhook")  # type: ignore[arg-type]
    await ft.connections.wait_for_sync("c", since="2026-08-01")  # type: ignore[arg-type]
    await ft.connections.wait_all(["c"], on_result=seen)  # type: ignore[arg-type]
    await ft.transformations.run_and_wait("t", on_poll=seen)  # type: ignore[arg-type]
