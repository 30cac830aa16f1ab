"""Why a connection does not do what it should: what the API, its setup tests and its log say, in one place."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, TypeAlias

import attrs

from fivetran_async.models.connections import Connection, ConnectionTask, ConnectionWarning
from fivetran_async.models.setup_tests import SetupTest

LogSource: TypeAlias = Callable[[str], Iterable[Any] | Awaitable[Iterable[Any]]]
"""Is called with the id of a connection, and returns the lines of its log, oldest first."""

_BAD = frozenset({"FAILED", "JOB_FAILED", "WARNING"})
_SHOWN = 20


@attrs.frozen(kw_only=True)
class Explanation:
    """What is known of a connection's failures.

    Attributes:
        connection_id: The connection.
        connection: Its name.
        service: Its service.
        setup_state: Whether it is set up.
        sync_state: What it does now.
        paused: Whether it is paused.
        succeeded_at: When a sync ended well last.
        failed_at: When one ended badly last.
        package_id: The package that it runs, of a custom connector.
        tasks: What a person has to do.
        cleared: What was to do until the setup tests passed: it may be why the last sync failed.
        warnings: What is worth knowing.
        setup_tests: The results of the setup tests; none when they were not run.
        log: The last lines of its log, oldest first, as texts; none when there was no log to ask.
    """

    connection_id: str
    connection: str | None = None
    service: str | None = None
    setup_state: str | None = None
    sync_state: str | None = None
    paused: bool = False
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    package_id: str | None = None
    tasks: tuple[ConnectionTask, ...] = ()
    cleared: tuple[ConnectionTask, ...] = ()
    warnings: tuple[ConnectionWarning, ...] = ()
    setup_tests: tuple[SetupTest, ...] = ()
    log: tuple[str, ...] = ()

    @property
    def failing(self) -> bool:
        """Whether its last sync ended badly."""
        if self.failed_at is None:
            return False
        return self.succeeded_at is None or self.failed_at > self.succeeded_at

    @property
    def failed_tests(self) -> tuple[SetupTest, ...]:
        """The setup tests that did not pass, warnings included."""
        return tuple(test for test in self.setup_tests if str(test.status) in _BAD)

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong with it: a pause and warnings are not."""
        broken = any(str(test.status) in {"FAILED", "JOB_FAILED"} for test in self.setup_tests)
        return self.setup_state == "connected" and not (self.failing or self.tasks or broken)

    @property
    def text(self) -> str:
        """All of it, to be read by a person."""
        named = f"{self.connection or 'a connection'} ({self.service or 'unknown service'}, {self.connection_id})"
        lines = [f"{named}: {self._verdict()}"]
        lines.append(f"last success: {_when(self.succeeded_at)}; last failure: {_when(self.failed_at)}")
        if self.package_id is not None:
            lines.append(f"package: {self.package_id}")
        lines += [f"to do: {_words(task)}" for task in self.tasks]
        lines += [f"to do until the setup tests passed: {_words(task)}" for task in self.cleared]
        lines += [f"warning: {_words(warning)}" for warning in self.warnings]
        lines += [
            f"setup test {str(test.status).lower()}: {test.title or 'unnamed'}: {test.message or 'no message'}"
            for test in self.failed_tests
        ]
        if self.setup_tests and not self.failed_tests:
            lines.append(f"all {len(self.setup_tests)} setup tests passed")
        lines += [f"log: {line}" for line in self.log[-_SHOWN:]]
        return "\n".join(lines)

    def _verdict(self) -> str:
        if self.setup_state != "connected":
            return f"its setup is {self.setup_state or 'unknown'}"
        state = "its last sync failed" if self.failing else "its last sync went well"
        if self.succeeded_at is None and self.failed_at is None:
            state = "no sync has ended yet"
        return (
            f"{state}, and it is paused" if self.paused else f"{state}; it is {self.sync_state or 'in no known state'}"
        )


def explained(
    seen: Connection, before: Iterable[ConnectionTask], log: Iterable[object], *, tested: bool
) -> Explanation:
    """Put together what was found.

    Args:
        seen: The connection, as it was seen last.
        before: Its tasks before the setup tests ran.
        log: The lines of its log.
        tested: Whether the setup tests ran.
    """
    status, config = seen.status, seen.config or {}
    tasks = () if status is None else status.tasks
    return Explanation(
        connection_id=seen.id,
        connection=seen.schema,
        service=seen.service,
        setup_state=None if status is None or status.setup_state is None else str(status.setup_state),
        sync_state=None if status is None or status.sync_state is None else str(status.sync_state),
        paused=seen.is_paused,
        succeeded_at=seen.succeeded_at,
        failed_at=seen.failed_at,
        package_id=config.get("package_id"),
        tasks=tasks,
        cleared=tuple(task for task in before if task not in tasks),
        warnings=() if status is None else status.warnings,
        setup_tests=seen.setup_tests if tested else (),
        log=tuple(map(str, log)),
    )


def _when(at: datetime | None) -> str:
    return "never" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _words(item: ConnectionTask | ConnectionWarning) -> str:
    return ": ".join(part for part in (item.code, item.message, item.details) if part) or "without words"
