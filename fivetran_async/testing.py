"""What users test their own code with: replies without a server, and waits that end at once."""

import asyncio
import copy
import fnmatch
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

import attrs
import msgspec
from multidict import CIMultiDict

from fivetran_async import config
from fivetran_async._forks import loading
from fivetran_async._no_waiting import NoWaiting
from fivetran_async._wire import Request, Response
from fivetran_async.config import Timeout
from fivetran_async.errors import ArgumentError, ClosedError, FivetranError
from fivetran_async.models._base import Model
from fivetran_async.transport import Network, Transport

if TYPE_CHECKING:
    from fivetran_async.client import Fivetran
    from fivetran_sync import Fivetran as SyncFivetran

__all__ = ["FakeRequest", "FakeTransport", "NoWaiting", "UnexpectedRequestError"]

_KEY, _SECRET = "key", "secret"
_METHODS: Final = ("GET", "POST", "PATCH", "PUT", "DELETE")


class UnexpectedRequestError(AssertionError):
    """A request came for which a test has given no reply."""


@attrs.frozen(kw_only=True)
class FakeRequest:
    """A request that a client would have sent.

    Attributes:
        method: The HTTP method.
        path: The path, decoded, such as `/v1/groups/g1`.
        query: The query; of a name that comes more than once, the last value.
        body: The body, as plain JSON values; None without one.
        headers: The headers but `Authorization` and `User-Agent`, looked up without regard to case.
    """

    method: str
    path: str
    query: Mapping[str, str] = attrs.field(hash=False)
    body: Any = attrs.field(hash=False)
    headers: Mapping[str, str] = attrs.field(hash=False, repr=False)


@attrs.define(kw_only=True)
class _Reply:
    """What requests get that match."""

    method: str
    path: str
    query: Mapping[str, str | None]
    outcome: Response | FivetranError
    left: int | None

    def fits(self, request: FakeRequest) -> bool:
        return (
            self.left != 0
            and self.method in ("*", request.method)
            and (fnmatch.fnmatchcase(request.path, self.path) if "*" in self.path else request.path == self.path)
            and all(request.query.get(name) == value for name, value in self.query.items())
        )

    def __str__(self) -> str:
        given = "".join(f" {name}={value}" for name, value in self.query.items() if value is not None)
        return f"{self.method} {self.path}{given}"


class FakeTransport:
    """Replies for a client that touches no network, and the requests that it made.

    The client is the real one: encoding, retry, budget, decoding and errors are what they are in production.

    ```python
    with FakeTransport() as fake:
        fake.reply("GET", "/v1/groups/g1", {"id": "g1", "name": "Warehouse"})
        with fake.sync_client() as ft:
            assert ft.groups.get("g1").name == "Warehouse"
    ```

    Leaving the `with` statement fails the test if a reply was not asked for, or a request had none. For all that has a
    state of its own, such as syncs, take a `Sandbox`.
    """

    def __init__(self) -> None:
        self._replies: list[_Reply] = []
        self._requests: list[FakeRequest] = []
        self._unexpected: list[FakeRequest] = []

    @property
    def requests(self) -> tuple[FakeRequest, ...]:
        """The requests that were made, oldest first; each attempt is one."""
        return tuple(self._requests)

    @property
    def calls(self) -> int:
        """How many requests were made."""
        return len(self._requests)

    def reply(
        self,
        method: str,
        path: str,
        data: Any = None,
        *,
        status: int = 200,
        code: str | None = None,
        message: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
        query: Mapping[str, str | None] | None = None,
        times: int | None = 1,
    ) -> None:
        """Answer the next requests of a kind; what was given first is used first.

        Args:
            method: The HTTP method; `*` for any.
            path: The path with `/v1`, decoded; a `*` in it stands for anything.
            data: What stands in the envelope's `data`: plain JSON values, models, times; None for none.
            status: The HTTP status.
            code: The envelope's `code`; None for one that fits the status.
            message: The envelope's `message`; None for none.
            headers: Headers of the reply, such as `Retry-After`.
            body: The whole body, in place of an envelope.
            query: What the query must have; None as a value for a name that must not be there.
            times: How many requests get it; None for any number, none included.

        Raises:
            ArgumentError: That cannot be a reply.
        """
        if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:  # noqa: PLR2004 - the range of final statuses
            raise ArgumentError(f"status must be a final HTTP status, from 200 to 599, not {status!r}")
        if body is None:
            envelope: dict[str, Any] = {"code": ("Success" if status < 400 else "Error") if code is None else code}  # noqa: PLR2004 - where errors begin
            envelope |= {} if message is None else {"message": message}
            envelope |= {} if data is None else {"data": data}
            content = _json(envelope)
        else:
            content = body.encode() if isinstance(body, str) else body
        response = Response(status=status, headers=CIMultiDict(headers or {}), body=content)
        self._add(method, path, query, response, times)

    def pages(self, path: str, *pages: Sequence[Any], times: int | None = 1) -> None:
        """Answer a list, page by page.

        Args:
            path: The path with `/v1`.
            pages: The items of each page.
            times: How often the list may be read; None for any number, none included.

        Raises:
            ArgumentError: There is no page; an empty list has one empty page.
        """
        if not pages:
            raise ArgumentError("pages wants at least one page; an empty list is one empty page: pages(path, [])")
        for number, items in enumerate(pages):
            cursor = None if number == 0 else f"page-{number + 1}"
            following = f"page-{number + 2}" if number + 1 < len(pages) else None
            data = {"items": list(items), **({} if following is None else {"next_cursor": following})}
            self.reply("GET", path, data, query={"cursor": cursor}, times=times)

    def fail(self, method: str, path: str, error: FivetranError, *, times: int | None = 1) -> None:
        """Let the next requests of a kind end in an error, as if no reply had come.

        ```python
        fake.fail("GET", "/v1/groups", TransportError("connection reset", sent=None))
        ```

        Args:
            method: The HTTP method; `*` for any.
            path: The path with `/v1`, decoded; a `*` in it stands for anything.
            error: What is raised, such as a `TransportError`; its `sent` decides what the retry policy makes of it.
            times: How many requests get it; None for any number, none included.

        Raises:
            ArgumentError: It is no error of this package: a client never sees another one.
        """
        if not isinstance(error, FivetranError):
            raise ArgumentError(f"error must be an error of this package, such as TransportError, not {error!r}")
        self._add(method, path, None, error, times)

    def client(self, **options: Any) -> "Fivetran":
        """Return an asyncio client that gets these replies, and on whose clock waits end at once.

        Args:
            **options: Passed on to the client.
        """
        with loading():
            from fivetran_async.client import Fivetran  # noqa: PLC0415

        client = Fivetran(**self._options(options))
        self._put_into(client)
        return client

    def sync_client(self, **options: Any) -> "SyncFivetran":
        """Return a blocking client that gets these replies, and on whose clock waits end at once.

        Args:
            **options: Passed on to the client.
        """
        with loading():
            from fivetran_sync import Fivetran as SyncFivetran  # noqa: PLC0415
            from fivetran_sync._bridge import asyncio_client  # noqa: PLC0415

        client = SyncFivetran(**self._options(options))
        self._put_into(asyncio_client(client))
        return client

    def check(self) -> None:
        """Fail if a request had no reply, or a reply was not asked for.

        Raises:
            UnexpectedRequestError: A request had no reply.
            AssertionError: A reply was not asked for.
        """
        if self._unexpected:
            raise UnexpectedRequestError(self._why(self._unexpected[0]))
        waiting = [reply for reply in self._replies if reply.left]
        if waiting:
            raise AssertionError(f"not asked for: {', '.join(map(str, waiting))}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.check()

    def _add(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | None] | None,
        outcome: Response | FivetranError,
        times: int | None,
    ) -> None:
        verb = method.upper() if isinstance(method, str) else method
        if verb != "*" and verb not in _METHODS:
            raise ArgumentError(f"method must be one of {', '.join(_METHODS)}, or * for any, not {method!r}")
        if not isinstance(path, str) or not path.startswith(("/v1/", "/v2/", "*")):
            raise ArgumentError(f"path must be a path of the API, such as /v1/groups, not {path!r}")
        if "?" in path:
            raise ArgumentError(f"path must have no query, which is given as query=, not {path!r}")
        if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
            raise ArgumentError(f"times must be a whole number from 1, or None, not {times!r}")
        self._replies.append(_Reply(method=verb, path=path, query=dict(query or {}), outcome=outcome, left=times))

    def _options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        base: dict[str, Any] = {"api_key": _KEY, "api_secret": _SECRET, "trust_env": False}
        return base | ({} if "clock" in options else {"clock": NoWaiting()}) | dict(options)

    def _put_into(self, client: "Fivetran") -> None:
        line = client._pipeline  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        client._pipeline = attrs.evolve(  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            line, transport=_Line(self, client.base_url)
        )

    def _answer(self, request: FakeRequest) -> Response:
        self._requests.append(request)
        for reply in self._replies:
            if reply.fits(request):
                reply.left = None if reply.left is None else reply.left - 1
                if isinstance(reply.outcome, FivetranError):
                    # A copy: the client writes the attempts on it.
                    raise copy.copy(reply.outcome)
                return reply.outcome
        self._unexpected.append(request)
        raise UnexpectedRequestError(self._why(request))

    def _why(self, request: FakeRequest) -> str:
        asked = f"{request.method} {request.path}" + (f" with the query {dict(request.query)}" if request.query else "")
        given = ", ".join(str(reply) for reply in self._replies if reply.left != 0) or "none"
        return f"no reply is given for {asked}; replies that are left: {given}"


class _Line(Transport):
    """The transport of one client, which asks a `FakeTransport`."""

    def __init__(self, fake: FakeTransport, base_url: str) -> None:
        super().__init__(
            Network(base_url=base_url, credentials=config.credentials(_KEY, _SECRET), proxy=None, trust_env=False)
        )
        self._fake = fake

    async def send(self, request: Request, timeout: Timeout) -> Response:  # noqa: ARG002, ASYNC109 - its signature
        """Answer as the test says."""
        if self.closed:
            raise ClosedError("the client is closed; make a new one")
        # As a real request does: others run meanwhile, and it can be cancelled.
        await asyncio.sleep(0)
        parts = urlsplit(request.target)
        response = self._fake._answer(  # noqa: SLF001 - the other half of it  # pyright: ignore[reportPrivateUsage]
            FakeRequest(
                method=request.method,
                path=unquote(parts.path),
                query={name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()},
                body=None if request.body is None else msgspec.json.decode(request.body),
                headers=CIMultiDict(request.headers),
            )
        )
        if request.download is None or response.status >= 400:  # noqa: PLR2004 - where errors begin
            return response
        await request.download.begin()
        await request.download.write(response.body)
        return attrs.evolve(response, body=b"")


def _json(value: Any) -> bytes:
    def plain(other: object) -> Any:
        if isinstance(other, Model):
            return other.to_dict()
        raise NotImplementedError

    try:
        return msgspec.json.encode(value, enc_hook=plain)
    except (NotImplementedError, TypeError, ValueError) as error:
        raise ArgumentError(f"data must be plain JSON values, models and times: {error}") from None
