"""The middleware for ASGI where only its own steps matter."""

from __future__ import annotations

import asyncio

import anyio
import anyio.lowlevel
import pytest

from fivetran_async.webhooks import SIGNATURE_HEADER, MemoryStore, compute_signature
from fivetran_async.webhooks.asgi import WebhookMiddleware

BODY = b'{"event": "sync_end", "created": "2026-08-01T12:00:00Z", "connector_id": "shop"}'
SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/fivetran",
    "headers": [(SIGNATURE_HEADER.lower().encode(), compute_signature(BODY, "secret").encode())],
}


class _Far(MemoryStore):
    async def forget(self, identity, /):
        await anyio.lowlevel.checkpoint()
        await super().forget(identity)


@pytest.mark.parametrize("kind", ["scope", "task"])
async def test_a_cancelled_request_gives_its_event_back(kind):
    """A framework that ends a request whose sender has gone would lose the event: its store is asked in vain."""
    store = _Far()
    begun = anyio.Event()

    async def app(scope, receive, send):
        begun.set()
        await anyio.sleep_forever()

    async def receive():
        return {"type": "http.request", "body": BODY}

    async def send(message):
        raise AssertionError(message)

    middleware = WebhookMiddleware(app, secret="secret", path="/fivetran", store=store)
    if kind == "scope":
        async with anyio.create_task_group() as group:
            group.start_soon(middleware, SCOPE, receive, send)
            await begun.wait()
            assert len(store) == 1
            group.cancel_scope.cancel()
    else:
        task = asyncio.create_task(middleware(SCOPE, receive, send))
        await begun.wait()
        task.cancel()
        await asyncio.wait([task])
    assert len(store) == 0
