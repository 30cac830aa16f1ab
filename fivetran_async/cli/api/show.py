"""How results are shown: which items, which of their fields, and as what."""

import csv
import json
import math
import re
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final, Self, TypeAlias, cast

import attrs
import click
import msgspec

from fivetran_async._cells import harmless
from fivetran_async.cli import output
from fivetran_async.cli.api.fields import all_columns, field_of, suited_columns, text_of
from fivetran_async.cli.api.names import Unseen
from fivetran_async.cli.api.values import NULL
from fivetran_async.paging import Pager

Decorate: TypeAlias = Callable[[click.Command], click.Command]

FORMATS: Final = ("table", "json", "jsonl", "csv")
# In the order in which they are looked for: the longer ones first.
_COMPARISONS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "!=": lambda seen, wanted: seen != wanted,
    "~": lambda seen, wanted: re.search(wanted, seen) is not None,
    "=": lambda seen, wanted: seen == wanted,
}


def show_options(*, listed: bool) -> Sequence[Decorate]:
    """Return the options by which a command is told how to show its result.

    Args:
        listed: Whether it is a list.
    """
    common = [
        click.option(
            "--output",
            "form",
            type=click.Choice(FORMATS),
            help="As what to print it. [default: a table for a list on a terminal, json otherwise]",
        ),
        click.option("--fields", metavar="A,B.C", help="Only these fields, such as id,status.setup_state."),
    ]
    if listed:
        common += [
            click.option("--limit", type=click.IntRange(min=0), help="No more than so many, over all pages."),
            click.option(
                "--filter",
                "filters",
                multiple=True,
                metavar="FIELD=VALUE",
                help="Only items whose field is so; != for is not, ~ for has a match of a regular expression. All that "
                "are given must hold. They are read all the same: options of the API cost fewer calls.",
            ),
        ]
    return cast("Sequence[Decorate]", common)


@attrs.frozen
class Filter:
    """A condition on a field."""

    field: str
    comparison: str
    value: str

    @classmethod
    def read(cls, text: str) -> Self:
        """Read it as it was typed.

        Raises:
            click.BadParameter: It is none.
        """
        found = re.match(r"([\w.\-]+)(!=|~|=)(.*)", text, re.DOTALL)
        if found is None:
            raise click.BadParameter(
                f"{text!r} must be FIELD=VALUE, FIELD!=VALUE or FIELD~REGEX, such as status.setup_state=broken",
                param_hint="--filter",
            )
        field, comparison, value = found.groups()
        if comparison == "~":
            try:
                re.compile(value)
            except re.error as error:
                raise click.BadParameter(
                    f"{value!r} is no regular expression: {error}", param_hint="--filter"
                ) from None
        return cls(field, comparison, value)

    def holds(self, item: Any) -> bool:
        """Return whether an item is to be shown; truth is told in any case, and null is `null` or nothing."""
        value = field_of(item, self.field)
        wanted = self.value
        if self.comparison != "~" and (isinstance(value, bool) or (value is None and wanted.lower() == NULL)):
            wanted = "" if value is None else wanted.lower()
        return _COMPARISONS[self.comparison](text_of(value), wanted)


@attrs.frozen(kw_only=True)
class Shown:
    """What is to be shown, and as what.

    Attributes:
        form: One of `FORMATS`; None for what suits.
        fields: The only fields; None for all, or in a table for those that fit.
        filters: Conditions that must all hold.
        limit: How many items at most; None for any number.
    """

    form: str | None = None
    fields: Sequence[str] | None = None
    filters: Sequence[Filter] = ()
    limit: int | None = None

    @classmethod
    def taken(cls, given: Mapping[str, Any]) -> Self:
        """Take it from the options of a command.

        Raises:
            click.BadParameter: An option is not what it should be.
        """
        fields: str | None = given.get("fields")
        names = None if fields is None else [name.strip() for name in fields.split(",")]
        if names is not None and not all(names):
            raise click.BadParameter(f"{fields!r} must be names with commas between them", param_hint="--fields")
        return cls(
            form=given.get("form"),
            fields=names,
            filters=[Filter.read(text) for text in given.get("filters", ())],
            limit=given.get("limit"),
        )

    async def items(self, pager: Pager[Any]) -> None:
        """Show a list; as lines of JSON, each item as it comes.

        Raises:
            click.BadParameter: A filter is on a field that no item has.
        """
        form = self.form or ("table" if output.is_terminal(sys.stdout) else "json")
        found: list[Any] = []
        conditions = [condition.field for condition in self.filters]
        unseen = Unseen.of([*conditions, *(self.fields or ())])
        async with aclosing(self._chosen(pager, unseen)) as chosen:
            async for item in chosen:
                if form == "jsonl":
                    click.echo(json.dumps(self._picked(item), ensure_ascii=False))
                else:
                    found.append(item)
        if (slip := unseen.told(conditions)) is not None:
            # Nothing that was found would look like nothing that there is.
            raise click.BadParameter(slip, param_hint="--filter")
        if form != "jsonl":
            self._show(form, found)
        self._note(unseen)

    def value(self, value: Any) -> None:
        """Show one result; nothing where there is none."""
        if value is None:
            return
        rows = cast("list[Any]", value) if isinstance(value, list) else [value]
        unseen = Unseen.of(self.fields or ())
        for row in rows:
            unseen.look(row)
        if self.form in {"table", "csv"}:
            self._show(self.form, rows)
        elif self.form == "jsonl":
            for row in rows:
                click.echo(json.dumps(self._picked(row), ensure_ascii=False))
        else:
            click.echo(_json(rows if isinstance(value, list) else value, self._picked))
        self._note(unseen)

    def _note(self, unseen: Unseen) -> None:
        # Shown all the same: what the API adds to some accounts only is a field as well.
        if (slip := unseen.told(self.fields or ())) is not None:
            click.echo(f"note: --fields: {slip}", err=True)

    async def _chosen(self, pager: Pager[Any], unseen: Unseen) -> AsyncGenerator[Any]:
        """Yield what is to be shown, and let `unseen` look at all of it."""
        if not self.filters and self.limit is not None:
            # By the pager, which asks for no page that nobody will see.
            for item in await pager.collect(limit=self.limit):
                found = plain(item)
                unseen.look(found)
                yield found
            return
        left = math.inf if self.limit is None else self.limit
        async with pager:
            async for item in pager:
                found = plain(item)
                unseen.look(found)
                if left > 0 and all(condition.holds(found) for condition in self.filters):
                    left -= 1
                    yield found
                if left <= 0:
                    break

    def _show(self, form: str, rows: list[Any]) -> None:
        if form == "json":
            click.echo(_json(rows, self._picked))
            return
        width = output.width()
        columns = self.fields or (suited_columns(rows, width) if form == "table" else all_columns(rows))
        cells = ([field_of(row, column) for column in columns] for row in rows)
        if form == "table":
            output.writer().table(columns, ([text_of(cell) for cell in row] for row in cells))
            if not rows:
                click.echo("note: nothing is found", err=True)
            return
        # A file has texts as they are; on a terminal they could command it.
        shown = output.clean if width is not None else str
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        # Of numbers, none is a formula.
        writer.writerows(
            [shown(harmless(cell) if isinstance(cell, str) else text_of(cell)) for cell in row] for row in cells
        )

    def _picked(self, row: Any) -> Any:
        if self.fields is None or not isinstance(row, dict):
            return row
        return {name: field_of(cast("Any", row), name) for name in self.fields}


def plain(value: Any) -> Any:
    """Return a result as plain JSON values."""
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in cast("list[Any]", value)]
    to_dict = getattr(value, "to_dict", None)
    if callable(to_dict):
        return to_dict()
    # What is no model of the API: how a sync ended, where a file is.
    return msgspec.to_builtins(value, enc_hook=str)


def _json(value: Any, picked: Callable[[Any], Any]) -> str:
    chosen = [picked(one) for one in cast("list[Any]", value)] if isinstance(value, list) else picked(value)
    return json.dumps(chosen, indent=2, ensure_ascii=False)
