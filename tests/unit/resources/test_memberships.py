"""Memberships: which operation each kind asks for, and in which words."""

from collections.abc import Callable
from typing import Any

import pytest

from fivetran_async.errors import ArgumentError
from fivetran_async.resources.teams import Teams
from fivetran_async.resources.users import Users

# By the ids of the five operations: list, add, get, update, delete.
KINDS: dict[str, tuple[Callable[[Any], Any], str, str, str, str, str]] = {
    "users.connections": (
        lambda pipeline: Users(pipeline).connections,
        "get_user_memberships_in_connections",
        "add_user_membership_in_connection",
        "get_user_membership_in_connections",
        "update_user_membership_in_connection",
        "delete_user_membership_in_connection",
    ),
    "users.groups": (
        lambda pipeline: Users(pipeline).groups,
        "get_user_memberships_in_groups",
        "add_user_membership_in_group",
        "get_user_membership_in_group",
        "update_user_membership_in_group",
        "delete_user_membership_in_group",
    ),
    "teams.groups": (
        lambda pipeline: Teams(pipeline).groups,
        "get_team_memberships_in_groups",
        "add_team_membership_in_group",
        "get_team_membership_in_group",
        "update_team_membership_in_group",
        "delete_team_membership_in_group",
    ),
    "teams.connections": (
        lambda pipeline: Teams(pipeline).connections,
        "get_team_memberships_in_connections",
        "add_team_membership_in_connection",
        "get_team_membership_in_connection",
        "update_team_membership_in_connection",
        "delete_team_membership_in_connection",
    ),
    "teams.users": (
        lambda pipeline: Teams(pipeline).users,
        "list_users_in_team",
        "add_user_to_team",
        "get_user_in_team",
        "update_user_membership",
        "delete_user_from_team",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_asks_for_its_own_operations(kind: str, recorder: Any) -> None:
    """Otherwise a role would be given in another kind of object, or to the wrong one."""
    make, *operations = KINDS[kind]
    resource = make(recorder)
    await resource.list("member").page()
    await resource.add("member", "object", role="Reader")
    await resource.get("member", "object")
    await resource.update("member", "object", role="Writer")
    await resource.delete("member", "object")
    assert [asked.operation for asked in recorder.asked] == operations
    assert [asked.ids for asked in recorder.asked] == [
        ("member",),
        ("member",),
        ("member", "object"),
        ("member", "object"),
        ("member", "object"),
    ]
    named = "user_id" if kind == "teams.users" else "id"
    assert [asked.body for asked in recorder.asked] == [
        None,
        {named: "object", "role": "Reader"},
        None,
        {"role": "Writer"},
        None,
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bad", ["", "  ", None, 7])
async def test_what_is_no_id_or_role_is_refused(kind: str, bad: Any, recorder: Any) -> None:
    """Otherwise a forgotten id or role would cost a call to find out."""
    resource = KINDS[kind][0](recorder)
    with pytest.raises(ArgumentError, match=r"_id must be a text"):
        await resource.add("member", bad, role="Reader")
    with pytest.raises(ArgumentError, match="role must be a text"):
        await resource.update("member", "object", role=bad)
    assert recorder.asked == []
