"""YAML that says what it seems to say: nothing twice, nothing that holds itself, and the line of each of its parts.

Wants PyYAML, an extra: who imports this says so.
"""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, Final, cast

import yaml

_WORDS: Final = {"true": True, "false": False, "null": None, "~": None, "": None}
_WHOLE: Final = re.compile(r"[-+]?[0-9]{1,18}")
# Several times as fast, where the wheel of PyYAML has it.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE: Final = "tag:yaml.org,2002:merge"


def read(text: str) -> Any:
    """Return a text as plain data in which keys are texts, and only true and false are booleans.

    YAML 1.1 takes a table of the name `no`, `on` or `2024` for something else.

    Raises:
        ValueError: It is empty, no YAML, or says something twice; the message begins with the line.
    """
    with _composed(text) as (loader, node):
        if node is None:
            raise ValueError("is empty")
        return _Reader(loader).value(node)


def construct(text: str) -> Any:
    """Return a text as YAML 1.1 has it: numbers, dates, and `on` and `off` for true and false; None if it is empty.

    Raises:
        ValueError: It is no YAML, or says something twice; the message begins with the line.
    """
    with _composed(text) as (loader, node):
        return None if node is None else loader.construct_document(node)


@contextmanager
def _composed(text: str) -> Generator[tuple[Any, yaml.Node | None]]:
    """Give the nodes of a text, which are checked, and what makes data of them."""
    loader: Any = None
    try:
        loader = _LOADER(text)
        node: yaml.Node | None = loader.get_single_node()
        if node is not None:
            _check(node, set(), set())
        yield loader, node
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f":{error.problem_mark.line + 1}"
        raise ValueError(f"{line}: no YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise ValueError(f": no YAML: {' '.join(str(error).split())}") from None
    finally:
        if loader is not None:
            loader.dispose()


def _check(node: yaml.Node, known: set[int], around: set[int]) -> None:
    """Refuse what YAML's readers take, and nobody means; a node that aliases name again is looked at once."""
    if id(node) in around:
        raise _refused(node, "holds itself")
    if id(node) in known or not isinstance(node, yaml.CollectionNode):
        return
    known.add(id(node))
    around.add(id(node))
    inner = list(node.value)
    if isinstance(node, yaml.MappingNode):
        keys: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _refused(key, "a key must be a text")
            if key.tag != _MERGE and key.value in keys:
                raise _refused(key, f"{key.value!r} is named twice in one mapping; only one of them could count")
            keys.add(key.value)
        inner = [value for _, value in node.value]
    for item in inner:
        _check(item, known, around)
    around.discard(id(node))


def write(data: Any) -> str:
    """Return plain data as YAML, in the order that it has, in a form that `read` and YAML 1.1 take for the same."""
    # The checkers' stubs leave a part of its type open.
    text: str = cast("Any", yaml).safe_dump(data, sort_keys=False, allow_unicode=True)
    return text


def lines(text: str) -> Iterator[tuple[tuple[str | int, ...], int]]:
    """Yield the line of every key and item of a text that was read before."""
    yield (), 1
    with _composed(text) as (_, root):
        if root is not None:
            yield from _lines(root, (), set())


def _lines(
    node: yaml.Node, place: tuple[str | int, ...], seen: set[int]
) -> Iterator[tuple[tuple[str | int, ...], int]]:
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, item in node.value:
            inner = (*place, str(key.value))
            yield inner, key.start_mark.line + 1
            yield from _lines(item, inner, seen)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield (*place, number), item.start_mark.line + 1
            yield from _lines(item, (*place, number), seen)


class _Reader:
    """Makes plain data of nodes."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        # By node: an alias names one again, and aliases of aliases would be read for ever.
        self._made: dict[int, Any] = {}

    def value(self, node: yaml.Node) -> Any:
        if id(node) not in self._made:
            self._made[id(node)] = self._make(node)
        return self._made[id(node)]

    def _make(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item) for item in node.value]
        text = str(node.value)
        # What is written without quotes has the style None, or an empty one from the parser in C.
        if not getattr(node, "style", None):
            word = text.lower()
            if word in _WORDS:
                return _WORDS[word]
            if _WHOLE.fullmatch(text):
                return int(text)
        return text

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        self._loader.flatten_mapping(node)
        return {str(key.value): self.value(item) for key, item in node.value}


def _refused(node: yaml.Node, problem: str) -> ValueError:
    return ValueError(f":{node.start_mark.line + 1}: {problem}")
