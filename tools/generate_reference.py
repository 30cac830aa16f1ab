"""Write docs/reference: a page for each group of operations and each module of models, and for the rest of the library.

Everything is derived: signatures and texts from the methods, paths and repeats from `OPERATIONS`, commands from what
`fivetran-async api` is made of. With --check only compare. What a docstring says of being sent again, and of limits of
its own, is held against its operation.
"""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import click
from described import ROOT, called, line, members, parsed, resources, settled
from docstring_parser import Docstring
from reference_library import library, models

from fivetran_async.cli.api.tree import command_of, entries
from fivetran_async.operation import Operation, RateClass
from fivetran_async.operations import OPERATIONS
from fivetran_async.resources._base import Resource

TARGET = ROOT / "docs" / "reference"

# What a signature may take before each argument has a line.
WIDTH = 100

MARK = "Written by `python tools/generate_reference.py`."

_HEAD = f"""# Reference

{MARK}

`ft` is a client: `fivetran_async.Fivetran`, or `fivetran_sync.Fivetran`, whose methods have the same names, arguments
and results, without `await`. A pager is read by `async for` in the one and by `for` in the other.

Of each method the pages say what it costs in calls, of which an account has 20,000 an hour. What all have in common:

- A reply of 429 is waited out and the call is sent again, whatever it is, and so is a call of which nothing was sent;
  as often as the [policy](../limits.md) allows. *Sent again when its outcome is unknown* is about the rest: a time-out,
  a broken connection, a 5xx.
- Any call may raise any [error](library/errors.md) of a call, such as `UnauthorizedError`, `RateLimitedError` and
  `TransportError`; the pages name what is particular to a method.
- An argument whose default is `UNSET` is not sent when it is left out; None is sent as null.
- `confirm=True` is wanted by what destroys data. In a command it is `--yes`.
"""

# What a docstring says of a call that counts against a window of its own.
_CLASSES = {
    RateClass.SETUP_TESTS: "setup-test class",
    RateClass.SOURCE: "reaches the source",
    RateClass.USER_CREATION: "user-creation class",
    RateClass.PRIVATE_LINK_CREATION: "private-link-creation class",
}
_COST = re.compile(r"\s*Costs,? (?P<cost>.*?)\.(?=\s|$)")
_API = re.compile(r"\s*API: (?P<pages>https://\S+?(?: and https://\S+?)*)\.(?=\s|$)")
_UNKNOWN = re.compile(
    r"(?:, which is|; it is|,)(?P<never> not)? repeated when its outcome is unknown(?: unless (?P<unless>`[^`]+`))?"
)


@attrs.frozen(kw_only=True)
class Method:
    """What a page says of a method.

    Attributes:
        path: The names that lead to it.
        holder: The class that has it.
        function: The method.
        operation: What it calls; None for one that is made of others.
        docs: Its docstring.
        cost: What it costs, in the words of its docstring.
    """

    path: Sequence[str]
    holder: type[Resource]
    function: Callable[..., Any]
    operation: Operation[Any] | None
    docs: Docstring
    cost: str

    @property
    def name(self) -> str:
        """The names with dots between them."""
        return ".".join(self.path)

    @property
    def short(self) -> str:
        """The name without that of its group."""
        return ".".join(self.path[1:])

    @property
    def anchor(self) -> str:
        """The heading as links have it."""
        return re.sub(r"[^\w-]", "", self.name)

    @property
    def node(self) -> ast.FunctionDef | ast.AsyncFunctionDef:
        """The method as it is written: with the annotations that its author chose."""
        (node,) = ast.parse(textwrap.dedent(inspect.getsource(self.function))).body
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            raise TypeError(f"{self.name} is no function")
        return node


def main() -> int:
    """Write or compare."""
    groups = {name: [*group(name, holder)] for name, holder in resources()}
    pages = {f"resources/{name}.md": page(name, found) for name, found in groups.items()}
    others = {**models(), **library()}
    texts = {TARGET / name: text for name, text in {**pages, **others, "README.md": contents(groups, others)}.items()}
    for path in sorted({*TARGET.rglob("*.md")} - {*texts}):
        print(f"{path.relative_to(ROOT)} is of something that is gone: delete it")
        return 1
    return settled(texts)


def group(name: str, holder: Resource) -> Iterator[Method]:
    """Yield the methods of a group of operations, those of itself first."""
    calls = called()
    by_path = {str(operation): operation for operation in OPERATIONS}
    for owner, path, function in sorted(members(holder, [name]), key=lambda member: (len(member[1]), member[1])):
        docs = parsed(function)
        told = f"{line(docs.long_description)} {line(docs.returns.description if docs.returns else None)}"
        found = _COST.search(told)
        operations = [by_path[call] for call in calls.get(".".join(path), [])]
        if found is None or len(operations) > 1:
            raise SystemExit(f"{'.'.join(path)}: its docstring must say what it costs, and it calls one operation")
        method = Method(
            path=path,
            holder=owner,
            function=function,
            operation=operations[0] if operations else None,
            docs=docs,
            cost=found["cost"],
        )
        honest(method)
        yield method


def honest(method: Method) -> None:
    """Stop where a docstring says something else of repeats and limits than what the client does."""
    operation = method.operation
    if operation is None:
        return
    told = _UNKNOWN.search(method.cost)
    unless, never = bool(told and told["unless"]), bool(told and told["never"])
    steered = "idempotent=" in inspect.getsource(method.function)
    if unless != steered or (never == operation.idempotent and not steered):
        raise SystemExit(f"{method.name}: its docstring says something else than {operation.id} of being sent again")
    mark = _CLASSES.get(operation.rate_class)
    if mark is not None and mark not in method.cost:
        raise SystemExit(f"{method.name}: its docstring does not say that it {mark!r}")


def page(name: str, methods: Sequence[Method]) -> str:
    """Return the page of a group."""
    whole = methods[0].holder
    lines = [
        f"# `ft.{name}`",
        "",
        *_intro(_about(whole), whole),
        "",
        f"{MARK} [How to read it](../README.md).",
        "",
        "| Method | What it does | Calls | Sent again |",
        "| --- | --- | --- | --- |",
        *(
            f"| [`{it.short}`](#{it.anchor}) | {cell(_summary(it))} | {cell(cost(it))} | {again(it)} |"
            for it in methods
        ),
        "",
        f"## Methods of `{name}`",
    ]
    above = methods[0].path[:-1]
    for method in methods:
        if method.path[:-1] != above:
            above = method.path[:-1]
            told = line(inspect.getattr_static(whole, above[-1]).__doc__)
            lines += ["", f"## `{'.'.join(above)}`", "", *_intro(told, method.holder)]
        lines += ["", *section(method)]
    return "\n".join(lines) + "\n"


def _about(holder: type[Resource]) -> str:
    """Return what the module of a group is about."""
    return line(parsed(inspect.getmodule(holder)).short_description)


def _intro(told: str, holder: type[Resource]) -> list[str]:
    """Return what a group is, what its class has to say besides, and its pages of the API as links."""
    docs = parsed(holder)
    text = f"{line(docs.short_description)} {line(docs.long_description)}"
    found = _API.search(text)
    if found is None:
        raise SystemExit(f"{holder.__name__}: its docstring must name its page of the API")
    besides = _API.sub("", line(docs.long_description))
    pages = ", ".join(f"[{url.rpartition('/')[2]}]({url})" for url in found["pages"].split(" and "))
    return [f"{told} {besides}".strip(), "", f"The API's own page: {pages}."]


def section(method: Method) -> Iterator[str]:
    """Yield the lines about a method."""
    yield from (f"### `{method.name}`", "", _summary(method))
    if text := _rest(line(method.docs.long_description)):
        yield from ("", text)
    yield from ("", "```text", _signature(method), "```", "")
    if arguments := [*_arguments(method)]:
        yield from ("| Argument | Type | What it is |", "| --- | --- | --- |", *arguments, "")
    if returned := _rest(line(method.docs.returns.description if method.docs.returns else None)):
        yield f"- **Returns** {returned[0].lower()}{returned[1:]}"
    yield f"- **Costs** {cost(method)}."
    if method.operation is not None:
        yield f"- **Operation:** `{method.operation}`"
        yield f"- **Sent again when its outcome is unknown:** {again(method)}"
    yield f"- **Command:** `{command(method)}`"
    if method.docs.raises:
        yield "- **Raises**"
        yield from (f"    - `{one.type_name}`: {line(one.description)}" for one in method.docs.raises)


def _summary(method: Method) -> str:
    return line(method.docs.short_description)


def _rest(text: str) -> str:
    """Return a text without its sentence about costs, which has a place of its own."""
    return _COST.sub("", text).strip()


def cost(method: Method) -> str:
    """Return what a method costs, without what `again` says; of a list with the size of its pages."""
    told = _UNKNOWN.sub("", method.cost)
    size = inspect.signature(method.function).parameters.get("page_size")
    if size is not None and told.startswith("one call a page"):
        return told.replace("one call a page", f"one call a page, of up to {size.default:,} items", 1)
    return told


def again(method: Method) -> str:
    """Return whether a call is sent again when nobody knows whether it arrived; nothing of what makes several."""
    if method.operation is None:
        return ""
    told = _UNKNOWN.search(method.cost)
    if told and told["unless"]:
        return f"yes, unless {told['unless']}"
    return "yes" if method.operation.idempotent else "no"


def _signature(method: Method) -> str:
    """Return how it is called in asyncio: names and defaults, without the types, which the table has."""
    node, bare = method.node, []
    args = node.args
    ids = [one.arg for one in args.args[1:]]
    named = [
        one.arg if default is None else f"{one.arg}={ast.unparse(default)}"
        for one, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)
    ]
    bare = [*ids, *(["*", *named] if named else [])]
    word = "await " if isinstance(node, ast.AsyncFunctionDef) else ""
    result = f" -> {_typed(node.returns)}"
    short = f"{word}ft.{method.name}({', '.join(bare)}){result}"
    if len(short) <= WIDTH:
        return short
    return "\n".join([f"{word}ft.{method.name}(", *(f"    {one}," for one in bare), f"){result}"])


def _arguments(method: Method) -> Iterator[str]:
    told = {param.arg_name: line(param.description) for param in method.docs.params}
    args = method.node.args
    for one in [*args.args[1:], *args.kwonlyargs]:
        kinds = " or ".join(f"`{kind}`" for kind in _kinds(one.annotation))
        yield f"| `{one.arg}` | {kinds} | {cell(told[one.arg])} |"


def _typed(node: ast.expr | None) -> str:
    """Return a type as it is written, without the quotes that stand around some."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return "None" if node is None else ast.unparse(node)


def _kinds(node: ast.expr | None) -> list[str]:
    """Return the types of an argument; that it may be left out shows in its default."""
    match node:
        case ast.Constant(str(text)):
            return _kinds(ast.parse(text, mode="eval").body)
        case ast.BinOp(left, ast.BitOr(), right):
            return [*_kinds(left), *_kinds(right)]
    # The bar of a type inside of another one would end the cell.
    kind = _typed(node).replace(" | ", " or ")
    return [] if kind == "Unset" else [kind]


def cell(text: str) -> str:
    """Return a text as it may stand in a table."""
    return text.replace("|", "\\|")


def command(method: Method) -> str:
    """Return the command that calls the method, with what must be given."""
    entry = entries()[tuple(name.replace("_", "-") for name in method.path)]
    words = ["fivetran-async", "api", *(name.replace("_", "-") for name in method.path)]
    for param in command_of(entry).params:
        if isinstance(param, click.Argument):
            words.append(str(param.name).upper() + ("..." if param.nargs == -1 else ""))
        elif param.required:
            option = param.opts[0]
            words += (
                [option]
                if isinstance(param, click.Option) and param.is_bool_flag
                else [option, str(param.name).upper()]
            )
    always = any(
        one.type_name == "ConfirmationError" and "`confirm` is not True" in str(one.description)
        for one in method.docs.raises
    )
    return " ".join([*words, *(["--yes"] if always else [])])


def contents(groups: Mapping[str, Sequence[Method]], others: Mapping[str, str]) -> str:
    """Return the page that leads to the others."""
    lines = [
        _HEAD,
        "## Groups of operations",
        "",
        "| Group | Methods | Operations | What it is |",
        "| --- | --- | --- | --- |",
    ]
    for name, found in groups.items():
        called = sum(method.operation is not None for method in found)
        told = cell(_about(found[0].holder))
        lines.append(f"| [`ft.{name}`](resources/{name}.md) | {len(found)} | {called} | {told} |")
    lines += ["", "## The library", "", *_listed(others, "library/"), "", "## Models", "", *_listed(others, "models/")]
    return "\n".join(lines) + "\n"


def _listed(pages: Mapping[str, str], folder: str) -> Iterable[str]:
    """Yield a line for each page of a folder: its title, and the first sentence below it."""
    for name, text in sorted(pages.items()):
        if name.startswith(folder):
            title, _, told, *_ = text.splitlines()
            yield f"- [{title.removeprefix('# ').removeprefix('Models: ')}]({name}): {told}"


if __name__ == "__main__":
    sys.exit(main())
