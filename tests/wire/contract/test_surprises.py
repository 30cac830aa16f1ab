"""Every operation against an API of tomorrow: nothing breaks, and nothing of what is new is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from contract_checker import Checker
from contract_facts import ALLOWED, SPEC, Exchange
from contract_lives import Life
from contract_stage import LIVES, losses, pairs, stage

from fivetran_async.models._base import Model, decoded, field_names
from fivetran_async.sandbox.surprise import FIELD, VALUE

CHECKER = Checker(SPEC, ALLOWED)


def everything_new_is_there(entry: Mapping[str, Any], made: Sequence[Exchange], result: Any) -> list[str]:
    """Return where a model does not hold what its reply says beyond the definition."""
    lines = losses(CHECKER, entry, made, result)
    for model, item in pairs(CHECKER, entry, made, result):
        lines += [] if FIELD in item else [f"{type(model).__name__}: there was no surprise"]
        lines += [] if model.raw is not None and decoded(model.raw) == item else ["raw: not what was sent"]
        lines += unlike_extras(model, item, type(model).__name__)
    return lines


def unlike_extras(value: Any, sent: Any, where: str) -> list[str]:
    """Return the models in a value whose `extra` is not what they were sent beyond their fields."""
    if isinstance(value, Model):
        return [] if sent is None else _unlike_extra(value, sent, where)
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, tuple):
        inner = list(enumerate(cast("tuple[Any, ...]", value)))
    elif isinstance(value, Mapping):
        inner = list(cast("Mapping[str, Any]", value).items())
    return [line for key, item in inner for line in unlike_extras(item, sent[key], f"{where}.{key}")]


def _unlike_extra(model: Model, sent: Mapping[str, Any], where: str) -> list[str]:
    names = field_names(type(model))
    fits = model.extra == {name: item for name, item in sent.items() if name not in names}
    lines = [] if fits else [f"{where}: extra is {model.extra}"]
    for name in names:
        lines += unlike_extras(getattr(model, name), sent.get(name), f"{where}.{name}")
    return lines


@pytest.mark.parametrize("one", LIVES, ids=lambda one: one.name)
async def test_a_life_among_surprises(one: Life, colour: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a field or a value that the API adds one day would break calls, or get lost on its way."""
    async with stage(colour, tmp_path, monkeypatch, everything_new_is_there, surprise=True, keep_raw=True) as ctx:
        await one.lead(ctx)
    assert not ctx.problems, ctx.report
    assert one.operations <= ctx.operations


@pytest.mark.parametrize("colour", ["async"], indirect=True)
async def test_there_are_unknown_values(colour: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the lives among surprises would meet fields that are new, and never a value."""
    (one,) = (one for one in LIVES if one.name == "connection")
    async with stage(colour, tmp_path, monkeypatch, everything_new_is_there, surprise=True) as ctx:
        await one.lead(ctx)
    assert sum(VALUE.encode() in response.body for _, response in ctx.tape) >= 3
