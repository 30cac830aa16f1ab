"""A real Redis that tests start, kill, stop and start again, and budgets on it that are closed with the test."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from fivetran_async.redis_budget import RedisBudget

_keys = itertools.count()


class RedisServer:
    """One `redis-server` on a free port of this machine."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = 0
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, on the port that it had."""
        for _ in range(5):
            port = self.port or _free_port()
            command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(self._folder)]
            self._process = subprocess.Popen(
                [*command, "--save", "", "--appendonly", "no", *self._options], stdout=subprocess.DEVNULL
            )
            if self._answers(port):
                self.port = port
                return
        pytest.fail("redis-server does not start")

    def _answers(self, port: int) -> bool:
        assert self._process is not None
        until = time.monotonic() + 10
        while time.monotonic() < until and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                time.sleep(0.01)
            else:
                return True
        self.kill()
        return False

    def kill(self) -> None:
        """End it at once, as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def freeze(self) -> None:
        """Let it keep its connections and answer nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def do(self, *command: Any) -> Any:
        """Give it a command."""
        with redis.Redis(port=self.port, decode_responses=True) as client:
            return client.execute_command(*command)

    def now(self) -> float:
        """Return its time, in seconds."""
        seconds, micros = self.do("TIME")
        return float(seconds) + float(micros) / 1e6


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def _installed() -> None:
    if shutil.which("redis-server") is None:
        reason = "there is no redis-server command (a package of that name in Debian and Ubuntu)"
        required = os.environ.get("CI") and os.environ.get("REDIS_SERVER") != "none"
        (pytest.fail if required else pytest.skip)(reason)


@pytest.fixture(scope="session")
def server(_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis for all tests, which none of them harms."""
    started = RedisServer(tmp_path_factory.mktemp("redis"))
    started.start()
    yield started
    started.kill()


@pytest.fixture
def start_redis(_installed: None, tmp_path: Path) -> Iterator[Callable[..., RedisServer]]:
    """Start a Redis of the test's own, to do harm to, with options of its command line."""
    servers: list[RedisServer] = []

    def start(*options: str) -> RedisServer:
        servers.append(RedisServer(tmp_path, *options))
        servers[-1].start()
        return servers[-1]

    yield start
    for started in servers:
        started.kill()


@pytest.fixture
def key() -> str:
    """A key that no other test has."""
    return f"account-{os.getpid()}-{next(_keys)}"


@pytest.fixture
async def budget(key: str) -> AsyncIterator[Callable[..., RedisBudget]]:
    """Make budgets of one account, as so many processes would; they fail closed unless they are told otherwise."""
    budgets: list[RedisBudget] = []

    def make(server: RedisServer | str, **options: Any) -> RedisBudget:
        url = server if isinstance(server, str) else server.url
        # Patient with a busy machine: a test that wants it otherwise says so.
        settings = {"key": key, "when_away": "closed", "timeout": 20.0} | options
        budgets.append(RedisBudget(url, **settings))
        return budgets[-1]

    yield make
    for made in budgets:
        assert (made.in_flight, made.waiting) == (0, 0)
        await made.disconnect()


@pytest.fixture
def warnings_of(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return what was logged as a warning, or worse, since the test began."""
    return lambda: [
        record.getMessage() for record in caplog.records if record.name == "fivetran_async" and record.levelno >= 30
    ]
