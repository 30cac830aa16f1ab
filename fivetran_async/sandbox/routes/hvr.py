"""Registration of HVR hubs."""

from __future__ import annotations

from typing import Any, Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.engine import parts
from fivetran_async.sandbox.engine.credentials import Forger
from fivetran_async.sandbox.replies import Reply, done, invalid
from fivetran_async.sandbox.routes.router import Route

PART: Final = "hvr_hubs"
LAST_PORT: Final = 65_535


def port(name: str, value: Any) -> int:
    """Take the number of a TCP port."""
    number = checks.integer(name, value)
    if not 1 <= number <= LAST_PORT:
        raise invalid(f"Field '{name}' must be a port between 1 and {LAST_PORT}")
    return number


FIELDS: Final[dict[str, checks.Checker]] = {"fingerprint": checks.text, "port": port, "hub_server_url": checks.text}


def shape(_account: Account, given: JsonObject) -> JsonObject:
    """Return a complete hub."""
    return {"id": given["id"]} | given


def register(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/hvr/register-hub`: each call registers one, as none of its fields is required."""
    hub = parts.add(account, PART, checks.read(call.wanted_body, FIELDS), shape)
    token = Forger("hub", account.seed, hub["id"]).token(64)
    return done("Hub has been registered", {"access_token": token, "registration_id": hub["id"]})


ROUTES: Final = (Route("POST", "/v1/hvr/register-hub", register),)
