"""Fixtures for all tests: a sandbox, and both colours of the client behind one interface."""

import gc
import inspect
import statistics
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import fivetran_async
import fivetran_sync
from fivetran_async.sandbox import Sandbox


@contextmanager
def no_counting() -> Iterator[None]:
    """Count no lines in this thread, which takes two or three times as long."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Count no lines in a test that is marked `no_cover`, or that has examples, nor in the threads that it starts.

    Hundreds of examples walk the same lines. What pytest-cov does about the mark is not enough: in a worker, the tracer
    that `patch = subprocess` has started there takes over.
    """
    if not any(map(item.get_closest_marker, ("no_cover", "hypothesis"))):
        return (yield)
    tracer = threading.gettrace()
    threading.settrace(None)
    try:
        with no_counting():
            return (yield)
    finally:
        threading.settrace(tracer)


class Colour:
    """One of the two packages; `await` makes no difference between them here."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.package: Any = {"async": fivetran_async, "sync": fivetran_sync}[name]

    def client(self, box: Sandbox, **options: Any) -> Any:
        """Return a client of the sandbox in this colour."""
        return box.client(**options) if self.name == "async" else box.sync_client(**options)

    async def call(self, method: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a method and return what it returns, awaited where it must be."""
        result = method(*args, **kwargs)
        return await result if inspect.isawaitable(result) else result

    async def items(self, pager: Any) -> list[Any]:
        """Iterate over a pager to its end."""
        if self.name == "async":
            return [item async for item in pager]
        return list(pager)

    async def pages(self, pager: Any) -> list[Any]:
        """Iterate over a pager's pages to their end."""
        if self.name == "async":
            return [page async for page in pager.pages()]
        return list(pager.pages())


@pytest.fixture(params=["async", "sync"])
def colour(request: pytest.FixtureRequest) -> Colour:
    """Both packages in turn: one behaviour is tested once."""
    return Colour(request.param)


@pytest.fixture
def opened() -> Iterator[Callable[..., Sandbox]]:
    """Open sandboxes, which end with the test; the lines that fill their accounts are counted where that is tested."""
    sandboxes: list[Sandbox] = []

    def make(**options: Any) -> Sandbox:
        sandboxes.append(Sandbox(**options))
        with no_counting():
            sandboxes[-1].open()
        return sandboxes[-1]

    yield make
    for sandbox in sandboxes:
        sandbox.close()


@pytest.fixture
def box(opened: Callable[..., Sandbox]) -> Sandbox:
    """A small account."""
    return opened(seed=7, groups=5, connections=60)


@pytest.fixture
def growth() -> Iterator[Callable[[Callable[[], object], Callable[[], object]], float]]:
    """Tell how many times the work of one function another one takes, which is alike on every machine."""

    def work(function: Callable[[], object]) -> float:
        began = time.thread_time()
        function()
        return time.thread_time() - began

    def compare(little: Callable[[], object], much: Callable[[], object]) -> float:
        return work(much) / statistics.median(work(little) for _ in range(3))

    # The collector looks at everything there is, the more often the more there is.
    gc.collect()
    gc.disable()
    yield compare
    gc.enable()


@pytest.fixture
async def ft(colour: Colour, box: Sandbox) -> AsyncIterator[Any]:
    """A client of the small account, in both colours."""
    client = colour.client(box)
    yield client
    await colour.call(client.close)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what is told to tests that compare with files or make pictures."""
    parser.addoption("--regenerate", action="store_true", help="write the golden files of reports anew")
    parser.addoption("--screenshots", metavar="FOLDER", help="where tests in a browser leave pictures for a person")
