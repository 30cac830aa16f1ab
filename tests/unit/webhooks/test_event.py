"""Deliveries read: every kind and both generations of names, and garbage."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from fivetran_async.errors import DecodeError
from fivetran_async.models.webhooks import WebhookEventType
from fivetran_async.webhooks import ChangeData, SyncEndData, SyncStatus, TransformationRunData, WebhookEvent, parse


def delivery(event: str = "sync_end", **fields: object) -> bytes:
    """Return a delivery as Fivetran writes it."""
    start = {"event": event, "created": "2026-05-21T10:00:00.000Z", "connector_type": "postgres"}
    return json.dumps({**start, "connector_id": "abc_def", "connector_name": "shop", **fields}).encode()


def test_a_sync_end() -> None:
    """What a delivery says would be lost on the way."""
    event = parse(delivery(sync_id="s1", destination_group_id="g1", data={"status": "SUCCESSFUL"}))
    assert (event.event, event.created) == (WebhookEventType.SYNC_END, datetime(2026, 5, 21, 10, tzinfo=UTC))
    assert (event.connection, event.group, event.sync_id) == ("abc_def", "g1", "s1")
    assert event.payload == SyncEndData(status=SyncStatus.SUCCESSFUL)
    assert (event.is_sync_end, event.is_sync_start, event.succeeded, event.failed) == (True, False, True, False)
    assert event.identity == ("sync_end", "abc_def", "s1", "2026-05-21T10:00:00+00:00")


@pytest.mark.parametrize(
    ("status", "succeeded", "failed"),
    [
        ("SUCCESSFUL", True, False),
        ("successful", True, False),
        ("FAILED", False, True),
        ("FAILURE", False, True),
        ("FAILURE_WITH_TASK", False, True),
        ("failure_with_task", False, True),
        ("RESCHEDULED", False, False),
        ("CANCELED", False, False),
        ("SOMETHING_NEW", False, False),
        (None, False, False),
        (7, False, False),
    ],
)
def test_how_a_sync_ended(status, succeeded, failed) -> None:
    """A failure would pass for a success, or be missed for how it is spelt."""
    event = parse(delivery(data={"status": status}))
    assert (event.succeeded, event.failed) == (succeeded, failed)


@pytest.mark.parametrize("data", [{"status": "SUCCESSFUL"}, None, {}])
def test_another_event_is_no_sync_end(data) -> None:
    """A connection that was made would pass for a sync that ended well."""
    event = parse(delivery("create_connector", data=data))
    assert (event.is_sync_end, event.succeeded, event.failed, event.status) == (False, False, False, None)


def test_payloads() -> None:
    """The words of a payload would have to be known by heart."""
    failed = parse(delivery(data={"status": "FAILURE_WITH_TASK", "reason": "no", "taskType": "reconnect"})).payload
    assert failed == SyncEndData(status=SyncStatus.FAILURE_WITH_TASK, reason="no", task_type="reconnect")
    moved = parse(delivery(data={"status": "RESCHEDULED", "rescheduledAt": "2026-05-21T11:00:00Z"})).payload
    assert isinstance(moved, SyncEndData)
    assert moved.rescheduled_at == datetime(2026, 5, 21, 11, tzinfo=UTC)
    made = parse(delivery("create_connector", data={"actor": "u", "id": "a.b", "properties": {"x": 1}})).payload
    assert made == ChangeData(actor="u", id="a.b", properties={"x": 1})
    ran = parse(delivery("dbt_run_succeeded", data={"startTime": "2026-05-21T11:00:00Z", "result": {}})).payload
    assert isinstance(ran, TransformationRunData)
    assert parse(delivery("transformation_failed", data={"new": 1})).payload is not None


def test_the_group_under_either_name() -> None:
    """Older or newer deliveries would belong to no group."""
    assert parse(delivery(group_id="old")).group == "old"
    assert parse(delivery(destination_group_id="new")).group == "new"
    assert parse(delivery(group_id="old", destination_group_id="new")).group == "old"
    assert parse(delivery(connection_id="new")).connection == "new"
    assert parse(delivery()).group is None


def test_what_nobody_knows_yet() -> None:
    """An event of tomorrow, or a new key, would break the receiver or be lost."""
    event = parse(delivery("moon_landed", moon={"phase": "full"}, data={"a": [1]}))
    assert (event.event, event.payload, event.data) == ("moon_landed", None, {"a": [1]})
    assert event.extra == {"moon": {"phase": "full"}}
    assert parse(b'{"event":"test_event","created":"soon","connector_id":7}').created is None


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"event"', b"{}", b'{"event":null}', b"\xff\xfe", b"<html>", b'{"event":"a"', "{"],
)
def test_garbage(body) -> None:
    """A broken delivery would break the receiver with an error that it does not expect."""
    with pytest.raises(DecodeError):
        parse(body)


def test_a_text_is_read_as_well() -> None:
    """A framework that hands out the body as a text could not be used."""
    assert parse('{"event":"sync_start"}') == WebhookEvent(event=WebhookEventType.SYNC_START)
    assert parse('{"event":"sync_start"}').is_sync_start
