"""Setup tests as requests ask for them, of connections and destinations alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.engine import certificates

TRUST: Final[dict[str, checks.Checker]] = {
    "trust_certificates": checks.boolean,
    "trust_fingerprints": checks.boolean,
}
"""Fields of every request that runs setup tests."""

TRANSIENT: Final = {"run_setup_tests": checks.boolean} | TRUST
"""Fields that steer a create or a change and are not kept; a change of nothing else is refused."""


def tested(
    account: Account, owner: JsonObject, transient: JsonObject, run: Callable[[], list[JsonObject]]
) -> list[JsonObject] | None:
    """Run setup tests, unless the request says not to, after approving what it says to trust.

    Args:
        account: The account.
        owner: The connection or destination.
        transient: What the request says in its `TRANSIENT` fields.
        run: Runs the tests.

    Returns:
        Their results, or None when they did not run.
    """
    if not transient.get("run_setup_tests", True):
        return None
    for kind in certificates.KINDS:
        item = certificates.presented(owner, kind) if transient.get(f"trust_{kind}", False) else None
        if item is not None and certificates.find(owner, kind, item["hash"]) is None:
            certificates.approve(owner, kind, item, approval(account))
    return run()


def approval(account: Account) -> JsonObject:
    """Return what is noted of an approval that is made now, by whoever the key belongs to."""
    by = account.info.get("user_id") or account.info.get("system_key_id")
    return certificates.stamped(account.mint(), account.now, by)
