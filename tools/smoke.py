"""What an installed wheel must do, in an environment that has nothing else: run by tools/built.py, and by no test.

python -I -W error tools/smoke.py           without extras: all that needs none works, and what needs one names it
python -I -W error tools/smoke.py redis     with this extra: what it is for works
"""

import asyncio
import os
import pkgutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import fivetran_async
import fivetran_sync
from fivetran_async import audit
from fivetran_async.audit import reports
from fivetran_async.audit.policy_file import load_policy
from fivetran_async.connector_sdk.templates import write_template
from fivetran_async.sandbox import Sandbox

# What extras bring, by the names of their modules; pytest is the user's own.
OPTIONAL = frozenset({"click", "duckdb", "opentelemetry", "pytest", "redis", "rich", "sqlglot", "uvloop", "yaml"})
PAGE = 6


class SmokeError(Exception):
    """The wheel does not do what it must."""


def main(extras: Sequence[str]) -> None:
    """Try what the extras are for; without any, all else."""
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        if not extras:
            plain()
        for extra in extras:
            USES[extra]()
            print(f"  {extra}: works")


def plain() -> None:
    """Try all that must work without extras."""
    installed = Path(sysconfig.get_path("purelib")).resolve()
    for package in (fivetran_async, fivetran_sync):
        if not Path(package.__file__ or "").resolve().is_relative_to(installed):
            raise SmokeError(f"{package.__name__} is not the one that was installed: {package.__file__}")
        for name in package.__all__:
            getattr(package, name)
    modules = list(imported())
    asyncio.run(calls())
    report = blocking_calls()
    for form in reports.Format:
        reports.write(report, f"report-{form.value}", form)
    reports.report_schema()
    write_template("connector")
    Path("policy.toml").write_text('[severities]\nrole-off-policy = "info"\n', encoding="utf-8")
    load_policy("policy.toml")
    for extra, use in USES.items():
        wanted(extra, use)
    print(f"  without extras: {len(modules)} modules, calls in both colours, an audit, {len(reports.Format)} reports")


def imported() -> list[str]:
    """Import every module of both packages, and return their names; one that wants an extra says which."""
    found: list[str] = []
    for package in (fivetran_async, fivetran_sync):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.", onerror=lambda _: None):
            if module.name.endswith("__main__"):
                continue
            try:
                import_module(module.name)
            except (ImportError, fivetran_async.ConfigError) as error:
                cause = error if isinstance(error, ImportError) else error.__cause__
                if not isinstance(cause, ImportError) or (cause.name or "").partition(".")[0] not in OPTIONAL:
                    raise SmokeError(f"{module.name} cannot be imported: {error!r}") from error
            found.append(module.name)
    return found


async def calls() -> None:
    """Read a list of a local Fivetran."""
    async with Sandbox(groups=2, connections=PAGE) as box, box.client() as ft:
        if len(await ft.connections.list().collect()) != PAGE:
            raise SmokeError("the asyncio client has read another number of connections")


def blocking_calls() -> audit.AuditReport:
    """Audit a local Fivetran."""
    with Sandbox(groups=2, connections=PAGE) as box, box.sync_client() as ft:
        report = import_module("fivetran_sync.audit").audit(ft)
    if not isinstance(report, audit.AuditReport):
        raise SmokeError("an audit has no report")
    return report


def wanted(extra: str, use: Callable[[], object]) -> None:
    """See that what wants an extra names it, where it is missing."""
    try:
        use()
    except SmokeError:
        raise
    except Exception as error:
        if f"pip install 'fivetran-async[{extra}]'" in str(error):
            return
        raise SmokeError(f"without the extra {extra}, it is not named: {error!r}") from error
    raise SmokeError(f"without the extra {extra}, what it is for works: it brings nothing")


def use_cli() -> None:
    """Run the command, as the script and as the module."""
    script = Path(sysconfig.get_path("scripts"), "fivetran-async")
    for command in ([str(script)], [sys.executable, "-I", "-m", "fivetran_async"]):
        run(*command, "audit", "--sandbox", "--fail-on", "never")


def run(*command: str, **environment: str) -> None:
    """Run a command; what it says when it fails is an error's text."""
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)


def use_yaml() -> None:
    """Read a policy as people write them."""
    Path("policy.yaml").write_text("severities:\n  role-off-policy: info\n", encoding="utf-8")
    load_policy("policy.yaml")


def use_otel() -> None:
    """Make spans and metrics of a call."""
    hook = import_module("fivetran_async.hooks.otel").OpenTelemetryHook()
    with Sandbox(groups=1) as box, box.sync_client(hooks=[hook]) as ft:
        ft.account.info()


def use_speed() -> None:
    """Run the facade on uvloop: in a process of its own, as a process has one loop for it."""
    code = "from fivetran_async.sandbox import Sandbox\nwith Sandbox() as box, box.sync_client() as f: f.account.info()"
    run(sys.executable, "-I", "-W", "error", "-c", code, FIVETRAN_SYNC_LOOP="uvloop")


def use_logs() -> None:
    """Write a question for a warehouse."""
    import_module("fivetran_async.logs").recent_syncs().render("snowflake")


def use_sandbox() -> None:
    """Export the history of a local Fivetran."""
    with Sandbox(groups=1, connections=1) as box:
        box.export_logs("logs.duckdb")


def use_history() -> None:
    """Keep an audit in a history, and read it."""
    reports.append(blocking_calls(), "history.duckdb")
    reports.trends("history.duckdb")


def use_redis() -> None:
    """Call with a budget in a Redis, which is away: the call goes on."""
    budget = import_module("fivetran_async.redis_budget").RedisBudget("redis://127.0.0.1:1", timeout=0.2)
    with Sandbox(groups=1) as box, box.sync_client(budget=budget) as ft:
        ft.account.info()


def use_connector() -> None:
    """Write a connector, run and pack it, and load what compares it with its source."""
    sdk = import_module("fivetran_async.connector_sdk")
    if not Path("shop").exists():
        write_template("shop")
    run = sdk.debug("shop")
    if not run.ok:
        raise SmokeError(f"the new connector fails: {run}")
    sdk.pack("shop")
    import_module("fivetran_async.connector_sdk._verify_sql")


USES: Mapping[str, Callable[[], None]] = {
    "cli": use_cli,
    "connector": use_connector,
    "history": use_history,
    "logs": use_logs,
    "otel": use_otel,
    "redis": use_redis,
    "sandbox": use_sandbox,
    "speed": use_speed,
    "yaml": use_yaml,
}


if __name__ == "__main__":
    main(sys.argv[1:])
