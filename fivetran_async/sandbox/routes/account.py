"""The account itself."""

from __future__ import annotations

from typing import Final

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call
from fivetran_async.sandbox.replies import Reply, found
from fivetran_async.sandbox.routes.router import Route


def info(account: Account, _call: Call) -> Reply:
    """Answer `GET /v1/account/info`."""
    return found(account.info)


ROUTES: Final = (Route("GET", "/v1/account/info", info),)
