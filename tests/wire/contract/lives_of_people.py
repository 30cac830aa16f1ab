"""Lives of users, teams, what they belong to, and the keys of machines."""

from __future__ import annotations

from contract_lives import Context, life

_VERBS = ("list", "add", "get", "update", "delete")


@life("users.list", "users.create", "users.get", "users.update", "users.delete", "users.delete_role")
async def user(ctx: Context) -> None:
    """Lead the life of a user."""
    made = await ctx.call(
        "users.create",
        email="grace@example.com",
        given_name="Grace",
        family_name="Hopper",
        phone="+353 1 555 0100",
        picture="https://example.com/grace.png",
        role="Account Reviewer",
    )
    await ctx.call("users.create", email="alan@example.com", given_name="Alan", family_name="Turing")
    assert made.id in await ctx.ids("users.list", page_size=2)
    await ctx.call("users.list", active=True)
    await ctx.call("users.list", active=False)
    changed = await ctx.call(
        "users.update",
        made.id,
        given_name="G.",
        family_name="H.",
        phone="+1",
        picture="https://example.com/g.png",
        role="Account Analyst",
    )
    assert (changed.given_name, changed.role) == ("G.", "Account Analyst")
    await ctx.call("users.delete_role", made.id)
    assert (await ctx.call("users.get", made.id)).email == "grace@example.com"
    await ctx.call("users.delete", made.id, confirm=True)
    assert made.id not in await ctx.ids("users.list")


async def _belong(ctx: Context, where: str, holder: str, place: str, roles: tuple[str, str]) -> None:
    await ctx.call(f"{where}.add", holder, place, role=roles[0])
    assert await ctx.ids(f"{where}.list", holder, page_size=1) == [place]
    await ctx.call(f"{where}.update", holder, place, role=roles[1])
    held = await ctx.call(f"{where}.get", holder, place)
    assert (held.id, held.role) == (place, roles[1])
    await ctx.call(f"{where}.delete", holder, place)
    assert await ctx.ids(f"{where}.list", holder) == []


@life(*(f"users.{places}.{verb}" for places in ("groups", "connections") for verb in _VERBS))
async def memberships_of_a_user(ctx: Context) -> None:
    """Lead the life of a user's memberships."""
    holder = ctx.account.add_user()["id"]
    place = ctx.account.add_connection(ctx.group)["id"]
    await _belong(ctx, "users.groups", holder, ctx.group, ("Destination Reviewer", "Destination Analyst"))
    await _belong(ctx, "users.connections", holder, place, ("Connector Reviewer", "Connector Administrator"))


@life(
    *(f"teams.{verb}" for verb in ("list", "create", "get", "update", "delete", "delete_role")),
    *(f"teams.{places}.{verb}" for places in ("groups", "connections", "users") for verb in _VERBS),
)
async def team(ctx: Context) -> None:
    """Lead the life of a team, its members and its memberships."""
    made = await ctx.call("teams.create", name="finance", description="Money", role="Account Reviewer")
    assert made.id in await ctx.ids("teams.list", page_size=1)
    changed = await ctx.call("teams.update", made.id, name="money", description="", role="Account Analyst")
    assert (changed.name, changed.role) == ("money", "Account Analyst")
    assert (await ctx.call("teams.get", made.id)).name == "money"
    place = ctx.account.add_connection(ctx.group)["id"]
    await _belong(ctx, "teams.groups", made.id, ctx.group, ("Destination Reviewer", "Destination Analyst"))
    await _belong(ctx, "teams.connections", made.id, place, ("Connector Reviewer", "Connector Administrator"))
    await _members(ctx, made.id)
    await ctx.call("teams.delete_role", made.id)
    await ctx.call("teams.get", made.id)
    await ctx.call("teams.delete", made.id, confirm=True)
    assert made.id not in await ctx.ids("teams.list")


async def _members(ctx: Context, name: str) -> None:
    people = [ctx.account.add_user()["id"] for _ in range(2)]
    assert (await ctx.call("teams.users.add", name, people[0], role="Team Manager")).user_id == people[0]
    await ctx.call("teams.users.add", name, people[1])
    assert len(await ctx.call("teams.users.list", name, active=True, page_size=1)) == 2
    assert (await ctx.call("teams.users.update", name, people[0], role="Team Member")).role == "Team Member"
    assert (await ctx.call("teams.users.get", name, people[0])).role == "Team Member"
    await ctx.call("teams.users.delete", name, people[0])
    assert len(await ctx.call("teams.users.list", name)) == 1


@life(
    "system_keys.list",
    "system_keys.create",
    "system_keys.get",
    "system_keys.update",
    "system_keys.rotate",
    "system_keys.delete",
)
async def system_key(ctx: Context) -> None:
    """Lead the life of a system key."""
    permissions = [
        {"resource_type": kind, "access_level": level, "resource_filter": {"ids": ["x"], "group_ids": [ctx.group]}}
        for kind, level in (("CONNECTOR", "MANAGE"), ("PRIVATE_LINK", "READ"), ("PROXY", "NONE"))
    ]
    made = await ctx.call("system_keys.create", name="_ci", permissions=permissions, expiration_period="ONE_MONTH")
    await ctx.call("system_keys.create", name="other", permissions=permissions[:1])
    assert made.id in await ctx.ids("system_keys.list", page_size=1)
    reading = [{"resource_type": "TEAM", "access_level": "READ"}]
    await ctx.call("system_keys.update", made.id, name="ci", permissions=reading)
    assert (await ctx.call("system_keys.get", made.id)).name == "ci"
    turned = await ctx.call("system_keys.rotate", made.id, expiration_period="SIX_MONTHS", confirm=True)
    assert turned.secret != made.secret
    await ctx.call("system_keys.delete", made.id)
    assert made.id not in await ctx.ids("system_keys.list")


@life("account.info", "roles.list")
async def account(ctx: Context) -> None:
    """Read what is nobody's to change."""
    assert (await ctx.call("account.info")).account_id == ctx.account.info["account_id"]
    ctx.account.info = {"account_id": "acc", "account_name": "Acme", "system_key_id": "key"}
    assert (await ctx.call("account.info")).system_key_id == "key"
    assert "Account Administrator" in [role.name for role in await ctx.call("roles.list", page_size=5)]
