"""What becomes of calls when Redis is away, hangs, refuses, or is none; nothing hangs with it."""

from __future__ import annotations

import asyncio
import gc
import pickle
import time
import traceback

import pytest

from fivetran_async import _codec
from fivetran_async import operations as ops
from fivetran_async.errors import BudgetUnavailableError, RateLimitedError
from fivetran_async.retry import RetryPolicy

REQUEST = _codec.encode(ops.GET_ACCOUNT_INFO)
NOBODY = "redis://127.0.0.1:1/0"
GO = b"$17\r\ngo 0.000000 1    \r\n"


async def enter(budget, patience=None):
    """Make a call whose reply says nothing."""
    grant = await budget.enter(REQUEST, patience)
    budget.leave()
    return grant


async def until_disconnected(server):
    """Wait until nobody has a connection to a server but who asks it."""
    for _ in range(200):
        if len(server.do("CLIENT", "LIST", "TYPE", "normal").splitlines()) == 1:
            return
        await asyncio.sleep(0.01)
    pytest.fail("a connection is open")


@pytest.fixture
async def pretend():
    """Serve something on a socket that is no Redis; return its address.

    Each connection answers with one of the bytes, the last of them all further ones; None closes it. A function says
    which when the connection is made.
    """
    servers, writers = [], []

    async def start(*answers, after=0.0):
        async def serve(reader, writer):
            writers.append(writer)
            answer = answers[min(len(writers), len(answers)) - 1]
            answer = answer() if callable(answer) else answer
            while said := await reader.read(65536):
                if answer is None:
                    writer.close()
                    break
                greetings = said.count(b"SETINFO") if answer == GO else 0
                if answer == GO and not greetings:
                    await asyncio.sleep(after)
                writer.write(b"+OK\r\n" * greetings or answer)

        servers.append(await asyncio.start_server(serve, "127.0.0.1", 0))
        return f"redis://127.0.0.1:{servers[-1].sockets[0].getsockname()[1]}/0"

    yield start
    for server in servers:
        server.close()
    for writer in writers:
        writer.close()
    await asyncio.sleep(0)


async def test_open_without_redis(colour, connect, box, budget, warnings_of):
    """A job would fail for want of what only spares refusals, or nobody learn that it is not there."""
    client = connect(box.url, budget=budget(NOBODY, when_away="open"))
    for _ in range(5):
        assert (await colour.call(client.account.info)).account_id
    assert len(warnings_of()) == 1
    assert "Redis cannot be used (" in warnings_of()[0]


async def test_closed_without_redis(colour, connect, box, budget, warnings_of):
    """Calls would be sent that may be one too many, be tried once only, or fail without a word on what to do."""
    client = connect(box.url, budget=budget(NOBODY), retry=RetryPolicy(attempts=3))
    for _ in range(2):
        with pytest.raises(colour.package.BudgetUnavailableError, match="when_away='open'") as caught:
            await colour.call(client.account.info)
        assert (caught.value.sent, len(caught.value.attempts)) == (False, 3)
    assert "127.0.0.1:1" in str(caught.value)
    assert (box.calls, len(warnings_of())) == (0, 1)
    assert pickle.loads(pickle.dumps(caught.value)).sent is False  # noqa: S301 - written in this line


async def test_many_at_once_without_redis(budget, warnings_of):
    """Calls that find Redis away at the same moment would wait for each other's connections."""
    one = budget(NOBODY, when_away="open", concurrency=50)
    await asyncio.wait_for(asyncio.gather(*(enter(one) for _ in range(500))), 10)
    assert len(warnings_of()) == 1


@pytest.mark.parametrize("way", ["open", "closed"])
async def test_killed_in_the_middle(aconnect, box, start_redis, budget, warnings_of, way):
    """Tasks that ask Redis in the moment it dies would hang, or keep their slots."""
    server = start_redis()
    client = aconnect(box.url, budget=budget(server, when_away=way, timeout=2), retry=RetryPolicy(attempts=1))
    done = 0

    async def work():
        nonlocal done
        for _ in range(8):
            try:
                await client.account.info()
            except BudgetUnavailableError:
                assert way == "closed"
            done += 1
            if done == 100:
                server.kill()

    await asyncio.wait_for(asyncio.gather(*(work() for _ in range(50))), 30)
    assert box.calls == 400 if way == "open" else 100 <= box.calls < 400
    assert client.budget.in_flight == 0
    assert len(warnings_of()) == 1


async def test_started_again(start_redis, budget, clock, warnings_of):
    """After an outage each process would go on by itself for ever, or what it learnt meanwhile would be lost."""
    server = start_redis()
    one, other = (budget(server, when_away="open", clock=clock) for _ in range(2))
    for each in (one, other):
        assert (await enter(each)).shared
    server.kill()
    for each in (one, other):
        assert (await enter(each)).shared is None
    one.refused(60)
    await one.share()
    server.start()
    assert (await enter(other)).shared is None  # left alone for a while
    clock.advance(1.1)
    await one.share()
    with pytest.raises(RateLimitedError, match="all callers"):
        await other.enter(REQUEST, 1)
    assert [("cannot be used" in text, "answers again" in text) for text in warnings_of()] == [
        (True, False),
        (True, False),
        (False, True),
        (False, True),
    ]


async def test_a_process_goes_by_what_it_knows(start_redis, budget):
    """While Redis is away, a gate that it had told of would be open, and no pace be kept."""
    server = start_redis()
    one, other = (budget(server, when_away="open", pace=20) for _ in range(2))
    one.refused(60)
    await one.share()
    with pytest.raises(RateLimitedError):
        await other.enter(REQUEST, 1)
    server.kill()
    for each in (one, other):
        with pytest.raises(RateLimitedError, match="all callers"):
            await each.enter(REQUEST, 1)
    third = budget(server, when_away="open", pace=20)
    began = time.monotonic()
    await asyncio.gather(*(enter(third) for _ in range(9)))
    assert time.monotonic() - began > 8 / 20 - 0.01
    calls = [asyncio.create_task(enter(third)) for _ in range(200)]
    await asyncio.sleep(0.05)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    await asyncio.wait_for(enter(third), 8)  # ten seconds of places were not taken by those who have gone


async def test_a_redis_that_hangs(start_redis, budget, warnings_of):
    """Every call would wait for the answer that none gets, or one of them for ever."""
    server = start_redis()
    one = budget(server, when_away="open", timeout=0.3, concurrency=200)
    await enter(one)
    server.freeze()
    began = time.monotonic()
    await asyncio.gather(*(enter(one) for _ in range(200)))
    for _ in range(200):
        await enter(one)
    # Of one call before, and another one of now and then, which nobody waits for.
    assert time.monotonic() - began < 20
    assert len(warnings_of()) == 1
    server.thaw()
    await asyncio.sleep(1.4)
    assert (await enter(one)).shared
    assert len(warnings_of()) == 2


async def test_one_finds_out_for_all(pretend, budget, clock):
    """All calls at once would wait for a Redis that was away a second ago."""
    one = budget(await pretend(b""), when_away="open", timeout=0.2, clock=clock, concurrency=100)
    await enter(one)
    clock.advance(1.1)
    calls = [asyncio.create_task(enter(one)) for _ in range(100)]
    await asyncio.sleep(0.1)
    assert sum(not call.done() for call in calls) == 1
    await asyncio.gather(*calls)


async def test_an_answer_of_before_the_outage(pretend, budget, warnings_of):
    """A late answer to a call that began before Redis went would be taken for its return."""
    one = budget(await pretend(GO, None, after=0.3), when_away="open")
    early = asyncio.create_task(enter(one))
    await asyncio.sleep(0.1)
    assert (await enter(one)).shared is None
    assert (await early).shared == 1
    assert len(warnings_of()) == 1


async def test_a_failure_of_before_the_return(pretend, budget, clock, warnings_of):
    """A call that has waited since before Redis came back would be taken for the next outage."""
    answer = None
    one = budget(await pretend(b"", lambda: answer), when_away="open", timeout=1, clock=clock)
    early = asyncio.create_task(enter(one))
    await asyncio.sleep(0.1)
    assert (await enter(one)).shared is None
    clock.advance(1.1)
    answer = GO
    assert (await enter(one)).shared == 1
    assert (await early).shared is None
    assert (await enter(one)).shared == 1
    assert len(warnings_of()) == 2


async def test_an_idle_connection_that_was_closed(server, budget, warnings_of):
    """A Redis that closes idle connections would be taken for one that is away."""
    one = budget(server)
    await enter(one)
    server.do("CLIENT", "KILL", "SKIPME", "yes", "TYPE", "normal")
    server.do("SCRIPT", "FLUSH")
    assert (await enter(one)).shared
    assert warnings_of() == []


@pytest.mark.parametrize(
    ("harm", "cure", "name"),
    [
        (("SET", "{key}", "text"), ("DEL", "{key}"), "WRONGTYPE"),
        (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0"), "maxmemory|OOM|OutOfMemory"),
        (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE"), "read only replica|READONLY|ReadOnly"),
    ],
    ids=["type", "memory", "replica"],
)
async def test_a_redis_that_refuses(start_redis, budget, clock, key, warnings_of, harm, cure, name):
    """What Redis refuses would be raised as it is, or stop all calls."""
    server = start_redis()
    one, strict = budget(server, when_away="open", clock=clock), budget(server, clock=clock)
    server.do(*(part.replace("{key}", f"{{{key}}}:state") for part in harm))
    assert (await enter(one)).shared is None
    with pytest.raises(BudgetUnavailableError, match=name):
        await enter(strict)
    await until_disconnected(server)  # another address may be that of the primary by then
    server.do(*(part.replace("{key}", f"{{{key}}}:state") for part in cure))
    clock.advance(1.1)
    for each in (one, strict):
        assert (await enter(each)).shared
    assert len(warnings_of()) == 4


@pytest.mark.parametrize("wrong", ["", "not-the-p%40ssword"])
async def test_a_wrong_password(start_redis, budget, caplog, wrong):
    """A password would stand in a log, a message or a traceback, or its being wrong be hidden."""
    server = start_redis("--requirepass", "the-p@ssword")
    address = f"127.0.0.1:{server.port}/0"
    one = budget(f"redis://:{wrong}@{address}" if wrong else f"redis://{address}")
    with pytest.raises(BudgetUnavailableError, match=r"Authentication|NOAUTH|password") as caught:
        await enter(one)
    right = budget(f"redis://:the-p%40ssword@{address}")
    assert (await enter(right)).shared
    seen = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(one) + repr(one._link) + repr(right)
    assert "p@ssword" not in seen
    assert "p%40ssword" not in seen


async def test_a_server_that_repeats_the_password(pretend, budget, caplog):
    """A server that says what it did not understand would write the password to the log."""
    url = await pretend(b"-ERR unknown command, with args beginning with: 's3cret+x' 's3cret%2Bx'\r\n")
    one = budget(url.replace("//", "//me:s3cret%2Bx@"))
    with pytest.raises(BudgetUnavailableError, match=r"\*\*\*") as caught:
        await enter(one)
    assert "s3cret" not in "".join(traceback.format_exception(caught.value)) + caplog.text


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"+OK\r\n",
        b"+go x y z 1 2\r\n",
        b":1\r\n",
        b"$many\r\n",
        b"*-7\r\n",
        b"$-1\r\n",
        b"*1\r\n:1\r\n",
        b"$5\r\n\xff\xfe\xfd\xfc\xfb\r\n",
        b"\xff" * 5000 + b"\r\n",
        b"-LOADING Redis is loading the dataset in memory\r\n",
        b"-MOVED 3999 127.0.0.1:6381\r\n",
        b"-NOSCRIPT none\r\n",
        b"",
    ],
)
async def test_a_server_that_is_no_redis(pretend, budget, warnings_of, answer):
    """Something else on the port would break calls in ways that nobody catches."""
    one = budget(await pretend(answer), when_away="open", timeout=0.3)
    for _ in range(3):
        assert (await asyncio.wait_for(enter(one), 5)).shared is None
    assert len(warnings_of()) == 1
    assert len(warnings_of()[0]) < 500


async def test_a_refusal_is_not_hidden_by_an_outage(aconnect, serve, start_redis, budget):
    """A 429 that comes while Redis is away would be reported as a fault of Redis, after it was sent."""
    redis = start_redis()

    async def refuse(exchange):
        redis.kill()
        await exchange.reply(429, b"{}", headers={"Retry-After": "60"})

    client = aconnect(serve(refuse).url, budget=budget(redis), retry=RetryPolicy(max_retry_after=30))
    with pytest.raises(RateLimitedError) as caught:
        await client.account.info()
    assert caught.value.sent
    assert client.budget.closed_for > 50


async def test_disconnected_while_redis_is_asked(start_redis, budget):
    """A connection that is in use when the client is closed would never be."""
    server = start_redis()
    one = budget(server)
    await asyncio.gather(*(enter(one) for _ in range(5)))
    server.freeze()
    call = asyncio.create_task(enter(one))
    await asyncio.sleep(0.05)
    await one.disconnect()
    server.thaw()
    assert (await call).shared
    await until_disconnected(server)
    assert (await enter(one)).shared
    gc.collect()  # connections that are left open warn


async def test_cancelled_again_and_again(server, budget):
    """Each call that is given up while it is answered would take a connection with it, until there is none."""
    one = budget(server, concurrency=40)
    for turn in range(60):
        calls = [asyncio.create_task(enter(one)) for _ in range(10)]
        for _ in range(turn % 12):
            await asyncio.sleep(0)
        if turn % 3 == 0:
            await asyncio.sleep(0.001)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
    assert one.in_flight == 0
    await asyncio.wait_for(asyncio.gather(*(enter(one) for _ in range(40))), 10)
    assert len(server.do("CLIENT", "LIST", "TYPE", "normal").splitlines()) < 40
