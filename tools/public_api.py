"""Write tests/spec/public_api.json, what users may build on; with --check compare, and say how to announce breaks.

Read from the source, not from what is imported: so it is the same on each Python, and needs no extra.
"""

import ast
import json
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "tests" / "spec" / "public_api.json"
CHANGELOG = ROOT / "CHANGELOG.md"

PACKAGES = ("fivetran_async", "fivetran_sync")
# Public without being exported by a list: what clients hold, and what is imported from the module that it stands in.
WHOLE = {
    "fivetran_async.operations": ["OPERATIONS"],
    "fivetran_async.pytest_plugin": ["fivetran", "fivetran_sandbox", "fivetran_sync", "no_waiting"],
    "fivetran_async.redis_budget": ["RedisBudget"],
    "fivetran_async.webhooks.aiohttp": ["add_webhook", "webhook_handler"],
    "fivetran_async.webhooks.asgi": ["WebhookApp", "WebhookMiddleware"],
    "fivetran_async.webhooks.wsgi": ["WebhookApp", "WebhookMiddleware"],
}
# Methods with underscores that are called by a syntax, so by users.
SYNTAX = frozenset({
    "__aenter__", "__aiter__", "__anext__", "__await__", "__call__", "__enter__", "__getitem__", "__init__", "__iter__",
    "__len__", "__next__",
})  # fmt: skip

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Api: TypeAlias = Mapping[str, str]


def main(arguments: list[str]) -> int:
    """Write the snapshot, or with --check say what differs from it; a break is written only when it is announced."""
    now, known = snapshot(), json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else {}
    broken = breaks(known, now)
    if "--check" in arguments:
        print(told(known, now, broken), end="")
        return int(now != known)
    if missing := unannounced(broken, CHANGELOG.read_text(encoding="utf-8")):
        print("not written, as CHANGELOG.md does not name under `### Breaking` of its newest version:")
        print("".join(f"  `{name}`\n" for name in missing), end="")
        return 1
    TARGET.write_text(json.dumps(now, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def told(known: Api, now: Api, broken: list[str]) -> str:
    """Return what to say of the differences."""
    if now == known:
        return ""
    lines = []
    if broken:
        lines += ["The public API breaks:", ""]
        for name in broken:
            lines += [f"  - {name}: {known.get(name, 'nothing')}", f"  + {name}: {now.get(name, 'nothing')}"]
        lines += [
            "",
            "If users can be spared this, spare them: keep the old name or argument beside the new one. If not,",
            "announce it: name each of them in CHANGELOG.md, in the newest version, under `### Breaking`, in",
            "backticks (`Budget.estimate`), with what to write instead.",
        ]
    if added := sorted(name for name in {*known, *now} if known.get(name) != now.get(name) and name not in broken):
        lines += ["The public API grows:", "", *(f"  + {name}: {now.get(name)}" for name in added), ""]
    return "\n".join([*lines, "Then run `python tools/public_api.py` and commit tests/spec/public_api.json.", ""])


def breaks(known: Api, now: Api) -> list[str]:
    """Return the names that are gone, or that code written for what was known may not call or read any more.

    A field that must be given is one as well, where it is new in a class that was known: an error's is none, as the
    SDK alone makes errors.
    """
    gone = [name for name in known if name not in now]
    changed = [name for name in known if name in now and known[name] != now[name]]
    wanted = [name for name in now if name not in known and _must_be_given(now[name])]
    wanted = [name for name in wanted if (owner := name.rpartition(".")[0]) in known and not owner.endswith("Error")]
    return sorted([*gone, *wanted, *(name for name in changed if not _grown(known[name], now[name]))])


def _must_be_given(text: str) -> bool:
    return text.startswith("field: ") and ", optional" not in text and not text.startswith("field: ClassVar")


def _grown(old: str, new: str) -> bool:
    """Return whether two signatures differ by optional arguments only, or a field has become optional."""
    if _must_be_given(old) and new.startswith(f"{old}, optional"):
        return True
    if not all(" def " in f" {text}" for text in (old, new)):
        return False
    before, after = _function(old), _function(new)
    if type(before) is not type(after) or _words(before.returns) != _words(after.returns):
        return False
    places, names = _arguments(before)
    new_places, new_names = _arguments(after)
    kept = new_places[: len(places)] == places and all(new_names.get(name) == text for name, text in names.items())
    optional = all(default for _, _, default in new_places[len(places) :])
    return kept and optional and all(new_names[name][1] for name in new_names.keys() - names.keys())


def _function(text: str) -> Function:
    (node,) = ast.parse(text.removeprefix("classmethod ").removeprefix("staticmethod ") + ": ...").body
    if not isinstance(node, Function):
        raise TypeError(f"no function: {text}")
    return node


def _arguments(node: Function) -> tuple[list[tuple[str, str, str]], dict[str, tuple[str, str]]]:
    """Return the arguments that have a place, and those that only have a name, with their types and defaults."""
    arguments = node.args
    places = [*arguments.posonlyargs, *arguments.args]
    defaults = [*[None] * (len(places) - len(arguments.defaults)), *arguments.defaults]
    names = {
        one.arg: (_words(one.annotation), _words(default))
        for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    }
    for mark, rest in (("*", arguments.vararg), ("**", arguments.kwarg)):
        names |= {f"{mark}{rest.arg}": (_words(rest.annotation), "any")} if rest else {}
    # A name after the slash may change, before it not: so it counts with the place.
    paired = zip(places, defaults, strict=True)
    return [(one.arg, _words(one.annotation), _words(default)) for one, default in paired], names


def unannounced(broken: list[str], changelog: str) -> list[str]:
    """Return the breaks that the newest version's section `Breaking` does not name; none before the first release."""
    newest, *older = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:] or [""]
    if not older and "not released" in newest.partition("\n")[0]:
        return []
    section = newest.partition("### Breaking")[2].partition("\n### ")[0]
    named = set(re.findall(r"`([\w.]+)", section))
    return [name for name in broken if not named & set(_short(name))]


def _short(name: str) -> Iterator[str]:
    """Yield the endings of a dotted name that are clear enough: of two parts at least, if it is a member."""
    parts = name.split(".")
    for start in range(len(parts)):
        if len(parts) - start > 1 or parts[start][:1].isupper():
            yield ".".join(parts[start:])


def snapshot() -> dict[str, str]:
    """Return all public names, each with what it is."""
    found: dict[str, str] = {}
    for module in public_modules():
        for name in exported(module):
            found |= described(f"{module}.{name}", *home(module, name))
    return dict(sorted(found.items()))


def public_modules() -> Iterator[str]:
    """Yield the modules whose names users import: no part of theirs has an underscore, and the command line is none."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            if not any(part.startswith("_") or part == "cli" for part in parts):
                yield ".".join(parts)


def exported(module: str) -> list[str]:
    """Return what a module offers: its list, or what it passes on under the same name; of resources, their classes."""
    if module in WHOLE:
        return WHOLE[module]
    names: list[str] = []
    for node in body(module):
        match node:
            case ast.Assign(targets=[ast.Name("__all__")], value=ast.List(elts)):
                return [str(element.value) for element in elts if isinstance(element, ast.Constant)]
            case ast.ImportFrom():
                names += [alias.name for alias in node.names if alias.asname == alias.name]
            case ast.ClassDef() if ".resources." in module and not node.name.startswith("_"):
                names.append(node.name)
    return names


@cache
def body(module: str) -> list[ast.stmt]:
    """Return the statements of a module, those for type checkers among them."""
    folder = ROOT.joinpath(*module.split("."))
    path = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    if not path.exists():
        return []
    nodes: list[ast.stmt] = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        seen = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        nodes += node.body if isinstance(node, ast.If) and seen else [node]
    return nodes


def home(module: str, name: str) -> tuple[str, ast.stmt]:
    """Return the module that makes a name, and the statement that does."""
    for node in body(module):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef() if node.name == name:
                return module, node
            case ast.AnnAssign(target=ast.Name(id)) | ast.Assign(targets=[ast.Name(id)]) if id == name:
                return module, node
            case ast.ImportFrom():
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        return home(str(node.module), alias.name) if body(str(node.module)) else (module, node)
    raise SystemExit(f"{module} exports {name}, and nothing there makes it")


def described(name: str, module: str, node: ast.stmt) -> Iterator[tuple[str, str]]:
    """Yield a name and the names below it, with what they are."""
    match node:
        case ast.ClassDef():
            bases = ", ".join(base for base in map(_words, node.bases) if not base.startswith("_"))
            yield name, f"class ({bases})" if bases else "class"
            members = dict(_members(module, node))
            yield from ((f"{name}.{member}", text) for member, text in sorted(members.items()))
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield name, _signature(node)
        case ast.AnnAssign():
            yield name, f"value: {_type(node.annotation)}"
        case _:
            yield name, "value"


def _members(module: str, node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Yield the members of a class, those of its bases in these packages first."""
    for base in node.bases:
        plain = base.value if isinstance(base, ast.Subscript) else base
        if isinstance(plain, ast.Name) and (found := _base(module, plain.id)):
            yield from _members(*found)
    enum = any(_words(base).endswith("Enum") for base in node.bases)
    for one in node.body:
        match one:
            case ast.AnnAssign(target=ast.Name(id)) if not id.startswith("_"):
                yield id, f"field: {_type(one.annotation)}{_default(one)}"
            case ast.Assign(targets=[ast.Name(id)]) if not id.startswith("_"):
                yield id, f"member {_words(one.value)}" if enum else "value"
            case ast.FunctionDef() | ast.AsyncFunctionDef() if not one.name.startswith("_") or one.name in SYNTAX:
                marks = {_words(mark).rpartition(".")[2] for mark in one.decorator_list}
                if marks & {"setter", "overload"}:
                    continue
                if marks & {"property", "cached_property"}:
                    yield one.name, f"property: {_type(one.returns)}"
                else:
                    kind = "".join(f"{mark} " for mark in ("classmethod", "staticmethod") if mark in marks)
                    yield one.name, kind + _signature(one)


def _default(field: ast.AnnAssign) -> str:
    """Return what a field is when it is not given, with the words before it; nothing where it must be given."""
    value = field.value
    if isinstance(value, ast.Call) and _words(value.func).rpartition(".")[2] == "field":
        given = {keyword.arg: _words(keyword.value) for keyword in value.keywords}
        text = given.get("default", f"{given['factory']}()" if "factory" in given else "")
    else:
        text = _words(value)
    # Nothing is what nearly all have, and what a class has is no argument.
    plain = text in {"None", "()"} or _words(field.annotation).startswith("ClassVar")
    return "" if not text else ", optional" if plain else f", optional: {text}"


def _base(module: str, name: str) -> tuple[str, ast.ClassDef] | None:
    imports = [node for node in body(module) if isinstance(node, ast.ImportFrom)]
    made = {alias.asname or alias.name for node in imports for alias in node.names}
    here = {node.name for node in body(module) if isinstance(node, ast.ClassDef)}
    if name not in made | here:
        return None
    where, node = home(module, name)
    return (where, node) if isinstance(node, ast.ClassDef) else None


def _signature(node: Function) -> str:
    for argument in ast.walk(node.args):
        if isinstance(argument, ast.arg) and argument.annotation:
            argument.annotation = ast.Name(_type(argument.annotation))
    word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returned = f" -> {_type(node.returns)}" if node.returns else ""
    return f"{word} {node.name}({ast.unparse(node.args)}){returned}".replace("\n", " ")


def _type(node: ast.expr | None) -> str:
    """Return an annotation as it is written; one in quotes is the same without them."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else _words(node)


def _words(node: ast.expr | None) -> str:
    return "" if node is None else ast.unparse(node)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
