"""The pytest plugin, used by a project outside this repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap

import pytest

# What the user of the SDK has written ...
SERVICE = """
    from fivetran_async import Fivetran

    async def count():
        async with Fivetran.from_env() as ft:
            return len(await ft.connections.list().collect())

    async def synced(ft, id):
        return await ft.connections.sync_and_wait(id, timeout=7200)
"""
# ... and how they test it.
SUITE = """
    from datetime import timedelta

    import pytest
    from fivetran_async import Fivetran, RetryPolicy, ServerError
    from fivetran_async.testing import FakeTransport

    import service

    async def test_the_environment_leads_to_the_sandbox(fivetran_sandbox):
        assert await service.count() == 6
        assert fivetran_sandbox.calls == 1

    async def test_async(fivetran, fivetran_sandbox):
        assert isinstance(fivetran, Fivetran)
        assert len([c async for c in fivetran.connections.list()]) == 6
        assert fivetran_sandbox.calls == 1

    def test_sync(fivetran_sync, fivetran_sandbox):
        assert len(fivetran_sync.groups.list().collect()) == 2
        assert fivetran_sandbox.calls == 1

    @pytest.mark.fivetran_sandbox(groups=3, connections=30, seed=7)
    class TestOptions:
        async def test_of_the_class(self, fivetran):
            assert len(await fivetran.groups.list().collect()) == 3

        @pytest.mark.fivetran_sandbox(groups=1)
        async def test_the_nearest_wins(self, fivetran):
            assert len(await fivetran.groups.list().collect()) == 1
            assert len(await fivetran.connections.list().collect()) == 30

    @pytest.mark.fivetran_fault("GET", "/v1/groups", status=429, headers={"Retry-After": "90"}, times=2)
    async def test_a_fault_is_waited_out(fivetran, fivetran_sandbox, no_waiting):
        assert len(await fivetran.groups.list().collect()) == 2
        assert sum(no_waiting.slept) >= 180
        assert fivetran_sandbox.calls == 3

    @pytest.mark.fivetran_faults({"5xx": 1.0}, seed=3)
    @pytest.mark.fivetran_client(retry=RetryPolicy(attempts=2))
    def test_faults_by_chance(fivetran_sync, fivetran_sandbox, no_waiting):
        with pytest.raises(ServerError):
            fivetran_sync.account.info()
        assert fivetran_sandbox.calls == 2

    async def test_hours_pass_at_once(fivetran, fivetran_sandbox, no_waiting):
        connection = await fivetran.connections.list().first()
        await fivetran.connections.resume(connection.id)
        result = await service.synced(fivetran, connection.id)
        assert result.ok and result.ended - result.started < timedelta(hours=2)

    @pytest.mark.fivetran_fault("*", "/v1", status=503, times=None)
    async def test_clients_of_the_code_do_not_wait_either(fivetran_sandbox, no_waiting):
        with pytest.raises(ServerError):
            await service.count()
        assert len(no_waiting.slept) >= 3

    def test_without_a_server():
        with FakeTransport() as fake:
            fake.reply("GET", "/v1/account/info", {"account_id": "a"})
            with fake.sync_client() as ft:
                assert ft.account.info().account_id == "a"
"""
WRONG = """
    import pytest

    def test_colour(fivetran):
        pass

    @pytest.mark.fivetran_sandbox(gruops=3)
    def test_option(fivetran_sandbox):
        pass

    @pytest.mark.fivetran_fault("GET", "/v1/groups")
    def test_fault(fivetran_sandbox):
        pass

    @pytest.mark.fivetran_sandbox(3)
    def test_unnamed(fivetran_sandbox):
        pass
"""
_SCOPE = "asyncio_default_fixture_loop_scope = function"
# By plugin: the settings, the options, and how coroutine tests are marked.
PLUGINS = {
    "pytest-asyncio": (f"asyncio_mode = auto\n{_SCOPE}", ["-p", "no:anyio"], None),
    "strict pytest-asyncio": (_SCOPE, ["-p", "no:anyio"], "asyncio"),
    "anyio": ("", ["-p", "no:asyncio"], "anyio"),
}
BACKEND = """
    import pytest

    @pytest.fixture
    def anyio_backend():
        return "asyncio"
"""


@pytest.fixture
def project(tmp_path):
    """Run pytest in a folder that has nothing of this repository, with every warning an error."""

    def run(suite, ini, options, mark):
        if mark is not None:
            suite = re.sub(r"^( +)async def test", rf"\1@pytest.mark.{mark}\n\g<0>", suite, flags=re.MULTILINE)
        (tmp_path / "service.py").write_text(textwrap.dedent(SERVICE))
        (tmp_path / "test_service.py").write_text(textwrap.dedent(suite))
        (tmp_path / "conftest.py").write_text(textwrap.dedent(BACKEND))
        (tmp_path / "pytest.ini").write_text(f"[pytest]\nfilterwarnings = error\n{ini}\n")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "FIVETRAN"))}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--strict-markers", *options],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    return run


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_project_outside_passes_its_own_suite(project, plugin):
    """Users of one way to run coroutine tests would find clients left open, or no client."""
    ran = project(SUITE, *PLUGINS[plugin])
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "10 passed" in ran.stdout


def test_what_is_wrong_is_said(project):
    """A slip in a marker would be a test of something else."""
    ran = project(WRONG, *PLUGINS["pytest-asyncio"])
    assert ran.returncode == 1
    said = " ".join(ran.stdout.split())
    assert "the fixture fivetran is the asyncio client" in said
    assert "unexpected keyword argument 'gruops'" in said
    assert "a fault needs at least one of" in said
    assert "takes named options only" in said
    assert "4 errors" in said


def test_a_coroutine_test_that_nobody_runs(project):
    """The advice would be to install pytest-asyncio, which is installed."""
    suite = """
        async def test_async(fivetran):
            assert await fivetran.account.info()
    """
    ran = project(suite, _SCOPE, [], None)
    assert ran.returncode == 1
    assert "say asyncio_mode = auto" in " ".join(ran.stdout.split())


def test_nothing_is_loaded_before_it_is_asked_for():
    """Every run of pytest on the machine would pay for the SDK."""
    code = "import sys, fivetran_async.pytest_plugin; sys.exit('aiohttp' in sys.modules or 'attrs' in sys.modules)"
    # pytest itself may bring attrs along one day: then this says so.
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
