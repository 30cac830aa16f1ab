"""The retry decision: a table of what follows what, the reading of Retry-After, and the policy's arguments."""

import random
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from fivetran_async import _codec
from fivetran_async import operations as ops
from fivetran_async._wire import Request, retry_after_seconds
from fivetran_async.errors import (
    ApiError,
    ArgumentError,
    ClosedError,
    ConfigError,
    ConnectError,
    DeadlineExceededError,
    DecodeError,
    FivetranError,
    NotFoundError,
    PaginationError,
    RateLimitedError,
    TimedOutError,
    TransportError,
    api_error_class,
)
from fivetran_async.retry import DONE, RAISE, Retry, RetryPolicy, may_have_arrived

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
GET = _codec.encode(ops.GROUP_DETAILS, ("g",))
CREATE = _codec.encode(ops.CREATE_GROUP, body={"name": "x"})
DELETE = _codec.encode(ops.DELETE_GROUP, ("g",))


class Half(random.Random):
    """Draws the middle of every range."""

    def random(self) -> float:
        """Return a half."""
        return 0.5


def api(status: int, retry_after: float | None = None) -> ApiError:
    """Return the error of a status."""
    return api_error_class(status)("m", status=status, retry_after=retry_after)


def after(failure: FivetranError, request: Request = GET, attempt: int = 1, elapsed: float = 0.0, **policy: Any) -> Any:
    """Return what follows a failure; pauses are drawn in the middle."""
    return RetryPolicy(**policy).decide(failure, request, attempt, elapsed, Half())


class TestDecide:
    @pytest.mark.parametrize(
        ("failure", "repeats_get", "repeats_create"),
        [
            (api(400), False, False),
            (api(401), False, False),
            (api(403), False, False),
            (api(404), False, False),
            (api(405), False, False),
            (api(408), True, False),
            (api(409), False, False),
            (api(301), False, False),
            (api(429), True, True),
            (api(500), True, False),
            (api(501), False, False),
            (api(502), True, False),
            (api(503), True, False),
            (api(504), True, False),
            (api(505), False, False),
            (RateLimitedError("m"), True, True),
            (RateLimitedError("held back here", sent=False), False, False),
            (ConnectError("m", host="h", port=1), True, True),
            (TransportError("m", sent=False), True, True),
            (TransportError("m", sent=None), True, False),
            (TransportError("m", sent=True), True, False),
            (TimedOutError("m", sent=None), True, False),
            (TimedOutError("m", sent=False), True, True),
            (DeadlineExceededError("m", sent=False), False, False),
            (DeadlineExceededError("m", sent=None), False, False),
            (DecodeError("m", status=200), False, False),
            (PaginationError("m", cursor="c"), False, False),
            (ArgumentError("m"), False, False),
            (ConfigError("m"), False, False),
            (ClosedError("m"), False, False),
        ],
        ids=lambda value: (
            f"{type(value).__name__}-{getattr(value, 'status', getattr(value, 'sent', ''))}"
            if isinstance(value, FivetranError)
            else str(value)
        ),
    )
    def test_what_is_repeated(self, failure: FivetranError, repeats_get: object, repeats_create: object):
        """A call that may have been done would be made twice, or one that can be helped be given up."""
        assert (after(failure, GET) != RAISE) is repeats_get
        assert (after(failure, CREATE) != RAISE) is repeats_create

    def test_idempotence_is_the_requests(self):
        """A forced sync would be repeated because its operation may be."""
        forced = attrs.evolve(GET, idempotent=False)
        assert after(api(503), forced) == RAISE
        assert after(api(503), attrs.evolve(CREATE, idempotent=True)) == Retry(0.25)

    @pytest.mark.parametrize(("attempt", "delay"), [(1, 0.25), (2, 0.5), (3, 1.0), (6, 8.0), (8, 15.0), (5000, 15.0)])
    def test_pauses_grow_to_a_bound(self, attempt: int, delay: float):
        """Pauses would not grow, grow without bound, or overflow."""
        assert after(api(503), attempt=attempt, attempts=10_000) == Retry(delay)

    @pytest.mark.parametrize(("attempts", "last"), [(1, 1), (4, 4)])
    def test_attempts_are_bounded(self, attempts: int, last: int):
        """A call would be made more, or less, often than the policy says."""
        for attempt in range(1, last):
            assert after(api(429), attempt=attempt, attempts=attempts) != RAISE
        assert after(api(429), attempt=last, attempts=attempts) == RAISE
        assert after(api(429), attempt=last + 1, attempts=attempts) == RAISE

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize(
        ("asked", "decision"), [(0.0, Retry(0.0)), (7.5, Retry(7.5)), (120.0, Retry(120.0)), (120.1, RAISE)]
    )
    def test_retry_after_is_obeyed_in_full(self, status: int, asked: float, decision: object):
        """A call would be repeated before the API allows it, or wait for an hour without a word."""
        assert after(api(status, asked)) == decision

    @pytest.mark.parametrize(
        ("elapsed", "asked", "decision"),
        [(0.0, 9.0, Retry(9.0)), (0.9, 9.0, Retry(9.0)), (1.0, 9.0, RAISE), (5.0, 9.0, RAISE), (99.0, None, RAISE)],
    )
    def test_deadline(self, elapsed: float, asked: float | None, decision: object):
        """A call would wait for an attempt that its deadline does not allow."""
        assert after(api(429, asked), elapsed=elapsed, deadline=10.0) == decision

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize(("left", "decision"), [(None, Retry(9.0)), (9.1, Retry(9.0)), (9.0, RAISE), (-1.0, RAISE)])
    def test_what_is_left_of_a_list_or_a_map(self, status: int, left: float | None, decision: object):
        """A page would wait for an attempt that the deadline of its list does not allow."""
        decided = RetryPolicy(deadline=100.0).decide(api(status, 9.0), GET, 1, 0.0, Half(), left=left)
        assert decided == decision

    def test_delete_that_was_done(self):
        """A DELETE whose first answer was lost would look like a failure."""
        unsure = attrs.evolve(DELETE, unsure=True)
        gone = NotFoundError("m", status=404, code="NotFound_Group")
        assert after(gone, unsure) == DONE
        assert after(gone, unsure, attempt=4) == DONE
        assert after(gone, unsure, elapsed=99.0, deadline=1.0) == DONE
        # A gateway's, without a code of the API, says nothing: the object may well be there, and may well be gone.
        assert isinstance(after(NotFoundError("m", status=404), unsure), Retry)
        assert after(NotFoundError("m", status=404), unsure, attempt=4) == RAISE

    def test_not_found_that_is_one(self):
        """A DELETE of what never was, or a GET, would pass for done."""
        gone = NotFoundError("m", status=404, code="NotFound_Group")
        assert after(gone, DELETE) == RAISE
        assert after(gone, attrs.evolve(GET, unsure=True)) == RAISE
        assert after(api(403), attrs.evolve(DELETE, unsure=True)) == RAISE


@pytest.mark.parametrize(
    ("failure", "arrived"),
    [
        (ConnectError("m", host="h", port=1), False),
        (TransportError("m", sent=False), False),
        (TransportError("m", sent=None), True),
        (TransportError("m", sent=True), True),
        (TimedOutError("m"), True),
        (api(502), True),
        (api(504), True),
        (api(500), False),
        (api(503), False),
        (api(429), False),
        (api(404), False),
        (ArgumentError("m"), False),
    ],
)
def test_may_have_arrived(failure: FivetranError, arrived: object):
    """A DELETE would be called done that never was, or failed that was done."""
    assert may_have_arrived(failure) is arrived


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("0", 0.0),
            ("3600", 3600.0),
            (" 2 ", 2.0),
            ("0.25", 0.25),
            ("-5", 0.0),
            ("Sat, 01 Aug 2026 12:00:30 GMT", 30.0),
            ("Sat, 01 Aug 2026 12:00:30 -0000", 30.0),
            ("Sat, 01 Aug 2026 14:00:30 +0200", 30.0),
            ("Saturday, 01-Aug-26 12:00:30 GMT", 30.0),
            ("Sat, 01 Aug 2026 11:00:00 GMT", 0.0),
            ("", None),
            ("  ", None),
            ("soon", None),
            ("nan", None),
            ("inf", None),
            ("-inf", None),
            ("1e999", None),
            ("10 seconds", None),
            ("Sat, 99 Aug 2026 12:00:30 GMT", None),
            ("Sat, 01 Aug 99999999999 12:00:30 GMT", None),
            ("0x10", None),
        ],
    )
    def test_spellings(self, text: str, seconds: float | None):
        """A call would be repeated too early, or fail because the API's wish cannot be read."""
        assert retry_after_seconds({"Retry-After": text}, NOW) == seconds

    def test_missing(self):
        """A wait would be invented."""
        assert retry_after_seconds({}, NOW) is None

    @pytest.mark.parametrize(
        ("date", "seconds"),
        [
            ("Sat, 01 Aug 2026 08:00:00 GMT", 60.0),
            ("Sat, 01 Aug 2026 08:02:00 GMT", 0.0),
            ("no date", 0.0),
            ("", 0.0),
        ],
    )
    def test_the_clock_of_the_reply(self, date: str, seconds: float):
        """A wrong clock here would make a call wait for hours, or not at all."""
        headers = {"Retry-After": "Sat, 01 Aug 2026 08:01:00 GMT", "Date": date}
        assert retry_after_seconds(headers, NOW) == seconds


class TestPolicy:
    def test_defaults(self):
        """The promised defaults would be others."""
        assert RetryPolicy() == RetryPolicy(
            attempts=4, initial_wait=0.5, max_wait=30.0, max_retry_after=120.0, deadline=None
        )

    @pytest.mark.parametrize("value", [0, -1, 1.5, True, "4", None, float("nan")])
    def test_attempts(self, value: Any):
        """A call would never be made, or a policy fail when it is first needed."""
        with pytest.raises(ConfigError, match="attempts must be a whole number from 1"):
            RetryPolicy(attempts=value)

    @pytest.mark.parametrize("name", ["initial_wait", "max_wait", "max_retry_after"])
    @pytest.mark.parametrize(
        "value", [-1, float("nan"), float("inf"), True, "5", None, 10**400], ids=lambda v: f"{v!r:.9}"
    )
    def test_waits(self, name: str, value: Any):
        """A wait of nonsense would show as an error of arithmetic, at the first failure in production."""
        with pytest.raises(ConfigError, match=f"{name} must be a number of seconds from 0"):
            RetryPolicy(**{name: value})

    @pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), True, "5"])
    def test_deadline(self, value: Any):
        """A deadline that every call misses would be taken."""
        with pytest.raises(ConfigError, match="deadline must be a number of seconds above 0"):
            RetryPolicy(deadline=value)

    def test_no_waits_at_all(self):
        """A policy for tests, without pauses, would be refused or would wait."""
        assert after(api(503), initial_wait=0, max_wait=0) == Retry(0.0)
        assert after(api(429, 0.001), max_retry_after=0) == RAISE

    def test_is_a_value(self):
        """Two clients with the same policy would seem to differ."""
        assert hash(RetryPolicy()) == hash(RetryPolicy())
        assert attrs.evolve(RetryPolicy(), deadline=5) == RetryPolicy(deadline=5)
