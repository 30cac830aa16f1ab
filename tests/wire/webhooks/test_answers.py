"""What each delivery is answered, by each adapter on a real server."""

from __future__ import annotations

import asyncio
import threading

import pytest
from webhooks_stage import SECRET, delivery, signed, status_of, until

from fivetran_async.errors import ArgumentError, ConfigError
from fivetran_async.webhooks import SIGNATURE_HEADER, Answer, Env, Receiver, compute_signature, receiver


def test_a_delivery_is_handed_on(serve, events):
    """An event would not reach its handler, or be changed on its way."""
    server = serve()
    body = delivery(data={"status": "FAILURE", "reason": "Das Netz fällt aus"})
    reply = server.deliver(body)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    until(lambda: events)
    (event,) = events
    assert (event.connection, event.failed, event.payload.reason) == ("shop", True, "Das Netz fällt aus")


def test_an_async_handler(serve, events):
    """A coroutine would never be awaited."""

    async def handle(event):
        events.append((event, threading.current_thread().name))

    server = serve(handle)
    assert server.deliver().status == 200
    until(lambda: events)


def test_a_lower_or_an_upper_case_signature(serve, events):
    """Deliveries of the one spelling would be refused."""
    server = serve()
    for change in (str.lower, str.upper):
        body = delivery()
        assert server.send(body, {SIGNATURE_HEADER.upper(): change(compute_signature(body, SECRET))}).status == 200
    until(lambda: len(events) == 2)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_another_method(serve, events, method):
    """A browser, or a scanner, would be told that it delivered something."""
    reply = serve().send(None, method=method)
    assert (reply.status, reply.code, reply.headers["Allow"]) == (405, "method", "POST")
    assert not events


def test_what_is_wrong_with_a_delivery(serve, events):
    """A delivery would be taken that is not Fivetran's, or refused for a reason that misleads."""
    server = serve()
    body = delivery()
    wrong = signed(body, "another secret")
    not_json = b"{nothing"
    no_event = b"[1]"
    deep = b"[" * 100_000
    for sent, headers, status, code in (
        (b"", signed(b""), 400, "no_body"),
        (body, {}, 400, "no_signature"),
        (body, {SIGNATURE_HEADER: ""}, 400, "no_signature"),
        (body, wrong, 401, "bad_signature"),
        (body + b" ", signed(body), 401, "bad_signature"),
        (body, {SIGNATURE_HEADER: "sha256=" + compute_signature(body, SECRET)}, 401, "bad_signature"),
        (body, {SIGNATURE_HEADER: "\xe4\xf6"}, 401, "bad_signature"),
        # Whose it is comes before what it is: a stranger does not get at the parser.
        (not_json, wrong, 401, "bad_signature"),
        (not_json, signed(not_json), 422, "bad_json"),
        (no_event, signed(no_event), 422, "bad_json"),
        (deep, signed(deep), 422, "bad_json"),
    ):
        reply = server.send(sent, headers)
        assert (reply.status, reply.code) == (status, code)
        assert SECRET.encode() not in reply.body
    assert not events
    assert server.deliver().status == 200


def test_a_body_at_the_bound_and_beyond(serve, events):
    """A delivery that is allowed would be refused, or one that is not be taken."""
    body = delivery()
    server = serve(max_body=len(body))
    assert server.deliver(body).status == 200
    reply = server.deliver(body + b" ")
    assert (reply.status, reply.code) == (413, "too_large")
    until(lambda: len(events) == 1)


def test_a_body_in_chunks(serve, events):
    """A proxy that does not announce the length would be refused, or the bound not hold without one."""
    server = serve(max_body=2000)
    body = delivery()
    with server.begin(None, signed(body)) as connection:
        for piece in (body[:10], body[10:], b""):
            connection.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        assert status_of(connection) == 200
    until(lambda: len(events) == 1)
    with server.begin(None, signed(body)) as connection:
        connection.sendall(b"fa0\r\n" + bytes(4000) + b"\r\n0\r\n\r\n")
        assert status_of(connection) == 413
    assert len(events) == 1


def test_the_same_event_again(serve, events):
    """The work of an event would be done once for each time that it is delivered."""
    server = serve()
    body, other = delivery(), delivery()
    # Written otherwise it is the same event.
    again = body.replace(b'"event":', b'"event": ')
    assert [server.deliver(one).status for one in (body, body, again, other)] == [200] * 4
    until(lambda: len(events) == 2)
    assert [event.sync_id for event in events] == [event.sync_id for event in dict.fromkeys(events)]


def test_events_without_a_time(serve, events):
    """Of all events that do not say when they happened only the first would be handed on."""
    server = serve()
    changes = [{"created": None}, {"created": "yesterday"}, {"created": None, "data": {"actor": "me"}}]
    bodies = [delivery(event="edit_connector", sync_id=None, **change) for change in changes]
    assert [server.deliver(body).status for body in bodies * 2] == [200] * 6
    until(lambda: len(events) == 3)
    assert server.deliver().status == 200
    until(lambda: len(events) == 4)


def test_the_secret_comes_from_anywhere(serve, events, monkeypatch):
    """A secret could not be kept where the user keeps secrets, or be changed over."""
    monkeypatch.setenv("FIVETRAN_WEBHOOK_SECRET", SECRET)

    async def fetch():
        return [b"an old one", SECRET.encode()]

    for number, secret in enumerate((Env("FIVETRAN_WEBHOOK_SECRET"), lambda: SECRET, fetch, ["old", SECRET]), 1):
        server = serve(secret=secret)
        assert server.deliver().status == 200
        body = delivery()
        assert server.send(body, signed(body, "else")).status == 401
        until(lambda number=number: len(events) == number)
    monkeypatch.setenv("FIVETRAN_WEBHOOK_SECRET", "new")
    server = serve(secret=Env("FIVETRAN_WEBHOOK_SECRET"))
    monkeypatch.setenv("FIVETRAN_WEBHOOK_SECRET", SECRET)
    assert server.deliver().status == 200


@pytest.mark.parametrize("found", ["", None, [], [""], 7, OSError("the vault of /etc is sealed")])
def test_a_secret_that_cannot_be_had(serve, events, caplog, found):
    """Everybody would be let in while the vault is closed, or be told about it."""

    def fetch():
        if isinstance(found, Exception):
            raise found
        return found

    server = serve(secret=fetch)
    for body, headers in ((delivery(), signed(delivery())), (b"{}", {SIGNATURE_HEADER: "0" * 64})):
        reply = server.send(body, headers)
        assert (reply.status, reply.code) == (500, "no_secret")
        assert b"vault" not in reply.body
    assert not events
    assert "the secret of the webhook cannot be had" in caplog.text


def test_a_secret_that_does_not_come(serve, events, monkeypatch):
    """Fivetran would give up while the vault says nothing, and connections pile up."""
    monkeypatch.setattr(receiver, "_SECRET_WITHIN", 0.1)

    async def fetch():
        await asyncio.Event().wait()

    reply = serve(secret=fetch).deliver()
    assert (reply.status, reply.code) == (500, "no_secret")
    assert not events


def test_a_receiver_without_a_secret(monkeypatch):
    """A forgotten setting would open the door to everybody."""
    monkeypatch.delenv("FIVETRAN_WEBHOOK_SECRET", raising=False)
    with pytest.raises(ConfigError, match="FIVETRAN_WEBHOOK_SECRET"):
        Receiver(Env("FIVETRAN_WEBHOOK_SECRET"))
    for secret in ("", b"", [], None, [""], 7):
        with pytest.raises(ArgumentError, match="secret must be"):
            Receiver(secret)


def test_on_error_is_told_and_may_answer(serve, events):
    """A user could not say in his own words what is wrong, or count it."""
    told = []

    def on_error(problem):
        told.append(problem.code)
        if problem.code == "bad_signature":
            return Answer(status=404, headers={"X-Why": "none of your business"}, body=b"no")
        return None

    server = serve(on_error=on_error)
    body = delivery()
    reply = server.send(body, signed(body, "else"))
    assert (reply.status, reply.headers["X-Why"], reply.body) == (404, "none of your business", b"no")
    assert server.send(b"", {}).status == 400
    assert server.send(None, method="GET").status == 405
    assert told == ["bad_signature", "no_body", "method"]


def test_on_error_that_fails(serve, caplog):
    """A mistake in it would turn a refusal into something else."""

    def on_error(problem):
        raise RuntimeError(problem.code)

    server = serve(on_error=on_error)
    assert server.send(b"", {}).status == 400
    assert server.deliver().status == 200
    assert "on_error" in caplog.text


def test_behind_a_middleware(serve_through):
    """The application would not find the event where it was told, or could not read the body."""
    told = []

    def endpoint(event, body):
        told.append((event, body))
        return 204

    server = serve_through(endpoint, event_key="shop.event")
    body = delivery()
    assert server.deliver(body).status == 204
    ((event, read),) = told
    assert (event.connection, read) == ("shop", body)
    assert server.send(body, signed(body, "else")).status == 401
    assert server.send(None, method="GET").status == 405
    # Before.
    assert server.deliver(body).status == 200
    assert len(told) == 1


def test_a_middleware_leaves_the_rest_alone(kind, serve_through):
    """Other pages of the application would want a signature."""
    if kind == "aiohttp":
        pytest.skip("there is no middleware: a handler has its own path")
    server = serve_through(lambda *_: 500)
    assert server.send(None, method="GET", path="/else").status == 299
    assert server.send(b"x", path="/fivetran/else").status == 299


def test_an_application_that_fails(serve_through):
    """An event would be lost that the application could not deal with the first time."""
    answers = [503, 500, 200, 200]
    told = []

    def endpoint(event, body):
        told.append(event)
        return answers[len(told) - 1]

    server = serve_through(endpoint)
    body = delivery()
    assert [server.deliver(body).status for _ in range(4)] == [503, 500, 200, 200]
    assert len(told) == 3


@pytest.mark.parametrize("status", [302, 404, 422, 429])
def test_an_application_that_refuses(serve_through, status):
    """An event would be lost by a route that is missing, or a queue that is full: Fivetran delivers it again."""
    told = []

    def endpoint(event, body):
        told.append(event)
        return status if len(told) == 1 else 204

    server = serve_through(endpoint)
    body = delivery()
    assert [server.deliver(body).status for _ in range(3)] == [status, 204, 200]
    assert len(told) == 2


def test_an_application_that_raises(serve_through, caplog):
    """The same, for a mistake in it."""
    told = []

    def endpoint(event, body):
        told.append(event)
        if len(told) == 1:
            raise RuntimeError("a mistake")
        return 200

    server = serve_through(endpoint)
    body = delivery()
    assert [server.deliver(body).status for _ in range(2)] == [500, 200]
    assert len(told) == 2


def test_what_cannot_be_used_is_refused_at_once(kind, serve, serve_through):
    """A mistake in the settings would show with the first delivery, at night."""
    for name, value in (
        *(("max_body", 0), ("max_body", 1.5), ("read_timeout", 0), ("read_timeout", True), ("on_error", 1)),
        *(("queue_size", 0), ("concurrency", 0), ("answer_within", -1), ("drain_timeout", -1)),
    ):
        with pytest.raises(ArgumentError, match=name):
            serve(**{name: value})
    with pytest.raises(ArgumentError, match="handler"):
        serve("no function")
    with pytest.raises(ArgumentError, match="event_key"):
        serve_through(lambda *_: 200, event_key="")
