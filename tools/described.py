"""What the tools share that write of the client's methods: which there are, and what their docstrings say."""

import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import docstring_parser
from api_coverage import documented
from docstring_parser import Docstring, DocstringStyle

from fivetran_async import Fivetran
from fivetran_async.resources._base import Resource

ROOT = Path(__file__).resolve().parent.parent


def resources() -> Iterator[tuple[str, Resource]]:
    """Yield each group of operations that a client has, by its name; no alias."""
    client = Fivetran("key", "secret")
    for name, value in sorted(vars(Fivetran).items()):
        if isinstance(value, functools.cached_property) and name != "connectors":
            holder = getattr(client, name)
            if isinstance(holder, Resource):
                yield name, holder


def methods() -> Iterator[tuple[list[str], Callable[..., Any]]]:
    """Yield the names that lead to each method of a client's resources, and the method."""
    for name, holder in resources():
        for _, path, function in members(holder, [name]):
            yield path, function


def members(holder: Resource, path: list[str]) -> Iterator[tuple[type[Resource], list[str], Callable[..., Any]]]:
    """Yield the methods of a group and of those below it: the class, the names that lead there, the method."""
    for name in sorted(dir(type(holder))):
        value = inspect.getattr_static(type(holder), name)
        if name.startswith("_"):
            continue
        if isinstance(value, functools.cached_property):
            yield from members(getattr(holder, name), [*path, name])
        elif inspect.isfunction(value):
            yield type(holder), [*path, name], value


def called() -> Mapping[str, list[str]]:
    """Return the operations that a method calls, such as `GET /v1/groups`, by the method's name: `groups.list`."""
    found: dict[str, list[str]] = {}
    for (verb, path), method in documented().items():
        found.setdefault(method, []).append(f"{verb} {path}")
    return found


def parsed(described: object) -> Docstring:
    """Return the docstring of a class or a function, in its parts."""
    return docstring_parser.parse(inspect.getdoc(described) or "", style=DocstringStyle.GOOGLE)


def line(text: str | None) -> str:
    """Return a text as one line."""
    return " ".join((text or "").split())


def dashed(name: str) -> str:
    """Return a name as commands have it."""
    return name.replace("_", "-")


def settled(texts: Mapping[Path, str]) -> int:
    """Write files, or with `--check` say which of them differ; return the exit status of the tool."""
    tool, *arguments = sys.argv
    different = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" not in arguments:
        for path in different:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[path], encoding="utf-8")
        return 0
    for path in different:
        print(f"{path.relative_to(ROOT)} is not what tools/{Path(tool).name} writes: run it")
    return int(bool(different))
