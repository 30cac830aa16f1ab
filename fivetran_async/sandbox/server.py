"""The HTTP side: one straight line from a request to an answer, with faults and limits on the way."""

from __future__ import annotations

import asyncio
import base64
import email
import email.utils
import hmac
import logging
import socket
import struct
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from fivetran_async.sandbox import trail
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject, as_list, as_object
from fivetran_async.sandbox.fault_kinds import Fault, garbled, shifted
from fivetran_async.sandbox.faults import Faults
from fivetran_async.sandbox.limits import Limiter
from fivetran_async.sandbox.recording import RecordedRequest, Recorder
from fivetran_async.sandbox.replies import CODES, RefusalError, Reply
from fivetran_async.sandbox.routes import ROUTER
from fivetran_async.sandbox.routes.router import Route
from fivetran_async.sandbox.surprise import surprised

_log = logging.getLogger(__name__)

MAX_BODY: Final = 64 * 1024 * 1024
MAX_DEPTH: Final = 64
_ACCEPTED: Final = frozenset({"*/*", "application/*", "application/json"})
# That the first version can be asked for by its number is not documented.
_VERSIONS: Final = frozenset({"1", "2"})
# In how many pieces a body drips.
_DRIPS: Final = 8
# On, and without waiting: what closes a socket then is a reset.
_LINGER: Final = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Service:
    """Everything that a request may touch.

    Attributes:
        account: The state.
        limiter: Counts requests.
        faults: What is to go wrong.
        recorder: Keeps what was asked.
        api_key: The user name of Basic authentication.
        api_secret: Its password.
        surprise: What decides the surprises in replies; None for replies as they are today.
    """

    account: Account
    limiter: Limiter
    faults: Faults
    recorder: Recorder
    api_key: str
    api_secret: str = field(repr=False)
    surprise: int | None = None

    def application(self) -> web.Application:
        """Return the aiohttp application that serves this."""

        @web.middleware
        async def line(request: web.Request, handler: Any) -> web.StreamResponse:  # noqa: ARG001 - named by aiohttp
            return await _Exchange(self, request).run()

        # The middleware answers everything: the routes of the API are matched on the raw path, not by aiohttp.
        return web.Application(middlewares=[line], client_max_size=MAX_BODY)


class _Exchange:
    """One request and its answer."""

    def __init__(self, service: Service, request: web.Request) -> None:
        self._service = service
        self._request = request
        self._path = request.rel_url.raw_path
        self._query = dict(parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True))

    async def run(self) -> web.StreamResponse:
        service = self._service
        try:
            body, refusal = await self._read()
        except ConnectionResetError:
            # Whoever breaks off an upload waits for no answer; aiohttp wants one all the same.
            return web.Response()
        number = service.recorder.begin(self._record(body))
        fault = self._fault(body)
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.drop == "before":
            return self._drop(fault)
        response = await self._answer(body, refusal, fault) if fault.handles else _scripted(fault)
        response.headers.update(self._headers())
        response.headers.update(fault.headers)
        if fault.drop == "after":
            return self._drop(fault)
        service.recorder.finish(number, response.status)
        try:
            return await self._spoilt(response, fault)
        except ConnectionResetError:
            # Nor does who hangs up amid an answer that drips or breaks off.
            return response

    def _fault(self, body: bytes) -> Fault:
        service = self._service
        cursor = self._query.get("cursor", "")
        fault = service.faults.take(
            self._request.method,
            self._path,
            classes=lambda: self._classes(body),
            cursor=cursor,
            now=service.account.now,
        )
        if fault is None:
            return Fault()
        if fault.page is None:
            service.faults.count(fault.kind)
        elif fault.page == "shifted":
            try:
                # Not in place: what was asked is on record.
                self._query = self._query | {"cursor": shifted(cursor)}
            except RefusalError:
                return Fault()
        return fault

    def _classes(self, raw: bytes) -> Collection[str]:
        try:
            route, _ = ROUTER.find(self._request.method, self._path)
            return route.classes(None if route.multipart or not raw else _parse(raw, self._request.content_type))
        except RefusalError:
            return ()

    async def _read(self) -> tuple[bytes, RefusalError | None]:
        try:
            return await self._request.read(), None
        except web.HTTPRequestEntityTooLarge:
            return b"", RefusalError(413, f"Request body is larger than {MAX_BODY} bytes")
        except web.RequestPayloadError:
            return b"", RefusalError(400, "Request body could not be read")

    def _record(self, body: bytes) -> RecordedRequest:
        at = self._service.account.clock.now()
        return RecordedRequest(self._request.method, self._path, self._query, self._request.headers, body, at)

    async def _answer(self, body: bytes, refusal: RefusalError | None, fault: Fault) -> web.Response:
        with self._service.account.lock:
            reply = self._reply(body) if refusal is None else refusal.reply
            if fault.page is not None:
                reply = self._another_page(reply, fault)
            if reply.then is None:
                return self._encoded(reply)
        try:
            reply = await reply.then()
        except RefusalError as error:
            reply = error.reply
        with self._service.account.lock:
            return self._encoded(reply)

    def _another_page(self, reply: Reply, fault: Fault) -> Reply:
        data = as_object(reply.body.get("data"))
        if data is None or "items" not in data:
            return reply
        self._service.faults.count(fault.kind)
        if fault.page == "repeated":
            data = data | {"next_cursor": self._query["cursor"]}
        return replace(reply, body=reply.body | {"data": data})

    def _encoded(self, reply: Reply) -> web.Response:
        # Called with the account's lock held: what is shown may be the live state.
        seed = self._service.surprise
        if reply.content is not None:
            content, kind = reply.content, "application/zip"
        else:
            body = reply.body if seed is None else surprised(reply.body, seed)
            content, kind = msgspec.json.encode(body), "application/json"
        response = web.Response(status=reply.status, body=content, content_type=kind)
        response.headers.update(reply.headers)
        return response

    def _reply(self, body: bytes) -> Reply:
        try:
            return self._handle(body)
        except RefusalError as error:
            return error.reply
        except Exception:  # noqa: BLE001 - a fault of the sandbox must be seen, and must not look like one of the network
            _log.exception("the sandbox failed at %s %s", self._request.method, self._path)
            return RefusalError(500, "The sandbox itself failed; its log says how").reply

    def _handle(self, raw: bytes) -> Reply:
        service = self._service
        classes: tuple[str, ...] = ()
        found = self._find()
        # Whoever has no credentials is not told which paths there are.
        if isinstance(found, RefusalError) or not found[0].public:
            self._authenticate()
        try:
            if isinstance(found, RefusalError):
                raise found
            route, values = found
            version = _version(self._request.headers.get("Accept"))
            takes_body = self._request.method in {"POST", "PATCH"}
            file = _file(raw, self._request.headers.get("Content-Type")) if route.multipart else None
            body = _parse(raw, self._request.content_type) if takes_body and raw and not route.multipart else None
            classes = route.classes(body)
        finally:
            # What is refused for its form counts as a request, too.
            wait = service.limiter.take(classes, service.account.now)
            if wait:
                raise RefusalError(429, "Too many requests", headers={"Retry-After": str(wait)})
        return trail.handle(service.account, route, Call(values, self._query, body, version, file))

    def _find(self) -> tuple[Route, dict[str, str]] | RefusalError:
        try:
            return ROUTER.find(self._request.method, self._path)
        except RefusalError as error:
            return error

    def _authenticate(self) -> None:
        scheme, _, token = self._request.headers.get("Authorization", "").partition(" ")
        pair = f"{self._service.api_key}:{self._service.api_secret}".encode()
        expected = base64.b64encode(pair)
        if scheme.lower() != "basic" or not hmac.compare_digest(
            token.strip().encode(errors="surrogateescape"), expected
        ):
            challenge = {"WWW-Authenticate": 'Basic realm="Fivetran"'}
            raise RefusalError(401, "Invalid authorization credentials", headers=challenge)

    def _headers(self) -> dict[str, str]:
        service = self._service
        now = service.account.now
        return {
            "X-Request-Id": str(uuid.uuid4()),
            "Date": email.utils.formatdate(now, usegmt=True),
            "Server": "fivetran-sandbox",
            **service.limiter.headers(now),
        }

    def _drop(self, fault: Fault) -> web.StreamResponse:
        transport = self._request.transport
        if transport is not None:
            if fault.reset and not transport.is_closing():
                transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
            transport.abort()
        # aiohttp wants an answer; on a closed transport it goes nowhere.
        return web.Response()

    async def _spoilt(self, response: web.Response, fault: Fault) -> web.StreamResponse:
        body = response.body if isinstance(response.body, bytes) else b""
        if fault.garble is not None:
            response.body = garbled(body, fault.garble)
        elif fault.truncate is not None:
            return await self._truncate(response, body, fault.truncate)
        elif fault.drop == "during":
            return await self._break_off(response, body, fault)
        elif fault.surplus:
            return await self._misstate(response, body, fault.surplus)
        elif fault.drip:
            return await self._drip(response, body, fault.drip)
        return response

    async def _truncate(self, response: web.Response, body: bytes, length: int) -> web.StreamResponse:
        partial = await self._begin(response, len(body))
        await partial.write(body[:length])
        self._close()
        return partial

    async def _break_off(self, response: web.Response, body: bytes, fault: Fault) -> web.StreamResponse:
        if not fault.reset:
            return await self._truncate(response, body, int(len(body) * fault.part))
        partial = await self._begin(response, len(body))
        await partial.write(body[: int(len(body) * fault.part)])
        self._drop(fault)
        return partial

    async def _misstate(self, response: web.Response, body: bytes, surplus: int) -> web.StreamResponse:
        stated = max(0, len(body) + surplus)
        partial = await self._begin(response, stated, last=surplus < 0)
        await partial.write(body[:stated])
        transport = self._request.transport
        if transport is not None:
            # Past aiohttp, which sends no more than was announced.
            transport.write(body[stated:])
        self._close()
        return partial

    async def _drip(self, response: web.Response, body: bytes, seconds: float) -> web.StreamResponse:
        whole = await self._begin(response, len(body))
        size = -(-len(body) // _DRIPS) or 1
        for at in range(0, len(body), size):
            await whole.write(body[at : at + size])
            await asyncio.sleep(seconds / _DRIPS)
        return whole

    async def _begin(self, response: web.Response, length: int, *, last: bool = False) -> web.StreamResponse:
        started = web.StreamResponse(status=response.status, headers=response.headers)
        started.content_length = length
        if last:
            # What comes after the end would otherwise be taken for the answer to the next request.
            started.force_close()
        await started.prepare(self._request)
        return started

    def _close(self) -> None:
        transport = self._request.transport
        if transport is not None:
            transport.close()


def _scripted(fault: Fault) -> web.Response:
    status = fault.status or 200
    code = CODES.get(status, "Success" if status < 400 else "Error")  # noqa: PLR2004 - where errors begin
    content = fault.body
    if content is None:
        content = msgspec.json.encode({"code": code, "message": "A fault of the sandbox, as it was asked to"})
    return web.Response(status=status, body=content, content_type="application/json")


def _version(accept: str | None) -> int:
    """Return the version that an `Accept` header asks for; refuse what the API does not offer."""
    if accept is None or not accept.strip():
        return 1
    for offer in accept.split(","):
        kind, *parameters = (part.replace(" ", "").lower() for part in offer.split(";"))
        version = next((part.partition("=")[2] for part in parameters if part.startswith("version=")), "1")
        if kind in _ACCEPTED and version in _VERSIONS:
            return int(version)
    raise RefusalError(406, "HTTP 406 Not Acceptable")


def _parse(raw: bytes, content_type: str) -> JsonObject:
    if content_type != "application/json":
        raise RefusalError(415, "HTTP 415 Unsupported Media Type: Content-Type must be application/json")
    try:
        body = as_object(msgspec.json.decode(raw))
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise RefusalError(400, "Request body is not valid JSON") from None
    if body is None or _deeper(body, MAX_DEPTH):
        raise RefusalError(400, "Request body must be a JSON object")
    return body


def _file(raw: bytes, content_type: str | None) -> bytes | None:
    """Return the part named `file` of a multipart form, or None when there is none; refuse what is no form."""
    form = email.message_from_string(f"Content-Type: {content_type or ''}\n\n")
    if form.get_content_type() != "multipart/form-data":
        raise RefusalError(415, "HTTP 415 Unsupported Media Type: Content-Type must be multipart/form-data")
    boundary = form.get_boundary()
    if not boundary:
        raise RefusalError(400, "Content-Type lacks the boundary of the parts")
    # Split as bytes: a parser of mails looks at every line of what may be many megabytes of a zip.
    _, *parts = (b"\r\n" + raw).split(b"\r\n--" + boundary.encode(errors="surrogateescape"))
    # What follows the last boundary is no part; of a form that broke off it is what has arrived of one.
    for part in parts[:-1]:
        head, found, content = part.partition(b"\r\n\r\n")
        fields = email.message_from_bytes(head.lstrip())
        if found and fields.get_param("name", header="content-disposition") == "file":
            return content
    return None


def _deeper(value: object, depth: int) -> bool:
    level: list[Any] = [value]
    for _ in range(depth):
        inner = [_children(item) for item in level]
        level = [child for children in inner for child in children]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    mapping = as_object(value)
    return list(mapping.values() if mapping is not None else as_list(value) or ())
