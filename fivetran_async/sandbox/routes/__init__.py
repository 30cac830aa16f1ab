"""All operations that the sandbox answers: one module per resource group, joined here into one router."""

from __future__ import annotations

from fivetran_async.sandbox.routes import account, connections, destinations, groups, users
from fivetran_async.sandbox.routes.router import Router

ROUTER = Router((*account.ROUTES, *groups.ROUTES, *connections.ROUTES, *destinations.ROUTES, *users.ROUTES))
"""Finds the operation of a request."""
