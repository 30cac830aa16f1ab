"""A real PostgreSQL of the tests' own, run as another user where these are root, and DuckDB in memory."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

# The server refuses root; any other user will do, and this one is on every machine.
USER = "nobody"


def _programs() -> Path | None:
    """Return where the server's programs are: Debian and Ubuntu keep them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return None if on_path is None else Path(on_path).resolve().parent


def _as_user() -> dict[str, Any]:
    """Return what has a process run as one whom the server accepts."""
    return {"user": USER, "group": pwd.getpwnam(USER).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}


class PostgresServer:
    """One `postgres`, reached by a socket in a folder of its own; nothing listens on the network."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # Not below pytest's folder: others may not enter that, and the path of a socket must be short.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make a cluster and serve it."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, USER)
        data = self.folder / "data"
        options = {"cwd": self.folder, "env": {"LC_ALL": "C", "PATH": os.environ["PATH"]}, **_as_user()}
        made = subprocess.run(
            [self._programs / "initdb", "-D", data, "-U", "tester", "-A", "trust", "--no-sync", "-E", "UTF8"],
            capture_output=True,
            text=True,
            check=False,
            **options,
        )
        if made.returncode:
            pytest.fail(f"initdb failed: {made.stdout}{made.stderr}")
        command = [self._programs / "postgres", "-D", data, "-k", self.folder, "-c", "listen_addresses="]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "-c", "fsync=off", "-c", "timezone=Asia/Kolkata"], stdout=log, stderr=log, **options
            )
        until = time.monotonic() + 60
        while time.monotonic() < until and self._process.poll() is None:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        said = (self.folder / "log").read_text(encoding="utf-8")
        self.stop()
        pytest.fail(f"postgres does not start: {said}")

    def connect(self) -> psycopg.Connection[Any]:
        """Open a connection."""
        return psycopg.connect(host=str(self.folder), user="tester", dbname="postgres", autocommit=True)

    def stop(self) -> None:
        """End it at once."""
        if self._process is not None:
            # Its quick end, which takes its children along; to kill it would leave them.
            self._process.send_signal(3)
            self._process.wait(30)
            self._process = None
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL for all tests."""
    programs = _programs()
    if programs is None:
        reason = "there is no PostgreSQL server (the package postgresql in Debian and Ubuntu)"
        required = os.environ.get("CI") and os.environ.get("POSTGRES_SERVER") != "none"
        (pytest.fail if required else pytest.skip)(reason)
    server = PostgresServer(programs)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> Iterator[Any]:
    """A connection to PostgreSQL, without any table."""
    with postgres_server.connect() as connection:
        yield connection
        connection.row_factory = psycopg.rows.tuple_row
        names = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|public)'"
        for (name,) in connection.execute(names).fetchall():
            connection.execute(psycopg.sql.SQL("DROP SCHEMA {} CASCADE").format(psycopg.sql.Identifier(name)))


@pytest.fixture
def duck() -> Iterator[Any]:
    """A connection to DuckDB in memory, without any table."""
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest) -> Any:
    """Both in turn."""
    return request.getfixturevalue({"duckdb": "duck", "postgres": "postgres"}[request.param])


@pytest.fixture
def plant() -> Callable[..., None]:
    """Make the tables of one generation, with rows in them."""

    def make(
        opened: Any, schema: str = "fivetran_metadata", old: bool = False, **tables: list[tuple[Any, ...]]
    ) -> None:
        thing = "connector" if old else "connection"
        texts = {
            "log": f"id text, time_stamp timestamptz, {thing}_id text, event text, message_event text, "
            "message_data text, sync_id text, transformation_id text, _fivetran_synced timestamptz",
            thing: f"{thing}_id text, {thing}_name text, destination_id text",
            "incremental_mar": f"{thing}_name text, destination_id text, free_type text, measured_date date, "
            "schema_name text, table_name text, sync_type text, incremental_rows bigint",
        }
        quoted = '"' + schema.replace('"', '""') + '"'
        opened.execute(f"CREATE SCHEMA {quoted}")
        mark = "?" if isinstance(opened, duckdb.DuckDBPyConnection) else "%s"
        for name, columns in texts.items():
            opened.execute(f'CREATE TABLE {quoted}."{name}" ({columns})')
            for row in tables.get("connection" if name == thing else name, ()):
                marks = ", ".join([mark] * len(row))
                place = quoted if mark == "?" else quoted.replace("%", "%%")
                opened.execute(f'INSERT INTO {place}."{name}" VALUES ({marks})', row)  # noqa: S608 - made above

    return make
