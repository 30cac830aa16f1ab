"""On which line of a TOML or YAML text a key stands."""

import re
from collections.abc import Mapping
from typing import Any

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


def in_yaml(node: Any) -> Mapping[Way, int]:
    """Return the line of each key and item of a composed YAML document."""
    found: dict[Way, int] = {}

    def visit(node: Any, way: Way) -> None:
        found.setdefault(way, node.start_mark.line + 1)
        if node.id == "mapping":
            for key, value in node.value:
                found.setdefault((*way, key.value), key.start_mark.line + 1)
                visit(value, (*way, key.value))
        elif node.id == "sequence":
            for number, item in enumerate(node.value):
                visit(item, (*way, number))

    if node is not None:
        visit(node, ())
    return found


def of(way: Way, lines: Mapping[Way, int]) -> int | None:
    """Return the line of a place, or of the nearest one around it."""
    for length in range(len(way), 0, -1):
        if way[:length] in lines:
            return lines[way[:length]]
    return None


def _split(keys: str) -> Way:
    return tuple(key.strip("\"'") for key in _ONE.findall(keys))
