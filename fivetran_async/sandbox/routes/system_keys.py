"""System keys: kept and shown, yet the server lets nobody in by one."""

from __future__ import annotations

from typing import Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.engine import system_keys
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import Reply, done, found
from fivetran_async.sandbox.routes.router import Route
from fivetran_async.sandbox.times import stamp
from fivetran_async.sandbox.views import listed

RESOURCE_TYPES: Final = (
    "ACCOUNT",
    "USER",
    "WEBHOOK",
    "TEAM",
    "ROLES",
    "DESTINATION",
    "TRANSFORMATION",
    "REMOTE_EXECUTION_AGENT",
    "CONNECTOR",
    "PRIVATE_LINK",
    "PROXY",
)
"""What permissions can be for; the last two are in the documentation and not in the specification."""

FILTER: Final = checks.object_of({"ids": checks.several(checks.text), "group_ids": checks.several(checks.text)})
PERMISSION: Final = checks.object_of(
    {
        "resource_type": checks.one_of(*RESOURCE_TYPES),
        "access_level": checks.one_of("NONE", "READ", "MANAGE"),
        "resource_filter": FILTER,
    },
    "resource_type",
    "access_level",
)
PERIOD: Final[dict[str, checks.Checker]] = {"expiration_period": checks.one_of(*system_keys.PERIODS)}

FIELDS: Final[dict[str, checks.Checker]] = {
    "name": checks.matching(r"[A-Za-z_].*", "a name that starts with a letter or an underscore"),
    "permissions": checks.several(PERMISSION),
}


def list_all(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/system-keys`."""
    return page(list(account.things["system_keys"].values()), call.query, system_keys.shown)


def get(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/system-keys/{keyId}`."""
    return found(system_keys.shown(_key(account, call)))


def create(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/system-keys`; this answer has the key and the secret."""
    body = call.wanted_body
    checks.require(body, "name")
    given = checks.read(body, FIELDS)
    # What a key without a period gets is not documented.
    period: str = checks.read(body, PERIOD).get("expiration_period", "INFINITE")
    fixed: JsonObject = {
        "id": account.mint(),
        "expired_at": system_keys.expiry(period, account.now),
        "sandbox": {"period": period},
    }
    key = system_keys.system_key(given | fixed, account.now)
    account.things["system_keys"][key["id"]] = key
    return done("System key has been created", listed(key), status=201)


def update(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/system-keys/{keyId}`."""
    key = _key(account, call)
    key |= checks.changes(call.wanted_body, FIELDS)
    key["updated_at"] = stamp(account.now)
    return done("System key has been updated", system_keys.shown(key))


def delete(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/system-keys/{keyId}`."""
    name = call.path["keyId"]
    account.thing("system_keys", name)
    del account.things["system_keys"][name]
    return done(f"System key with id '{name}' has been deleted")


def rotate(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/system-keys/{keyId}/rotate`: a new secret for the same key, shown this once.

    It is good for the period of the body, or else for as long again as before.
    """
    key = _key(account, call)
    own = system_keys.engine(key)
    own["period"] = checks.read(call.body or {}, PERIOD).get("expiration_period", own["period"])
    own["rotated"] += 1
    _, secret = system_keys.credentials(call.path["keyId"], own["rotated"])
    key |= {
        "secret": secret,
        "updated_at": stamp(account.now),
        "expired_at": system_keys.expiry(own["period"], account.now),
    }
    return done("System key has been rotated", listed(key))


def _key(account: Account, call: Call) -> JsonObject:
    return account.thing("system_keys", call.path["keyId"])


ROUTES: Final = (
    Route("GET", "/v1/system-keys", list_all),
    Route("POST", "/v1/system-keys", create),
    Route("GET", "/v1/system-keys/{keyId}", get),
    Route("PATCH", "/v1/system-keys/{keyId}", update),
    Route("DELETE", "/v1/system-keys/{keyId}", delete),
    Route("POST", "/v1/system-keys/{keyId}/rotate", rotate),
)
