"""Pages: limit, opaque cursor, and no `next_cursor` on the last one."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec

from fivetran_async.sandbox.replies import Reply, found, invalid

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1000

T = TypeVar("T")


class _Position(msgspec.Struct):
    skip: int


def page(items: Sequence[T], query: Mapping[str, str], view: Callable[[T], Any]) -> Reply:
    """Return one page; only the items that are on it are rendered.

    Args:
        items: All of them, in a steady order.
        query: The request's query, for `limit` and `cursor`.
        view: Renders one item.
    """
    limit = _limit(query.get("limit"))
    skip = _skip(query.get("cursor"))
    data: dict[str, Any] = {"items": [view(item) for item in items[skip : skip + limit]]}
    if skip + limit < len(items):
        data["next_cursor"] = cursor(skip + limit)
    return found(data)


def cursor(skip: int) -> str:
    """Return the opaque word that stands for a place in a list."""
    return base64.urlsafe_b64encode(msgspec.json.encode(_Position(skip))).decode()


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    # The answer to a limit out of range is not documented; 400 is what the other wrong parameters get.
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MAX_LIMIT:
        raise invalid(f"Parameter 'limit' must be a number between 1 and {MAX_LIMIT}")
    return int(text)


def _skip(text: str | None) -> int:
    if not text:
        return 0
    try:
        position = msgspec.json.decode(base64.b64decode(text, altchars=b"-_", validate=True), type=_Position)
    except (ValueError, binascii.Error, msgspec.DecodeError):
        raise invalid("Parameter 'cursor' is not valid") from None
    if position.skip < 0:
        raise invalid("Parameter 'cursor' is not valid")
    return position.skip
