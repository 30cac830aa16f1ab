"""What commands that call the API share: where it is, and a client that is closed again."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from fivetran_async._loops import run_on_quickest
from fivetran_async.client import Fivetran
from fivetran_async.config import DEFAULT_BASE_URL

T = TypeVar("T")

base_url_option = click.option(
    "--base-url", metavar="URL", help=f"Where the API is. [default: $FIVETRAN_BASE_URL or {DEFAULT_BASE_URL}]"
)
"""Of commands that call the API; other credentials than those of the environment would stand in a shell's history."""


def using(client: Fivetran, work: Callable[[Fivetran], Awaitable[T]]) -> T:
    """Do work with a client, and close it whatever happens.

    Args:
        client: The client.
        work: Called with the client, once it is open.
    """

    async def run() -> T:
        async with client as ft:
            return await work(ft)

    return run_on_quickest(run())
