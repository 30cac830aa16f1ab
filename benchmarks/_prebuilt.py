"""A server that costs next to nothing: replies are made before anybody asks, so that the client is what is measured."""

import asyncio
import importlib
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Final, cast
from urllib.parse import parse_qs, urlsplit

import attrs
from _bench import await_word
from _payload import KINDS, items, single

SINGLE: Final = "/v1/connections/made_up_00000001"
LIST: Final = "/v1/connections"

_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Rate-Limit: 100000000\r\n"
    b"X-Rate-Limit-Remaining: 99999999\r\nX-Request-Id: made-up\r\nContent-Length: %d\r\n\r\n"
)


def pin(core: int) -> None:
    """Keep this process on one core, where there are several; the server on 0, the client on 1."""
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {core})


@attrs.frozen(kw_only=True)
class Prebuilt:
    """Where it serves: `<url>/<kind>` is a base URL whose list is of that kind.

    Attributes:
        pages: How many pages a list has.
        latency: How long a reply takes, in seconds.
    """

    pages: int = 1
    latency: float = 0.0

    def serve(self, pipe: Connection) -> None:
        """Serve until told to stop; say the URL first."""
        pin(0)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(self._serve(pipe))

    async def _serve(self, pipe: Connection) -> None:
        loop = asyncio.get_running_loop()
        contents = {kind: items(kind) for kind in KINDS}
        alone = single()
        one = [_HEAD % len(alone) + alone]

        def reply(target: str) -> list[bytes]:
            parts = urlsplit(target)
            kind = parts.path.split("/")[1]
            if not parts.path.endswith(LIST):
                return one
            place = int(parse_qs(parts.query).get("cursor", ["0"])[0]) + 1
            cursor = b'"%d"' % place if place < self.pages else b"null"
            pieces = [b'{"code":"Success","data":{"items":[', contents[kind], b'],"next_cursor":' + cursor + b"}}"]
            return [_HEAD % sum(map(len, pieces)), *pieces]

        server = await loop.create_server(lambda: _Protocol(reply, self.latency), "127.0.0.1", 0)
        pipe.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await asyncio.to_thread(await_word, pipe)
        server.close()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        uvloop = importlib.import_module("uvloop")
    except ModuleNotFoundError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


class _Protocol(asyncio.Protocol):
    def __init__(self, reply: Callable[[str], list[bytes]], latency: float) -> None:
        self._reply = reply
        self._latency = latency
        self._buffer = b""
        self._known: dict[bytes, list[bytes]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not checked: that of uvloop is none of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._loop = asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            self._buffer = rest
            target = head.split(b" ", 2)[1]
            pieces = self._known.get(target)
            if pieces is None:
                pieces = self._known[target] = self._reply(target.decode())
            if self._latency:
                self._loop.call_later(self._latency, self._transport.writelines, pieces)
            else:
                self._transport.writelines(pieces)
