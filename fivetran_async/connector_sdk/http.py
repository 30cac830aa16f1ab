"""JSON from a source over HTTP: paced, retried, and refused at once where another attempt cannot help."""

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
import msgspec
from yarl import URL

from fivetran_async.connector_sdk.rate import RateLimit
from fivetran_async.connector_sdk.source_errors import SourceRateLimitedError, source_error
from fivetran_async.errors import ClosedError, ConnectError, DecodeError, TimedOutError, TransportError
from fivetran_async.retry import RetryPolicy

_OK: Final = range(200, 300)
_POLICY: Final = RetryPolicy(attempts=5, initial_wait=1.0, max_wait=60.0)


class JsonSource:
    """A source that answers GET with JSON. Use it as `async with JsonSource(...) as source`."""

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        rate: RateLimit | None = None,
        retry: RetryPolicy = _POLICY,
        timeout: float = 60.0,
        observe: Callable[[Mapping[str, str], RateLimit], None] | None = None,
    ) -> None:
        """Describe a source.

        Args:
            base_url: What paths are added to.
            headers: Sent with each request; credentials go here, and no error shows them.
            rate: How quickly it may be asked; None for any.
            retry: What is tried again: 408, 429, those from 500 on, and what got no reply. Other statuses never are.
            timeout: How long one attempt may take, in seconds.
            observe: Called with the headers of each reply and the rate, to learn from quota headers.
        """
        self._url = URL(base_url)
        self._headers = dict(headers or {})
        self._rate = rate or RateLimit()
        self._retry = retry
        self._timeout = timeout
        self._observe = observe
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # The rate and the readers bound what is open; a second bound would only hide it.
        self._session = aiohttp.ClientSession(
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            connector=aiohttp.TCPConnector(limit=0),
        )
        # Otherwise a GET that met a dropped keep-alive connection is sent again, unpaced.
        self._session._retry_connection = False  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Any:
        """Fetch a path, as often as the policy allows.

        Args:
            path: The path, added to the base URL, or a whole URL of the same server.
            params: The query.

        Returns:
            The decoded JSON.

        Raises:
            SourceError: The source answered with an error status.
            TransportError: No reply came.
            DecodeError: The reply is no JSON.
        """
        return await self._retry.call(lambda: self._once(path, params))

    async def _once(self, path: str, params: Mapping[str, str | int] | None) -> Any:
        if self._session is None:
            raise ClosedError("the source is not open: use it as `async with JsonSource(...) as source`")
        url = URL(path) if "://" in path else self._url / path.lstrip("/")
        await self._rate.wait()
        what = f"GET {url.path}"
        try:
            async with self._session.get(url, params=params, allow_redirects=False) as reply:
                body = await reply.read()
        except TimeoutError:
            raise TimedOutError(f"{what}: no reply within {self._timeout:g} s") from None
        except aiohttp.ClientConnectorError as error:
            raise ConnectError(f"{what}: {error}", host=url.host or "", port=url.port) from None
        except aiohttp.ClientError as error:
            raise TransportError(f"{what}: {type(error).__name__}: {error}") from None
        if self._observe is not None:
            self._observe(reply.headers, self._rate)
        if reply.status not in _OK:
            refusal = source_error(reply.status, what=what, headers=reply.headers, body=body)
            if isinstance(refusal, SourceRateLimitedError) and refusal.retry_after is not None:
                self._rate.pause(refusal.retry_after)
            raise refusal
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeError) as error:
            raise DecodeError(f"{what}: the reply is no JSON: {error}", status=reply.status, body=body) from None
