"""The example's modules, and a Keap that runs here."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from fivetran_async import RetryPolicy
from fivetran_async.sandbox import Sandbox

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "keap_emails"
sys.path.insert(0, str(EXAMPLE))
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
async def keap() -> AsyncIterator[Any]:
    """Three days of 2,500 emails."""
    from fake_keap import FakeKeap  # noqa: PLC0415 - its folder is not on the path before

    async with FakeKeap() as fake:
        yield fake


@pytest.fixture
def bare() -> Iterator[Sandbox]:
    """An account without connections."""
    with Sandbox(seed=7, groups=2, connections=0) as box:
        yield box


@pytest.fixture
async def stage(colour: Any, bare: Sandbox) -> AsyncIterator[Any]:
    """A warehouse, and a client of each colour in turn."""
    from deploy_stage import Stage  # noqa: PLC0415 - its folder is not on the path before

    bare.account.things["connector_packages"].clear()
    group = bare.account.add_group(name="Warehouse")["id"]
    bare.account.add_destination(group, "big_query")
    client = colour.client(bare, retry=RetryPolicy(initial_wait=0.01))
    yield Stage(colour, client, bare, group)
    await colour.call(client.close)
