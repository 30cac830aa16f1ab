"""Laws that hold for any input: quoting, bodies, times, retry, and the ends of a pager."""

import json
import math
import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fivetran_async import _codec, operations
from fivetran_async._converter import iso
from fivetran_async._wire import Request, retry_after_seconds
from fivetran_async.errors import (
    ApiError,
    ArgumentError,
    ClosedError,
    ConnectError,
    DeadlineExceededError,
    DecodeError,
    FivetranError,
    PaginationError,
    RateLimitedError,
    TimedOutError,
    TransportError,
    api_error_class,
)
from fivetran_async.operation import Operation
from fivetran_async.paging import Page, Pager
from fivetran_async.retry import Done, Raise, Retry, RetryPolicy, may_have_arrived

# No deadline: how long an example takes says nothing on a busy machine.
LAW = settings(deadline=None, max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

# Any text at all, lone surrogates included.
ANY_TEXT = st.text(st.characters(), max_size=20)
SOUND_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
AWKWARD = st.text(st.sampled_from("./\\%?#{}&=+ \r\n:;@2eEfF\x00ä\u2028"), max_size=8)
IDS = ANY_TEXT | AWKWARD

WITH_IDS = [operation for operation in operations.OPERATIONS if operation.placeholders]


@LAW
@given(st.sampled_from(WITH_IDS), IDS)
def test_an_id_is_one_segment_or_is_refused(operation: Operation[Any], value: str) -> None:
    """Otherwise some id would reach another path than its own."""
    refused = not value.strip() or value in {".", ".."} or any("\ud800" <= char <= "\udfff" for char in value)
    if refused:
        with pytest.raises(ArgumentError):
            _codec.encode(operation, (value,))
        return
    target = _codec.encode(operation, (value,)).target
    assert target.isascii()
    assert target.isprintable()
    assert not set(target) & set(" ?#\\")
    segments = target.split("/")
    wanted = operation.path.split("/")
    assert len(segments) == len(wanted)
    for segment, name in zip(segments, wanted, strict=True):
        assert unquote(segment, errors="strict") == (value if name.startswith("{") else name)


@LAW
@given(st.dictionaries(SOUND_TEXT, SOUND_TEXT | st.integers() | st.booleans() | st.none(), max_size=5))
def test_a_query_comes_back_as_it_was_given(query: dict[str, Any]) -> None:
    """Otherwise some filter would be read as another by the API."""
    sent = _codec.encode_query(query)
    assert sent.isascii()
    parsed = dict(parse_qsl(urlsplit("http://h/" + sent).query, keep_blank_values=True, strict_parsing=bool(sent)))
    wanted = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in query.items()
        if value is not None
    }
    assert parsed == wanted


@LAW
@given(IDS.map(lambda text: f"/v1/{text}"))
def test_a_path_of_a_caller_keeps_its_segments_or_is_refused(path: str) -> None:
    """Otherwise `ft.request` could be led to another path, or another host."""
    try:
        target = _codec.encode(_codec.unnamed_operation("GET", path)).target
    except ArgumentError:
        return
    assert target.isascii()
    assert target.isprintable()
    assert not set(target) & set(" ?#\\")
    assert target.count("/") == path.count("/")
    assert not {".", ".."} & {unquote(segment) for segment in target.split("/")}
    assert urlsplit("http://h" + target).netloc == "h"


JSON_LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | SOUND_TEXT
JSON = st.recursive(
    JSON_LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SOUND_TEXT, inner, max_size=3),
    max_leaves=8,
)


@LAW
@given(st.dictionaries(SOUND_TEXT, JSON, max_size=4))
def test_a_body_comes_back_as_it_was_given(body: dict[str, Any]) -> None:
    """Otherwise some setting would reach the API changed."""
    assert json.loads(_codec.encode_body(body)) == body


@LAW
@given(
    st.dictionaries(ANY_TEXT | st.integers() | st.none(), JSON | st.floats() | st.datetimes() | st.binary() | ANY_TEXT)
)
def test_a_body_is_sent_or_refused_and_nothing_else(body: dict[Any, Any]) -> None:
    """Otherwise some argument would fail with an error that no caller expects."""
    try:
        content = _codec.encode_body(body)
    except ArgumentError:
        return
    json.loads(content, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


@LAW
@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))])))
def test_a_time_is_written_so_that_it_can_be_read(time: datetime) -> None:
    """Otherwise some time would be sent as another."""
    assert datetime.fromisoformat(iso(time)) == time


# Retry

POLICIES = st.builds(
    RetryPolicy,
    attempts=st.integers(1, 8),
    initial_wait=st.floats(0, 100),
    max_wait=st.floats(0, 1000),
    max_retry_after=st.floats(0, 5000),
    deadline=st.none() | st.floats(0.001, 10_000),
)


@st.composite
def failures(draw: st.DrawFn) -> FivetranError:
    """Draw anything that an attempt may meet."""
    sent = draw(st.sampled_from([True, False, None]))
    status = draw(st.integers(300, 599))
    wait = draw(st.none() | st.floats(0, 10_000))
    failure = draw(
        st.sampled_from(
            [
                TransportError("x", sent=sent),
                TimedOutError("x", sent=sent),
                DeadlineExceededError("x", sent=sent),
                ConnectError("x", host="h", port=1),
                ClosedError("x"),
                DecodeError("x"),
                api_error_class(status)("x", status=status, retry_after=wait),
            ]
        )
    )
    if isinstance(failure, RateLimitedError):
        failure.sent = draw(st.booleans())
    return failure


METHODS = ["GET", "POST", "PATCH", "DELETE"]


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Draw a request of any kind."""
    method = draw(st.sampled_from(METHODS))
    request = _codec.encode(_codec.unnamed_operation(method, "/v1/x"), idempotent=draw(st.booleans()))
    return attrs.evolve(request, unsure=draw(st.booleans()))


@settings(LAW, max_examples=500)
@given(POLICIES, failures(), requests(), st.integers(1, 9), st.floats(0, 10_000), st.integers())
def test_the_laws_of_retry(  # noqa: PLR0917 - as many as a decision has
    policy: RetryPolicy, failure: FivetranError, request: Request, attempt: int, elapsed: float, seed: int
) -> None:
    """Otherwise some call would be repeated that must not be, too often, too soon or too late."""
    decision = policy.decide(failure, request, attempt, elapsed, random.Random(seed))
    if isinstance(decision, Done):
        assert request.method == "DELETE"
        assert request.unsure
        assert isinstance(failure, ApiError)
        assert failure.status == 404
        return
    if isinstance(decision, Raise):
        return
    assert isinstance(decision, Retry)
    assert attempt < policy.attempts
    assert decision.delay >= 0
    assert policy.deadline is None or elapsed + decision.delay < policy.deadline
    assert request.idempotent or not may_have_arrived(failure)
    asked = failure.retry_after if isinstance(failure, ApiError) else None
    if asked is not None:
        assert asked <= decision.delay <= policy.max_retry_after
    else:
        assert decision.delay <= min(policy.max_wait, policy.initial_wait * 2 ** (attempt - 1))
    assert not isinstance(failure, (ClosedError, DecodeError, DeadlineExceededError))
    if isinstance(failure, ApiError):
        assert failure.status in {408, 429} or failure.status >= 500


@LAW
@given(st.text(max_size=30) | st.floats().map(str) | st.integers().map(str), st.text(max_size=30))
def test_any_retry_after_is_seconds_or_nothing(text: str, date: str) -> None:
    """Otherwise some header would break the error, or make a client wait for ever."""
    seconds = retry_after_seconds({"Retry-After": text, "Date": date}, datetime(2026, 1, 1, tzinfo=UTC))
    assert seconds is None or (math.isfinite(seconds) and seconds >= 0)


# Pages


@LAW
@given(st.lists(st.lists(st.integers(), max_size=4), min_size=1, max_size=6), st.none() | st.integers(0, 12))
async def test_a_pager_gives_every_item_once_and_asks_for_no_page_too_many(
    pages: list[list[int]], limit: int | None
) -> None:
    """Otherwise a list would lack items, repeat them, or cost calls for nothing."""
    asked: list[str | None] = []

    async def fetch(cursor: str | None) -> Page[int]:
        asked.append(cursor)
        number = int(cursor or 0)
        following = number + 1
        return Page(items=pages[number], next_cursor=str(following) if following < len(pages) else None)

    pager = Pager(fetch)
    every = [item for page in pages for item in page]
    assert [item async for item in pager] == every
    assert len(asked) == len(pages)
    asked.clear()
    assert await pager.collect(limit) == every[:limit]
    enough = [sum(map(len, pages[: count + 1])) for count in range(len(pages))]
    needed = next((count + 1 for count, total in enumerate(enough) if total >= (limit or 0)), len(pages))
    assert len(asked) == (len(pages) if limit is None else 0 if limit == 0 else needed)
    assert await pager.first() == (every[0] if every else None)


@LAW
@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=8), st.none() | st.sampled_from("abcd"))
async def test_a_pager_always_ends(cursors: list[str], start: str | None) -> None:
    """Otherwise an API that repeats its cursors would be asked for ever."""
    calls = 0

    async def fetch(cursor: str | None) -> Page[int]:
        nonlocal calls
        calls += 1
        assert calls <= 6
        return Page(items=[calls], next_cursor=cursors[calls - 1] if calls <= len(cursors) else None)

    pager = Pager(fetch, cursor=start)
    items: list[int] = []
    try:
        async for item in pager:
            items.append(item)  # noqa: PERF401 - kept although the loop may raise
    except PaginationError as error:
        repeated: str | None = error.cursor
    else:
        repeated = None
    assert repeated is None or repeated in cursors
    assert items == list(range(1, calls + 1))
