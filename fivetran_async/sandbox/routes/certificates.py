"""Certificates and fingerprints of connections and destinations: four operations, alike for both kinds and owners."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.engine import certificates
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import RefusalError, Reply, done, found, invalid
from fivetran_async.sandbox.routes.router import Route
from fivetran_async.sandbox.routes.testing import approval

_OWNERS: Final[dict[str, Callable[[Account, str], JsonObject]]] = {
    "connection": Account.connection,
    "destination": Account.destination,
}
_SINGULAR: Final = {certificates.CERTIFICATES: "Certificate", certificates.FINGERPRINTS: "Fingerprint"}


def approve_anywhere(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/certificates`."""
    given = _read(call, certificates.CERTIFICATES)
    named = checks.read(call.wanted_body, {f"{owner}_id": checks.text for owner in _OWNERS})
    if not named:
        raise invalid("Field 'connection_id' or 'destination_id' is required")
    for owner in [get(account, named[f"{name}_id"]) for name, get in _OWNERS.items() if f"{name}_id" in named]:
        certificates.approve(owner, certificates.CERTIFICATES, given, approval(account))
    return done("The certificate has been approved")


def _routes(owner: str, kind: str) -> tuple[Route, ...]:
    placeholder, get_owner = f"{owner}Id", _OWNERS[owner]
    path = f"/v1/{owner}s/{{{placeholder}}}/{kind}"
    noun = _SINGULAR[kind]

    def of(account: Account, call: Call) -> JsonObject:
        return get_owner(account, call.path[placeholder])

    def item_of(account: Account, call: Call) -> JsonObject:
        digest = call.path["hash"]
        item = certificates.find(of(account, call), kind, digest)
        if item is None:
            # The code string of this is not documented; it follows those that are.
            raise RefusalError(404, f"{noun} with hash '{digest}' doesn't exist", f"NotFound_{noun}")
        return item

    def list_all(account: Account, call: Call) -> Reply:
        return page(certificates.approved(of(account, call), kind), call.query, lambda item: item)

    def approve(account: Account, call: Call) -> Reply:
        item = certificates.approve(of(account, call), kind, _read(call, kind), approval(account))
        status = 200 if kind == certificates.CERTIFICATES else 201
        return done(f"The {noun.lower()} has been approved", item, status=status)

    def get(account: Account, call: Call) -> Reply:
        return found(item_of(account, call))

    def revoke(account: Account, call: Call) -> Reply:
        certificates.revoke(of(account, call), kind, item_of(account, call)["hash"])
        return done(f"The {noun.lower()} has been revoked")

    return (
        Route("GET", path, list_all),
        Route("POST", path, approve),
        Route("GET", f"{path}/{{hash}}", get),
        Route("DELETE", f"{path}/{{hash}}", revoke),
    )


def _read(call: Call, kind: str) -> JsonObject:
    content = certificates.CONTENT[kind]
    body = call.wanted_body
    checks.require(body, "hash", content)
    return checks.read(body, {"hash": checks.text, content: checks.text})


ROUTES: Final = (
    Route("POST", "/v1/certificates", approve_anywhere),
    *(route for owner in _OWNERS for kind in certificates.KINDS for route in _routes(owner, kind)),
)
