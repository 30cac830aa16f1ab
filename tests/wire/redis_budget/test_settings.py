"""What a shared budget refuses to be made of."""

import sys

import pytest

from fivetran_async.errors import ConfigError
from fivetran_async.redis_budget import RedisBudget


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("url", url) for url in ("", "localhost:6379", "http://localhost", "redis://h:port", "redis://h:99999")),
        *(("url", url) for url in (None, 6379, b"redis://h", "redis://h?db=x", "redis://:secret@h?no_such_option=1")),
        *(("key", key) for key in ("", None, 5, b"account", "a{b", "}", "a\nb", "\ud800")),
        *(("when_away", way) for way in ("Open", "", None, True, ["open"])),
        *((name, value) for name in ("timeout", "pace") for value in (0, -1, True, "1", float("inf"), float("nan"))),
        ("timeout", None),
        ("concurrency", 0),
        ("reserve", -1),
    ],
)
def test_bad_settings(name, value):
    """A setting that cannot be used would be found out at the first call, or never."""
    settings = {"url": "redis://localhost"} | {name: value}
    with pytest.raises(ConfigError, match=name) as caught:
        RedisBudget(**settings)
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "url", ["redis://h", "rediss://u:p@h:6380/2", "unix:///run/redis.sock?db=1", "redis://[::1]/0"]
)
def test_good_settings(url):
    """An address of redis-py would be refused, or shown with its password."""
    one = RedisBudget(url, key="a:b-c 1", reserve=5, pace=2.5)
    assert repr(one) == "RedisBudget(concurrency=32, reserve=5, pace=2.5, remaining=None)"


def test_without_redis_py(monkeypatch):
    """Who lacks the extra would read of a missing module, and not what to install."""
    for module in [name for name in sys.modules if name.partition(".")[0] == "redis"]:
        monkeypatch.setitem(sys.modules, module, None)
    for module in ("fivetran_async._redis_link", "fivetran_async.redis_budget"):
        monkeypatch.delitem(sys.modules, module)
    with pytest.raises(ConfigError, match=r"pip install 'fivetran-async\[redis\]'"):
        import fivetran_async.redis_budget  # noqa: F401, PLC0415 - the import is what is tested
