"""Which event loop the sync facade runs on."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from fivetran_async.sandbox import Sandbox

PROGRAM = """
import asyncio, os, sys
os.environ["FIVETRAN_SYNC_LOOP"] = {value!r}
from fivetran_sync import ConfigError, Fivetran, _bridge

async def kind():
    return type(asyncio.get_running_loop()).__module__

ft = Fivetran.from_env()
for _ in range(2):
    try:
        print(bool(ft.account.info().account_id), _bridge.run(kind()))
    except ConfigError as error:
        print(error)
"""


@pytest.mark.parametrize(("value", "home"), [("", "asyncio."), ("asyncio", "asyncio."), ("uvloop", "uvloop")])
@pytest.mark.skipif(sys.platform == "win32", reason="uvloop does not exist there")
def test_the_loop_that_the_environment_names(box: Sandbox, script: Callable[..., Any], value: str, home: str) -> None:
    """Uvloop, which forks do not bear, would be taken unasked, or not be taken where it is asked for."""
    status, out, err = script(PROGRAM.format(value=value)).end()
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == ["True", "True"]
    assert all(line.split()[1].startswith(home) for line in out.splitlines())


def test_a_loop_that_does_not_exist(box: Sandbox, script: Callable[..., Any]) -> None:
    """A misspelt name would pass unseen, or leave the facade without a loop for good and without a word."""
    status, out, err = script(PROGRAM.format(value="uvlop")).end()
    assert (status, err) == (0, "")
    assert out == "FIVETRAN_SYNC_LOOP must be asyncio or uvloop, not 'uvlop'\n" * 2
