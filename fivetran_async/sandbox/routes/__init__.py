"""All operations that the sandbox answers: one module per resource group, joined here into one router."""

from __future__ import annotations

from typing import Final

from fivetran_async.sandbox.routes import (
    account,
    certificates,
    connection_state,
    connections,
    connector_packages,
    connector_types,
    destinations,
    external_secrets_managers,
    groups,
    hvr,
    hybrid_agents,
    log_services,
    memberships,
    private_links,
    proxy_agents,
    roles,
    schemas,
    system_keys,
    teams,
    transformation_projects,
    transformations,
    users,
    webhooks,
)
from fivetran_async.sandbox.routes.router import Router

_MODULES: Final = (
    account,
    certificates,
    connection_state,
    connections,
    connector_packages,
    connector_types,
    destinations,
    external_secrets_managers,
    groups,
    hvr,
    hybrid_agents,
    log_services,
    memberships,
    private_links,
    proxy_agents,
    roles,
    schemas,
    system_keys,
    teams,
    transformation_projects,
    transformations,
    users,
    webhooks,
)

ROUTER: Final = Router([route for module in _MODULES for route in module.ROUTES])
"""Finds the operation of a request."""
