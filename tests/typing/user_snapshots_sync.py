"""A user's file on snapshots, in the sync colour, with the types that a checker must see."""

from typing import assert_type

from fivetran_sync import Estimate, Fivetran
from fivetran_sync.schema_plan.snapshots import Change, Drift, Gap, Snapshot, SnapshotKind, compare, drift, snapshot


def too_much(estimate: Estimate) -> None:
    """Refuse what would take more than a tenth of the hour."""
    if estimate.share is not None and estimate.share > 0.1:
        raise RuntimeError(estimate.calls)


def nightly(ft: Fivetran) -> None:
    """Take a snapshot, and compare."""
    done = snapshot(
        ft, "fivetran", kinds=[SnapshotKind.CONNECTIONS, "webhooks"], configs=True, schemas=False, on_estimate=too_much
    )
    assert_type(done, Snapshot)
    assert_type(done.incomplete, tuple[Gap, ...])
    assert_type(done.written, tuple[str, ...])
    found = drift(ft, "fivetran", on_estimate=too_much)
    assert_type(found, Drift)
    assert_type(found.changes, tuple[Change, ...])
    assert_type(found.same, bool)
    assert_type(compare("before", "after"), Drift)
