"""Write the names that `fivetran_async/__init__.py` exports; with --check only compare, and fail on a difference.

Exported are all models and enums, all errors, and what `OTHERS` names. They stand there three times: for the type
checkers, in `__all__`, and in the map from which they are loaded when first used.
"""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "fivetran_async" / "__init__.py"

WIDTH = 100
ALONE = 60

OTHERS = {
    "_converter": ["converter"],
    "_ledger": ["Estimate"],
    "budget": ["Budget"],
    "client": ["Fivetran"],
    "config": ["Timeout"],
    "fanout": ["Map", "MapResult"],
    "models._base": ["Model"],
    "operation": ["RateClass"],
    "paging": ["Page", "Pager"],
    "retry": ["RetryPolicy"],
    "types": ["UNSET", "FileSource", "JsonObject", "Unset"],
}


def classes(path: Path) -> list[str]:
    """Return the public classes of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return sorted(node.name for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_"))


def homes() -> dict[str, list[str]]:
    """Return the exported names by their modules."""
    package = TARGET.parent
    found = {**OTHERS, "errors": classes(package / "errors.py")}
    found |= {f"models.{path.stem}": classes(path) for path in sorted((package / "models").glob("[a-z]*.py"))}
    return {f"fivetran_async.{module}": names for module, names in sorted(found.items())}


def generate() -> str:
    """Return the module with its lists written anew, not yet formatted."""
    text = TARGET.read_text(encoding="utf-8")
    head, rest = text.split("if TYPE_CHECKING:\n", 1)
    tail = rest[rest.index("_HOMES = ") :]
    by_module = homes()
    imports = [f"    from {module} import {name} as {name}" for module, names in by_module.items() for name in names]
    exported = [name for names in by_module.values() for name in names]
    twice = {name for name in exported if exported.count(name) > 1}
    if twice:
        raise SystemExit(f"two modules have the same name: {', '.join(sorted(twice))}")
    listed = "".join(f'    "{name}",\n' for name in [*exported, "__version__"])
    mapped = "".join(f'    "{module}": {joined(names)},\n' for module, names in by_module.items())
    lists = f"__all__ = [\n{listed}]\n\n_MODULES = {{\n{mapped}}}\n"
    return f"{head}if TYPE_CHECKING:\n" + "\n".join(imports) + f"\n\n{lists}{tail}"


def joined(names: list[str]) -> str:
    """Return names as one literal, over as many lines as it takes."""
    lines = [""]
    for name in names:
        if len(lines[-1]) + len(name) > WIDTH:
            lines.append("")
        lines[-1] += f"{name} "
    lines[-1] = lines[-1].rstrip()
    text = "\n".join(f'"{line}"' for line in lines)
    return f"(\n{text}\n)" if len(text) > ALONE else text


def formatted(text: str) -> str:
    """Return a text as the project's formatter writes it."""
    ruff = [sys.executable, "-m", "ruff"]
    name = ["--stdin-filename", str(TARGET), "-"]
    for command in ([*ruff, "check", "--quiet", "--fix", *name], [*ruff, "format", "--quiet", *name]):
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, cwd=ROOT)
        if done.returncode:
            raise SystemExit(done.stderr or done.stdout)
        text = done.stdout
    return text


def main() -> int:
    """Write the lists, or with --check say that they differ."""
    text = formatted(generate())
    if text == TARGET.read_text(encoding="utf-8"):
        return 0
    if "--check" in sys.argv[1:]:
        print("the exports differ from what the modules hold: run `python tools/generate_exports.py`")
        return 1
    TARGET.write_text(text, encoding="utf-8")
    print(f"wrote {TARGET.relative_to(ROOT).as_posix()}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
