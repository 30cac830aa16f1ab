"""Every operation through its method, in both colours: what goes out and what comes back against the definition."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from contract_checker import Checker
from contract_facts import ALLOWED, ENTRIES, METHODS, SPEC
from contract_lives import Life
from contract_stage import LIVES, contract_of, stage

from fivetran_async.hooks import Event, ItemRepaired


@pytest.mark.parametrize("one", LIVES, ids=lambda one: one.name)
async def test_a_life_keeps_to_the_definition(
    one: Life, colour: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a request or a reply would differ from the API's, or decoding lose what it does not name."""
    repaired: list[Event] = []

    def note(event: Event) -> None:
        if isinstance(event, ItemRepaired):
            repaired.append(event)

    judge = contract_of(Checker(SPEC, ALLOWED))
    async with stage(colour, tmp_path, monkeypatch, judge, keep_raw=False, hooks=(note,)) as ctx:
        await one.lead(ctx)
    assert not ctx.problems, ctx.report
    assert repaired == []
    assert one.operations <= ctx.operations


def test_the_lives_are_there_for_every_operation() -> None:
    """Otherwise an operation would go out that nobody has ever looked at."""
    assert {operation for one in LIVES for operation in one.operations} == set(ENTRIES)
    assert len(METHODS) == len(ENTRIES) == 169


READS: dict[str, tuple[str, ...]] = {
    "groups": ("get", "users.list", "connections", "public_key", "service_account"),
    "connections": ("get", "certificates.list", "fingerprints.list"),
    "destinations": ("get", "certificates.list", "fingerprints.list"),
    "users": ("get", "groups.list", "connections.list"),
    "teams": ("get", "groups.list", "connections.list", "users.list"),
    "system_keys": ("get",),
    "webhooks": ("get",),
    "log_services": ("get",),
    "external_secrets_managers": ("get", "entities"),
    "private_links": ("get",),
    "proxy_agents": ("get", "connections"),
    "hybrid_agents": ("get",),
    "transformation_projects": ("get",),
    "transformations": ("get",),
    "connector_packages": ("get",),
}
"""What can be asked about each object of a list."""


@pytest.mark.parametrize("colour", ["async"], indirect=True)
async def test_a_whole_account_keeps_to_the_definition(
    colour: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise what the sandbox makes up would look like nothing that the API has."""
    judge = contract_of(Checker(SPEC, ALLOWED))
    async with stage(colour, tmp_path, monkeypatch, judge, sizes=(10, 120), keep_raw=False) as ctx:
        for resource, methods in READS.items():
            for name in await ctx.ids(f"{resource}.list"):
                for method in methods:
                    await ctx.call(f"{resource}.{method}", name)
        for name, connection in list(ctx.account.connections.items()):
            if connection["succeeded_at"] is not None:
                await ctx.call("schemas.get", name)
    assert not ctx.problems, ctx.report


@pytest.mark.parametrize("colour", ["async"], indirect=True)
async def test_every_leniency_is_needed(colour: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise one that nothing needs any more would let a real difference pass."""
    checker = Checker(SPEC, ALLOWED)
    for one in LIVES:
        async with stage(colour, tmp_path, monkeypatch, contract_of(checker)) as ctx:
            await one.lead(ctx)
    assert ALLOWED - checker.used == set()
