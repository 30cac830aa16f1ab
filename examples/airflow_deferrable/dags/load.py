"""Load connections of Fivetran side by side, and go on when all of them have succeeded.

airflow dags trigger load --conf '{"connections": ["orders", "payments"]}'
"""

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import DAG, Param, get_current_context, task
from fivetran_deferrable.sync_operator import FivetranSyncOperator

with DAG(
    "load",
    schedule=None,
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001 - Airflow reads it in the time zone of its settings
    catchup=False,
    params={"connections": Param(["orders", "payments"], type="array", items={"type": "string"})},
    doc_md=__doc__,
) as dag:

    @task
    def connections() -> list[str]:
        """Return what to load in this run."""
        chosen: list[str] = get_current_context()["params"]["connections"]
        return chosen

    loaded = FivetranSyncOperator.partial(task_id="sync", timeout=timedelta(hours=3)).expand(
        connection_id=connections()
    )

    @task
    def tell(results: list[dict[str, Any]]) -> None:
        """Stand for what comes after a load."""
        for result in results:
            print(result["connection_id"], result["status"], result["ended"])

    tell(loaded.output)
