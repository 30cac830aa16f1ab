"""A snapshot as files: one for each object, put in place all at once or not at all."""

import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

import attrs

from fivetran_async.errors import ArgumentError, FivetranError
from fivetran_async.schema_plan.snapshots.kinds import SnapshotKind, identity
from fivetran_async.schema_plan.snapshots.states import Gap, State

MANIFEST: Final = "snapshot.json"
VERSION: Final = 1

_NEXT: Final = ".next"
_GONE: Final = "removed.json"
_LONGEST: Final = 150
_UPPER: Final = re.compile(r"[A-Z]")
_RAISED: Final = re.compile(r"\+(.)")
# What no file may be called on Windows.
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)


def file_name(name: str) -> str:
    """Return what the file of an object is called: the same always, and everywhere a name that differs from others.

    Capitals become `+` and the small letter, for file systems that take both for one; all but letters, digits, `_` and
    `-` is percent-encoded.
    """
    text = _UPPER.sub(lambda match: "+" + match[0].lower(), quote(name, safe="+").replace("+", "%2B"))
    # The digits of an encoding are no letters.
    text = re.sub(r"%((?:\+?[0-9a-f]){2})", lambda match: "%" + match[1].replace("+", ""), text)
    text = text.replace(".", "%2e").replace("~", "%7e")
    if _RESERVED.fullmatch(text):
        text = f"%{ord(text[0]):x}{text[1:]}"
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST].rstrip('%+')}~{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return f"{text}.json"


def name_of(path: Path, content: Mapping[str, Any]) -> str:
    """Return what identifies the object of a file."""
    if "~" in path.stem:
        return identity(content) or path.stem
    return unquote(_RAISED.sub(lambda match: match[1].upper(), path.stem))


def text_of(content: Mapping[str, Any]) -> str:
    """Return the text of a file: the same for the same content."""
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def is_snapshot(directory: Path) -> bool:
    """Return whether there is a snapshot in a directory."""
    return (directory / MANIFEST).is_file()


def prepared(directory: str | os.PathLike[str], name: str = "directory") -> Path:
    """Return a directory that a snapshot may be written to.

    Raises:
        ArgumentError: It is none, or it holds folders that no snapshot has written.
    """
    path = checked(directory, name)
    try:
        path.mkdir(parents=True, exist_ok=True)
        _finish(path)
        # Of writers that were killed; not where a snapshot is only read, which may be while another one is written.
        for left in path.glob(f"{_NEXT}-*"):
            shutil.rmtree(left)
    except OSError as error:
        raise ArgumentError(f"{name}: {path} cannot be written to: {error.strerror or error}") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise ArgumentError(f"{name}: {path} cannot be written to")
    strange = [kind for kind in SnapshotKind if (path / kind).exists()]
    if strange and not is_snapshot(path):
        raise ArgumentError(
            f"{name}: {path} has a folder {strange[0]}, but no {MANIFEST}; "
            "files in it might be lost: choose another directory"
        )
    return path


def checked(directory: str | os.PathLike[str], name: str) -> Path:
    """Return a directory's path.

    Raises:
        ArgumentError: It is no path.
    """
    if not isinstance(directory, str | os.PathLike) or not os.fspath(directory):
        raise ArgumentError(f"{name} must be the path of a directory, not {directory!r}")
    return Path(directory)


def load(directory: str | os.PathLike[str], name: str = "directory") -> State:
    """Read a snapshot.

    Raises:
        ArgumentError: There is none, or a file of it cannot be read.
    """
    path = checked(directory, name)
    if path.is_dir():
        try:
            _finish(path)
        except OSError as error:
            raise ArgumentError(f"{name}: {path}: a snapshot that broke off cannot be finished: {error}") from None
    if not is_snapshot(path):
        raise ArgumentError(f"{name}: there is no snapshot in {path}; `fivetran-async snapshot {path}` makes one")
    manifest = _read(path / MANIFEST)
    if manifest.get("version") != VERSION:
        raise ArgumentError(
            f"{path / MANIFEST}: the version must be {VERSION}, not {manifest.get('version')!r}; take a new snapshot"
        )
    try:
        kinds = [kind for kind in SnapshotKind if kind in manifest["kinds"]]
        gaps = tuple(Gap(**gap | {"ids": tuple(gap["ids"])}) for gap in manifest.get("incomplete", []))
        configs = bool(manifest["configs"])
    except (KeyError, TypeError) as error:
        raise ArgumentError(f"{path / MANIFEST} is none of a snapshot: {error}") from None
    return State(objects={kind: _objects(path / kind) for kind in kinds}, configs=configs, gaps=gaps)


def _objects(folder: Path) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted(folder.glob("*.json")):
        content = _read(path)
        found[name_of(path, content)] = content
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ArgumentError(f"{path} cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ArgumentError(f"{path} is no JSON: {error}; take a new snapshot in another directory") from None
    if not isinstance(content, dict):
        raise ArgumentError(f"{path} must hold a JSON object")
    return content  # pyright: ignore[reportUnknownVariableType]


@attrs.frozen
class Stored:
    """What storing a snapshot changed, as paths below the directory."""

    written: tuple[str, ...]
    removed: tuple[str, ...]


def store(directory: Path, state: State) -> Stored:
    """Make a directory hold a state.

    All new files are written beside their places first; they come into them when all of them are whole. Whoever is
    killed before that has changed nothing, and what is killed while it moves them is finished by the next who looks.

    Raises:
        FivetranError: A file cannot be written; before the moving began, nothing was changed.
    """
    files = {MANIFEST: text_of(_manifest(state))}
    for kind in state.kinds:
        files |= {f"{kind}/{file_name(name)}": text_of(item) for name, item in state.objects[kind].items()}
    there = {f"{kind}/{path.name}" for kind in SnapshotKind for path in (directory / kind).glob("*.json")}
    written = tuple(sorted(name for name, text in files.items() if _differs(directory / name, text)))
    removed = tuple(sorted(there - set(files)))
    if not written and not removed:
        return Stored(written, removed)
    staging = directory / f"{_NEXT}-{uuid.uuid4().hex}"
    try:
        for name in written:
            place = staging / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(files[name], encoding="utf-8", newline="\n")
        staging.mkdir(exist_ok=True)
        (staging / _GONE).write_text(json.dumps(removed), encoding="utf-8")
        # One step, which the system does whole or not at all: from here on the snapshot is this one.
        staging.rename(directory / _NEXT)
        _finish(directory)
    except OSError as error:
        raise FivetranError(f"the snapshot in {directory} cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return Stored(written, removed)


def _manifest(state: State) -> dict[str, Any]:
    found: dict[str, Any] = {"version": VERSION, "kinds": [str(kind) for kind in state.kinds], "configs": state.configs}
    return found | ({"incomplete": [gap.to_dict() for gap in state.gaps]} if state.gaps else {})


def _differs(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() != text.encode()
    except OSError:
        return True


def _finish(directory: Path) -> None:
    """Put the files of a snapshot that is whole, and was not moved to the end, into their places."""
    ready = directory / _NEXT
    if not ready.is_dir():
        return
    gone = ready / _GONE
    removed: list[str] = json.loads(gone.read_text(encoding="utf-8")) if gone.exists() else []
    for path in sorted(ready.rglob("*.json")):
        if path != gone:
            place = directory / path.relative_to(ready)
            place.parent.mkdir(exist_ok=True)
            path.replace(place)
    for name in removed:
        (directory / name).unlink(missing_ok=True)
    for kind in {Path(name).parent for name in removed}:
        if not any((directory / kind).iterdir()):
            (directory / kind).rmdir()
    shutil.rmtree(ready)
