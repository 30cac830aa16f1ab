"""Policies from TOML and YAML files."""

import os
import tomllib
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from fivetran_async._forks import loading
from fivetran_async.audit import _lines
from fivetran_async.audit._form import Fault, Way, faults
from fivetran_async.audit.findings import Severity
from fivetran_async.audit.policy import Allowed, PersonalColumns, Policy, Waiver
from fivetran_async.audit.policy_schema import policy_schema
from fivetran_async.audit.rules import RULES, Rule
from fivetran_async.audit.tables import tables_of
from fivetran_async.audit.thresholds import Thresholds
from fivetran_async.errors import ArgumentError, ConfigError, DesiredStateError
from fivetran_async.models.schemas import SchemaConfig
from fivetran_async.schema_plan.desired import Desired

_MORE = 10
_YAML = (".yaml", ".yml")


def load_policy(path: str | os.PathLike[str], *, rules: Iterable[Rule] = RULES) -> Policy:
    """Read a policy from a file.

    ```toml
    [rules]
    delayed = false

    [thresholds]
    stale_hours = 48

    [[exceptions]]
    rule = "paused-long"
    name = "archive_*"
    owner = "anna@example.com"
    until = 2026-12-31
    ```

    Args:
        path: A file whose name ends in `.toml`, or in `.yaml` or `.yml`, for which the extra `yaml` is needed.
        rules: The rules that it may name; those of one's own have to be among them.

    Raises:
        ConfigError: It cannot be read, or something in it cannot be used; the message has the file, the line where it
            is known, the key, and what is allowed.
    """
    file = Path(path)
    data, lines = _yaml(file) if file.suffix.lower() in _YAML else _toml(file)
    schema = policy_schema(rules)
    found = list(faults(data, schema, schema))
    if found:
        more = f"\nand {len(found) - _MORE} more" if len(found) > _MORE else ""
        raise ConfigError("\n".join(_told(file, fault, lines) for fault in found[:_MORE]) + more)
    return _built(file, data)


def _built(file: Path, data: dict[str, Any]) -> Policy:
    previous, desired = data.get("previous"), data.get("desired", {})
    return Policy(
        rules=data.get("rules", {}),
        severities={rule: Severity(name) for rule, name in data.get("severities", {}).items()},
        thresholds=msgspec.convert(data.get("thresholds", {}), Thresholds),
        allowed=msgspec.convert(data.get("allowed", {}), Allowed),
        personal_columns=msgspec.convert(data.get("personal_columns", {}), PersonalColumns),
        exceptions=tuple(msgspec.convert(data.get("exceptions", []), list[Waiver])),
        previous=None if previous is None else _previous(file.parent / previous),
        desired={pattern: _desired(file.parent / path) for pattern, path in desired.items()},
    )


def _toml(file: Path) -> tuple[dict[str, Any], Mapping[Way, int]]:
    if file.suffix.lower() != ".toml":
        raise ConfigError(f"{file}: the name of a policy file must end in .toml, .yaml or .yml")
    text = _text(file)
    try:
        return tomllib.loads(text), _lines.in_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from None


def _yaml(file: Path) -> tuple[dict[str, Any], Mapping[Way, int]]:
    try:
        with loading():
            reader = import_module("fivetran_async._yaml")
    except ImportError as error:
        raise ConfigError(
            f"{file}: reading YAML wants PyYAML, which is not installed: pip install 'fivetran-async[yaml]'; "
            "a policy in TOML needs nothing"
        ) from error
    text = _text(file)
    try:
        data = reader.construct(text)
        return {} if data is None else data, dict(reader.lines(text))
    except ValueError as error:
        raise ConfigError(f"{file}{error}") from None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not text in UTF-8: {error}") from None


def _told(file: Path, fault: Fault, lines: Mapping[Way, int]) -> str:
    line = _lines.of(fault.way, lines)
    where = f"{file}:{line}" if line is not None else str(file)
    return f"{where}: {fault.place}: {fault.message}" if fault.way else f"{where}: {fault.message}"


def _json(file: Path, form: Any) -> Any:
    try:
        return msgspec.json.decode(_text(file), type=form)
    except msgspec.DecodeError as error:
        raise ConfigError(f"{file}: {error}") from None


def _previous(path: Path) -> Mapping[str, Mapping[str, bool]]:
    """Read the tables of an earlier moment: a JSON file with them, or a snapshot that holds the schemas."""
    if not path.is_dir():
        found: dict[str, dict[str, bool]] = _json(path, dict[str, dict[str, bool]])
        return found
    # Late, because who takes snapshots is a client, and policies are read without one.
    with loading():
        from fivetran_async.schema_plan.snapshots.directory import load  # noqa: PLC0415
        from fivetran_async.schema_plan.snapshots.kinds import SnapshotKind  # noqa: PLC0415
    try:
        state = load(path, "previous")
    except ArgumentError as error:
        raise ConfigError(str(error)) from None
    if SnapshotKind.SCHEMAS not in state.objects:
        raise ConfigError(f"previous: the snapshot in {path} holds no schemas; take it with --schemas")
    schemas = state.objects[SnapshotKind.SCHEMAS]
    return {name: tables_of(SchemaConfig.from_dict(content)) for name, content in schemas.items()}


def _desired(file: Path) -> Desired:
    try:
        return Desired.load(file)
    except DesiredStateError as error:
        raise ConfigError(str(error)) from None
