"""System keys: their life, when they expire, and that their secret is shown once."""

from __future__ import annotations

import json

import pytest

from fivetran_async.sandbox import storage

PERMISSIONS = [
    {"resource_type": "USER", "access_level": "READ"},
    {
        "resource_type": "CONNECTOR",
        "access_level": "MANAGE",
        "resource_filter": {"ids": ["one_two"], "group_ids": []},
    },
]
FIELDS = {"id", "name", "permissions", "created_at", "updated_at", "expired_at", "last_used_at"}
START_STAMP = "2026-08-01T12:00"
DAY = 86_400


@pytest.fixture
def key(call):
    """Return a new key as it is answered."""
    body = {"name": "_deploy", "expiration_period": "ONE_WEEK", "permissions": PERMISSIONS}
    return call.post("/v1/system-keys", body).data


def test_life(call, key):
    """A key could not be created, read, changed and deleted."""
    assert set(key) == FIELDS | {"key", "secret"}
    assert (key["name"], key["permissions"]) == ("_deploy", PERMISSIONS)
    assert key["created_at"].startswith(START_STAMP)
    assert (key["updated_at"], key["last_used_at"]) == (key["created_at"], None)
    path = f"/v1/system-keys/{key['id']}"
    shown = {name: key[name] for name in FIELDS}
    assert call.get(path).data == shown
    assert shown in call.walk("/v1/system-keys", 1)
    changed = call.patch(path, {"name": "renamed", "permissions": []}).data
    assert changed == shown | {"name": "renamed", "permissions": [], "updated_at": changed["updated_at"]}
    assert changed["updated_at"] > key["updated_at"]
    assert call.get(path).data == changed
    gone = call.delete(path)
    assert (gone.status, "data" in gone.json) == (200, False)
    assert key["id"] not in [item["id"] for item in call.walk("/v1/system-keys", 100)]
    for again in (
        call.get(path),
        call.delete(path),
        call.patch(path, {"name": "x"}),
        call.post(f"{path}/rotate", {}),
    ):
        assert (again.status, again.code) == (404, "NotFound")


def test_a_new_key_is_created(call):
    """The status of a creation would not be the API's, or a name alone not be enough."""
    made = call.post("/v1/system-keys", {"name": "plain"})
    assert made.status == 201
    assert (made.data["permissions"], made.data["expired_at"]) == ([], None)


def test_the_secret_is_shown_once(call, key):
    """The key and the secret would be readable after the creation."""
    path = f"/v1/system-keys/{key['id']}"
    for answer in (call.get(path), call.get("/v1/system-keys"), call.patch(path, {"name": "other"})):
        assert key["secret"] not in answer.raw.decode()
        assert key["key"] not in answer.raw.decode()


@pytest.mark.parametrize(
    ("period", "expired"),
    [
        ("ONE_WEEK", "2026-08-08T12:00"),
        ("ONE_MONTH", "2026-09-01T12:00"),
        ("THREE_MONTHS", "2026-11-01T12:00"),
        ("SIX_MONTHS", "2027-02-01T12:00"),
        ("INFINITE", None),
    ],
)
def test_expiry(call, period, expired):
    """A key would expire at another time than it was made for."""
    made = call.post("/v1/system-keys", {"name": "k", "expiration_period": period}).data
    assert (made["expired_at"] or "None")[:16] == str(expired)


def test_rotation(call, box, key):
    """A rotation would keep the old secret, lose the key, or not begin the period anew."""
    path = f"/v1/system-keys/{key['id']}"
    box.clock.advance(3 * DAY)
    turned = call.post(f"{path}/rotate")
    assert turned.status == 200
    assert set(turned.data) == FIELDS | {"key", "secret"}
    assert turned.data["key"] == key["key"]
    assert turned.data["secret"] != key["secret"]
    assert turned.data["expired_at"].startswith("2026-08-11T12:00")
    assert turned.data["updated_at"].startswith("2026-08-04T12:00")
    assert turned.data["created_at"] == key["created_at"]
    again = call.post(f"{path}/rotate", {"expiration_period": "INFINITE"}).data
    assert again["expired_at"] is None
    assert len({key["secret"], turned.data["secret"], again["secret"]}) == 3
    assert call.post(f"{path}/rotate", {}).data["expired_at"] is None
    assert call.get(path).data["expired_at"] is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": "1st"}, "name"),
        ({"name": " k"}, "name"),
        ({"name": 5}, "name"),
        ({"expiration_period": "TWO_YEARS"}, "expiration_period"),
        ({"permissions": {}}, "permissions"),
        ({"permissions": ["x"]}, "permissions[0]"),
        ({"permissions": [{}]}, "permissions[0].resource_type"),
        ({"permissions": [{"resource_type": "USER"}]}, "permissions[0].access_level"),
        ({"permissions": [{"resource_type": "BANK", "access_level": "READ"}]}, "permissions[0].resource_type"),
        ({"permissions": [{"resource_type": "USER", "access_level": "WRITE"}]}, "permissions[0].access_level"),
        ({"permissions": [PERMISSIONS[1] | {"resource_filter": []}]}, "permissions[0].resource_filter"),
        ({"permissions": [PERMISSIONS[1] | {"resource_filter": {"ids": "one"}}]}, "permissions[0].resource_filter.ids"),
        (
            {"permissions": [PERMISSIONS[1] | {"resource_filter": {"group_ids": [1]}}]},
            "permissions[0].resource_filter.group_ids[0]",
        ),
    ],
)
def test_bad_keys(call, box, key, change, field):
    """A key with something missing or wrong would be created, or an existing one become it."""
    before = json.dumps(box.account.things["system_keys"])
    made = call.post("/v1/system-keys", {"name": "fine"} | change)
    assert (made.status, made.code) == (400, "InvalidInput")
    assert f"'{field}'" in made.json["message"]
    assert call.patch(f"/v1/system-keys/{key['id']}", change).code == "InvalidInput"
    assert json.dumps(box.account.things["system_keys"]) == before


def test_bad_rotation(call, box, key):
    """A refused rotation would cost the secret all the same."""
    before = json.dumps(box.account.things["system_keys"])
    answer = call.post(f"/v1/system-keys/{key['id']}/rotate", {"expiration_period": "soon"})
    assert (answer.status, answer.code) == (400, "InvalidInput")
    assert json.dumps(box.account.things["system_keys"]) == before


def test_a_saved_key_rotates_on(call, box, key, tmp_path):
    """A loaded account would give out a secret that was replaced before, or forget the period."""
    path = tmp_path / "a.json"
    first = call.post(f"/v1/system-keys/{key['id']}/rotate").data["secret"]
    storage.save(box.account, path)
    again = storage.load(path, box.clock.now(), 7)
    assert again.things["system_keys"] == box.account.things["system_keys"]
    box.account.things["system_keys"] = again.things["system_keys"]
    turned = call.post(f"/v1/system-keys/{key['id']}/rotate").data
    assert turned["secret"] not in (first, key["secret"])
    assert turned["expired_at"].startswith("2026-08-08")


def test_the_same_account_gives_the_same_secrets(call, box, key, caller):
    """Two runs of a test would see two secrets."""
    with type(box)(seed=7, groups=5, connections=60, start=box.clock.now()) as other:
        body = {"name": "_deploy", "expiration_period": "ONE_WEEK", "permissions": PERMISSIONS}
        assert caller(other).post("/v1/system-keys", body).data["secret"] == key["secret"]
