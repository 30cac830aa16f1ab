"""A user's source: what runs inside a connector's `update()`, with the types that a checker must see."""

# What is marked as an error has to be one for the other checker too.
# pyright: reportUnnecessaryTypeIgnoreComment=true

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, assert_type

from fivetran_async.connector_sdk import (
    Emitter,
    Finished,
    JsonSource,
    RateLimit,
    Rows,
    Settings,
    SourceError,
    SourceRateLimitedError,
    State,
    UnstablePagesError,
    UpdateError,
    Window,
    by_cursor,
    by_link,
    by_number,
    by_offset,
    plan_windows,
    read_ahead,
    run_update,
    source_error,
    sync_windows,
)

Page = Sequence[Mapping[str, Any]]
NOW = datetime(2024, 1, 3, tzinfo=UTC)


async def update(configuration: Mapping[str, str], state: Mapping[str, Any], emit: Emitter) -> None:
    """Read a source."""
    settings = Settings(configuration, required=["api_key"], optional=["first_day"])
    assert_type(settings.text("api_key"), str)
    assert_type(settings.whole("look_back_days", 3, most=10), int)
    first = settings.day("first_day", "2024-01-01")
    assert_type(first, datetime)
    before = State.from_dict(state)
    assert_type(before, State)
    assert_type(before.mark("orders"), datetime | None)
    windows = plan_windows(first=first, now=NOW, mark=before.mark("orders"), look_back=timedelta(days=1))
    assert_type(windows, Iterator[Window])
    rate = RateLimit(per_second=10, per_minute=240)
    async with JsonSource("https://example.com", rate=rate) as source:
        assert_type(await source.get("/orders", {"limit": 10}), Any)

        def read(window: Window) -> AsyncGenerator[Page, None]:
            async def fetch(offset: int, limit: int) -> Page:
                await rate.wait()
                return [{"id": offset + limit, "since": window.start}]

            return by_offset(fetch, limit=100, key="id")

        after = await sync_windows(emit, before, windows, read, table="orders", in_flight=4)
        assert_type(after, State)
        async with read_ahead(windows, read) as events:
            async for event in events:
                assert_type(event, Rows | Finished)
    await emit.upsert("orders", [{"id": 1}])
    await emit.checkpoint(after)


def pages() -> None:
    """Read pages in each way."""

    async def by_text(cursor: str | None) -> tuple[Page, str | None]:
        return [{"id": cursor}], None

    async def linked(link: str) -> tuple[Page, str | None]:
        return [{"id": link}], None

    async def numbered(number: int) -> Page:
        return [{"id": number}]

    assert_type(by_cursor(by_text, key="id"), AsyncGenerator[Page, None])
    assert_type(by_link(linked, "https://example.com/1", key="id"), AsyncGenerator[Page, None])
    assert_type(by_number(numbered, limit=10, key="id"), AsyncGenerator[Page, None])


def failures() -> None:
    """Tell what went wrong."""
    error = source_error(429, headers={"Retry-After": "3"}, body=b"slow")
    assert_type(error, SourceError)
    for kind in (SourceRateLimitedError, UnstablePagesError, UpdateError):
        assert issubclass(kind, Exception)


def called_by_fivetran(configuration: dict[str, str], state: dict[str, Any], op: Any, log: Any) -> None:
    """Hand over to the coroutine."""
    run_update(update, configuration, state, op=op, log=log)
    run_update(called_by_fivetran, configuration, state, op=op)  # type: ignore[arg-type]
