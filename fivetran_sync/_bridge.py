"""One event loop in a thread of its own, to which any thread hands a coroutine and waits for its end."""

import _thread
import asyncio
import atexit
import inspect
import os
import threading
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from typing import Any, Generic, Protocol, TypeVar

from fivetran_async._loops import LoopFactory, facade_loop
from fivetran_async._session import SessionHolder
from fivetran_async.client import Fivetran
from fivetran_async.errors import ArgumentError, ClosedError, WrongLoopError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# A wait without end cannot be interrupted by Ctrl-C on Windows.
_SLICE = -1 if os.name == "posix" else 0.1


class Source(Protocol[T_co]):
    """What is walked on the loop: an asynchronous generator, or something like it."""

    def __anext__(self) -> Awaitable[T_co]: ...

    def aclose(self) -> Coroutine[Any, Any, None]:
        """End it."""
        ...


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

    def _end(self, task: "asyncio.Task[T] | None" = None) -> None:
        if task is not None and not task.cancelled():
            # Looked at here, or the loop complains about an error that Ctrl-C has kept from its caller.
            task.exception()
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
        # The collector or a signal handler may make a call while this very thread holds it.
        self._lock = threading.RLock()
        self._ready: Future[asyncio.AbstractEventLoop] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._halted = False
        self.holders: dict[int, SessionHolder] = {}
        self.streams: set[Source[Any]] = set()
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def inside(self) -> bool:
        """Whether this is the loop's own thread."""
        return self._thread is not None and self._thread.ident == _thread.get_ident()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        if self.inside:
            raise WrongLoopError(
                "a blocking call was made on the client's own event loop, where it would wait for itself for ever; "
                "from a hook, hand the work to another thread"
            )
        handoff = _Handoff(coroutine)
        try:
            self._submit(handoff)
            handoff.wait()
        except ClosedError:
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
        ready = self._ready or self._launch()
        try:
            return ready.result()
        except OSError:
            self._ready = None
            raise

    def _launch(self) -> "Future[asyncio.AbstractEventLoop]":
        ready: Future[asyncio.AbstractEventLoop] = Future()
        thread = threading.Thread(target=self._main, args=(ready, facade_loop()), name="fivetran-sync", daemon=True)
        self._ready = ready
        try:
            thread.start()
        except RuntimeError as error:
            self._ready = None
            raise ClosedError(f"the thread of the event loop cannot be started: {error}") from error
        except BaseException:
            # Ctrl-C: a thread that has begun is kept for the next call, and one that has not never will.
            if ready.cancel():
                self._ready = None
            raise
        return ready

    def _main(self, ready: "Future[asyncio.AbstractEventLoop]", factory: LoopFactory) -> None:
        if not ready.set_running_or_notify_cancel():
            return
        self._thread = threading.current_thread()
        try:
            # Made here, where no Ctrl-C can come between its sockets and whoever closes them.
            loop = factory()
        except OSError as error:
            ready.set_exception(error)
            return
        asyncio.set_event_loop(loop)
        self._loop = loop
        ready.set_result(loop)
        try:
            self._serve(loop)
        finally:
            asyncio.set_event_loop(None)
            loop.close()

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        finish: asyncio.Task[None] | None = None
        while finish is None or not finish.done():
            try:
                if not self._halted:
                    loop.run_forever()
                else:
                    finish = finish or loop.create_task(self._finish())
                    loop.run_until_complete(finish)
            except (KeyboardInterrupt, SystemExit):
                # Raised by a hook; its task holds it, and the caller gets it there.
                continue

    async def _finish(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()} - self._closing
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self._closing, return_exceptions=True)
        await asyncio.gather(*(holder.close() for holder in list(self.holders.values())), return_exceptions=True)
        await asyncio.get_running_loop().shutdown_asyncgens()

    def stop(self) -> None:
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
            ready = self._ready
        if ready is None or ready.exception() is not None:
            return
        ready.result().call_soon_threadsafe(self._halt)
        if self._thread is not None:
            self._thread.join()

    def _halt(self) -> None:
        self._halted = True
        asyncio.get_running_loop().stop()

    def watch(self, holder: SessionHolder) -> None:
        self.holders[id(holder)] = holder

    def discard(self, holder: SessionHolder) -> None:
        """Close a session whose client was dropped open; may be called by the collector on any thread."""
        holder.leave_to_parent()
        if holder.session is None or self._loop is None:
            self.holders.pop(id(holder), None)
        else:
            self._soon(self._close, holder)

    def _close(self, holder: SessionHolder) -> None:
        self.holders.pop(id(holder), None)
        self._later(holder.close())

    def drop(self, stream: Source[Any]) -> None:
        """Close a stream that was dropped on the loop's own thread, which cannot wait for itself."""
        self.streams.discard(stream)
        self._soon(self._later_closed, stream)

    def _later_closed(self, stream: Source[Any]) -> None:
        self._later(_close(stream))

    def _soon(self, fn: Callable[[T], None], thing: T) -> None:
        # No lock here: the collector may have come while another one is held that the loop waits for.
        # What is still there when the loop ends, it closes itself.
        if self._loop is not None and not self._stopped:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(fn, thing)

    def soon(self, fn: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a coroutine function on the loop, after what has been handed over by now, and do not wait for it."""
        context = copy_context()
        self._soon(lambda _: context.run(self._begin, fn), None)

    def _begin(self, fn: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._later(fn())

    def _later(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
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
    try:
        return _current.run(coroutine)
    except BaseException:
        # One that never began would be complained about.
        if inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED:
            coroutine.close()
        raise
    finally:
        del coroutine


class Stream(Generic[T]):
    """An asynchronous generator, or something like it, that is walked from outside its loop."""

    def __init__(self, source: Source[T], *, resumable: bool = False) -> None:
        """Begin; `close` must follow.

        Args:
            source: What is walked.
            resumable: Whether it can go on in a fork, on the loop there.
        """
        self._source = source
        self._resumable = resumable
        self._bridge = _current
        self._ended = False
        # Held there, so that the collector never ends on its own thread what belongs to the loop's.
        self._bridge.streams.add(source)

    def next(self) -> T | None:
        """Return what comes next, or None at the end.

        Raises:
            WrongLoopError: It was begun before a fork, and is not resumable.
        """
        return run(self.step())

    async def step(self) -> T | None:
        """Return, on the loop, what comes next, or None at the end."""
        if self._bridge is not _current:
            if not self._resumable:
                raise WrongLoopError(
                    "this was begun before a fork, and the parent goes on with it; begin it again here"
                )
            self._bridge = _current
            self._bridge.streams.add(self._source)
        try:
            return await anext(self._source)
        except StopAsyncIteration:
            self._ended = True
            return None

    def soon(self, look_ahead: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have something done on the loop that what comes next may build on; nobody waits for it."""
        if self._bridge is _current:
            self._bridge.soon(look_ahead)

    def close(self) -> None:
        """End it and wait for its end; may be called by the collector on any thread, in a fork and at exit too."""
        if self._bridge is not _current:
            # It is the parent's.
            return
        if self._ended:
            # Nothing of it runs any more.
            self._bridge.streams.discard(self._source)
            return
        if self._bridge.inside:
            self._bridge.drop(self._source)
            return
        try:
            run(_close(self._source))
        except ClosedError:
            # The loop ends, and what runs on it.
            return
        self._bridge.streams.discard(self._source)


async def _close(source: Source[Any]) -> None:
    await source.aclose()


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
