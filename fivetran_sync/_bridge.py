"""One event loop in a thread of its own, to which any thread hands a coroutine and waits for its end."""

import _thread
import asyncio
import atexit
import os
import threading
import weakref
from collections.abc import Coroutine
from contextvars import copy_context
from typing import Any, Generic, TypeVar

from fivetran_async.client import Fivetran
from fivetran_async.errors import ArgumentError, ClosedError, WrongLoopError
from fivetran_async.transport import SessionHolder

T = TypeVar("T")

# A wait without end cannot be interrupted by Ctrl-C on Windows.
_SLICE = -1 if os.name == "posix" else 0.1


class _Handoff(Generic[T]):
    """One coroutine on its way through the loop."""

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self._coroutine = coroutine
        self._ended = _thread.allocate_lock()
        self._ended.acquire()
        self._over = False
        self._task: asyncio.Task[T] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._coroutine)
        self._task.add_done_callback(self._end)

    def _end(self, _: "asyncio.Task[T] | None" = None) -> None:
        self._over = True
        self._ended.release()

    def cancel(self) -> None:
        if self._task is None:
            # Interrupted before it was handed over.
            self._coroutine.close()
            self._end()
        else:
            self._task.cancel()

    def wait(self) -> None:
        # By the flag and not by the lock alone: Ctrl-C may come between the lock and its holder, who waits again.
        while not self._over:
            self._ended.acquire(timeout=_SLICE)

    def result(self) -> T:
        if self._task is None or self._task.cancelled():
            raise ClosedError("the call was cancelled, because the interpreter is about to exit")
        return self._task.result()


class _Bridge:
    """The loop and its thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopped = False
        self.holders: dict[int, SessionHolder] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        if self._thread is not None and self._thread.ident == _thread.get_ident():
            coroutine.close()
            raise WrongLoopError(
                "a blocking call was made on the client's own event loop, where it would wait for itself for ever; "
                "from a hook, hand the work to another thread"
            )
        handoff = _Handoff(coroutine)
        try:
            self._submit(handoff)
            handoff.wait()
        except ClosedError:
            coroutine.close()
            raise
        except BaseException:
            # Ctrl-C: the call must not go on behind the back of whoever stopped it.
            self._abandon(handoff)
            raise
        try:
            return handoff.result()
        finally:
            # The error's traceback holds this frame, and the frame would hold the error.
            del handoff, coroutine

    def _submit(self, handoff: _Handoff[Any]) -> None:
        with self._lock:
            if self._stopped:
                raise ClosedError("the interpreter is about to exit; no call can be made any more")
            loop = self._loop or self._start()
            loop.call_soon_threadsafe(handoff.start, context=copy_context())

    def _abandon(self, handoff: _Handoff[Any]) -> None:
        if self._loop is None or self._loop.is_closed():
            handoff.cancel()
        else:
            self._loop.call_soon_threadsafe(handoff.cancel)
            handoff.wait()

    def _start(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self._main, args=(loop,), name="fivetran-sync", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            loop.close()
            raise ClosedError(f"the thread of the event loop cannot be started: {error}") from error
        self._loop, self._thread = loop, thread
        return loop

    def _main(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        while not self._stopped:
            try:
                loop.run_forever()
            except (KeyboardInterrupt, SystemExit):
                # Raised by a hook; its task holds it, and the caller gets it there.
                continue
        try:
            loop.run_until_complete(self._finish())
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            loop.close()

    async def _finish(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()} - self._closing
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self._closing, return_exceptions=True)
        await asyncio.gather(*(holder.close() for holder in list(self.holders.values())), return_exceptions=True)

    def stop(self) -> None:
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
            loop, thread = self._loop, self._thread
            if loop is not None:
                loop.call_soon_threadsafe(loop.stop)
        if thread is not None:
            thread.join()

    def watch(self, holder: SessionHolder) -> None:
        self.holders[id(holder)] = holder

    def discard(self, holder: SessionHolder) -> None:
        """Close a session whose client was dropped open; may be called by the collector on any thread."""
        self.holders.pop(id(holder), None)
        holder.leave_to_parent()
        loop = self._loop
        if holder.session is None or loop is None or self._stopped:
            return
        # No lock here: the collector may have come while this very thread holds it.
        loop.call_soon_threadsafe(self._close, holder)

    def _close(self, holder: SessionHolder) -> None:
        task = asyncio.get_running_loop().create_task(holder.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


_current = _Bridge()
_parked: list[_Bridge] = []


def _after_fork() -> None:
    # The thread did not come along, and the loop's descriptors are the parent's: not even dropping it is safe.
    global _current  # noqa: PLW0603 - a process has one bridge
    _parked.append(_current)
    inherited = _current.holders
    _current = _Bridge()
    _current.holders.update(inherited)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


@atexit.register
def _at_exit() -> None:
    _current.stop()


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the loop's thread and return its result.

    Ctrl-C cancels it, waits until it has ended, and is then raised here.

    Raises:
        ClosedError: The interpreter is about to exit.
        WrongLoopError: This is the loop's own thread.
    """
    return _current.run(coroutine)


def adopt(client: Fivetran) -> Fivetran:
    """Take care of the connections of a client that is never closed: when it is dropped, and at exit."""
    transport = client._pipeline.transport  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    holder = transport.holder
    _current.watch(holder)
    weakref.finalize(transport, _discard, holder).atexit = False
    return client


def asyncio_client(client: Any) -> Fivetran:
    """Return the asyncio client behind one of this package.

    Raises:
        ArgumentError: It is no client of this package.
    """
    found = getattr(client, "_async", None)
    if isinstance(found, Fivetran):
        return found
    raise ArgumentError(
        f"ft must be a client of fivetran_sync, not {type(client).__module__}.{type(client).__name__}; "
        "for a client of fivetran_async there is the function of the same name in fivetran_async"
    )


def _discard(holder: SessionHolder) -> None:
    _current.discard(holder)
