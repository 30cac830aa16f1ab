"""Handlers that are slow, fail, or are behind: Fivetran is answered in time, and nothing is lost."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from webhooks_stage import application, delivery, served, until

from fivetran_async.errors import ClosedError
from fivetran_async.webhooks import Background, MemoryStore, Receiver, parse
from fivetran_async.webhooks.receiver import TAKEN


@pytest.fixture
def gate():
    """What holds handlers up until the test opens it."""
    opened = threading.Event()
    yield opened
    opened.set()


def test_a_slow_handler_does_not_delay_the_answer(serve, events, gate):
    """Fivetran would give up after ten seconds, and deliver again what is being dealt with."""

    def slow(event):
        gate.wait(60)
        events.append(event)

    server = serve(slow, concurrency=2)
    began = time.monotonic()
    assert [server.deliver().status for _ in range(10)] == [200] * 10
    assert time.monotonic() - began < 8
    assert not events
    gate.set()
    until(lambda: len(events) == 10)


def test_a_full_queue(serve, events, gate):
    """Events would pile up without an end, or be lost: a refused one is delivered again."""

    def slow(event):
        gate.wait(60)
        events.append(event)

    server = serve(slow, concurrency=1, queue_size=2, answer_within=0.2)
    bodies = [delivery() for _ in range(5)]
    replies = []
    for number, body in enumerate(bodies):
        replies.append(server.deliver(body))
        if number == 0:
            time.sleep(0.1)
    assert [reply.status for reply in replies] == [200, 200, 200, 503, 503]
    assert (replies[3].code, replies[3].headers["Retry-After"]) == ("no_room", "60")
    gate.set()
    until(lambda: len(events) == 3)
    assert [server.deliver(body).status for body in bodies[3:]] == [200, 200]
    until(lambda: len(events) == 5)
    assert len({event.sync_id for event in events}) == 5


def test_a_handler_that_fails(serve, caplog):
    """An event would be marked as dealt with that was not, or its failure be seen by nobody."""
    seen, told = [], []

    def handle(event):
        seen.append(event)
        if len(seen) == 1:
            raise RuntimeError("the table is locked")

    server = serve(handle, on_handler_error=lambda event, error: told.append((event.connection, str(error))))
    body = delivery()
    assert server.deliver(body).status == 200
    until(lambda: bool(told))
    assert told == [("shop", "the table is locked")]
    assert "the table is locked" in caplog.text
    assert server.deliver(body).status == 200
    until(lambda: len(seen) == 2)
    assert server.deliver(body).status == 200
    assert server.deliver().status == 200
    until(lambda: len(seen) == 3)


def test_what_waits_is_dealt_with_at_the_end(kind, events):
    """A restart of the server would lose what had been answered with 200."""

    def slow(event):
        time.sleep(0.05)
        events.append(event)

    with served(kind, application(kind, slow, concurrency=1)) as server:
        assert [server.deliver().status for _ in range(5)] == [200] * 5
    assert len(events) == 5


async def test_what_cannot_be_dealt_with_at_the_end_is_given_back(caplog):
    """An event would never come again that was dropped, and the log say nothing."""
    receiver = Receiver("secret")

    async def never(event):
        await asyncio.Event().wait()

    background = Background(receiver, never, concurrency=1, drain_timeout=0.05)
    bodies = [parse(delivery()) for _ in range(3)]
    async with background:
        for event in bodies:
            assert await receiver.store.claim(event.identity)
            await background.put(event, None)
    assert [await receiver.store.claim(event.identity) for event in bodies] == [True] * 3
    assert "2 events of webhooks were not dealt with" in caplog.text
    with pytest.raises(ClosedError, match="not running"):
        await background.put(bodies[0], None)
    assert await receiver.store.claim(bodies[0].identity)


def test_a_handler_whose_own_work_was_cancelled(serve, events):
    """Each such event would end a worker, and after a few of them nobody would be left to work."""

    async def handle(event):
        if event.event == "sync_start":
            work = asyncio.create_task(asyncio.Event().wait())
            work.cancel()
            await work
        events.append(event)

    server = serve(handle, concurrency=1)
    assert [server.deliver(delivery(event="sync_start")).status for _ in range(3)] == [200] * 3
    assert server.deliver().status == 200
    until(lambda: len(events) == 1)


class _Broken(MemoryStore):
    async def confirm(self, identity, /):
        raise RuntimeError(f"the disk is full, says {identity}")

    async def forget(self, identity, /):
        raise RuntimeError(f"the disk is full, says {identity}")


def test_a_store_that_fails(serve, events, caplog):
    """Each failure of a store would end a worker."""

    def handle(event):
        events.append(event)
        raise RuntimeError("the table is locked")

    server = serve(handle, concurrency=1, store=_Broken())
    assert [server.deliver().status for _ in range(3)] == [200] * 3
    until(lambda: len(events) == 3)
    until(lambda: caplog.text.count("the disk is full") >= 3)


def test_an_async_function_is_told_of_failures(serve):
    """A coroutine would never be awaited."""
    told = []

    def handle(event):
        raise RuntimeError("the table is locked")

    async def tell(event, error):
        told.append(str(error))

    assert serve(handle, on_handler_error=tell).deliver().status == 200
    until(lambda: told == ["the table is locked"])


async def test_the_wait_for_a_place_counts_from_the_first_byte():
    """A slow body and a full queue together would take longer than Fivetran waits."""
    receiver = Receiver("secret")

    async def never(event):
        await asyncio.Event().wait()

    background = Background(receiver, never, concurrency=1, queue_size=1, answer_within=60, drain_timeout=0)
    async with background:
        long_ago = time.monotonic() - 100
        answers = []
        for _ in range(3):
            # What there is a place for is taken, however late.
            answers.append(await background.put(parse(delivery()), TAKEN, since=long_ago))
            await asyncio.sleep(0)
    assert [answer.status for answer in answers] == [200, 200, 503]
