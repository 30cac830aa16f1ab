"""Fixtures for all tests: a sandbox, and both colours of the client behind one interface."""

import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import fivetran_async
import fivetran_sync
from fivetran_async.sandbox import Sandbox


class Colour:
    """One of the two packages; `await` makes no difference between them here."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.package: Any = {"async": fivetran_async, "sync": fivetran_sync}[name]

    def client(self, box: Sandbox, **options: Any) -> Any:
        """Return a client of the sandbox in this colour."""
        return box.client(**options) if self.name == "async" else box.sync_client(**options)

    async def call(self, method: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a method and return what it returns, awaited where it must be."""
        result = method(*args, **kwargs)
        return await result if inspect.isawaitable(result) else result

    async def items(self, pager: Any) -> list[Any]:
        """Iterate over a pager to its end."""
        if self.name == "async":
            return [item async for item in pager]
        return list(pager)

    async def pages(self, pager: Any) -> list[Any]:
        """Iterate over a pager's pages to their end."""
        if self.name == "async":
            return [page async for page in pager.pages()]
        return list(pager.pages())


@pytest.fixture(params=["async", "sync"])
def colour(request: pytest.FixtureRequest) -> Colour:
    """Both packages in turn: one behaviour is tested once."""
    return Colour(request.param)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A small account."""
    with Sandbox(seed=7, groups=5, connections=60) as sandbox:
        yield sandbox


@pytest.fixture
async def ft(colour: Colour, box: Sandbox) -> AsyncIterator[Any]:
    """A client of the small account, in both colours."""
    client = colour.client(box)
    yield client
    await colour.call(client.close)
