"""Receive Fivetran's webhooks in FastAPI, and show which connections failed last.

FIVETRAN_WEBHOOK_SECRET=... uvicorn main:app --port 8000

Then create the webhook for https://<your host>/fivetran, with the same secret. Each delivery is answered at once, and
`handle` runs in the background: it may take as long as it likes.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.routing import Route

from fivetran_async.webhooks import Env, WebhookEvent
from fivetran_async.webhooks.asgi import WebhookApp

failing: dict[str, str] = {}


async def handle(event: WebhookEvent) -> None:
    """Note the connections whose last sync failed, and why."""
    print(f"{event.event} {event.connection} {event.status}", flush=True)
    if event.connection is None:
        return
    if event.failed:
        failing[event.connection] = getattr(event.payload, "reason", None) or "no reason was given"
    elif event.succeeded:
        failing.pop(event.connection, None)


deliveries = WebhookApp(handle, secret=Env("FIVETRAN_WEBHOOK_SECRET"))


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    """Deal with what waits before the server ends."""
    async with deliveries.background:
        yield


app = FastAPI(lifespan=lifespan, routes=[Route("/fivetran", deliveries)])


@app.get("/failing")
async def get_failing() -> dict[str, str]:
    """Return the connections whose last sync failed, and why."""
    return failing
