"""Laws of two things that go wrong far from their cause: lists that never end, times that come back changed."""

from datetime import datetime, timedelta, timezone

from hypothesis import example, given, settings
from hypothesis import strategies as st

from fivetran_async._converter import iso
from fivetran_async.errors import PaginationError
from fivetran_async.models.groups import Group
from fivetran_async.paging import Page, Pager

# No deadline: how long an example takes says nothing on a busy machine.
laws = settings(deadline=None, max_examples=100)

ZONES = st.sampled_from([timezone(timedelta(hours=hours)) for hours in (0, 14, -12, 0.5)])


@laws
@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=8), st.none() | st.sampled_from("abcd"))
async def test_a_pager_always_ends(cursors: list[str], start: str | None):
    """An API that repeats its cursors, in whatever order, would be asked for ever."""
    calls = 0

    async def fetch(cursor: str | None) -> Page[int]:
        nonlocal calls
        calls += 1
        assert calls <= 5
        return Page(items=[calls], next_cursor=cursors[calls - 1] if calls <= len(cursors) else None)

    items: list[int] = []
    repeated = None
    try:
        async for item in Pager(fetch, cursor=start):
            items.append(item)  # noqa: PERF401 - kept although the loop may raise
    except PaginationError as error:
        repeated = error.cursor
    followed = [start, *cursors[:calls]]
    assert items == list(range(1, calls + 1))
    assert (repeated is not None) is (followed.count(followed[-1]) > 1)
    assert repeated in {None, followed[-1]}


@laws
@given(st.datetimes(timezones=ZONES))
@example(datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))))
@example(datetime.min.replace(tzinfo=timezone(timedelta(hours=14))))
def test_a_time_comes_back_as_it_was_sent(time: datetime):
    """Some time, at the edge of the calendar for one, would raise or be sent as another."""
    assert datetime.fromisoformat(iso(time)) == time
    group = Group.from_dict({"id": "g", "created_at": time.isoformat()})
    assert group.created_at == time
    assert Group.from_dict(group.to_dict()) == group
