"""A fake Keap in a thread of its own, for code that blocks."""

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from fake_keap import FakeKeap


@contextmanager
def serving(**options: Any) -> Generator[FakeKeap]:
    """Serve until the block ends."""
    keap, loop = FakeKeap(**options), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(keap.start(), loop).result(10)
        yield keap
        asyncio.run_coroutine_threadsafe(keap.stop(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
