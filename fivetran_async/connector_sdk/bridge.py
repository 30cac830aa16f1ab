"""From an asynchronous `update` to Fivetran's blocking operations, and from its errors to one line of the log."""

import asyncio
import threading
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, Protocol, TypeAlias

from fivetran_async.connector_sdk.extract import first_error
from fivetran_async.connector_sdk.pages import Row
from fivetran_async.connector_sdk.settings import secrets_of
from fivetran_async.connector_sdk.state import State, refuse_secrets
from fivetran_async.errors import FivetranError

_LONGEST_LINE: Final = 600


class Operations(Protocol):
    """Fivetran's operations: `from fivetran_connector_sdk import Operations as op`."""

    @property
    def upsert(self) -> Callable[[str, Any], object]:
        """Write one row."""
        ...

    @property
    def update(self) -> Callable[[str, Any], object]:
        """Change the given columns of one row."""
        ...

    @property
    def delete(self) -> Callable[[str, Any], object]:
        """Mark one row as deleted."""
        ...

    @property
    def checkpoint(self) -> Callable[[Any], object]:
        """Keep a state."""
        ...


class UpdateError(FivetranError):
    """The run failed; the message is one line, without secrets."""


class Emitter:
    """Fivetran's operations for coroutines: called in one thread, in order, a page or a checkpoint at a time.

    They block, and a checkpoint until it is committed: called in the loop's thread, they would make replies that have
    come look like time-outs.
    """

    def __init__(self, op: Operations, *, secrets: Sequence[str] = ()) -> None:
        """Make an emitter.

        Args:
            op: The operations.
            secrets: Texts that no state may hold.
        """
        self._op = op
        self._secrets = tuple(secrets)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="fivetran-operations")

    async def upsert(self, table: str, rows: Sequence[Row]) -> None:
        """Write rows, and wait until Fivetran has taken them."""
        await self._call(_each, self._op.upsert, table, rows)

    async def update(self, table: str, rows: Sequence[Row]) -> None:
        """Change the columns that the rows have, of the rows with their keys."""
        await self._call(_each, self._op.update, table, rows)

    async def delete(self, table: str, keys: Sequence[Row]) -> None:
        """Mark the rows with these keys as deleted."""
        await self._call(_each, self._op.delete, table, keys)

    async def checkpoint(self, state: State | Mapping[str, Any]) -> None:
        """Keep a state, and wait until it is committed, with all rows before it.

        Raises:
            ArgumentError: Something in it looks like a secret; nothing is kept.
        """
        kept = state.to_dict() if isinstance(state, State) else dict(state)
        refuse_secrets(kept, "state", self._secrets)
        await self._call(self._op.checkpoint, kept)

    def close(self) -> None:
        """End the thread, after what it does now."""
        self._thread.shutdown(wait=True)

    async def _call(self, fn: Callable[..., object], *args: object) -> None:
        call = asyncio.get_running_loop().run_in_executor(self._thread, partial(fn, *args))
        try:
            await asyncio.shield(call)
        except asyncio.CancelledError:
            # A thread cannot be cancelled: what it emits must not come after `update()` has returned.
            await _settled(call)
            raise


def _each(operation: Callable[[str, Any], object], table: str, rows: Sequence[Row]) -> None:
    for row in rows:
        operation(table, row if isinstance(row, dict) else dict(row))


async def _settled(call: "asyncio.Future[object]") -> None:
    while not call.done():
        try:
            await asyncio.wait([call])
        except asyncio.CancelledError:
            continue
    if not call.cancelled():
        call.exception()


Update: TypeAlias = Callable[[Mapping[str, str], Mapping[str, Any], Emitter], Awaitable[object]]


def run_update(
    update: Update,
    configuration: Mapping[str, str],
    state: Mapping[str, Any],
    *,
    op: Operations,
    log: Any = None,
) -> None:
    """Run an asynchronous `update` to its end, from the synchronous one that Fivetran calls.

    ```python
    def update(configuration, state):
        run_update(keap_source.update, configuration, state, op=op, log=log)
    ```

    It runs on an event loop of its own; where one runs in this thread already, in a thread of its own. Ctrl-C cancels
    it, and waits for its end.

    Args:
        update: Called with the configuration, the state and an `Emitter`.
        configuration: What Fivetran gave.
        state: What Fivetran gave.
        op: Fivetran's `Operations`.
        log: Fivetran's `Logging`; it gets one line for an error, and the traceback at debug level.

    Raises:
        UpdateError: The run failed; its message is the line.
        KeyboardInterrupt: The run was interrupted.
    """
    secrets = secrets_of(configuration)
    emit = Emitter(op, secrets=secrets)

    async def whole() -> None:
        await update(configuration, state, emit)

    try:
        _run(whole)
    except asyncio.CancelledError:
        raise _failed(UpdateError("the run was cancelled by itself"), secrets, log) from None
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a group may be of any kind
        first = first_error(error)
        if isinstance(first, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise first from None
        raise _failed(first, secrets, log) from None
    finally:
        emit.close()


def _run(whole: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        asyncio.get_running_loop()
        beside = True
    except RuntimeError:
        beside = False
    # Not in the handler: the traceback of each failed run would begin with the error that was handled there.
    if beside:
        _run_beside(whole)
    else:
        asyncio.run(whole())


def _run_beside(whole: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run in a thread of its own, because a loop runs in this one."""
    met: list[BaseException] = []
    begun, ended = threading.Event(), threading.Event()
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = []

    async def known() -> None:
        task = asyncio.create_task(whole())
        running.append((asyncio.get_running_loop(), task))
        begun.set()
        await task

    def work() -> None:
        try:
            asyncio.run(known())
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
            met.append(error)
        finally:
            begun.set()
            ended.set()

    thread = threading.Thread(target=work, name="fivetran-update")
    thread.start()
    try:
        # Not `join`, which takes the thread for ended once it was interrupted.
        ended.wait()
    except BaseException:
        begun.wait()
        for loop, task in running:
            if not loop.is_closed():
                loop.call_soon_threadsafe(task.cancel)
        ended.wait()
        raise
    finally:
        thread.join()
    if met:
        raise met[0]


def _failed(error: BaseException, secrets: Sequence[str], log: Any) -> UpdateError:
    line = error_line(error, secrets)
    if log is not None:
        report = getattr(log, "error", None) or log.severe
        report(line)
        if hasattr(log, "debug"):
            log.debug(_without("".join(traceback.format_exception(error)), secrets))
    return UpdateError(line)


def error_line(error: BaseException, secrets: Sequence[str] = ()) -> str:
    """Return one readable line for an error.

    Args:
        error: The error.
        secrets: Texts that are replaced by `***`.
    """
    said = " ".join(str(error).split())
    name = type(error).__name__
    line = said if isinstance(error, UpdateError) else f"{name}: {said}" if said else name
    line = _without(line, secrets)
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 3]}..."


def _without(text: str, secrets: Sequence[str]) -> str:
    # The longest first, or one that is a part of another would leave the rest.
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
