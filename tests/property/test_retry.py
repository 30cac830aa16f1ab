"""Laws of the retry decision: what no policy and no failure may ever lead to."""

import random
from datetime import UTC, datetime
from typing import Any

import attrs
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fivetran_async import _codec
from fivetran_async import operations as ops
from fivetran_async._wire import Request, retry_after_seconds
from fivetran_async.errors import (
    ApiError,
    ArgumentError,
    ConnectError,
    DeadlineExceededError,
    DecodeError,
    FivetranError,
    NotFoundError,
    RateLimitedError,
    TimedOutError,
    TransportError,
    api_error_class,
)
from fivetran_async.retry import Done, Raise, Retry, RetryPolicy, may_have_arrived

laws = settings(max_examples=150, deadline=None)

SECONDS = st.floats(0, 1e6, allow_nan=False)
REQUESTS = st.builds(
    lambda one, idempotent, unsure: attrs.evolve(one, idempotent=idempotent, unsure=unsure),
    st.sampled_from(
        [
            _codec.encode(ops.GROUP_DETAILS, ("g",)),
            _codec.encode(ops.CREATE_GROUP, body={}),
            _codec.encode(ops.MODIFY_GROUP, ("g",), body={}),
            _codec.encode(ops.DELETE_GROUP, ("g",)),
            _codec.encode(ops.SYNC_CONNECTION, ("c",), body={}),
        ]
    ),
    st.booleans(),
    st.booleans(),
)
POLICIES = st.builds(
    RetryPolicy,
    attempts=st.integers(1, 10),
    initial_wait=SECONDS,
    max_wait=SECONDS,
    max_retry_after=SECONDS,
    deadline=st.none() | st.floats(0.001, 1e6),
)
FAILURES = st.one_of(
    st.builds(
        lambda status, wait: api_error_class(status)("m", status=status, retry_after=wait),
        st.integers(300, 599) | st.sampled_from([404, 408, 429, 500, 503]),
        st.none() | SECONDS,
    ),
    st.builds(
        lambda cls, sent: cls("m", sent=sent),
        st.sampled_from([TransportError, TimedOutError]),
        st.sampled_from([True, False, None]),
    ),
    st.builds(lambda sent: DeadlineExceededError("m", sent=sent), st.sampled_from([False, None])),
    st.just(ConnectError("m", host="h", port=1)),
    st.builds(lambda wait: RateLimitedError("m", sent=False, retry_after=wait), SECONDS),
    st.just(DecodeError("m")),
    st.just(ArgumentError("m")),
)


@laws
@given(
    policy=POLICIES,
    failure=FAILURES,
    request=REQUESTS,
    attempt=st.integers(1, 12),
    elapsed=SECONDS,
    left=st.none() | st.floats(-10, 1e6),
    seed=st.integers(0, 1000),
)
def test_laws(
    *,
    policy: RetryPolicy,
    failure: FivetranError,
    request: Request,
    attempt: int,
    elapsed: float,
    left: float | None,
    seed: int,
):
    """A call would be made twice, too early, too late, too often, or be given up although it was done."""
    decision = policy.decide(failure, request, attempt, elapsed, random.Random(seed), left=left)
    if isinstance(decision, Done):
        assert request.method == "DELETE"
        assert request.unsure
        assert isinstance(failure, NotFoundError)
        return
    lost = request.method == "DELETE" and request.unsure and isinstance(failure, NotFoundError)
    assert not (lost and failure.code)
    if isinstance(decision, Raise):
        return
    assert isinstance(decision, Retry)
    assert attempt < policy.attempts
    assert decision.delay >= 0
    if policy.deadline is not None:
        assert elapsed + decision.delay < policy.deadline
    assert left is None or decision.delay < left
    assert request.idempotent or not may_have_arrived(failure)
    asked = failure.retry_after if isinstance(failure, ApiError) else None
    if asked is None:
        assert decision.delay <= min(policy.max_wait, policy.initial_wait * 2.0 ** (attempt - 1))
    else:
        assert decision.delay == asked <= policy.max_retry_after


@laws
@given(attempt=st.integers(1, 3), seed=st.integers(0, 2**32), wait=st.none() | st.floats(0, 120))
def test_the_refused_and_the_unsent_are_always_tried_again(attempt: int, seed: int, wait: float | None):
    """A call that surely did nothing would be given up, whatever it asks for."""
    create = _codec.encode(ops.CREATE_GROUP, body={})
    for failure in (RateLimitedError("m", retry_after=wait), ConnectError("m", host="h", port=1)):
        decision = RetryPolicy().decide(failure, create, attempt, 1e9, random.Random(seed))
        assert isinstance(decision, Retry)


@laws
@given(seed=st.integers(0, 2**32))
def test_pauses_are_drawn(seed: int):
    """All clients would come back at the same moment."""
    rng = random.Random(seed)
    request = _codec.encode(ops.GROUP_DETAILS, ("g",))
    failure = TimedOutError("m")
    delays: list[Any] = [RetryPolicy(attempts=99).decide(failure, request, 9, 0.0, rng) for _ in range(20)]
    assert len({decision.delay for decision in delays}) > 10


NOW = datetime(2026, 8, 1, tzinfo=UTC)


@laws
@given(text=st.text(max_size=40) | st.text("0123456789.-+eE:, GMTJanFebSu", max_size=40), date=st.text(max_size=20))
@example("Sat, 01 Aug 2026 12:00:00 +9999", "")
@example("1 Jan 0001 00:00:00 +2359", "31 Dec 9999 23:59:59 -2359")
@example("9" * 5000, "")
@example("1e308", "")
def test_any_header_is_a_wait_or_none(text: str, date: str):
    """A strange header would break the call, or make it wait for less than nothing, or for ever."""
    seconds = retry_after_seconds({"Retry-After": text, "Date": date}, NOW)
    assert seconds is None or 0 <= seconds < float("inf")


@laws
@given(seconds=st.floats(0, 1e9))
def test_seconds_are_kept(seconds: float):
    """A wait would be shortened by its reading."""
    assert retry_after_seconds({"Retry-After": repr(seconds)}, NOW) == seconds
