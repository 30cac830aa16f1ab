"""Proxy agents, and the connections and destinations behind them."""

from __future__ import annotations

from typing import Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.data import regions
from fivetran_async.sandbox.engine import parts
from fivetran_async.sandbox.engine.credentials import Forger
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import RefusalError, Reply, done, found
from fivetran_async.sandbox.routes.router import Route
from fivetran_async.sandbox.times import stamp

PART: Final = "proxy_agents"
FIELD: Final = "proxy_agent_id"
PORT: Final = 443


def shape(account: Account, given: JsonObject) -> JsonObject:
    """Return a complete proxy agent: one that has not called yet, unless its fields say otherwise."""
    base: JsonObject = {
        "id": given["id"],
        "account_id": account.info.get("account_id"),
        "registered_at": stamp(account.now),
        "region": regions.DEFAULT,
        "created_by": account.info.get("user_id"),
        "display_name": given["id"],
        "status": "NOT_CONNECTED",
    }
    agent = base | given | {"sandbox": parts.own(given, issued=0)}
    # What version it runs is known from its first call on.
    return agent | {"version": given.get("version", "1.6.0")} if agent["status"] == "CONNECTED" else agent


def list_all(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/proxy`."""
    return page(parts.every(account, PART, shape), call.query, lambda agent: _counted(account, agent))


def get(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/proxy/{agentId}`."""
    agent = _agent(account, call)
    users = [thing for things in parts.using(account, FIELD, agent["id"]) for thing in things]
    usage = [{"id": thing["id"], "schema": thing.get("schema"), "service": thing["service"]} for thing in users]
    return found(parts.shown(agent) | {"usage": usage})


def create(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/proxy`."""
    body = call.wanted_body
    checks.require(body, "display_name")
    name = checks.text("display_name", body["display_name"])
    given = checks.read(body, {"group_region": checks.one_of(*regions.PROXY_AGENTS)})
    if any(agent["display_name"] == name for agent in parts.every(account, PART, shape)):
        raise RefusalError(409, f"Proxy agent with name '{name}' already exists")
    region = given.get("group_region", regions.DEFAULT)
    agent = parts.add(account, PART, {"display_name": name, "region": region}, shape)
    return parts.created("Proxy agent has been created", _issue(account, agent))


def delete(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/proxy/{agentId}`."""
    name = _agent(account, call)["id"]
    if any(parts.using(account, FIELD, name)):
        raise RefusalError(409, f"Proxy agent with id '{name}' is still attached to connections or destinations")
    del account.things[PART][name]
    return done(f"Proxy agent with id '{name}' has been deleted")


def connections(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/proxy/{agentId}/connections`."""
    users, _ = parts.using(account, FIELD, _agent(account, call)["id"])
    return page(users, call.query, lambda connection: {"connection_id": connection["id"]})


def regenerate_secrets(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/proxy/{agentId}/regenerate-secrets`."""
    credentials = _issue(account, _agent(account, call))
    return parts.created("Proxy agent secrets have been regenerated", credentials, status=200)


def _agent(account: Account, call: Call) -> JsonObject:
    return parts.one(account, PART, call.path["agentId"], shape)


def _counted(account: Account, agent: JsonObject) -> JsonObject:
    sources, destinations = parts.using(account, FIELD, agent["id"])
    return parts.shown(agent) | {"connector_count": len(sources), "destination_count": len(destinations)}


def _issue(account: Account, agent: JsonObject) -> JsonObject:
    agent["sandbox"]["issued"] += 1
    forger = Forger("proxy", account.seed, agent["id"], agent["sandbox"]["issued"])
    return {
        "agent_id": agent["id"],
        "auth_token": forger.token(),
        "client_cert": forger.pem("CERTIFICATE"),
        "client_private_key": forger.pem("PRIVATE KEY"),
        "orchestrator_host": f"{agent['region'].lower().replace('_', '-')}.orchestrator.example.com",
        "orchestrator_port": PORT,
    }


ROUTES: Final = (
    Route("GET", "/v1/proxy", list_all),
    Route("POST", "/v1/proxy", create),
    Route("GET", "/v1/proxy/{agentId}", get),
    Route("DELETE", "/v1/proxy/{agentId}", delete),
    Route("GET", "/v1/proxy/{agentId}/connections", connections),
    Route("POST", "/v1/proxy/{agentId}/regenerate-secrets", regenerate_secrets),
)
