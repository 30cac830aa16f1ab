"""The assets are materialized by Dagster itself."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from dagster import DagsterInstance, ExecuteInProcessResult, RetryPolicy, materialize
from running_engines import (
    EXAMPLES,
    Plant,
    run,
    syncs_asked_for,
    trouble_met,
    trouble_while_looking,
)

from fivetran_async.sandbox import Sandbox

EXAMPLE = EXAMPLES / "dagster_asset"
sys.path.insert(0, str(EXAMPLE))

from fivetran_resource import FivetranResource, synced  # noqa: E402 - found by the line above

Materialize = Callable[..., ExecuteInProcessResult]


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    """What keeps the events of a run, in memory."""
    with DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def load(box: Sandbox, instance: DagsterInstance) -> Materialize:
    """Materialize assets of connections."""

    def load_assets(*names: str, secret: str = box.api_secret, **options: Any) -> ExecuteInProcessResult:
        fivetran = FivetranResource(api_key=box.api_key, api_secret=secret, base_url=box.url, poll_interval=0.1)
        return materialize(
            [synced(name, **options) for name in names],
            resources={"fivetran": fivetran},
            instance=instance,
            raise_on_error=False,
        )

    return load_assets


def metadata_of(done: ExecuteInProcessResult, name: str) -> dict[str, Any]:
    """Return what an asset says of its sync."""
    [made] = done.asset_materializations_for_node(name)
    return {key: value.value for key, value in made.metadata.items()}


def reason_of(done: ExecuteInProcessResult, name: str) -> str:
    """Return why a step failed, as Dagster shows it."""
    error = done.failure_data_for_node(name)
    assert error is not None
    assert error.user_failure_data is not None
    return error.user_failure_data.description or ""


def test_trouble_does_not_fail_an_asset(box: Sandbox, plant: Plant, load: Materialize) -> None:
    """A load would fail, hang or be started twice for a quota, a lost connection, or a sync that is put off."""
    plant("orders", "payments")
    trouble_while_looking(box, "/v1/connections/orders")
    box.syncs.script("payments", "rescheduled", seconds=60, after=5)
    before = box.calls
    done = load("orders", "payments")
    assert done.success
    orders, payments = metadata_of(done, "orders"), metadata_of(done, "payments")
    assert (orders["connection_id"], orders["status"]) == ("orders", "succeeded")
    assert orders["ended"] > box.clock.start
    assert orders["calls"] + payments["calls"] == box.calls - before
    assert trouble_met(box) == 2
    # The one that was put off never goes on by itself, because its schedule is by hand.
    assert (syncs_asked_for(box, "orders"), syncs_asked_for(box, "payments")) == (1, 2)


def test_the_reason_reaches_dagster(box: Sandbox, plant: Plant, load: Materialize) -> None:
    """A person would read in Dagster that something failed, and have to look in Fivetran for what."""
    plant("orders", "refunds")
    box.syncs.script("refunds", "failure_with_task", seconds=60, tasks=[("reconnect", "The password has expired")])
    done = load("refunds", "orders")
    assert not done.success
    assert reason_of(done, "refunds") == "connection refunds: failed: reconnect: The password has expired"
    assert metadata_of(done, "orders")["status"] == "succeeded"
    assert done.asset_materializations_for_node("refunds") == []


def test_another_try(box: Sandbox, plant: Plant, load: Materialize) -> None:
    """A retry policy would not be kept to, or be used up on what no try mends."""
    plant("refunds", "paused")
    box.account.update_connection("paused", paused=True)
    box.syncs.script("refunds", "failure", seconds=60)
    done = load("refunds", "paused", retry_policy=RetryPolicy(max_retries=1))
    assert metadata_of(done, "refunds")["status"] == "succeeded"
    assert syncs_asked_for(box, "refunds") == 2
    assert reason_of(done, "paused").startswith("connection paused: paused: ")
    assert syncs_asked_for(box, "paused") == 0
    assert [event.event_type_value for event in done.all_node_events if event.node_name == "paused"].count(
        "STEP_RESTARTED"
    ) == 0


def test_a_key_that_is_refused(box: Sandbox, plant: Plant, load: Materialize) -> None:
    """What the account says would not reach Dagster, or would with the key."""
    plant("orders")
    done = load("orders", secret="no such secret", retry_policy=RetryPolicy(max_retries=3))
    assert reason_of(done, "orders").startswith("connection orders: UnauthorizedError: ")
    assert "no such secret" not in str(done.all_events)
    assert box.calls == 1


def test_the_definitions(box: Sandbox, plant: Plant, tmp_path: Any) -> None:
    """What a user copies would not run by Dagster's own command, with the environment's credentials."""
    plant("orders", "payments")
    done = run(
        ["-m", "dagster", "asset", "materialize", "-f", str(EXAMPLE / "definitions.py"), "--select", "*"],
        FIVETRAN_BASE_URL=box.url,
        FIVETRAN_API_KEY=box.api_key,
        FIVETRAN_API_SECRET=box.api_secret,
        DAGSTER_HOME=str(tmp_path),
        PYTHONPATH=str(EXAMPLE),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "RUN_SUCCESS" in done.stdout + done.stderr
    assert syncs_asked_for(box, "orders") == syncs_asked_for(box, "payments") == 1
