"""Whatever is sent to the groups beside connections, the sandbox answers in the envelope and never fails itself."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fivetran_async.sandbox.routes import (
    connector_packages,
    connector_types,
    external_secrets_managers,
    hvr,
    hybrid_agents,
    log_services,
    private_links,
    proxy_agents,
    transformation_projects,
    transformations,
)
from fivetran_async.sandbox.seeding.extras import seed_extras

MODULES = (
    connector_packages,
    connector_types,
    external_secrets_managers,
    hvr,
    hybrid_agents,
    log_services,
    private_links,
    proxy_agents,
    transformation_projects,
    transformations,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
WORDS = (
    *("AUTO", "AWS_EU_WEST_1", "AWS_SECRET_MANAGER", "CRON", "DBT_CORE", "DOCKER", "INTERVAL", "QUICKSTART"),
    *("SOURCE_AWS", "TIME_OF_DAY", "datadog_log", "* * * * *", "1-0 * * * *", "07:30", "x"),
)
KNOWN = st.sampled_from(WORDS) | st.just(value=True) | st.integers(0, 2**40)
SCHEDULES = st.dictionaries(
    st.sampled_from(["schedule_type", "interval", "cron", "time_of_day", "days_of_week", "connection_ids"]),
    JSON | KNOWN | st.lists(KNOWN, max_size=3),
    max_size=4,
)
CONFIGS = st.dictionaries(
    st.sampled_from(
        [
            "connection_ids",
            "connection_service_name",
            "dbt_version",
            "default_schema",
            "environment_vars",
            "git_remote_url",
            "name",
            "package_name",
            "project_id",
            "role_arn",
            "steps",
            "threads",
        ]
    ),
    JSON | KNOWN,
    max_size=6,
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "accept_terms": JSON | KNOWN,
        "auth_type": JSON | KNOWN,
        "config": JSON | CONFIGS,
        "display_name": JSON | KNOWN,
        "enabled": JSON | KNOWN,
        "env_type": JSON | KNOWN,
        "full_refresh": JSON | KNOWN,
        "group_id": JSON | st.just("{group}"),
        "name": JSON | KNOWN,
        "paused": JSON | KNOWN,
        "port": JSON | KNOWN,
        "project_config": JSON | CONFIGS,
        "region": JSON | KNOWN,
        "run_setup_tests": JSON | KNOWN,
        "schedule": JSON | SCHEDULES,
        "service": JSON | KNOWN,
        "transformation_config": JSON | CONFIGS,
        "type": JSON | KNOWN,
    },
)
ROUTES = st.sampled_from([route for module in MODULES for route in module.ROUTES])
PARTS = {
    "connector-sdk": "connector_packages",
    "external-logging": "log_services",
    "external-secrets-managers": "external_secrets_managers",
    "hybrid-deployment-agents": "hybrid_agents",
    "private-links": "private_links",
    "proxy": "proxy_agents",
    "transformation-projects": "transformation_projects",
    "transformations": "transformations",
}
QUERIES = st.sampled_from(["", "?limit=0", "?cursor=x", "?type=x", "?service=x", "?name=%00", "?groupId=", "?esm_id=x"])


@pytest.fixture
def full(box, call):
    """Return the caller of a box that has something of everything."""
    seed_extras(box.account, random.Random("extras"))
    return call


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(route=ROUTES, body=BODIES, query=QUERIES, number=st.integers(0, 999))
def test_nothing_fails(full, route, body, query, number):
    """A body or a query that nobody thought of would be answered with 500, or outside the envelope."""
    segments = route.path.split("/")
    names = [*full.box.account.things.get(PARTS.get(segments[2], ""), {}), "nope", "postgres"]
    path = "/".join(names[number % len(names)] if "{" in part else part for part in segments)
    if body.get("group_id") == "{group}":
        body["group_id"] = next(iter(full.box.account.groups))
    answer = full(route.method, path + query, body if route.method in {"POST", "PATCH"} else None)
    assert answer.status < 500, answer.raw
    if not path.endswith("/download"):
        assert "code" in answer.json


def test_nothing_is_broken_afterwards(full):
    """What was refused would have left something behind that breaks the lists."""

    @settings(max_examples=50, deadline=None, database=None)
    @given(route=ROUTES.filter(lambda route: "{" not in route.path and route.method == "POST"), body=BODIES)
    def send(route, body):
        full("POST", route.path, body)

    send()
    for module in MODULES:
        for route in module.ROUTES:
            if route.method == "GET" and "{" not in route.path and not route.path.endswith("/account"):
                assert full.get(route.path).status == 200, route.path
