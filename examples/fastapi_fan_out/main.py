"""Answer, in FastAPI, what needs one call for each of many connections: how many tables each of them loads.

FIVETRAN_API_KEY=... FIVETRAN_API_SECRET=... uvicorn main:app --port 8000

curl http://127.0.0.1:8000/tables and http://127.0.0.1:8000/groups/<id>/tables. One client serves all requests, so that
they share its connections and the account's budget; each request has a deadline, and what failed is told beside what
did not.
"""

import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from fivetran_async import (
    Budget,
    Connection,
    DeadlineExceededError,
    Fivetran,
    FivetranError,
    NotFoundError,
    RateLimitedError,
)

CONCURRENCY = 16
DEADLINE = 20.0  # seconds, below the time-outs of the proxies in front


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Open the one client, on the event loop that serves, and close it after the last request."""
    # Other programs of the account keep a tenth of the hour.
    budget = Budget(concurrency=2 * CONCURRENCY, reserve=2_000)
    async with Fivetran.from_env(read_only=True, budget=budget, deadline=DEADLINE) as ft:
        app.state.fivetran = ft
        yield


app = FastAPI(lifespan=lifespan)


def client(request: Request) -> Fivetran:
    """Return the client of this application."""
    ft: Fivetran = request.app.state.fivetran
    return ft


Client = Annotated[Fivetran, Depends(client)]
Answer = dict[str, dict[str, int | str]]


async def count_tables(ft: Fivetran, connections: list[Connection]) -> Answer:
    """Return how many tables each connection loads, or why that is not known."""

    async def count(connection: Connection) -> int:
        schemas = (await ft.schemas.get(connection.id)).schemas or {}
        return sum(
            bool(table.enabled)
            for schema in schemas.values()
            if schema.enabled
            for table in (schema.tables or {}).values()
        )

    found: Answer = {}
    # A caller that goes away cancels what still runs.
    async for result in ft.map(count, connections, concurrency=CONCURRENCY, deadline=DEADLINE):
        if isinstance(result.error, NotFoundError):
            found[result.item.id] = {"error": "its source was not read yet"}
        elif result.error is not None:
            found[result.item.id] = {"error": type(result.error).__name__}
        else:
            found[result.item.id] = {"tables": result.unwrap()}
    return {connection.id: found[connection.id] for connection in connections}


@app.get("/tables")
async def get_all_tables(ft: Client) -> Answer:
    """Return how many tables each connection of the account loads: a call for each, and one for each 1,000."""
    return await count_tables(ft, await ft.connections.list().collect())


@app.get("/groups/{group_id}/tables")
async def get_tables(ft: Client, group_id: str) -> Answer:
    """Return how many tables each connection of a group loads."""
    return await count_tables(ft, await ft.groups.connections(group_id).collect())


@app.exception_handler(FivetranError)
async def refuse(_: Request, error: FivetranError) -> JSONResponse:
    """Say what the caller can do; the text of an error of the account's is for the log, not for everybody."""
    if isinstance(error, NotFoundError):
        return JSONResponse({"error": "there is no such group"}, 404)
    if isinstance(error, RateLimitedError):
        wait = math.ceil(error.retry_after or 60)
        return JSONResponse({"error": "the account has no calls left for now"}, 503, headers={"Retry-After": str(wait)})
    if isinstance(error, DeadlineExceededError):
        return JSONResponse({"error": f"not done in {DEADLINE:g} s"}, 504)
    return JSONResponse({"error": type(error).__name__}, 502)
