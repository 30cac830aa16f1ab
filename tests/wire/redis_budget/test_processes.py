"""Processes of their own that share a budget, and forks of one."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

from fivetran_async import _codec
from fivetran_async import operations as ops
from fivetran_async.redis_budget import RedisBudget

REQUEST = _codec.encode(ops.GET_ACCOUNT_INFO)


@pytest.fixture
def program(server, box, key):
    """Start a Python program that has the sandbox and Redis in its environment, with every warning an error."""
    processes = []

    def start(code):
        variables = {
            "FIVETRAN_BASE_URL": box.url,
            "FIVETRAN_API_KEY": box.api_key,
            "FIVETRAN_API_SECRET": box.api_secret,
            "REDIS": server.url,
            "KEY": key,
        }
        options = ["-W", "error", "-W", "ignore::DeprecationWarning:fork"]
        processes.append(
            subprocess.Popen(
                [sys.executable, *options, "-c", textwrap.dedent(code)],
                env=os.environ | variables,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def ended(process):
    """Wait for the end and return what was printed."""
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    return out


async def test_processes_share(program, box, server, key):
    """What this library is for, several processes of one account, would be tested in one process only."""
    code = """
        import asyncio, os
        from fivetran_async import Fivetran, RateLimitedError, RetryPolicy
        from fivetran_async.redis_budget import RedisBudget

        async def main():
            budget = RedisBudget(os.environ["REDIS"], key=os.environ["KEY"], when_away="closed", timeout=20)
            async with Fivetran.from_env(budget=budget, retry=RetryPolicy(max_retry_after=0.1)) as ft:
                results = await asyncio.gather(*(ft.account.info() for _ in range(15)), return_exceptions=True)
            assert all(isinstance(one, RateLimitedError) and not one.sent
                       for one in results if isinstance(one, Exception)), results
            print(sum(not isinstance(one, Exception) for one in results))

        asyncio.run(main())
    """
    async with RedisBudget(server.url, key=key, when_away="closed") as teller:
        grant = await teller.enter(REQUEST)
        teller.observe({"X-Rate-Limit-Remaining": "31"}, grant)
        teller.leave()
        await teller.enter(REQUEST)
        teller.leave()
    assert sum(int(ended(process)) for process in [program(code) for _ in range(3)]) == 30
    assert box.calls == 30


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_has_a_connection_of_its_own(program):
    """Parent and child would read each other's answers, or a child that ends would silence the parent's connection."""
    out = ended(
        program("""
        import os
        from fivetran_sync import Fivetran
        from fivetran_async.redis_budget import RedisBudget

        budget = RedisBudget(os.environ["REDIS"], key=os.environ["KEY"], when_away="closed", timeout=20)
        ft = Fivetran.from_env(budget=budget)
        ft.account.info()
        child, idle = os.fork(), 1
        if child:
            idle = os.fork()
        if idle:
            for _ in range(50):
                ft.account.info()
        if child and idle:
            for process in (child, idle):
                assert os.waitpid(process, 0)[1] == 0
            ft.account.info()
            ft.close()
        elif idle:
            ft.close()
        print("done")
    """)
    )
    assert out.split() == ["done"] * 3
