"""What tells that an event was delivered before: Fivetran delivers at least once, and in any order."""

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeAlias

from fivetran_async._forks import loading
from fivetran_async.errors import ArgumentError

Identity: TypeAlias = tuple[str, str | None, str | None, str | None]
"""What is the same in all deliveries of one event: event, connection, sync, created."""

TTL: Final = 26 * 3600.0
"""How long an event is remembered that was dealt with, in seconds: Fivetran gives up after 24 hours."""

LEASE: Final = 240.0
"""How long an event is kept for whoever deals with it, in seconds: Fivetran comes again after 5 minutes or more.

If that process is killed the event is free again by then, and the next delivery is taken.
"""


class SeenStore(Protocol):
    """Remembers which events are being dealt with, for a short time, and which were, for a long one."""

    async def claim(self, identity: Identity, /) -> bool:
        """Take an event for a short time, of all who try only the first; return whether this was it."""
        ...

    async def confirm(self, identity: Identity, /) -> None:
        """Remember for a long time that an event was dealt with."""
        ...

    async def forget(self, identity: Identity, /) -> None:
        """Give an event back that was not dealt with after all: its next delivery is taken again."""
        ...


class MemoryStore:
    """Remembers in this process, a bounded number of events."""

    def __init__(
        self,
        *,
        max_items: int = 100_000,
        ttl: float = TTL,
        lease: float = LEASE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare.

        Args:
            max_items: How many events to remember, about 200 bytes each; the oldest goes first.
            ttl: How long to remember one that was dealt with, in seconds.
            lease: How long one is kept for whoever deals with it, in seconds.
            clock: Where the time comes from, for tests.

        Raises:
            ArgumentError: One of them is not above 0.
        """
        if isinstance(max_items, bool) or not isinstance(max_items, int) or max_items < 1:
            raise ArgumentError(f"max_items must be a whole number from 1, not {max_items!r}")
        self._max_items = max_items
        self._ttl = _positive(ttl, "ttl")
        self._lease = _positive(lease, "lease")
        self._clock = clock
        # Two, so that what ends first stands first in each.
        self._claimed: OrderedDict[Identity, float] = OrderedDict()
        self._done: OrderedDict[Identity, float] = OrderedDict()
        # Two applications in two threads may share a store.
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._claimed) + len(self._done)

    async def claim(self, identity: Identity, /) -> bool:
        """Take an event for a short time, of all who try only the first; return whether this was it."""
        with self._lock:
            now = self._clock()
            _drop(self._claimed, now - self._lease)
            _drop(self._done, now - self._ttl)
            if identity in self._claimed or identity in self._done:
                return False
            self._claimed[identity] = now
            self._bound()
            return True

    async def confirm(self, identity: Identity, /) -> None:
        """Remember for a long time that an event was dealt with."""
        with self._lock:
            self._claimed.pop(identity, None)
            self._done.pop(identity, None)
            self._done[identity] = self._clock()
            self._bound()

    async def forget(self, identity: Identity, /) -> None:
        """Give an event back: its next delivery is taken again."""
        with self._lock:
            self._claimed.pop(identity, None)
            self._done.pop(identity, None)

    def _bound(self) -> None:
        if len(self) > self._max_items:
            (self._done or self._claimed).popitem(last=False)


class RedisStore:
    """Remembers in Redis, for all processes that share it; wants the extra `redis`.

    While Redis is away every event counts as new, since a second one harms less than none; the log says so.

    ```python
    store = RedisStore("redis://localhost:6379/0")
    ```

    Of an address it has connections of its own, for each event loop, and also after a fork; while Redis is away one
    delivery at a time finds out whether it is back. A client stays its owner's, who closes it.
    """

    def __init__(
        self,
        redis: Any,
        *,
        prefix: str = "fivetran:webhook:",
        ttl: float = TTL,
        lease: float = LEASE,
        timeout: float = 1.0,
    ) -> None:
        """Prepare; nothing is connected before the first delivery.

        Args:
            redis: Where Redis is, such as `redis://localhost:6379/0`, or a client of `redis.asyncio`.
            prefix: What its keys begin with.
            ttl: How long to remember an event that was dealt with, in seconds.
            lease: How long one is kept for whoever deals with it, in seconds.
            timeout: How long to wait for an answer of Redis, in seconds; of the ten that Fivetran waits.

        Raises:
            ArgumentError: An argument cannot be used; the message names it.
            ConfigError: redis-py is not installed, or the address cannot be used.
        """
        self._prefix = prefix
        self._ttl = _positive(ttl, "ttl")
        self._lease = _positive(lease, "lease")
        seconds = _positive(timeout, "timeout")
        client = all(callable(getattr(redis, name, None)) for name in ("set", "delete"))
        if not isinstance(redis, str) and not client:
            raise ArgumentError(f"redis must be an address, or a client of redis.asyncio, not {type(redis).__name__}")
        with loading():
            from fivetran_async.webhooks._redis import Address, Given  # noqa: PLC0415 - an extra

        self._way: _Way = Address(redis, seconds) if isinstance(redis, str) else Given(redis, seconds)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} prefix={self._prefix!r}>"

    async def claim(self, identity: Identity, /) -> bool:
        """Take an event for a short time, of all who try only the first; return whether this was it."""
        return await self._way.ask("claim", self._key(identity), self._lease) is not False

    async def confirm(self, identity: Identity, /) -> None:
        """Remember for a long time that an event was dealt with."""
        await self._way.ask("confirm", self._key(identity), self._ttl)

    async def forget(self, identity: Identity, /) -> None:
        """Give an event back: its next delivery is taken again."""
        await self._way.ask("forget", self._key(identity), 0)

    async def disconnect(self) -> None:
        """Close the connections of this event loop; the next delivery opens others. A client is left as it is."""
        await self._way.disconnect()

    def _key(self, identity: Identity) -> str:
        return self._prefix + json.dumps(identity, separators=(",", ":"))


class _Way(Protocol):
    async def ask(self, verb: str, key: str, seconds: float) -> bool | None: ...

    async def disconnect(self) -> None: ...


def _drop(events: OrderedDict[Identity, float], before: float) -> None:
    while events and next(iter(events.values())) <= before:
        events.popitem(last=False)


def _positive(seconds: Any, name: str) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        raise ArgumentError(f"{name} must be a number of seconds above 0, not {seconds!r}")
    return float(seconds)
