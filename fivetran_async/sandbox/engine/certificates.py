"""Certificates and SSH fingerprints: what a source or destination presents, and what of it was approved.

Connections and destinations keep theirs alike, in the lists `certificates` and `fingerprints` of their `sandbox`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any, Final, TypeAlias

from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.data.samples import DATABASES, WAREHOUSES
from fivetran_async.sandbox.engine.credentials import Forger
from fivetran_async.sandbox.times import stamp

Owner: TypeAlias = JsonObject
"""A connection or a destination."""

CERTIFICATES: Final = "certificates"
FINGERPRINTS: Final = "fingerprints"
KINDS: Final = (CERTIFICATES, FINGERPRINTS)

CONTENT: Final = {CERTIFICATES: "encoded_cert", FINGERPRINTS: "public_key"}
"""The field of an approval that holds the thing itself, by kind."""

_WITH_TLS: Final = frozenset({*DATABASES, *WAREHOUSES}) - {"big_query"}


def approved(owner: Owner, kind: str) -> list[JsonObject]:
    """Return what was approved, oldest first; not to be written to."""
    own: JsonObject = owner.get("sandbox") or {}
    return own.get(kind) or []


def find(owner: Owner, kind: str, digest: str) -> JsonObject | None:
    """Return what was approved under a hash."""
    return next((item for item in approved(owner, kind) if item["hash"] == digest), None)


def approve(owner: Owner, kind: str, given: JsonObject, stamped: JsonObject) -> JsonObject:
    """Approve one, in the place of an earlier one with the same hash.

    Args:
        owner: What presents it.
        kind: One of `KINDS`.
        given: Its `hash` and, under the kind's `CONTENT`, the thing itself.
        stamped: Its `id`, `validated_date` and `validated_by`.
    """
    shown = _certificate(owner, given) if kind == CERTIFICATES else {"public_key": given["public_key"]}
    item = {"hash": given["hash"]} | shown | stamped
    own: JsonObject = owner.setdefault("sandbox", {})
    own[kind] = [other for other in approved(owner, kind) if other["hash"] != given["hash"]] + [item]
    return item


def stamped(name: str, now: float, by: str | None) -> JsonObject:
    """Return what an approval adds.

    Args:
        name: The id of what is approved.
        now: The sandbox's now.
        by: The id of the user or system key that approves; None for nobody in particular.
    """
    return {"id": name, "validated_date": stamp(now), "validated_by": by or "Fivetran"}


def revoke(owner: Owner, kind: str, digest: str) -> None:
    """Take an approval back."""
    owner["sandbox"][kind] = [item for item in approved(owner, kind) if item["hash"] != digest]


def presented(owner: Owner, kind: str) -> JsonObject | None:
    """Return what the source or destination presents when it is reached, or None when it does without.

    Databases present a certificate; what is reached by SSH has a fingerprint. What tests planted as untrusted is there
    in any case.
    """
    reached = owner["service"] in _WITH_TLS if kind == CERTIFICATES else _by_ssh(owner)
    if not reached and kind not in _untrusted(owner):
        return None
    content = Forger(kind, owner["id"]).raw(96)
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    return {"hash": digest, CONTENT[kind]: base64.b64encode(content).decode()}


def unapproved(owner: Owner) -> list[tuple[str, JsonObject]]:
    """Return the kinds that setup tests stumble over, each with what is presented and was not approved.

    That is what a test planted in `untrusted`: all else passes, as if approved in the past.
    """
    found = [(kind, presented(owner, kind)) for kind in KINDS if kind in _untrusted(owner)]
    return [(kind, item) for kind, item in found if item is not None and find(owner, kind, item["hash"]) is None]


def _untrusted(owner: Owner) -> list[str]:
    own: JsonObject = owner.get("sandbox") or {}
    return own.get("untrusted") or []


def _by_ssh(owner: Owner) -> bool:
    return (
        owner["service"] == "sftp"
        or owner.get("networking_method") == "SshTunnel"
        or bool(owner["config"].get("tunnel_host"))
    )


def _certificate(owner: Owner, given: JsonObject) -> JsonObject:
    encoded: str = given["encoded_cert"]
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        content = encoded.encode()
    host: Any = owner["config"].get("host") or owner["service"]
    return {
        "name": f"CN={host}",
        "type": "X.509",
        "sha1": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        "sha256": hashlib.sha256(content).hexdigest(),
        # A certificate is not taken apart here; what it was approved by stands for the key in it.
        "public_key": encoded,
    }
