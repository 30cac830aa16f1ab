"""The two ways to a Redis that remembers events: an address, or a client that is somebody else's."""

import asyncio
import logging
import os
import threading
from typing import Any, Final

from fivetran_async._clock import SystemClock
from fivetran_async._redis_link import Link

logger = logging.getLogger("fivetran_async")

# In one step: of two processes that claim at the same time one alone is told yes.
_SCRIPT: Final = """
local verb, milliseconds = string.match(ARGV[1], '^(%a+):(%d+)$')
if verb == 'claim' then
  return redis.call('SET', KEYS[1], 'claimed', 'NX', 'PX', milliseconds) and '1' or '0'
elseif verb == 'confirm' then
  redis.call('SET', KEYS[1], 'done', 'PX', milliseconds)
else
  redis.call('DEL', KEYS[1])
end
return '1'
"""


class Address:
    """Redis at an address: connections of its own, and one question at a time while it is away."""

    def __init__(self, url: str, timeout: float) -> None:
        """Prepare; nothing is connected.

        Raises:
            ConfigError: The address cannot be used.
        """
        self._mutex = threading.RLock()
        self._process = os.getpid()
        self._link = Link(
            url, _SCRIPT, timeout=timeout, clock=SystemClock(), lock=self._lock, name="the store of webhooks' events"
        )

    async def ask(self, verb: str, key: str, seconds: float) -> bool | None:
        """Claim, confirm or forget; False where it is claimed already, None while Redis is away."""
        return await self._link.run([key], f"{verb}:{_milliseconds(seconds)}", lambda answer: answer == "1")

    async def disconnect(self) -> None:
        """Close the connections of this event loop."""
        await self._link.disconnect()

    def _lock(self) -> threading.RLock:
        if self._process != os.getpid():
            # The old one may be held by a thread that the child does not have.
            self._mutex, self._process = threading.RLock(), os.getpid()
        return self._mutex


class Given:
    """A client that was made elsewhere."""

    def __init__(self, client: Any, timeout: float) -> None:
        """Keep it."""
        self._client = client
        self._timeout = timeout

    async def ask(self, verb: str, key: str, seconds: float) -> bool | None:
        """Claim, confirm or forget; False where it is claimed already, None while Redis is away."""
        try:
            async with asyncio.timeout(self._timeout):
                if verb == "forget":
                    await self._client.delete(key)
                    return True
                first = verb == "claim"
                text = "claimed" if first else "done"
                return bool(await self._client.set(key, text, nx=first, px=_milliseconds(seconds)))
        except Exception as error:  # noqa: BLE001 - redis-py, a server that is no Redis, another event loop: anything
            reason = str(error) or f"no answer within {self._timeout:g} s"
            logger.warning("cannot %s an event of webhooks, Redis cannot be used: %s", verb, reason)
            return None

    async def disconnect(self) -> None:
        """Leave it to its owner."""


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))
