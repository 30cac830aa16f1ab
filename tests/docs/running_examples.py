"""Running examples as their readers run them: programs, and servers until the test is over."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fivetran_async.sandbox import Sandbox

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"


def credentials(box: Sandbox) -> dict[str, str]:
    """Return what a user exports to reach the sandbox."""
    return {
        "FIVETRAN_BASE_URL": box.url,
        "FIVETRAN_API_KEY": box.api_key,
        "FIVETRAN_API_SECRET": box.api_secret,
    }


def clean_environment(**more: str) -> dict[str, str]:
    """Return the environment without what concerns Fivetran, and without the counting of lines."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE_", "FIVETRAN_"))}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", **more}


def run(folder: str, arguments: list[str], **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run Python in an example's folder until it ends."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=EXAMPLES / folder,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@contextlib.contextmanager
def running(folder: str, command: list[str], output: Path, **environment: str) -> Iterator[int]:
    """Run a server of an example; its port takes the place of `PORT`."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    arguments = [str(port) if word == "PORT" else word for word in command]
    with output.open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=EXAMPLES / folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
            stdout=told,
            stderr=subprocess.STDOUT,
        )
        try:
            until = time.monotonic() + 60
            while time.monotonic() < until and process.poll() is None:
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                time.sleep(0.05)
            else:
                pytest.fail(f"the example does not start: {output.read_text()}")
            yield port
        finally:
            process.terminate()
            process.wait(30)


def fetch(port: int, path: str) -> Any:
    """Return what a page of an example says."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        return json.load(answer)
