"""How long the whole of what makes many calls may take: a list, a map. Its calls know, and never wait past its end."""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Final

from fivetran_async.errors import DeadlineExceededError

# By time.monotonic(), since a mapped function may run in a thread that has no loop.
_ends_at: ContextVar[float | None] = ContextVar("fivetran_async_ends_at", default=None)

_UNBOUND: Final[AbstractAsyncContextManager[None]] = nullcontext()


def left() -> float | None:
    """Return how many seconds are left of the whole that this call is a part of; None for no bound."""
    ends_at = _ends_at.get()
    return None if ends_at is None else ends_at - time.monotonic()


class Deadline:
    """The time for one whole, which begins to run when this is made."""

    def __init__(self, seconds: float | None, whole: str) -> None:
        """Begin.

        Args:
            seconds: How long all of it may take; None for no bound.
            whole: What it is, for the error: `list`.
        """
        self._seconds = seconds
        self._whole = whole
        self._ends_at = None if seconds is None else time.monotonic() + seconds

    @property
    def left(self) -> float | None:
        """How many seconds are left; None for no bound."""
        return None if self._ends_at is None else self._ends_at - time.monotonic()

    def check(self) -> None:
        """Raise when nothing is left.

        Raises:
            DeadlineExceededError: Nothing is.
        """
        if self._ends_at is not None and time.monotonic() >= self._ends_at:
            raise self._passed()

    @contextmanager
    def known(self) -> Generator[None]:
        """Let the calls that are made inside know what is left; where one whole is in another, the first end counts.

        Never around a `yield` of an asynchronous generator: whoever iterates would be inside as well.
        """
        if self._ends_at is None:
            yield
            return
        outer = _ends_at.get()
        token = _ends_at.set(self._ends_at if outer is None else min(outer, self._ends_at))
        try:
            yield
        finally:
            _ends_at.reset(token)

    def kept(self) -> AbstractAsyncContextManager[None]:
        """Cancel what runs inside when the time is over.

        Raises:
            DeadlineExceededError: It is.
        """
        # Entered for every result of a map, and seldom with a bound.
        return _UNBOUND if self._ends_at is None else self._bounded()

    @asynccontextmanager
    async def _bounded(self) -> AsyncGenerator[None]:
        limit = asyncio.timeout(self.left)
        try:
            async with limit:
                yield
        except TimeoutError:
            # A function of the user's has time-outs of its own.
            if not limit.expired():
                raise
            raise self._passed() from None

    def _passed(self) -> DeadlineExceededError:
        return DeadlineExceededError(f"the deadline of {self._seconds:g} s for the whole {self._whole} has passed")
