"""The only module that does I/O: one attempt is one request on the wire."""

import asyncio
import base64
import errno
import os
import platform
import ssl as tls
import time
import urllib.request
from os import PathLike, fspath
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import aiohttp
import attrs
from yarl import URL

from fivetran_async._direct import Connector, Direct, Progress, progress_of_task, unwatched
from fivetran_async._files import Download, Upload
from fivetran_async._session import SessionHolder
from fivetran_async._version import __version__
from fivetran_async._wire import Request, Response
from fivetran_async.config import Credentials, Timeout, is_loopback
from fivetran_async.errors import (
    ClosedError,
    ConfigError,
    ConnectError,
    FivetranError,
    TimedOutError,
    TransportError,
    WrongLoopError,
)

_PIECE = 256 * 1024


@attrs.frozen(kw_only=True)
class Network:
    """How the API is reached.

    Attributes:
        base_url: Where it is.
        credentials: Who asks; None for nobody, who may only ask for what is public.
        proxy: The URL of an HTTP proxy; None to look into the environment if `trust_env`.
        ssl: A context, or a file of certificates to trust; None for those of the system.
        trust_env: Whether `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` count. A loopback address is
            never reached through them.
        user_agent_suffix: What to add to `User-Agent`.
    """

    base_url: str
    credentials: Credentials | None
    proxy: str | None = attrs.field(default=None, repr=False)
    ssl: tls.SSLContext | str | PathLike[str] | None = None
    trust_env: bool = True
    user_agent_suffix: str | None = None


class Transport:
    """One aiohttp session: made in the loop that first uses it, closed once."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._tls = _tls_context(network.ssl)
        self._proxy, self._proxy_headers = _proxy(network)
        self._headers = {"User-Agent": user_agent(network.user_agent_suffix)}
        self._authorization = {} if network.credentials is None else {"Authorization": network.credentials.header}
        if self._proxy_headers and network.base_url.startswith("http://"):
            # Without TLS there is no CONNECT that could carry them, and aiohttp would drop them.
            self._headers |= self._proxy_headers
        self.holder = SessionHolder()
        self._closed = False
        self._timeout = Timeout()
        self._both = (_limits(self._timeout, slow=False), _limits(self._timeout, slow=True))

    @property
    def base_url(self) -> str:
        """Where the API is, without `/v1`."""
        return self._network.base_url

    @property
    def key_digest(self) -> str | None:
        """What tells one API key from another, and nothing else of it; None without credentials."""
        return None if self._network.credentials is None else self._network.credentials.key_digest

    def without_credentials(self) -> "Transport":
        """Return another transport to the same place, which has nothing to send of who asks."""
        return Transport(attrs.evolve(self._network, credentials=None))

    @property
    def anonymous(self) -> bool:
        """Whether there are no credentials."""
        return self._network.credentials is None

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    async def close(self) -> None:
        """Close the session and its connections, from whichever loop; again does nothing.

        Raises:
            WrongLoopError: The session belongs to a loop that is neither closed nor running.
        """
        self._closed = True
        try:
            await self.holder.close()
        except WrongLoopError:
            self._closed = False
            raise

    def open(self) -> aiohttp.ClientSession:
        """Return the session of the running loop.

        Raises:
            ClosedError: The client is closed.
            WrongLoopError: The session belongs to another loop.
        """
        if self._closed:
            raise ClosedError("the client is closed; make a new one")
        holder, loop = self.holder, asyncio.get_running_loop()
        holder.leave_to_parent()
        if holder.session is None:
            self._begin(holder, loop)
        elif holder.loop is not loop:
            raise WrongLoopError(
                "the client belongs to another event loop: make one client in each loop, or use fivetran_sync, "
                "whose client may be used from any thread"
            )
        session = holder.session
        assert session is not None  # noqa: S101 - it was just made
        return session

    def _begin(self, holder: SessionHolder, loop: asyncio.AbstractEventLoop) -> None:
        # The budget bounds what is in flight, so the pool need not.
        connector = Connector(limit=0, ttl_dns_cache=300, ssl=self._tls or True)
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            # No headers here: aiohttp would give them to a proxy as well, and the API's credentials as its own.
            # Proxies of the environment are looked up once, in _proxy; aiohttp would start two threads a request.
            trust_env=False,
        )
        # Otherwise a GET or DELETE that met a dropped keep-alive connection is sent again behind the back of the
        # retry policy and the budget.
        session._retry_connection = False  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        if self._proxy is None:
            holder.direct = Direct(
                connector, self._network.base_url, self._headers, self._authorization, holder.reading
            )
        holder.session, holder.loop = session, loop

    async def send(self, request: Request, timeout: Timeout) -> Response:  # noqa: ASYNC109 - aiohttp keeps it
        """Send one request once and read the whole reply.

        Args:
            request: What to send.
            timeout: How long the attempt may take.

        Raises:
            ClosedError: The client is closed, or was closed meanwhile.
            WrongLoopError: The client belongs to another loop.
            TransportError: No complete reply came; `sent` says whether the request may have arrived.
        """
        session = self.open()
        limits = self._limits(timeout, slow=request.slow)
        progress = Progress()
        try:
            direct = self.holder.direct
            if direct is None or not request.plain or not unwatched(session):
                return await self._exchange(session, request, limits, progress)
            if limits.total is None:
                return await direct.exchange(request, limits, progress)
            async with asyncio.timeout(limits.total):
                return await direct.exchange(request, limits, progress)
        except asyncio.CancelledError:
            # A look-up of the host's name that closing has ended reaches its callers as a cancellation.
            task = asyncio.current_task()
            if not self._closed or task is None or task.cancelling():
                raise
            failure: FivetranError = ClosedError("the client was closed while a call was under way")
        except (aiohttp.ClientError, TimeoutError, OSError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and not self._closed:
                raise
            failure = self._translate(error, request, progress)
            # This one of aiohttp's holds the headers that were sent, with the credentials.
            failure.__cause__ = None if isinstance(error, aiohttp.ClientResponseError) else error
        try:
            raise failure
        finally:
            # The error's traceback holds this frame, and the frame would hold the error.
            del failure

    async def _exchange(
        self,
        session: aiohttp.ClientSession,
        request: Request,
        limits: aiohttp.ClientTimeout,
        progress: Progress,
    ) -> Response:
        started = time.perf_counter()
        progress_of_task.set(progress)
        async with session.request(
            request.method,
            URL(self._network.base_url + request.target, encoded=True),
            data=request.body if request.upload is None else _form(request.upload),
            headers={**self._headers, **({} if request.operation.public else self._authorization), **request.headers},
            timeout=limits,
            allow_redirects=False,
            proxy=self._proxy,
            proxy_headers=self._proxy_headers,
        ) as reply:
            progress.answered = True
            self.holder.reading.add(reply.content)
            try:
                if request.download is not None and reply.ok:
                    await _receive(reply, request.download)
                body = await reply.read()
            finally:
                self.holder.reading.discard(reply.content)
            return Response(
                status=reply.status,
                headers=reply.headers,
                body=body,
                seconds=time.perf_counter() - started,
            )

    def _limits(self, timeout: Timeout, *, slow: bool) -> aiohttp.ClientTimeout:
        # Those of the last timeout are kept: a client has one, and looking it up by what is in it takes longer.
        if timeout is not self._timeout:
            self._timeout, self._both = timeout, (_limits(timeout, slow=False), _limits(timeout, slow=True))
        return self._both[slow]

    def _translate(self, error: Exception, request: Request, progress: Progress) -> FivetranError:
        if self._closed:
            return ClosedError("the client was closed while a call was under way")
        where = f"{request.method} {urlsplit(request.target).path}"
        sent = True if progress.answered else None
        if isinstance(error, aiohttp.ConnectionTimeoutError) or (
            isinstance(error, TimeoutError) and not progress.connected
        ):
            return TimedOutError(f"{where}: no connection to {self._place()} in time", sent=False)
        if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.InvalidURL)):
            return self._unreachable(error, where)
        if isinstance(error, aiohttp.ClientHttpProxyError):
            return TransportError(f"{where}: the proxy refused: {error.status} {error.message}", sent=False)
        if isinstance(error, TimeoutError):
            return TimedOutError(f"{where}: no complete reply from {self._place()} in time", sent=sent)
        what = "the reply broke off" if progress.answered else "the connection broke"
        return TransportError(f"{where}: {what}: {str(error) or type(error).__name__}", sent=sent)

    def _unreachable(self, error: aiohttp.ClientConnectorError | aiohttp.InvalidURL, where: str) -> ConnectError:
        if isinstance(error, aiohttp.InvalidURL):
            parts = urlsplit(self._network.base_url)
            host, port, why = parts.hostname or "", parts.port, f"{self._place()}: {error}"
        else:
            host, port = error.host, error.port
            # The one about a certificate has no OSError in it before aiohttp 3.13.
            why = f"{_bare(host)}:{port}: {getattr(error, 'os_error', None) or error}"
        if isinstance(error, aiohttp.ClientProxyConnectionError):
            why = f"the proxy {why}"
        elif "WRONG_VERSION_NUMBER" in why:
            why += " (nothing there speaks TLS; should the base URL begin with http://?)"
        elif getattr(error, "errno", None) == errno.ECONNREFUSED and is_loopback(self._network.base_url):
            why += " (nothing listens there; is the sandbox, or whatever the base URL leads to, started?)"
        return ConnectError(f"{where}: no connection to {why}", host=host, port=port)

    def _place(self) -> str:
        return urlsplit(self._network.base_url).netloc


def _limits(timeout: Timeout, *, slow: bool) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=timeout.total, connect=timeout.connect, sock_read=timeout.read_for(slow=slow))


def _form(upload: Upload) -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("file", upload.open(), filename=upload.filename, content_type="application/zip")
    return form


async def _receive(reply: aiohttp.ClientResponse, download: Download) -> None:
    await download.begin()
    async for piece in reply.content.iter_chunked(_PIECE):
        await download.write(piece)


def user_agent(suffix: str | None = None) -> str:
    """Return the `User-Agent`.

    Raises:
        ConfigError: The suffix has a character that no header may have.
    """
    agent = f"fivetran-async/{__version__} python/{platform.python_version()} aiohttp/{aiohttp.__version__}"
    if not suffix:
        return agent
    if not isinstance(suffix, str) or not suffix.isascii() or not suffix.isprintable():
        raise ConfigError(f"user_agent_suffix must be printable ASCII, not {suffix!r}")
    return f"{agent} {suffix.strip()}"


def _tls_context(setting: tls.SSLContext | str | PathLike[str] | None) -> tls.SSLContext | None:
    if setting is None or isinstance(setting, tls.SSLContext):
        return setting
    try:
        # Of an empty name the library makes a context that trusts the system's certificates.
        return tls.create_default_context(cafile=fspath(setting) or os.curdir)
    except (OSError, TypeError, ValueError) as error:
        raise ConfigError(
            f"ssl must be an ssl.SSLContext or a readable file of PEM certificates, not {setting!r}: {error}"
        ) from None


def _proxy(network: Network) -> tuple[str | None, dict[str, str] | None]:
    address = network.proxy
    if address is None:
        address = proxy_of_environment(network.base_url) if network.trust_env else None
    if address is None:
        return None, None
    # The address is not repeated: it may hold a password.
    refusal = ConfigError("proxy is no http or https URL, such as http://proxy.example.com:3128")
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        host, port = parts.hostname, parts.port
    except (ValueError, TypeError):
        raise refusal from None
    if parts.scheme not in {"http", "https"} or not host:
        raise refusal
    url = urlunsplit((parts.scheme, _bare(host) if port is None else f"{_bare(host)}:{port}", "", "", ""))
    if parts.username is None:
        return url, None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return url, {"Proxy-Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _bare(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def proxy_of_environment(base_url: str) -> str | None:
    """Return the proxy that the environment names for an address; it may hold a password. None without one."""
    parts: Any = urlsplit(base_url)
    if is_loopback(base_url) or urllib.request.proxy_bypass(parts.netloc):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
