"""Whatever is sent, the sandbox answers in the envelope and never fails itself."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fivetran_async.sandbox import Sandbox

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [
        "group_id",
        "service",
        "config",
        "auth",
        "paused",
        "sync_frequency",
        "daily_sync_time",
        "schedule_type",
        "run_setup_tests",
        "name",
        "force",
        "is_historical_sync",
        "schema_status",
        "data_delay_threshold",
        "data_delay_sensitivity",
        "time_zone_offset",
        "region",
        "email",
        "role",
        "networking_method",
        "destination_configuration",
        "private_link_id",
    ]
)
KNOWN = st.sampled_from(["postgres", "github", "snowflake", "google_sheets", 360, "1440", "03:00", "manual", "ready"])
BODIES = JSON | st.dictionaries(FIELDS, JSON | KNOWN, max_size=6)
SEGMENTS = st.sampled_from(
    [
        "v1",
        "groups",
        "connections",
        "connectors",
        "destinations",
        "users",
        "sync",
        "test",
        "force",
        "{c}",
        "{g}",
        "",
        "..",
    ]
) | st.text(max_size=12)
METHODS = st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT", "OPTIONS", "TRACE"])
REAL = st.sampled_from(
    [
        "/v1/groups",
        "/v1/groups/{g}",
        "/v1/groups/{g}/users",
        "/v1/connections",
        "/v1/connections/{c}",
        "/v1/connections/{c}/sync",
        "/v1/connections/{c}/test",
        "/v1/destinations",
        "/v1/destinations/{g}",
        "/v1/destinations/{g}/test",
    ]
)
QUERIES = st.dictionaries(
    st.sampled_from(["limit", "cursor", "schema", "group_id", "active", "x"]), st.text(max_size=10)
)
OPTIONS = settings(
    max_examples=150,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def target():
    """Yield one box for all examples: garbage piles up in it, as it would in a long-lived one."""
    with Sandbox(seed=5, groups=2, connections=10) as box:
        yield box


def check(answer):
    """Demand an envelope and no failure."""
    assert answer.status < 500, answer.raw
    assert answer.json["code"]
    assert ("data" in answer.json) <= (answer.status < 300)


def ids(box):
    """Return ids that are there now, or were never."""
    return {"c": next(iter(box.account.connections), "none"), "g": next(iter(box.account.groups), "none")}


@OPTIONS
@given(method=METHODS, segments=st.lists(SEGMENTS, max_size=6), query=QUERIES)
def test_any_path(caller, target, method, segments, query):
    """Some path or query would bring the sandbox down."""
    names = ids(target)
    parts = [names[part[1:-1]] if part in ("{c}", "{g}") else quote(part, safe="") for part in segments]
    asked = "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items())
    check(caller(target)(method, "/" + "/".join(parts) + ("?" + asked if asked else "")))


@OPTIONS
@given(method=st.sampled_from(["POST", "PATCH"]), path=REAL, body=BODIES)
def test_any_body(caller, target, method, path, body):
    """Some JSON body would bring the sandbox down, at once or at the next read."""
    call = caller(target)
    check(call(method, path.format(**ids(target)), body))
    for again in ("/v1/connections", "/v1/groups", "/v1/destinations"):
        assert call.get(again).status == 200


@OPTIONS
@given(raw=st.binary(max_size=200))
def test_any_bytes(caller, target, raw):
    """Some bytes would bring the sandbox down."""
    check(caller(target)("POST", "/v1/connections", raw=raw, headers={"Content-Type": "application/json"}))
