"""How many calls an audit may make: every attempt of every call is reserved before it is sent."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import attrs

from fivetran_async._counting import CallCount
from fivetran_async.errors import ArgumentError

if TYPE_CHECKING:
    from fivetran_async.client import Fivetran


class UsedUpError(Exception):
    """No further call may be made."""


class Allowance:
    """Hands out turns, one for each call, with as many attempts as may still be made."""

    def __init__(self, ft: "Fivetran", *, max_calls: int | None, reserve: int | None) -> None:
        """Prepare.

        Args:
            ft: The client.
            max_calls: How many requests may be sent in all, retries included; None for any number.
            reserve: How many of the hour's calls to leave to others; None for what the client's budget leaves.

        Raises:
            ArgumentError: A number is out of its range.
        """
        self._ft = ft
        self._max_calls = _whole(max_calls, "max_calls", 1)
        self._reserve = _whole(reserve, "reserve", 0)
        self._used = 0
        # Attempts that were handed out and not given back: they may, or may not, be on the wire.
        self._out = 0
        self._returned = asyncio.Event()

    @asynccontextmanager
    async def turn(self) -> "AsyncGenerator[Fivetran]":
        """Wait until a call may be made.

        Yields:
            The client to make it with, once.

        Raises:
            UsedUpError: None may be made any more; it says why.
        """
        if self._unbounded:
            yield self._ft
            return
        attempts = await self._take()
        count = CallCount()
        try:
            yield self._ft.with_options(
                retry=attrs.evolve(self._ft.retry, attempts=attempts), hooks=[*self._ft.hooks, count]
            )
        finally:
            self._out -= attempts
            self._used += count.calls
            self._returned.set()
            self._returned = asyncio.Event()

    def fitting(self, calls: int) -> int:
        """Return how many of so many calls could be made now, if each took one attempt."""
        if self._unbounded:
            return calls
        free, _ = self._free()
        return min(calls, max(0, free))

    @property
    def _unbounded(self) -> bool:
        return self._max_calls is None and self._reserve is None

    async def _take(self) -> int:
        wanted = self._ft.retry.attempts
        while True:
            free, why = self._free()
            if not self._out and free < 1:
                raise UsedUpError(why)
            # The last few go to one call at a time, whose attempts they bound.
            if free >= wanted or not self._out:
                taken = min(free, wanted)
                self._out += taken
                return taken
            await self._returned.wait()

    def _free(self) -> tuple[int, str]:
        """Return how many attempts can be handed out, and what bounds them."""
        bounds: list[tuple[int, str]] = []
        if self._max_calls is not None:
            bounds.append((self._max_calls - self._used - self._out, f"max_calls={self._max_calls} is used up"))
        if self._reserve is not None:
            bounds.append((self._above_reserve(), f"only the reserve of {self._reserve:,} calls is left of this hour"))
        return min(bounds)

    def _above_reserve(self) -> int:
        remaining, reserve = self._ft.budget.remaining, self._reserve or 0
        if remaining is not None:
            return remaining - reserve - self._out
        # Nobody knows what is left before the first reply: until then one call at a time. One that did not say it is
        # of an API that does not.
        return self._ft.retry.attempts if self._used or not self._out else 0


def _whole(value: int | None, name: str, least: int) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
        raise ArgumentError(f"{name} must be a whole number from {least}, or None, not {value!r}")
    return value
