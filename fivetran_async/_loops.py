"""The event loops that the SDK makes itself, with uvloop (the extra `speed`) where that costs no promise."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, TypeAlias, TypeVar

from fivetran_async._forks import loading
from fivetran_async.errors import ConfigError

T = TypeVar("T")

LoopFactory: TypeAlias = Callable[[], asyncio.AbstractEventLoop]

VARIABLE: Final = "FIVETRAN_SYNC_LOOP"


def quickest_loop() -> LoopFactory:
    """Return what makes the quickest event loop that is installed."""
    return _uvloop() if find_spec("uvloop") else asyncio.new_event_loop


def run_on_quickest(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine, as `asyncio.run` does, on the quickest loop that is installed."""
    with asyncio.Runner(loop_factory=quickest_loop()) as runner:
        return runner.run(main)


def facade_loop() -> LoopFactory:
    """Return what makes the event loop of the sync facade: asyncio's own, unless the environment asks for uvloop.

    A child that is forked shares what uvloop watches its sockets with, and can break the parent's connections.

    Raises:
        ConfigError: The environment names another one, or uvloop is not installed.
    """
    name = os.environ.get(VARIABLE) or "asyncio"
    if name not in {"asyncio", "uvloop"}:
        raise ConfigError(f"{VARIABLE} must be asyncio or uvloop, not {name!r}")
    if name == "asyncio":
        return asyncio.new_event_loop
    if not find_spec("uvloop"):
        raise ConfigError(f"{VARIABLE} is uvloop, which is not installed: pip install 'fivetran-async[speed]'")
    return _uvloop()


def _uvloop() -> LoopFactory:
    with loading():
        factory: LoopFactory = import_module("uvloop").new_event_loop
    return factory
