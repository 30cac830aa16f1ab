"""One sync of a connector on this machine, into a DuckDB file, with a stand-in for Fivetran's package."""

import asyncio
import importlib.util
import inspect
import json
import os
import sys
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

import attrs

from fivetran_async._written import write_whole
from fivetran_async.connector_sdk import standin
from fivetran_async.connector_sdk._loading import at_home, load
from fivetran_async.connector_sdk._tables import read_schema
from fivetran_async.connector_sdk.configuration import Configuration, read_configuration
from fivetran_async.connector_sdk.packing import checked_folder
from fivetran_async.connector_sdk.settings import secrets_of
from fivetran_async.connector_sdk.warehouse import Warehouse
from fivetran_async.errors import ArgumentError
from fivetran_async.types import UNSET, Unset

WAREHOUSE: Final = "files/local.duckdb"
STATE: Final = "files/local-state.json"
SCHEMA: Final = "debug"
NOTICE: Final = (
    "This is a stand-in for Fivetran's package, made from its public documentation. The real thing, in an environment "
    "of its own: pip install fivetran-connector-sdk, then fivetran debug --configuration configuration.json"
)
"""What a local run is, and is not."""

_LINES: Final = 1000
_HIDDEN: Final = "******"
_ENVIRONMENT: Final = {
    "FIVETRAN_CONNECTION_ID": "test_connection_id",
    "FIVETRAN_CONNECTION_NAME": "test_connection_name",
    "FIVETRAN_GROUP_ID": "test_group_id",
    "FIVETRAN_DEPLOYMENT_MODEL": "local_debug",
}

OnLine = Callable[[str, str], object]
"""Is called with the level and the text of each line of the log."""


@attrs.frozen(kw_only=True)
class TableRun:
    """What a run did to one table.

    Attributes:
        name: The table.
        upserts: How many rows were sent whole.
        updates: How many were changed.
        deletes: How many were marked as deleted by their key.
        truncates: How often all were.
        rows: How many rows the table has now, without those that are deleted.
    """

    name: str
    upserts: int = 0
    updates: int = 0
    deletes: int = 0
    truncates: int = 0
    rows: int = 0


@attrs.frozen(kw_only=True)
class LocalRun:
    """What a run of a connector on this machine did.

    Attributes:
        tables: By table, what it did.
        checkpoints: How many checkpoints it made.
        state: What the next run goes on from: that of the last checkpoint.
        seconds: How long it took.
        warehouse: The DuckDB file.
        schema: The schema in it.
        error: What ended it, in one line, without the secrets of the configuration; None when nothing did.
        where: The lines of the connector's own code that led there, the last one deepest.
        lines: The last lines of the log, each with its level.
        warnings: What is not wrong, and will be in production.
    """

    tables: tuple[TableRun, ...] = ()
    checkpoints: int = 0
    state: Mapping[str, Any] = attrs.field(factory=dict[str, Any], hash=False)
    seconds: float = 0.0
    warehouse: Path
    schema: str
    error: str | None = None
    where: tuple[str, ...] = ()
    lines: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it came to its end."""
        return self.error is None

    @property
    def sent(self) -> int:
        """How many operations on rows were sent."""
        return sum(table.upserts + table.updates + table.deletes for table in self.tables)


def vendor_is_installed() -> bool:
    """Return whether Fivetran's own package is installed here."""
    return importlib.util.find_spec(standin.NAME) is not None


def debug(
    folder: str | os.PathLike[str],
    *,
    configuration: Configuration | str | os.PathLike[str] | Unset | None = UNSET,
    warehouse: str | os.PathLike[str] | None = None,
    state_file: str | os.PathLike[str] | None = None,
    schema: str = SCHEMA,
    on_line: OnLine | None = None,
    environment: Mapping[str, str] | None = None,
    memory: str | None = None,
    state: Mapping[str, Any] | None = None,
) -> LocalRun:
    """Run one sync of a connector on this machine, with a stand-in for Fivetran's package.

    `update()` is called once, with no event loop running, from the folder of the connector. Rows are checked against
    what `schema()` declares, and count in the DuckDB file at each checkpoint and at the end: those that a failed run
    sent after its last checkpoint are dropped, which shows a connector that checkpoints too soon.

    It blocks: from a coroutine, `await asyncio.to_thread(debug, folder)`. One at a time in a process.

    Args:
        folder: The folder of the connector, with `connector.py` in it.
        configuration: The settings, or the path of a JSON file; None for none. Left out, the folder's
            `configuration.json` where there is one.
        warehouse: The DuckDB file; None for `files/local.duckdb` in the folder, which is never packed.
        state_file: Where the state is kept between runs; None for `files/local-state.json` in the folder.
        schema: The schema of the tables in the DuckDB file.
        on_line: Called with each line of the log.
        environment: What the connector finds in its environment; None for what a local run of Fivetran's has there.
        memory: How much memory DuckDB may take, such as `256MB`.
        state: What to go on from, in the place of what the file says.

    Returns:
        What it did, a failure included.

    Raises:
        ArgumentError: There is no such connector, its configuration or state cannot be read, the DuckDB file cannot be
            opened, or an event loop runs in this thread.
        ConfigError: DuckDB, of the extra `connector`, is missing.
    """
    root = checked_folder(folder)
    if _loop_runs():
        raise ArgumentError("debug() blocks, and an event loop runs here: await asyncio.to_thread(debug, ...)")
    settings = read_configuration(configuration, root) or {}
    kept = Path(state_file).resolve() if state_file is not None else root / STATE
    before = dict(state) if state is not None else read_state_file(kept)
    target = Path(warehouse).resolve() if warehouse is not None else root / WAREHOUSE
    recorder = _Recorder(settings, before, kept, on_line)
    began = time.monotonic()
    with at_home(root, _ENVIRONMENT if environment is None else environment), standin.receiving(recorder):
        failure = _run(
            root, settings, before, recorder, lambda tables: Warehouse(target, schema, tables, memory=memory)
        )
    return recorder.report(root, failure, time.monotonic() - began, target, schema)


def _run(
    root: Path,
    settings: Mapping[str, str | None],
    before: Mapping[str, Any],
    recorder: "_Recorder",
    opened: Callable[[Any], Warehouse],
) -> BaseException | None:
    try:
        connector = load(root)
        tables = read_schema(() if connector.schema is None else connector.schema(dict(settings)))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a connector raises is the result
        return error
    with opened(tables) as warehouse:
        recorder.begin(warehouse)
        try:
            _exhaust(connector.update(dict(settings), json.loads(json.dumps(before))))
            recorder.end()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - as above
            recorder.fail()
            return error
    return None


def _exhaust(result: object) -> None:
    if inspect.isgenerator(result):
        # Connectors of the first version yield what the operations return.
        deque(cast("Iterable[object]", result), maxlen=0)
    elif inspect.iscoroutine(result):
        result.close()
        raise TypeError("update() is a coroutine function, and Fivetran calls a plain one: use run_update()")


class _Recorder:
    """Takes the operations of one run."""

    def __init__(
        self, settings: Mapping[str, str | None], state: Mapping[str, Any], kept: Path, on_line: OnLine | None
    ) -> None:
        self._secrets: Final = secrets_of(settings)
        self._kept: Final = kept
        self._on_line: Final = on_line
        self._lines: Final[deque[tuple[str, str]]] = deque(maxlen=_LINES)
        self._warehouse: Warehouse | None = None
        self._tables: tuple[TableRun, ...] = ()
        self._since_checkpoint = 0
        self.state: Mapping[str, Any] = state
        self.checkpoints = 0

    def begin(self, warehouse: Warehouse) -> None:
        """Send what comes from now on to a destination; the tables are there whatever comes."""
        self._warehouse = warehouse
        warehouse.commit(_now())

    def end(self) -> None:
        """Keep what came after the last checkpoint, too."""
        self._to().commit(_now())
        self._count()

    def fail(self) -> None:
        """Drop what came after the last checkpoint."""
        self._to().drop()
        self._count()

    def upsert(self, table: str, row: Mapping[str, Any]) -> None:
        """Take a whole row."""
        pending = self._to().pending(table)
        pending.upsert(row)
        self._took(pending)

    def update(self, table: str, row: Mapping[str, Any]) -> None:
        """Take the columns of a row that change."""
        pending = self._to().pending(table)
        pending.update(row)
        self._took(pending)

    def delete(self, table: str, keys: Mapping[str, Any]) -> None:
        """Take the key of a row that is gone."""
        pending = self._to().pending(table)
        pending.delete(keys)
        self._took(pending)

    def truncate(self, table: str) -> None:
        """Take that all rows of a table are gone."""
        warehouse = self._to()
        warehouse.truncate(warehouse.pending(table), _now())
        self._since_checkpoint += 1

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        """Keep what was taken, then the state: the other way round rows could be lost between the two."""
        if not isinstance(state, Mapping):
            raise TypeError(f"a state must be a dict, not {type(state).__name__}")
        try:
            text = json.dumps(state, allow_nan=False, indent=2)
        except (TypeError, ValueError) as error:
            raise TypeError(f"a state must be JSON: {error}") from None
        self._to().commit(_now())
        write_whole(self._kept, text.encode() + b"\n")
        self.state = cast("dict[str, Any]", json.loads(text))
        self.checkpoints += 1
        self._since_checkpoint = 0

    def log(self, level: str, message: str) -> None:
        """Take a line of the log."""
        text = self.hidden(message)
        self._lines.append((level, text))
        if self._on_line is not None:
            self._on_line(level, text)

    def hidden(self, text: str) -> str:
        """Return a text without the secrets of the configuration."""
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return text

    def report(self, root: Path, failure: BaseException | None, seconds: float, target: Path, schema: str) -> LocalRun:
        """Return what the run did."""
        return LocalRun(
            tables=self._tables,
            checkpoints=self.checkpoints,
            state=self.state,
            seconds=seconds,
            warehouse=target,
            schema=schema,
            error=None if failure is None else self.hidden(_in_a_line(failure)),
            where=() if failure is None else tuple(_frames(failure, root)),
            lines=tuple(self._lines),
            warnings=tuple(self._warnings(failure)),
        )

    def _warnings(self, failure: BaseException | None) -> Iterable[str]:
        if failure is None and self._since_checkpoint:
            yield (
                f"{self._since_checkpoint:,} operations came after the last checkpoint: the next run does not know of "
                "them; end update() with a checkpoint"
            )
        levels = Counter(level for level, _ in self._lines)
        if levels["ERROR"] or levels["CRITICAL"]:
            yield f"{levels['ERROR'] + levels['CRITICAL']} lines of the log are errors"

    def _to(self) -> Warehouse:
        if self._warehouse is None:
            raise RuntimeError("operations can be used inside update() only")
        return self._warehouse

    def _took(self, pending: Any) -> None:
        self._since_checkpoint += 1
        self._to().relieve(pending, _now())

    def _count(self) -> None:
        warehouse = self._to()
        rows, counts = warehouse.rows(), warehouse.counts()
        self._tables = tuple(TableRun(name=name, rows=rows[name], **counts[name]) for name in sorted(rows))


def read_state_file(path: Path) -> dict[str, Any]:
    """Return the state that a file holds; an empty one where there is no file.

    Raises:
        ArgumentError: It holds no JSON object.
    """
    try:
        state = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ArgumentError(f"{path} cannot be read as a state: {error}; delete it to begin anew") from None
    if not isinstance(state, dict):
        raise ArgumentError(f"{path} holds no state, which is a JSON object; delete it to begin anew")
    return cast("dict[str, Any]", state)


def _loop_runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _now() -> datetime:
    return datetime.now(UTC)


def _in_a_line(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"the connector called exit({error.code!r}), which Fivetran does not see: raise an error instead"
    text = " ".join(str(error).split())
    if isinstance(error, ModuleNotFoundError) and error.name:
        # Of its own files nothing is missing: a package is what somebody has to install.
        text = f"{text}; requirements.txt is not installed by a local run: install it into {sys.prefix}"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _frames(error: BaseException, root: Path) -> Iterable[str]:
    for frame in traceback.extract_tb(error.__traceback__):
        if Path(frame.filename).is_relative_to(root):
            yield f"{Path(frame.filename).relative_to(root)}:{frame.lineno} in {frame.name}"
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).is_relative_to(root):
        yield f"{Path(error.filename).relative_to(root)}:{error.lineno}"
