"""How often waits look, with which calls, and what a failed look means to them."""

import math

import pytest

from fivetran_async._polls import QUICK, Pace, Sizes, ends_the_wait, floor, gone, is_near, next_look, put_off, survey
from fivetran_async.errors import (
    BadRequestError,
    ClosedError,
    DecodeError,
    FivetranError,
    ForbiddenError,
    NotFoundError,
    PaginationError,
    RateLimitedError,
    ServerError,
    TimedOutError,
    TransportError,
    UnauthorizedError,
    UnexpectedStatusError,
)


def test_the_pace_is_quick_at_first_and_slow_later():
    """A short sync would be noticed late, or a long one cost a call every few seconds."""
    assert [QUICK.interval(elapsed) for elapsed in (0, 30, 50, 200, 600, 86_400)] == [5, 5, 5, 20, 60, 60]


def test_a_pace_of_the_callers_own():
    """What was asked for would not be kept to."""
    assert {Pace(0.5, 0.5).interval(elapsed) for elapsed in (0, 1, 1e9)} == {0.5}
    assert {Pace(300.0, 300.0).interval(elapsed) for elapsed in (0, 1, 1e9)} == {300}


def test_looks_take_a_small_share_of_what_is_left():
    """Waits would use up the hour of everybody else."""
    assert floor(1, 20_000, 0, 0.0) == pytest.approx(1.8)
    assert floor(1, 500, 0, 0.0) == pytest.approx(72)
    assert floor(20, 20_000, 0, 0.0) == pytest.approx(36)
    assert floor(1, 2_000, 1_500, 0.0) == pytest.approx(72)


def test_what_is_left_unknown_or_nothing():
    """The first look would be put off for nothing, or the last ones for ever."""
    assert floor(1, None, 0, 0.0) == 0
    assert floor(1, 0, 0, 0.0) == 600
    assert floor(1, 10, 5_000, 0.0) == 600


def test_a_closed_gate_is_waited_for():
    """A look would stand in line before a gate of which all know how long it is closed."""
    assert floor(1, None, 0, 90.0) == 90
    assert floor(1, 20_000, 0, 90.0) == 90


def test_the_last_look_comes_before_the_end():
    """What ended a minute before the time was over would be reported as a time-out."""
    assert next_look(0, 60, None) == 60
    assert next_look(0, 60, 62) == 60
    assert next_look(0, 60, 61) == 59
    assert next_look(0, 60, 10) == 8


def test_there_is_one_last_look():
    """The end of the time would be waited for with one call after the other."""
    assert next_look(8, 5, 10) is None
    assert next_look(9.5, 5, 10) is None
    assert next_look(0, 5, 1) is None


def test_what_is_nearly_due_is_looked_at_together():
    """A thousand waits that began at different times would cost a thousand calls at every look."""
    assert is_near(100, 10, 100)
    assert is_near(105, 10, 100)
    assert not is_near(106, 10, 100)
    assert not is_near(math.inf, 10, 100)


@pytest.mark.parametrize(
    "error",
    [
        TransportError("x"),
        TimedOutError("x"),
        ServerError("x", status=503),
        RateLimitedError("x", retry_after=3600.0),
        DecodeError("x"),
        PaginationError("x", cursor="c"),
        UnexpectedStatusError("x", status=302),
        NotFoundError("x", status=404),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_may_pass_ends_no_wait(error: FivetranError):
    """A job of hours would fail because of one moment."""
    assert not ends_the_wait(error, 1)


@pytest.mark.parametrize(
    "error",
    [
        UnauthorizedError("x", status=401),
        ForbiddenError("x", status=403),
        NotFoundError("x", status=404, code="NotFound_Connection"),
        BadRequestError("x", status=400),
        ClosedError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_stays_ends_it(error: FivetranError):
    """A wait would go on for what can never come."""
    assert ends_the_wait(error, 1)


def test_a_404_without_a_code_is_believed_the_second_time():
    """A gateway that is restarted would end waits, or a connection that is gone be waited for."""
    assert not ends_the_wait(NotFoundError("x", status=404), 1)
    assert ends_the_wait(NotFoundError("x", status=404), 2)
    assert gone(gone(0, NotFoundError("x", status=404)), NotFoundError("x", status=404)) == 2
    assert gone(5, ServerError("x", status=503)) == 0


def test_how_long_the_api_asks_to_wait():
    """A look would be sent before the API allows it."""
    assert put_off(RateLimitedError("x", retry_after=90.0)) == 90
    assert put_off(RateLimitedError("x")) == put_off(ServerError("x", status=500)) == put_off(None) == 0


def test_one_is_asked_for_alone():
    """Whoever waits for one connection would read a page of a thousand."""
    found = survey({"a": None}, Sizes(), 0)
    assert (found.singles, dict(found.walks), found.calls) == (("a",), {}, 1)


def test_many_are_read_from_the_account():
    """Each of many would cost a call of its own."""
    found = survey(dict.fromkeys("abc"), Sizes(), 0)
    assert (found.singles, dict(found.walks), found.calls) == ((), {None: ("a", "b", "c")}, 1)


def test_those_of_one_group_are_read_from_it():
    """A page of the whole account would be read for two connections of one small group."""
    found = survey({"a": "g", "b": "g"}, Sizes(), 0)
    assert (found.singles, dict(found.walks), found.calls) == ((), {"g": ("a", "b")}, 1)


def test_a_large_account_is_not_read_for_a_few():
    """Three connections of fifty thousand would cost fifty calls."""
    sizes = Sizes()
    sizes.learn(None, 50)
    sizes.learn("g", 3)
    wanted = {"a": "g", "b": "g", "c": "h", "d": "h", "e": "h"}
    found = survey(wanted, sizes, 0)
    assert (set(found.singles), dict(found.walks), found.calls) == ({"a", "b"}, {"h": ("c", "d", "e")}, 3)


def test_a_list_that_may_not_be_read_is_not():
    """Somebody who may look at connections, and not list them, could not wait for them."""
    sizes = Sizes()
    sizes.bar(None, 50)
    sizes.bar("g", 50)
    found = survey({"a": "g", "b": "g"}, sizes, 60)
    assert (found.singles, dict(found.walks), found.calls) == (("a", "b"), {}, 2)


def test_a_list_is_tried_again_after_a_while():
    """One odd answer of a gateway would make each of a thousand be asked for alone for ever."""
    sizes = Sizes()
    sizes.bar(None, 50)
    assert survey(dict.fromkeys("abc"), sizes, 649).calls == 3
    assert survey(dict.fromkeys("abc"), sizes, 650).calls == 1
