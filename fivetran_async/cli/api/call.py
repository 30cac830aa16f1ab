"""Calling a method of the client with what the command line has given, and showing what comes of it."""

import sys
from collections.abc import Mapping
from functools import reduce
from typing import Any, cast

import click

from fivetran_async.cli import output
from fivetran_async.cli.account import using
from fivetran_async.cli.api.show import Shown, plain
from fivetran_async.cli.api.values import NULL
from fivetran_async.cli.app import Exit
from fivetran_async.client import Fivetran
from fivetran_async.errors import ConfirmationError
from fivetran_async.paging import Pager


def run(entry: Mapping[str, Any], given: Mapping[str, Any]) -> int:
    """Call the method of a command.

    Args:
        entry: What is known of the command.
        given: The arguments and options, by name; None for what was left out.
    """
    shown = Shown.taken(given)
    positional, named = _arguments(entry, given)
    if entry["confirm"]:
        named["confirm"] = given["yes"]

    async def call(ft: Fivetran) -> None:
        method = reduce(getattr, entry["path"], ft)
        result = cast("Any", method)(*positional, **named)
        if isinstance(result, Pager):
            await shown.items(cast("Pager[Any]", result))
            return
        shown.value(plain(await result))

    with output.to_reader():
        try:
            using(Fivetran.from_env(base_url=given["base_url"]), call)
        except ConfirmationError:
            # Nothing was sent: whether it is wanted depends on the arguments, and the client knows.
            if not _confirmed(entry, positional):
                output.complain("nothing was done")
                return Exit.UNFINISHED
            named["confirm"] = True
            using(Fivetran.from_env(base_url=given["base_url"]), call)
    return Exit.FINE


def _arguments(entry: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for parameter in cast("list[dict[str, Any]]", entry["parameters"]):
        name = parameter["name"]
        value = given[name]
        if parameter.get("positional"):
            positional.append(value)
        elif value is None or (parameter["kind"] == "texts" and not value):
            continue
        else:
            named[name] = None if parameter.get("nullable") and value == NULL else value
    return positional, named


def _confirmed(entry: Mapping[str, Any], positional: list[Any]) -> bool:
    what = f"{' '.join(entry['path'])} {' '.join(map(str, positional))}".strip()
    if not sys.stdin.isatty():
        raise click.UsageError(f"{what} destroys data, or keys that are in use: say --yes to do it.")
    click.echo(entry["summary"], err=True)
    return click.confirm(f"Really {what}?", err=True)
