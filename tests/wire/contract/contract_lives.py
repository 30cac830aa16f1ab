"""The lives that the contract tests lead: each calls the methods of one kind of objects, from creation to deletion."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, Protocol

from contract_facts import METHODS, Exchange

from fivetran_async.sandbox import Sandbox
from fivetran_async.sandbox.account import Account

_SHOWN = 20

Judge = Callable[[Mapping[str, Any], Sequence[Exchange], Any], list[str]]
"""Takes an operation, what was sent and answered, and what the method returned; returns what is wrong."""


class Colour(Protocol):
    """One of the two packages, as the shared fixture has it."""

    async def call(self, method: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a method of a client."""
        ...

    async def items(self, pager: Any) -> list[Any]:
        """Iterate over a pager to its end."""
        ...


class Context:
    """What a life is led with.

    Args:
        ft: A client of the box.
        colour: The package that it is of.
        box: A sandbox of this life's own.
        folder: A folder for files.
        tape: Where every request of the client stands, with its answer.
        judge: Looks at each call.

    Attributes:
        box: The sandbox.
        folder: The folder.
        tape: What was sent and answered so far.
        operations: The ids of the operations that were called.
        problems: What the judge found, with the method in front.
    """

    def __init__(
        self, ft: Any, colour: Colour, box: Sandbox, folder: Path, tape: Sequence[Exchange], judge: Judge
    ) -> None:
        self._ft = ft
        self._colour = colour
        self._judge = judge
        self.box = box
        self.folder = folder
        self.tape = tape
        self.operations: set[str] = set()
        self.problems: list[str] = []

    @property
    def account(self) -> Account:
        """The state behind the box, to plant in."""
        return self.box.account

    @property
    def group(self) -> str:
        """The id of the account's first group, which has a destination."""
        return next(iter(self.account.groups))

    @property
    def report(self) -> str:
        """The first of the problems, a line for each."""
        return "\n".join([f"{len(self.problems)} problems:", *self.problems[:_SHOWN]])

    async def call(self, name: str, /, *ids: str | Path, **arguments: Any) -> Any:
        """Call a method by the name that the document of all operations has for it; return all items of a list."""
        began = len(self.tape)
        result = await self._colour.call(attrgetter(name)(self._ft), *ids, **arguments)
        if hasattr(result, "pages"):
            result = await self._colour.items(result)
        entry = METHODS[name]
        self.operations.add(entry["id"])
        made = self.tape[began:]
        lines = self._judge(entry, made, result) if made else ["nothing was sent"]
        self.problems += [f"{name}: {line}" for line in lines]
        return result

    async def ids(self, name: str, /, *ids: str, **arguments: Any) -> list[str]:
        """Return the ids of the items of a list, as they are on the wire."""
        began = len(self.tape)
        await self.call(name, *ids, **arguments)
        pages = [json.loads(made.response.body)["data"]["items"] for made in self.tape[began:]]
        return [item["id"] for items in pages for item in items]


@dataclass(frozen=True)
class Life:
    """One life.

    Attributes:
        name: Its name.
        operations: The ids of the operations that it is there for.
        lead: Leads it.
    """

    name: str
    operations: frozenset[str]
    lead: Callable[[Context], Awaitable[None]]


def life(*methods: str) -> Callable[[Callable[[Context], Awaitable[None]]], Life]:
    """Make a function the life that is there for some methods."""

    def made(lead: Callable[[Context], Awaitable[None]]) -> Life:
        return Life(lead.__name__, frozenset(METHODS[method]["id"] for method in methods), lead)

    return made
