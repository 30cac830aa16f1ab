"""Hash what is personal, and leave out what is temporary: in two shards at once, in a sandbox of its own."""

import asyncio
import tempfile
from pathlib import Path

from fivetran_async.sandbox import Sandbox
from fivetran_async.schema_plan import Desired, SchemaView, apply, apply_all, diff

STATE = """\
schema_change_handling: BLOCK_ALL
schemas:
  public:
    tables:
      orders: {sync_mode: HISTORY}
rules:
  - tables: public.tmp_*
    enabled: false
  - columns: "*.email"
    hashed: true
"""

SOURCE = {
    "schemas": {
        "public": {
            "tables": {
                "orders": {"columns": {"id": {"is_primary_key": True, "locked": "OTHER"}, "total": {}}},
                "customers": {"columns": {"id": {"is_primary_key": True, "locked": "OTHER"}, "email": {}}},
                "tmp_import": {"columns": {"line": {}}},
                "tmp_system": {"locked": "SYSTEM_TABLE", "columns": {"line": {}}},
            }
        }
    }
}


async def main() -> None:
    """Plan, apply, look again."""
    async with Sandbox(seed=7, groups=1, connections=0) as box:
        group = next(iter(box.account.groups))
        synced = box.clock.now().isoformat()
        for name in ("shard_1", "shard_2"):
            box.account.add_connection(group, id=name, succeeded_at=synced, sandbox={"source": SOURCE})
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "schemas.yaml"
            path.write_text(STATE, encoding="utf-8")
            desired = Desired.load(path)
        async with box.client() as ft:
            before = await ft.schemas.get("shard_1")
            dry = await apply(ft, "shard_1", desired, dry_run=True)
            print("" if dry.plan is None else dry.plan.text())
            print()
            for result in await apply_all(ft, ["shard_1", "shard_2"], desired, confirm=True):
                done = result.unwrap()
                print(f"{done.summary}; {done.calls} calls: {', '.join(done.steps)}")
            print()
            after = SchemaView(await ft.schemas.get("shard_1"))
            print(diff(before, after).text())


if __name__ == "__main__":
    asyncio.run(main())
