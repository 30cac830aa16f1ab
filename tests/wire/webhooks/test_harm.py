"""Senders that mean harm, or are broken: the receiver answers in time, keeps its memory, and goes on."""

from __future__ import annotations

import asyncio
import http.client
import socket
import struct
import time
import tracemalloc
from collections import Counter

import aiohttp
import pytest
from webhooks_stage import delivery, pour, signed, status_of, until

MIB = 1024 * 1024


def test_a_slow_loris(serve, events):
    """A sender that drips would keep a place for as long as it likes."""
    server = serve(read_timeout=0.3)
    body = delivery()
    with server.begin(len(body), signed(body)) as connection:
        began = time.monotonic()
        connection.setblocking(False)
        place = 0
        # Within the time between two bytes, and far beyond it altogether: 200 bytes would take 10 seconds.
        while place < len(body) and not _readable(connection):
            connection.send(body[place : place + 1])
            place += 1
            time.sleep(0.05)
        connection.setblocking(True)
        connection.settimeout(30)
        assert status_of(connection) == 408
        assert time.monotonic() - began < 8
        assert place < len(body)
    assert server.deliver().status == 200
    until(lambda: len(events) == 1)


@pytest.mark.parametrize("sent", [0, 20])
def test_a_sender_that_says_nothing_more(serve, events, sent):
    """A sender that falls silent would keep a place, and in a WSGI server a thread, for ever."""
    server = serve(read_timeout=0.3)
    body = delivery()
    with server.begin(len(body), signed(body)) as connection:
        connection.sendall(body[:sent])
        assert status_of(connection) == 408
    assert server.deliver().status == 200
    until(lambda: len(events) == 1)


def test_many_slow_senders(serve, events):
    """A hundred that are slow would keep out the one that is not."""
    server = serve(read_timeout=5.0)
    body = delivery()
    slow = [server.begin(len(body), signed(body)) for _ in range(100)]
    assert server.deliver().status == 200
    until(lambda: len(events) == 1)
    for connection in slow:
        connection.close()
    assert server.deliver().status == 200


def test_a_connection_goes_on_after_its_delivery(serve, events):
    """The limit of one delivery's time would end the connection that it came on."""
    server = serve(read_timeout=0.2)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        for pause in (0.4, 0):
            body = delivery()
            connection.request("POST", "/fivetran", body, signed(body))
            assert connection.getresponse().read() == b'{"status": "ok"}'
            time.sleep(pause)
    finally:
        connection.close()
    until(lambda: len(events) == 2)


@pytest.mark.parametrize("announced", [True, False])
def test_fifty_megabytes(serve, events, announced):
    """A body that is too long would be read into memory before it is refused."""
    server = serve()
    tracemalloc.start()
    try:
        with server.begin(50 * MIB if announced else None, signed(b"")) as connection:
            if not announced:
                connection.sendall(f"{50 * MIB:x}\r\n".encode())
            pour(connection, 50 * MIB)
            # Some servers close while more is on its way, and what they said is lost with that.
            assert status_of(connection) in {413, None}
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 25 * MIB
    assert server.deliver().status == 200
    until(lambda: len(events) == 1)


def test_fifty_megabytes_announced_and_none_sent(serve):
    """A sender would have to send all of it before it is told that it is too much."""
    with serve().begin(50 * MIB, signed(b"")) as connection:
        assert status_of(connection) == 413


def test_shorter_than_announced(serve, events):
    """Half a body would be taken for a whole one, or be waited for for ever."""
    server = serve(read_timeout=0.5)
    body = delivery()
    with server.begin(len(body) + 10, signed(body)) as connection:
        connection.sendall(body)
        connection.shutdown(socket.SHUT_WR)
        assert status_of(connection) in {400, 408, None}
    assert not events
    assert server.deliver().status == 200
    until(lambda: len(events) == 1)


def test_longer_than_announced(serve, events):
    """What comes after the announced end would belong to the body."""
    server = serve()
    body = delivery()
    with server.begin(len(body) - 1, signed(body)) as connection:
        connection.sendall(body)
        # What follows is no request either, and aiohttp sees that first.
        assert status_of(connection) in {400, 401}
    assert not events
    assert server.deliver().status == 200


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "9" * 5000, "²", "1, 2"])
def test_a_length_that_is_none(serve, events, length):
    """A header that an attacker chose would break the receiver."""
    server = serve()
    with server.connect() as connection:
        head = f"POST /fivetran HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\nX-Fivetran-Signature-256: 0\r\n\r\n"
        connection.sendall(head.encode())
        connection.settimeout(30)
        assert status_of(connection) in {400, 413, None}
    assert not events
    assert server.deliver().status == 200


def test_senders_that_hang_up(serve, events, caplog):
    """A connection that is reset amid a body would leave an error in the log, or worse."""
    server = serve()
    body = delivery()
    for _ in range(20):
        with server.begin(len(body), signed(body)) as connection:
            connection.sendall(body[:50])
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert server.deliver().status == 200
    until(lambda: len(events) == 1)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_thousand_deliveries_at_once(serve, events):
    """Deliveries would be lost, doubled or refused when many come together."""
    server = serve(queue_size=2000)
    bodies = [delivery() for _ in range(1000)]
    # A tenth of them comes twice, at the same time.
    sent = bodies + bodies[:100]
    timeout = aiohttp.ClientTimeout(total=90)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as session:

        async def send(body: bytes) -> int:
            async with session.post(server.url, data=body, headers=signed(body)) as reply:
                return reply.status

        statuses = await asyncio.gather(*(send(body) for body in sent))
    assert Counter(statuses) == {200: 1100}
    await asyncio.to_thread(until, lambda: len(events) >= 1000)
    assert len({event.sync_id for event in events}) == len(events) == 1000


def _readable(connection: socket.socket) -> bool:
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    except OSError:
        return True
