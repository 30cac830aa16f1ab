"""The deferrable task is run by Airflow itself, in a process of its own, and its trigger alone."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from running_engines import (
    EXAMPLES,
    RUN_DAG,
    Plant,
    connection_of,
    migrated_home,
    run,
    syncs_asked_for,
    told,
    trouble_met,
    trouble_while_looking,
)

from fivetran_async.sandbox import Sandbox

EXAMPLE = EXAMPLES / "airflow_deferrable"

pytestmark = pytest.mark.timeout(300)

RunDag = Callable[..., Any]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where Airflow keeps its database, its settings and its logs; the environment that says so."""
    return migrated_home(tmp_path_factory.mktemp("airflow"), EXAMPLE)


@pytest.fixture
def load(home: dict[str, str], box: Sandbox) -> RunDag:
    """Run the DAG of the example for some connections."""

    def run_dag(*connections: str, **environment: str) -> Any:
        arguments = [RUN_DAG, str(EXAMPLE / "dags" / "load.py"), json.dumps({"connections": connections})]
        done = run(arguments, **home | {"AIRFLOW_CONN_FIVETRAN": connection_of(box)} | environment)
        return told(done) | {"log": done.stdout}

    return run_dag


def test_trouble_does_not_fail_a_task(box: Sandbox, plant: Plant, load: RunDag) -> None:
    """A load would fail, hang or be started twice for a quota, a lost connection, or a sync that is put off."""
    plant("orders", "payments")
    trouble_while_looking(box, "/v1/connections/orders")
    box.syncs.script("payments", "rescheduled", seconds=60, after=5)
    done = load("orders", "payments")
    assert done["state"] == "success", done
    assert set(done["tasks"].values()) == {"success"}
    assert [trigger["event"]["status"] for trigger in done["triggers"]] == ["succeeded", "succeeded"]
    assert {trigger["path"] for trigger in done["triggers"]} == {"fivetran_deferrable.sync_trigger.SyncTrigger"}
    assert box.api_secret not in json.dumps(done["triggers"])
    assert trouble_met(box) == 2
    # The one that was put off never goes on by itself, because its schedule is by hand.
    assert (syncs_asked_for(box, "orders"), syncs_asked_for(box, "payments")) == (1, 2)


def test_the_reason_reaches_airflow(box: Sandbox, plant: Plant, load: RunDag) -> None:
    """A person would read in Airflow that something failed, and have to look in Fivetran for what."""
    plant("refunds", "orders")
    box.syncs.script("refunds", "failure_with_task", seconds=60, tasks=[("reconnect", "The password has expired")])
    done = load("refunds", "orders")
    assert done["state"] == "failed"
    assert (done["tasks"]["sync[0]"], done["tasks"]["sync[1]"]) == ("failed", "success")
    assert done["tasks"]["tell[-1]"] == "upstream_failed"
    assert done["triggers"][0]["event"]["reason"] == "reconnect: The password has expired"
    assert "AirflowException: connection refunds: failed: reconnect: The password has expired" in done["log"]


def test_what_is_paused_is_not_waited_for(box: Sandbox, plant: Plant, load: RunDag) -> None:
    """A task would wait twelve hours for a sync that cannot begin."""
    plant("orders", paused=True)
    done = load("orders")
    assert done["tasks"]["sync[0]"] == "failed"
    assert done["triggers"] == []
    assert "connection orders is paused: resume it in Fivetran first" in done["log"]
    assert syncs_asked_for(box, "orders") == 0
