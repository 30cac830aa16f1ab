"""Sync a whole account at once and wait for all of it, each look with one call. Needs no account."""

import asyncio

from fivetran_async import SyncOutcome, SyncResult
from fivetran_async.sandbox import Sandbox

CONNECTIONS = 1_000


async def let_time_pass(box: Sandbox) -> None:
    """Let the sandbox's clock run some hundred times as quickly as others."""
    while True:
        box.clock.advance(10)
        await asyncio.sleep(0.02)


def plant(box: Sandbox) -> list[str]:
    """Make connections whose syncs take from one to ten minutes; some fail, and one is paused."""
    groups = list(box.account.groups)
    for number in range(CONNECTIONS):
        box.account.add_connection(
            groups[number % len(groups)],
            id=f"shop_{number}",
            schedule_type="manual",
            paused=number == 1,
            sandbox={"seconds": 60 + number % 540, "outcome": "failure" if number % 250 == 0 else "success"},
        )
    return list(box.account.connections)


def ended(result: SyncResult) -> None:
    """Say what did not succeed, as soon as it is known."""
    if not result.ok:
        print(f"{result.connection_id}: {result.status}: {result.reason}")


async def main() -> None:
    """Sync everything, and tell what it took."""
    async with Sandbox(seed=7, groups=5, connections=0) as box, box.client() as ft:
        ids = plant(box)
        passing = asyncio.create_task(let_time_pass(box))
        results = await ft.connections.sync_all_and_wait(ids, timeout=3_600, check=False, on_result=ended)
        passing.cancel()
        looks = sum(request.method == "GET" for request in box.requests)
        longest = max(result.duration or 0 for result in results)
        for outcome in SyncOutcome:
            count = sum(result.status is outcome for result in results)
            if count:
                print(f"{outcome:<12} {count:>5}")
        print(f"the longest took {longest:.0f} s; looking at {len(ids)} connections took {looks} calls")


if __name__ == "__main__":
    asyncio.run(main())
