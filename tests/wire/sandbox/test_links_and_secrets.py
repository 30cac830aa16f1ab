"""Private links that take their time, and external secrets managers with what depends on them."""

from __future__ import annotations

import pytest

from fivetran_async.sandbox import Sandbox

LINKS = "/v1/private-links"
MANAGERS = "/v1/external-secrets-managers"
ENTITIES = "/v1/external-secrets-managers-entities"
LINK = {
    "name": "warehouse",
    "region": "AWS_EU_WEST_1",
    "service": "SNOWFLAKE_AWS",
    "config": {"account_url": "x.snowflakecomputing.com", "vpce_id": "vpce-1"},
}
VAULT = {
    "type": "HASHICORP_VAULT",
    "name": "vault",
    "config": {"vault_address": "https://vault.example.com", "role_id": "fivetran", "secret_id": "hidden"},
}


AZURE = {
    "service": "SOURCE_AZURE",
    "region": "AZURE_WESTEUROPE",
    "config": {"connection_service_id": "x", "sub_resource_name": "y"},
}


@pytest.fixture
def link(call):
    """Return a link that was just created."""
    made = call.post(LINKS, LINK)
    assert made.status == 201
    return made.data


@pytest.fixture
def manager(call):
    """Return a manager that was just created."""
    made = call.post(MANAGERS, VAULT)
    assert (made.status, made.code) == (201, "Created")
    return made.data


def test_life_of_a_link(call, box, link):
    """A link could not be created, read, listed, changed and deleted, or would not take its time."""
    path = f"{LINKS}/{link['id']}"
    assert link.items() > LINK.items()
    assert (link["state"], link["cloud_provider"], "host" in link) == ("CREATING", "AWS", False)
    assert link["account_id"] == box.account.info["account_id"]
    assert call.get(path).data == link
    assert link in call.walk(LINKS, 1)
    box.clock.advance(3600)
    ready = call.get(path).data
    assert (ready["state"], bool(ready["host"])) == ("OK", True)
    assert ready["state_summary"] != link["state_summary"]
    changed = call.patch(path, {"config": {"vpce_id": "vpce-2"}}).data
    assert (changed["state"], changed["config"]) == ("UPDATING", LINK["config"] | {"vpce_id": "vpce-2"})
    assert call.get(path).data == changed
    box.clock.advance(3600)
    assert call.get(path).data == ready | {"config": changed["config"]}
    assert call.delete(path).status == 200
    for again in (call.get(path), call.delete(path), call.patch(path, {"config": {}})):
        assert (again.status, again.code) == (404, "NotFound")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"name": None}, "name"),
        ({"region": None}, "region"),
        ({"region": "GCP_US_CENTRAL1"}, "region"),
        ({"service": None}, "service"),
        ({"service": "SNOWFLAKE"}, "service"),
        ({"config": None}, "account_url"),
        ({"config": {"account_url": "x"}}, "vpce_id"),
        ({"config": []}, "config"),
        (AZURE | {"config": {"connection_service_id": "x"}}, "sub_resource_name"),
        (AZURE | {"region": "AWS_US_EAST_1"}, "region"),
        ({"region": "GCP_US_EAST4"}, "region"),
        ({"service": "SNOWFLAKE_GCP", "config": {"account_url": "x", "pls_id": "y"}}, "region"),
    ],
)
def test_wrong_links(call, change, word):
    """A link that lacks what its service needs would be created."""
    answer = call.post(LINKS, LINK | change)
    assert (answer.status, answer.code) == (400, "InvalidInput")
    assert word in answer.json["message"]


def test_links_of_another_cloud(call):
    """A link to a service of another cloud could not be created in a region of that cloud."""
    made = call.post(LINKS, LINK | AZURE)
    assert (made.status, made.data["cloud_provider"]) == (201, "AZURE")


def test_wrong_changes_of_links(call, link):
    """A link could be changed into one that lacks what its service needs, or by nothing."""
    for body in ({}, {"config": {"vpce_id": ""}}, {"name": "other"}):
        assert call.patch(f"{LINKS}/{link['id']}", body).status == 400
    assert call.get(f"{LINKS}/{link['id']}").data == link


def test_links_are_few(caller):
    """The creation of links would not have the narrow limit that it has."""
    with Sandbox(seed=1, groups=1, connections=0, limits="full") as box:
        call = caller(box)
        assert [call.post(LINKS, LINK).status for _ in range(6)] == [201] * 5 + [429]
        assert call.get(LINKS).status == 200


def test_life_of_a_manager(call, box, manager):
    """A manager could not be created, read, listed, changed and deleted, or would show its secret."""
    config = VAULT["config"] | {"secret_id": "******"}
    assert manager == VAULT | {
        "id": manager["id"],
        "config": config,
        "is_hybrid_deployment": False,
        "created_at": manager["created_at"],
        "updated_at": manager["created_at"],
    }
    path = f"{MANAGERS}/{manager['id']}"
    assert call.get(path).data == manager
    assert manager in call.walk(MANAGERS, 1)
    box.clock.advance(60)
    changed = call.patch(path, {"config": {"namespace": "eu"}}).data
    assert changed["config"] == config | {"namespace": "eu"}
    assert changed["updated_at"] > changed["created_at"]
    assert call.delete(path).status == 200
    for again in (call.get(path), call.delete(path), call.get(f"{path}/entities"), call.patch(path, {"config": {}})):
        assert (again.status, again.code) == (404, "NotFound")


@pytest.mark.parametrize(
    "change",
    [
        {"type": None},
        {"type": "KEEPASS"},
        {"name": None},
        {"config": None},
        {"config": "x"},
        {"config": {"vault_address": "x", "role_id": "y"}},
        {"type": "AWS_SECRET_MANAGER"},
        {"type": "AZURE_KEY_VAULT", "config": {"vault_url": "x"}},
        {"is_hybrid_deployment": "no"},
    ],
)
def test_wrong_managers(call, change):
    """A manager that cannot work would be created, or the refusal not have this group's own code."""
    answer = call.post(MANAGERS, VAULT | change)
    assert (answer.status, answer.code) == (400, "BadRequest")


def test_hybrid_managers_need_less(call):
    """A manager for hybrid deployments would be asked for what only Fivetran's own side needs."""
    body = {"type": "AZURE_KEY_VAULT", "name": "azure", "config": {"vault_url": "x"}, "is_hybrid_deployment": True}
    assert call.post(MANAGERS, body).data["is_hybrid_deployment"] is True


def test_wrong_changes_of_managers(call, manager):
    """A manager could lose what it needs, be changed by nothing, or take a name that is taken."""
    for body in ({}, {"name": "x"}, {"config": {"role_id": ""}}):
        answer = call.patch(f"{MANAGERS}/{manager['id']}", body)
        assert (answer.status, answer.code) == (400, "BadRequest")
    assert call.post(MANAGERS, VAULT).code == "BadRequest"


def test_who_uses_a_manager(call, box, manager):
    """What takes its secrets from a manager would not be listed, or the manager deleted from under it."""
    name, group = manager["id"], next(iter(box.account.groups))
    source = box.account.add_connection(group, schema="orders", external_secrets_manager_id=name)
    box.account.destinations[group] |= {"external_secrets_manager_id": name, "setup_status": "connected"}
    first = {
        "id": source["id"],
        "name": "orders",
        "enabled": True,
        "type": "SOURCE",
        "secret_manager_id": name,
        "created_at": source["created_at"],
    }
    second = {
        "id": group,
        "name": box.account.groups[group]["name"],
        "enabled": True,
        "type": "DESTINATION",
        "secret_manager_id": name,
        "created_at": box.account.groups[group]["created_at"],
    }
    path = f"{MANAGERS}/{name}/entities"
    for every in (path, f"{path}?type=all", ENTITIES, f"{ENTITIES}?esm_id={name}"):
        assert call.get(every).data == {"items": [first, second]}
    assert call.get(f"{path}?type=SOURCE").data["items"] == [first]
    assert call.get(f"{ENTITIES}?type=destination").data["items"] == [second]
    assert call.get(f"{ENTITIES}?esm_id=nope").data["items"] == []
    assert call.get(f"{path}?type=table").status == 400
    call.patch(f"/v1/connections/{source['id']}", {"paused": True, "run_setup_tests": False})
    assert call.get(path).data["items"][0]["enabled"] is False
    assert (call.delete(f"{MANAGERS}/{name}").status, call.delete(f"{MANAGERS}/{name}").code) == (400, "BadRequest")
    del box.account.destinations[group]["external_secrets_manager_id"]
    call.delete(f"/v1/connections/{source['id']}")
    assert call.delete(f"{MANAGERS}/{name}").status == 200
