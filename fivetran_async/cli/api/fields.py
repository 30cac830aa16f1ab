"""The fields of what is shown: those that there are, what they are as text, and which of them suit a table."""

import json
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final, cast

# A table of all fields would fit no terminal.
_COLUMNS: Final = 7
# What a terminal's table has beside the text of a cell.
_AROUND: Final = 3
# A longer text is folded.
_LONG: Final = 24


def field_of(item: Any, name: str) -> Any:
    """Return a field of plain JSON, such as `status.setup_state`; None where there is none."""
    for part in name.split("."):
        if isinstance(item, dict):
            item = cast("dict[str, Any]", item).get(part)
        elif isinstance(item, list):
            parts = cast("list[Any]", item)
            item = parts[int(part)] if part.isdecimal() and int(part) < len(parts) else None
        else:
            return None
    return item  # pyright: ignore[reportUnknownVariableType] - plain JSON of whatever kind


def text_of(value: Any) -> str:
    """Return a value as a cell shows it: texts as they are, nothing for null, all else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def all_columns(rows: Sequence[Any]) -> list[str]:
    """Return the names of all fields of all items; a name that all items have where there are none."""
    return _names(rows) or ["id"]


def _names(rows: Sequence[Any]) -> list[str]:
    return list({name: None for row in rows if isinstance(row, dict) for name in cast("dict[str, Any]", row)})


def suited_columns(rows: Sequence[Any], width: int | None) -> Sequence[str]:
    """Return the fields that say most in little room, as they come, and no more than fit.

    Those that all items have as no objects or lists, and the texts in a status; what all items lack says nothing.

    Args:
        rows: The items.
        width: How wide a terminal is; None for what has no end.
    """
    found: list[str] = []
    for name in all_columns(rows):
        inner = _names([field_of(row, name) for row in rows]) if name == "status" else []
        found += [f"{name}.{one}" for one in inner] or [name]
    lengths = {name: length for name in found if (length := _length(rows, name))}
    chosen = list(lengths)[:_COLUMNS]
    if width is not None:
        ends = accumulate(max(min(lengths[name], _LONG), len(name)) + _AROUND for name in chosen)
        chosen = [name for name, end in zip(chosen, ends, strict=True) if end <= width] or chosen[:1]
    return chosen or ["id"]


def _length(rows: Sequence[Any], name: str) -> int:
    """Return how long the longest text of a field is; 0 for a field that suits no table."""
    values = [field_of(row, name) for row in rows]
    whole = "." not in name
    unfit = name.endswith("_url") or any(
        isinstance(value, (dict, list) if whole else (dict, list, bool)) for value in values
    )
    return 0 if unfit else max((len(text_of(value)) for value in values), default=0)
