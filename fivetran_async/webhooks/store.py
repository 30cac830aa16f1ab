"""What tells that an event was delivered before: Fivetran delivers at least once, and in any order."""

import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeAlias

import attrs

from fivetran_async.errors import ArgumentError, ConfigError

logger = logging.getLogger("fivetran_async")

Identity: TypeAlias = tuple[str, str | None, str | None, str | None]
"""What is the same in all deliveries of one event: event, connection, sync, created."""

TTL: Final = 26 * 3600.0
"""How long an event is remembered, in seconds: Fivetran gives up after 24 hours."""


class SeenStore(Protocol):
    """Remembers which events were taken."""

    async def claim(self, identity: Identity, /) -> bool:
        """Take an event, of all who try only the first; return whether this was it."""
        ...

    async def forget(self, identity: Identity, /) -> None:
        """Give an event back that was not dealt with after all: its next delivery is taken again."""
        ...


class MemoryStore:
    """Remembers in this process, a bounded number of events."""

    def __init__(
        self, *, max_items: int = 100_000, ttl: float = TTL, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Prepare.

        Args:
            max_items: How many events to remember, about 200 bytes each; the oldest goes first.
            ttl: How long to remember one, in seconds.
            clock: Where the time comes from, for tests.

        Raises:
            ArgumentError: One of them is not above 0.
        """
        if isinstance(max_items, bool) or not isinstance(max_items, int) or max_items < 1:
            raise ArgumentError(f"max_items must be a whole number from 1, not {max_items!r}")
        self._max_items = max_items
        self._ttl = _positive(ttl)
        self._clock = clock
        self._seen: OrderedDict[Identity, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    async def claim(self, identity: Identity, /) -> bool:
        """Take an event, of all who try only the first; return whether this was it."""
        now = self._clock()
        while self._seen and next(iter(self._seen.values())) <= now - self._ttl:
            self._seen.popitem(last=False)
        if identity in self._seen:
            return False
        self._seen[identity] = now
        if len(self._seen) > self._max_items:
            self._seen.popitem(last=False)
        return True

    async def forget(self, identity: Identity, /) -> None:
        """Give an event back: its next delivery is taken again."""
        self._seen.pop(identity, None)


@attrs.define
class RedisStore:
    """Remembers in Redis, for all processes that share it; wants the extra `redis`.

    While Redis is away every event counts as new, since a second one harms less than none; the log says so.

    Attributes:
        client: A client of `redis.asyncio`, such as `redis.asyncio.Redis.from_url(...)`. It stays its owner's to close.
        prefix: What its keys begin with.
        ttl: How long to remember an event, in seconds.
    """

    client: Any = attrs.field(repr=False)
    prefix: str = attrs.field(default="fivetran:webhook:", kw_only=True)
    ttl: float = attrs.field(default=TTL, kw_only=True)

    def __attrs_post_init__(self) -> None:
        _positive(self.ttl)
        if not callable(getattr(self.client, "set", None)) or not callable(getattr(self.client, "delete", None)):
            raise ArgumentError(f"client must be a client of redis.asyncio, not {type(self.client).__name__}")

    async def claim(self, identity: Identity, /) -> bool:
        """Take an event, of all who try only the first; return whether this was it."""
        try:
            # In one step: of two processes that ask at the same time one alone is told yes.
            return bool(await self.client.set(self._key(identity), b"1", nx=True, px=int(self.ttl * 1000)))
        except _failures() as error:
            logger.warning("whether an event was delivered before is not known, Redis is away: %s", error)
            return True

    async def forget(self, identity: Identity, /) -> None:
        """Give an event back: its next delivery is taken again."""
        try:
            await self.client.delete(self._key(identity))
        except _failures() as error:
            logger.warning("an event that was not dealt with cannot be given back, Redis is away: %s", error)

    def _key(self, identity: Identity) -> str:
        return self.prefix + json.dumps(identity, separators=(",", ":"))


def _failures() -> tuple[type[Exception], ...]:
    try:
        from redis.exceptions import RedisError  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ConfigError(
            "events in Redis want redis-py, which is not installed: pip install 'fivetran-async[redis]'"
        ) from error
    return RedisError, OSError


def _positive(ttl: Any) -> float:
    if isinstance(ttl, bool) or not isinstance(ttl, int | float) or not ttl > 0:
        raise ArgumentError(f"ttl must be a number of seconds above 0, not {ttl!r}")
    return float(ttl)
