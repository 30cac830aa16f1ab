"""Two snapshots, compared without an account."""

import os

from fivetran_async.schema_plan.snapshots.comparing import Drift, compared
from fivetran_async.schema_plan.snapshots.directory import load


def compare(before: str | os.PathLike[str], after: str | os.PathLike[str]) -> Drift:
    """Compare two snapshots: two moments of an account, or two accounts. Costs no call.

    Args:
        before: The directory of the earlier one.
        after: The directory of the later one.

    Returns:
        What differs, in what both of them hold.

    Raises:
        ArgumentError: One of them is no snapshot, or a file of it cannot be read.
    """
    return compared(load(before, "before"), load(after, "after"))
