"""The files that both type checkers read name all that is public; the checkers themselves run as a session."""

import ast
import inspect
from pathlib import Path

import pytest

import fivetran_async.audit
from fivetran_async.client import Fivetran

HERE = Path(__file__).parent


def words(path: Path) -> set[str]:
    """Return every name and attribute that a file uses."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("name", ["user_async.py", "user_sync.py"])
def test_every_public_name_is_checked(name: str) -> None:
    """A public name could have a wrong type in one colour, and nobody would notice."""
    used = words(HERE / name)
    missing = {*fivetran_async._HOMES, *fivetran_async.audit.__all__} - used
    resources = {attribute for attribute, _ in inspect.getmembers(Fivetran) if not attribute.startswith("_")}
    assert not missing
    assert not resources - used
