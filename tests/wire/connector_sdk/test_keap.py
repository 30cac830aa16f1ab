"""The example against a Keap that runs here, and beside it the same by hand, which fails where ours does not."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import hand_made
import keap_source
import pytest
from fake_keap import FakeKeap
from hand_made import Recorder

from fivetran_async.connector_sdk import RateLimit, SourceRateLimitedError, UpdateError, run_update

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
NOW = FIRST + timedelta(days=3)


class Log:
    """Fivetran's log, kept."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.details: list[str] = []

    def error(self, line: str) -> None:
        """Keep a line."""
        self.lines.append(line)

    def debug(self, text: str) -> None:
        """Keep details."""
        self.details.append(text)


async def ours(
    keap: FakeKeap, state: dict[str, Any] | None = None, *, now: datetime = NOW, log: Log | None = None, **settings: str
) -> Recorder:
    """Run the example as Fivetran does, in a thread without a loop."""
    op = Recorder()
    configuration = {"api_key": keap.key, "base_url": keap.url, "checkpoint_every_seconds": "0", **settings}
    run = partial(run_update, partial(keap_source.update, now=now), configuration, state or {}, op=op, log=log)
    keap.recorder = op
    await asyncio.to_thread(run)
    return op


async def by_hand(
    keap: FakeKeap, state: dict[str, Any] | None = None, *, now: datetime = NOW, **settings: str
) -> Recorder:
    """Run the hand-made one."""
    op = Recorder()
    configuration = {"api_key": keap.key, "base_url": keap.url, "historical_start_date": "2024-01-01", **settings}
    keap.recorder = op
    await asyncio.to_thread(hand_made.update, configuration, state or {}, op, now)
    return op


@pytest.fixture(autouse=True)
def unpaced(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all tests but those of the pace ask as quickly as they can."""
    if "paced" not in request.keywords:
        monkeypatch.setattr(keap_source, "PER_SECOND", 100_000)
        monkeypatch.setattr(keap_source, "PER_MINUTE", 100_000)


async def test_a_wrong_key_ends_at_once_and_leaves_no_state(keap: FakeKeap):
    """A run would go on for ever, or skip the days that it could not read."""
    log = Log()
    with pytest.raises(UpdateError, match="401"):
        await ours(keap, log=log, api_key="wrong-key-of-somebody")
    assert keap.recorder.states == []
    assert keap.recorder.rows == []
    assert len(keap.calls) <= 8
    assert len({tuple(sorted(call.items())) for call in keap.calls}) == len(keap.calls)
    assert len(log.lines) == 1
    assert "credentials" in log.lines[0]
    assert "\n" not in log.lines[0]
    assert "wrong-key" not in log.lines[0] + log.details[0]


async def test_by_hand_a_wrong_key_is_tried_for_ever(keap: FakeKeap):
    """The test above would pass on anything."""
    with pytest.raises(hand_made.StillRetryingError):
        await by_hand(keap, api_key="wrong")
    assert len(keap.calls) == 20
    assert len({tuple(sorted(call.items())) for call in keap.calls}) == 1


async def test_the_last_second_of_a_day_is_kept(keap: FakeKeap):
    """A row of 23:59:59.500 would be lost each day, silently."""
    op = await ours(keap)
    assert op.ids == {email["id"] for email in keap.emails}
    lost = {email["id"] for email in keap.emails} - (await by_hand(keap)).ids
    assert lost == {2499, 4999, 7499}


async def test_the_first_run_starts_on_the_day_it_says(keap: FakeKeap):
    """A day would be read that nobody asked for."""
    await ours(keap, historical_start_date="2024-01-02")
    assert min(call["since"] for call in keap.calls) == "2024-01-02T00:00:00.000Z"
    keap.calls.clear()
    await by_hand(keap, historical_start_date="2024-01-02")
    assert min(call["since"] for call in keap.calls) == "2024-01-01T00:00:00.000Z"


def leave(keap: FakeKeap, query: dict[str, str], *, done: list[int]) -> None:
    """Take a row of the first page away before the second one is fetched."""
    if query["offset"] != "0" and not done:
        done.append(3)
        keap.remove(3)


async def test_a_row_that_leaves_loses_no_other(keap: FakeKeap):
    """Another row would move to the page that was read already, and never be seen."""
    keap.before = partial(leave, done=[])
    op = await ours(keap, in_flight="1")
    assert {email["id"] for email in keap.emails} <= op.ids
    for day in range(3):
        assert len({row["id"] for row in op.rows if row["id"] // 2500 == day}) == 2500
    async with FakeKeap() as other:
        other.before = partial(leave, done=[])
        lost = {email["id"] for email in other.emails if email["id"] % 2500 != 2499} - (await by_hand(other)).ids
        assert len(lost) == 1


async def test_a_late_change_inside_the_look_back_is_seen(keap: FakeKeap):
    """A mail that is opened two days later would stay unopened for ever."""
    state = (await ours(keap)).states[-1]
    mark = (await by_hand(keap)).states[-1]
    keap.change(5001, opened_date="2024-01-04T08:00:00.000Z")
    keap.add(99_999, FIRST + timedelta(days=1, hours=4))
    later = NOW + timedelta(days=1)
    changed = {row["id"]: row for row in (await ours(keap, state, now=later, look_back_days="2")).rows}
    assert changed[5001]["opened_date"] is not None
    assert 99_999 in changed
    assert not {5001, 99_999} & (await by_hand(keap, mark, now=later)).ids


async def test_a_failed_day_is_read_again_without_gap(keap: FakeKeap):
    """The days behind a failure would be lost, or those before it be read twice."""
    keap.fail_day = ("2024-01-02", 404)
    with pytest.raises(UpdateError, match="404"):
        await ours(keap)
    op = keap.recorder
    assert op.states[-1]["marks"] == {"emails": "2024-01-02T00:00:00Z"}
    # The fake counts `until` in: the next day's first row comes with it, and again with its own day.
    assert op.ids == set(range(2501))
    keap.fail_day = None
    again = await ours(keap, op.states[-1], look_back_days="0")
    assert again.ids == set(range(2500, 7500))
    assert len(again.rows) == 5001
    assert again.states[-1]["marks"] == {"emails": "2024-01-04T00:00:00Z"}


async def test_an_open_day_is_read_and_read_again(keap: FakeKeap):
    """What comes in the rest of the day would be passed over."""
    op = await ours(keap, now=FIRST + timedelta(days=2, hours=12))
    assert 5001 in op.ids
    assert op.states[-1]["marks"] == {"emails": "2024-01-03T00:00:00Z"}
    assert (await ours(keap, op.states[-1], look_back_days="0")).ids == set(range(5000, 7500))


async def test_refusals_and_faults_are_survived(keap: FakeKeap, monkeypatch: pytest.MonkeyPatch):
    """A run would end at the first 429 or 503."""
    keap.faults.extend([(429, {"Retry-After": "0.2"}), (503, {"Retry-After": "0"}), (500, {"Retry-After": "0"})])
    began = time.monotonic()
    op = await ours(keap)
    assert time.monotonic() - began >= 0.2
    assert op.ids == set(range(7500))
    assert sorted(status for status in keap.statuses if status != 200) == [429, 500, 503]


async def test_a_quota_that_is_used_up_ends_the_run(keap: FakeKeap):
    """A run would sleep until midnight, and be paid for."""
    keap.faults.extend([(429, {"Retry-After": "9000"})] * 9)
    with pytest.raises(UpdateError, match="429"):
        await ours(keap, in_flight="1")
    assert len(keap.calls) == 1


async def test_a_trial_ends_on_the_day_that_it_says(keap: FakeKeap):
    """A trial would read all of the history, or what follows it skip the day on which it ended."""
    op = await ours(keap, read_before_date="2024-01-02")
    # And the email of that midnight, as Keap counts `until` in.
    assert op.ids == set(range(2501))
    after = await ours(keap, op.states[-1], look_back_days="0")
    assert after.ids == set(range(2500, 7500))


async def test_the_state_of_the_hand_made_one_is_taken_over(keap: FakeKeap):
    """Whoever changes over would read all of their history again."""
    await ours(keap, {"last_synced_date": "2024-01-02"}, look_back_days="0")
    assert {call["since"][:10] for call in keap.calls} == {"2024-01-03"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"api_key": ""}, "missing or empty: api_key"),
        ({"in_flight": "many"}, "in_flight of the configuration must be a whole number from 1 to 30"),
        ({"historical_start_date": "yesterday"}, "such as 2024-01-31"),
        ({"api_kee": "x"}, "unknown: api_kee"),
        ({"look_back_days": 3}, "look_back_days must be a text, not int: put it in quotes"),
    ],
)
async def test_a_wrong_configuration_asks_nothing(keap: FakeKeap, settings: dict[str, Any], said: str):
    """A slip in the configuration would only show somewhere in the middle of a run."""
    with pytest.raises(UpdateError, match=said):
        await ours(keap, **settings)
    assert keap.calls == []


@pytest.mark.parametrize(
    ("name", "value", "held"), [("throttle", "0", True), ("throttle", "1", False), ("x", "0", False)]
)
async def test_keaps_headers_are_heeded(name: str, value: str, held: bool):
    """The last call of a minute would be followed by one that is refused."""
    rate = RateLimit(longest=30)
    keap_source.observe({f"x-keap-product-{name}-available": value}, rate)
    if held:
        with pytest.raises(SourceRateLimitedError, match="60 s"):
            await rate.wait()
    else:
        await rate.wait()


@pytest.mark.paced
async def test_the_pace_of_keap_is_kept():
    """Keap would refuse, and each refusal cost a pause."""
    async with FakeKeap(days=5, per_second=10, per_minute=240) as keap:
        began = time.monotonic()
        op = await ours(keap, now=FIRST + timedelta(days=5))
        assert time.monotonic() - began >= 1.4
    assert len(op.ids) == 12_500
    assert set(keap.statuses) == {200}
    assert op.threads == {next(iter(op.threads))}
