"""The small pure parts: limits, faults, router, masks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivetran_async.sandbox.faults import Faults
from fivetran_async.sandbox.limits import Limiter
from fivetran_async.sandbox.replies import RefusalError
from fivetran_async.sandbox.routes import ROUTER
from fivetran_async.sandbox.views import MASK, masked

OPTIONS = settings(deadline=None, database=None, derandomize=True)


@OPTIONS
@given(
    count=st.integers(1, 5),
    seconds=st.sampled_from([1.0, 10.0, 60.0]),
    gaps=st.lists(st.floats(0, 30), max_size=60),
)
def test_no_window_ever_holds_more(count, seconds, gaps):
    """More calls than allowed would pass within one window, or one that fits be refused."""
    limiter = Limiter({"all": [(count, seconds)]})
    now, passed = 0.0, []
    for gap in gaps:
        now += gap
        recent = [at for at in passed if at > now - seconds]
        wait = limiter.take((), now)
        assert (wait == 0) == (len(recent) < count)
        if wait == 0:
            passed.append(now)
        else:
            assert wait >= recent[0] + seconds - now
            assert wait < recent[0] + seconds - now + 1 or wait == 1


def test_classes_count_together():
    """A call refused by one class would still use up another."""
    limiter = Limiter({"all": [(10, 60)], "setup_tests": [(1, 60)], "source": [(5, 60)]})
    assert limiter.take(("setup_tests", "source"), 0) == 0
    assert limiter.take(("setup_tests", "source"), 1) == 59
    assert limiter.headers(1)["X-Rate-Limit-Remaining"] == "9"
    assert limiter.take(("source",), 1) == 0


def test_a_limit_of_another_class_shows_the_usual_headers():
    """Headers would be missing where all requests are not limited."""
    limiter = Limiter({"setup_tests": [(1, 60)]})
    limiter.take((), 0)
    assert limiter.headers(0) == {"X-Rate-Limit": "20000", "X-Rate-Limit-Remaining": "19999"}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"status": 99},
        {"status": 600},
        {"times": 0, "status": 500},
        {"delay": -1},
        {"truncate": -1},
        {"skip": -1},
        {"body": {"code": "x"}},
    ],
)
def test_bad_scripts(options):
    """A script that does nothing or cannot happen would be taken, and the test pass for the wrong reason."""
    with pytest.raises(ValueError, match=r"must|needs"):
        Faults().script("GET", "/v1", **options)


def test_scripts_match_prefixes_and_patterns():
    """A path in a script would match too much or too little."""
    faults = Faults()
    script = faults.script("get", "/v1/connections/*/sync", status=500, times=None)
    assert faults.take("GET", "/v1/connections/a/sync") is script.fault
    assert faults.take("POST", "/v1/connections/a/sync") is None
    assert faults.take("GET", "/v1/connections/a") is None
    assert faults.pending == 0
    faults.clear()
    faults.script("GET", "/v1/groups", status=500)
    assert faults.take("GET", "/v1/groups/a") is not None
    assert faults.take("GET", "/v1/groups") is None


def test_every_route_is_found():
    """Two operations would hide each other."""
    for route in ROUTER.routes:
        found, values = ROUTER.find(route.method, route.path.replace("{", "%7B").replace("}", "%7D"))
        assert found is route
        assert all(value == f"{{{name}}}" for name, value in values.items())
    assert len({(route.method, route.path) for route in ROUTER.routes}) == len(ROUTER.routes)


@pytest.mark.parametrize(
    ("path", "id_"),
    [("/v1/groups/a%2Fb", "a/b"), ("/v1/groups/%C3%A9", "é"), ("/v1/groups/a+b", "a+b"), ("/v1/groups/%", "%")],
)
def test_ids_are_decoded_once(path, id_):
    """An id with unusual characters would arrive changed."""
    assert ROUTER.find("GET", path)[1] == {"groupId": id_}


@pytest.mark.parametrize(
    "path", ["", "/", "//", "/v1//", "/v1/groups//connections", "v1/connectors//force", "/v1/roles/a/connectors"]
)
def test_paths_that_are_none(path):
    """A broken path would be repaired into one that exists."""
    with pytest.raises(RefusalError) as caught:
        ROUTER.find("GET", path)
    assert caught.value.status == 404


def test_masks_reach_everywhere():
    """A secret would be shown because it is nested, or a plain value hidden."""
    config = {
        "password": "p",
        "empty": "",
        "nested": {"password": 1, "user": "u"},
        "several": [{"password": "p"}, "text"],
        "secrets_list": [{"key": "k", "value": "v"}],
    }
    assert masked(config, frozenset({"password", "empty"})) == {
        "password": MASK,
        "empty": "",
        "nested": {"password": MASK, "user": "u"},
        "several": [{"password": MASK}, "text"],
        "secrets_list": [{"key": "k", "value": MASK}],
    }
