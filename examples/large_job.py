"""Read every connection in detail within the account's hour: estimated first, bounded, and told when held back."""

import asyncio

from fivetran_async import Budget, Fivetran
from fivetran_async.hooks import Event, Waited


def held_back(event: Event) -> None:
    """Say when, and why, the budget holds a call back for long."""
    if isinstance(event, Waited) and event.seconds >= 1:
        print(f"waited {event.seconds:.0f} s for {event.reason}")


async def main() -> None:
    """Leave a quarter of a full account's hour to others, and read the rest as quickly as it comes."""
    budget = Budget(concurrency=32, reserve=5_000)
    async with Fivetran.from_env(read_only=True, budget=budget, hooks=[held_back]) as ft:
        ids = [connection.id async for connection in ft.connections.list().with_deadline(300)]
        estimate = budget.estimate(len(ids))
        print(f"{estimate.calls} calls, {estimate.share or 0:.1%} of an hour, held back for {estimate.seconds:.0f} s")
        states: dict[str, int] = {}
        failed: list[str] = []
        async for result in ft.map(ft.connections.sync_status, ids, deadline=600):
            if result.error is not None:
                failed.append(result.item)
            else:
                state = str(result.unwrap().sync_state)
                states[state] = states.get(state, 0) + 1
        for state, count in sorted(states.items()):
            print(f"{state:<12} {count:>6}")
        print(f"{len(failed)} could not be read; {budget.remaining} of {budget.limit} calls are left")


if __name__ == "__main__":
    asyncio.run(main())
