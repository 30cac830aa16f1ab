"""On which line of a TOML text a key stands, and of any text a place."""

import re
from collections.abc import Mapping

from fivetran_async.audit._form import Way

_KEY = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_KEYS = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_KEYS})\s*\]")
_VALUE = re.compile(rf"\s*({_KEYS})\s*=")
_ONE = re.compile(_KEY)
_LONG = re.compile(r'"""|' + "'''")


def in_toml(text: str) -> Mapping[Way, int]:
    """Return the line of each key and table of a text that is valid TOML; inside a value, of the value's key alone."""
    found: dict[Way, int] = {}
    counts: dict[Way, int] = {}
    table: Way = ()
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if not inside:
            header, value = _HEADER.match(line), _VALUE.match(line)
            if header:
                table = _split(header[2])
                if header[1] == "[[":
                    found.setdefault(table, number)
                    counts[table] = counts.get(table, -1) + 1
                    table = (*table, counts[table])
                found.setdefault(table, number)
            elif value:
                found.setdefault((*table, *_split(value[1])), number)
        inside ^= len(_LONG.findall(line)) % 2 == 1
    return found


def of(way: Way, lines: Mapping[Way, int]) -> int | None:
    """Return the line of a place, or of the nearest one around it."""
    for length in range(len(way), 0, -1):
        if way[:length] in lines:
            return lines[way[:length]]
    return None


def _split(keys: str) -> Way:
    return tuple(key.strip("\"'") for key in _ONE.findall(keys))
