"""Which files of a connector's folder go into its package."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fivetran_async._forks import loading
from fivetran_async.errors import ArgumentError, ConfigError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_ROOT_FOLDERS: Final = frozenset({"files", "crash-reports", "lib", "include"})
_ROOT_FILES: Final = frozenset({"configuration.json", "destination.json", "options.toml"})
_ANYWHERE: Final = frozenset({"__pycache__", "node_modules"})
_GITIGNORE: Final = ".gitignore"
_COMPILED: Final = frozenset({".pyc", ".pyo"})


def chosen(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield each file that is packed, by its path from the folder with slashes.

    Left out is what Fivetran's own tool leaves out: hidden files (a `.gitignore` is packed), virtual environments,
    `__pycache__`, at the root `files`, `crash-reports`, `lib`, `include`, `configuration.json`, `destination.json` and
    `options.toml`, and what a `.gitignore` names; compiled Python and `node_modules` as well.

    Raises:
        ArgumentError: A file is a link, or nothing that can be read as one, or its name is no text.
        ConfigError: `pathspec` is missing.
    """
    yield from _walk(folder, "", [])


def _walk(folder: Path, at: str, specs: "list[tuple[str, GitIgnoreSpec]]") -> Iterator[tuple[str, Path]]:
    ignore = folder / _GITIGNORE
    if ignore.is_file():
        specs = [*specs, (at, _spec(ignore))]
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        path = f"{at}{entry.name}"
        is_folder = entry.is_dir() and not entry.is_symlink()
        if _left_out(path, entry, is_folder=is_folder) or _ignored(f"{path}/" if is_folder else path, specs):
            continue
        if entry.is_symlink():
            raise ArgumentError(
                f"{path} is a link, and what it leads to may lie outside the folder: put the file itself there, "
                f"or name the link in {_GITIGNORE}"
            )
        _check_name(path)
        if is_folder:
            yield from _walk(entry, f"{path}/", specs)
        elif entry.is_file():
            yield path, entry
        else:
            raise ArgumentError(f"{path} is neither a file nor a folder: name it in {_GITIGNORE}, or remove it")


def _left_out(path: str, entry: Path, *, is_folder: bool) -> bool:
    name = entry.name
    if name.startswith("."):
        return name != _GITIGNORE or is_folder
    if is_folder:
        return name in _ANYWHERE or path in _ROOT_FOLDERS or os.path.lexists(entry / "pyvenv.cfg")
    return path in _ROOT_FILES or entry.suffix in _COMPILED


def _ignored(path: str, specs: "list[tuple[str, GitIgnoreSpec]]") -> bool:
    # As git has it: the deepest file that says anything about a path decides.
    for at, spec in reversed(specs):
        verdict = spec.check_file(path[len(at) :]).include
        if verdict is not None:
            return verdict
    return False


def _spec(path: Path) -> "GitIgnoreSpec":
    with loading():
        try:
            from pathspec import GitIgnoreSpec  # noqa: PLC0415 - of the extra `connector`
        except ImportError:
            raise ConfigError(
                f"what {path} leaves out of a package is found by pathspec, which is not installed: "
                "pip install 'fivetran-async[connector]'"
            ) from None
    try:
        return GitIgnoreSpec.from_lines(path.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError) as error:
        raise ArgumentError(f"{path} cannot be read: {error}") from None


def _check_name(path: str) -> None:
    try:
        path.encode()
    except UnicodeEncodeError:
        raise ArgumentError(f"{path!r} is no text in UTF-8, and cannot be the name of a file in a package") from None
    if "\\" in path:
        raise ArgumentError(f"{path!r} has a backslash in it, which other systems take for a folder: rename it")
