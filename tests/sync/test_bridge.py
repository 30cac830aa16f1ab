"""The guarantees of the sync facade's bridge: threads, running loops, Ctrl-C, forks, exit, collection."""

import contextvars
import gc
import inspect
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import fivetran_async.client
import fivetran_async.resources
import fivetran_sync.client
import fivetran_sync.paging
from fivetran_async.hooks import Event
from fivetran_async.sandbox import Sandbox
from fivetran_sync import Fivetran, NotFoundError, WrongLoopError, _bridge

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def wait_until(condition: Any) -> None:
    """Wait until something is so that another process or thread brings about."""
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it never came about")


def test_threads_share_a_client(box: Sandbox) -> None:
    """A client used by many threads would mix up replies or lose calls."""
    with box.sync_client() as ft:
        ids = [group.id for group in ft.groups.list()] * 20
        with ThreadPoolExecutor(16) as pool:
            groups = list(pool.map(ft.groups.get, ids))
    assert [group.id for group in groups] == ids


async def test_inside_a_running_loop(box: Sandbox) -> None:
    """A notebook, whose cells run inside a loop, could not use the facade."""
    with box.sync_client() as ft:
        assert len(list(ft.connections.list())) == 60


def test_an_error_is_the_same_as_in_async(box: Sandbox) -> None:
    """An except clause for one colour would not catch the other's error."""
    with box.sync_client() as ft, pytest.raises(NotFoundError) as caught:
        ft.groups.get("nobody")
    assert isinstance(caught.value, fivetran_async.NotFoundError)
    assert "test_bridge.py" in str(caught.traceback[0].path)


def test_a_page_crosses_threads_once(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streaming would pay a thread hand-off for each item."""
    crossings = 0

    def counting(coroutine: Any) -> Any:
        nonlocal crossings
        crossings += 1
        return _bridge.run(coroutine)

    monkeypatch.setattr(fivetran_sync.paging, "run", counting)
    with box.sync_client() as ft:
        assert len(list(ft.connections.list(page_size=20))) == 60
    assert crossings == 4  # three pages, and the end


def test_a_blocking_call_on_the_loops_own_thread_is_refused(box: Sandbox) -> None:
    """A hook that calls the facade would wait for itself for ever."""
    caught: list[BaseException] = []

    def hook(_: Event) -> None:
        try:
            other.groups.list().first()
        except WrongLoopError as error:
            caught.append(error)

    with box.sync_client() as other, box.sync_client(hooks=[hook]) as ft:
        ft.groups.list().first()
    assert caught


def test_context_variables_reach_the_hooks(box: Sandbox) -> None:
    """A trace begun by the caller would not be the parent of its calls."""
    request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="none")
    seen: set[str] = set()
    with box.sync_client(hooks=[lambda _: seen.add(request_id.get())]) as ft:
        request_id.set("mine")
        ft.groups.list().first()
    assert seen == {"mine"}


def test_a_resource_outlives_the_client_it_came_from(box: Sandbox) -> None:
    """`Fivetran.from_env().groups` would stop working as soon as the client is collected."""
    groups = box.sync_client().groups
    gc.collect()
    assert groups.list().first() is not None


def test_a_client_that_is_dropped_open_is_closed(box: Sandbox) -> None:
    """A forgotten client would leak its connections, or warn on the way out."""
    ft = box.sync_client()
    ft.groups.list().first()
    holder = ft._async._pipeline.transport.holder
    session = holder.session
    assert session is not None
    assert holder in _bridge._current.holders.values()
    del ft
    gc.collect()
    wait_until(lambda: session.closed)
    assert holder not in _bridge._current.holders.values()


def test_a_system_exit_in_a_hook_reaches_the_caller_and_spares_the_loop(box: Sandbox) -> None:
    """A hook that exits would end the loop's thread, and every later call would hang."""

    def leave(_: Event) -> None:
        raise SystemExit(3)

    with box.sync_client(hooks=[leave]) as ft, pytest.raises(SystemExit):
        ft.groups.list().first()
    with box.sync_client() as ft:
        assert ft.groups.list().first() is not None


def test_ctrl_c_cancels_the_call_and_waits_for_it(box: Sandbox, script: Callable[..., Any]) -> None:
    """Ctrl-C would leave the call running behind the user's back, or break the client."""
    box.faults.script("GET", "/v1/groups", delay=30)
    program = script(
        """
        import asyncio
        from fivetran_sync import Fivetran, _bridge

        ft = Fivetran.from_env()
        try:
            ft.groups.list().first()
        except KeyboardInterrupt:
            async def others():
                return [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
            assert not _bridge.run(others()), "the call still runs"
            print("interrupted", ft.budget.in_flight, len(list(ft.connections.list())))
        """,
    )
    wait_until(lambda: box.calls == 1)
    program.process.send_signal(signal.SIGINT)
    assert program.end() == (0, "interrupted 0 60\n", "")


def test_ctrl_c_at_the_very_end_of_a_call(box: Sandbox, script: Callable[..., Any]) -> None:
    """Ctrl-C between a call's end and its return would wait for ever for an end that has come already."""
    program = script(
        """
        import _thread
        from fivetran_sync import Fivetran, _bridge

        ft = Fivetran.from_env()
        ft.account.info()
        end = _bridge._Handoff._end

        def interrupting(self, task=None):
            end(self, task)
            _thread.interrupt_main()

        _bridge._Handoff._end = interrupting
        for _ in range(20):
            try:
                ft.account.info()
                while True:
                    pass
            except KeyboardInterrupt:
                pass
        _bridge._Handoff._end = end
        print(ft.account.info().account_id is not None)
        """,
    )
    assert program.end() == (0, "True\n", "")


def test_no_thread_can_be_started(box: Sandbox, script: Callable[..., Any]) -> None:
    """Where no thread may be started any more, the first call would hang instead of saying so."""
    program = script(
        """
        import threading
        from fivetran_sync import ClosedError, Fivetran

        def refuse(self):
            raise RuntimeError("can't start new thread")

        ft = Fivetran.from_env()
        start, threading.Thread.start = threading.Thread.start, refuse
        try:
            ft.account.info()
        except ClosedError as error:
            print(error)
        threading.Thread.start = start
        print(ft.account.info().account_id is not None)
        """,
    )
    status, out, err = program.end()
    assert (status, err) == (0, "")
    assert out == "the thread of the event loop cannot be started: can't start new thread\nTrue\n"


@needs_fork
def test_a_fork_gets_its_own_loop(box: Sandbox, script: Callable[..., Any]) -> None:
    """A client made before a fork would hang in the child, or break the parent's connections."""
    program = script(
        """
        import os, sys
        from fivetran_sync import Fivetran

        ft = Fivetran.from_env()
        assert len(list(ft.groups.list())) == 5
        child = os.fork()
        for _ in range(3):
            assert len(list(ft.groups.list())) == 5
        if child == 0:
            sys.exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        assert len(list(ft.groups.list())) == 5
        ft.close()
        print("both")
        """,
    )
    assert program.end() == (0, "both\n", "")


@needs_fork
def test_a_fork_with_calls_under_way(box: Sandbox, script: Callable[..., Any]) -> None:
    """A fork in the middle of traffic would leave the child with a taken lock or with slots that nobody gives back."""
    program = script(
        """
        import os, sys, threading
        from fivetran_sync import Budget, Fivetran

        ft = Fivetran.from_env(budget=Budget(concurrency=2))
        stop = threading.Event()

        def traffic():
            while not stop.is_set():
                ft.groups.list().collect()

        threads = [threading.Thread(target=traffic) for _ in range(4)]
        for thread in threads:
            thread.start()
        children = []
        for _ in range(5):
            child = os.fork()
            if child == 0:
                os._exit(0 if len(ft.connections.list(page_size=30).collect()) == 60 else 1)
            children.append(child)
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        stop.set()
        for thread in threads:
            thread.join()
        print(codes)
        """,
    )
    assert program.end() == (0, "[0, 0, 0, 0, 0]\n", "")


@needs_fork
def test_a_child_may_drop_what_it_inherited(box: Sandbox, script: Callable[..., Any]) -> None:
    """Collecting the parent's client in the child would speak on the parent's sockets, or warn."""
    program = script(
        """
        import gc, os, sys
        from fivetran_sync import Fivetran

        ft = Fivetran.from_env()
        ft.groups.list().first()
        child = os.fork()
        if child == 0:
            del ft
            gc.collect()
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert ft.groups.list().first() is not None
        print("kept")
        """,
    )
    assert program.end() == (0, "kept\n", "")


def test_exit_without_close(box: Sandbox, script: Callable[..., Any]) -> None:
    """A script that forgets to close would end with warnings, or not at all."""
    program = script(
        """
        from fivetran_sync import Fivetran

        ft = Fivetran.from_env()
        pager = iter(ft.connections.list(page_size=10))
        print(next(pager) is not None)
        """,
    )
    assert program.end() == (0, "True\n", "")


def test_exit_with_calls_under_way(box: Sandbox, script: Callable[..., Any]) -> None:
    """A daemon thread in the middle of a call would hold up the exit, or make it noisy."""
    box.faults.script("GET", "/v1/groups", delay=30, times=4)
    program = script(
        """
        import threading, time
        from fivetran_sync import ClosedError, Fivetran

        ft = Fivetran.from_env()

        def work():
            try:
                ft.groups.list().first()
            except ClosedError:
                pass

        for _ in range(4):
            threading.Thread(target=work, daemon=True).start()
        while ft.budget.in_flight < 4:
            time.sleep(0.01)
        print("leaving")
        """,
    )
    assert program.end() == (0, "leaving\n", "")


def test_a_call_after_the_end_is_refused(box: Sandbox, script: Callable[..., Any]) -> None:
    """A call from an exit handler that runs last would hang instead of saying that it is too late."""
    program = script(
        """
        import atexit

        def late():
            try:
                ft.groups.list().first()
            except ClosedError as error:
                print("late:", error)

        atexit.register(late)
        from fivetran_sync import ClosedError, Fivetran

        ft = Fivetran.from_env()
        atexit.register(lambda: print("early:", ft.groups.list().first() is not None))
        ft.groups.list().first()
        """,
    )
    status, out, err = program.end()
    assert (status, err) == (0, "")
    assert out.startswith("early: True\nlate: the interpreter is about to exit")


def test_a_thread_that_is_waiting_does_not_hold_others_up(box: Sandbox) -> None:
    """One slow call would serialise all threads of the client."""
    box.faults.script("GET", "/v1/groups", delay=2)
    with box.sync_client() as ft:
        slow = threading.Thread(target=lambda: ft.groups.list().first())
        slow.start()
        wait_until(lambda: box.calls == 1)
        assert ft.destinations.list().first() is not None
        assert slow.is_alive()
        slow.join()


RESOURCES = sorted(path.stem for path in Path(fivetran_async.resources.__path__[0]).glob("[a-z]*.py"))
FACADES = [
    (fivetran_async.client, fivetran_sync.client),
    *(
        (import_module(f"fivetran_async.resources.{name}"), import_module(f"fivetran_sync.resources.{name}"))
        for name in RESOURCES
    ),
]

# What is passed to it is called on the loop in one colour and as it is in the other.
OF_ANOTHER_TYPE = {"Fivetran.map": {"fn", "items"}}


def parameters(name: str, method: Any) -> list[inspect.Parameter]:
    """Return the parameters of a method, without the types that differ between the colours."""
    differ = OF_ANOTHER_TYPE.get(name, ())
    return [
        parameter.replace(annotation=parameter.empty) if parameter.name in differ else parameter
        for parameter in inspect.signature(method).parameters.values()
    ]


@pytest.mark.parametrize(("ours", "theirs"), FACADES, ids=lambda module: module.__name__)
def test_every_public_method_has_its_twin(ours: Any, theirs: Any) -> None:
    """A method of one colour would be missing in the other, or want other arguments."""
    compared = 0
    for name, cls in inspect.getmembers(ours, inspect.isclass):
        if cls.__module__ != ours.__name__ or name.startswith("_"):
            continue
        twin = getattr(theirs, name)
        for method, function in inspect.getmembers(cls, inspect.isfunction):
            if method.startswith("_") and method != "__init__":
                continue
            if method == "__init__" and name != "Fivetran":
                continue
            called = f"{name}.{method}"
            assert parameters(called, function) == parameters(called, getattr(twin, method)), called
            assert not inspect.iscoroutinefunction(getattr(twin, method))
            compared += 1
    assert compared


def test_both_roots_export_the_same_names() -> None:
    """A name could be imported from one package and not from the other."""
    assert set(fivetran_async._HOMES) == set(fivetran_sync._HOMES)
    for package in (fivetran_async, fivetran_sync):
        assert set(package.__all__) == {*package._HOMES, "__version__"}
    for name in fivetran_async._HOMES:
        same = getattr(fivetran_async, name) is getattr(fivetran_sync, name)
        assert same is (name not in {"Fivetran", "Map", "Pager"}), name
    assert Fivetran is fivetran_sync.Fivetran
