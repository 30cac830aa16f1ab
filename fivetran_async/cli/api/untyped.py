"""Endpoints that the SDK has no name for: `api request` and `api paginate`."""

from typing import Any, Final

import click

from fivetran_async.cli import output
from fivetran_async.cli.account import base_url_option, using
from fivetran_async.cli.api.show import Shown, show_options
from fivetran_async.cli.api.values import JsonValue
from fivetran_async.cli.app import Exit
from fivetran_async.client import Fivetran

_METHODS: Final = ("GET", "POST", "PATCH", "PUT", "DELETE")

_query_option = click.option(
    "--query", "pairs", multiple=True, metavar="NAME=VALUE", help="A part of the query; may be repeated."
)


@click.command(name="request", short_help="Send any request and print its data.")
@click.argument("method", type=click.Choice(_METHODS, case_sensitive=False), metavar="METHOD")
@click.argument("path")
@_query_option
@click.option("--body", type=JsonValue(), help="The body: JSON, @FILE for that of a file, - for that of stdin.")
@click.option(
    "--idempotent", is_flag=True, help="It may be sent again when it is unknown whether it arrived; GET always may."
)
@base_url_option
def request(
    *, method: str, path: str, pairs: tuple[str, ...], body: Any, idempotent: bool, base_url: str | None
) -> int:
    """Send a request to PATH, such as /v1/groups, and print the `data` of the reply as JSON."""
    client = Fivetran.from_env(base_url=base_url)
    query = _query(pairs)

    async def call(ft: Fivetran) -> None:
        verb = method.upper()
        found = await ft.request(verb, path, query=query, body=body, idempotent=idempotent or verb == "GET")
        Shown(form="json").value(found)

    with output.to_reader():
        using(client, call)
    return Exit.FINE


@click.command(name="paginate", short_help="Read any list and print its items.")
@click.argument("path")
@_query_option
@base_url_option
def paginate(*, path: str, pairs: tuple[str, ...], base_url: str | None, **given: Any) -> int:
    """Read all pages of the list at PATH, such as /v1/groups, and print its items."""
    client = Fivetran.from_env(base_url=base_url)
    query, shown = _query(pairs), Shown.taken(given)

    async def call(ft: Fivetran) -> None:
        await shown.items(ft.paginate(path, query=query))

    with output.to_reader():
        using(client, call)
    return Exit.FINE


for _decorate in show_options(listed=True):
    paginate = _decorate(paginate)


def _query(pairs: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        name, is_pair, value = pair.partition("=")
        if not is_pair or not name:
            raise click.BadParameter(f"{pair!r} must be NAME=VALUE", param_hint="--query")
        found[name] = value
    return found
