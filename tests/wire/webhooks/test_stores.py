"""What was delivered before, in Redis: for many processes, through restarts, and while it is away."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from pathlib import Path

import pytest
from redis.asyncio import Redis
from webhooks_stage import delivery

from fivetran_async.errors import ArgumentError, ConfigError
from fivetran_async.webhooks import MemoryStore, Receiver, RedisStore, parse
from fivetran_async.webhooks.store import LEASE, TTL

# A folder of tests is no package: its fixtures are had by the file.
_FOLDER = Path(__file__).parent.parent / "redis_budget" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("redis_of_the_tests", _FOLDER)
_REDIS = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = _REDIS
_SPEC.loader.exec_module(_REDIS)
_installed, server, start_redis = _REDIS._installed, _REDIS.server, _REDIS.start_redis


@pytest.fixture
def event():
    """An event that no other test has."""
    return parse(delivery())


async def test_only_the_first_of_many(server, event):
    """Two processes that get the same delivery would both deal with it."""
    clients = [Redis.from_url(server.url) for _ in range(5)]
    stores = [RedisStore(client, prefix="shop:") for client in clients]
    claims = await asyncio.gather(*(store.claim(event.identity) for store in stores for _ in range(4)))
    assert sorted(claims) == [False] * 19 + [True]
    (key,) = server.do("KEYS", f"shop:*{event.sync_id}*")
    # Whoever has it may be killed: it is free again before Fivetran's next attempt.
    assert 0 < server.do("TTL", key) <= LEASE < 300
    await stores[0].confirm(event.identity)
    assert (TTL - 60) < server.do("TTL", key) <= TTL
    await stores[1].forget(event.identity)
    assert await stores[2].claim(event.identity)
    assert not await RedisStore(clients[0], prefix="shop:").claim(event.identity)
    assert await RedisStore(clients[0], prefix="other:").claim(event.identity)
    for client in clients:
        await client.aclose()


async def test_it_is_forgotten_in_time(server, event):
    """Redis would fill up."""
    async with Redis.from_url(server.url) as client:
        store = RedisStore(client, ttl=0.05, lease=0.05)
        assert await store.claim(event.identity)
        await asyncio.sleep(0.2)
        assert await store.claim(event.identity)
        await store.confirm(event.identity)
        await asyncio.sleep(0.2)
        assert await store.claim(event.identity)


async def test_redis_is_away(start_redis, event, caplog):
    """No event would be taken while Redis is restarted."""
    redis = start_redis()
    async with Redis.from_url(redis.url, socket_timeout=5) as client:
        store = RedisStore(client)
        assert await store.claim(event.identity)
        redis.kill()
        assert await store.claim(event.identity)
        assert "cannot claim an event of webhooks, Redis cannot be used" in caplog.text
        await store.forget(event.identity)
        assert "cannot forget" in caplog.text
        redis.start()
        assert await store.claim(event.identity)
        assert not await store.claim(event.identity)


async def test_a_receiver_uses_it(server, event):
    """A store that was given would not be asked."""
    async with Redis.from_url(server.url) as client:
        receivers = [Receiver("secret", store=RedisStore(client)) for _ in range(2)]
        assert await receivers[0].store.claim(event.identity)
        assert not await receivers[1].store.claim(event.identity)
        await receivers[0].forget(event)
        assert await receivers[1].store.claim(event.identity)


async def test_the_memory_is_bounded():
    """A busy account would fill the memory of the receiver."""
    now = 0.0
    store = MemoryStore(max_items=3, ttl=10, lease=10, clock=lambda: now)
    names = [("sync_end", "shop", str(number), None) for number in range(5)]
    assert [await store.claim(name) for name in names] == [True] * 5
    assert len(store) == 3
    assert not await store.claim(names[4])
    # The oldest had to go.
    assert await store.claim(names[0])
    now = 10.5
    assert await store.claim(names[4])
    assert len(store) == 1
    await store.forget(names[4])
    await store.forget(names[3])
    assert await store.claim(names[4])


async def test_an_address_is_enough(server, event, caplog):
    """A user would have to make, share among event loops, and close a client of his own."""
    store, other = RedisStore(server.url, prefix="shop:"), RedisStore(server.url, prefix="shop:")
    assert [await one.claim(event.identity) for one in (store, other)] == [True, False]
    await other.forget(event.identity)
    assert await store.claim(event.identity)
    await store.confirm(event.identity)
    (key,) = server.do("KEYS", f"shop:*{event.sync_id}*")
    assert (TTL - 60) < server.do("TTL", key) <= TTL
    # In another event loop, such as that of a WSGI server.
    elsewhere = await asyncio.to_thread(asyncio.run, _claim_and_leave(store, event.identity))
    assert elsewhere is False
    for one in (store, other):
        await one.disconnect()
    assert caplog.text == ""


async def _claim_and_leave(store, identity):
    try:
        return await store.claim(identity)
    finally:
        await store.disconnect()


async def test_an_address_that_goes_away(start_redis, event, caplog):
    """The log would be full while Redis is away, and nothing be shared after that."""
    redis = start_redis()
    store = RedisStore(redis.url)
    assert await store.claim(event.identity)
    redis.kill()
    assert [await store.claim(event.identity) for _ in range(5)] == [True] * 5
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    redis.start()
    for _ in range(600):
        identity = parse(delivery()).identity
        if [await store.claim(identity), await store.claim(identity)] == [True, False]:
            break
        await asyncio.sleep(0.05)
    else:
        pytest.fail("Redis is back, and not used")
    await store.disconnect()


@pytest.mark.parametrize("of_its_own", [True, False])
async def test_a_redis_that_says_nothing(event, of_its_own):
    """Fivetran would give up on each delivery while Redis hangs."""

    async def never(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(never, "127.0.0.1", 0)
    url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    client = Redis.from_url(url)
    store = RedisStore(url if of_its_own else client, timeout=0.1)
    async with asyncio.timeout(8):
        assert await store.claim(event.identity)
        await store.confirm(event.identity)
        await store.forget(event.identity)
    await store.disconnect()
    await client.aclose()
    server.close()
    await server.wait_closed()


async def test_whoever_took_it_was_killed():
    """An event would be lost with the process that had it: the next delivery would count as a second one."""
    now = 0.0
    store = MemoryStore(clock=lambda: now)
    taken, dealt_with = ("sync_end", "shop", "1", None), ("sync_end", "shop", "2", None)
    assert [await store.claim(one) for one in (taken, dealt_with)] == [True, True]
    await store.confirm(dealt_with)
    assert [await store.claim(one) for one in (taken, dealt_with)] == [False, False]
    now = LEASE
    assert [await store.claim(one) for one in (taken, dealt_with)] == [True, False]
    now = TTL
    assert await store.claim(dealt_with)


def test_what_is_no_store():
    """A mistake in the settings would show with the first delivery."""
    for ttl in (0, -1, "1", True):
        with pytest.raises(ArgumentError, match="ttl"):
            MemoryStore(ttl=ttl)
        with pytest.raises(ArgumentError, match="ttl"):
            RedisStore(Redis(), ttl=ttl)
        with pytest.raises(ArgumentError, match="lease"):
            RedisStore(Redis(), lease=ttl)
    with pytest.raises(ArgumentError, match="max_items"):
        MemoryStore(max_items=0)
    with pytest.raises(ArgumentError, match="client"):
        RedisStore(7)
    with pytest.raises(ConfigError, match="url"):
        RedisStore("http://127.0.0.1")
    with pytest.raises(ArgumentError, match="claim, confirm and forget"):
        Receiver("secret", store=Redis())
