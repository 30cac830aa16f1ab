"""The direct way of a plain request: onto a connection of aiohttp's pool, and its reply through aiohttp's parser.

`ClientSession.request` prepares for redirects, cookies, middlewares, uploads and proxies. A plain request has none of
them, and would wait for that preparation as long as for all the rest of a call.
"""

import asyncio
import time
from collections.abc import Coroutine, Mapping
from contextvars import ContextVar
from types import FunctionType
from typing import Any, Final

import aiohttp
import attrs
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection as Lent
from aiohttp.http import HttpProcessingError
from yarl import URL

from fivetran_async._wire import Request, Response, on_wire

_SWITCHING = 101
_LARGE = 256 * 1024


@attrs.define
class Progress:
    """How far an attempt has come."""

    connected: bool = False
    answered: bool = False


progress_of_task: Final[ContextVar[Progress | None]] = ContextVar("fivetran_async_progress", default=None)
"""Of the request that goes the session's way, which knows nothing of it."""


class Connector(aiohttp.TCPConnector):
    """Notes when a request has a connection: before that, nothing of it was sent, and it is written in the same step.

    Hooks of aiohttp would say so as well; they take a tenth of the time of a call.
    """

    async def connect(self, req: Any, traces: Any, timeout: aiohttp.ClientTimeout) -> Any:  # noqa: ASYNC109 - aiohttp's
        """Give a connection to a request that goes the session's way."""
        connection = await super().connect(req, traces, timeout)
        progress = progress_of_task.get()
        if progress is not None:
            progress.connected = True
        tell_on_wire()
        return connection

    def lend(self, place: aiohttp.ClientRequest, limits: aiohttp.ClientTimeout) -> Coroutine[Any, Any, Lent]:
        """Give a connection to the same place as a request would go to."""
        return super().connect(place, [], limits)


def tell_on_wire() -> None:
    """Resolve what waits for a request of this context to be written."""
    written = on_wire.get()
    if written is not None and not written.done():
        written.set_result(None)


def unwatched(session: aiohttp.ClientSession) -> bool:
    """Say whether nobody has put himself between a session and its requests.

    Mocks, recorders and tracers of aiohttp replace its methods or add trace configurations: they are to see all.
    """
    call, request = _methods()
    # By identity: a wrapper may say that it equals what it wraps.
    known = call is _KNOWN_CALL and request is _KNOWN_REQUEST
    return (known or (_is_aiohttps_own(call) and _is_aiohttps_own(request))) and not session.trace_configs


def _methods() -> tuple[object, object]:
    session = aiohttp.ClientSession
    return session._request, session.request  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def _is_aiohttps_own(method: object) -> bool:
    # Its name and its module are copied by whoever wraps it; where it looks its own names up is not.
    return type(method) is FunctionType and _same(method.__globals__, vars(aiohttp.client))


def _same(one: object, other: object) -> bool:
    return one is other


# What was wrapped before this was imported is known to be none of aiohttp's own.
_KNOWN_CALL, _KNOWN_REQUEST = (method if _is_aiohttps_own(method) else None for method in _methods())


class _Patience:
    """Ends the wait for a reply that does not begin in time.

    It has one timer for all requests of an event loop; aiohttp's own, two for each, take a tenth of the time of a call.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: dict[ResponseHandler, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, protocol: ResponseHandler, seconds: float | None) -> None:
        """Give a reply so many seconds from now to begin in; None for any number."""
        if seconds is None:
            return
        until = self._loop.time() + seconds
        self._waiting[protocol] = until
        if self._timer is None or until < self._timer.when():
            self._look_at(until)

    def end(self, protocol: ResponseHandler) -> None:
        """Wait no longer."""
        self._waiting.pop(protocol, None)

    def close(self) -> None:
        """Drop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_at(self, time: float) -> None:
        self.close()
        self._timer = self._loop.call_at(time, self._look)

    def _look(self) -> None:
        self._timer = None
        now = self._loop.time()
        for protocol in [protocol for protocol, until in self._waiting.items() if until <= now]:
            del self._waiting[protocol]
            protocol.set_exception(aiohttp.SocketTimeoutError("the reply did not begin in time"))
        if self._waiting:
            self._look_at(min(self._waiting.values()))


class Direct:
    """Plain requests of one session: no proxy, and neither an upload nor a download."""

    def __init__(
        self,
        connector: Connector,
        base_url: str,
        headers: Mapping[str, str],
        authorization: Mapping[str, str],
        reading: set[aiohttp.StreamReader],
    ) -> None:
        """Prepare what all requests have in common; in the session's event loop.

        Args:
            connector: The session's.
            base_url: Where the API is.
            headers: What each request carries.
            authorization: What each request carries that is not public.
            reading: Where bodies stand that have not come whole yet.
        """
        self._connector = connector
        self._reading = reading
        self._patience = _Patience(asyncio.get_running_loop())
        # The C library gives the memory of a large body back to the system when that is freed, and the next page of a
        # list would have it mapped anew piece by piece, in a fifth of its time: one body is kept in its place.
        self._last_large = b""
        url = URL(base_url)
        # Never sent: it says where to, and which headers aiohttp would add.
        self._place = aiohttp.ClientRequest("GET", url, headers=headers, loop=asyncio.get_running_loop())
        own = {name: value for name, value in self._place.headers.items() if name.title() != "Accept"}
        self._prefix = url.raw_path.rstrip("/")
        self._public = _lines(own)
        self._private = _lines({**own, **authorization})

    async def exchange(self, request: Request, limits: aiohttp.ClientTimeout, progress: Progress) -> Response:
        """Send a request and read the whole reply.

        Raises:
            aiohttp.ClientError: As a session does.
            TimeoutError: As a session does.
        """
        started = time.perf_counter()
        content = self._bytes(request)
        connection = await self._connector.lend(self._place, limits)
        try:
            progress.connected = True
            protocol, stream = _open(connection)
            protocol.set_response_params(read_until_eof=True)
            stream.write(content)
            tell_on_wire()
            try:
                self._patience.begin(protocol, limits.sock_read)
                message, payload = await protocol.read()
                while message.code // 100 == 1 and message.code != _SWITCHING:
                    self._patience.begin(protocol, limits.sock_read)
                    message, payload = await protocol.read()
            finally:
                self._patience.end(protocol)
            progress.answered = True
            body = payload.read_nowait() if payload.is_eof() else await self._rest(protocol, payload, limits)
        except HttpProcessingError as error:
            connection.close()
            raise aiohttp.ClientConnectionError(f"the reply is no HTTP: {error.message}") from None
        except BaseException:
            connection.close()
            raise
        connection.release()
        if len(body) > _LARGE:
            self._last_large = body
        return Response(status=message.code, headers=message.headers, body=body, seconds=time.perf_counter() - started)

    async def _rest(
        self, protocol: ResponseHandler, payload: aiohttp.StreamReader, limits: aiohttp.ClientTimeout
    ) -> bytes:
        protocol.read_timeout = limits.sock_read
        protocol.start_timeout()
        self._reading.add(payload)
        try:
            return await payload.read()
        finally:
            self._reading.discard(payload)

    def close(self) -> None:
        """Look after replies no longer."""
        self._last_large = b""
        self._patience.close()

    def _bytes(self, request: Request) -> bytes:
        operation, body = request.operation, request.body
        fixed = self._public if operation.public else self._private
        head = f"{operation.method} {self._prefix}{request.target} HTTP/1.1\r\n{fixed}{_lines(request.headers)}"
        if body is not None:
            return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        if operation.method != "GET":
            head += "Content-Length: 0\r\n"
        return f"{head}\r\n".encode()


def _open(connection: Lent) -> tuple[ResponseHandler, asyncio.Transport]:
    protocol, stream = connection.protocol, connection.transport
    if protocol is None or stream is None or stream.is_closing():
        raise aiohttp.ClientConnectionResetError("the connection was closed before anything was written")
    return protocol, stream


def _lines(headers: Mapping[str, str]) -> str:
    return "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
