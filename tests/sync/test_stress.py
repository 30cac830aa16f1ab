"""The sync facade's bridge under stress: many threads, forks in traffic, Ctrl-C everywhere, exits, dropped clients."""

import contextvars
import gc
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

from fivetran_async.sandbox import Sandbox
from fivetran_sync import Budget, Fivetran, NotFoundError, RetryPolicy, ServerError, _bridge

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

PRELUDE = """
import gc, logging, os, sys, threading, time
from fivetran_sync import Budget, ClosedError, Fivetran, NotFoundError, WrongLoopError, _bridge

# In its debug mode the loop says so when the machine is slow.
logging.getLogger("asyncio").setLevel(logging.ERROR)
ft = Fivetran.from_env()
"""


@pytest.fixture
def quiet(script: Callable[..., Any]) -> Callable[..., str]:
    """Run a program, which must end well and say nothing on stderr; returns its output."""

    def run(code: str, *options: str) -> str:
        lines = code.splitlines()
        margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
        program = script(PRELUDE + "\n".join(line[margin:] for line in lines), *options)
        status, out, err = program.end()
        assert status == 0, err
        assert not err, err
        return str(out)

    return run


@pytest.fixture
def dev(quiet: Callable[..., str]) -> Callable[[str], str]:
    """Run a program in development mode, where the loop looks at who calls it and the allocator at its blocks."""
    return lambda code: quiet(code, "-X", "dev")


def together(threads: int, work: Callable[[int], object]) -> None:
    """Call a function in that many threads at once, with the thread's number; what one raises is raised here."""
    errors: list[BaseException] = []
    at_once = threading.Barrier(threads)

    def run(number: int) -> None:
        try:
            at_once.wait()
            work(number)
        except BaseException as error:  # noqa: BLE001 - it is raised by whoever waits
            errors.append(error)

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(60)
        assert not thread.is_alive(), "a thread hangs"
    if errors:
        raise errors[0]


def test_thirty_two_threads_do_everything_on_one_client(box: Sandbox) -> None:
    """Threads that come and go would get each other's replies, lose writes, or leave slots or threads behind."""
    before = {thread for thread in threading.enumerate() if thread.name != "fivetran-sync"}
    with box.sync_client(budget=Budget(concurrency=8)) as ft:
        ids, waves = list(box.account.connections), list[int]()

        def work(number: int) -> None:
            group = ft.groups.create(name=f"group_{len(waves)}_{number}")
            assert ft.groups.get(group.id).name == f"group_{len(waves)}_{number}"
            mine = ids[number : number + 3]
            results = ft.map(ft.connections.get, mine, concurrency=2).collect()
            assert [result.unwrap().id for result in results] == mine
            assert [item.id for item in ft.connections.list(page_size=25)] == ids
            with pytest.raises(NotFoundError, match=f"nobody_{number}"):
                ft.connections.get(f"nobody_{number}")

        while len(waves) < 2:
            together(32, work)
            waves.append(len(waves))
        made = {group.name for group in ft.groups.list()}
        assert made >= {f"group_{wave}_{number}" for wave in waves for number in range(32)}
        assert ft.budget.in_flight == 0
    left = [thread for thread in threading.enumerate() if thread not in before]
    assert [thread.name for thread in left] == ["fivetran-sync"]


def test_thirty_two_threads_amid_faults(box: Sandbox) -> None:
    """A fault that one thread meets would reach another, or cost a slot for good."""
    kinds = ("5xx", "429", "reset_before", "reset_during", "reset_after", "truncated", "latency", "drip")
    box.faults.random(dict.fromkeys(kinds, 0.04), seed=11, slow=0.005, retry_after=0.01)
    ids = list(box.account.connections)
    policy = RetryPolicy(attempts=20, initial_wait=0.001, max_wait=0.01)
    with box.sync_client(budget=Budget(concurrency=6), retry=policy) as ft:

        def work(number: int) -> None:
            for connection in ids[number::16]:
                assert ft.connections.get(connection).id == connection
            results = ft.map(lambda item: ft.connections.get(item).id, ids[number : number + 3], concurrency=2)
            assert {result.unwrap() for result in results} == set(ids[number : number + 3])

        together(32, work)
        assert ft.budget.in_flight == 0
    assert sum(box.faults.fired.values()) > 20


def loop_thread() -> int | None:
    """Return what the loop's thread is known by."""
    thread = _bridge._current._thread
    return None if thread is None else thread.ident


@pytest.mark.parametrize("error", [ZeroDivisionError, SystemExit, KeyboardInterrupt])
def test_what_users_functions_raise_on_the_loop_spares_it(box: Sandbox, error: type[BaseException]) -> None:
    """An error in a user's function would stop the loop, or leave a map waiting for a worker that is gone."""
    ids = list(box.account.connections)
    with box.sync_client() as ft:
        ft.account.info()
        before = loop_thread()

        def broken(*_: object) -> Any:
            raise error

        with pytest.raises(error):
            ft.map(ft.connections.get, ids, on_progress=broken).collect()
        box.faults.script("GET", "/v1/account/info", status=503)
        with pytest.raises((error, ServerError)):
            ft.with_options(retry=RetryPolicy(retry_if=broken)).account.info()
        # A hook that raises an Exception is logged; others are meant to end what runs.
        if not issubclass(error, Exception):
            hooked = ft.with_options(hooks=[broken])
            with pytest.raises(error):
                hooked.map(hooked.connections.get, ids, concurrency=4).collect()
            with pytest.raises(error):
                ft.map(broken, ids, concurrency=4).collect()
        assert ft.account.info().account_id
        assert ft.budget.in_flight == 0
        assert loop_thread() == before


class Cycle:
    """Something that only the collector finds."""

    def __init__(self, held: object) -> None:
        self.held = held
        self.myself = self


def half(ft: Fivetran, box: Sandbox) -> Any:
    """Return a map of which one result has been taken."""
    results = iter(ft.map(ft.connections.get, list(box.account.connections), concurrency=4))
    assert next(results).ok
    return results


async def collect() -> None:
    """Collect on the loop's own thread."""
    gc.collect()


@pytest.mark.timeout(30)
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("where", ["the loop's thread", "the lock"])
def test_a_half_consumed_map_is_collected(box: Sandbox, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """The collector, which may come at any allocation, would wait for itself, or for a lock that its thread holds."""

    def collecting() -> Any:
        monkeypatch.setattr(_bridge, "copy_context", contextvars.copy_context)
        gc.collect()
        return contextvars.copy_context()

    with box.sync_client() as ft:
        gc.disable()
        try:
            Cycle(half(ft, box))
            if where == "the lock":
                monkeypatch.setattr(_bridge, "copy_context", collecting)
                ft.account.info()
            else:
                _bridge.run(collect())
            # The second one is behind what the first has scheduled.
            _bridge.run(collect())
        finally:
            gc.enable()
        calls = box.calls
        assert ft.account.info().account_id
        assert ft.budget.in_flight == 0
        # What was on its way when it was cancelled may be counted later: no more than four, of 60.
        assert box.calls <= calls + 1 + 4
    assert not _bridge._current.streams


@needs_fork
def test_forks_amid_traffic(box: Sandbox, quiet: Callable[..., str]) -> None:
    """A child would inherit a lock, a slot or a half consumed list from threads that it does not have."""
    assert (
        quiet(
            """
        import multiprocessing

        ft = Fivetran.from_env(budget=Budget(concurrency=2))
        ids = [connection.id for connection in ft.connections.list()]
        stop, errors, calls = threading.Event(), [], [0] * 3

        def traffic(number):
            try:
                # The machine has other things to do than this traffic.
                while not stop.wait(0.005):
                    if number == 0:
                        assert len(ft.connections.list(page_size=30).collect()) == 60
                    elif number == 1:
                        assert ft.connections.get(ids[number]).id == ids[number]
                    else:
                        results = ft.map(ft.connections.get, ids[:6], concurrency=3).collect()
                        assert [result.unwrap().id for result in results] == ids[:6]
                    calls[number] += 1
            except BaseException as error:
                errors.append(error)

        def child(number):
            assert ft.connections.get(ids[number]).id == ids[number]
            assert [result.unwrap().id for result in ft.map(ft.connections.get, ids[:3]).collect()] == ids[:3]
            assert ft.budget.in_flight == 0

        def inherited(pager, results):
            assert len(list(pager)) == 59
            try:
                list(results)
            except WrongLoopError as error:
                assert "before a fork" in str(error)
            else:
                raise AssertionError("the parent's map goes on")

        def again():
            grandchild = os.fork()
            child(3)
            if grandchild == 0:
                sys.exit(5)
            assert os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1]) == 5

        threads = [threading.Thread(target=traffic, args=(number,), daemon=True) for number in range(3)]
        for thread in threads:
            thread.start()
        for number in range(6):
            pager = iter(ft.connections.list(page_size=10))
            next(pager)
            mapped = ft.map(ft.connections.get, ids[:9], concurrency=3)
            results = iter(mapped)
            next(results)
            while ft.budget.in_flight < 2:
                time.sleep(0)
            pid = os.fork()
            if pid == 0:
                if number % 4 == 0:
                    inherited(pager, results)
                elif number % 4 == 1:
                    again()
                elif number % 4 == 2:
                    mapped.__exit__(None, None, None)
                del pager, results, mapped
                gc.collect()
                child(number)
                sys.exit(7)
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7, number
            assert (len(list(pager)), len(list(results))) == (59, 8)
        processes = [multiprocessing.get_context("fork").Process(target=child, args=(n,)) for n in range(3)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0, 0, 0]
        before = list(calls)
        while not errors and any(now < then + 2 for now, then in zip(calls, before)):
            time.sleep(0.01)
        stop.set()
        for thread in threads:
            thread.join()
        assert not errors, errors
        print(ft.budget.in_flight)
        """
        )
        == "0\n"
    )


# `interrupted(work)` tells whether Ctrl-C came, after a look at what is left.
INTERRUPTED = """
import asyncio, contextlib

async def others():
    return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

def interrupted(work):
    try:
        work()
    except KeyboardInterrupt:
        hit = True
    else:
        hit = False
    assert not _bridge.run(others()), "a task is left"
    assert ft.budget.in_flight == 0
    return hit

def missing():
    with contextlib.suppress(NotFoundError):
        ft.connections.get("nobody")

ids = [connection.id for connection in ft.connections.list()]
calls = [
    ft.account.info,
    missing,
    lambda: ft.groups.list(page_size=3).collect(),
    lambda: list(ft.groups.list(page_size=3)),
    lambda: ft.map(ft.connections.get, ids[:3], concurrency=2).collect(),
]
for call in calls:
    call()
"""


def test_ctrl_c_at_every_step_of_the_loop(box: Sandbox, dev: Callable[[str], str]) -> None:
    """Ctrl-C at some await would be lost, come twice, or leave a call, a slot or a message behind."""
    out = dev(
        INTERRUPTED
        + """
import _thread
step, left, fired = asyncio.Handle._run, 0, False

def counting(handle):
    global left, fired
    left -= 1
    if left == 0:
        fired = True
        _thread.interrupt_main()
    step(handle)

def through(call):
    global left
    call()
    left = -1
    # Behind what may still be under way on the loop.
    _bridge.run(asyncio.sleep(0))
    while fired:
        time.sleep(0.001)

asyncio.Handle._run = counting
points = []
for call in calls:
    for at in range(1, 1000):
        left, fired = at, False
        hit = interrupted(lambda: through(call))
        left = -1
        assert hit is fired
        if not fired:
            break
    points.append(at - 1)
    assert ft.account.info().account_id
gc.collect()
print(*points)
"""
    )
    points = [int(number) for number in out.split()]
    assert len(points) == 5
    assert min(points) >= 4


def test_ctrl_c_at_every_point_of_the_bridge(box: Sandbox, dev: Callable[[str], str]) -> None:
    """Ctrl-C amid the hand-off, of the first call too, would leave a coroutine, a thread or a loop behind, or hang."""
    out = dev(
        INTERRUPTED
        + """
import dis

# Where the interpreter looks for signals: when a function begins, when a loop turns back, after a call.
BEFORE = {dis.opmap[name] for name in ("RESUME", "JUMP_BACKWARD") if name in dis.opmap}
AFTER = {dis.opmap[name] for name in ("CALL", "CALL_FUNCTION_EX", "CALL_KW") if name in dis.opmap}
# Not in the standard library, whose own locks do not withstand it.
OURS = (_bridge.__file__, sys.modules["fivetran_sync.fanout"].__file__)
RUN = _bridge.run.__code__
# There it does not look: what is called makes a coroutine and returns.
MAKERS = (_bridge.Stream.next.__code__, _bridge.Stream.close.__code__)

left, fired, last = 0, False, {}

def watch(frame, event, argument):
    global left, fired
    code = frame.f_code
    if code.co_filename not in OURS:
        return None
    frame.f_trace_opcodes = True
    if event == "opcode":
        operation = code.co_code[frame.f_lasti]
        looks = operation in BEFORE or (last.get(frame) in AFTER and code not in MAKERS)
        last[frame] = operation
        # What comes before `run` has begun, it cannot mend.
        if looks and (code, operation) != (RUN, dis.opmap["RESUME"]):
            left -= 1
            if left == 0:
                fired = True
                raise KeyboardInterrupt
    return watch

def traced(call):
    last.clear()
    sys.settrace(watch)
    try:
        call()
    finally:
        sys.settrace(None)

def first():
    global ft
    _bridge._current.stop()
    _bridge._current = _bridge._Bridge()
    ft = Fivetran.from_env()
    traced(ft.account.info)

# The first time makes the interpreter stop at every operation.
traced(ft.account.info)
points = []
for call in (first, *(lambda call=call: traced(call) for call in calls)):
    for at in range(1, 2000):
        left, fired = at, False
        hit = interrupted(call)
        assert hit is fired, (at, hit)
        if not fired:
            break
    points.append(at - 1)
    assert ft.account.info().account_id
    assert sum(thread.name == "fivetran-sync" for thread in threading.enumerate()) == 1
gc.collect()
print(*points)
"""
    )
    points = [int(number) for number in out.split()]
    assert len(points) == 6
    assert min(points) >= 10
    assert points[0] > points[1]


@pytest.mark.parametrize(
    "end",
    [
        pytest.param("results, plain, pager = half(), half(lambda item: ft.connections.get(item)), pages()", id="end"),
        pytest.param("for _ in half():\n    for _ in pages():\n        sys.exit()", id="amid loops"),
    ],
)
def test_exit_with_calls_in_flight(box: Sandbox, dev: Callable[[str], str], end: str) -> None:
    """An exit amid threads, pages and maps would hang or be noisy, or cut threads off that it should wait for."""
    out = dev(
        """
import itertools
ids = [connection.id for connection in ft.connections.list()]
busy, lock, ended = threading.Semaphore(0), threading.Lock(), []

def half(fn=ft.connections.get):
    results = iter(ft.map(fn, ids, concurrency=3))
    next(results)
    return results

def pages():
    items = iter(ft.connections.list(page_size=10))
    next(items)
    return items

def forever(number):
    try:
        for turn in itertools.count():
            if number % 3 == 0:
                ft.connections.get(ids[number])
            elif number % 3 == 1:
                for _ in ft.map(ft.connections.get, ids[:6], concurrency=2):
                    pass
            else:
                for _ in ft.connections.list(page_size=20):
                    pass
            if turn == 0:
                busy.release()
    except ClosedError:
        pass

def to_its_end(number):
    busy.release()
    for _ in range(5):
        ft.connections.get(ids[number])
    if number == 0:
        sys.exit(3)
    with lock:
        ended.append(number)
        if len(ended) == 3:
            print("all")

for number in range(6):
    threading.Thread(target=forever, args=(number,), daemon=True).start()
for number in range(4):
    threading.Thread(target=to_its_end, args=(number,)).start()
for _ in range(10):
    busy.acquire()
"""
        + end
    )
    assert out == "all\n"


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="this system does not list open descriptors")  # noqa: PTH112
def test_clients_dropped_open_leave_no_descriptor(box: Sandbox, dev: Callable[[str], str]) -> None:
    """A client that is forgotten, in whichever way, would keep its connections, or complain."""
    assert (
        dev(
            """
        ids = [connection.id for connection in ft.connections.list()]

        class Cycle:
            def __init__(self, held):
                self.held, self.myself = held, self

        def used():
            client = Fivetran.from_env()
            client.account.info()
            return client

        def in_a_cycle():
            Cycle(used())

        def a_view():
            used().with_options(read_only=True).account.info()

        def amid_a_map():
            client = used()
            results = iter(client.map(client.connections.get, ids, concurrency=3))
            next(results)
            Cycle((client, results))

        def amid_a_list():
            client = used()
            items = iter(client.connections.list(page_size=10))
            next(items)
            Cycle((client, items))

        def amid_calls():
            client = used()
            for number in range(3):
                threads.append(threading.Thread(target=client.connections.get, args=(ids[number],)))
                threads[-1].start()

        def opened():
            return sum(os.path.exists(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd"))

        threads, unraisable = [], []
        sys.unraisablehook = unraisable.append
        used()
        gc.collect()
        ft.close()
        time.sleep(0.2)
        before = opened()
        for way in (used, in_a_cycle, a_view, amid_a_map, amid_a_list, amid_calls) * 3:
            way()
            thread = threading.Thread(target=way)
            thread.start()
            thread.join()
            collecting = threading.Thread(target=gc.collect)
            collecting.start()
            collecting.join()
        while threads:
            threads.pop().join()
        for _ in range(500):
            gc.collect()
            if opened() <= before and not _bridge._current.holders.keys() - {id(ft._async._pipeline.transport.holder)}:
                break
            time.sleep(0.01)
        print(opened() - before, len(unraisable), len(_bridge._current.streams))
        """
        )
        == "0 0 0\n"
    )
