"""The way to Redis: the connections of each event loop, and what is known of an outage."""

import asyncio
import ctypes
import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeVar, cast
from urllib.parse import quote
from weakref import WeakSet

import attrs

from fivetran_async._clock import Clock
from fivetran_async.errors import ConfigError

try:
    from redis.asyncio import ConnectionPool, Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.commands.core import AsyncScript
    from redis.exceptions import ConnectionError as RedisConnectionError
    from redis.exceptions import RedisError
except ImportError as error:
    raise ConfigError(
        "what is shared through Redis wants redis-py, which is not installed: pip install 'fivetran-async[redis]'"
    ) from error

T = TypeVar("T")

logger = logging.getLogger("fivetran_async")

# So many connections of one event loop are enough for thousands of calls a second, each a fraction of a millisecond.
_CONNECTIONS: Final = 8

# How long Redis is left alone after it has failed: each try may cost its whole timeout.
LEFT_ALONE: Final = 1.0

# What a server that is no Redis answers may be long.
_SHOWN = 200


@attrs.define(eq=False)
class _Line:
    """The connections of one event loop, the script on them, and who uses them."""

    pool: ConnectionPool = attrs.field(repr=False)
    script: AsyncScript = attrs.field(repr=False)
    # A pool that bounds itself loses a connection with each call that is cancelled while it gives one back, and that
    # of redis-py before 5.1 waits for itself when Redis refuses the connection.
    places: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(_CONNECTIONS))
    users: int = 0
    retired: bool = False

    async def leave(self) -> None:
        """Note that one user less is there; the last one closes what is retired."""
        self.users -= 1
        if self.retired and self.users <= 0:
            # What cannot be closed properly is broken already.
            with suppress(RedisError, OSError):
                await self.pool.disconnect()


class Link:
    """A script in Redis, and whether Redis is there.

    While it is not, one call at a time finds out if it is again; the others are not kept waiting.

    Attributes:
        reason: What the last failure was, without a password; empty before the first.
    """

    def __init__(
        self, url: str, script: str, *, timeout: float, clock: Clock, lock: Callable[[], threading.RLock], name: str
    ) -> None:
        """Make a link; nothing is connected before the first use.

        Args:
            url: Where Redis is.
            script: The script in Lua.
            timeout: For how many seconds to wait for an answer.
            clock: Where the time comes from.
            lock: What threads of this process take turns by.
            name: What warnings begin with.

        Raises:
            ConfigError: The address cannot be used.
        """
        self.reason = ""
        self._url = url
        self._script = script
        self._timeout = timeout
        self._clock = clock
        self._lock = lock
        self._name = name
        self._secrets = _secrets(self._pool())
        self._lines: dict[asyncio.AbstractEventLoop, _Line] = {}
        self._away_until: float | None = None
        # Counts how often Redis went and came back: what a call finds that began before is old news.
        self._turn = 0
        _links.add(self)

    async def run(self, keys: list[str], argument: str, read: Callable[[str], T]) -> T | None:
        """Run the script.

        Args:
            keys: Its keys.
            argument: Its argument.
            read: Reads its answer.

        Returns:
            What was read; None while Redis is away.
        """
        turn = self._begin()
        if turn is None:
            return None
        line = self._line()
        line.users += 1
        try:
            async with line.places:
                if self._away_until is not None and turn != self._turn:
                    return None
                async with asyncio.timeout(self._timeout):
                    reply: bytes | str = await line.script(keys=keys, args=[argument])
            answer = read(reply if isinstance(reply, str) else reply.decode())
        except Exception as error:  # noqa: BLE001 - what a server answers that is no Redis may raise anything in redis-py
            self._lost(turn, self._told(error))
            self._retire(line)
            return None
        finally:
            await line.leave()
        self._found(turn)
        return answer

    async def disconnect(self) -> None:
        """Close the connections of this event loop, once they are idle; the next call opens others."""
        line = self._lines.get(asyncio.get_running_loop())
        if line is not None:
            self._retire(line)
            line.users += 1
            await line.leave()

    def leave_to_parent(self) -> None:
        """Let go, in a child, of the connections that were made before the fork."""
        # Never collected, not even at the end: their event loop, whose descriptor the parent shares, would forget them.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._lines))
        self._lines = {}

    def _begin(self) -> int | None:
        """Return the turn in which a call begins; None if it would meet no Redis."""
        with self._lock():
            if self._away_until is None:
                return self._turn
            now = self._clock.monotonic()
            if now < self._away_until:
                return None
            # This one finds out for all.
            self._away_until = now + self._timeout + LEFT_ALONE
            return self._turn

    def _lost(self, turn: int, reason: str) -> None:
        with self._lock():
            self.reason = reason
            if turn != self._turn:
                return
            first = self._away_until is None
            self._turn += first
            self._away_until = self._clock.monotonic() + LEFT_ALONE
        if first:
            logger.warning("%s: Redis cannot be used (%s); nothing is shared until it can", self._name, reason)

    def _found(self, turn: int) -> None:
        with self._lock():
            if self._away_until is None or turn != self._turn:
                return
            self._away_until = None
            self._turn += 1
        logger.warning("%s: Redis answers again, and is shared as before", self._name)

    def _told(self, error: Exception) -> str:
        text = str(error)
        if isinstance(error, TimeoutError) and not text:
            text = f"no answer within {self._timeout:g} s"
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return f"{type(error).__name__}: {text[:_SHOWN]}"

    def _retire(self, line: _Line) -> None:
        # After a failure too: a connection may lead to what was the primary server, or hang.
        line.retired = True
        with self._lock():
            loop = asyncio.get_running_loop()
            if self._lines.get(loop) is line:
                del self._lines[loop]

    def _line(self) -> _Line:
        loop = asyncio.get_running_loop()
        with self._lock():
            line = self._lines.get(loop)
            if line is None:
                for closed in [other for other in self._lines if other.is_closed()]:
                    del self._lines[closed]
                pool = self._pool()
                line = self._lines[loop] = _Line(pool, Redis(connection_pool=pool).register_script(self._script))
            return line

    def _pool(self) -> ConnectionPool:
        with suppress(RedisError, ValueError, AttributeError, TypeError):
            from_url: Callable[..., ConnectionPool] = cast("Any", ConnectionPool).from_url
            pool = from_url(
                self._url,
                # Left to `run`: redis-py keeps it by a `wait_for`, which may lose a cancellation before Python 3.12.
                socket_timeout=None,
                socket_connect_timeout=self._timeout,
                # Once more at once: a connection that was idle may have been closed by a Redis that is there.
                retry=Retry(NoBackoff(), 1),
                retry_on_error=[RedisConnectionError],
                # Every Redis speaks it, and none repeats a password that it does not understand.
                protocol=2,
            )
            # Options of the address are not looked at before.
            cast("Any", pool).make_connection()
            return pool
        # Without its cause, and not shown: there may be a password in it.
        raise ConfigError("url must be that of a Redis, such as redis://localhost:6379/0")


_links: WeakSet[Link] = WeakSet()


def _after_in_child() -> None:
    for link in _links:
        link.leave_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_in_child)


def _secrets(pool: ConnectionPool) -> list[str]:
    password = pool.connection_kwargs.get("password")
    return [text for text in (password, quote(password, safe="")) if text] if isinstance(password, str) else []
