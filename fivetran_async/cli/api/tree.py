"""The commands of `fivetran-async api`, made of commands.json when they are first wanted."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final, cast

import click

from fivetran_async.cli.account import base_url_option
from fivetran_async.cli.api.call import run
from fivetran_async.cli.api.show import show_options
from fivetran_async.cli.api.values import NULL, JsonValue, PathOf, Time
from fivetran_async.cli.lazy import HelpfulGroup

Entry = Mapping[str, Any]

_KINDS: Final[Mapping[str, Any]] = {
    "text": click.STRING,
    "texts": click.STRING,
    "whole": click.INT,
    "number": click.FLOAT,
    "time": Time(),
    "json": JsonValue(),
    "file": PathOf(exists=True),
    "path": PathOf(exists=False),
}


@cache
def entries() -> Mapping[tuple[str, ...], Entry]:
    """Return what is known of each command, by the names that lead to it."""
    text = resources.files("fivetran_async.cli.api").joinpath("commands.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)
    return {tuple(_dashed(name) for name in entry["path"]): entry for entry in found}


class Branch(HelpfulGroup):
    """The commands below some names."""

    def __init__(self, at: tuple[str, ...], *, further: Sequence[click.Command] = (), **attributes: Any) -> None:
        super().__init__(**attributes)
        self._at = at
        self._further = {command.name: command for command in further}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names."""
        depth = len(self._at)
        below = {names[depth] for names in entries() if names[:depth] == self._at}
        return sorted(below | {name for name in self._further if name})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Return what a name leads to: a command or further names; None where it leads nowhere."""
        names = (*self._at, cmd_name)
        if cmd_name in self._further:
            return self._further[cmd_name]
        if (entry := entries().get(names)) is not None:
            return command_of(entry)
        below = [others for others in entries() if others[: len(names)] == names]
        if not below:
            return None
        words = " ".join(cmd_name.split("-"))
        return Branch(names, name=cmd_name, help=f"What there is to do with {words}.", short_help=_count(len(below)))


def command_of(entry: Entry) -> click.Command:
    """Make a command of what is known of it."""
    parameters = cast("list[dict[str, Any]]", entry["parameters"])
    options: list[click.Parameter] = [_parameter(one) for one in parameters]
    if entry["confirm"]:
        options.append(click.Option(["--yes"], is_flag=True, help="Do it: it destroys data, or keys that are in use."))

    def call(**given: Any) -> int:
        return run(entry, given)

    made = click.Command(
        name=_dashed(entry["path"][-1]),
        callback=call,
        params=options,
        help="\n\n".join(text for text in (entry["summary"], entry["text"], entry["returns"]) if text),
        short_help=entry["summary"],
        epilog="\n".join(f"API: {operation}" for operation in entry["operations"]) or None,
    )
    for decorate in show_options(listed=entry["result"] == "list"):
        made = decorate(made)
    return base_url_option(made)


def _parameter(one: Mapping[str, Any]) -> click.Parameter:
    name, kind = one["name"], one["kind"]
    if one.get("positional"):
        many = kind == "texts"
        return click.Argument([name], type=_KINDS[kind], required=True, nargs=-1 if many else 1)
    told = one["help"] + (f" The word {NULL} takes it away." if one.get("nullable") else "")
    flag = f"--{_dashed(name)}"
    if kind == "flag":
        return click.Option([f"{flag}/--no-{_dashed(name)}"], default=None, help=told)
    if kind == "choice":
        return click.Option([flag, name], type=click.Choice(one["choices"]), help=told)
    return click.Option(
        [flag, name],
        type=_KINDS[kind],
        # Also of what has a default of its own: what is not said is not sent.
        default=None,
        required=one.get("required", False),
        multiple=kind == "texts",
        help=told + (f" [default: {one['default']}]" if "default" in one else ""),
    )


def _count(commands: int) -> str:
    return "1 command" if commands == 1 else f"{commands} commands"


def _dashed(name: str) -> str:
    return name.replace("_", "-")
