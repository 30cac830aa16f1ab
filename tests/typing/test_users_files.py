"""The files that both type checkers read name all that is public; the checkers themselves run as a session."""

import ast
import inspect
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from pathlib import Path

import pytest

from fivetran_async.operations import OPERATIONS

HERE = Path(__file__).parent
COLOURS = ("async", "sync")


def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def nodes(colour: str) -> Iterator[ast.AST]:
    """Walk over all files of a colour."""
    for path in sorted(HERE.glob(f"user*_{colour}.py")):
        yield from ast.walk(tree(path))


def asserted_calls(colour: str) -> set[str]:
    """Return the calls whose results' types are asserted, such as `teams.users.add`."""
    found: set[str] = set()
    for node in nodes(colour):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "assert_type":
            value = node.args[0].value if isinstance(node.args[0], ast.Await) else node.args[0]
            if isinstance(value, ast.Call):
                found.add(ast.unparse(value.func).removeprefix("ft."))
    return found


def methods(owner: object, path: str = "") -> Iterator[str]:
    """Name the public methods of all resources of a client, nested ones by their paths."""
    for name, member in inspect.getmembers_static(type(owner)):
        if isinstance(member, cached_property):
            yield from methods(getattr(owner, name), f"{path}{name}.")
        elif path and inspect.isfunction(member) and not name.startswith("_"):
            yield f"{path}{name}"


@pytest.mark.parametrize("colour", COLOURS)
def test_every_public_name_is_checked(colour: str) -> None:
    """Otherwise a public name could have a wrong type in one colour, and nobody would notice."""
    package = import_module(f"fivetran_{colour}")
    exported = {*package.__all__, *import_module(f"fivetran_{colour}.audit").__all__}
    # The asyncio package loads its names when they are first used.
    exported |= {*import_module("fivetran_sync.schema_plan").__all__}
    members = {name for name, _ in inspect.getmembers(package.Fivetran) if not name.startswith("_")}
    unused = exported - {node.id for node in nodes(colour) if isinstance(node, ast.Name)}
    untouched = members - {node.attr for node in nodes(colour) if isinstance(node, ast.Attribute)}
    assert not unused
    assert not untouched


@pytest.mark.parametrize("colour", COLOURS)
def test_every_name_for_connectors_is_checked(colour: str) -> None:
    """Otherwise a connector, or what deploys one, could have a wrong type in one colour."""
    package = import_module(f"fivetran_{colour}.connector_sdk")
    # What runs inside a connector is asynchronous in any case.
    exported = set(package._HOMES if colour == "async" else package.__all__)
    unused = exported - {node.id for node in nodes(colour) if isinstance(node, ast.Name)}
    assert not unused


@pytest.mark.parametrize("colour", COLOURS)
def test_every_method_of_every_resource_is_checked(colour: str) -> None:
    """Otherwise a call could take or return something else than a user's type checker says."""
    public = set(methods(import_module(f"fivetran_{colour}").Fivetran.anonymous()))
    assert len(public) >= len(OPERATIONS)
    missing = public - asserted_calls(colour)
    assert not missing


@pytest.mark.parametrize("topic", ["administration", "connectors", "models", "resources", "waits"])
def test_colours_are_checked_alike(topic: str) -> None:
    """Otherwise what holds for a user of one colour need not hold for one of the other."""
    text = (HERE / f"user_{topic}_async.py").read_text(encoding="utf-8")
    for word, instead in (("async def ", "def "), ("await ", ""), ("fivetran_async", "fivetran_sync")):
        text = text.replace(word, instead)
    docstring, *expected = ast.parse(text).body
    assert isinstance(docstring, ast.Expr)
    assert list(map(ast.dump, tree(HERE / f"user_{topic}_sync.py").body[1:])) == list(map(ast.dump, expected))
