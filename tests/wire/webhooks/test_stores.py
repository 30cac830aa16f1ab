"""What was delivered before, in Redis: for many processes, through restarts, and while it is away."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from pathlib import Path

import pytest
from redis.asyncio import Redis
from webhooks_stage import delivery

from fivetran_async.errors import ArgumentError
from fivetran_async.webhooks import MemoryStore, Receiver, RedisStore, parse
from fivetran_async.webhooks.store import TTL

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
        store = RedisStore(client, ttl=0.05)
        assert await store.claim(event.identity)
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
        assert "Redis is away" in caplog.text
        await store.forget(event.identity)
        assert "cannot be given back" in caplog.text
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
    store = MemoryStore(max_items=3, ttl=10, clock=lambda: now)
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


def test_what_is_no_store():
    """A mistake in the settings would show with the first delivery."""
    for ttl in (0, -1, "1", True):
        with pytest.raises(ArgumentError, match="ttl"):
            MemoryStore(ttl=ttl)
        with pytest.raises(ArgumentError, match="ttl"):
            RedisStore(Redis(), ttl=ttl)
    with pytest.raises(ArgumentError, match="max_items"):
        MemoryStore(max_items=0)
    with pytest.raises(ArgumentError, match="client"):
        RedisStore("redis://127.0.0.1")
