"""The client's settings: what cannot be used is refused when the client is made, by its name."""

import asyncio
import math
import pickle
from typing import Any

import pytest

import fivetran_async
import fivetran_sync
from fivetran_async import Budget, RetryPolicy, Timeout
from fivetran_async.errors import ConfigError

COLOURS = pytest.mark.parametrize("package", [fivetran_async, fivetran_sync], ids=["async", "sync"])


@COLOURS
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", "nowhere"),
        ("base_url", 5),
        ("timeout", 0),
        ("timeout", math.nan),
        ("timeout", "5"),
        ("timeout", Timeout(read=-1)),
        ("deadline", 0),
        ("deadline", math.inf),
        ("deadline", "1"),
        ("retry", 3),
        ("retry", 0),
        ("retry", False),
        ("budget", 5),
        ("budget", 0),
        ("proxy", "socks5://host:1"),
        ("proxy", 5),
        ("ssl", "no-such-file.pem"),
        ("ssl", "\x00"),
        ("ssl", False),
        ("user_agent_suffix", "a\r\nX: y"),
        ("hooks", print),
        ("hooks", None),
        ("hooks", [3]),
        ("hooks", [asyncio.sleep]),
    ],
)
def test_a_setting_that_cannot_be_used(package: Any, name: str, value: Any):
    """It would show at the first call or the first failure, as an error of something else."""
    with pytest.raises(ConfigError, match=name):
        package.Fivetran("key", "secret", **{name: value})


@COLOURS
@pytest.mark.parametrize(("name", "value"), [("retry", 3), ("timeout", -1), ("deadline", 0)])
def test_an_option_of_a_view_that_cannot_be_used(package: Any, name: str, value: Any):
    """It would show at the first call of the view, as an error of something else."""
    client = package.Fivetran("key", "secret")
    with pytest.raises(ConfigError, match=name):
        client.with_options(**{name: value})


@COLOURS
def test_what_was_passed_is_what_is_used(package: Any):
    """A budget would not be shared, or a policy be replaced by the default."""
    budget, retry = Budget(concurrency=2), RetryPolicy(attempts=2, deadline=9)
    client = package.Fivetran("key", "secret", budget=budget, retry=retry, deadline=5)
    pipeline = getattr(client, "_async", client)._pipeline
    assert client.budget is budget
    assert pipeline.retry == RetryPolicy(attempts=2, deadline=5)
    assert package.Fivetran("key", "secret").budget is not budget


@COLOURS
def test_a_client_needs_no_loop_to_be_made(package: Any):
    """A client could not be made at the top of a module."""
    client = package.Fivetran("key", "secret")
    assert not client.closed
    assert "open" in repr(client)
    assert "secret" not in repr(client)
    assert client.connectors is client.connections


@pytest.mark.parametrize("colour", [fivetran_async.Fivetran, fivetran_sync.Fivetran])
def test_a_client_is_not_pickled(colour: type[Any]):
    """Its secret would lie in a cache, a queue or the file of a failed task."""
    with pytest.raises(TypeError, match="make one in each process"):
        pickle.dumps(colour("key", "secret"))
