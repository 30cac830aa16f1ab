"""The jobs of the soak test: each makes, changes, reads or deletes something of its own, found by its name."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from soak_driver import Driver, Job

GROUPS: Final = 40
CONNECTIONS: Final = 6
"""In each group."""
TEAMS: Final = 60
ONE_IN: Final = 3
"""Of so many objects one is deleted."""
STEADY: Final = "connections of the steady group"
"""The one list that nobody changes in any phase."""

_LINK: Final = {"region": "AWS_US_EAST_1", "service": "SOURCE_AWS"}


def planted(number: int) -> str:
    """Return the id of a planted connection."""
    return f"planted_{number:03}"


# The names of what is made


def _group(number: int) -> str:
    return f"soak group {number:03}"


def _connection(group: int, number: int) -> str:
    return f"soak_{group:03}_{number}"


def _url(number: int) -> str:
    return f"https://soak.example.com/{number:03}"


def _email(number: int) -> str:
    return f"soak.{number:03}@example.com"


def _link(number: int) -> str:
    return f"soak-link-{number:03}"


def _team(number: int) -> str:
    return f"soak team {number:03}"


def _key(number: int) -> str:
    return f"soak_key_{number:03}"


# Making


async def make_group(driver: Driver, number: int) -> None:
    """Find or create a group."""
    groups, name = driver.ft.groups, _group(number)
    find = partial(driver.named, groups.list, "name", name, page_size=10)
    await driver.make(name, find, groups.create, name=name)


async def make_destination(driver: Driver, number: int) -> None:
    """Find or create the destination of a group; its id is the group's."""
    destinations, group = driver.ft.destinations, driver.ids[_group(number)]

    async def find() -> str | None:
        found = await driver.there(destinations.get, group)
        return None if found is None else str(found.id)

    await driver.make(
        f"destination {number:03}",
        find,
        destinations.create,
        group_id=group,
        service="snowflake",
        time_zone_offset="0",
        config={"host": "soak.example.com", "port": 443, "user": "soak", "password": "secret"},
        run_setup_tests=number % 2 == 0,
    )


async def make_connection(driver: Driver, group: int, number: int) -> None:
    """Find or create a connection, which its group and its schema name."""
    connections, schema, group_id = driver.ft.connections, _connection(group, number), driver.ids[_group(group)]
    find = partial(driver.named, connections.list, "schema", schema, group_id=group_id, page_size=4)
    await driver.make(
        schema,
        find,
        connections.create,
        group_id=group_id,
        service="postgres",
        config={"schema_prefix": schema, "host": "db.example.com", "port": 5432, "user": "u", "password": "p"},
        paused=number % 2 == 0,
        run_setup_tests=number % 3 == 0,
    )


async def make_webhook(driver: Driver, number: int) -> None:
    """Find or create a webhook, which its URL names; half of them are of groups."""
    webhooks, url = driver.ft.webhooks, _url(number)
    find = partial(driver.named, webhooks.list, "url", url, page_size=20)
    what: dict[str, Any] = {"url": url, "events": ["sync_start"], "active": False}
    if number % 2:
        await driver.make(url, find, webhooks.create_account, **what)
    else:
        await driver.make(url, find, webhooks.create_group, driver.ids[_group(number // 2)], **what)


async def make_user(driver: Driver, number: int) -> None:
    """Find or create a user."""
    users, email = driver.ft.users, _email(number)
    find = partial(driver.named, users.list, "email", email, page_size=40)
    await driver.make(email, find, users.create, email=email, given_name="Sam", family_name=f"Soak {number}")


async def make_link(driver: Driver, number: int) -> None:
    """Find or create a private link."""
    links, name = driver.ft.private_links, _link(number)
    find = partial(driver.named, links.list, "name", name, page_size=40)
    await driver.make(name, find, links.create, name=name, config={"connection_service_name": f"s{number}"}, **_LINK)


async def make_team(driver: Driver, number: int) -> None:
    """Find or create a team."""
    teams, name = driver.ft.teams, _team(number)
    find = partial(driver.named, teams.list, "name", name, page_size=10)
    await driver.make(name, find, teams.create, name=name, description="before")


async def make_key(driver: Driver, number: int) -> None:
    """Find or create a system key."""
    keys, name = driver.ft.system_keys, _key(number)
    find = partial(driver.named, keys.list, "name", name, page_size=10)
    may = [{"resource_type": "CONNECTOR", "access_level": "READ"}]
    await driver.make(name, find, keys.create, name=name, permissions=may)


# Changing


async def join_group(driver: Driver, number: int) -> None:
    """Make a user a member of a group, and change the role."""
    groups = driver.ft.users.groups
    user, group = driver.ids[_email(number)], driver.ids[_group(number % GROUPS)]
    look = partial(driver.there, groups.get, user, group)
    await driver.once(look, groups.add, user, group, role="Destination Reviewer")
    await driver.again(groups.update, user, group, role="Destination Administrator")


async def join_team(driver: Driver, number: int) -> None:
    """Make a user a member of a team; some leave it again."""
    members = driver.ft.teams.users
    team, user = driver.ids[_team(number % TEAMS)], driver.ids[_email(number)]
    look = partial(driver.there, members.get, team, user)
    await driver.once(look, members.add, team, user, role="Team Member")
    if number % ONE_IN == 0:
        await driver.delete(members.delete, team, user)


async def change_connection(driver: Driver, group: int, number: int) -> None:
    """Pause or resume a connection, and change its schedule and its thresholds."""
    connections, name = driver.ft.connections, driver.ids[_connection(group, number)]
    changed = await driver.again(connections.pause if number % 3 else connections.resume, name)
    assert changed.paused is bool(number % 3)
    await driver.again(connections.set_sync_frequency, name, 60 if number % 2 else 180)
    await driver.again(
        connections.update,
        name,
        data_delay_threshold=number,
        data_delay_sensitivity="CUSTOM",
        run_setup_tests=number > 2,
    )
    found = await driver.again(connections.get, name)
    assert (found.schema, found.data_delay_threshold) == (_connection(group, number), number)


async def work_with_planted(driver: Driver, number: int) -> None:
    """Test a connection, change its schema config, and have it sync or read everything anew, once."""
    ft, name = driver.ft, planted(number)
    for _ in range(3):
        await driver.again(ft.connections.test, name)
    await driver.again(ft.schemas.reload, name)
    await driver.again(ft.schemas.update_table, name, "public", "old", enabled=False)
    await driver.again(ft.schemas.columns, name, "public", "orders")
    await driver.again(ft.schemas.update_column, name, "public", "orders", "email", enabled=True, hashed=True)

    async def begun() -> bool | None:
        status = await driver.again(ft.connections.sync_status, name)
        return status.sync_state == "syncing" or None

    async def reading_anew() -> bool | None:
        status = await driver.again(ft.connections.sync_status, name)
        return status.is_historical_sync or None

    if number % 3 == 0:
        await driver.once(begun, ft.connections.sync, name, force=True)
    elif number % 3 == 1:
        await driver.once(reading_anew, ft.connections.resync, name, confirm=True)
    else:
        await driver.once(reading_anew, ft.connections.update, name, is_historical_sync=True, confirm=True)


async def change_destination(driver: Driver, number: int) -> None:
    """Change a destination and test it."""
    destinations, name = driver.ft.destinations, driver.ids[_group(number)]
    await driver.again(destinations.update, name, time_zone_offset="+2", run_setup_tests=number % 2 == 1)
    await driver.again(destinations.test, name)


async def change_webhook(driver: Driver, number: int) -> None:
    """Change the events of a webhook."""
    webhooks, name = driver.ft.webhooks, driver.ids[_url(number)]
    changed = await driver.again(webhooks.update, name, events=["sync_end", "pause_connector"])
    assert changed.url == _url(number)


async def change_user(driver: Driver, number: int) -> None:
    """Change a user twice."""
    users, name = driver.ft.users, driver.ids[_email(number)]
    await driver.again(users.update, name, given_name="Kim", role="Account Reviewer")
    await driver.again(users.update, name, phone="+49 30 1234567")


async def change_link(driver: Driver, number: int) -> None:
    """Change the config of a private link."""
    links, name = driver.ft.private_links, driver.ids[_link(number)]
    await driver.again(links.update, name, config={"connection_service_name": f"changed{number}"})


async def change_team(driver: Driver, number: int) -> None:
    """Change or clear the description of a team."""
    teams, name = driver.ft.teams, driver.ids[_team(number)]
    await driver.again(teams.update, name, description=None if number % 2 else "after")


async def rename_group(driver: Driver, number: int) -> None:
    """Rename a group."""
    groups, name = driver.ft.groups, driver.ids[_group(number)]
    changed = await driver.again(groups.update, name, name=f"{_group(number)} renamed")
    assert changed.name.endswith("renamed")


async def rename_key(driver: Driver, number: int) -> None:
    """Rename a system key."""
    keys, name = driver.ft.system_keys, driver.ids[_key(number)]
    await driver.again(keys.update, name, name=f"{_key(number)}_renamed")


# Reading


LISTS: Final[dict[str, tuple[str, int]]] = {
    "groups": ("groups", 6),
    "connections": ("connections", 24),
    "destinations": ("destinations", 6),
    "users": ("users", 24),
    "teams": ("teams", 8),
    "webhooks": ("webhooks", 10),
    "private_links": ("private_links", 30),
    "system_keys": ("system_keys", 8),
}
"""The lists by name: the resource, and the size of a page."""


def read(what: str, *, walk: bool) -> Job:
    """Return the job that reads one of `LISTS`, page by page or item by item."""
    resource, size = LISTS[what]

    async def read(driver: Driver) -> None:
        lists = getattr(driver.ft, resource).list
        way = driver.walk if walk else driver.every
        driver.note(what, await way(lists, page_size=size))

    return read


async def read_steady(driver: Driver, group: str) -> None:
    """Read the list that nobody changes."""
    driver.note(STEADY, await driver.every(driver.ft.groups.connections, group, page_size=8))


async def read_connections_of(driver: Driver, number: int) -> None:
    """Read the connections of a group, all of which must be there."""
    group = driver.ids[_group(number)]
    found = await driver.every(driver.ft.connections.list, group_id=group, page_size=2)
    assert {one.schema for one in found.values()} == {_connection(number, other) for other in range(CONNECTIONS)}


async def get_user(driver: Driver, number: int) -> None:
    """Read a user."""
    assert (await driver.again(driver.ft.users.get, driver.ids[_email(number)])).email == _email(number)


async def get_link(driver: Driver, number: int) -> None:
    """Read a private link."""
    assert (await driver.again(driver.ft.private_links.get, driver.ids[_link(number)])).name == _link(number)


async def get_planted(driver: Driver, number: int) -> None:
    """Read a schema config that was changed."""
    config = await driver.again(driver.ft.schemas.get, planted(number))
    assert config.schemas["public"].tables["old"].enabled is False


# Deleting


async def delete_connection(driver: Driver, group: int, number: int) -> None:
    """Delete a connection."""
    await driver.delete(driver.ft.connections.delete, driver.ids[_connection(group, number)], confirm=True)


async def delete_destination(driver: Driver, number: int) -> None:
    """Delete a destination."""
    await driver.delete(driver.ft.destinations.delete, driver.ids[_group(number)], confirm=True)


async def delete_webhook(driver: Driver, number: int) -> None:
    """Delete a webhook."""
    await driver.delete(driver.ft.webhooks.delete, driver.ids[_url(number)])


async def delete_user(driver: Driver, number: int) -> None:
    """Delete a user."""
    await driver.delete(driver.ft.users.delete, driver.ids[_email(number)], confirm=True)


async def delete_link(driver: Driver, number: int) -> None:
    """Delete a private link."""
    await driver.delete(driver.ft.private_links.delete, driver.ids[_link(number)])


async def delete_team(driver: Driver, number: int) -> None:
    """Delete a team."""
    await driver.delete(driver.ft.teams.delete, driver.ids[_team(number)], confirm=True)


async def delete_key(driver: Driver, number: int) -> None:
    """Delete a system key."""
    await driver.delete(driver.ft.system_keys.delete, driver.ids[_key(number)])


async def delete_group(driver: Driver, number: int) -> None:
    """Delete a group."""
    await driver.delete(driver.ft.groups.delete, driver.ids[_group(number)], confirm=True)
