"""What tests of the sync facade share: programs of their own."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from fivetran_async.sandbox import Sandbox


class Script:
    """A Python program of its own, with the sandbox in its environment and every warning an error."""

    def __init__(self, box: Sandbox, code: str, *options: str) -> None:
        environment = {
            **os.environ,
            "FIVETRAN_BASE_URL": box.url,
            "FIVETRAN_API_KEY": box.api_key,
            "FIVETRAN_API_SECRET": box.api_secret,
        }
        self.process = subprocess.Popen(
            [
                sys.executable,
                *options,
                "-W",
                "error",
                "-W",
                "ignore::DeprecationWarning:fork",
                "-c",
                textwrap.dedent(code),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,
        )

    def end(self) -> tuple[int, str, str]:
        """Wait for the end and return the status and both outputs."""
        try:
            out, err = self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            out, err = self.process.communicate()
            pytest.fail(f"the program hangs\n{out}\n{err}")
        return self.process.returncode, out, err

    def kill(self) -> None:
        """End it in any case, and the children that it forked."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


@pytest.fixture
def script(box: Sandbox) -> Iterator[Callable[..., Script]]:
    """Start programs that end with the test."""
    started: list[Script] = []

    def start(code: str, *options: str) -> Script:
        started.append(Script(box, code, *options))
        return started[-1]

    yield start
    for program in started:
        program.kill()
