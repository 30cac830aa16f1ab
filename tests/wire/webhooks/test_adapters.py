"""Deliveries over real sockets, to each kind of server."""

import asyncio
import importlib.util
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from fivetran_async.webhooks import Answer, Env, Problem, WebhookEvent, asgi, wsgi
from fivetran_async.webhooks import aiohttp as for_aiohttp

_SPEC = importlib.util.spec_from_file_location("webhook_receivers", Path(__file__).parent / "receivers.py")
assert _SPEC is not None
assert _SPEC.loader is not None
here = sys.modules.setdefault("webhook_receivers", importlib.util.module_from_spec(_SPEC))
_SPEC.loader.exec_module(here)

pytestmark = pytest.mark.parametrize("kind", here.KINDS)


def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    gives_up_at = time.monotonic() + 30
    while not true():
        assert time.monotonic() < gives_up_at, "it never came to be so"
        time.sleep(0.005)


def test_a_verified_event_is_handed_on(kind: str) -> None:
    """An event would be lost, or come twice although it was delivered twice."""
    events: list[WebhookEvent] = []
    with here.receiving(kind, events.append) as (url, _):
        assert here.post(url, here.body_of(1))[0] == 200
        assert here.post(url, here.body_of(1))[0] == 200
        assert here.post(url, here.body_of(2))[0] == 200
        until(lambda: len(events) == 2)
    assert sorted(event.connection or "" for event in events) == ["connection_1", "connection_2"]


REFUSALS: dict[str, tuple[bytes, dict[str, str] | None, int]] = {
    "no body": (b"", None, 400),
    "no signature": (here.body_of(), {"Content-Type": "application/json"}, 400),
    "another secret": (here.body_of(), here.signed(here.body_of(), "another"), 401),
    "another body": (here.body_of(1), here.signed(here.body_of(2)), 401),
    "no signature at all": (here.body_of(), {"X-Fivetran-Signature-256": "sha256=?"}, 401),
    "no JSON": (b"{", None, 422),
    "no text": (b"\xff\xfe", None, 422),
    "no object": (b"[1]", None, 422),
    "no event": (b"{}", None, 422),
    "depth": (b'{"event":' * 50_000, None, 422),
    "size": (b"x" * (2 * 1024 * 1024), None, 413),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_no_delivery_is_refused(kind: str, case: str) -> None:
    """Whoever knows the address could make events, or the sender would not learn what is wrong."""
    body, headers, status = REFUSALS[case]
    events: list[WebhookEvent] = []
    with here.receiving(kind, events.append) as (url, _):
        assert here.post(url, body, headers)[0] == status
        # And the next one is taken.
        assert here.post(url, here.body_of())[0] == 200
        until(lambda: len(events) == 1)


def test_only_posts_are_taken(kind: str) -> None:
    """A browser that looks at the address would be told nothing."""
    with here.receiving(kind, print) as (url, _):
        status, headers, _ = here.post(url, b"", {}, "GET")
    assert (status, headers["allow"]) == (405, "POST")


def test_a_secret_is_changed_over(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deliveries would be refused between the change here and the change at Fivetran."""
    body = here.body_of()
    with here.receiving(kind, print, secret=["old", "new"]) as (url, _):
        assert [here.post(url, body, here.signed(body, secret))[0] for secret in ("old", "new", "x")] == [200, 200, 401]

    async def later() -> str:
        await asyncio.sleep(0)
        return "asked for"

    for source, secret in ((later, "asked for"), (lambda: ("a", "b"), "b")):
        with here.receiving(kind, print, secret=source) as (url, _):
            assert here.post(url, body, here.signed(body, secret))[0] == 200
            assert here.post(url, body, here.signed(body, "x"))[0] == 401
    monkeypatch.setenv("HOOK_SECRET", "of the environment")
    with here.receiving(kind, print, secret=Env("HOOK_SECRET")) as (url, _):
        assert here.post(url, body, here.signed(body, "of the environment"))[0] == 200
        monkeypatch.setenv("HOOK_SECRET", "another")
        assert here.post(url, body, here.signed(body, "of the environment"))[0] == 401


def test_without_a_secret_nobody_is_let_in(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """A vault that does not answer would open the door."""

    def broken() -> str:
        raise RuntimeError("the vault is closed")

    for source in (broken, lambda: "", lambda: None):
        with here.receiving(kind, print, secret=source) as (url, _):
            status, _, text = here.post(url, here.body_of(), here.signed(here.body_of(), "x"))
        assert status == 500
        assert b"vault" not in text
    assert "the vault is closed" in caplog.text


@pytest.mark.parametrize("is_async", [False, True])
def test_an_answer_can_be_replaced(kind: str, is_async: bool) -> None:
    """Who wants another answer than ours could not give it, or one that breaks would let the delivery in."""
    problems: list[Problem] = []

    def replace(problem: Problem) -> Answer | None:
        problems.append(problem)
        if problem.code == "bad_signature":
            return Answer(status=418, headers={"X-Own": "yes"}, body=b"own")
        if problem.code == "no_body":
            raise RuntimeError("on_error itself is broken")
        return None

    async def replace_later(problem: Problem) -> Answer | None:
        return replace(problem)

    body = here.body_of()
    with here.receiving(kind, print, on_error=replace_later if is_async else replace) as (url, _):
        status, headers, text = here.post(url, body, here.signed(body, "x"))
        assert (status, headers["x-own"], text) == (418, "yes", b"own")
        assert here.post(url, b"{")[0] == 422
        assert here.post(url, b"")[0] == 400
    assert [problem.code for problem in problems] == ["bad_signature", "bad_json", "no_body"]


def test_a_sender_that_falls_silent_is_given_up(kind: str) -> None:
    """Slow senders would hold all the receiver's connections for as long as they like."""
    body = here.body_of()
    events: list[WebhookEvent] = []
    with here.receiving(kind, events.append, read_timeout=0.3) as (url, _):
        with ThreadPoolExecutor(8) as pool:
            silent = list(pool.map(lambda _: here.raw(url, here.head(len(body), body), body[:5]), range(8)))
        assert set(silent) == {408}
        assert here.post(url, body)[0] == 200
        until(lambda: len(events) == 1)


def test_lengths_that_are_wrong_are_refused(kind: str) -> None:
    """Half an event would be taken for one, or a body too large be read to its end."""
    body = here.body_of()
    with here.receiving(kind, print, read_timeout=1.0) as (url, background):
        # What follows a body is the next request's; the signature of the whole does not fit its part.
        assert here.raw(url, here.head(len(body) - 3, body), body) in {400, 401}
        assert here.raw(url, here.head(len(body) + 3, body), body, finish=True) in {0, 400}
        assert here.raw(url, here.head(50_000_000_000, body)) == 413
        assert here.raw(url, here.head(10**30, body)) in {0, 400, 413}
        assert here.post(url, body)[0] == 200
        assert background.receiver.max_body == 1024 * 1024


def test_fifty_megabytes_are_not_kept(kind: str) -> None:
    """One sender could fill the memory."""
    with here.receiving(kind, print) as (url, _):
        try:
            status = here.post(url, b"x" * 50_000_000, {"X-Fivetran-Signature-256": "0"})[0]
        except (BrokenPipeError, ConnectionResetError):
            # Refused by its length, and closed before all of it was sent.
            status = 413
        assert status == 413
        assert here.post(url, here.body_of())[0] == 200


def test_chunks_without_end_are_cut_off(kind: str) -> None:
    """A body without a length would be read for as long as it comes."""
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    start = b"POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\nX-Fivetran-Signature-256: 0\r\n\r\n"
    with here.receiving(kind, print) as (url, _):
        try:
            status = here.raw(url, start, *[chunk] * 40, b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            status = 0
        assert status in {0, 413}
        assert here.post(url, here.body_of())[0] == 200


def test_a_thousand_deliveries_at_once(kind: str) -> None:
    """A burst would lose events, or take some twice."""
    seen: list[str] = []
    with here.receiving(kind, lambda event: seen.append(event.connection)) as (url, _):
        with ThreadPoolExecutor(32) as pool:
            statuses = list(pool.map(lambda number: here.post(url, here.body_of(number % 900))[0], range(1000)))
        assert set(statuses) == {200}
        until(lambda: len(seen) >= 900)
    assert len(seen) == len(set(seen)) == 900


def test_a_slow_handler_keeps_nobody_waiting(kind: str) -> None:
    """Fivetran would give up after 10 seconds, and deliver again what is being dealt with."""
    go = threading.Event()
    done: list[str] = []

    def slow(event: WebhookEvent) -> None:
        go.wait(30)
        done.append(str(event.connection))

    with here.receiving(kind, slow, concurrency=1, queue_size=1, answer_within=0.2) as (url, background):
        try:
            assert here.post(url, here.body_of(1))[0] == 200
            until(lambda: background.waiting == 0)
            assert here.post(url, here.body_of(2))[0] == 200
            # No room: Fivetran is to come again, and is let in then.
            status, headers, _ = here.post(url, here.body_of(3))
            assert (status, headers["retry-after"]) == (503, "60")
        finally:
            go.set()
        until(lambda: len(done) == 2)
        assert here.post(url, here.body_of(3))[0] == 200
        until(lambda: len(done) == 3)


@pytest.mark.parametrize("is_async", [False, True])
def test_a_handler_that_fails_loses_nothing_twice(kind: str, is_async: bool, caplog: pytest.LogCaptureFixture) -> None:
    """A second delivery of an event that was not dealt with would be taken for a duplicate."""
    calls: list[str] = []
    told: list[tuple[str, str]] = []

    def fails_once(event: WebhookEvent) -> None:
        calls.append(str(event.connection))
        if len(calls) == 1:
            raise ValueError("not today")

    async def fails_once_later(event: WebhookEvent) -> None:
        fails_once(event)

    def tell(event: WebhookEvent, error: Exception) -> None:
        told.append((str(event.connection), str(error)))
        raise RuntimeError("and this is broken as well")

    handler = fails_once_later if is_async else fails_once
    with caplog.at_level(logging.ERROR), here.receiving(kind, handler, on_handler_error=tell) as (url, _):
        assert here.post(url, here.body_of(1))[0] == 200
        until(lambda: len(told) == 1)
        assert here.post(url, here.body_of(1))[0] == 200
        until(lambda: len(calls) == 2)
        assert here.post(url, here.body_of(1))[0] == 200
    assert calls == ["connection_1", "connection_1"]
    assert told == [("connection_1", "not today")]


class Behind:
    """An application behind the middleware: it keeps each event with its body, and fails when told to."""

    def __init__(self) -> None:
        self.seen: list[tuple[str | None, bytes]] = []

    def status(self, event: WebhookEvent, body: bytes) -> int:
        """Take an event."""
        self.seen.append((event.connection, body))
        if event.connection == "connection_13" and len(self.seen) == 1:
            raise RuntimeError("the application is broken")
        return 503 if event.connection == "connection_5" and len(self.seen) == 1 else 201

    async def asgi(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer as an ASGI application."""
        if scope["type"] == "lifespan":
            return
        status = 204
        if "own_key" in scope:
            message = await receive()
            status = self.status(scope["own_key"], message["body"])
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def wsgi(self, environ: Any, start_response: Any) -> Any:
        """Answer as a WSGI application."""
        status = 204
        if "own_key" in environ:
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            status = self.status(environ["own_key"], body)
        start_response(f"{status} So", [])
        return [b""]

    async def aiohttp(self, request: web.Request) -> web.StreamResponse:
        """Answer as a handler of aiohttp."""
        if "own_key" not in request:
            return web.Response(status=204)
        return web.Response(status=self.status(request["own_key"], b""))


@pytest.fixture
def behind(kind: str) -> Iterator[tuple[str, list[Any]]]:
    """An application behind the middleware of each kind, and what it has seen."""
    app = Behind()
    options: dict[str, Any] = {"secret": here.SECRET, "event_key": "own_key"}
    if kind == "asgi":
        with here.asgi_server(asgi.WebhookMiddleware(app.asgi, path="/hook", **options)) as url:
            yield url, app.seen
    elif kind == "wsgi":
        between = wsgi.WebhookMiddleware(app.wsgi, path="/hook", **options)
        with here.wsgi_server(between) as url:
            yield url, app.seen
        between.close()
    else:
        served = web.Application()
        served.router.add_route("*", "/hook", for_aiohttp.webhook_handler(app.aiohttp, **options))
        served.router.add_route("*", "/{path:.*}", app.aiohttp)
        with here.aiohttp_server(served) as url:
            yield url, app.seen


def test_the_middleware_hands_the_event_to_the_application(kind: str, behind: tuple[str, list[Any]]) -> None:
    """An application would see deliveries that nobody signed, or not the body it may read itself."""
    url, seen = behind
    assert here.post(url + "/else", b"anything", {})[0] == 204
    assert here.post(url + "/hook", here.body_of(), {})[0] == 400
    assert here.post(url + "/hook", here.body_of(1))[0] == 201
    assert here.post(url + "/hook", here.body_of(1))[0] == 200
    assert [connection for connection, _ in seen] == ["connection_1"]
    if kind != "aiohttp":
        assert seen[0][1] == here.body_of(1)


@pytest.mark.parametrize("number", [5, 13])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_the_application_could_not_do_comes_again(kind: str, behind: tuple[str, list[Any]], number: int) -> None:
    """An event that was answered with 503, or not at all, would be taken for done."""
    url, seen = behind
    assert here.post(url + "/hook", here.body_of(number))[0] >= 500
    assert here.post(url + "/hook", here.body_of(number))[0] == 201
    assert len(seen) == 2, kind
