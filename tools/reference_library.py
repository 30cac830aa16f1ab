"""The pages of the reference about all that is no method of the API: what there is, where, and in a line what for.

As plain Markdown a page is a table of names. On the site the whole docstrings follow it, where its comments name them.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise

import attrs
from described import ROOT
from public_api import body, exported, home, public_modules

MODELS = "fivetran_async.models."


@attrs.frozen
class Topic:
    """A page: its title, a sentence that says what is there, the guide that shows how it is used, where the names are.

    A place is a package whose exported names are meant, or a module of which the root exports some.
    """

    title: str
    told: str
    guide: str
    places: Sequence[str]


TOPICS: Mapping[str, Topic] = {
    "client": Topic(
        "The client",
        "The client with its options, and the time-outs of an attempt.",
        "quickstart",
        ["fivetran_async.client", "fivetran_async.config"],
    ),
    "errors": Topic(
        "Errors", "One tree of errors; every error of a call has its attempts.", "limits", ["fivetran_async.errors"]
    ),
    "paging": Topic("Pagers", "Lists, read page by page.", "quickstart", ["fivetran_async.paging"]),
    "fanout": Topic("Many at a time", "One function over many items.", "quickstart", ["fivetran_async.fanout"]),
    "retry": Topic("Retry", "What is sent again, and when.", "limits", ["fivetran_async.retry"]),
    "budget": Topic(
        "The budget",
        "The calls of an account, shared by tasks, threads, clients and processes.",
        "limits",
        ["fivetran_async.budget", "fivetran_async._ledger", "fivetran_async.operation", "fivetran_async.redis_budget"],
    ),
    "values": Topic(
        "Values",
        "What all models have in common, what was left out, and the converter that takes hooks.",
        "api",
        ["fivetran_async.models._base", "fivetran_async.types", "fivetran_async._converter"],
    ),
    "operations": Topic(
        "The table of operations",
        "Every operation of the API as a value: its method, path, result, and whether it may be repeated.",
        "operations",
        ["fivetran_async.operations"],
    ),
    "waiting": Topic(
        "Waiting", "What waits for syncs and transformations take and return.", "waiting", ["fivetran_async.waiting"]
    ),
    "hooks": Topic(
        "Hooks", "Events of calls, and hooks that make logs and spans of them.", "hooks", ["fivetran_async.hooks"]
    ),
    "webhooks": Topic(
        "Receiving webhooks",
        "Signatures, events, and what receives them in any Python server.",
        "webhooks",
        [
            "fivetran_async.webhooks",
            "fivetran_async.webhooks.asgi",
            "fivetran_async.webhooks.wsgi",
            "fivetran_async.webhooks.aiohttp",
        ],
    ),
    "logs": Topic(
        "Logs", "Rows of the Platform Connector's tables, and questions to them.", "logs", ["fivetran_async.logs"]
    ),
    "schema_plan": Topic(
        "Schemas that converge",
        "Desired states, plans, and jobs that apply, compare and copy them; the same in `fivetran_sync.schema_plan`.",
        "schemas",
        ["fivetran_async.schema_plan"],
    ),
    "snapshots": Topic(
        "Snapshots",
        "An account's configuration as files, and how two of them differ.",
        "snapshots",
        ["fivetran_async.schema_plan.snapshots"],
    ),
    "audit": Topic(
        "Audits",
        "Collecting, judging and reporting; `audit` itself has the same name in `fivetran_sync.audit`.",
        "audit",
        ["fivetran_async.audit", "fivetran_async.audit.rules", "fivetran_async.audit.reports"],
    ),
    "connector_sdk": Topic(
        "Custom connectors",
        "What runs inside a connector, and what packs, deploys, debugs and verifies it.",
        "connector_sdk",
        ["fivetran_async.connector_sdk", "fivetran_async.connector_sdk.lifecycle"],
    ),
    "sandbox": Topic(
        "The sandbox", "The local Fivetran: its clock, faults, calls and syncs.", "sandbox", ["fivetran_async.sandbox"]
    ),
    "testing": Topic(
        "Testing",
        "Replies without a server, waits that take no time, and the fixtures of the pytest plugin.",
        "testing",
        ["fivetran_async.testing", "fivetran_async.pytest_plugin"],
    ),
}
# The same names from where they are made.
_ELSEWHERE = frozenset({"fivetran_async.schema_plan.jobs"})


@attrs.frozen
class Name:
    """A public name: the module that users import it from, where it is made, and its docstring."""

    module: str
    name: str
    home: str
    docs: str

    @property
    def told(self) -> str:
        """The first line of its docstring."""
        return self.docs.partition("\n")[0]

    @property
    def source(self) -> str:
        """The file in which it is made, from the root of the repository."""
        folder = self.home.replace(".", "/")
        return f"{folder}/__init__.py" if (ROOT / folder).is_dir() else f"{folder}.py"


def library() -> dict[str, str]:
    """Return the pages, by their names; a public name that is on none of them is an error."""
    pages, shown = {}, set[str]()
    for key, topic in TOPICS.items():
        found = [name for place in topic.places for name in names(place)]
        shown |= {f"{name.module}.{name.name}" for name in found}
        guide = f"[The guide](../../{topic.guide}.md) shows how it is used."
        pages[f"library/{key}.md"] = page(topic.title, f"{topic.told}\n\n{guide}", found)
    for module in public_modules():
        kept = module.startswith("fivetran_async") and not module.startswith("fivetran_async.resources.")
        for name in exported(module) if kept and module not in _ELSEWHERE else []:
            where, _ = home(module, name)
            public = f"{module}.{name}"
            if not where.startswith(MODELS) and public not in shown and name != "__version__":
                raise SystemExit(
                    f"{public} is on no page of the reference: add it to a topic in tools/reference_library.py"
                )
    return pages


def models() -> dict[str, str]:
    """Return a page for each module of models."""
    found: dict[str, list[Name]] = {}
    for name in exported("fivetran_async"):
        module, node = home("fivetran_async", name)
        if module.startswith(MODELS) and module != f"{MODELS}_base":
            found.setdefault(module.removeprefix(MODELS), []).append(_name("fivetran_async", name, module, node))
    told = {
        module: (ast.get_docstring(ast.Module(body(MODELS + module), [])) or "").splitlines()[0] for module in found
    }
    return {
        f"models/{module}.md": page(f"Models: {module.replace('_', ' ')}", told[module], listed)
        for module, listed in found.items()
    }


def names(place: str) -> list[Name]:
    """Return the public names of a package, or of a module that the root exports."""
    listed = exported(place)
    if listed:
        return [_name(place, name, *home(place, name)) for name in listed]
    found = [(name, *home("fivetran_async", name)) for name in exported("fivetran_async") if name != "__version__"]
    return [_name("fivetran_async", name, module, node) for name, module, node in found if module == place]


def _name(module: str, name: str, where: str, node: ast.stmt) -> Name:
    docs = _docstring(where, node)
    if not docs:
        raise SystemExit(f"{where}.{name} has no docstring: say in a line what it is")
    return Name(module, name, where, docs)


def _docstring(module: str, node: ast.stmt) -> str:
    """Return a docstring; that of a value stands below it."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return ast.get_docstring(node) or ""
    for one, following in pairwise(body(module)):
        match following:
            case ast.Expr(ast.Constant(str(text))) if one is node:
                return text.strip()
    return ""


def page(title: str, told: str, found: Sequence[Name]) -> str:
    """Return a page."""
    return "\n".join([f"# {title}", "", told, "", *_tables(found), *_marks(found)]) + "\n"


def _tables(found: Sequence[Name]) -> Iterator[str]:
    """Yield a table for each module that names are imported from."""
    for module, names in groupby(found, key=lambda name: name.module):
        yield from (f"From `{module}`:", "", "| Name | What it is | Source |", "| --- | --- | --- |")
        for name in names:
            told = name.told.replace("|", "\\|")
            yield f"| `{name.name}` | {told} | [{name.source.rpartition('/')[2]}](../../../{name.source}) |"
        yield ""


def _marks(found: Sequence[Name]) -> Iterator[str]:
    """Yield the comments in whose place the site shows whole docstrings."""
    yield "<!-- On the site the whole docstrings stand here. -->"
    for name in found:
        # Where a docstring lists the fields, they need not be shown a second time.
        kind = "docstring" if "\nAttributes:\n" in name.docs else "members"
        yield f"<!-- {kind}: {name.module}.{name.name} -->"
