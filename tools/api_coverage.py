"""Print how much of the API there is: in its definition, declared, as methods of both colours, and in the sandbox."""

import json
import re
import sys
from collections import Counter
from functools import reduce
from pathlib import Path

import fivetran_async
import fivetran_sync
from fivetran_async.operations import OPERATIONS
from fivetran_async.sandbox.routes import ROUTER

ROOT = Path(__file__).resolve().parent.parent
_LINE = re.compile(r"\| `(\w+) (\S+)` \| `([\w.]+)` \|")


def documented() -> dict[tuple[str, str], str]:
    """Return the method of each operation, as docs/operations.md maps them."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    return {(verb, path): method for verb, path, method in _LINE.findall(text)}


def defined() -> set[tuple[str, str]]:
    """Return the operations of the API's definition, as tests/spec has them."""
    spec = json.loads((ROOT / "tests" / "spec" / "api.json").read_text(encoding="utf-8"))
    return {(entry["method"], entry["path"]) for entry in spec["operations"]}


def anonymous(path: str) -> str:
    """Return a path without the names of its placeholders."""
    return re.sub(r"\{\w+\}", "{}", path)


def has(client: object, method: str) -> bool:
    """Return whether a client has a method of this name."""
    return callable(reduce(lambda holder, name: getattr(holder, name, None), method.split("."), client))


def main() -> int:
    """Print the table; fail when anything is missing."""
    methods = documented()
    declared = {(operation.method, operation.path) for operation in OPERATIONS}
    served = {(route.method, anonymous(route.path)) for route in ROUTER.routes}
    clients = (fivetran_async.Fivetran("key", "secret"), fivetran_sync.Fivetran("key", "secret"))
    columns = ("API", "declared", "async", "sync", "sandbox")
    counts: dict[str, Counter[str]] = {}
    for verb, path in sorted(defined()):
        method = methods.get((verb, path), "?")
        row = counts.setdefault(method.partition(".")[0], Counter())
        row["API"] += 1
        row["declared"] += (verb, path) in declared
        row["async"] += has(clients[0], method)
        row["sync"] += has(clients[1], method)
        row["sandbox"] += (verb, anonymous(path)) in served
    width = max(map(len, counts)) + 3
    print(f"{'':{width}}" + "".join(f"{name:>10}" for name in columns))
    for group, row in sorted(counts.items()):
        print(f"ft.{group:{width - 3}}" + "".join(f"{row[name]:>10}" for name in columns))
    total = sum(counts.values(), Counter())
    print(f"{len(counts)} groups".ljust(width) + "".join(f"{total[name]:>10}" for name in columns))
    unknown = declared - defined()
    for verb, path in sorted(unknown):
        print(f"declared, and not in the API: {verb} {path}")
    return int(bool(unknown) or any(total[name] != total["API"] for name in columns))


if __name__ == "__main__":
    sys.exit(main())
