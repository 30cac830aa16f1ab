"""The logging hook: what each event becomes, and what never becomes part of it."""

import asyncio
import logging

import pytest

from fivetran_async.errors import (
    Attempt,
    ConnectError,
    DecodeError,
    FivetranError,
    NotFoundError,
    RateLimitedError,
    ServerError,
)
from fivetran_async.hooks import (
    CallEnded,
    CallFailed,
    Event,
    ItemRepaired,
    LoggingHook,
    RequestStarted,
    ResponseReceived,
    RetryScheduled,
    Waited,
)

UNAVAILABLE = ServerError("down", status=503)
MISSING = NotFoundError(
    "m", status=404, code="NotFound_Group", request_id="r-1", attempts=(Attempt(number=1, error="e"),)
)

TOLD: list[tuple[Event, int, str, dict[str, object]]] = [
    (
        RequestStarted(operation="op", call=3, method="GET", target="/v1/groups/g?limit=1", attempt=2),
        logging.DEBUG,
        "op: attempt 2: GET /v1/groups/g",
        {"event": "RequestStarted", "call": 3, "method": "GET", "path": "/v1/groups/g", "attempt": 2},
    ),
    (
        ResponseReceived(operation="op", attempt=1, status=200, seconds=0.25, remaining=77),
        logging.DEBUG,
        "op: attempt 1: 200 in 0.250 s",
        {"event": "ResponseReceived", "status": 200, "seconds": 0.25, "remaining": 77, "attempt": 1, "call": 0},
    ),
    (
        RetryScheduled(operation="op", attempt=1, delay=1.5, error=UNAVAILABLE),
        logging.INFO,
        "op: attempt 1 met ServerError 503; the next in 1.500 s",
        {"event": "RetryScheduled", "attempt": 1, "delay": 1.5, "error": "ServerError", "status": 503, "code": ""},
    ),
    (
        RetryScheduled(operation="op", attempt=1, delay=0.0, error=ConnectError("m", host="h", port=1)),
        logging.INFO,
        "op: attempt 1 met ConnectError; the next in 0.000 s",
        {"error": "ConnectError"},
    ),
    (
        CallFailed(operation="op", error=MISSING),
        logging.ERROR,
        "op: failed: NotFoundError 404 NotFound_Group; attempts: 1",
        {"status": 404, "code": "NotFound_Group", "request_id": "r-1", "attempts": 1, "error": "NotFoundError"},
    ),
    (
        CallFailed(operation="op", error=DecodeError("m", status=200)),
        logging.ERROR,
        "op: failed: DecodeError 200; attempts: 0",
        {"status": 200, "error": "DecodeError"},
    ),
    (
        CallEnded(operation="op", method="GET", attempts=2, failures=(), status=200, seconds=3.0, error=None),
        logging.DEBUG,
        "op: ended after 3.000 s: done; attempts: 2",
        {"event": "CallEnded", "method": "GET", "attempts": 2, "status": 200, "seconds": 3.0, "error": None},
    ),
    (
        CallEnded(
            operation="op",
            method="PATCH",
            attempts=1,
            failures=(),
            status=None,
            seconds=0.5,
            error=asyncio.CancelledError(),
        ),
        logging.DEBUG,
        "op: ended after 0.500 s: CancelledError; attempts: 1",
        {"status": None, "error": "CancelledError"},
    ),
    (
        Waited(operation="op", seconds=4.9, reason="slot"),
        logging.DEBUG,
        "op: waited 4.900 s for the slot",
        {"seconds": 4.9, "reason": "slot"},
    ),
    (
        Waited(operation="op", seconds=5.0, reason="gate"),
        logging.WARNING,
        "op: waited 5.000 s for the gate",
        {"seconds": 5.0, "reason": "gate"},
    ),
    (
        ItemRepaired(operation="op", model="Group", reason="Expected `str`", fields=("name",)),
        logging.WARNING,
        "op: an item did not fit Group and was read leniently: Expected `str`",
        {"model": "Group", "reason": "Expected `str`", "fields": ("name",)},
    ),
]


def fields(record: logging.LogRecord) -> dict[str, object]:
    """Return what the hook put on a record, without the prefix."""
    own = set(vars(logging.makeLogRecord({}))) | {"message"}
    extra = {name: value for name, value in vars(record).items() if name not in own}
    assert all(name.startswith("fivetran_") for name in extra)
    return {name.removeprefix("fivetran_"): value for name, value in extra.items()}


@pytest.mark.parametrize(("event", "level", "message", "expected"), TOLD, ids=lambda value: type(value).__name__)
def test_what_an_event_becomes(
    event: Event, level: int, message: str, expected: dict[str, object], caplog: pytest.LogCaptureFixture
):
    """An event would be logged at another level, or without what a search would look for."""
    caplog.set_level(logging.DEBUG, logger="fivetran_async.calls")
    LoggingHook()(event)
    [record] = caplog.records
    assert (record.name, record.levelno, record.getMessage()) == ("fivetran_async.calls", level, message)
    told = fields(record)
    assert {name: told[name] for name in expected} == expected
    assert (told["operation"], told["event"]) == ("op", type(event).__name__)


def test_every_event_is_told():
    """A new kind of event would break the hook, or have no test."""
    assert {type(event) for event, *_ in TOLD} == set(Event.__args__)


def test_own_logger_and_bound(caplog: pytest.LogCaptureFixture):
    """The records would go elsewhere than asked, or a wait that is called long would be hidden."""
    caplog.set_level(logging.INFO, logger="app.fivetran")
    hook = LoggingHook(logging.getLogger("app.fivetran"), long_wait=1)
    hook(Waited(operation="op", seconds=1.0, reason="gate"))
    hook(Waited(operation="op", seconds=0.9, reason="gate"))
    assert [(record.name, record.levelname) for record in caplog.records] == [("app.fivetran", "WARNING")]


def test_what_nobody_reads_costs_nothing(monkeypatch: pytest.MonkeyPatch):
    """Each event would be put into words although its level is off."""
    logger = logging.getLogger("app.quiet")
    logger.setLevel(logging.ERROR)
    monkeypatch.setattr("fivetran_async.hooks._logging._told", pytest.fail)
    LoggingHook(logger)(RequestStarted(operation="op", method="GET", target="/", attempt=1))


def test_a_percent_sign_is_text(caplog: pytest.LogCaptureFixture):
    """An encoded id would be taken for a placeholder of the message, and the record be lost."""
    caplog.set_level(logging.DEBUG, logger="fivetran_async.calls")
    LoggingHook()(RequestStarted(operation="GET /v1/x%20s", method="GET", target="/v1/x%20s%d", attempt=1))
    assert caplog.records[0].getMessage() == "GET /v1/x%20s: attempt 1: GET /v1/x%20s%d"


@pytest.mark.parametrize(
    "error",
    [
        NotFoundError("s3cret", status=404, code="a\nERROR b", headers={"X": "s3cret"}, body=b"s3cret"),
        RateLimitedError("s3cret", retry_after=3, sent=False),
        DecodeError("s3cret", status=200, body=b"s3cret"),
        ConnectError("s3cret", host="s3cret", port=1),
    ],
    ids=lambda error: type(error).__name__,
)
def test_nothing_of_a_reply_in_the_message(error: FivetranError, caplog: pytest.LogCaptureFixture):
    """What a reply repeats of a request, a password perhaps, would stand in the log, or break its lines."""
    caplog.set_level(logging.DEBUG, logger="fivetran_async.calls")
    error.attempts = (Attempt(number=1, error="s3cret"),)
    hook = LoggingHook()
    hook(RetryScheduled(operation="op", attempt=1, delay=1, error=error))
    hook(CallFailed(operation="op", error=error))
    hook(
        CallEnded(
            operation="op", method="GET", attempts=1, failures=error.attempts, status=None, seconds=1, error=error
        )
    )
    for record in caplog.records:
        assert "s3cret" not in record.getMessage() + repr(fields(record))
        assert "\n" not in record.getMessage()
        assert record.exc_info is None
    assert len(caplog.records) == 3
