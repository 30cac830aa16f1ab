"""Connector types: those an account may use, and the public list."""

from __future__ import annotations

from typing import Final

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call
from fivetran_async.sandbox.data import catalog, connector_types
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import Reply, found, missing
from fivetran_async.sandbox.routes.router import Route


def list_all(_account: Account, call: Call) -> Reply:
    """Answer `GET /v1/metadata/connector-types`."""
    return page(catalog.every("connector"), call.query, connector_types.short)


def get(_account: Account, call: Call) -> Reply:
    """Answer `GET /v1/metadata/connector-types/{service}`."""
    name = call.path["service"]
    service = catalog.find(name, "connector")
    if service is None:
        raise missing("Connector type", name, "NotFound")
    return found(connector_types.detailed(service))


def list_public(_account: Account, _call: Call) -> Reply:
    """Answer `GET /public/connector-types`, which has no pages."""
    return found({"items": connector_types.every()})


ROUTES: Final = (
    Route("GET", "/v1/metadata/connector-types", list_all),
    Route("GET", "/v1/metadata/connector-types/{service}", get),
    Route("GET", "/public/connector-types", list_public, public=True),
)
