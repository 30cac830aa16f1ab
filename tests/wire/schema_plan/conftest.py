"""A connection whose source a test chooses, and a client of each colour in turn."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from fivetran_async import RetryPolicy
from fivetran_async.sandbox import Sandbox


class Stage:
    """What the tests of schema plans do, in one colour."""

    def __init__(self, colour: Any, ft: Any, box: Sandbox) -> None:
        self.colour, self.ft, self.box = colour, ft, box
        self.group = next(iter(box.account.groups))
        self.sdk = importlib.import_module(f"{colour.package.__name__}.schema_plan")

    def connection(self, tables: Any = None, *, service: str = "postgres", read: bool = True, **fields: Any) -> str:
        """Plant a connection with the tables of its schema `public`, which was synced unless it is told otherwise."""
        source = {"schemas": {"public": {"tables": {"orders": {}} if tables is None else tables}}}
        at = {"succeeded_at": self.box.clock.now().isoformat()} if read else {}
        sandbox = {"source": source}
        return str(self.box.account.add_connection(self.group, service, sandbox=sandbox, **at, **fields)["id"])

    def tables(self, name: str, schema: str = "public") -> Any:
        """Return the live tables of a connection's source, to be changed."""
        return self.box.account.connection(name)["sandbox"]["source"]["schemas"][schema]["tables"]

    async def do(self, function: str, /, *args: Any, **options: Any) -> Any:
        """Call a function of the package."""
        return await self.colour.call(getattr(self.sdk, function), self.ft, *args, **options)

    async def apply(self, name: str, desired: Any, **options: Any) -> Any:
        """Apply a desired state, loading anew what is to be loaded anew."""
        return await self.do("apply", name, desired, **({"confirm": True} | options))

    async def config(self, name: str) -> Any:
        """Return the configuration of a connection."""
        return await self.colour.call(self.ft.schemas.get, name)

    def count(self) -> Callable[[], int]:
        """Return what tells how many calls were made since now."""
        before = self.box.calls
        return lambda: self.box.calls - before


@pytest.fixture
async def stage(colour: Any, opened: Callable[..., Sandbox]) -> AsyncIterator[Stage]:
    """An account without connections, and a client of each colour in turn."""
    box = opened(seed=7, groups=2, connections=0)
    client = colour.client(box, retry=RetryPolicy(initial_wait=0.001, max_wait=0.002))
    yield Stage(colour, client, box)
    await colour.call(client.close)
