"""What is done through the API stands in the history: who did it, what it was, and what it was before."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def group(empty):
    """Return the only group."""
    return next(iter(empty.account.groups))


@pytest.fixture
def ask(empty, caller):
    """Return the caller of `empty`."""
    return caller(empty)


def trail(box):
    """Return what the audit trail says: action, resource, and what it belongs to."""
    found = box.history.entries(kinds={"audit_trail"})
    return [
        (
            entry.data["action"],
            *(entry.data[f"{place}_resource_{part}"] for place in ("primary", "secondary") for part in ("type", "id")),
        )
        for entry in found
    ]


def test_who_did_what(empty, group, ask):
    """A change through the API would be missing, be called another one, or be nobody's."""
    made = ask.post("/v1/groups", {"name": "new"}).data["id"]
    ask.patch(f"/v1/groups/{made}", {"name": "newer"})
    user = ask.post("/v1/users", {"email": "a@example.com", "given_name": "A", "family_name": "B"}).data["id"]
    ask.post(f"/v1/groups/{made}/users", {"email": "a@example.com", "role": "Destination Analyst"})
    ask.delete(f"/v1/groups/{made}/users/{user}")
    ask.delete(f"/v1/groups/{made}")
    hook = {"url": "https://127.0.0.1:1/", "events": ["sync_end"], "active": False, "secret": "hidden-word"}
    webhook = ask.post(f"/v1/webhooks/group/{group}", hook).data["id"]
    assert ask.delete(f"/v1/groups/{made}").status == 404
    ask.get("/v1/groups")
    assert trail(empty) == [
        ("CREATE", "GROUP", made, None, None),
        ("EDIT", "GROUP", made, None, None),
        ("CREATE", "USER", user, None, None),
        ("CREATE", "GROUP", made, "USER", user),
        ("DELETE", "GROUP", made, "USER", user),
        ("DELETE", "GROUP", made, None, None),
        ("CREATE", "WEBHOOK", webhook, None, None),
    ]
    entries = list(empty.history.entries(kinds={"audit_trail"}))
    assert {entry.user_id for entry in entries} == {empty.account.info["user_id"]}
    assert {entry.data["interaction_method"] for entry in entries} == {"API"}
    assert (entries[1].data["old_values"], entries[1].data["new_values"]) == ({"name": "new"}, {"name": "newer"})
    assert entries[5].data["old_values"]["name"] == "newer"
    assert "hidden-word" not in json.dumps([entry.data for entry in entries])


def test_a_connection(empty, group, ask):
    """What was done to a connection would not be found under its id, or show its secrets."""
    config = {"schema_prefix": "prod", "host": "db", "port": 5432, "user": "u", "password": "hidden-word"}
    body = {"group_id": group, "service": "postgres", "config": config}
    name = ask.post("/v1/connections", body).data["id"]
    path = f"/v1/connections/{name}"
    ask.patch(path, {"sync_frequency": 5, "config": {"password": "other-word"}})
    ask.post(f"{path}/schemas/reload", {})
    ask.post(f"{path}/sync", {})
    ask.post(f"{path}/test", {})
    ask.delete(path)
    entries = list(empty.history.entries(connection_id=name))
    kinds = [entry.kind for entry in entries if entry.kind not in {"sync_start", "sync_end"}]
    assert kinds == [
        *("create_connector", "connection_successful", "audit_trail"),
        *("edit_connector", "connection_successful", "audit_trail"),
        "change_schema_config",
        "force_update_connector",
        "connection_successful",
        *("delete_connector", "audit_trail"),
    ]
    assert {entry.group_id for entry in entries} == {group}
    edit = next(entry for entry in entries if entry.data.get("action") == "EDIT")
    assert edit.data["old_values"] == {"sync_frequency": 360, "config": edit.data["old_values"]["config"]}
    assert edit.data["new_values"] == {"sync_frequency": 5, "config": {"password": "******"}}
    text = json.dumps([entry.data for entry in entries])
    assert "hidden-word" not in text
    assert "other-word" not in text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/groups", {}),
        ("/v1/connections", {"service": "postgres"}),
        ("/v1/webhooks/account", {"url": "http://127.0.0.1:1/", "events": ["sync_end"]}),
    ],
)
def test_what_was_refused_has_not_happened(empty, ask, path, body):
    """A request that was refused would count as done."""
    assert ask.post(path, body).status == 400
    assert list(empty.history.entries()) == []


def test_other_secrets(empty, group, ask):
    """A key of a service that is not a connector's would be readable in the trail."""
    config = {"workspace_id": "w", "primary_key": "hidden-word"}
    body = {"group_id": group, "service": "azure_monitor_log", "enabled": True, "config": config}
    assert ask.post("/v1/external-logging", body).status == 201
    config = {"host": "h", "password": "hidden-word", "database": "d", "port": 443, "user": "u"}
    ask.patch(f"/v1/destinations/{group}", {"config": config})
    assert len(trail(empty)) == 2
    assert "hidden-word" not in json.dumps([entry.data for entry in empty.history.entries()])
