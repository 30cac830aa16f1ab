"""Run a DAG by `dag.test()` and print, as JSON, what became of it: python run_dag.py FILE CONF.

A program of its own, because Airflow reads its settings once, when it is imported.
"""

import json
import runpy
import sys
from pathlib import Path
from typing import Any

from airflow.sdk.execution_time.supervisor import InProcessTestSupervisor


def main(file: str, conf: str) -> None:
    """Run it, noting each trigger that Airflow makes and runs for a task that has deferred."""
    triggers: list[Any] = []
    inline = InProcessTestSupervisor.run_trigger_in_process

    def noted(*, trigger: Any, ti: Any) -> Any:
        event = inline(trigger=trigger, ti=ti)
        path, arguments = trigger.serialize()
        triggers.append({"path": path, "arguments": arguments, "event": event and event.payload})
        return event

    InProcessTestSupervisor.run_trigger_in_process = staticmethod(noted)  # type: ignore[method-assign,assignment]
    # As a module of its file's name: tasks that are functions are found by it.
    dag = runpy.run_path(file, run_name=Path(file).stem)["dag"]
    run = dag.test(run_conf=json.loads(conf))
    tasks = {f"{task.task_id}[{task.map_index}]": str(task.state) for task in run.get_task_instances()}
    results = {
        task.task_id: task.xcom_pull(task_ids=task.task_id, map_indexes=task.map_index)
        for task in run.get_task_instances()
        if task.map_index < 0
    }
    done = {"state": str(run.state), "tasks": tasks, "triggers": triggers, "results": results}
    sys.stdout.write(json.dumps(done, default=list) + "\n")


main(*sys.argv[1:])
