"""An aiohttp session, the loop it belongs to, and how far a request on it has come."""

import asyncio
from typing import Protocol

import aiohttp

from fivetran_async import _forks
from fivetran_async._direct import Direct
from fivetran_async.errors import WrongLoopError

_parked: list[aiohttp.ClientSession] = []
"""Sessions of a parent process: closing or dropping one in the child would speak on the parent's sockets."""


class Follower(Protocol):
    """What ends with a session."""

    async def close(self) -> None:
        """End it."""
        ...


class SessionHolder:
    """A session and the loop it belongs to, apart from the transport so that it can be closed when that is gone."""

    def __init__(self) -> None:
        self.session: aiohttp.ClientSession | None = None
        self.direct: Direct | None = None
        """The short way through the session, for plain requests; None where a proxy is between."""
        self.loop: asyncio.AbstractEventLoop | None = None
        self.reading: set[aiohttp.StreamReader] = set()
        """Bodies of replies that have not come whole yet."""
        self.followers: dict[object, Follower] = {}
        """What lives in the session's loop as long as the session does, by a key of its own."""
        self._generation = _forks.generation()

    def leave_to_parent(self) -> None:
        """Let go of a session that was made before a fork, without a word on its sockets."""
        if self._generation != _forks.generation():
            self._generation = _forks.generation()
            if self.session is not None:
                _parked.append(self.session)
            self.session = self.direct = self.loop = None
            self.reading, self.followers = set(), {}

    async def close(self) -> None:
        """Close the session and its connections; again does nothing."""
        self.leave_to_parent()
        session, loop = self.session, self.loop
        if session is None or loop is None:
            return
        elsewhere = loop is not asyncio.get_running_loop() and not loop.is_closed()
        if elsewhere and not loop.is_running():
            raise WrongLoopError("the client belongs to another event loop, which does not run now: close it there")
        direct, self.direct, self.session = self.direct, None, None
        if elsewhere:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._end(session, direct), loop))
        else:
            await self._end(session, direct)

    async def _end(self, session: aiohttp.ClientSession, direct: Direct | None) -> None:
        if direct is not None:
            direct.close()
        for follower in list(self.followers.values()):
            await follower.close()
        # Closing forgets who waits for the rest of a body, and they would wait for ever.
        for body in self.reading:
            body.set_exception(aiohttp.ClientConnectionError("the session was closed"))
        await session.close()
