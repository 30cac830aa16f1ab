"""Receiver: what every way of receiving a delivery shares, from the first header to a verified event.

The order of the checks is that of their cost: the method, the announced length, the body within its bounds of size and
time, the signature, the JSON, and last whether the event was delivered before. Nothing of a body is read before its
signature fits.
"""

import asyncio
import inspect
import json
import logging
import os
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias, cast

import anyio
import attrs

from fivetran_async.errors import ArgumentError, ConfigError, DecodeError
from fivetran_async.webhooks._event import WebhookEvent, parse
from fivetran_async.webhooks._signature import SIGNATURE_HEADER, Secret, verify
from fivetran_async.webhooks.store import Identity, MemoryStore, SeenStore

logger = logging.getLogger("fivetran_async")

MAX_BODY: Final = 1024 * 1024
"""How long a body may be unless told otherwise, in bytes; those of Fivetran are far below it."""

READ_TIMEOUT: Final = 5.0
"""How long a body may take to come unless told otherwise, in seconds."""

# How long a function may take to find the secret, in seconds: Fivetran waits for 10, a body may take 5 of them.
_SECRET_WITHIN: Final = 3.0
_STORES: Final = ("claim", "confirm", "forget")
# How long a store may take to note what became of an event, in seconds.
_NOTING: Final = 5.0


@attrs.frozen
class Env:
    """A secret in a variable of the environment, read at each delivery, so that it can be changed over.

    Attributes:
        name: The variable.
    """

    name: str


SecretSource: TypeAlias = Secret | Env | Callable[[], "Secret | Awaitable[Secret]"]
"""A secret, or several of which any will do; where one stands in the environment; or a function that returns it."""


@attrs.frozen(kw_only=True)
class Answer:
    """What a delivery is answered.

    Attributes:
        status: The HTTP status.
        headers: Its headers.
        body: Its body.
    """

    status: int
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])
    body: bytes = b""


@attrs.frozen(kw_only=True)
class Problem:
    """Why a delivery is refused.

    Attributes:
        status: The HTTP status of the answer.
        code: The reason in a word: `method`, `length`, `too_large`, `too_slow`, `broken_off`, `no_body`,
            `no_signature`, `bad_signature`, `bad_json`, `no_room`, `no_secret`, `failed`.
        message: The reason in words, as the answer says it.
        headers: Headers that the answer needs, such as `Allow`.
    """

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])

    def answer(self) -> Answer:
        """Return the answer that says it."""
        body = json.dumps({"error": self.code, "message": self.message}).encode()
        return Answer(status=self.status, headers={"Content-Type": "application/json", **self.headers}, body=body)


OnError: TypeAlias = Callable[[Problem], "Answer | Awaitable[Answer | None] | None"]
"""A function that is told of each refusal, and may replace its answer."""

TAKEN: Final = Answer(status=200, headers={"Content-Type": "application/json"}, body=b'{"status": "ok"}')
"""What is answered to a delivery that was taken, and to one that had been taken before."""


class RefusedError(Exception):
    """A delivery is refused; in here alone."""

    def __init__(self, problem: Problem) -> None:
        """Keep why."""
        super().__init__(problem.message)
        self.problem = problem


class Receiver:
    """Checks deliveries; an adapter of each kind of server hands them over and hands the events on.

    ```python
    answer, event = await receiver.receive(request.method, request.headers, request.content.iter_any())
    ```
    """

    def __init__(
        self,
        secret: SecretSource,
        *,
        max_body: int = MAX_BODY,
        read_timeout: float = READ_TIMEOUT,
        on_error: OnError | None = None,
        store: SeenStore | None = None,
    ) -> None:
        """Prepare.

        Args:
            secret: The webhook's secret; several of which any will do, while it is changed over; `Env("NAME")`; or a
                function, also an async one, that returns any of these but the last.
            max_body: How long a body may be, in bytes.
            read_timeout: How long a body may take to come, in seconds.
            on_error: Called with each refusal; what it returns, if anything, is answered instead.
            store: What tells that an event was delivered before; None for the memory of this process.

        Raises:
            ArgumentError: An argument cannot be used; the message names it.
            ConfigError: The variable of the environment is not set.
        """
        if isinstance(max_body, bool) or not isinstance(max_body, int) or max_body < 1:
            raise ArgumentError(f"max_body must be a number of bytes from 1, not {max_body!r}")
        if isinstance(read_timeout, bool) or not isinstance(read_timeout, int | float) or not read_timeout > 0:
            raise ArgumentError(f"read_timeout must be a number of seconds above 0, not {read_timeout!r}")
        if on_error is not None and not callable(on_error):
            raise ArgumentError(f"on_error must be a function, not {on_error!r}")
        if store is not None and not all(callable(getattr(store, name, None)) for name in _STORES):
            raise ArgumentError(f"store must have async claim, confirm and forget, as SeenStore says, not {store!r}")
        self.max_body: Final = max_body
        self.read_timeout: Final = read_timeout
        self.store: Final[SeenStore] = MemoryStore() if store is None else store
        self._on_error = on_error
        self._secret = _kept(secret)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} max_body={self.max_body} read_timeout={self.read_timeout:g}>"

    async def receive(
        self, method: str, headers: Mapping[str, str], chunks: AsyncIterable[bytes]
    ) -> tuple[Answer, WebhookEvent | None]:
        """Read a delivery, once and within its bounds, and check it.

        Args:
            method: The HTTP method.
            headers: Its headers, by names in any case.
            chunks: Its body as it comes; it is not read further than needed.

        Returns:
            The answer, and the event that is to be handed on; None where the delivery is refused, or was taken before.
            Afterwards `confirm` the event, or `forget` it when it could not be dealt with and has to come again.
        """
        try:
            length = self.check_head(method, headers)
            body = await self._read(chunks, length)
            return await self.judge(headers, body)
        except RefusedError as refusal:
            return await self.refuse(refusal.problem), None

    async def judge(self, headers: Mapping[str, str], body: bytes) -> tuple[Answer, WebhookEvent | None]:
        """Check a delivery whose body is there.

        Raises:
            RefusedError: It is refused.
        """
        event = self.event(headers, body, await self.secrets())
        if not await self.store.claim(event.identity):
            return TAKEN, None
        return TAKEN, event

    def check_head(self, method: str, headers: Mapping[str, str]) -> int | None:
        """Check what is known before the body; return how long that is announced to be.

        Raises:
            RefusedError: It is refused.
        """
        if method.upper() != "POST":
            raise RefusedError(
                Problem(status=405, code="method", message="deliveries are POST requests", headers={"Allow": "POST"})
            )
        given = _header(headers, "content-length")
        if given is None:
            return None
        if not (given.isascii() and given.isdigit()):
            raise RefusedError(Problem(status=400, code="length", message="Content-Length is no number"))
        # As a text of digits it may be longer than Python turns into a number.
        if len(given) > len(str(self.max_body)) + 20 or int(given) > self.max_body:
            raise self.too_large()
        return int(given)

    def event(self, headers: Mapping[str, str], body: bytes, secrets: Secret) -> WebhookEvent:
        """Return the event of a body that is signed.

        Raises:
            RefusedError: It is refused.
        """
        if not body:
            raise RefusedError(Problem(status=400, code="no_body", message="the delivery has no body"))
        signature = _header(headers, SIGNATURE_HEADER.lower())
        if not signature:
            raise RefusedError(
                Problem(status=400, code="no_signature", message=f"the header {SIGNATURE_HEADER} is missing")
            )
        if not verify(body, signature, secrets):
            raise RefusedError(
                Problem(status=401, code="bad_signature", message="the signature was not made with the secret")
            )
        try:
            return parse(body)
        except (DecodeError, RecursionError):
            raise RefusedError(Problem(status=422, code="bad_json", message="the body is no event in JSON")) from None

    async def secrets(self) -> Secret:
        """Return the secret as it is now.

        Raises:
            RefusedError: There is none.
        """
        found: Any = self._secret
        try:
            if isinstance(found, Env):
                return _from_environment(found)
            if callable(found):
                found = found()
                if inspect.isawaitable(found):
                    async with asyncio.timeout(_SECRET_WITHIN):
                        found = await found
            return _checked(found)
        except Exception as error:
            # Nobody is let in without one, and nobody is told why.
            logger.exception("the secret of the webhook cannot be had")
            raise RefusedError(
                Problem(status=500, code="no_secret", message="the receiver has no secret; see its log")
            ) from error

    async def confirm(self, event: WebhookEvent) -> None:
        """Remember that an event was dealt with; without it, it may come again after the store's lease."""
        await self._note(self.store.confirm, event)

    async def forget(self, event: WebhookEvent) -> None:
        """Let an event come again that was not dealt with after all."""
        await self._note(self.store.forget, event)

    async def settle(self, event: WebhookEvent, status: int) -> None:
        """Confirm an event that an application answered well; forget it where Fivetran is to deliver it again."""
        if 200 <= status < 300:  # noqa: PLR2004 - all that Fivetran takes for success
            await self.confirm(event)
        else:
            await self.forget(event)

    async def release(self) -> None:
        """Let the store close its connections of this event loop, if it has any of its own."""
        disconnect: Any = getattr(self.store, "disconnect", None)
        if disconnect is not None:
            await disconnect()

    async def _note(self, note: "Callable[[Identity], Awaitable[None]]", event: WebhookEvent) -> None:
        # Also where whoever dealt with it is cancelled, and whatever the store raises: what it did is done.
        with anyio.move_on_after(_NOTING, shield=True) as scope:
            try:
                await note(event.identity)
            except Exception:
                logger.exception("the store of webhooks' events failed with %s of %s", event.event, event.connection)
        if scope.cancelled_caught:
            logger.error("the store of webhooks' events did not answer within %g s", _NOTING)

    async def refuse(self, problem: Problem) -> Answer:
        """Return the answer of a refusal: that of `on_error`, if it has one."""
        if self._on_error is None:
            return problem.answer()
        try:
            found: Any = self._on_error(problem)
            if inspect.isawaitable(found):
                found = await found
        except Exception:
            logger.exception("on_error %r raised", self._on_error)
            found = None
        if found is not None and not isinstance(found, Answer):
            logger.error("on_error must return an Answer or None, not %r", found)
            found = None
        return found or problem.answer()

    def too_large(self) -> RefusedError:
        """Return the refusal of a body beyond the bound."""
        return RefusedError(
            Problem(status=413, code="too_large", message=f"a delivery may have {self.max_body} bytes at the most")
        )

    def too_slow(self) -> RefusedError:
        """Return the refusal of a body that did not come in time."""
        return RefusedError(
            Problem(
                status=408,
                code="too_slow",
                message=f"the body did not come within {self.read_timeout:g} s",
                headers={"Connection": "close"},
            )
        )

    def whole(self, body: bytes, length: int | None) -> bytes:
        """Return a body that is as long as it was announced to be.

        Raises:
            RefusedError: It is shorter, or longer.
        """
        if length is not None and len(body) != length:
            raise broken_off(f"Content-Length says {length} bytes, and {len(body)} came")
        return body

    async def _read(self, chunks: AsyncIterable[bytes], length: int | None) -> bytes:
        pieces: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self.read_timeout):
                async for chunk in chunks:
                    size += len(chunk)
                    if size > self.max_body:
                        raise self.too_large()
                    pieces.append(chunk)
        except TimeoutError:
            raise self.too_slow() from None
        return self.whole(b"".join(pieces), length)


def broken_off(why: str) -> RefusedError:
    """Return the refusal of a body that did not come whole."""
    return RefusedError(Problem(status=400, code="broken_off", message=why, headers={"Connection": "close"}))


def _header(headers: Mapping[str, str], name: str) -> str | None:
    found = headers.get(name)
    if found is not None:
        return found
    # A plain dictionary knows one spelling.
    return next((value for key, value in headers.items() if key.lower() == name), None)


def _kept(secret: Any) -> SecretSource:
    if isinstance(secret, Env):
        _from_environment(secret)
        return secret
    if callable(secret):
        return cast("SecretSource", secret)
    return _checked(secret)


def _checked(secret: Any) -> Secret:
    secrets: tuple[Any, ...]
    if isinstance(secret, str | bytes):
        secrets = (secret,)
    else:
        secrets = tuple(cast("Iterable[Any]", secret)) if isinstance(secret, Iterable) else ()
    if not secrets or not all(isinstance(one, str | bytes) and one for one in secrets):
        # Without the value.
        raise ArgumentError("secret must be a text that is not empty, several of them, Env(...) or a function")
    return secrets


def _from_environment(variable: Env) -> str:
    found = os.environ.get(variable.name, "")
    if not found:
        raise ConfigError(f"the variable {variable.name} of the environment, with the webhook's secret, is not set")
    return found
