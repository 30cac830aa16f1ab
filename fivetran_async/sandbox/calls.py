"""One request after HTTP: what a handler is given, and what it is read with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from fivetran_async.sandbox.replies import invalid

JsonObject: TypeAlias = dict[str, Any]
"""A decoded JSON object."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that is authenticated, routed and parsed.

    Attributes:
        path: The placeholders of the path, percent-decoded.
        query: The query parameters; of a repeated one the last.
        body: The decoded JSON object, or None when there was no body.
        version: 1, or 2 when the `Accept` header asked for it.
        file: The bytes of the part named `file` of a multipart body, or None.
    """

    path: dict[str, str] = field(default_factory=dict[str, str])
    query: dict[str, str] = field(default_factory=dict[str, str])
    body: JsonObject | None = None
    version: int = 2
    file: bytes | None = None

    @property
    def wanted_body(self) -> JsonObject:
        """The body, refused with 400 when there is none."""
        if self.body is None:
            raise invalid("Request body is required")
        return self.body


def as_object(value: object) -> JsonObject | None:
    """Return a decoded JSON value when it is an object, otherwise None."""
    return cast("JsonObject", value) if isinstance(value, dict) else None


def as_list(value: object) -> Sequence[Any] | None:
    """Return a decoded JSON value when it is an array, otherwise None."""
    return cast("Sequence[Any]", value) if isinstance(value, list) else None
