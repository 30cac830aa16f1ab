"""Hooks: all of them hear of everything, whatever one of them does."""

import logging
from typing import get_args

import attrs
import pytest

from fivetran_async import hooks
from fivetran_async.errors import ServerError
from fivetran_async.hooks import CallFailed, Event, RequestStarted, emit

EVENT = RequestStarted(operation="group_details", method="GET", target="/v1/groups/g", attempt=1)


def test_all_hooks_in_order():
    """A hook would miss an event, or hear of it twice."""
    heard: list[tuple[str, Event]] = []
    emit([lambda event: heard.append(("a", event)), lambda event: heard.append(("b", event))], EVENT)
    assert heard == [("a", EVENT), ("b", EVENT)]


def test_a_hook_that_raises(caplog: pytest.LogCaptureFixture):
    """A fault in somebody's metrics would stop a call, hide from the other hooks, or go unnoticed."""
    heard: list[Event] = []

    def faulty(_: Event) -> None:
        raise RuntimeError("no such counter")

    with caplog.at_level(logging.ERROR, logger="fivetran_async"):
        emit((faulty, heard.append, faulty), EVENT)
    assert heard == [EVENT]
    assert len(caplog.records) == 2
    assert "faulty" in caplog.records[0].getMessage()
    assert "RequestStarted" in caplog.records[0].getMessage()
    assert caplog.records[0].exc_info is not None
    assert str(caplog.records[0].exc_info[1]) == "no such counter"


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_no_fault(kind: type[BaseException]):
    """Ctrl-C inside a hook would be swallowed."""

    def interrupted(_: Event) -> None:
        raise kind

    with pytest.raises(kind):
        emit([interrupted], EVENT)


def test_no_hooks():
    """A client without hooks would fail on its first event."""
    emit([], EVENT)
    emit(iter(()), EVENT)


def test_an_event_about_an_error(caplog: pytest.LogCaptureFixture):
    """The log line about a faulty hook would show the body of a reply."""

    def faulty(event: Event) -> None:
        raise ValueError(type(event).__name__)

    error = ServerError("m", status=500, body=b"s3cret", headers={"Set-Cookie": "s3cret"})
    emit([faulty], CallFailed(operation="x", error=error))
    assert "CallFailed" in caplog.text
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize("kind", get_args(Event))
def test_a_record_is_frozen_and_says_whose_it_is(kind: type[Event]):
    """A hook could change what the next one hears, or hear of something that belongs to no call."""
    event = kind(**{field.name: 1 for field in attrs.fields(kind) if field.default is attrs.NOTHING})
    assert event.call == 0
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        event.operation = "other"
    assert getattr(hooks, kind.__name__) is kind
    assert kind.__name__ in hooks.__all__
