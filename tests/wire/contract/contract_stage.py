"""Where the lives are led: a sandbox, a client whose requests are taped, and somebody who looks at every call."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import lives_of_agents
import lives_of_connections
import lives_of_people
import lives_of_tools
import pytest
from contract_checker import Checker, Json, differences
from contract_facts import Exchange, items_of, operation_of, reply_problems, request_problems
from contract_lives import Context, Judge, Life

from fivetran_async._wire import Request, Response
from fivetran_async.config import Timeout
from fivetran_async.models._base import Model
from fivetran_async.sandbox import Sandbox
from fivetran_async.sandbox.calls import as_list
from fivetran_async.transport import Transport

_MODULES = (lives_of_agents, lives_of_connections, lives_of_people, lives_of_tools)
LIVES = [one for module in _MODULES for one in vars(module).values() if isinstance(one, Life)]


@asynccontextmanager
async def stage(
    colour: Any,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    judge: Judge,
    *,
    sizes: tuple[int, int] = (2, 3),
    surprise: bool = False,
    **options: Any,
) -> AsyncGenerator[Context]:
    """Open a sandbox and a client of it, and return what a life is led with.

    Args:
        colour: The package that the client is of.
        folder: A folder for files.
        monkeypatch: Puts the tape into the transport.
        judge: Looks at each call.
        sizes: How many groups and connections the account has.
        surprise: Whether the sandbox's replies have fields and values that nobody knows.
        **options: Of the client.
    """
    tape: list[Exchange] = []
    send = Transport.send

    async def taped(self: Transport, request: Request, timeout: Timeout) -> Response:  # noqa: ASYNC109 - as it is
        response = await send(self, request, timeout)
        tape.append(Exchange(request, response))
        return response

    box = Sandbox(seed=7, groups=sizes[0], connections=sizes[1], surprise=surprise)
    with box, monkeypatch.context() as patch:
        patch.setattr(Transport, "send", taped)
        ft = colour.client(box, **options)
        try:
            yield Context(ft, colour, box, folder, tape, judge)
        finally:
            await colour.call(ft.close)


def contract_of(checker: Checker) -> Judge:
    """Return what finds where a call differs from the definition, and what decoding loses."""

    def judge(entry: Mapping[str, Any], made: Sequence[Exchange], result: Any) -> list[str]:
        lines: list[str] = []
        for request, response in made:
            own = operation_of(request)
            if own is None or (own is not entry and not checker.allows(entry["id"], own["id"])):
                lines.append(f"{request.method} {request.target} is another operation")
            else:
                lines += [*request_problems(checker, own, request), *reply_problems(checker, own, response)]
        return lines + losses(checker, entry, made, result)

    return judge


def losses(checker: Checker, entry: Mapping[str, Any], made: Sequence[Exchange], result: Any) -> list[str]:
    """Return where the models that a call returned say something else than its reply."""
    lines: list[str] = []
    for model, item in pairs(checker, entry, made, result):
        kind = entry["result"]
        lines += differences(checker.plain(model.to_dict(), kind), checker.plain(item, kind), "decoded")
    return lines


def pairs(
    checker: Checker, entry: Mapping[str, Any], made: Sequence[Exchange], result: Any
) -> list[tuple[Model, dict[str, Json]]]:
    """Return each model that a call returned, with what it was made of."""
    pages = [items_of(checker, entry, response) for request, response in made if operation_of(request) is entry]
    assert pages, f"{entry['id']} was not called"
    sent = [item for items in pages if items is not None for item in items]
    models = as_list(result)
    if models is None:
        models = [] if None in pages else [result]
    return list(zip(models, sent, strict=True))
