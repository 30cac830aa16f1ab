"""A user's file in the asyncio colour: custom connectors beyond their code, with the types that a checker must see."""

# What is marked as an error has to be one for the other checker too.
# pyright: reportUnnecessaryTypeIgnoreComment=true

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, assert_type

from fivetran_async import ConnectionTask, Fivetran, Group, MapResult, SetupTest
from fivetran_async.connector_sdk import (
    DayCount,
    Deployment,
    Duplicate,
    Explanation,
    LocalRun,
    PackedConnector,
    SavedState,
    TableRun,
    Target,
    Verification,
    debug,
    deploy,
    deploy_all,
    edit_state,
    explain,
    pack,
    restore_state,
    save_state,
    verify,
)


def here() -> None:
    """Run and pack."""
    run = debug("shop", configuration={"api_key": "x", "none": None}, warehouse=Path("w.duckdb"), state_file="s.json")
    assert_type(run, LocalRun)
    assert_type(run.tables, tuple[TableRun, ...])
    assert_type(run.tables[0].rows, int)
    assert_type(run.state, Mapping[str, Any])
    assert_type(run.error, str | None)
    assert_type(run.ok, bool)
    debug("shop", configuration={"n": 1})  # type: ignore[dict-item]
    packed = pack(Path("shop"), configuration="configuration.json", allow_secrets=["a.py"], max_size=1_000_000)
    assert_type(packed, PackedConnector)
    assert_type(packed.content, bytes)
    assert_type(packed.files, tuple[str, ...])
    assert_type(packed.write("shop.zip"), Path)
    packed.sha256 = "x"  # type: ignore[misc]


async def deployments(ft: Fivetran, group: Group) -> None:
    """Deploy."""
    done = await deploy(
        ft,
        "shop",
        group=group,
        connection="shop",
        configuration=None,
        python_version="3.13",
        paused=False,
        sync_frequency=60,
        destination_schema_names="SOURCE_NAMING",
        run_setup_tests=False,
        dry_run=True,
    )
    assert_type(done, Deployment)
    assert_type(done.connection_id, str | None)
    assert_type(done.setup_tests, tuple[SetupTest, ...])
    assert_type(done.steps, tuple[str, ...])
    await deploy(ft, "shop", group="g", connection="shop", sync_frequency="60")  # type: ignore[arg-type]
    await deploy(ft, "shop", connection="shop")  # type: ignore[call-arg]
    targets = [Target(folder=Path("shop"), group="Warehouse", connection=f"shop_{number}") for number in range(3)]
    results = await deploy_all(ft, targets, concurrency=2)
    assert_type(results, Sequence[MapResult[Target, Deployment]])
    assert_type(results[0].unwrap(), Deployment)


async def questions(ft: Fivetran) -> None:
    """Ask why."""

    def log(connection_id: str) -> list[str]:
        return [connection_id]

    why = await explain(ft, "c", log=log, run_setup_tests=False)
    assert_type(why, Explanation)
    assert_type(why.text, str)
    assert_type(why.tasks, tuple[ConnectionTask, ...])
    assert_type(why.failed_at, datetime | None)
    assert_type(why.healthy, bool)


async def states(ft: Fivetran) -> None:
    """Read and change states."""

    def back(state: dict[str, Any]) -> dict[str, Any]:
        return {**state, "day": "2024-01-01"}

    saved = await save_state(ft, "c", "old.json")
    assert_type(saved, SavedState)
    assert_type(saved.state, Mapping[str, Any])
    assert_type(await edit_state(ft, "c", back, backup="old.json", wait=60), SavedState)
    assert_type(await edit_state(ft, "c", {"day": "2024-01-01"}, backup=Path("old.json")), SavedState)
    assert_type(await restore_state(ft, "c", saved.path, backup="older.json"), SavedState)
    await edit_state(ft, "c", [1], backup="old.json")  # type: ignore[arg-type]


async def rows(warehouse: Any) -> None:
    """Verify what arrived."""

    def counts() -> list[tuple[date, int]]:
        return [(date(2024, 1, 31), 2500)]

    found = await verify(warehouse, schema="shop", table="orders", key=["id"], day="at", expected={"2024-01-31": 2500})
    assert_type(found, Verification)
    counted = Counter(["2024-01-31"])
    assert_type(await verify(warehouse, schema="shop", table="orders", day="at", expected=counted), Verification)
    assert_type(found.days, tuple[DayCount, ...])
    assert_type(found.duplicates, tuple[Duplicate, ...])
    assert_type(found.ok, bool)
    assert_type(found.missing, tuple[date, ...])
    assert_type(await verify(warehouse, schema="shop", table="orders", day="at", expected=counts), Verification)
    await verify(warehouse, schema="shop", table="orders", day="at", expected=2500)  # type: ignore[arg-type]
    await verify(warehouse, table="orders", key="id")  # type: ignore[call-arg]
