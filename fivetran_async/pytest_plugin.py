"""The pytest plugin: a local Fivetran, clients for it, and waits that end at once.

It is loaded by the package's entry point, and imports nothing of the SDK before a test asks for it.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fivetran_async._wire import Request, Response
    from fivetran_async.client import Fivetran
    from fivetran_async.config import Timeout
    from fivetran_async.sandbox import Sandbox
    from fivetran_async.testing import NoWaiting
    from fivetran_sync import Fivetran as SyncFivetran

_SANDBOX = "fivetran_sandbox"
_CLIENT = "fivetran_client"
_FAULT = "fivetran_fault"
_CHANCE = "fivetran_faults"

_MARKERS = (
    f"{_SANDBOX}(**options): options of the test's sandbox, such as groups=3, limits='trial', load='account.json'",
    f"{_CLIENT}(**options): options of the test's clients, such as retry=RetryPolicy(attempts=1)",
    f"{_FAULT}(method, path, **what): let the next matching request go wrong, as Sandbox.faults.script does",
    f"{_CHANCE}(rates, **options): let requests go wrong by chance, as Sandbox.faults.random does",
)
_OPEN = pytest.StashKey["Fivetran"]()
# Small, so that it opens at once; the same account each time.
_SMALL: dict[str, Any] = {"groups": 2, "connections": 6, "start": datetime(2026, 1, 1, 12, tzinfo=UTC)}


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.fixture
def fivetran_sandbox(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Sandbox]":
    """A local Fivetran of the test's own: `.url`, `.calls`, `.requests`, `.clock`, `.faults`, `.syncs`.

    Its address and credentials stand in the environment, so that code which calls `Fivetran.from_env()` talks to it.
    """
    from fivetran_async.sandbox import Sandbox  # noqa: PLC0415 - only when it is asked for

    options = {**_SMALL, **_options(request.node, _SANDBOX)}
    try:
        box = Sandbox(**options)
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(f"@pytest.mark.{_SANDBOX} of {request.node.nodeid}: {error}") from None
    for name, add in ((_FAULT, box.faults.script), (_CHANCE, box.faults.random)):
        _add_faults(request.node, name, add)
    with box:
        monkeypatch.setenv("FIVETRAN_BASE_URL", box.url)
        monkeypatch.setenv("FIVETRAN_API_KEY", box.api_key)
        monkeypatch.setenv("FIVETRAN_API_SECRET", box.api_secret)
        yield box


@pytest.fixture
def no_waiting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> "NoWaiting":
    """Let no wait of any client take time: pauses before another attempt, gates, and waits for syncs.

    With `fivetran_sandbox` in the test, its clock moves by as much, so that syncs go on. `.slept` says how long each
    wait was asked to be. See `fivetran_async.testing.NoWaiting`.
    """
    from fivetran_async._clock import SystemClock  # noqa: PLC0415 - only when it is asked for
    from fivetran_async.testing import NoWaiting  # noqa: PLC0415 - as above
    from fivetran_async.transport import Transport  # noqa: PLC0415 - as above

    clock = request.getfixturevalue(_SANDBOX).clock if _SANDBOX in request.fixturenames else None
    waiting = NoWaiting(clock)

    async def sleep(_: SystemClock, seconds: float) -> None:
        await waiting.sleep(seconds)

    request_once = Transport.send

    async def send(line: Transport, wanted: "Request", timeout: "Timeout") -> "Response":  # noqa: ASYNC109 - its own
        with waiting.busy():
            return await request_once(line, wanted, timeout)

    monkeypatch.setattr(Transport, "send", send)

    def now(_: SystemClock) -> datetime:
        return waiting.now()

    def monotonic(_: SystemClock) -> float:
        return waiting.monotonic()

    monkeypatch.setattr(SystemClock, "now", now)
    monkeypatch.setattr(SystemClock, "monotonic", monotonic)
    monkeypatch.setattr(SystemClock, "sleep", sleep)
    return waiting


@pytest.fixture
def fivetran(request: pytest.FixtureRequest, fivetran_sandbox: "Sandbox") -> "Fivetran":
    """An asyncio client for `fivetran_sandbox`, for a coroutine test; it is closed in the test's event loop."""
    if not inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        pytest.fail(
            "the fixture fivetran is the asyncio client and wants an `async def` test (with pytest-asyncio or anyio); "
            "here, ask for fivetran_sync, or for fivetran_sandbox and open box.client() in your own event loop",
            pytrace=False,
        )
    if _nobody_runs(request):
        pytest.fail(
            "pytest-asyncio is in its strict mode and leaves this coroutine test alone: say asyncio_mode = auto in the "
            "settings of pytest, or mark the test with @pytest.mark.asyncio",
            pytrace=False,
        )
    client = fivetran_sandbox.client(**_client_options(request))
    request.node.stash[_OPEN] = client
    return client


@pytest.fixture
def fivetran_sync(request: pytest.FixtureRequest, fivetran_sandbox: "Sandbox") -> "Iterator[SyncFivetran]":
    """A blocking client for `fivetran_sandbox`."""
    with fivetran_sandbox.sync_client(**_client_options(request)) as client:
        yield client


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let a coroutine test that has the asyncio client close it, in the loop that has used it."""
    if not isinstance(item, pytest.Function) or "fivetran" not in item.fixturenames:
        return
    test = item.obj
    if not inspect.iscoroutinefunction(test):
        return

    @functools.wraps(test)
    async def closing(*arguments: Any, **named: Any) -> Any:
        try:
            return await test(*arguments, **named)
        finally:
            await item.stash[_OPEN].close()

    item.obj = closing


def _nobody_runs(request: pytest.FixtureRequest) -> bool:
    """Return whether the one plugin for coroutine tests that is there does not run this one."""
    if not request.config.pluginmanager.hasplugin("asyncio") or "anyio_backend" in request.fixturenames:
        return False
    mode = request.config.getoption("asyncio_mode", None) or request.config.getini("asyncio_mode")
    # In its other mode, and wherever another plugin runs a test, there is a marker.
    return str(mode) == "strict" and not any(map(request.node.get_closest_marker, ("asyncio", "anyio", "trio")))


def _client_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    waiting = {"clock": request.getfixturevalue("no_waiting")} if "no_waiting" in request.fixturenames else {}
    return {**waiting, **_options(request.node, _CLIENT)}


def _options(node: pytest.Item, name: str) -> dict[str, Any]:
    """Return the options of a test's markers; those nearest to the test win."""
    found: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers(name))):
        if marker.args:
            raise pytest.UsageError(f"@pytest.mark.{name} of {node.nodeid} takes named options only")
        found |= marker.kwargs
    return found


def _add_faults(node: pytest.Item, name: str, add: Callable[..., object]) -> None:
    for marker in reversed(list(node.iter_markers(name))):
        try:
            add(*marker.args, **marker.kwargs)
        except (TypeError, ValueError) as error:
            raise pytest.UsageError(f"@pytest.mark.{name} of {node.nodeid}: {error}") from None
