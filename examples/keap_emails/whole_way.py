"""One command from nothing to verified rows: this connector, with a Keap and a Fivetran that run here.

`python whole_way.py` runs the connector on this machine, packs and deploys it, syncs and verifies it; then again, with
two more days, and with a Keap that fails on the fifth day. It needs no account, and leaves nothing behind.
"""

import asyncio
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
from fake_keap import FakeKeap
from keap_source import TABLE

from fivetran_async import Fivetran, SyncResult
from fivetran_async.connector_sdk import Deployment, debug, deploy, explain, pack, verify
from fivetran_async.sandbox import Sandbox

FOLDER = Path(__file__).parent
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 7
ROWS = 900
"""Emails a day."""
CONNECTION = "keap_emails"


class Way:
    """The steps, each of which says what it did."""

    def __init__(self, keap: FakeKeap, box: Sandbox, ft: Fivetran, folder: Path) -> None:
        """Begin before the first day."""
        self.keap, self.box, self.ft, self.folder = keap, box, ft, folder
        self.emails = keap.emails
        self.days = 0
        self.warehouse = folder / "warehouse.duckdb"

    def live(self, days: int) -> None:
        """Let so many days pass at Keap."""
        self.days += days
        self.keap.emails = self.emails[: self.days * ROWS]
        self.keap.version += 1
        print(f"\n== {self.days} days have passed: Keap has {len(self.keap.emails):,} emails")

    @property
    def configuration(self) -> dict[str, str]:
        """What the connector is configured with: it reads the days that have passed."""
        end = FIRST + timedelta(days=self.days)
        return {
            "api_key": self.keap.key,
            "base_url": self.keap.url,
            "historical_start_date": f"{FIRST:%Y-%m-%d}",
            "read_before_date": f"{end:%Y-%m-%d}",
            "look_back_days": "1",
        }

    async def debug(self) -> None:
        """Run it on this machine, without Fivetran."""
        target = {"warehouse": self.folder / "debug.duckdb", "state_file": self.folder / "debug-state.json"}
        run = await asyncio.to_thread(debug, FOLDER, configuration=self.configuration, **target)
        if not run.ok:
            raise SystemExit(f"debug: {run.error}")
        for table in run.tables:
            print(f"debug: {table.rows:,} rows in {table.name}, {run.checkpoints} checkpoint, state {dict(run.state)}")

    def package(self) -> None:
        """Pack it."""
        packed = pack(FOLDER, configuration=self.configuration)
        print(f"package: {', '.join(packed.files)}; {packed.size:,} bytes, sha256 {packed.sha256[:12]}...")

    async def deploy(self) -> Deployment:
        """Deploy it, with the days that it is to read."""
        done = await deploy(
            self.ft,
            FOLDER,
            group="Warehouse",
            connection=CONNECTION,
            configuration=self.configuration,
            paused=False,
            sync_frequency=1440,
        )
        print(f"deploy: connection {'created' if done.created else 'kept'}, ", end="")
        print(f"package {'uploaded' if done.uploaded else 'kept'}, {done.calls} calls")
        return done

    async def sync(self, connection_id: str) -> SyncResult:
        """Sync it, wait for the end, and say what arrived."""
        before = self.count()
        result = await self.ft.connections.sync_and_wait(connection_id, timeout=120, poll_interval=0.1, check=False)
        sent = self.box.package_runs.runs[-1].rows.get(TABLE, 0)
        print(f"sync: {result.status}, {sent:,} rows sent, {self.count() - before:,} of them new")
        if not result.ok:
            print(f"  {result.reason}")
        return result

    def count(self) -> int:
        """Return how many rows have arrived."""
        with duckdb.connect(str(self.warehouse)) as connection:
            found = connection.execute(
                "SELECT estimated_size FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?",
                [CONNECTION, TABLE],
            ).fetchone()
        return 0 if found is None else int(found[0])

    async def verify(self) -> None:
        """Compare what arrived, day by day and key by key, with what Keap has."""
        expected = Counter(email["sent_date"][:10] for email in self.keap.emails)
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            found = await verify(
                connection, schema=CONNECTION, table=TABLE, key="id", day="sent_date", expected=expected
            )
        print(f"verify: {found}")
        if not found.ok:
            raise SystemExit("what arrived is not what Keap has")


async def main() -> None:
    """Go the whole way."""
    with tempfile.TemporaryDirectory(prefix="whole-way-") as name:
        folder = Path(name)
        sandbox = Sandbox(groups=0, connections=0, run_packages=True, warehouse=folder / "warehouse.duckdb")
        async with FakeKeap(first=FIRST, days=DAYS, rows=ROWS) as keap, sandbox as box, box.client() as ft:
            group = await ft.groups.create(name="Warehouse")
            box.account.add_destination(group.id)
            await go(Way(keap, box, ft, folder))


async def go(way: Way) -> None:
    """Take the steps."""
    way.live(2)
    await way.debug()
    way.package()
    done = await way.deploy()
    connection_id = done.connection_id or ""
    await way.sync(connection_id)
    await way.verify()

    print("\n== again, with nothing new")
    await way.deploy()
    await way.sync(connection_id)
    await way.verify()

    way.live(2)
    await way.deploy()
    await way.sync(connection_id)
    await way.verify()

    way.live(3)
    print("== and Keap refuses the emails of the fifth day")
    # A status that no further attempt helps against: the run ends at once.
    way.keap.fail_day = ("2024-01-05", 403)
    await way.deploy()
    await way.sync(connection_id)
    for line in (await explain(way.ft, connection_id)).text.splitlines():
        print(f"explain: {line}")
    print(f"state: {(await way.ft.connections.state(connection_id)).state}")

    print("\n== Keap is well again")
    way.keap.fail_day = None
    await way.sync(connection_id)
    await way.verify()


if __name__ == "__main__":
    asyncio.run(main())
