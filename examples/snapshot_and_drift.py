"""Take a snapshot of an account, and see what has changed since: for a nightly job."""

import asyncio
import sys
import tempfile

from fivetran_async import Fivetran
from fivetran_async.schema_plan.snapshots import drift, snapshot


async def main(folder: str) -> int:
    """Write the account's configuration to a folder, and compare the account with it."""
    async with Fivetran.from_env(read_only=True) as ft:
        done = await snapshot(ft, folder, schemas=True, on_estimate=lambda it: print(f"{it.calls} schemas to read"))
        print(f"{sum(done.counts.values())} objects in {folder}, {done.calls} calls")
        found = await drift(ft, folder)
    for change in found.changes:
        print(f"{change.what} {change.kind}/{change.id}: {', '.join(field.name for field in change.fields)}")
    print("no drift" if found.same else f"{len(found.changes)} objects differ")
    return 3 if done.incomplete or found.incomplete else 0 if found.same else 1


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(asyncio.run(main(sys.argv[1])))
    with tempfile.TemporaryDirectory() as temporary:
        sys.exit(asyncio.run(main(temporary)))
