"""What a careful user does about each failure: one driver, whose calls are made in either colour."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeAlias, TypeVar

from fivetran_async.errors import (
    BadRequestError,
    DecodeError,
    NotFoundError,
    PaginationError,
    RateLimitedError,
    ServerError,
    TransportError,
)

T = TypeVar("T")

Job: TypeAlias = "Callable[[Driver], Coroutine[Any, Any, None]]"

TRIES = 60
"""How often anything is tried; more than chance can take."""
WIDTH = {"async": 32, "sync": 16}
"""How many jobs run at once: tasks, or threads."""

UNCLEAR = (TransportError, ServerError, DecodeError)
"""What leaves open whether a write was done."""
PASSING = (*UNCLEAR, RateLimitedError)
"""What may not happen again."""
STALE = (PaginationError, BadRequestError)
"""What makes the rest of a list useless: it is begun anew."""


class StuckError(Exception):
    """Something failed too often for chance."""


class Driver:
    """A user of a client, with what it knows of the account.

    Attributes:
        ft: The client.
        ids: The ids of what was made, by the names that the plan gives.
        reads: What lists were read, each with the ids that were found.
        repeats: How many times something was done again because a call had failed in the end.
    """

    def __init__(self, colour: Any, client: Any) -> None:
        self.ft = client
        self.ids: dict[str, str] = {}
        self.reads: list[tuple[str, frozenset[str]]] = []
        self.repeats = 0
        self._colour = colour

    async def run(self, jobs: Sequence[Job]) -> None:
        """Do jobs, many at once; raises what the first of them that failed did."""

        async def task(job: Job) -> None:
            await job(self)

        def thread(job: Job) -> None:
            _finish(job(self))

        work = task if self._colour.name == "async" else thread
        results = await self._colour.call(self.ft.map(work, jobs, concurrency=WIDTH[self._colour.name]).collect)
        for result in results:
            result.unwrap()

    async def again(self, method: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Make a call that may be repeated, until it succeeds."""
        for _ in range(TRIES):
            try:
                return await self._colour.call(method, *args, **kwargs)
            except PASSING:
                self.repeats += 1
        raise StuckError(method)

    async def delete(self, method: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        """Delete something, which may be gone when the answer to the first try was lost."""
        for attempt in range(TRIES):
            try:
                await self._colour.call(method, *args, **kwargs)
            except PASSING:
                self.repeats += 1
                continue
            except NotFoundError as error:
                if not error.code:
                    # Unreadable, so that it says nothing.
                    self.repeats += 1
                    continue
                if not attempt:
                    raise
            return
        raise StuckError(method)

    async def once(
        self, look: Callable[[], Awaitable[T | None]], method: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> T:
        """Do what must not be done twice.

        Args:
            look: Tells what is there when it has been done, else None; asked after each try, and before another one.
            method: Does it.
            *args: Of the method.
            **kwargs: Of the method.
        """
        for _ in range(TRIES):
            try:
                await self._colour.call(method, *args, **kwargs)
            except RateLimitedError:
                self.repeats += 1
                continue
            except UNCLEAR:
                self.repeats += 1
            if (found := await look()) is not None:
                return found
        raise StuckError(method)

    async def make(
        self,
        name: str,
        find: Callable[[], Awaitable[str | None]],
        method: Callable[..., Any],
        /,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Find or create: the id of what has a name is known afterwards."""
        for _ in range(TRIES):
            try:
                made = await self._colour.call(method, *args, **kwargs)
            except RateLimitedError:
                self.repeats += 1
            except UNCLEAR:
                self.repeats += 1
                if (found := await find()) is not None:
                    self.ids[name] = found
                    return
            else:
                self.ids[name] = made.id
                return
        raise StuckError(method)

    async def every(self, lists: Callable[..., Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Read a list to its end: all items that were seen, by id.

        What cannot be read now is gone on with where it broke off; what will never go on is begun anew. An item that
        moved between two pages comes twice, which the ids even out.
        """
        seen: dict[str, Any] = {}
        cursor: str | None = None
        for _ in range(TRIES):
            try:
                items = await self._colour.call(lists(*args, cursor=cursor, **kwargs).collect)
            except (*PASSING, *STALE) as error:
                self.repeats += 1
                seen |= _by_id(error.partial)
                cursor = None if isinstance(error, STALE) else error.resume_cursor
            else:
                return seen | _by_id(items)
        raise StuckError(lists)

    async def walk(self, lists: Callable[..., Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Read a list item by item, anew after each failure."""
        for _ in range(TRIES):
            try:
                return _by_id(await self._colour.items(lists(*args, **kwargs)))
            except (*PASSING, *STALE):
                self.repeats += 1
        raise StuckError(lists)

    async def named(self, lists: Callable[..., Any], field: str, value: str, **kwargs: Any) -> str | None:
        """Return the id of the one object with a value in a field, or None."""
        everything = await self.every(lists, **kwargs)
        found = [name for name, item in everything.items() if getattr(item, field) == value]
        if len(found) > 1:
            raise AssertionError(f"{value} was made {len(found)} times: {found}")
        return found[0] if found else None

    async def there(self, method: Callable[..., Any], *args: Any) -> Any:
        """Return an object, or None when it is not there."""
        for _ in range(TRIES):
            try:
                return await self.again(method, *args)
            except NotFoundError as error:
                if error.code:
                    return None
                self.repeats += 1
        raise StuckError(method)

    def note(self, what: str, found: dict[str, Any]) -> None:
        """Keep what a list had."""
        self.reads.append((what, frozenset(found)))


def _by_id(items: Sequence[Any]) -> dict[str, Any]:
    return {item.id: item for item in items}


def _finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine whose calls are all blocking: it never waits for a loop."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise AssertionError("a call of the blocking client was to be awaited")
