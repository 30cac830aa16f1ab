"""What makes things known when they happen: looks at the account whenever something in it is due, for its webhooks.

Without an active webhook, and where no packages are run, there is nobody to tell: nothing is looked at until somebody
asks, so that thousands of connections cost nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.engine import syncs, transformations

_log = logging.getLogger(__name__)

MOST_EVENTS: Final = 1_000
"""Of the syncs that one connection's schedule ran in one move of the clock, so many are delivered: the latest."""

# By the sandbox's clock: how long it is relied on that nobody wrote into the account's dicts directly.
_AT_MOST: Final = 30.0
# In real seconds, and as a multiple of what the last look took: how long nothing is looked at after a look.
_REST: Final = 0.01
_SHARE: Final = 5.0


class Clockwork:
    """Runs in the server's loop while the sandbox is open, with `async with`.

    Args:
        account: The account.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._woken = asyncio.Event()
        self._asked = False
        self._seen = 0
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._seen = self._account.history.number
        await self._account.deliveries.open(self.look, self.wake)
        self._account.history.wake = self.wake
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._account.history.wake = _nothing
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._account.deliveries.close()

    def wake(self) -> None:
        """Have it look soon; from any thread."""
        if not self._asked:
            self._asked = True
            with suppress(RuntimeError):  # the loop is closed: the sandbox was, too
                self._loop.call_soon_threadsafe(self._woken.set)

    def look(self) -> float | None:
        """Take in what has happened, and deliver what is due; returns when to look again, None for not by itself."""
        account = self._account
        with account.lock:
            out = account.deliveries
            # What is noted by this look itself needs no other one.
            self._asked = True
            try:
                due = None
                if out.active or account.history.attendant.watches:
                    account.catch_up()
                    if out.active:
                        out.offer(account.history.fresh(self._seen, out.kinds, MOST_EVENTS))
                        out.go()
                    due = self._next_due()
                self._seen = account.history.number
            finally:
                self._asked = False
            return due

    def _next_due(self) -> float:
        account = self._account
        end = account.now + _AT_MOST
        due = [moment for item in account.connections.values() if (moment := syncs.next_change(item)) is not None]
        for one in account.things[transformations.PART].values():
            moment = transformations.next_change(one, account.now, end)
            due += [] if moment is None else [moment]
        retry = account.deliveries.next_due
        return min(end, *due, *([] if retry is None else [retry]), end)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            begun = time.monotonic()
            try:
                due = self.look()
            except Exception:  # noqa: BLE001 - what a test planted may make no sense; what is well must go on
                _log.exception("the sandbox could not bring its account up to date")
                due = self._account.now + _AT_MOST
            await asyncio.sleep(max(_REST, _SHARE * (time.monotonic() - begun)))
            await self._until(due)

    async def _until(self, due: float | None) -> None:
        waits: set[asyncio.Task[Any]] = {asyncio.create_task(self._woken.wait())}
        if due is not None:
            clock = self._account.clock
            waits.add(asyncio.create_task(clock.sleep(due - clock.timestamp())))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)


def _nothing() -> None:
    pass
