"""Rules about ways into one's own network: hybrid deployment agents, proxy agents, private links."""

import re
from collections.abc import Iterator
from datetime import datetime

from fivetran_async.audit.findings import Hit
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.policy import Policy, matches
from fivetran_async.audit.rules._words import named, seconds_since, span
from fivetran_async.models.hybrid_agents import HybridAgent
from fivetran_async.models.private_links import PrivateLinkState
from fivetran_async.models.proxy_agents import ProxyAgentStatus


def agent_offline(inventory: Inventory, now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find hybrid deployment agents that may be used and are not connected."""
    for agent in _enabled(inventory):
        if agent.online is False:
            last = f", last used {span(seconds_since(agent.last_used_at, now))} ago" if agent.last_used_at else ""
            yield Hit(agent, f"it is offline{last}; {_connections(len(agent.usage))}")


def agent_outdated(inventory: Inventory, _now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find hybrid deployment agents of a version that is not allowed, or is older than the account's newest."""
    allowed = policy.allowed.agent_versions
    newest: dict[str | None, str] = {}
    for agent in inventory.hybrid_agents.values():
        if agent.version and _release(agent.version) > _release(newest.get(agent.deployment_type, "")):
            newest[agent.deployment_type] = agent.version
    for agent in _enabled(inventory):
        if not agent.version:
            continue
        if allowed is not None:
            if not matches(agent.version, allowed):
                yield Hit(agent, f"its version is {agent.version}, and allowed are {named(allowed)}")
        elif _release(agent.version) < _release(newest[agent.deployment_type]):
            other = newest[agent.deployment_type]
            yield Hit(agent, f"its version is {agent.version}, and another one of the account has {other}")


def agent_unused(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find hybrid deployment agents that no connection uses."""
    for agent in _enabled(inventory):
        used = any(_uses(thing, agent.id) for thing in inventory.destinations.values())
        if not agent.usage and not used:
            yield Hit(agent, "no connection and no destination uses it")


def proxy_not_connected(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find proxy agents that are not connected."""
    for proxy in inventory.proxy_agents.values():
        if proxy.status in (ProxyAgentStatus.NOT_CONNECTED, ProxyAgentStatus.NOT_FOUND):
            counted = [proxy.connector_count, proxy.destination_count]
            users = sum(count for count in counted if count is not None)
            yield Hit(proxy, f"its status is {proxy.status}; {_connections(users, ' or destination')}")


def proxy_unused(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find proxy agents that the list counts no connection and no destination of."""
    for proxy in inventory.proxy_agents.values():
        if proxy.connector_count == 0 and proxy.destination_count == 0:
            yield Hit(proxy, "no connection and no destination uses it")


def private_link_failed(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find private links that cannot be used."""
    for link in inventory.private_links.values():
        if link.state == PrivateLinkState.FAIL:
            yield Hit(link, f"it failed: {link.state_summary}" if link.state_summary else "it failed")


def _enabled(inventory: Inventory) -> Iterator[HybridAgent]:
    return (agent for agent in inventory.hybrid_agents.values() if agent.enabled is not False)


def _uses(destination: object, agent_id: str) -> bool:
    names = ("hybrid_deployment_agent_id", "local_processing_agent_id")
    return any(getattr(destination, name) == agent_id for name in names)


def _release(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, for comparison."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _connections(count: int, more: str = "") -> str:
    if not count:
        return f"no connection{more} uses it"
    return f"{count} connection{more}{'' if count == 1 else 's'} {'uses' if count == 1 else 'use'} it"
