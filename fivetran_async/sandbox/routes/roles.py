"""Roles."""

from __future__ import annotations

from typing import Final

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import Reply
from fivetran_async.sandbox.routes.router import Route


def list_all(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/roles`."""
    return page(list(account.roles.values()), call.query, lambda role: role)


ROUTES: Final = (Route("GET", "/v1/roles", list_all),)
