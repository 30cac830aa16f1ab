"""List every connection of the account, group by group, side by side."""

import asyncio

from fivetran_async import Fivetran, Group


async def main() -> None:
    """Read all groups, then the connections of each, within the client's budget."""
    async with Fivetran.from_env(read_only=True) as ft:

        async def count(group: Group) -> tuple[str, int]:
            return group.name or group.id, len(await ft.groups.connections(group.id).collect())

        groups = await ft.groups.list().collect()
        for name, connections in await asyncio.gather(*(count(group) for group in groups)):
            print(f"{name:<30} {connections:>6}")


if __name__ == "__main__":
    asyncio.run(main())
