"""The servers that the benchmarks measure against, each to be run in a process of its own."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from typing import Final, TypeAlias

import attrs
from _bench import await_word
from aiohttp import web

from fivetran_async.sandbox import Sandbox

KEY: Final = "key"
SECRET: Final = "secret"  # noqa: S105 - opens nothing but these servers
PATH: Final = "/v1/account/info"

LATENCY: Final = 0.02
"""How long a call takes, in seconds."""

HOUR: Final = 3600
_TOO_MANY: Final = 429
_ACCOUNT: Final = {
    "code": "Success",
    "data": {"account_id": "account", "account_name": "Benchmark", "user_id": "user", "system_key_id": None},
}
_REFUSAL: Final = {"code": "TooManyRequests", "message": "Too many requests"}

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


@attrs.frozen
class Tally:
    """What a server counted.

    Attributes:
        calls: How many requests arrived.
        refused: How many of them were answered with 429.
    """

    calls: int
    refused: int


@attrs.frozen(kw_only=True)
class Bucket:
    """A token bucket, as gateways have: a steady rate, with a burst after a pause.

    Attributes:
        rate: How many calls a second.
        burst: How many calls it saves up.
        headers: What `X-Rate-Limit` and `X-Rate-Limit-Remaining` tell of: `hour`, as the documented ones do, or `none`
            to leave them away.
        retry_after: Whether a 429 says after how many whole seconds to come again, from 1.
    """

    rate: int
    burst: int = 20
    headers: str = "hour"
    retry_after: bool = True

    def serve(self, pipe: Connection) -> None:
        """Serve until told to stop; say the URL first and the tally last."""
        bucket = _Bucket(self)
        asyncio.run(_serve(bucket.counted, bucket.handle, pipe))


@attrs.frozen(kw_only=True)
class Windows:
    """The sandbox with one rolling window; it sends the headers of that window, and always `Retry-After`.

    Attributes:
        burst: How many calls.
        seconds: In how many seconds.
    """

    burst: int
    seconds: float

    def serve(self, pipe: Connection) -> None:
        """Serve until told to stop; say the URL first and the tally last."""
        with Sandbox(
            groups=1, connections=1, limits={"all": [(self.burst, self.seconds)]}, api_key=KEY, api_secret=SECRET
        ) as box:
            box.faults.script("*", "/", delay=LATENCY, times=None)
            pipe.send(box.url)
            await_word(pipe)
        refused = sum(request.status == _TOO_MANY for request in box.requests)
        pipe.send(Tally(box.calls, refused))


@attrs.frozen(kw_only=True)
class Gate:
    """A server without latency that answers the second request with a 429, and all others well.

    Attributes:
        retry_after: Its `Retry-After`, in seconds.
    """

    retry_after: int

    def serve(self, pipe: Connection) -> None:
        """Serve until told to stop; say the URL first and the tally last."""
        counted = _Counted()

        async def handle(_: web.Request) -> web.StreamResponse:
            if counted.calls == 1:
                return counted.refuse({"Retry-After": str(self.retry_after)})
            return counted.answer({})

        asyncio.run(_serve(counted, handle, pipe))


class _Counted:
    def __init__(self) -> None:
        self.refused = 0
        self.let_through = 0

    @property
    def calls(self) -> int:
        return self.refused + self.let_through

    def refuse(self, headers: dict[str, str]) -> web.Response:
        self.refused += 1
        return web.json_response(_REFUSAL, status=_TOO_MANY, headers=headers)

    def answer(self, headers: dict[str, str]) -> web.Response:
        self.let_through += 1
        return web.json_response(_ACCOUNT, headers=headers)

    def tally(self) -> Tally:
        return Tally(self.calls, self.refused)


class _Bucket:
    def __init__(self, settings: Bucket) -> None:
        self.settings = settings
        self.counted = _Counted()
        self.tokens = float(settings.burst)
        self.filled_at = time.monotonic()

    async def handle(self, _: web.Request) -> web.StreamResponse:
        # The way there and the way back: the limit is in between.
        await asyncio.sleep(LATENCY / 2)
        response = self._answer()
        await asyncio.sleep(LATENCY / 2)
        return response

    def _answer(self) -> web.Response:
        settings, now = self.settings, time.monotonic()
        self.tokens = min(settings.burst, self.tokens + (now - self.filled_at) * settings.rate)
        self.filled_at = now
        if self.tokens < 1:
            # Any rate worth a benchmark has a call again within the second, the least that whole seconds can say.
            return self.counted.refuse(self._headers() | ({"Retry-After": "1"} if settings.retry_after else {}))
        self.tokens -= 1
        return self.counted.answer(self._headers())

    def _headers(self) -> dict[str, str]:
        if self.settings.headers == "none":
            return {}
        limit = self.settings.rate * HOUR
        return {"X-Rate-Limit": str(limit), "X-Rate-Limit-Remaining": str(limit - self.counted.let_through)}


async def _serve(counted: _Counted, handler: Handler, pipe: Connection) -> None:
    application = web.Application()
    application.router.add_get(PATH, handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(f"http://127.0.0.1:{runner.addresses[0][1]}")
        await asyncio.to_thread(await_word, pipe)
    finally:
        await runner.cleanup()
    pipe.send(counted.tally())
