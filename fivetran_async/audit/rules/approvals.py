"""Rules about certificates and SSH fingerprints; findings are about the connection or destination that trusts them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from fivetran_async.audit.findings import Hit
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.policy import Policy
from fivetran_async.audit.rules._words import DAY, named, seconds_since, span
from fivetran_async.models.certificates import Certificate, Fingerprint
from fivetran_async.models.connections import Connection
from fivetran_async.models.destinations import Destination

_Approval: TypeAlias = Certificate | Fingerprint
_Owned: TypeAlias = Mapping[str, Sequence[_Approval]]


def unapproved_certificates(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find certificates that nobody approved."""
    return _unapproved(inventory, inventory.certificates, "certificate")


def unapproved_fingerprints(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find fingerprints that nobody approved."""
    return _unapproved(inventory, inventory.fingerprints, "fingerprint")


def old_certificates(inventory: Inventory, now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find certificates that were approved long ago."""
    return _old(inventory, inventory.certificates, "certificate", now, policy)


def old_fingerprints(inventory: Inventory, now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find fingerprints that were approved long ago."""
    return _old(inventory, inventory.fingerprints, "fingerprint", now, policy)


def _unapproved(inventory: Inventory, owned: _Owned, what: str) -> Iterator[Hit]:
    for owner, approvals in _owners(inventory, owned):
        found = [_name(item) for item in approvals if item.validated_by is None and item.validated_date is None]
        if found:
            yield Hit(owner, f"nobody approved its {what} {named(found)}", tuple(found))


def _old(inventory: Inventory, owned: _Owned, what: str, now: datetime, policy: Policy) -> Iterator[Hit]:
    for owner, approvals in _owners(inventory, owned):
        dated = [(seconds_since(item.validated_date, now), item) for item in approvals if item.validated_date]
        old = [(seconds, item) for seconds, item in dated if seconds > policy.thresholds.approval_days * DAY]
        if old:
            oldest = max(seconds for seconds, _ in old)
            names = tuple(_name(item) for _, item in old)
            yield Hit(owner, f"its {what} {named(names)} was approved {span(oldest)} ago", names)


def _owners(inventory: Inventory, owned: _Owned) -> Iterator[tuple[Connection | Destination, Sequence[_Approval]]]:
    for owner_id, approvals in owned.items():
        owner = inventory.connections.get(owner_id) or inventory.destinations.get(owner_id)
        if owner is not None:
            yield owner, approvals


def _name(item: _Approval) -> str:
    return (item.name if isinstance(item, Certificate) else None) or item.hash or item.id
