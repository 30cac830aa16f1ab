"""The marker for an argument that was left out, and names for plain JSON."""

import enum
import os
from collections.abc import AsyncIterable, Iterable, Mapping
from typing import Any, Final, Literal, TypeAlias


class Unset(enum.Enum):
    """The type of `UNSET`; a class of its own, so that type checkers can narrow on `is UNSET`."""

    UNSET = "UNSET"

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET
"""An argument that was left out and is not sent; `None` is sent as null."""

JsonObject: TypeAlias = Mapping[str, Any]
"""A JSON object; service-specific parts of the API are no narrower than this."""

QueryValue: TypeAlias = str | int | bool | Unset | None
Query: TypeAlias = Mapping[str, QueryValue]
"""Query parameters; an unset or None one is not sent."""

FileSource: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | AsyncIterable[bytes] | Iterable[bytes]
"""What can be sent as a file: the path of one, its bytes, or pieces of them, asynchronous or not."""
