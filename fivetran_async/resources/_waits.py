"""What connections wait for: syncs, re-syncs and setup tests. `Connections` is built on it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from fivetran_async import operations as ops
from fivetran_async._forks import loading
from fivetran_async._pipeline import confirmed
from fivetran_async.models.connections import Connection
from fivetran_async.resources._base import Resource, check_flags, check_scope
from fivetran_async.types import UNSET, Unset

if TYPE_CHECKING:
    from fivetran_async.models.waits import SyncResult
    from fivetran_async.waiting import OnReschedule, Via, ViaAll


class ConnectionWaits(Resource):
    """Waits for connections."""

    async def sync_and_wait(
        self,
        connection_id: str,
        *,
        timeout: float | None = None,
        force: bool = False,
        on_reschedule: "OnReschedule" = "wait",
        unpause: bool = False,
        check: bool = True,
        poll_interval: float | None = None,
        on_poll: Callable[[Connection], object] | None = None,
        via: "Via" = "poll",
    ) -> "SyncResult":
        """Start a sync and wait for its end: that of the sync that runs already, unless `force=True`.

        Args:
            connection_id: The connection.
            timeout: How long all of it may take, in seconds; None for no bound.
            force: Whether a sync that runs is stopped and begun again.
            on_reschedule: What to do when Fivetran puts the sync off: `wait` until it goes on, which with a manual
                schedule it never does, so that it raises; `trigger` another one a minute after the time it was put off
                until; `raise`.
            unpause: Whether a connection that is paused is resumed for this, and paused again afterwards in any case.
            check: Whether what is no success raises; otherwise the result's `status` tells.
            poll_interval: Seconds between two looks; None for 5 at first, growing to 60. They are further apart where
                the calls that are left of the hour want it.
            on_poll: Called with the connection at each look, on the event loop: it must return quickly.
            via: `poll`, or an object that knows when the connection may have changed: `fivetran_async.waiting.Hints`.

        Returns:
            How it ended. Costs one call for the state before, one for the sync, and the looks: all waits of a client
            share them, so that a thousand cost what one costs; two more with `unpause`.

        Raises:
            SyncFailedError: The sync failed.
            SyncTimeoutError: It did not end in time; the message says what was seen last.
            RescheduledError: It was put off.
            PausedError: The connection is paused; no sync was asked for.
            NotSetUpError: Its setup is incomplete or broken; no sync was asked for.
            ArgumentError: An argument cannot be used; nothing was sent.
            NotFoundError: There is no such connection, or it was deleted meanwhile.
        """
        with loading():
            from fivetran_async import waiting

        check_flags(force=force, unpause=unpause, check=check)
        patience = waiting.Patience(timeout=timeout, poll_interval=poll_interval, on_poll=on_poll, via=via)
        return await waiting.sync_and_wait(
            self._pipeline,
            connection_id,
            patience,
            force=force,
            on_reschedule=on_reschedule,
            unpause=unpause,
            check=check,
        )

    async def resync_and_wait(
        self,
        connection_id: str,
        *,
        scope: Mapping[str, Sequence[str]] | Unset | None = UNSET,
        confirm: bool = False,
        timeout: float | None = None,
        on_reschedule: "OnReschedule" = "wait",
        unpause: bool = False,
        check: bool = True,
        poll_interval: float | None = None,
        on_poll: Callable[[Connection], object] | None = None,
        via: "Via" = "poll",
    ) -> "SyncResult":
        """Load a connection's data anew from the beginning, and wait until that is done.

        A sync that runs before it does not count.

        Args:
            connection_id: The connection.
            scope: By schema, the tables to load anew; left out, everything.
            confirm: Must be True: what is loaded anew replaces what is there, and counts as usage.
            timeout: How long all of it may take, in seconds; None for no bound.
            on_reschedule: What to do when Fivetran puts the sync off: as for `sync_and_wait`.
            unpause: Whether a connection that is paused is resumed for this, and paused again afterwards in any case.
            check: Whether what is no success raises; otherwise the result's `status` tells.
            poll_interval: Seconds between two looks; None for 5 at first, growing to 60.
            on_poll: Called with the connection at each look, on the event loop: it must return quickly.
            via: What says when to look: as for `sync_and_wait`.

        Returns:
            How it ended. Costs what `sync_and_wait` costs.

        Raises:
            ConfirmationError: `confirm` is not True; nothing was sent.
            SyncFailedError: The sync failed.
            SyncTimeoutError: It did not end in time.
            RescheduledError: It was put off.
            PausedError: The connection is paused; nothing was asked for.
            NotSetUpError: Its setup is incomplete or broken; nothing was asked for.
            ArgumentError: An argument cannot be used; nothing was sent.
            BadRequestError: The service cannot load single tables anew.
            ConflictError: A sync runs that does not let it wait.
            NotFoundError: There is no such connection, or it was deleted meanwhile.
        """
        with loading():
            from fivetran_async import waiting

        if scope is not UNSET and scope is not None:
            check_scope(scope, "scope")
        confirmed(f"connections.resync_and_wait({connection_id!r}) loads data anew", confirm=confirm)
        check_flags(unpause=unpause, check=check)
        patience = waiting.Patience(timeout=timeout, poll_interval=poll_interval, on_poll=on_poll, via=via)
        return await waiting.resync_and_wait(
            self._pipeline,
            connection_id,
            patience,
            scope=scope,
            on_reschedule=on_reschedule,
            unpause=unpause,
            check=check,
        )

    async def wait_for_sync(
        self,
        connection_id: str,
        *,
        since: datetime | Connection | None = None,
        timeout: float | None = None,
        on_reschedule: "OnReschedule" = "wait",
        check: bool = True,
        poll_interval: float | None = None,
        on_poll: Callable[[Connection], object] | None = None,
        via: "Via" = "poll",
    ) -> "SyncResult":
        """Wait for the end of a sync that is started elsewhere: the one that runs, or else the next.

        Args:
            connection_id: The connection.
            since: Let any sync count that ended after this, so that none is missed: a time of Fivetran's clock, such
                as an earlier `last_ended_at`, or the connection as it was before. None for now.
            timeout: How long it may take, in seconds; None for no bound.
            on_reschedule: What to do when Fivetran puts the sync off: as for `sync_and_wait`.
            check: Whether what is no success raises; otherwise the result's `status` tells.
            poll_interval: Seconds between two looks; None for 5 at first, growing to 60.
            on_poll: Called with the connection at each look, on the event loop: it must return quickly.
            via: What says when to look: as for `sync_and_wait`.

        Returns:
            How it ended. Costs the looks, which all waits of a client share.

        Raises:
            SyncFailedError: The sync failed.
            SyncTimeoutError: None ended in time; the message says what was seen last.
            RescheduledError: It was put off.
            PausedError: The connection is paused, or was paused meanwhile.
            NotSetUpError: Its setup is incomplete or broken.
            ArgumentError: An argument cannot be used; nothing was sent.
            NotFoundError: There is no such connection, or it was deleted meanwhile.
        """
        with loading():
            from fivetran_async import waiting
            from fivetran_async.resources import _many_waits

        _many_waits.check_since(since)
        check_flags(check=check)
        patience = waiting.Patience(timeout=timeout, poll_interval=poll_interval, on_poll=on_poll, via=via)
        result = await waiting.wait_for_sync(
            self._pipeline, connection_id, patience, since=since, on_reschedule=on_reschedule
        )
        return result.check() if check else result

    async def wait_all(
        self,
        connection_ids: Iterable[str],
        *,
        since: datetime | Iterable[Connection] | None = None,
        timeout: float | None = None,
        on_reschedule: "OnReschedule" = "wait",
        check: bool = True,
        poll_interval: float | None = None,
        on_result: Callable[["SyncResult"], object] | None = None,
        via: "ViaAll" = "poll",
    ) -> "Sequence[SyncResult]":
        """Wait for one sync of each of many connections, all looked at together.

        Args:
            connection_ids: The connections.
            since: Let any sync count that ended after this: a time of Fivetran's clock, or the connections as they
                were before. None for now.
            timeout: How long all of it may take, in seconds; None for no bound.
            on_reschedule: What to do when Fivetran puts a sync off: as for `sync_and_wait`.
            check: Whether to raise at the end when not all succeeded; otherwise each result's `status` tells.
            poll_interval: Seconds between two looks; None for 5 at first, growing to 60.
            on_result: Called with each result as it comes, on the event loop: it must return quickly.
            via: What says when to look: as for `sync_and_wait`; or `webhook`, which makes a webhook for the time of the
                wait. Where it leads, and where it is listened to, is `FIVETRAN_WEBHOOK_URL` and `FIVETRAN_WEBHOOK_BIND`
                of the environment; see `fivetran_async.webhooks.listener.WebhookListener`.

        Returns:
            How each ended, in the order of the connections. Costs, for each look, the least of one call for each
            connection, the pages of their groups, and the pages of the account, of 1,000 connections each; two more for
            a webhook.

        Raises:
            WaitError: Not all succeeded. It is that of one result, a failure before a time-out; `partial` has all.
            ArgumentError: An argument cannot be used; nothing was sent.
            UnauthorizedError: The credentials are not accepted; `partial` has the results until then.
            FivetranError: A connection could not be looked at any more, such as one that was deleted.
        """
        with loading():
            from fivetran_async.resources import _many_waits

        names, before = _many_waits.checked_ids(connection_ids), _many_waits.since_each(since)
        check_flags(check=check)

        async with _many_waits.hinted(self._pipeline, via) as hints:

            async def one(name: str) -> "SyncResult":
                return await self.wait_for_sync(
                    name,
                    since=before(name),
                    timeout=timeout,
                    on_reschedule=on_reschedule,
                    check=False,
                    poll_interval=poll_interval,
                    via=hints,
                )

            return await _many_waits.all_of(one, names, check=check, on_result=on_result)

    async def sync_all_and_wait(
        self,
        connection_ids: Iterable[str],
        *,
        timeout: float | None = None,
        force: bool = False,
        on_reschedule: "OnReschedule" = "wait",
        unpause: bool = False,
        check: bool = True,
        poll_interval: float | None = None,
        on_result: Callable[["SyncResult"], object] | None = None,
        via: "ViaAll" = "poll",
    ) -> "Sequence[SyncResult]":
        """Start a sync of each of many connections, and wait for the ends of all, looked at together.

        Args:
            connection_ids: The connections; one that is named twice is synced once.
            timeout: How long all of it may take, in seconds; None for no bound.
            force: Whether syncs that run are stopped and begun again.
            on_reschedule: What to do when Fivetran puts a sync off: as for `sync_and_wait`.
            unpause: Whether connections that are paused are resumed for this, and paused again afterwards in any case.
            check: Whether to raise at the end when not all succeeded; otherwise each result's `status` tells.
            poll_interval: Seconds between two looks; None for 5 at first, growing to 60.
            on_result: Called with each result as it comes, on the event loop: it must return quickly.
            via: What says when to look: as for `sync_and_wait`; or `webhook`, which makes a webhook for the time of the
                wait. Where it leads, and where it is listened to, is `FIVETRAN_WEBHOOK_URL` and `FIVETRAN_WEBHOOK_BIND`
                of the environment; see `fivetran_async.webhooks.listener.WebhookListener`.

        Returns:
            How each ended, in the order of the connections. Costs one call for each connection, and the looks, as for
            `wait_all`.

        Raises:
            WaitError: Not all succeeded. It is that of one result, a failure before a time-out; `partial` has all.
            ArgumentError: An argument cannot be used; nothing was sent.
            UnauthorizedError: The credentials are not accepted; `partial` has the results until then.
            FivetranError: A sync could not be started, or a connection not be looked at any more.
        """
        with loading():
            from fivetran_async.resources import _many_waits

        names = _many_waits.checked_ids(connection_ids)
        check_flags(force=force, unpause=unpause, check=check)
        async with _many_waits.hinted(self._pipeline, via) as hints:
            one = partial(
                self.sync_and_wait,
                timeout=timeout,
                force=force,
                on_reschedule=on_reschedule,
                unpause=unpause,
                check=False,
                poll_interval=poll_interval,
                via=hints,
            )
            return await _many_waits.all_of(one, names, check=check, on_result=on_result)

    async def test_and_wait(
        self,
        connection_id: str,
        *,
        trust_certificates: bool | Unset = UNSET,
        trust_fingerprints: bool | Unset = UNSET,
        timeout: float | None = None,
        check: bool = True,
        poll_interval: float | None = None,
    ) -> Connection:
        """Run the setup tests of a connection until they are answered, however long that takes.

        Tests whose answer was lost are run again.

        Args:
            connection_id: The connection.
            trust_certificates: Whether to trust the source's certificates unseen.
            trust_fingerprints: Whether to trust the source's SSH fingerprints unseen.
            timeout: How long all of it may take, in seconds; one attempt may then be silent for as long. None for no
                bound, and the client's own for one attempt.
            check: Whether tests that failed raise.
            poll_interval: Seconds until tests are run again; None for 5 at first, growing to 60.

        Returns:
            The connection, with the results in `setup_tests`. Costs one call of the setup-test class, and another one
            each time the answer was lost.

        Raises:
            SetupTestsFailedError: Tests failed; the message lists them.
            DeadlineExceededError: They were not answered in time.
            ArgumentError: An argument cannot be used; nothing was sent.
            NotFoundError: There is no such connection.
        """
        with loading():
            from fivetran_async import waiting

        check_flags(trust_certificates=trust_certificates, trust_fingerprints=trust_fingerprints)
        check_flags(check=check)
        body = {"trust_certificates": trust_certificates, "trust_fingerprints": trust_fingerprints}
        patience = waiting.Patience(timeout=timeout, poll_interval=poll_interval)
        return await waiting.test_and_wait(
            self._pipeline, ops.RUN_SETUP_TESTS, connection_id, patience, body, check=check
        )
