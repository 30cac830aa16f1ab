"""A small stand-in for the documented names of Fivetran's package, so that a connector runs without it.

It knows `Connector`, `Operations` and `Logging` as the public documentation describes them, and nothing else. Where it
and Fivetran differ, Fivetran is right: the real thing is `fivetran debug`.
API: https://fivetran.com/docs/connector-sdk/technical-reference.
"""

import sys
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final, Protocol

NAME: Final = "fivetran_connector_sdk"
"""What a connector imports."""

Update = Callable[[dict[str, Any], dict[str, Any]], object]
Schema = Callable[[dict[str, Any]], Sequence[Mapping[str, Any]]]


class Receiver(Protocol):
    """Where the operations of a run go."""

    def upsert(self, table: str, row: Mapping[str, Any]) -> None:
        """Take a whole row."""
        ...

    def update(self, table: str, row: Mapping[str, Any]) -> None:
        """Take the columns of a row that change, with its key."""
        ...

    def delete(self, table: str, keys: Mapping[str, Any]) -> None:
        """Take the key of a row that is gone."""
        ...

    def truncate(self, table: str) -> None:
        """Take that all rows of a table are gone."""
        ...

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        """Keep what was taken, and the state."""
        ...

    def log(self, level: str, message: str) -> None:
        """Take a line of the log."""
        ...


class _Run:
    """The run that is under way in this process, if any; connectors may send from many threads."""

    def __init__(self) -> None:
        self.lock: Final = threading.RLock()
        self.receiver: Receiver | None = None


_RUN: Final = _Run()


def _receiver() -> Receiver:
    if _RUN.receiver is None:
        raise RuntimeError("operations can be used inside update() only")
    return _RUN.receiver


class Connector:
    """A connector: what is called to describe its tables, and to sync."""

    def __init__(self, update: Update, schema: Schema | None = None) -> None:
        """Make a connector.

        Args:
            update: Called with the configuration and the state once a sync.
            schema: Called with the configuration; returns the tables.
        """
        if not callable(update) or not (schema is None or callable(schema)):
            raise TypeError("Connector takes two functions: update and, optionally, schema")
        self.update: Final = update
        self.schema: Final = schema

    def debug(self, **_: object) -> None:
        """Refuse to run from inside the script; the command does it from outside."""
        raise RuntimeError("this is a stand-in for Fivetran's package: run `fivetran-async connector debug`")


class Operations:
    """What a connector sends."""

    @staticmethod
    def upsert(table: str, data: Mapping[str, Any]) -> None:
        """Write a whole row, by its primary key."""
        with _RUN.lock:
            _receiver().upsert(table, data)

    @staticmethod
    def update(table: str, modified: Mapping[str, Any]) -> None:
        """Change the given columns of the row that has the given key."""
        with _RUN.lock:
            _receiver().update(table, modified)

    @staticmethod
    def delete(table: str, keys: Mapping[str, Any]) -> None:
        """Mark the row of the given key as deleted."""
        with _RUN.lock:
            _receiver().delete(table, keys)

    @staticmethod
    def truncate(table: str) -> None:
        """Mark all rows of a table as deleted."""
        with _RUN.lock:
            _receiver().truncate(table)

    @staticmethod
    def checkpoint(state: Mapping[str, Any]) -> None:
        """Keep what was sent until now, and the state that the next sync goes on from."""
        with _RUN.lock:
            _receiver().checkpoint(state)


def _log(level: str, message: object, error: BaseException | None = None) -> None:
    with _RUN.lock:
        text = str(message) if error is None else f"{message}: {type(error).__name__}: {error}"
        if _RUN.receiver is None:
            # While it is loaded.
            sys.stderr.write(f"{level} {text}\n")
        else:
            _RUN.receiver.log(level, text)


class Logging:
    """The log of a connector."""

    @staticmethod
    def debug(message: object) -> None:
        """Write what is shown in local runs only."""
        _log("DEBUG", message)

    @staticmethod
    def info(message: object) -> None:
        """Write how it goes."""
        _log("INFO", message)

    @staticmethod
    def warning(message: object) -> None:
        """Write what may be wrong."""
        _log("WARNING", message)

    @staticmethod
    def error(message: object, error: BaseException | None = None) -> None:
        """Write what went wrong and does not end the sync."""
        _log("ERROR", message, error)

    @staticmethod
    def critical(message: object, error: BaseException | None = None) -> None:
        """Write what somebody has to see at once."""
        _log("CRITICAL", message, error)

    # The deprecated names, which connectors still use.
    fine = debug
    severe = error


@contextmanager
def receiving(receiver: Receiver) -> Generator[None]:
    """Send all operations of this process to a receiver meanwhile."""
    with _RUN.lock:
        if _RUN.receiver is not None:
            raise RuntimeError("another connector runs in this process")
        _RUN.receiver = receiver
    try:
        yield
    finally:
        with _RUN.lock:
            _RUN.receiver = None


@contextmanager
def standing_in() -> Generator[None]:
    """Let connectors that are loaded meanwhile find this in the place of Fivetran's package."""
    module = ModuleType(NAME)
    module.__doc__ = __doc__
    module.__dict__.update(Connector=Connector, Operations=Operations, Logging=Logging)
    before = sys.modules.get(NAME)
    sys.modules[NAME] = module
    try:
        yield
    finally:
        if before is None:
            del sys.modules[NAME]
        else:
            sys.modules[NAME] = before
