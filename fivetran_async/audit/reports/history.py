"""A history of audits in a DuckDB file, and what changed between two of them."""

import os
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from fivetran_async._forks import loading
from fivetran_async.audit.findings import AnyKind, Finding, Kind, Severity
from fivetran_async.audit.report import AuditReport
from fivetran_async.audit.reports.trend import Run, TrackedFinding, Trends
from fivetran_async.audit.reports.words import instant
from fivetran_async.audit.rules import RULES
from fivetran_async.errors import ArgumentError, ConfigError

if TYPE_CHECKING:
    import duckdb

VERSION: Final = 1
"""The version of the tables; a history of a later one is left alone."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS history (version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS runs (
    as_of TIMESTAMPTZ PRIMARY KEY, calls BIGINT NOT NULL, seconds DOUBLE NOT NULL
);
CREATE TABLE IF NOT EXISTS gaps (
    as_of TIMESTAMPTZ NOT NULL, kind VARCHAR NOT NULL, reason VARCHAR NOT NULL, error VARCHAR NOT NULL,
    read BIGINT NOT NULL, unread BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS findings (
    as_of TIMESTAMPTZ NOT NULL, state VARCHAR NOT NULL, rule VARCHAR NOT NULL, severity VARCHAR NOT NULL,
    kind VARCHAR NOT NULL, id VARCHAR NOT NULL, name VARCHAR, group_name VARCHAR, service VARCHAR,
    reason VARCHAR NOT NULL, since TIMESTAMPTZ NOT NULL
);
"""
_OPEN: Final = "open"
_WAIVED: Final = "waived"
_UNKNOWN: Final = "unknown"
_COLUMNS: Final = "rule, severity, kind, id, name, group_name, service, reason, since"
_KINDS: Final = {rule.id: rule.kinds for rule in RULES}


def append(report: AuditReport, path: str | os.PathLike[str]) -> None:
    """Append an audit to a history, whole or not at all.

    What was open before and could not be looked for this time is kept as unknown: it is neither fixed nor forgotten.
    A report of the time of the latest audit replaces it, as one does that was resumed.

    Args:
        report: The report.
        path: The DuckDB file, of one account; it is made where it does not exist.

    Raises:
        ArgumentError: The file is no history, another program writes to it, or it has a later audit.
        ConfigError: duckdb is not installed.
    """
    as_of = report.as_of.astimezone(UTC)
    with _history(Path(path), write=True) as db:
        before = [time for (time,) in db.execute("SELECT as_of FROM runs ORDER BY as_of DESC").fetchall()]
        if before and before[0] > as_of:
            raise ArgumentError(f"{path} has an audit of {instant(before[0])}, later than this of {instant(as_of)}")
        for table in ("findings", "gaps", "runs"):
            db.execute(f"DELETE FROM {table} WHERE as_of = ?", [as_of])  # noqa: S608 - a name from the line above
        earlier = [time for time in before if time != as_of]
        known = {it.key: (it, state) for state, it in _tracked(db, earlier[0])} if earlier else {}
        rows = [(_OPEN, _as_tracked(finding, as_of, known)) for finding in report.findings]
        rows += [(_WAIVED, _as_tracked(finding, as_of, known)) for finding in report.waived]
        there = {it.key for _, it in rows}
        looked = _looked_for(report)
        rows += [
            (_UNKNOWN, it)
            for key, (it, state) in known.items()
            if state != _WAIVED and key not in there and not looked(it)
        ]
        db.execute("INSERT INTO runs VALUES (?, ?, ?)", [as_of, report.calls, report.seconds])
        _insert(
            db,
            "gaps",
            ("TIMESTAMPTZ", *["VARCHAR"] * 3, "BIGINT", "BIGINT"),
            [(as_of, str(gap.kind), gap.reason, gap.error, gap.read, gap.unread) for gap in report.incomplete],
        )
        _insert(
            db,
            "findings",
            ("TIMESTAMPTZ", *["VARCHAR"] * 9, "TIMESTAMPTZ"),
            [(as_of, state, *_values(finding)) for state, finding in rows],
        )


def check(path: str | os.PathLike[str]) -> None:
    """Refuse a history that nothing could be appended to, before an audit is made for it.

    Args:
        path: The DuckDB file; it is made where it does not exist.

    Raises:
        ArgumentError: The file is no history, or another program writes to it.
        ConfigError: duckdb is not installed.
    """
    with _history(Path(path), write=True):
        pass


def trends(path: str | os.PathLike[str], *, since: datetime | None = None, runs: int = 10) -> Trends:
    """Return what the latest audit of a history has that is new, still open, fixed, or could not be looked for.

    Args:
        path: The DuckDB file that `append` made.
        since: Compare with the last audit up to this time, which has a time zone; None for the one before the latest.
        runs: How many of the latest audits to count; at least 1.

    Raises:
        ArgumentError: There is no such file, it is no history, it has no audit (so old), or an argument is wrong.
        ConfigError: duckdb is not installed.
    """
    if since is not None and since.tzinfo is None:
        raise ArgumentError("since must have a time zone")
    if isinstance(runs, bool) or runs < 1:
        raise ArgumentError(f"runs must be at least 1, not {runs!r}")
    if not Path(path).is_file():
        raise ArgumentError(f"{path} does not exist; `fivetran-async audit --history {path}` begins a history")
    with _history(Path(path), write=False) as db:
        told = _runs(db)
        if not told:
            raise ArgumentError(f"{path} has no audit")
        latest, *earlier = told
        if since is not None:
            earlier = [run for run in earlier if run.as_of <= since]
            if not earlier:
                raise ArgumentError(f"{path} has no audit before the latest that is from {instant(since)} or earlier")
        previous = earlier[0] if earlier else None
        now = {it.key: (it, state) for state, it in _tracked(db, latest.as_of)}
        then = {it.key: it for state, it in _tracked(db, previous.as_of) if state != _WAIVED} if previous else {}

    def of(state: str, *, known: bool) -> tuple[TrackedFinding, ...]:
        return _in_order(it for it, is_ in now.values() if is_ == state and (it.key in then) == known)

    return Trends(
        latest=latest,
        previous=previous,
        new=of(_OPEN, known=False),
        open=of(_OPEN, known=True),
        fixed=_in_order(it for key, it in then.items() if key not in now),
        waived=of(_WAIVED, known=True),
        unknown=_in_order(it for it, state in now.values() if state == _UNKNOWN),
        runs=tuple(told[:runs]),
    )


def _looked_for(report: AuditReport) -> Callable[[TrackedFinding], bool]:
    """Return what tells whether an audit would have found a finding again."""
    whole, judged = report.inventory.whole, frozenset(report.judged)
    asked = whole | report.inventory.partial | {gap.kind for gap in report.incomplete}

    def looked(finding: TrackedFinding) -> bool:
        # Of a rule of one's own it is not known what it reads: any of it.
        needed = _KINDS.get(finding.rule, asked)
        return finding.rule in judged and all(kind in whole or _read(report, kind, finding.id) for kind in needed)

    return looked


def _read(report: AuditReport, kind: AnyKind, owner: str) -> bool:
    """Return whether this object was read although not all of its kind were."""
    inventory = report.inventory
    known = kind in inventory.partial and Kind(kind).is_known
    return known and owner in inventory.items(kind) and owner not in inventory.unread.get(kind, ())


def _as_tracked(
    finding: Finding, as_of: datetime, known: dict[tuple[str, str, str], tuple[TrackedFinding, str]]
) -> TrackedFinding:
    before = known.get((finding.rule, str(finding.kind), finding.id))
    return TrackedFinding(
        rule=finding.rule,
        severity=finding.severity,
        kind=finding.kind,
        id=finding.id,
        name=finding.name,
        group_name=finding.group_name,
        service=finding.service,
        reason=finding.reason,
        since=as_of if before is None else before[0].since,
    )


def _values(finding: TrackedFinding) -> tuple[Any, ...]:
    values: tuple[Any, ...] = attrs.astuple(finding)
    return tuple(str(value) if isinstance(value, str) else value for value in values)


def _tracked(db: "duckdb.DuckDBPyConnection", as_of: datetime) -> list[tuple[str, TrackedFinding]]:
    rows = db.execute(f"SELECT state, {_COLUMNS} FROM findings WHERE as_of = ?", [as_of]).fetchall()  # noqa: S608
    names = _COLUMNS.split(", ")
    found: list[tuple[str, TrackedFinding]] = []
    for state, *values in rows:
        fields: dict[str, Any] = dict(zip(names, values, strict=True))
        fields["severity"] = Severity(fields["severity"])
        found.append((state, TrackedFinding(**fields)))
    return found


def _runs(db: "duckdb.DuckDBPyConnection") -> list[Run]:
    rows = db.execute("""
        SELECT as_of, calls,
            (SELECT count(*) FROM findings AS f WHERE f.as_of = r.as_of AND state = 'open'),
            (SELECT count(*) FROM findings AS f WHERE f.as_of = r.as_of AND state = 'waived'),
            (SELECT count(*) FROM findings AS f WHERE f.as_of = r.as_of AND state = 'unknown'),
            (SELECT count(*) FROM gaps AS g WHERE g.as_of = r.as_of)
        FROM runs AS r ORDER BY as_of DESC
        """).fetchall()
    return [
        Run(as_of=as_of, calls=calls, open=found, waived=waived, unknown=unknown, gaps=gaps)
        for as_of, calls, found, waived, unknown, gaps in rows
    ]


def _insert(db: "duckdb.DuckDBPyConnection", table: str, types: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert all rows by one statement: one for each row would take seconds for a large account."""
    if not rows:
        return
    columns = [list(column) for column in zip(*rows, strict=True)]
    lists = ", ".join(f"unnest(?::{kind}[])" for kind in types)
    db.execute(f"INSERT INTO {table} SELECT {lists}", columns)


def _in_order(findings: Iterable[TrackedFinding]) -> tuple[TrackedFinding, ...]:
    return tuple(
        sorted(
            findings, key=lambda it: (-Severity(it.severity).rank, it.rule, it.group_name or "", it.name or "", it.id)
        )
    )


@contextmanager
def _history(path: Path, *, write: bool) -> "Generator[duckdb.DuckDBPyConnection]":
    """Open a history in one transaction, which is undone if anything goes wrong."""
    with loading():
        try:
            import duckdb  # noqa: PLC0415 - of the extra `history`
        except ImportError:
            raise ConfigError("a history is a DuckDB file: pip install 'fivetran-async[history]'") from None
    try:
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
        db = duckdb.connect(str(path), read_only=not write, config={"autoinstall_known_extensions": "false"})
    except (OSError, duckdb.Error) as error:
        raise ArgumentError(f"{path} cannot be opened as a history of audits: {error}") from None
    with db:
        try:
            db.execute("SET TimeZone = 'UTC'")
            db.execute("BEGIN")
            if write:
                db.execute(_TABLES)
                db.execute("INSERT INTO history SELECT ? WHERE NOT EXISTS (FROM history)", [VERSION])
            found = db.execute("SELECT max(version) FROM history").fetchone()
            if found != (VERSION,):
                raise ArgumentError(f"{path} is a history of another version than {VERSION}; update this package")
            yield db
            db.execute("COMMIT")
        except duckdb.Error as error:
            raise ArgumentError(f"{path} cannot be used as a history of audits: {error}") from None
