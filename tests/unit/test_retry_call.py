"""A policy around any function, and what a user may change of its decisions."""

import random
from functools import partial

import pytest

from fivetran_async._deadline import Deadline
from fivetran_async.errors import (
    ConfigError,
    ConnectError,
    DecodeError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    TransportError,
)
from fivetran_async.retry import RetryPolicy

QUICK = RetryPolicy(attempts=3, initial_wait=0.0, max_wait=0.0)


def failing(*errors: Exception, value: str = "done"):
    """Return a function that raises each error in turn and then returns, and the list of its calls."""
    left, calls = list(errors), []

    def fn() -> str:
        calls.append(len(calls))
        if left:
            raise left.pop(0)
        return value

    return fn, calls


def later(fn):
    """Return a coroutine function that does what a function does."""

    async def coroutine() -> str:
        return fn()

    return coroutine


def plain(coroutine):
    """Return what a coroutine function returns, as a lambda around one does."""
    return coroutine()


@pytest.fixture(params=["plain", "coroutine", "lambda"])
def call(request):
    """Call a function by a policy in each of the ways that there are."""

    async def made(policy: RetryPolicy, fn, **options):
        if request.param == "plain":
            return policy.call(fn, **options)
        coroutine = later(fn)
        return await policy.call(coroutine if request.param == "coroutine" else partial(plain, coroutine), **options)

    return made


async def test_it_is_called_until_it_returns(call):
    """A fault that passes would reach the caller."""
    fn, calls = failing(ServerError("m", status=503), TransportError("m", sent=None))
    assert await call(QUICK, fn) == "done"
    assert len(calls) == 3


async def test_the_last_error_is_raised(call):
    """A fault that stays would be hidden, or be asked about for ever."""
    errors = [ServerError(str(number), status=503) for number in range(5)]
    fn, calls = failing(*errors)
    with pytest.raises(ServerError, match="2"):
        await call(QUICK, fn)
    assert len(calls) == 3


@pytest.mark.parametrize("error", [NotFoundError("m", status=404), ValueError("m"), ServerError("m", status=501)])
async def test_what_never_gets_better_is_raised_at_once(call, error):
    """A mistake would be made three times."""
    fn, calls = failing(error)
    with pytest.raises(type(error)):
        await call(QUICK, fn)
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("error", "times"),
    [
        (ServerError("m", status=503), 1),
        (TransportError("m", sent=None), 1),
        (TransportError("m", sent=True), 1),
        (ConnectError("m", host="h", port=1), 2),
        (RateLimitedError("m", retry_after=0.0), 2),
    ],
)
async def test_what_may_have_been_done_is_not_done_twice(call, error, times):
    """A row would be inserted twice."""
    fn, calls = failing(error)
    try:
        await call(QUICK, fn, idempotent=False)
    except type(error):
        pass
    assert len(calls) == times


async def test_a_user_may_say_what_is_worth_it(call):
    """An error of another library could not be waited out."""
    policy = RetryPolicy(attempts=3, initial_wait=0.0, max_wait=0.0, retry_if=lambda error: isinstance(error, KeyError))
    fn, calls = failing(KeyError("a"), KeyError("b"))
    assert await call(policy, fn) == "done"
    fn, calls = failing(ServerError("m", status=503))
    with pytest.raises(ServerError):
        await call(policy, fn)
    assert len(calls) == 1


async def test_a_user_is_told(call, caplog):
    """Nobody would see that a job waits; or the callback's own fault would end it."""
    told = []

    def note(error, attempt, delay):
        told.append((type(error), attempt, delay))
        raise RuntimeError("broken")

    policy = RetryPolicy(attempts=3, initial_wait=0.0, max_wait=0.0, on_retry=note)
    fn, _ = failing(ServerError("m", status=503), ServerError("m", status=502))
    assert await call(policy, fn) == "done"
    assert told == [(ServerError, 1, 0.0), (ServerError, 2, 0.0)]
    assert "on_retry" in caplog.text


async def test_no_longer_than_the_deadline(call):
    """A call would outlast what its caller can wait."""
    fn, calls = failing(RateLimitedError("m", retry_after=60.0))
    with pytest.raises(RateLimitedError):
        await call(RetryPolicy(deadline=1.0), fn)
    assert len(calls) == 1


async def test_no_longer_than_the_map_around_it(call):
    """A function of a map would sleep towards a deadline of the map that it cannot meet."""
    fn, calls = failing(RateLimitedError("m", retry_after=60.0))
    with Deadline(5.0, "map").known(), pytest.raises(RateLimitedError):
        await call(RetryPolicy(), fn)
    assert len(calls) == 1


def decided(policy: RetryPolicy, error: Exception, *, idempotent: bool = True):
    """Return what a policy says of a first failure."""
    return policy._decide(error, 1, 0.0, random.Random(1), idempotent=idempotent)


def test_the_statuses_may_be_chosen():
    """A gateway's own status could not be waited out."""
    policy = RetryPolicy(statuses=[503, 599])
    assert policy.statuses == {503, 599}
    assert hasattr(decided(policy, ServerError("m", status=599)), "delay")
    assert not hasattr(decided(policy, ServerError("m", status=500)), "delay")
    assert hasattr(decided(policy, RateLimitedError("m", retry_after=1.0)), "delay")


@pytest.mark.parametrize(("verdict", "delay"), [(7.5, 7.5), (0.1, 5.0), (True, 5.0)])
def test_no_verdict_shortens_what_the_api_asked_for(verdict, delay):
    """A 429 would be answered too early, and with another one."""
    policy = RetryPolicy(retry_if=lambda _: verdict)
    assert decided(policy, RateLimitedError("m", retry_after=5.0)).delay == delay


def test_no_verdict_repeats_what_may_have_been_done():
    """A careless hook would make a second group."""
    policy = RetryPolicy(retry_if=lambda _: True)
    for error in (ServerError("m", status=503), TransportError("m", sent=None), DecodeError("m", status=200)):
        assert not hasattr(decided(policy, error, idempotent=False), "delay")


@pytest.mark.parametrize("statuses", [5, ["503"], [True]])
def test_statuses_that_are_none(statuses):
    """A policy would never match anything, and nobody know why."""
    with pytest.raises(ConfigError, match="statuses"):
        RetryPolicy(statuses=statuses)
