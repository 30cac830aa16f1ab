"""Certificates and fingerprints: approved, listed, read and revoked, alike for connections and destinations."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from urllib.parse import quote

import pytest

FIELDS = {
    "certificates": {
        "id",
        "name",
        "hash",
        "type",
        "sha1",
        "sha256",
        "public_key",
        "validated_date",
        "validated_by",
    },
    "fingerprints": {"id", "hash", "public_key", "validated_date", "validated_by"},
}
CONTENT = {"certificates": "encoded_cert", "fingerprints": "public_key"}
# Base64 as it comes: with a slash, a plus sign and padding.
HASH = "ab/c+d=="
OWNERS = ["connections", "destinations"]
KINDS = ["certificates", "fingerprints"]


@pytest.fixture
def paths(empty):
    """Return the path of a connection and of a destination, by kind of owner."""
    group = next(iter(empty.account.groups))
    empty.account.destinations.clear()
    empty.account.add_destination(group, config={"password": "p"})
    empty.account.add_connection(group, id="shop", config={"password": "p"})
    return {"connections": "/v1/connections/shop", "destinations": f"/v1/destinations/{group}"}


@pytest.fixture
def ask(empty, caller):
    """Return the caller of `empty`."""
    return caller(empty)


def body(kind, digest=HASH):
    """Return an approval."""
    return {"hash": digest, CONTENT[kind]: base64.b64encode(b"the thing itself").decode()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("owner", OWNERS)
def test_life(ask, empty, paths, owner, kind):
    """One could not be approved, listed, read and revoked, or not by a hash with a slash in it."""
    path = f"{paths[owner]}/{kind}"
    assert ask.get(path).data == {"items": []}
    made = ask.post(path, body(kind))
    assert made.status == (200 if kind == "certificates" else 201)
    assert set(made.data) == FIELDS[kind]
    assert (made.data["hash"], made.data["validated_by"]) == (HASH, empty.account.info["user_id"])
    assert abs(datetime.fromisoformat(made.data["validated_date"]) - empty.clock.now()).total_seconds() < 60
    assert ask.get(path).data["items"] == [made.data]
    one = f"{path}/{quote(HASH, safe='')}"
    assert ask.get(one).data == made.data
    gone = ask.delete(one)
    assert (gone.status, "data" in gone.json) == (200, False)
    assert ask.get(path).data == {"items": []}
    for again in (ask.get(one), ask.delete(one)):
        assert (again.status, again.code.startswith("NotFound")) == (404, True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("owner", OWNERS)
def test_refusals(ask, paths, owner, kind):
    """One without a part, or of an unknown owner, would be approved."""
    path = f"{paths[owner]}/{kind}"
    for wrong in (None, {}, {"hash": HASH}, {CONTENT[kind]: "x"}):
        assert (ask.post(path, wrong).status, ask.post(path, wrong).code) == (400, "InvalidInput")
    for name in ("hash", CONTENT[kind]):
        for value in ("", 5, None):
            assert ask.post(path, body(kind) | {name: value}).status == 400
    assert ask.get(path).data["items"] == []
    nowhere = f"/v1/{owner}/nope/{kind}"
    for answer in (
        ask.get(nowhere),
        ask.post(nowhere, body(kind)),
        ask.get(f"{nowhere}/x"),
        ask.delete(f"{nowhere}/x"),
    ):
        assert (answer.status, answer.code) == (404, f"NotFound_{owner[:-1].title()}")


@pytest.mark.parametrize("kind", KINDS)
def test_owners_and_kinds_are_apart(ask, paths, kind):
    """What was approved for one would be approved for another, or as another kind."""
    ask.post(f"{paths['connections']}/{kind}", body(kind))
    other = next(name for name in KINDS if name != kind)
    for path in (f"{paths['connections']}/{other}", f"{paths['destinations']}/{kind}"):
        assert ask.get(path).data["items"] == []


def test_twice(ask, paths):
    """A second approval of the same hash would be a second entry."""
    path = f"{paths['connections']}/fingerprints"
    ask.post(path, body("fingerprints"))
    again = ask.post(path, body("fingerprints") | {"public_key": "other"})
    assert ask.get(path).data["items"] == [again.data]


def test_digests(ask, paths):
    """The digests of a certificate would not be those of what was sent."""
    made = ask.post(f"{paths['connections']}/certificates", body("certificates")).data
    assert made["sha1"] == hashlib.sha1(b"the thing itself").hexdigest()  # noqa: S324 - a field of the API
    assert made["sha256"] == hashlib.sha256(b"the thing itself").hexdigest()
    plain = ask.post(f"{paths['connections']}/certificates", {"hash": "h", "encoded_cert": "no base64!"}).data
    assert plain["sha256"] == hashlib.sha256(b"no base64!").hexdigest()


def test_pages(ask, paths):
    """A long list would not be paged, or lose something on the way."""
    path = f"{paths['destinations']}/certificates"
    for number in range(7):
        ask.post(path, body("certificates", f"hash-{number}"))
    assert [item["hash"] for item in ask.walk(path, 3)] == [f"hash-{number}" for number in range(7)]
    assert ask.get(f"{path}?limit=0").status == 400


def test_approving_for_the_account(ask, empty, paths):
    """The deprecated way to approve would approve nothing, or for nobody."""
    group = next(iter(empty.account.groups))
    answer = ask.post("/v1/certificates", body("certificates") | {"connection_id": "shop"})
    assert (answer.status, "data" in answer.json) == (200, False)
    assert ask.get(f"{paths['connections']}/certificates").data["items"][0]["hash"] == HASH
    assert ask.get(f"{paths['destinations']}/certificates").data["items"] == []
    ask.post("/v1/certificates", body("certificates") | {"destination_id": group})
    assert ask.get(f"{paths['destinations']}/certificates").data["items"][0]["hash"] == HASH
    assert ask.post("/v1/certificates", body("certificates")).status == 400
    assert ask.post("/v1/certificates", {"hash": "h", "connection_id": "shop"}).status == 400
    assert ask.post("/v1/certificates", body("certificates") | {"connection_id": "nope"}).code == "NotFound_Connection"


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("way", ["test", "update"])
def test_trusting(ask, paths, owner, way):
    """Setup tests that are told to trust would approve nothing, or those that are not would."""
    path = paths[owner]
    ask.post(f"{path}/test", {})
    assert ask.get(f"{path}/certificates").data["items"] == []
    trust = {"trust_certificates": True, "trust_fingerprints": True}
    for _ in range(2):
        if way == "test":
            assert ask.post(f"{path}/test", trust).status == 200
        else:
            changed = ask.patch(path, trust | {"networking_method": "SshTunnel"})
            assert changed.status == 200
        assert len(ask.get(f"{path}/certificates").data["items"]) == 1
        # Only what is reached by SSH has a fingerprint.
        assert len(ask.get(f"{path}/fingerprints").data["items"]) == (1 if way == "update" else 0)


def test_trusting_on_create(ask, empty):
    """A create would not approve what it is told to trust, or would without testing."""
    group = next(iter(empty.account.groups))
    for prefix, tested in (("one", True), ("two", False)):
        config = {"schema_prefix": prefix, "password": "p"}
        made = ask.post(
            "/v1/connections",
            {
                "group_id": group,
                "service": "postgres",
                "config": config,
                "trust_certificates": True,
                "run_setup_tests": tested,
            },
        ).data
        assert len(ask.get(f"/v1/connections/{made['id']}/certificates").data["items"]) == int(tested)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("owner", OWNERS)
def test_setup_tests_want_an_approval(ask, empty, paths, owner, kind):
    """What is not approved would pass, or what a test reports could not be approved, or that not repair it."""
    things = {"connections": empty.account.connections, "destinations": empty.account.destinations}[owner]
    next(iter(things.values())).setdefault("sandbox", {})["untrusted"] = [kind]
    path = paths[owner]

    def setup(answer):
        data = answer.data
        return data["status"]["setup_state"] if owner == "connections" else data["setup_status"]

    failed = ask.post(f"{path}/test", {})
    assert setup(failed) == "broken"
    test = failed.data["setup_tests"][0]
    assert (test["status"], set(test["details"])) == ("FAILED", {"hash", CONTENT[kind]})
    assert setup(ask.post(f"{path}/test", {})) == "broken"
    assert ask.post(f"{path}/{kind}", test["details"]).status < 300
    assert setup(ask.post(f"{path}/test", {})) == "connected"
    ask.delete(f"{path}/{kind}/{quote(test['details']['hash'], safe='')}")
    assert setup(ask.post(f"{path}/test", {})) == "broken"
    assert setup(ask.post(f"{path}/test", {f"trust_{kind}": True})) == "connected"


def test_an_approval_repairs_nothing_else(ask, empty, paths):
    """Approving a certificate would replace credentials that do not work."""
    empty.account.update_connection("shop", status={"setup_state": "broken"}, sandbox={"untrusted": ["certificates"]})
    path = paths["connections"]
    assert ask.post(f"{path}/test", {}).data["status"]["setup_state"] == "broken"
    assert ask.post(f"{path}/test", {"trust_certificates": True}).data["status"]["setup_state"] == "broken"


def test_seeded_ones(call, box):
    """A seeded account would have nothing approved, or something that nobody approved."""
    found = {kind: [] for kind in KINDS}
    for owner, things in (("connections", box.account.connections), ("destinations", box.account.destinations)):
        for name in things:
            for kind in KINDS:
                found[kind] += call.walk(f"/v1/{owner}/{name}/{kind}", 100)
    for items in found.values():
        assert items
        assert all(item["validated_by"] in box.account.users for item in items)
        assert all(item["validated_date"] < "2026-08-01T12:00:00Z" for item in items)
        assert len({item["id"] for item in items}) == len(items)
