"""A file of plain data, YAML or JSON, that knows on which line each of its parts stands."""

import bisect
import json
import os
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeAlias

import attrs

from fivetran_async._forks import loading
from fivetran_async.errors import DesiredStateError
from fivetran_async.schema_plan.names import full_name

Place: TypeAlias = tuple[str | int, ...]
"""Where something stands in plain data: the keys and numbers on the way to it."""

_SPACE: Final = re.compile(r"[ \t\r\n]*")


@attrs.frozen(slots=False)
class Document:
    """Plain data with the place that it came from.

    Attributes:
        name: The file, or what the data is called.
        data: The data.
    """

    name: str
    data: Any = attrs.field(repr=False)
    _text: str | None = attrs.field(default=None, repr=False)
    _is_yaml: bool = attrs.field(default=False, repr=False, alias="_is_yaml")

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> "Document":
        """Read a file, as YAML or JSON by its ending.

        Raises:
            DesiredStateError: It cannot be read, or is neither.
        """
        name, ending = os.fspath(path), Path(path).suffix.lower()
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
        except OSError as error:
            raise _refused(name, f"cannot be read: {error.strerror or error}") from None
        except UnicodeDecodeError as error:
            raise _refused(name, f"is not UTF-8 at byte {error.start}") from None
        if ending == ".json":
            return _from_json(name, text)
        if ending in {".yaml", ".yml"}:
            return _from_yaml(name, text)
        raise _refused(name, "must end in .yaml, .yml or .json")

    def where(self, place: Sequence[str | int]) -> str:
        """Return the file and the line of a part of the data, or its place where there is no file."""
        if self._text is None:
            return f"{self.name}{_spelt(place)}"
        place = tuple(place)
        while place not in self._lines:
            place = place[:-1]
        return f"{self.name}:{self._lines[place]}"

    @cached_property
    def _lines(self) -> dict[Place, int]:
        # Only for what is wrong: not kept as nodes, which are many times as large as the text.
        if self._text is None:
            return {(): 1}
        return dict(_yaml().lines(self._text) if self._is_yaml else _json_lines(self._text))


def _spelt(place: Sequence[str | int]) -> str:
    return "".join(f".{full_name(str(part))}" for part in place)


def _refused(name: str, problem: str) -> DesiredStateError:
    separator = "" if problem.startswith(":") else " "
    message = f"{name}{separator}{problem}"
    return DesiredStateError(message, problems=(message,))


def _from_json(name: str, text: str) -> Document:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise _refused(name, f"names {key!r} twice in one object; only one of them could count")
            found[key] = value
        return found

    try:
        return Document(name, json.loads(text, object_pairs_hook=unique), text)
    except json.JSONDecodeError as error:
        raise _refused(name, f":{error.lineno}: no JSON: {error.msg} at column {error.colno}") from None
    except RecursionError:
        raise _refused(name, "is nested too deep") from None


def _json_lines(text: str) -> Iterator[tuple[Place, int]]:
    """Yield the line of every key and item of JSON that was read before, so that it has no mistakes."""
    ends = [match.start() for match in re.finditer("\n", text)]
    read = json.JSONDecoder().raw_decode

    def after_space(at: int) -> int:
        match = _SPACE.match(text, at)
        return at if match is None else match.end()

    def walk(place: Place, at: int, found: list[tuple[Place, int]]) -> int:
        if text[at] not in "{[":
            return read(text, at)[1]
        keyed, number = text[at] == "{", 0
        at = after_space(at + 1)
        while text[at] not in "}]":
            key: str | int = number
            found.append((place, at))
            if keyed:
                key, at = read(text, at)
                at = after_space(after_space(at) + 1)
            found[-1] = ((*place, key), found[-1][1])
            at = after_space(walk((*place, key), at, found))
            at = after_space(at + 1) if text[at] == "," else at
            number += 1
        return at + 1

    found: list[tuple[Place, int]] = []
    walk((), after_space(0), found)
    yield (), 1
    for place, at in found:
        yield place, bisect.bisect(ends, at) + 1


def _from_yaml(name: str, text: str) -> Document:
    try:
        data = _yaml().read(text)
    except ImportError:
        message = "is YAML, which wants an extra: pip install 'fivetran-async[yaml]'; or write JSON"
        raise _refused(name, message) from None
    except ValueError as error:
        raise _refused(name, str(error)) from None
    except RecursionError:
        raise _refused(name, "is nested too deep") from None
    return Document(name, data, text, _is_yaml=True)


def _yaml() -> ModuleType:
    # An extra, and those who write JSON do without it.
    with loading():
        return import_module("fivetran_async._yaml")
