"""From coroutines to blocking operations, and from errors to one line."""

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from fivetran_async.connector_sdk import Emitter, State, UpdateError, run_update
from fivetran_async.connector_sdk.bridge import error_line
from fivetran_async.errors import ArgumentError


class Operations:
    """Fivetran's operations, which note the thread and block as long as told."""

    def __init__(self, blocks: float = 0.0, gate: threading.Event | None = None) -> None:
        self.blocks, self.gate = blocks, gate
        self.seen: list[tuple[str, Any]] = []
        self.threads: set[threading.Thread] = set()
        self.active = self.most = 0

    def _note(self, *what: Any) -> None:
        self.active += 1
        self.most = max(self.most, self.active)
        self.threads.add(threading.current_thread())
        if self.gate is not None:
            self.gate.wait(10)
        time.sleep(self.blocks)
        self.seen.append(what)
        self.active -= 1

    def upsert(self, table: str, data: dict[str, Any]) -> None:
        """Note a row."""
        self._note("upsert", table, data)

    def update(self, table: str, modified: dict[str, Any]) -> None:
        """Note a change."""
        self._note("update", table, modified)

    def delete(self, table: str, keys: dict[str, Any]) -> None:
        """Note a deletion."""
        self._note("delete", table, keys)

    def checkpoint(self, state: dict[str, Any]) -> None:
        """Note a state."""
        self._note("checkpoint", state)


class Log:
    """Fivetran's log before 3.0, which had `severe` alone."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def severe(self, line: str) -> None:
        """Keep a line."""
        self.lines.append(line)


async def everything(configuration: Mapping[str, str], state: Mapping[str, Any], emit: Emitter) -> None:
    """Use all operations."""
    await emit.upsert("t", [{"id": 1}, {"id": 2}])
    await emit.update("t", [{"id": 1, "a": 2}])
    await emit.delete("t", [{"id": 2}])
    await emit.checkpoint({**state, "after": configuration["after"]})


EXPECTED = [
    ("upsert", "t", {"id": 1}),
    ("upsert", "t", {"id": 2}),
    ("update", "t", {"id": 1, "a": 2}),
    ("delete", "t", {"id": 2}),
    ("checkpoint", {"before": 1, "after": "x"}),
]


def test_operations_come_in_order_and_in_one_other_thread():
    """They would block the loop, and a reply that has come be taken for a time-out."""
    op = Operations()
    run_update(everything, {"after": "x"}, {"before": 1}, op=op)
    assert op.seen == EXPECTED
    assert len(op.threads) == 1
    assert threading.current_thread() not in op.threads
    assert not any(thread.is_alive() for thread in op.threads)


async def test_it_runs_beside_a_loop_that_runs_here():
    """A notebook, or a local runner with a loop, could not run the connector."""
    op = Operations()
    run_update(everything, {"after": "x"}, {"before": 1}, op=op)
    assert op.seen == EXPECTED


async def test_it_fails_beside_a_loop_as_it_does_alone():
    """An error in the other thread would be lost, and the run be taken for a success."""

    async def fail(*_: Any) -> None:
        raise ValueError("broken")

    with pytest.raises(UpdateError, match=r"^ValueError: broken$"):
        run_update(fail, {}, {}, op=Operations())


def test_the_loop_goes_on_while_an_operation_blocks():
    """Reading would stand still during a commit."""
    gate, beats = threading.Event(), 0

    async def update(_: Any, __: Any, emit: Emitter) -> None:
        nonlocal beats
        write = asyncio.create_task(emit.upsert("t", [{"id": 1}]))
        for beats in range(1, 50):  # noqa: B007 - counted outside
            await asyncio.sleep(0)
        assert not write.done()
        gate.set()
        await write

    run_update(update, {}, {}, op=Operations(gate=gate))
    assert beats == 49


def test_one_operation_is_made_at_a_time():
    """Two checkpoints at once would be committed in any order."""
    op = Operations(blocks=0.001)

    async def update(_: Any, __: Any, emit: Emitter) -> None:
        await asyncio.gather(*(emit.checkpoint({"n": number}) for number in range(20)))

    run_update(update, {}, {}, op=op)
    assert op.most == 1
    assert [state["n"] for _, state in op.seen] == list(range(20))


def test_no_row_comes_after_the_end():
    """A cancelled run would go on writing behind Fivetran's back."""
    op, after_cancelling = Operations(blocks=0.01), []

    async def update(_: Any, __: Any, emit: Emitter) -> None:
        write = asyncio.create_task(emit.upsert("t", [{"id": number} for number in range(10)]))
        await asyncio.sleep(0.02)
        write.cancel()
        await asyncio.gather(write, return_exceptions=True)
        after_cancelling.append(len(op.seen))

    run_update(update, {}, {}, op=op)
    assert after_cancelling == [10]
    assert len(op.seen) == 10


async def _group(*_: Any) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(_raise(KeyError("first")))
        group.create_task(asyncio.sleep(9))


async def _raise(error: BaseException) -> None:
    raise error


async def _cancelled(*_: Any) -> None:
    raise asyncio.CancelledError


async def _lines(*_: Any) -> None:
    raise ValueError("one\n  two\nkey s3cret-value-1 end")


async def _long(*_: Any) -> None:
    raise ValueError("x" * 5000)


@pytest.mark.parametrize(
    ("update", "line"),
    [
        (_group, "KeyError: 'first'"),
        (_cancelled, "the run was cancelled by itself"),
        (_lines, "ValueError: one two key *** end"),
        (_long, "ValueError: " + "x" * 585 + "..."),
    ],
)
def test_an_error_is_one_readable_line(update: Callable[..., Any], line: str):
    """Fivetran's log would show a tower of tracebacks, or a secret."""
    log = Log()
    with pytest.raises(UpdateError) as met:
        run_update(update, {"api_key": "s3cret-value-1"}, {}, op=Operations(), log=log)
    assert log.lines == [line]
    assert str(met.value) == line
    assert met.value.__suppress_context__


def test_a_secret_that_is_part_of_another_hides_all_of_it():
    """The rest of the longer one would be shown."""
    assert error_line(ValueError("abcdef-123456"), ["abcdef", "abcdef-123456"]) == "ValueError: ***"


@pytest.mark.parametrize(
    "state",
    [
        {"api_key": "x"},
        {"a": [{"accessToken": 1, "access_token": "x"}]},
        {"a": "Bearer abc"},
        {"cursor": "https://example.com/?k=s3cret-value-1"},
        {"a": "eyJhbGciOiJ.eyJzdWIi.c2ln"},
    ],
)
def test_a_state_with_a_secret_is_refused(state: dict[str, Any]):
    """Fivetran keeps states in the clear, and shows them to all of an account."""
    op = Operations()

    async def update(_: Any, __: Any, emit: Emitter) -> None:
        with pytest.raises(ArgumentError, match="looks like a secret") as met:
            await emit.checkpoint(state)
        assert "s3cret" not in str(met.value)
        await emit.checkpoint(State(extra={"cursor": "abc", "monkey": "x", "keys_read": 3}))

    run_update(update, {"password": "s3cret-value-1"}, {}, op=op)
    assert len(op.seen) == 1


@pytest.mark.skipif(not hasattr(signal, "SIGINT"), reason="no signals")
@pytest.mark.parametrize("beside", [False, True])
def test_ctrl_c_cancels_the_run_and_waits_for_its_end(beside: bool):
    """`fivetran debug` could not be stopped, or would leave a half-written page."""
    code = f"""
import asyncio, os, signal, threading
from fivetran_async.connector_sdk import run_update
async def update(configuration, state, emit):
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        await asyncio.sleep(60)
    finally:
        print("cleaned up", flush=True)
def run():
    try:
        run_update(update, {{}}, {{}}, op=None)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
async def main():
    run()
loop = asyncio.new_event_loop()
loop.run_until_complete(main()) if {beside} else run()
loop.close()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=False)
    assert done.stdout == "cleaned up\ninterrupted\n", done.stderr
