"""The access matrix."""

from fivetran_async.audit import Inventory, access_matrix
from fivetran_async.models.connections import Connection
from fivetran_async.models.groups import Group
from fivetran_async.models.memberships import Membership, TeamMembership
from fivetran_async.models.teams import Team
from fivetran_async.models.users import User

EVERYTHING = Inventory(
    groups={"g": Group(id="g", name="finance")},
    connections={"c": Connection(id="c", service="postgres", schema="shop", group_id="g")},
    users={
        "u": User(id="u", email="u@example.com", role="Account Reviewer", active=True),
        "v": User(id="v", email="v@example.com", active=False),
    },
    teams={"t": Team(id="t", name="analysts", role="Account Analyst")},
    group_users={"g": (User(id="u", role="View Destination"), User(id="x", role=None))},
    user_connections={"v": (Membership(id="c", role="Edit Connection"), Membership(id="gone", role="View Connection"))},
    team_users={"t": (TeamMembership(user_id="v", role="Team Member"), TeamMembership())},
    team_groups={"t": (Membership(id="g", role="Edit Destination"),)},
    team_connections={"t": (Membership(id="c", role="View Connection"), Membership(id="c2"))},
)


def test_every_way_to_a_role():
    """Somebody's access would be missing from a review, or in it twice."""
    rows = [
        (row.user_id, row.role, row.team, row.group, row.connection or row.connection_id, row.active)
        for row in access_matrix(EVERYTHING)
    ]
    assert rows == [
        ("u", "Account Reviewer", None, None, None, True),
        ("u", "View Destination", None, "finance", None, True),
        ("v", "Account Analyst", "analysts", None, None, False),
        ("v", "View Connection", None, None, "gone", False),
        ("v", "Edit Destination", "analysts", "finance", None, False),
        ("v", "Edit Connection", None, "finance", "shop", False),
        ("v", "View Connection", "analysts", "finance", "shop", False),
    ]
    assert [row.where for row in access_matrix(EVERYTHING)][:4] == [
        "the account",
        "the group finance",
        "the account",
        "the connection gone",
    ]


def test_what_was_not_read():
    """A user, a team or a group that could not be read would break the matrix, or hide who is in it."""
    partial = Inventory(
        group_users={"g": (User(id="u", email="u@example.com", role="View Destination", active=True),)},
        team_users={"t": (TeamMembership(user_id="v"),)},
        team_groups={"t": (Membership(id="g", role="Edit Destination"),)},
    )
    rows = access_matrix(partial)
    assert [(row.user_id, row.email, row.active, row.team_id, row.team, row.group_id, row.group) for row in rows] == [
        ("u", "u@example.com", True, None, None, "g", None),
        ("v", None, None, "t", None, "g", None),
    ]
    assert rows[0].where == "the group g"
    assert access_matrix(Inventory()) == ()
