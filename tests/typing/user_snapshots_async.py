"""A user's file on snapshots, in the asyncio colour, with the types that a checker must see."""

from typing import assert_type

from fivetran_async import Estimate, Fivetran
from fivetran_async.schema_plan.snapshots import Change, Drift, Gap, Snapshot, SnapshotKind, compare, drift, snapshot


def too_much(estimate: Estimate) -> None:
    """Refuse what would take more than a tenth of the hour."""
    if estimate.share is not None and estimate.share > 0.1:
        raise RuntimeError(estimate.calls)


async def nightly(ft: Fivetran) -> None:
    """Take a snapshot, and compare."""
    done = await snapshot(
        ft, "fivetran", kinds=[SnapshotKind.CONNECTIONS, "webhooks"], configs=True, schemas=False, on_estimate=too_much
    )
    assert_type(done, Snapshot)
    assert_type(done.incomplete, tuple[Gap, ...])
    assert_type(done.written, tuple[str, ...])
    found = await drift(ft, "fivetran", on_estimate=too_much)
    assert_type(found, Drift)
    assert_type(found.changes, tuple[Change, ...])
    assert_type(found.same, bool)
    assert_type(compare("before", "after"), Drift)
