"""Agents and hubs: their life, credentials that are shown once, and who uses them."""

from __future__ import annotations

import base64
import json

import pytest

HYBRID = "/v1/hybrid-deployment-agents"
PROXY = "/v1/proxy"
AGENT = {"display_name": "edge", "env_type": "DOCKER", "accept_terms": True}
REQUIRED = {
    "id",
    "version",
    "enabled",
    "online",
    "display_name",
    "group_id",
    "registered_at",
    "created_by",
    "deployment_type",
    "updated_at",
    "last_used_at",
}
SECRETS = {"agent_id", "auth_token", "client_cert", "client_private_key", "orchestrator_host", "orchestrator_port"}


@pytest.fixture
def group(box):
    """Return the id of a group."""
    return next(iter(box.account.groups))


@pytest.fixture
def hybrid(call, group):
    """Return a hybrid agent as it was created."""
    made = call.post(HYBRID, AGENT | {"group_id": group})
    assert made.status == 201
    return made.data


@pytest.fixture
def proxy(call):
    """Return the credentials of a proxy agent that was just created."""
    made = call.post(PROXY, {"display_name": "gate", "group_region": "AWS_EU_NORTH_1"})
    assert (made.status, made.code) == (201, "Created")
    return made.data


def test_life_of_a_hybrid_agent(call, group, hybrid):
    """A hybrid agent could not be created, read, listed and deleted, or would show its token again."""
    assert set(hybrid) == REQUIRED | {"token"}
    assert (hybrid["deployment_type"], hybrid["group_id"], hybrid["online"]) == ("DOCKER", group, False)
    path = f"{HYBRID}/{hybrid['id']}"
    shown = {name: hybrid[name] for name in REQUIRED} | {"usage": []}
    assert call.get(path).data == shown
    assert shown in call.walk(HYBRID, 1)
    assert [item["id"] for item in call.walk(f"{HYBRID}?groupId={group}", 100)].count(hybrid["id"]) == 1
    assert call.get(f"{HYBRID}?groupId=nope").data["items"] == []
    assert call.delete(path).status == 200
    for again in (call.get(path), call.delete(path), call.patch(f"{path}/re-auth", {})):
        assert (again.status, again.code) == (404, "NotFound_RemoteExecutionAgent")
    assert call.post(f"{path}/reset-credentials").status == 404


def test_credentials_of_a_hybrid_agent(call, hybrid):
    """New credentials would be the old ones, or not come in the form that was asked for."""
    path = f"{HYBRID}/{hybrid['id']}"
    tokens = {hybrid["token"], call.patch(f"{path}/re-auth", {"auth_type": "AUTO"}).data["token"]}
    tokens.add(call.post(f"{path}/re-auth").data["token"])
    assert len(tokens) == 3
    manual = call.patch(f"{path}/re-auth", {"auth_type": "MANUAL"}).data
    assert "token" not in manual
    assert set(manual["files"]) == {"config_json", "auth_json", "docker_compose_yaml"}
    config = json.loads(base64.b64decode(manual["files"]["config_json"]))
    assert config["token"] not in tokens
    assert call.patch(f"{path}/re-auth", {"auth_type": "NONE"}).status == 400


def test_reset_takes_the_agent_offline(call, box, hybrid):
    """An agent whose credentials were reset would still be online."""
    box.account.things["hybrid_agents"][hybrid["id"]]["online"] = True
    path = f"{HYBRID}/{hybrid['id']}"
    assert call.get(path).data["online"] is True
    answer = call.post(f"{path}/reset-credentials")
    assert (answer.status, "data" in answer.json) == (200, False)
    assert call.get(path).data["online"] is False


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"display_name": None}, "display_name"),
        ({"display_name": " "}, "display_name"),
        ({"env_type": None}, "env_type"),
        ({"env_type": "VM"}, "env_type"),
        ({"accept_terms": None}, "accept_terms"),
        ({"accept_terms": False}, "accept_terms"),
        ({"accept_terms": "true"}, "accept_terms"),
        ({"auth_type": "PASSWORD"}, "auth_type"),
    ],
)
def test_wrong_hybrid_agents(call, group, change, word):
    """An agent would be created although the terms were not accepted or a field was wrong."""
    answer = call.post(HYBRID, AGENT | {"group_id": group} | change)
    assert (answer.status, answer.code) == (400, "InvalidInput")
    assert word in answer.json["message"]


def test_groups_of_hybrid_agents(call):
    """An agent would be created in a group that does not exist."""
    assert call.post(HYBRID, AGENT | {"group_id": "nope"}).code == "NotFound_Group"
    assert call.post(HYBRID, AGENT | {"auth_type": "MANUAL"}).data["group_id"] is None


def test_who_uses_a_hybrid_agent(call, box, group, hybrid):
    """The usage of an agent would not name its connections."""
    name = box.account.add_connection(group, hybrid_deployment_agent_id=hybrid["id"])["id"]
    usage = [{"schema": name, "service": "postgres", "connection_id": name}]
    assert call.get(f"{HYBRID}/{hybrid['id']}").data["usage"] == usage


def test_life_of_a_proxy_agent(call, box, proxy):
    """A proxy agent could not be created, read, listed and deleted, or would show its secrets again."""
    assert set(proxy) == SECRETS
    assert proxy["client_cert"].startswith("-----BEGIN CERTIFICATE-----\n")
    assert isinstance(proxy["orchestrator_port"], int)
    path = f"{PROXY}/{proxy['agent_id']}"
    shown = call.get(path).data
    assert shown == {
        "id": proxy["agent_id"],
        "account_id": box.account.info["account_id"],
        "registered_at": shown["registered_at"],
        "region": "AWS_EU_NORTH_1",
        "created_by": box.account.info["user_id"],
        "display_name": "gate",
        "status": "NOT_CONNECTED",
        "usage": [],
    }
    listed = next(item for item in call.walk(PROXY, 1) if item["id"] == proxy["agent_id"])
    del shown["usage"]
    assert listed == shown | {"connector_count": 0, "destination_count": 0}
    assert call.delete(path).status == 200
    for again in (call.get(path), call.delete(path), call.get(f"{path}/connections")):
        assert (again.status, again.code) == (404, "NotFound")
    assert call.post(f"{path}/regenerate-secrets").code == "NotFound"


def test_secrets_of_a_proxy_agent(call, proxy):
    """Regenerated secrets would be the old ones."""
    answer = call.post(f"{PROXY}/{proxy['agent_id']}/regenerate-secrets")
    assert (answer.status, answer.code) == (200, "Created")
    for name in ("auth_token", "client_cert", "client_private_key"):
        assert answer.data[name] != proxy[name]
    for name in ("agent_id", "orchestrator_host", "orchestrator_port"):
        assert answer.data[name] == proxy[name]


def test_wrong_proxy_agents(call, proxy):
    """A proxy agent without a name, in no region or with a name that is taken would be created."""
    for body, word in (
        ({}, "display_name"),
        ({"display_name": ""}, "display_name"),
        ({"display_name": "x", "group_region": "MARS"}, "group_region"),
    ):
        answer = call.post(PROXY, body)
        assert (answer.status, answer.code) == (400, "InvalidInput")
        assert word in answer.json["message"]
    taken = call.post(PROXY, {"display_name": "gate"})
    assert (taken.status, taken.code) == (409, "Conflict")
    assert call.post(PROXY, {"display_name": proxy["agent_id"]}).status == 201


def test_who_uses_a_proxy_agent(call, box, group, proxy):
    """What is behind a proxy agent would not be counted, or the agent could be deleted from under it."""
    agent = proxy["agent_id"]
    names = [box.account.add_connection(group, proxy_agent_id=agent)["id"] for _ in range(3)]
    box.account.destinations[group]["proxy_agent_id"] = agent
    path = f"{PROXY}/{agent}"
    assert call.walk(f"{path}/connections", 2) == [{"connection_id": name} for name in names]
    listed = next(item for item in call.walk(PROXY, 100) if item["id"] == agent)
    assert (listed["connector_count"], listed["destination_count"]) == (3, 1)
    usage = call.get(path).data["usage"]
    assert usage[0] == {"id": names[0], "schema": names[0], "service": "postgres"}
    assert usage[-1] == {"id": group, "schema": None, "service": box.account.destinations[group]["service"]}
    assert (call.delete(path).status, call.delete(path).code) == (409, "Conflict")
    del box.account.destinations[group]["proxy_agent_id"]
    for name in names:
        call.delete(f"/v1/connections/{name}")
    assert call.delete(path).status == 200


def test_hubs(call):
    """A hub could not be registered, or two would be the same."""
    body = {"fingerprint": "ab:cd", "port": 4343, "hub_server_url": "https://hub.example.com"}
    first, second = (call.post("/v1/hvr/register-hub", body) for _ in range(2))
    assert first.status == 200
    assert set(first.data) == {"access_token", "registration_id"}
    assert first.data["registration_id"] != second.data["registration_id"]
    assert first.data["access_token"] != second.data["access_token"]
    for change in ({"port": 0}, {"port": 70_000}, {"port": "4343"}, {"fingerprint": 1}, {"hub_server_url": ""}):
        assert call.post("/v1/hvr/register-hub", body | change).status == 400
    assert call.post("/v1/hvr/register-hub").status == 400
