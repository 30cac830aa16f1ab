"""One poller for all waits of a client: what many wait for is looked at together, by the fewest calls.

Lives in the loop of the client's session, and only while somebody waits; what one waits for, and how long, is its own
business. Waits of all views of a client (`with_options`) share it.
"""

import asyncio
import copy
import logging
import math
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import Context
from typing import Any, Final, Generic, TypeVar, cast

import attrs

from fivetran_async import _polls
from fivetran_async._clock import Clock
from fivetran_async._ends import Later, Moment
from fivetran_async._pipeline import Pipeline
from fivetran_async._watch import Hints, Kind, Seen, Terms, Watch
from fivetran_async.errors import (
    BadRequestError,
    ClosedError,
    FivetranError,
    ForbiddenError,
    NotFoundError,
    PaginationError,
)

T = TypeVar("T", bound=Seen)
R = TypeVar("R")

logger = logging.getLogger("fivetran_async")

_PAGE_SIZE: Final = 1000


@attrs.define
class _Round:
    """What one round of looks has told."""

    calls: int = 0
    seen: list[tuple[Watch[Any, Any], float | None]] = attrs.field(factory=list[tuple[Watch[Any, Any], float | None]])
    missed: dict[str, FivetranError] = attrs.field(factory=dict[str, FivetranError])


class Watcher(Generic[T]):
    """Looks at what is waited for, one round after the other."""

    def __init__(self, kind: Kind[T]) -> None:
        self._kind = kind
        self._sizes = _polls.Sizes()
        self._watches: dict[str, list[Watch[T, Any]]] = {}
        self._groups: dict[str, str | None] = {}
        self._number = 0
        self._task: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed: asyncio.Future[None] | None = None
        self._rests_until = math.inf
        self._sources: dict[int, tuple[Callable[[], object], int]] = {}
        self._listeners: Counter[str] = Counter()
        self._early: set[str] = set()
        self._failing = False
        self._least = 0.0

    async def until(
        self, line: Pipeline, name: str, see: Callable[[T, Moment], Later | R], terms: Terms
    ) -> tuple[R | None, FivetranError | None]:
        """Look at an object until a look means something.

        Args:
            line: What calls go through.
            name: The id of the object.
            see: Called with the object at each look; `Later` goes on.
            terms: How often, and for how long.

        Returns:
            What it meant, None if the time was over before; and what the last look met, if it failed.

        Raises:
            NotFoundError: There is no such object, or no longer.
            ClosedError: The client was closed meanwhile.
            FivetranError: A look met what every further one would meet.
        """
        watch = self._join(line, name, see, terms)
        try:
            result = await watch.outcome
            return result, watch.failure
        finally:
            await self._leave(watch)

    @contextmanager
    def listening(self, hints: Hints | None, name: str) -> Generator[None]:
        """Heed what is hinted of an object; also while, for a moment, nobody looks at it."""
        if hints is None:
            yield
            return
        self._listeners[name] += 1
        self._listen(hints)
        try:
            yield
        finally:
            self._listeners[name] -= 1
            if not self._listeners[name]:
                del self._listeners[name]
                self._early.discard(name)
            self._release(hints)

    def hint(self, name: str) -> None:
        """Look at an object soon: it may have changed. In the watcher's own loop."""
        watches = [watch for watch in self._watches.get(name, ()) if watch.terms.hinted]
        if not watches and name in self._listeners:
            self._early.add(name)
        for watch in watches:
            watch.hint()
        self._wake()

    async def close(self) -> None:
        """End all waits, since the client is closed."""
        self._fail_all(ClosedError("the client was closed while something was waited for"))
        await self._stop()

    def _join(self, line: Pipeline, name: str, see: Callable[[T, Moment], Later | R], terms: Terms) -> "Watch[T, R]":
        loop = asyncio.get_running_loop()
        now = line.clock.monotonic()
        self._number += 1
        watch: Watch[T, R] = Watch(
            id=name,
            line=line,
            see=see,
            terms=terms,
            number=self._number,
            outcome=loop.create_future(),
            due=now,
            interval=terms.pace.interval(0.0),
        )
        if not terms.at_once:
            watch.settle(now, None, self._least)
        if terms.hinted and name in self._early:
            self._early.discard(name)
            watch.hint()
        self._watches.setdefault(name, []).append(watch)
        if self._task is None or self._task.done():
            # In a context of its own: the deadline of the map that somebody waits in is not that of the others.
            self._task = task = loop.create_task(self._run(line.clock), name="fivetran-watcher", context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        # Not for each of thousands: whoever is due later is found when the others are.
        if min(watch.due, math.inf if terms.deadline is None else terms.deadline) < self._rests_until:
            self._wake()
        return watch

    async def _leave(self, watch: Watch[T, Any]) -> None:
        if watch.outcome.done() and not watch.outcome.cancelled():
            # Looked at here, or the loop complains about an error that a cancellation has kept from its waiter.
            watch.outcome.exception()
        others = self._watches.get(watch.id, [])
        if watch in others:
            others.remove(watch)
        if not others:
            self._watches.pop(watch.id, None)
        if not self._watches:
            await self._stop()

    async def _stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        if self._tasks:
            # Of a copy: another wait may begin meanwhile, with a task of its own.
            await asyncio.wait(set(self._tasks))

    def _listen(self, hints: Hints) -> None:
        loop = asyncio.get_running_loop()

        def wake(name: str) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self.hint, name)

        # Once for all waits: each hint would reach each of a thousand otherwise.
        known = self._sources.get(id(hints))
        end, count = (hints.listen(wake), 0) if known is None else known
        self._sources[id(hints)] = (end, count + 1)

    def _release(self, hints: Hints) -> None:
        end, count = self._sources.pop(id(hints))
        if count > 1:
            self._sources[id(hints)] = (end, count - 1)
        else:
            end()

    def _wake(self) -> None:
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    def _all(self) -> list[Watch[T, Any]]:
        return [watch for watches in self._watches.values() for watch in watches if not watch.outcome.done()]

    async def _run(self, clock: Clock) -> None:
        looking: asyncio.Task[None] | None = None
        try:
            while watches := self._all():
                self._changed = asyncio.get_running_loop().create_future()
                now = clock.monotonic()
                until = self._expire(watches, now)
                if looking is not None and looking.done():
                    looking.result()
                    looking = None
                if looking is None:
                    due = min((watch.due for watch in watches if not watch.outcome.done()), default=math.inf)
                    if due <= now:
                        looking = asyncio.ensure_future(self._look(clock))
                    else:
                        until = min(until, due)
                self._rests_until = until
                await self._rest(clock, until, looking)
        except Exception as error:  # noqa: BLE001 - whoever waits gets it, and must not wait for ever
            self._fail_all(error)
        finally:
            if self._task is asyncio.current_task():
                # From here on whoever begins to wait is not this one's.
                self._task = None
                self._fail_all(ClosedError("the event loop ended while something was waited for"))
            if looking is not None:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)

    async def _rest(self, clock: Clock, until: float, looking: "asyncio.Task[None] | None") -> None:
        sleep = None if until == math.inf else asyncio.ensure_future(clock.sleep(max(0.0, until - clock.monotonic())))
        try:
            waited = [future for future in (self._changed, looking, sleep) if future is not None]
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if sleep is not None:
                sleep.cancel()
                await asyncio.gather(sleep, return_exceptions=True)

    def _expire(self, watches: list[Watch[T, Any]], now: float) -> float:
        """End the waits whose time is over; return when the next one's is."""
        nearest = math.inf
        for watch in watches:
            deadline = watch.terms.deadline
            if deadline is not None and deadline <= now and not watch.outcome.done():
                watch.outcome.set_result(None)
            elif deadline is not None:
                nearest = min(nearest, deadline)
        return nearest

    async def _look(self, clock: Clock) -> None:
        # Whoever begins to wait at the same time is looked at together.
        await asyncio.sleep(0)
        now = clock.monotonic()
        near = [watch for watch in self._all() if _polls.is_near(watch.due, watch.interval, now)]
        if not near:
            return
        wanted = {watch.id: self._groups.get(watch.id) for watch in near}
        line, done = near[0].line, _Round()
        survey = _polls.survey(wanted, self._sizes, now)
        singles = list(survey.singles)
        for group, names in survey.walks.items():
            singles += await self._walk(line, group, names, done)
        await asyncio.gather(*(self._single(name, done) for name in singles))
        self._conclude(done, clock.monotonic(), line)

    async def _walk(self, line: Pipeline, group: str | None, names: tuple[str, ...], done: _Round) -> list[str]:
        """Read a list until everything is found; return what is to be asked for alone."""
        missing = dict.fromkeys(names)
        cursor: str | None = None
        pages = 0
        try:
            while True:
                page = await self._page(line, group, cursor, done)
                pages += 1
                for name in page[0]:
                    missing.pop(name, None)
                if not missing or page[1] is None:
                    # At the end, those that are missing may be deleted, or have slipped from one page to another.
                    self._sizes.learn(group, pages)
                    return list(missing)
                if pages >= len(names):
                    self._sizes.learn(group, pages + 1)
                    return list(missing)
                if page[1] == cursor:
                    raise PaginationError(f"the API sent the cursor {cursor!r} a second time", cursor=page[1])
                cursor = page[1]
        except (ForbiddenError, NotFoundError, BadRequestError) as error:
            if cursor is None:
                # Whoever may not list may still be allowed to look at one.
                self._sizes.bar(group, line.clock.monotonic())
                return list(missing)
            done.missed |= dict.fromkeys(missing, error)
        except FivetranError as error:
            if isinstance(error, _polls.FOR_ALL):
                self._fail_all(error)
            done.missed |= dict.fromkeys(missing, error)
        return []

    async def _page(
        self, line: Pipeline, group: str | None, cursor: str | None, done: _Round
    ) -> tuple[list[str], str | None]:
        asked = self._number
        done.calls += 1
        kind = self._kind
        page = await line.page(kind.listing, query=kind.filters(group), page_size=_PAGE_SIZE, cursor=cursor)
        items = cast("list[T]", page.items)
        for item in items:
            self._saw(item.id, item, asked, done)
        return [item.id for item in items], page.next_cursor

    async def _single(self, name: str, done: _Round) -> None:
        watches = [watch for watch in self._watches.get(name, ()) if not watch.outcome.done()]
        if not watches:
            return
        asked = self._number
        done.calls += 1
        try:
            item = await watches[0].line.call(self._kind.details, name)
        except FivetranError as error:
            if isinstance(error, _polls.FOR_ALL):
                self._fail_all(error)
            done.missed[name] = error
            return
        self._saw(name, item, asked, done)

    def _saw(self, name: str, item: T, asked: int, done: _Round) -> None:
        for watch in self._watches.get(name, ()):
            # What was asked for before the wait began says nothing to it.
            if watch.outcome.done() or watch.number > asked:
                continue
            self._groups[name] = self._kind.group_of(item)
            watch.gone, watch.failure = 0, None
            watch.looked_at = at = watch.line.clock.monotonic()
            try:
                step = watch.see(item, Moment(at=at, now=watch.line.clock.now()))
            except Exception as error:  # noqa: BLE001 - it goes to the one who waits, and to nobody else
                watch.outcome.set_exception(error)
                continue
            if isinstance(step, Later):
                done.seen.append((watch, step.seconds))
            else:
                watch.outcome.set_result(step)

    def _conclude(self, done: _Round, now: float, line: Pipeline) -> None:
        budget = line.budget
        self._least = least = _polls.floor(done.calls, budget.remaining, budget.reserve, budget.closed_for)
        for watch, asked in done.seen:
            watch.settle(watch.looked_at, asked, least)
        for name, error in done.missed.items():
            for watch in self._watches.get(name, ()):
                if watch.outcome.done():
                    continue
                watch.gone, watch.failure = _polls.gone(watch.gone, error), error
                if _polls.ends_the_wait(error, watch.gone):
                    watch.outcome.set_exception(_twin(error))
                else:
                    watch.settle(now, None, max(least, _polls.put_off(error)))
        self._tell(done.missed)

    def _tell(self, missed: Mapping[str, FivetranError]) -> None:
        if missed and not self._failing:
            name, error = next(iter(missed.items()))
            logger.warning("%d of what is waited for could not be looked at: %s: %s", len(missed), name, error)
        elif self._failing and not missed:
            logger.info("what is waited for can be looked at again")
        self._failing = bool(missed)

    def _fail_all(self, error: Exception) -> None:
        for watch in self._all():
            watch.outcome.set_exception(_twin(error))


def _twin(error: Exception) -> Exception:
    # One for each who waits: raised in many tasks, one object would gather the tracebacks of all.
    if not isinstance(error, FivetranError):
        return error
    twin = copy.copy(error)
    twin.__cause__ = error.__cause__
    return twin


def watcher(line: Pipeline, kind: Kind[T]) -> Watcher[T]:
    """Return the watcher of a client, which all its views share.

    Raises:
        ClosedError: The client is closed.
        WrongLoopError: It belongs to another loop.
    """
    line.transport.open()
    followers = line.transport.holder.followers
    found = followers.get(kind)
    if found is None:
        found = followers[kind] = Watcher(kind)
    return cast("Watcher[T]", found)
