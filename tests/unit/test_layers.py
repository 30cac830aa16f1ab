"""The arrows between the modules, which point down only."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import fivetran_async

ROOT = Path(fivetran_async.__file__).parent

LAYERS = [
    {
        "types",
        "errors",
        "_version",
        "_cells",
        "_written",
        "_lazy",
        "_no_waiting",
        "_forks",
        "_clock",
        "_pace",
        "_deadline",
        "_loops",
    },
    {"config", "operation", "hooks", "models"},
    {"_yaml", "_files", "_windows", "_short_limit", "_ledger", "_queue", "_counting"},
    {"_wire", "operations", "_converter", "paging"},
    {
        "webhooks",
        "logs",
        "_codec",
        "_config_check",
        "retry",
        "budget",
        "_direct",
        "_session",
        "transport",
        "_redis_link",
    },
    {"_pipeline", "redis_budget", "_polls", "_ends"},
    {"_watch", "_course", "_watcher", "waiting"},
    {"resources", "fanout"},
    {"client"},
    {"audit", "connector_sdk", "schema_plan", "testing"},
    {"pytest_plugin"},
    {"cli"},
    {"__main__", "__init__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
# The facade lies above all of it; what makes clients of both colours for tests looks up to it inside functions.
LEVEL["fivetran_sync"] = len(LAYERS)
# Arrows up: a model's own ways in and out, inside functions; and what a checker alone reads of errors' results.
KNOWN = {
    ("models", "_converter"),
    ("errors", "models"),
    ("errors", "schema_plan"),
    # Inside functions, and for checkers: a listener makes its webhook, and its client if it is given none.
    ("webhooks", "client"),
    ("webhooks", "resources"),
    ("testing", "fivetran_sync"),
    ("pytest_plugin", "fivetran_sync"),
}


def home(path: Path) -> str:
    """Return the module, or the package, of a file."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Return the modules of the SDK that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fivetran_"):
            parts = (node.module or "").split(".")
            if parts[0] == "fivetran_sync":
                found.add("fivetran_sync")
                continue
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
    return found


FILES = sorted(path for path in ROOT.rglob("*.py") if home(path) != "sandbox")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_arrows_point_down(path: Path) -> None:
    """A lower module would drag a higher one along, and a circle grow."""
    here = home(path)
    if here == "__init__":
        return
    for name in imported(path) - {"sandbox"}:
        assert LEVEL[name] <= LEVEL[here] or (here, name) in KNOWN, f"{here} imports {name}"


def test_the_sandbox_knows_nothing_of_the_sdk() -> None:
    """A field that the models misspell would be misspelt by the sandbox as well, and nobody see it."""
    for path in sorted((ROOT / "sandbox").rglob("*.py")):
        outside = imported(path) - {"sandbox"}
        assert outside <= ({"Fivetran", "Budget", "fivetran_sync"} if path.name == "box.py" else set()), path.name


@pytest.mark.parametrize(
    "pure",
    [
        "_codec",
        "_converter",
        "retry",
        "paging",
        "_polls",
        "_ends",
        "hooks",
        "hooks.otel",
        "operations",
        "models.connections",
        "logs.rows",
        "audit.rules",
        "audit.policy_file",
        "audit.access",
        "audit.report",
        "audit.reports",
        "schema_plan.planning",
        "schema_plan.desired",
        "schema_plan.snapshots.moments",
    ],
)
def test_pure_code_does_no_io(pure: str) -> None:
    """Decisions could not be tested, or reports be read, without the whole HTTP stack."""
    code = f"import sys, fivetran_async.{pure}; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "light", ["bridge", "extract", "pages", "rate", "settings", "source_errors", "state", "windows", "http"]
)
def test_what_runs_inside_a_connector_is_light(light: str) -> None:
    """A deployed connector would load the client, its models, or the vendor's package into its one gigabyte."""
    heavy = ["fivetran_async.client", "fivetran_async.transport", "fivetran_async.models.connections"]
    heavy += ["fivetran_connector_sdk", *([] if light == "http" else ["aiohttp"])]
    code = f"import sys, fivetran_async.connector_sdk.{light}; sys.exit(any(name in sys.modules for name in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_connectors_package_loads_nothing_until_asked() -> None:
    """A connector that needs a window would load an HTTP client."""
    code = "import sys, fivetran_async.connector_sdk; sys.exit('attrs' in sys.modules or 'aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_roots_load_nothing_until_asked() -> None:
    """Importing the package would cost what all of it costs."""
    code = (
        "import sys, fivetran_async, fivetran_sync; "
        "sys.exit(any(name in sys.modules for name in ('aiohttp', 'attrs', 'cattrs', 'msgspec')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
