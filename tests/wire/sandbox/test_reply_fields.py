"""Every field of what these groups answer is one of the API's, of its type, and what the API promises is there."""

from __future__ import annotations

import json
import random
from datetime import datetime
from pathlib import Path

import pytest

from fivetran_async.sandbox.seeding.extras import seed_extras

SPEC = json.loads((Path(__file__).parents[2] / "spec" / "api.json").read_text())
BY_PATH = {(operation["method"], operation["path"]): operation for operation in SPEC["operations"]}
TYPES = {"string": str, "boolean": bool, "integer": int, "object": dict}

LISTS = {
    "/v1/connector-sdk/packages": "package_id",
    "/v1/external-logging": "log_id",
    "/v1/external-secrets-managers": "esm_id",
    "/v1/hybrid-deployment-agents": "agent_id",
    "/v1/metadata/connector-types": "service",
    "/v1/private-links": "private_link_id",
    "/v1/proxy": "agent_id",
    "/v1/transformation-projects": "project_id",
    "/v1/transformations": "transformation_id",
    "/v1/transformations/package-metadata": "package_definition_id",
}
CREATES = {
    "/v1/external-logging/account": {"service": "splunkLog", "config": {"token": "x"}, "run_setup_tests": True},
    "/v1/external-secrets-managers": {
        "type": "AWS_SECRET_MANAGER",
        "name": "mine",
        "config": {"role_arn": "arn:aws:iam::1:role/x"},
    },
    "/v1/hvr/register-hub": {"port": 1},
    "/v1/hybrid-deployment-agents": {
        "display_name": "x",
        "env_type": "PODMAN",
        "accept_terms": True,
        "auth_type": "MANUAL",
    },
    "/v1/private-links": {
        "name": "x",
        "region": "AWS_EU_WEST_1",
        "service": "SOURCE_AWS",
        "config": {"connection_service_name": "x"},
    },
    "/v1/proxy": {"display_name": "x"},
}


def check(value, kind, place):
    """Compare a value with its type in the distilled definition, at any depth."""
    if value is None:
        # The definition has no word for null; fields that are not promised may be it.
        return
    if kind.startswith("["):
        assert isinstance(value, list), place
        for number, item in enumerate(value):
            check(item, kind[1:-1], f"{place}[{number}]")
    elif kind == "time":
        assert datetime.fromisoformat(value), place
    elif kind in TYPES:
        assert isinstance(value, TYPES[kind]), place
        assert not (kind == "integer" and isinstance(value, bool)), place
    elif kind in SPEC["models"]:
        model = SPEC["models"][kind]
        assert set(value) <= set(model), f"{place}: {set(value) - set(model)}"
        assert set(SPEC["required"].get(kind, ())) <= set(value), place
        words = SPEC["values"].get(kind, {})
        for name, inner in value.items():
            check(inner, model[name], f"{place}.{name}")
            if name in words and isinstance(inner, str):
                assert inner in words[name], f"{place}.{name}"
    else:
        assert kind == "any", f"{place}: unknown type {kind}"


@pytest.fixture
def full(box, call):
    """Return the caller of a box that has something of everything."""
    if not box.account.things["transformations"]:
        seed_extras(box.account, random.Random("extras"))
    return call


@pytest.mark.parametrize("path", LISTS)
def test_lists_and_details(full, path):
    """A field would be misspelt, of another type, missing, or a word that the API does not have."""
    items = full.walk(path, 1000)
    assert items
    detail = BY_PATH["GET", f"{path}/{{{LISTS[path]}}}"]["result"]
    for item in items[:50]:
        check(item, BY_PATH["GET", path]["result"], path)
        check(full.get(f"{path}/{item['id']}").data, detail, f"{path}/{item['id']}")


@pytest.mark.parametrize("path", CREATES)
def test_creates(full, path):
    """What a create answers would not be what the API declares, or not with its status."""
    operation = BY_PATH["POST", path]
    answer = full.post(path, CREATES[path])
    assert answer.status == operation["status"]
    check(answer.data, operation["result"], path)


def test_the_account_s_log_service(full):
    """Its own paths would answer something else than those of the groups."""
    full.post("/v1/external-logging/account", CREATES["/v1/external-logging/account"])
    operation = BY_PATH["GET", "/v1/external-logging/account"]
    check(full.get("/v1/external-logging/account").data, operation["result"], "account")


def test_every_operation_is_there(full):
    """An operation of these groups would be answered with the 404 of an unknown path."""
    prefixes = (*LISTS, "/v1/hvr", "/public", "/v1/external-secrets-managers-entities")
    mine = [key for key in BY_PATH if key[1].startswith(prefixes)]
    assert len(mine) > 50
    for method, path in mine:
        answer = full(method, path.replace("{", "").replace("}", ""), raw=b"")
        assert answer.status != 405, path
        assert answer.json.get("message") != "HTTP 404 Not Found", path
