"""Access without a server: expiry, signature, account files, and what is seeded."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import msgspec
import pytest

from fivetran_async.sandbox import Account, AccountFileError, Clock, seeding, storage
from fivetran_async.sandbox.calls import Call
from fivetran_async.sandbox.data import samples
from fivetran_async.sandbox.engine import access, deliveries, roles, system_keys
from fivetran_async.sandbox.replies import RefusalError
from fivetran_async.sandbox.routes import memberships
from fivetran_async.sandbox.seeding import access as seeding_access
from fivetran_async.sandbox.times import epoch

START = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
HEAD = {"format": "fivetran-sandbox-account", "version": 1}
BASE = {
    "groups": [{"id": "g"}],
    "connections": [{"id": "c", "service": "postgres", "group_id": "g", "schema": "pg"}],
    "users": [{"id": "u"}],
    "teams": [{"id": "t"}],
}
HOOK = {"id": "w", "url": "https://example.com"}


def parse(**parts):
    """Return the account of a file's content."""
    return storage.parse(json.dumps(HEAD | BASE | parts).encode(), START)


# Expiry and delivery


@pytest.mark.parametrize(
    ("made", "period", "expired"),
    [
        ("2026-01-31T10:00:00Z", "ONE_MONTH", "2026-02-28T10:00:00Z"),
        ("2028-01-31T10:00:00Z", "ONE_MONTH", "2028-02-29T10:00:00Z"),
        ("2026-11-30T10:00:00Z", "THREE_MONTHS", "2027-02-28T10:00:00Z"),
        ("2026-12-31T10:00:00Z", "SIX_MONTHS", "2027-06-30T10:00:00Z"),
        ("2026-12-31T10:00:00Z", "ONE_WEEK", "2027-01-07T10:00:00Z"),
        ("2026-12-31T10:00:00Z", "INFINITE", None),
    ],
)
def test_expiry(made, period, expired):
    """A period across the end of a month or a year would end on a day that does not exist, or on another."""
    assert system_keys.expiry(period, epoch(made)) == expired


def test_every_period_can_be_worked_out():
    """A period that the API offers would bring the sandbox down."""
    for period in system_keys.PERIODS:
        system_keys.expiry(period, 0.0)


def test_the_signature_is_the_documented_one():
    """Receivers that verify real deliveries would refuse the sandbox's."""
    body = b'{"event":"sync_end"}'
    # Worked out by another program than the one under test: openssl dgst -sha256 -hmac my_secret.
    assert deliveries.signature(body, "my_secret") == "26a5f9d67c8a738ef02fe545bb1147e10ae6d66bdec41c82d31605493686dba5"


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://example.com/a?b=c", True),
        ("HTTPS://EXAMPLE.COM", True),
        ("http://localhost:8080/", True),
        ("http://LOCALHOST", True),
        ("http://[::1]:80/x", True),
        ("http://127.0.0.1", True),
        ("http://127.0.0.1.example.com", False),
        ("http://[::2]/", False),
        ("https://:80", False),
        ("https://a:0/", False),
        ("https://a:99999/", False),
        ("https://a\nb/", False),
        ("//example.com", False),
        ("file:///etc/passwd", False),
    ],
)
def test_where_events_may_go(url, may):
    """Events would go to another machine in the clear, or not to a test that listens."""
    assert deliveries.deliverable(url) is may


# Roles


def test_roles_that_are_used_exist():
    """What is seeded would hold roles that the account does not list."""
    known = roles.standard()
    for name in samples.ROLES:
        assert roles.ACCOUNT in known[name]["scope"]
    for name in ("Destination Administrator", "Destination Analyst", "Destination Reviewer"):
        assert roles.DESTINATION in known[name]["scope"]


def test_two_accounts_do_not_share_roles():
    """A role that one test plants would be there in the next."""
    first, second = Account(Clock(START)), Account(Clock(START))
    first.roles["Account Billing"]["description"] = "changed"
    assert second.roles["Account Billing"]["description"] != "changed"


# Users of groups


def test_users_of_groups():
    """A user of a group would not have its role in it, could join twice, or with any role."""
    account = parse()
    path = {"groupId": "g"}
    body = {"email": "U@example.com", "role": "View Destination"}
    assert "data" not in memberships.add_group_user(account, Call(path, body=body)).body
    (shown,) = memberships.group_users(account, Call(path)).body["data"]["items"]
    assert (shown["id"], shown["role"], account.users["u"]["role"]) == ("u", "View Destination", "Account Reviewer")
    for again, status in ((body, 409), (body | {"role": "Team Member"}, 400), (body | {"email": "x@y"}, 400)):
        with pytest.raises(RefusalError) as caught:
            memberships.add_group_user(account, Call(path, body=again))
        assert caught.value.status == status
    assert memberships.remove_group_user(account, Call(path | {"userId": "u"})).status == 200
    with pytest.raises(RefusalError) as caught:
        memberships.remove_group_user(account, Call(path | {"userId": "u"}))
    assert caught.value.code == "NotFound_User"


# Account files


def test_files_of_memberships():
    """One of the kinds of memberships could not be loaded, or would come back changed."""
    given = [
        {"group_id": "g", "user_id": "u", "role": "a", "created_at": "2026-01-01T00:00:00Z"},
        {"group_id": "g", "team_id": "t", "role": "b"},
        {"connection_id": "c", "user_id": "u", "role": "c"},
        {"connection_id": "c", "team_id": "t", "role": "d"},
        {"team_id": "t", "user_id": "u", "role": "e"},
    ]
    account = parse(memberships=given)
    assert account.access["group_users"] == {"g": {"u": {"role": "a", "created_at": "2026-01-01T00:00:00Z"}}}
    assert account.access["group_teams"]["g"]["t"] == {"role": "b", "created_at": "2026-08-01T12:00:00Z"}
    assert account.access["connection_users"]["c"]["u"]["role"] == "c"
    assert account.access["connection_teams"]["c"]["t"]["role"] == "d"
    assert account.access["team_users"]["t"]["u"]["role"] == "e"
    saved = storage.dump(account)["memberships"]
    assert [{key: value for key, value in item.items() if key != "created_at"} for item in saved] == [
        {key: value for key, value in item.items() if key != "created_at"} for item in given
    ]


def test_few_fields_are_enough():
    """A team, a key, a webhook or a role could not be written by hand."""
    account = parse(
        webhooks=[HOOK, HOOK | {"id": "x", "group_id": "g"}],
        system_keys=[{"id": "k"}],
        roles=[{"name": "Auditor"}],
    )
    assert account.things["teams"]["t"] == {"id": "t", "name": "t", "description": None, "role": None}
    webhook = account.things["webhooks"]["w"]
    assert (webhook["type"], webhook["active"], webhook["created_by"]) == ("account", False, "u")
    assert account.things["webhooks"]["x"]["type"] == "group"
    key = account.things["system_keys"]["k"]
    assert (key["name"], key["permissions"], key["expired_at"]) == ("k", [], None)
    assert key["key"].startswith("ft_")
    assert (account.roles["Auditor"]["scope"], account.roles["Auditor"]["is_custom"]) == (["ACCOUNT"], True)
    assert access.role(account, "Account Billing", roles.ACCOUNT) == "Account Billing"


def test_changed_roles_survive():
    """A role that was planted or changed would be lost by a save."""
    account = parse(roles=[{"name": "Auditor", "scope": ["TEAM"]}])
    account.roles["Account Billing"]["description"] = "changed"
    document = storage.dump(account)
    assert [role["name"] for role in document["roles"]] == ["Account Billing", "Auditor"]
    again = storage.parse(msgspec.json.encode(document), START)
    assert again.roles == account.roles


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"memberships": [{"group_id": "x", "user_id": "u", "role": "r"}]}, r"\[0\]\.group_id: there is no group"),
        ({"memberships": [{"group_id": "g", "user_id": "x", "role": "r"}]}, r"\[0\]\.user_id: there is no user"),
        ({"memberships": [{"group_id": "g", "team_id": "x", "role": "r"}]}, r"\[0\]\.team_id: there is no team"),
        (
            {"memberships": [{"connection_id": "x", "team_id": "t", "role": "r"}]},
            r"memberships\[0\]\.connection_id: there is no connection",
        ),
        ({"memberships": [{"team_id": "t", "user_id": ["u"], "role": "r"}]}, r"\[0\]\.user_id: there is no user"),
        ({"memberships": [{"group_id": "g", "user_id": "u"}]}, r"memberships\[0\]\.role: is required"),
        ({"memberships": [{"group_id": "g", "role": "r"}]}, r"memberships\[0\]: must have user_id or team_id"),
        (
            {"memberships": [{"group_id": "g", "connection_id": "c", "user_id": "u", "role": "r"}]},
            r"memberships\[0\]: must have user_id or team_id",
        ),
        (
            {"memberships": [{"group_id": "g", "user_id": "u", "role": "r", "created_at": "then"}]},
            r"memberships\[0\]\.created_at: must be an ISO 8601 instant",
        ),
        ({"teams": [{"name": "t"}]}, r"teams\[0\]\.id: is required"),
        ({"teams": [{"id": "t"}, {"id": "t"}]}, r"teams\[1\]: there is another one"),
        ({"webhooks": [{"id": "w"}]}, r"webhooks\[0\]\.url: is required"),
        ({"webhooks": [HOOK | {"group_id": "x"}]}, r"webhooks\[0\]\.group_id: there is no group"),
        ({"webhooks": [HOOK | {"active": 1}]}, r"webhooks\[0\]\.active"),
        ({"webhooks": [HOOK | {"events": "all"}]}, r"webhooks\[0\]\.events"),
        ({"system_keys": [{"id": "k", "permissions": {}}]}, r"system_keys\[0\]\.permissions"),
        ({"system_keys": [{"id": "k", "expired_at": "never"}]}, r"system_keys\[0\]\.expired_at"),
        ({"roles": [{"scope": ["TEAM"]}]}, r"roles\[0\]\.name"),
        ({"roles": [{"name": "r", "scope": ["WORLD"]}]}, r"roles\[0\]\.scope"),
        ({"roles": [{"name": "r"}, {"name": "r"}]}, r"roles\[1\]: there is another one"),
        ({"users": [{"id": "u", "sandbox": 1}]}, r"users\[0\]\.sandbox: must be object"),
    ],
)
def test_bad_files(parts, message):
    """A mistake in a file would be found only when it is served, or not be named."""
    with pytest.raises(AccountFileError, match=message):
        parse(**parts)


# What is seeded


def seeded(groups=4, connections=40):
    """Return an account with who may do what, and the account before it had that."""
    account, plain = Account(Clock(START), 7), Account(Clock(START), 7)
    for each in (account, plain):
        seeding.seed(each, groups, connections)
    for part in ("teams", "system_keys", "webhooks"):
        account.things[part].clear()
    seeding_access.seed_access(account, random.Random("access/7"))
    return account, plain


def test_seeds_leave_the_rest_alone():
    """Access would change which groups, users and connections a seed makes."""
    account, plain = seeded()
    assert (account.groups, account.users) == (plain.groups, plain.users)
    assert list(account.connections) == list(plain.connections)
    assert {group: list(users) for group, users in account.memberships.items()} == {
        group: list(users) for group, users in plain.memberships.items()
    }


def test_seeds_repeat():
    """Two runs of a test would see two accounts."""
    first, second = (storage.dump(seeded()[0]) for _ in range(2))
    del first["clock"], second["clock"]
    assert first == second


@pytest.mark.parametrize(("groups", "connections"), [(1, 0), (1, 1), (4, 40), (20, 500)])
def test_seeds_are_sound(groups, connections):
    """What is seeded would name nobody, use a role in the wrong place, or lie in the future."""
    account, _ = seeded(groups, connections)
    for relation in access.RELATIONS:
        for place, held in account.access[relation.kind].items():
            for holder, membership in held.items():
                assert place in access.objects(account, relation.place)
                assert holder in access.objects(account, relation.holder)
                assert access.role(account, membership["role"], relation.scope)
                assert epoch(membership["created_at"]) <= account.clock.start
    assert all(account.access[relation.kind] for relation in access.RELATIONS) == (connections > 0)
    assert len(account.things["teams"]) >= 2
    assert len(account.things["system_keys"]) >= 2
    for team in account.things["teams"].values():
        assert team["role"] is None or access.role(account, team["role"], roles.ACCOUNT)
    for key in account.things["system_keys"].values():
        assert key["created_at"] <= (key["last_used_at"] or key["created_at"])
        assert (key["last_used_at"] or "") <= (key["expired_at"] or "9")
    webhooks = account.things["webhooks"].values()
    assert {webhook["type"] for webhook in webhooks} == {"account", "group"}
    assert not any(webhook["active"] for webhook in webhooks)
    assert {role["is_custom"] for role in account.roles.values()} == {True, False}
    again = storage.parse(msgspec.json.encode(storage.dump(account)), START)
    assert (again.access, again.things) == (account.access, account.things)


def test_an_account_without_groups_has_roles_only():
    """An account without anything in it would hold teams and webhooks all the same."""
    account = Account(Clock(START), 1)
    seeding.seed(account, 0, 0)
    seeding_access.seed_access(account, random.Random(1))
    assert not account.things["teams"]
    assert not account.things["webhooks"]
    assert any(role["is_custom"] for role in account.roles.values())
