"""`python -m fivetran_async.connector_sdk.runner`: one sync of a connector in a process of its own, within limits.

It is how a program that must load neither this package nor the connector runs one. It reads one JSON object, in one
line, from stdin: `folder`, `configuration`, `state`, `state_file`, `warehouse`, `schema`, `result`, and optionally
`environment`, `cpu_seconds`, `memory_bytes` and `file_bytes`. What the run did is written to the file `result`, as
JSON; the state of each checkpoint to `state_file` as it is made. When stdin ends, nobody waits for it any more, and it
ends with all that it started.
"""

import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from typing import Any, Final

import attrs

from fivetran_async._written import write_whole
from fivetran_async.connector_sdk.running import LocalRun, debug
from fivetran_async.errors import FivetranError

_SHARE: Final = 4
_MEGABYTE: Final = 1024 * 1024


def main() -> int:
    """Run what stdin says; the exit status is 0 if there is a result, whatever it says."""
    # Not by `sys.stdin`, which reads ahead, and which the connector is not to have.
    told = os.fdopen(os.dup(0), "rb")
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a device
        os.dup2(nothing.fileno(), 0)
    job: dict[str, Any] = json.loads(told.readline())
    threading.Thread(target=_end_with, args=(told,), name="fivetran-runner", daemon=True).start()
    _limit(job)
    memory = job.get("memory_bytes")
    try:
        run = debug(
            job["folder"],
            configuration=job["configuration"],
            state=job["state"],
            state_file=job["state_file"],
            warehouse=job["warehouse"],
            schema=job["schema"],
            on_line=_said,
            environment=job.get("environment"),
            # The rest is for the connector.
            memory=None if memory is None else f"{max(64, memory // _SHARE // _MEGABYTE)}MB",
        )
    except FivetranError as error:
        result: Mapping[str, Any] = {"error": str(error)}
    else:
        result = _of(run, memory)
    empty: dict[str, Any] = {"where": [], "tables": [], "lines": [], "warnings": [], "checkpoints": 0}
    write_whole(job["result"], json.dumps({**empty, **result}).encode(), private=True)
    return 0


def _said(level: str, text: str) -> None:
    # For when there is no result.
    sys.stderr.write(f"{level} {text}\n")


def _end_with(told: Any) -> None:
    while told.read(1):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    # Not with those who started it, where it has no group of its own.
    os._exit(1)


def _of(run: LocalRun, memory: int | None) -> dict[str, Any]:
    error = run.error
    if error is not None and memory is not None and error.startswith("MemoryError"):
        error = f"{error}: it wanted more than the {memory // _MEGABYTE} MB that it may have"
    return {
        "error": error,
        "where": list(run.where),
        "tables": [attrs.asdict(table) for table in run.tables],
        "lines": [list(line) for line in run.lines],
        "warnings": list(run.warnings),
        "checkpoints": run.checkpoints,
    }


def _limit(job: Mapping[str, Any]) -> None:
    with contextlib.suppress(ImportError):
        import resource  # noqa: PLC0415 - of POSIX alone

        for name, kind in (
            ("cpu_seconds", resource.RLIMIT_CPU),
            ("memory_bytes", resource.RLIMIT_DATA),
            ("file_bytes", resource.RLIMIT_FSIZE),
        ):
            if job.get(name) is not None:
                resource.setrlimit(kind, (job[name], job[name]))
        # A dump of a connector's memory holds its secrets.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
