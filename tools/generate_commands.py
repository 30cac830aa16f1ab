"""Write what `fivetran-async api` knows, and docs/commands.md, from the resources; with --check only compare.

Each public method of a resource is a command. Its arguments come from the signature, its texts from the docstring, and
the operation that it calls from docs/operations.md.
"""

import inspect
import json
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs
from api_coverage import documented
from described import ROOT, called, dashed, line, methods, parsed, settled

from fivetran_async import waiting
from fivetran_async.models import waits
from fivetran_async.paging import Pager
from fivetran_async.types import UNSET, Unset

TARGET = ROOT / "fivetran_async" / "cli" / "api" / "commands.json"
DOCS = ROOT / "docs" / "commands.md"

# Only objects of Python can say these.
_OF_PYTHON = frozenset({"via"})
# Names that only type checkers load where they stand in a signature.
_NAMES = {**vars(waits), **vars(waiting)}


def main() -> int:
    """Write or compare."""
    calls = called()
    entries = [entry(path, function, calls.get(".".join(path), [])) for path, function in methods()]
    reached = sum(len(one["operations"]) for one in entries)
    if reached != len(documented()):
        print(f"{len(documented()) - reached} operations have no command")
        return 1
    texts = {TARGET: json.dumps(entries, indent=1, ensure_ascii=False) + "\n", DOCS: document(entries)}
    return settled(texts)


def entry(path: list[str], function: Callable[..., Any], operations: list[str]) -> dict[str, Any]:
    """Return what a command has to know of its method."""
    described = parsed(function)
    told = {param.arg_name: line(param.description) for param in described.params}
    hints = typing.get_type_hints(function, {**_NAMES, **function.__globals__})
    parameters = list(inspect.signature(function).parameters.values())[1:]
    found = [parameter(one, hints[one.name], told[one.name]) for one in parameters if one.name != "confirm"]
    return {
        "path": path,
        "operations": operations,
        "summary": line(described.short_description),
        "text": line(described.long_description),
        "returns": line(described.returns.description if described.returns else None).replace("A pager.", "A list."),
        "result": "none" if hints["return"] is type(None) else "list" if _is_list(hints["return"]) else "object",
        "confirm": any(one.name == "confirm" for one in parameters),
        "parameters": [one for one in found if one is not None],
    }


def _is_list(hint: Any) -> bool:
    return typing.get_origin(hint) in {Pager, Sequence}


def parameter(parameter: inspect.Parameter, hint: Any, text: str) -> dict[str, Any] | None:
    """Return what a command has to know of an argument; None of one that only Python can give."""
    required = parameter.default is inspect.Parameter.empty
    options = _options(hint)
    kinds = [one for one in options if one not in {Unset, type(None)}]
    if parameter.name in _OF_PYTHON or any(typing.get_origin(one) is Callable for one in kinds):
        return None
    found: dict[str, Any] = {"name": parameter.name, "help": text, **_kind(kinds)}
    found |= {"positional": True} if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD else {}
    found |= {"required": True} if required else {}
    found |= {"nullable": True} if parameter.default is UNSET and type(None) in options else {}
    if not required and parameter.default not in {None, UNSET, False, "poll"}:
        found["default"] = parameter.default
    return found


def _options(hint: Any) -> tuple[Any, ...]:
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        return tuple(option for part in typing.get_args(hint) for option in _options(part))
    return (hint,)


def _kind(kinds: Sequence[Any]) -> dict[str, Any]:
    """Return how the text of an argument is read: by the most particular type that it may have."""
    classes = [one for one in kinds if isinstance(one, type)]
    origins = {typing.get_origin(one) for one in kinds}
    if all(typing.get_origin(one) is typing.Literal for one in kinds):
        return {"kind": "choice", "choices": [choice for one in kinds for choice in typing.get_args(one)]}
    for known, kind in ((bytes, "file"), (datetime, "time"), (bool, "flag"), (int, "whole"), (float, "number")):
        if known in classes:
            return {"kind": kind}
    if any(getattr(one, "__name__", "") == "PathLike" for one in [*classes, *origins]):
        return {"kind": "path"}
    if origins & {Mapping} or (any(attrs.has(one) for one in classes) and str not in classes):
        return {"kind": "json"}
    if origins & {Sequence, Iterable}:
        plain = all(typing.get_args(one) == (str,) for one in kinds)
        return {"kind": "texts" if plain else "json"}
    if str in classes:
        return {"kind": "text"}
    raise SystemExit(f"no text can be read as {kinds}: say how in {Path(__file__).name}")


def document(entries: Sequence[Mapping[str, Any]]) -> str:
    """Return the page that lists all commands."""
    reached = sum(len(one["operations"]) for one in entries)
    lines = [
        "# Commands for all operations",
        "",
        f"`fivetran-async api` has {len(entries)} commands, which reach all {reached} operations of the API.",
        "[The command line](cli.md) says what they have in common.",
    ]
    group = None
    for one in entries:
        if one["path"][0] != group:
            group = one["path"][0]
            lines += ["", f"## {dashed(group)}", "", "| Command | What it does | Operation |", "| --- | --- | --- |"]
        called = ", ".join(f"`{operation}`" for operation in one["operations"])
        arguments = "".join(f" {param['name'].upper()}" for param in one["parameters"] if param.get("positional"))
        name = " ".join(map(dashed, one["path"]))
        lines.append(f"| `{name}{arguments}` | {one['summary'].replace('|', chr(92) + '|')} | {called} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
