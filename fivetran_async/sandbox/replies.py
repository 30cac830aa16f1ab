"""Fivetran's envelope: what every answer, good or bad, is wrapped in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

CODES: Final[dict[int, str]] = {
    400: "InvalidInput",
    # The strings of 401, 403, 405, 406, 413, 415 and 5xx are not documented: a client branches on the status.
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    409: "Conflict",
    413: "PayloadTooLarge",
    415: "UnsupportedMediaType",
    429: "TooManyRequests",
    500: "InternalServerError",
    502: "BadGateway",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}
"""The `code` that goes with a status where nothing more exact is known."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer.

    Attributes:
        status: The HTTP status.
        body: The envelope.
        headers: What goes out beside the usual headers.
        content: Bytes that go out in the envelope's place, as `application/zip`.
        then: What is still to do without the account's lock, such as a call to somebody else; what it returns is
            the answer in this one's place.
    """

    status: int
    body: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    content: bytes | None = None
    then: Callable[[], Awaitable[Reply]] | None = None


class RefusalError(Exception):
    """A request that Fivetran would answer with an error.

    Args:
        status: The HTTP status.
        message: The text for people.
        code: The API's word for it; left out, the usual one of the status.
        headers: What the answer carries beside the usual headers.
    """

    def __init__(
        self, status: int, message: str, code: str | None = None, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, message, code)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})
        self.code = CODES.get(status, "Error") if code is None else code

    @property
    def reply(self) -> Reply:
        """The answer that says so."""
        return Reply(self.status, {"code": self.code, "message": self.message}, self.headers)


def done(message: str, data: object = None, *, status: int = 200) -> Reply:
    """Return a success; `data` is absent from an empty one, as it is on the wire."""
    body: dict[str, Any] = {"code": "Success", "message": message}
    if data is not None:
        body["data"] = data
    return Reply(status, body)


def found(data: object) -> Reply:
    """Return what was asked for: successful reads carry no message."""
    return Reply(200, {"code": "Success", "data": data})


def invalid(message: str) -> RefusalError:
    """Return the refusal of a request whose content is wrong."""
    return RefusalError(400, message)


def missing(kind: str, name: str, code: str | None = None) -> RefusalError:
    """Return the refusal of an unknown id; `kind` is the word the API uses, such as `Connection`."""
    return RefusalError(404, f"{kind} with id '{name}' doesn't exist", f"NotFound_{kind}" if code is None else code)
