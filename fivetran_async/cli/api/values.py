"""How the text of an argument becomes what a method takes."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:
    # Generic for the checkers only: older versions of click cannot be subscripted.
    ParamType = click.ParamType

NULL: Final = "null"
"""What stands for null where the API takes it."""


class JsonValue(ParamType):
    """JSON: as it stands, `@FILE` for that of a file, or `-` for that of stdin."""

    name = "json|@file|-"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it, and say where it is no JSON."""
        if not isinstance(value, str):
            return value
        where = "it"
        if value == "-":
            text, where = sys.stdin.read(), "stdin"
        elif value.startswith("@"):
            where = value[1:]
            try:
                text = Path(where).read_text(encoding="utf-8")
            except (OSError, ValueError) as error:
                self.fail(f"{where!r} cannot be read: {getattr(error, 'strerror', None) or error}", param, ctx)
        else:
            text = value
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            # Its text may hold a secret: only the place is said.
            self.fail(f"{where} is no JSON: {error.msg} in line {error.lineno}, column {error.colno}", param, ctx)


class Time(ParamType):
    """A time with its offset from UTC, as ISO 8601 has it."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it."""
        if not isinstance(value, str):
            return value
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time such as 2026-08-01T12:00:00Z", param, ctx)
        if found.tzinfo is None:
            self.fail(f"{value!r} wants an offset, such as {value}Z for UTC", param, ctx)
        return found


class PathOf(click.Path):
    """A file; its content is read by the client, piece by piece."""

    def __init__(self, *, exists: bool) -> None:
        super().__init__(exists=exists, dir_okay=False, path_type=Path)
