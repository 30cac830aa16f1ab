"""State, settings, pages and errors of a source."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest

from fivetran_async.connector_sdk import (
    RateLimit,
    Settings,
    SourceError,
    SourceRateLimitedError,
    State,
    Window,
    by_cursor,
    by_link,
    by_number,
    by_offset,
    plan_windows,
    source_error,
)
from fivetran_async.errors import ArgumentError, PaginationError
from fivetran_async.retry import RetryPolicy

FIRST = datetime(2024, 1, 1, tzinfo=UTC)


def test_a_state_goes_out_and_in():
    """The next run would begin somewhere else."""
    state = State(extra={"schema": 2}).marked("emails", datetime(2024, 5, 1, 2, tzinfo=timezone(timedelta(hours=2))))
    assert state.to_dict() == {"version": 1, "marks": {"emails": "2024-05-01T00:00:00Z"}, "extra": {"schema": 2}}
    assert State.from_dict(state.to_dict()) == state


def test_a_mark_never_goes_back():
    """A look-back would be looked back from at each run, further and further."""
    state = State().marked("s", FIRST + timedelta(days=9))
    assert state.marked("s", FIRST) == state


def test_the_first_state_is_empty():
    """The very first run would fail."""
    assert State.from_dict({}).mark("emails") is None


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"version": 2}, "of version 2, and this code knows 1"),
        ({"last_day": "x"}, "has no version, but 'last_day'"),
        ({"version": "1"}, "no version"),
        ({"version": 1, "marks": {"s": "soon"}}, "the mark of s must be a time"),
        ({"version": 1, "marks": []}, None),
        ({"version": 1, "marks": ["s"]}, "JSON objects"),
    ],
)
def test_a_state_that_cannot_be_read_says_what_to_do(state: dict[str, Any], said: str | None):
    """A run would begin from the start, or in the wrong place, without a word."""
    if said is None:
        assert State.from_dict(state) == State()
        return
    with pytest.raises(ArgumentError, match=said):
        State.from_dict(state)


def test_an_older_state_is_upgraded():
    """A new version of a connector would read all of its history again."""
    state = State.from_dict({"day": "2024-01-02"}, upgrade=lambda _: State().marked("s", FIRST))
    assert state.mark("s") == FIRST


@pytest.mark.parametrize(
    "wrong",
    [
        {"first": datetime(2024, 1, 1), "now": FIRST},  # noqa: DTZ001 - that is the test
        {"first": FIRST, "now": FIRST, "step": timedelta(0)},
        {"first": FIRST, "now": FIRST, "look_back": timedelta(-1)},
    ],
)
def test_windows_of_wrong_times_are_refused(wrong: dict[str, Any]):
    """Days would be shifted by the machine's own zone, or never end."""
    with pytest.raises(ArgumentError):
        plan_windows(**wrong)


def test_a_window_that_does_not_end_is_refused():
    """It would hold nothing, and be marked as read."""
    with pytest.raises(ArgumentError, match="must end after"):
        Window(FIRST, FIRST)


def test_settings_name_all_that_is_wrong_and_show_no_value():
    """One would mend them one by one; and a log would hold a key."""
    with pytest.raises(ArgumentError) as met:
        Settings({"b": 5, "token": "s3cret"}, required=["api_key", "b"])  # type: ignore[dict-item]
    assert "missing or empty: api_key" in str(met.value)
    assert "b must be a text, not int" in str(met.value)
    assert "unknown: token" in str(met.value)
    assert "s3cret" not in str(met.value) + repr(Settings({"token": "s3cret"}))


def test_settings_are_typed():
    """Each connector would parse texts on its own."""
    settings = Settings({"n": "5", "d": "2024-02-03", "e": "", "t": " x "})
    assert (settings.whole("n", 1), settings.whole("e", 7), settings.text("t")) == (5, 7, "x")
    assert settings.day("d", "2024-01-01") == datetime(2024, 2, 3, tzinfo=UTC)
    for wrong in ({"least": 6}, {"most": 4}):
        with pytest.raises(ArgumentError, match="whole number from"):
            settings.whole("n", 1, **wrong)


async def collect(pages: Any) -> list[Any]:
    """Read all pages."""
    return [row["id"] async for page in pages for row in page]


def rows(*ids: Any) -> list[dict[str, Any]]:
    """Return rows."""
    return [{"id": number} for number in ids]


async def test_cursors_end_where_there_is_none():
    """An empty page in the middle would end the list."""
    pages = {None: (rows(1, 2), "a"), "a": ([], "b"), "b": (rows(2, 3), None)}

    async def fetch(cursor: str | None) -> Any:
        return pages[cursor]

    assert await collect(by_cursor(fetch, key="id")) == [1, 2, 3]
    assert await collect(by_cursor(fetch)) == [1, 2, 2, 3]


async def test_a_cursor_that_comes_twice_is_an_error():
    """A run would never end."""

    async def fetch(cursor: str | None) -> Any:
        return rows(1), {None: "a", "a": "b", "b": "a"}[cursor]

    with pytest.raises(PaginationError, match="second time"):
        await collect(by_cursor(fetch))


async def test_links_are_followed_on_the_same_server_only():
    """A key would be sent to whoever a reply names."""
    asked = []

    async def fetch(url: str) -> Any:
        asked.append(url)
        return rows(len(asked)), {1: "?page=2", 2: "/x?page=3", 3: "https://evil.example/x"}[len(asked)]

    with pytest.raises(PaginationError, match=r"evil\.example"):
        await collect(by_link(fetch, "https://api.example/x"))
    assert asked == ["https://api.example/x", "https://api.example/x?page=2", "https://api.example/x?page=3"]


async def test_a_link_to_the_first_page_is_an_error():
    """A run would begin again and again."""

    async def fetch(url: str) -> Any:
        return rows(1), url

    with pytest.raises(PaginationError, match="first page"):
        await collect(by_link(fetch, "https://api.example/x"))


async def test_numbers_go_to_the_first_page_that_is_not_full():
    """A row that moved to the next page would come twice."""
    pages = {1: rows(1, 2), 2: rows(2, 3), 3: rows(4)}

    async def fetch(number: int) -> Any:
        return pages[number]

    assert await collect(by_number(fetch, limit=2, key=("id",))) == [1, 2, 3, 4]


async def test_offsets_cost_one_page_in_a_thousand_more():
    """The overlap would double the calls."""
    asked = []

    async def fetch(offset: int, limit: int) -> Sequence[dict[str, Any]]:
        asked.append(offset)
        return rows(*range(offset, min(offset + limit, 2500)))

    assert await collect(by_offset(fetch, limit=1000, key="id")) == list(range(2500))
    assert asked == [0, 999, 1998]


async def test_a_row_without_its_key_is_an_error():
    """It would be passed over without a word."""

    async def fetch(_: int, __: int) -> Sequence[dict[str, Any]]:
        return [{"name": "x"}]

    with pytest.raises(ArgumentError, match=r"a row has no id.*its columns are name"):
        await collect(by_offset(fetch, limit=10, key="id"))


@pytest.mark.parametrize(("status", "attempts"), [(400, 1), (401, 1), (404, 1), (429, 3), (500, 3), (503, 3)])
async def test_only_what_may_get_better_is_tried_again(status: int, attempts: int):
    """A wrong key would be tried for ever, or a busy minute end a run."""
    tried = 0

    async def call() -> None:
        nonlocal tried
        tried += 1
        raise source_error(status, what="GET /x", headers={"retry-after": "0"}, body=b"no\n way")

    with pytest.raises(SourceError, match=f"GET /x: {status}: no way") as met:
        await RetryPolicy(attempts=3, initial_wait=0).call(call)
    assert tried == attempts
    assert isinstance(met.value, SourceRateLimitedError) == (status == 429)
    assert met.value.retry_after == 0
    assert ("configuration" in str(met.value)) == (status == 401)


class Virtual:
    """A clock whose sleep is over at once."""

    def __init__(self) -> None:
        self.at = 100.0

    def now(self) -> datetime:
        """Return the time."""
        return FIRST

    def monotonic(self) -> float:
        """Return its seconds."""
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Move on."""
        self.at += seconds
        await asyncio.sleep(0)


async def test_starts_are_spaced_evenly_and_within_five_percent():
    """A burst would be refused, and a slow pace be slower than the source allows."""
    clock, starts = Virtual(), []
    rate = RateLimit(per_second=10, per_minute=240, clock=clock)
    for _ in range(90):
        await rate.wait()
        starts.append(clock.at)
    gaps = [last - first for first, last in pairwise(starts)]
    assert max(gaps) - min(gaps) < 1e-6
    assert 8.9 <= starts[-1] - starts[0] <= 9.0 * 1.05


async def test_a_pause_holds_all_and_a_long_one_is_raised():
    """The others would run into the same refusal; or a run sleep until midnight."""
    clock = Virtual()
    rate = RateLimit(clock=clock, longest=30)
    rate.observe(available=5, seconds=20)
    await rate.wait()
    assert clock.at == 100
    rate.observe(available=0, seconds=20)
    rate.pause(3)
    await rate.wait()
    assert clock.at == 120
    rate.pause(31)
    with pytest.raises(SourceRateLimitedError, match="another 31 s"):
        await rate.wait()
    assert clock.at == 120


@pytest.mark.parametrize(
    "wrong", [{"per_second": 0}, {"per_minute": 1.5}, {"limits": [(1, 0)]}, {"longest": -1}, {"per_second": True}]
)
def test_a_limit_that_makes_no_sense_is_refused(wrong: dict[str, Any]):
    """It would divide by zero in the middle of a run."""
    with pytest.raises(ArgumentError, match="must be"):
        RateLimit(**wrong)
