"""The tree of errors: which class, what it carries, that it travels, and that it shows no secret."""

import copy
import inspect
import pickle
import re
from collections.abc import Callable
from typing import Any

import pytest

import fivetran_async
import fivetran_sync
from fivetran_async import errors
from fivetran_async.errors import (
    ApiError,
    ArgumentError,
    Attempt,
    BadRequestError,
    ConflictError,
    ConnectError,
    DeadlineExceededError,
    DecodeError,
    FivetranError,
    ForbiddenError,
    NotFoundError,
    PaginationError,
    RateLimitedError,
    ServerError,
    TimedOutError,
    TransportError,
    UnauthorizedError,
    UnexpectedStatusError,
    api_error_class,
)

ATTEMPTS = (
    Attempt(number=1, error="TimedOutError: x", seconds=1.5, waited=0.25),
    Attempt(number=2, error="ServerError: y", status=503, seconds=0.5),
)
CLASSES = sorted(
    (
        cls
        for _, cls in inspect.getmembers(errors, inspect.isclass)
        if issubclass(cls, FivetranError) and cls.__module__ == errors.__name__
    ),
    key=lambda cls: cls.__name__,
)


def make(cls: type[FivetranError]) -> FivetranError:
    """Make an error of a class with every argument of its constructor given."""
    given: dict[str, Any] = {
        "message": "what went wrong",
        "attempts": ATTEMPTS,
        "sent": False,
        "host": "h",
        "port": 443,
        "status": 418,
        "code": "Teapot",
        "operation": "group_details",
        "request_id": "r1",
        "headers": {"A": "b"},
        "body": b"\xff",
        "retry_after": 2.5,
        "cursor": "c",
        "candidates": ("a", "b"),
        "expected": "00",
        "actual": "01",
        "result": "what was seen",
        "tests": ("a test",),
    }
    wanted: set[str] = set()
    for base in cls.__mro__:
        if issubclass(base, FivetranError):
            wanted |= set(inspect.signature(base.__init__).parameters)
    arguments = {name: value for name, value in given.items() if name in wanted}
    if issubclass(cls, ConnectError):
        del arguments["sent"]
    return cls(**arguments)


def pickled(value: Any) -> Any:
    """Send a value through pickle."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - its own bytes


@pytest.mark.parametrize(
    ("status", "cls"),
    [
        (100, UnexpectedStatusError),
        (301, UnexpectedStatusError),
        (304, UnexpectedStatusError),
        (400, BadRequestError),
        (401, UnauthorizedError),
        (402, UnexpectedStatusError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (405, UnexpectedStatusError),
        (406, UnexpectedStatusError),
        (408, UnexpectedStatusError),
        (409, ConflictError),
        (415, UnexpectedStatusError),
        (429, RateLimitedError),
        (500, ServerError),
        (502, ServerError),
        (503, ServerError),
        (599, ServerError),
    ],
)
def test_class_by_status(status: int, cls: type[ApiError]):
    """A caller's `except NotFoundError` would catch something else."""
    assert api_error_class(status) is cls


@pytest.mark.parametrize("twin", [pickled, copy.copy, copy.deepcopy], ids=["pickle", "copy", "deep"])
@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_travels(cls: type[FivetranError], twin: Callable[[Any], Any]):
    """An error could not cross to another process, or would lose what it says on the way."""
    error = make(cls)
    error.add_note("seen in a worker")
    assert len(vars(error)) >= 2
    other = twin(error)
    assert type(other) is cls
    assert vars(other) == vars(error)
    assert vars(other) is not vars(error)
    assert (str(other), repr(other), other.args) == (str(error), repr(error), error.args)
    assert other.attempts == ATTEMPTS


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_exported_from_both_roots(cls: type[FivetranError]):
    """An error could not be caught by the name under which the package promises it, or would differ by colour."""
    assert getattr(fivetran_async, cls.__name__) is cls
    assert getattr(fivetran_sync, cls.__name__) is cls


def test_the_tree_is_drawn():
    """The drawing of the tree would lack a class, or hang it on another branch."""
    drawn: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").split("```")[1].strip().splitlines():
        match = re.match(r"(?P<lead>[|` -]*)(?P<name>\w+)", line)
        assert match is not None
        depth = len(match["lead"]) // 3
        above[depth:] = [match["name"]]
        drawn[match["name"]] = above[depth - 1] if depth else "Exception"
    assert drawn == {cls.__name__: cls.__bases__[0].__name__ for cls in CLASSES}


def test_argument_errors_are_value_errors():
    """`except ValueError` would not catch a refused argument."""
    assert issubclass(ArgumentError, ValueError)
    for cls in CLASSES:
        assert issubclass(cls, ValueError) == issubclass(cls, ArgumentError)


def test_what_was_sent():
    """A caller would repeat, or not repeat, a call by a wrong belief about what arrived."""
    assert ConnectError("x", host="h", port=None).sent is False
    for cls in (TransportError, TimedOutError, DeadlineExceededError):
        assert cls("x").sent is None
        assert cls("x", sent=True).sent is True
    assert RateLimitedError("x").sent is True
    assert RateLimitedError("x", sent=False).sent is False


def test_defaults():
    """An error made by hand, as in a user's test, would lack an attribute that handlers read."""
    error = ApiError("m", status=500)
    assert (error.code, error.operation, error.request_id, error.headers) == ("", "", None, {})
    assert (error.body, error.retry_after, error.attempts, error.message) == (b"", None, (), "m")
    decode = DecodeError("m")
    assert (decode.status, decode.body, decode.operation, decode.attempts) == (None, b"", "", ())
    assert PaginationError("m", cursor="c").cursor == "c"


def test_headers_are_the_errors_own():
    """An error would keep the reply's own mapping, which may not pickle, or be changed through it."""
    headers = {"A": "b"}
    error = ApiError("m", status=500, headers=headers)
    headers["A"] = "c"
    assert error.headers == {"A": "b"}


def test_text():
    """Someone who reads a log would not see what failed, how, or what to do."""
    error = UnauthorizedError("Bad key", status=401, code="AuthFailed", operation="list_all_groups", request_id="r")
    assert str(error).startswith("list_all_groups: 401 AuthFailed: Bad key (check the API key")
    assert str(error).endswith("[request r]")
    assert "FIVETRAN_API_KEY" in str(error)
    limited = RateLimitedError("Too many", operation="x", retry_after=3600.0)
    assert str(limited) == "x: 429: Too many (wait 3600 s)"
    assert str(ServerError("", status=500)) == "500"


@pytest.mark.parametrize("cls", [cls for cls in CLASSES if issubclass(cls, ApiError | DecodeError)])
def test_body_and_headers_are_not_shown(cls: type[FivetranError]):
    """A secret in a reply's body or headers would stand in a log or a traceback."""
    secret = "s3cret"
    arguments: dict[str, Any] = {"status": 400, "body": secret.encode()}
    if issubclass(cls, ApiError):
        arguments["headers"] = {"Set-Cookie": secret, "Authorization": f"Basic {secret}"}
    error = cls("m", **arguments)
    assert secret not in str(error)
    assert secret not in repr(error)
