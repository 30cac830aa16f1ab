"""Hybrid deployment agents."""

from __future__ import annotations

import base64
from typing import Final

import msgspec

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.engine import parts
from fivetran_async.sandbox.engine.credentials import Forger
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import Reply, done, found, invalid
from fivetran_async.sandbox.routes.router import Route
from fivetran_async.sandbox.times import stamp

PART: Final = "hybrid_agents"
FIELD: Final = "hybrid_deployment_agent_id"
AUTO: Final = "AUTO"

FIELDS: Final[dict[str, checks.Checker]] = {
    "group_id": checks.text,
    "display_name": checks.text,
    "env_type": checks.one_of("DOCKER", "PODMAN", "KUBERNETES", "SNOWPARK"),
    "accept_terms": checks.boolean,
    "auth_type": checks.one_of(AUTO, "MANUAL"),
}


def shape(account: Account, given: JsonObject) -> JsonObject:
    """Return a complete hybrid agent: one that has not called yet, unless its fields say otherwise."""
    registered = given.get("registered_at") or stamp(account.now)
    base: JsonObject = {
        "id": given["id"],
        "version": "1.42.0",
        "enabled": True,
        "online": False,
        "display_name": given["id"],
        "group_id": None,
        "registered_at": registered,
        "created_by": account.info.get("user_id"),
        "deployment_type": "DOCKER",
        "updated_at": registered,
        # The specification has no way to say that it was never used.
        "last_used_at": registered,
    }
    return base | given | {"sandbox": parts.own(given, issued=0)}


def list_all(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/hybrid-deployment-agents`, whose filter is written in camel case."""
    group = call.query.get("groupId")
    agents = parts.every(account, PART, shape)
    chosen = [agent for agent in agents if group is None or agent["group_id"] == group]
    return page(chosen, call.query, lambda agent: _used(account, agent))


def get(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/hybrid-deployment-agents/{agentId}`."""
    return found(_used(account, _agent(account, call)))


def create(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/hybrid-deployment-agents`."""
    body = call.wanted_body
    checks.require(body, "display_name", "env_type", "accept_terms")
    given = checks.read(body, FIELDS)
    if not given["accept_terms"]:
        raise invalid("Field 'accept_terms' must be true: the license addendum has to be accepted")
    group = given.get("group_id")
    if group is not None:
        account.group(group)
    fields: JsonObject = {
        "display_name": given["display_name"],
        "group_id": group,
        "deployment_type": given["env_type"],
    }
    agent = parts.add(account, PART, fields, shape)
    shown = _issued(account, agent, given.get("auth_type", AUTO))
    return done("Hybrid Deployment Agent has been created", shown, status=201)


def delete(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/hybrid-deployment-agents/{agentId}`; that one in use is refused is not documented."""
    name = _agent(account, call)["id"]
    del account.things[PART][name]
    return done(f"Hybrid Deployment Agent with id '{name}' has been deleted")


def re_auth(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/hybrid-deployment-agents/{agentId}/re-auth`."""
    agent = _agent(account, call)
    given = checks.read(call.body or {}, {"auth_type": FIELDS["auth_type"]})
    agent["updated_at"] = stamp(account.now)
    shown = _issued(account, agent, given.get("auth_type", AUTO))
    return done("Hybrid Deployment Agent credentials have been regenerated", shown)


def reset_credentials(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/hybrid-deployment-agents/{agentId}/reset-credentials`: the agent cannot call any more."""
    agent = _agent(account, call)
    agent |= {"online": False, "updated_at": stamp(account.now)}
    return done("Hybrid Deployment Agent credentials have been reset")


def _agent(account: Account, call: Call) -> JsonObject:
    return parts.one(account, PART, call.path["agentId"], shape)


def _used(account: Account, agent: JsonObject) -> JsonObject:
    connections, _ = parts.using(account, FIELD, agent["id"])
    usage = [
        {"schema": connection["schema"], "service": connection["service"], "connection_id": connection["id"]}
        for connection in connections
    ]
    return parts.shown(agent) | {"usage": usage}


def _issued(account: Account, agent: JsonObject, auth_type: str) -> JsonObject:
    """Return the agent with new credentials, which are shown this once."""
    agent["sandbox"]["issued"] += 1
    forger = Forger("hybrid", account.seed, agent["id"], agent["sandbox"]["issued"])
    token = forger.encoded(48)
    if auth_type == AUTO:
        return parts.shown(agent) | {"token": token}
    config = msgspec.json.encode({"controller_id": agent["id"], "token": token})
    auth = msgspec.json.encode({"auths": {"registry.example.com": {"auth": forger.encoded(24)}}})
    compose = b"services:\n  agent:\n    image: registry.example.com/hybrid-agent:latest\n"
    files = {"config_json": config, "auth_json": auth, "docker_compose_yaml": compose}
    return parts.shown(agent) | {"files": {name: base64.b64encode(raw).decode() for name, raw in files.items()}}


ROUTES: Final = (
    Route("GET", "/v1/hybrid-deployment-agents", list_all),
    Route("POST", "/v1/hybrid-deployment-agents", create),
    Route("GET", "/v1/hybrid-deployment-agents/{agentId}", get),
    Route("DELETE", "/v1/hybrid-deployment-agents/{agentId}", delete),
    Route("PATCH", "/v1/hybrid-deployment-agents/{agentId}/re-auth", re_auth),
    # The specification has PATCH; one of Fivetran's own clients sends POST.
    Route("POST", "/v1/hybrid-deployment-agents/{agentId}/re-auth", re_auth),
    Route("POST", "/v1/hybrid-deployment-agents/{agentId}/reset-credentials", reset_credentials),
)
