"""A connector's folder as the archive that Fivetran runs: the same files always make the same bytes."""

import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import attrs

from fivetran_async._written import write_whole
from fivetran_async.connector_sdk._ignored import chosen
from fivetran_async.connector_sdk._secrets import FoundSecret, secrets_in
from fivetran_async.connector_sdk.configuration import read_configuration
from fivetran_async.errors import ArgumentError
from fivetran_async.types import UNSET, Unset

MAX_SIZE: Final = 50 * 1024 * 1024
"""How many bytes a package may have, unless told otherwise."""

CONNECTOR: Final = "connector.py"
FORM: Final = "configuration_form.pb"

# The first instant that a zip archive can express.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = (stat.S_IFREG | 0o644) << 16
_UNIX: Final = 3
_SHOWN: Final = 10


@attrs.frozen(kw_only=True)
class PackedConnector:
    """A connector, packed.

    Attributes:
        folder: Where it was packed from.
        files: What is in it, in order, by the paths from the folder.
        content: The bytes of the zip archive.
        sha256: Their hexadecimal SHA-256, as `ConnectorPackage.file_sha256_hash` has it.
    """

    folder: Path
    files: tuple[str, ...]
    content: bytes = attrs.field(repr=False)
    sha256: str

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return len(self.content)

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the archive to a file, at once, and return the file's path.

        Args:
            path: The file; its folder is made where it does not exist.

        Raises:
            ArgumentError: It cannot be written.
        """
        return write_whole(path, self.content)


def pack(
    folder: str | os.PathLike[str],
    *,
    configuration: Mapping[str, str | None] | str | os.PathLike[str] | Unset | None = UNSET,
    allow_secrets: Iterable[str] = (),
    max_size: int = MAX_SIZE,
) -> PackedConnector:
    """Pack the folder of a connector; nothing is sent or written.

    The same files make the same bytes on every machine: their order, times and modes are fixed, and they are stored, as
    what compression makes depends on the library that does it. An empty `configuration_form.pb` is added where there is
    none, as Fivetran's own tool does.

    Args:
        folder: The folder, with `connector.py` in it.
        configuration: What the connector is configured with, as `deploy` takes it: its secrets must stand in no file.
            Left out, the folder's `configuration.json` where there is one.
        allow_secrets: Paths of files, from the folder, that may hold what looks like a secret.
        max_size: How many bytes the package may have.

    Returns:
        The package.

    Raises:
        ArgumentError: There is no such folder or no `connector.py` in it, it holds links or what looks like a secret
            (the message names file and line), or it is too large.
        ConfigError: It has a `.gitignore`, and `pathspec` of the extra `connector` is missing.
    """
    root = checked_folder(folder)
    if isinstance(max_size, bool) or not isinstance(max_size, int) or max_size < 1:
        raise ArgumentError(f"max_size must be a number of bytes from 1, not {max_size!r}")
    allowed = _allowed(allow_secrets)
    settings = read_configuration(configuration, root) or {}
    contents = _contents(root, max_size)
    if CONNECTOR not in contents:
        raise ArgumentError(f"{CONNECTOR} in {root} is ignored: it cannot be left out of the package")
    found = [
        secret
        for path, content in contents.items()
        if path not in allowed
        for secret in secrets_in(path, content, settings)
    ]
    if found:
        raise ArgumentError(_complaint(found))
    contents.setdefault(FORM, b"")
    archive = _zipped(contents)
    if len(archive) > max_size:
        raise _too_large(root, max_size)
    return PackedConnector(
        folder=root, files=tuple(sorted(contents)), content=archive, sha256=hashlib.sha256(archive).hexdigest()
    )


def checked_folder(folder: str | os.PathLike[str]) -> Path:
    """Return the folder of a connector.

    Raises:
        ArgumentError: There is none, or no `connector.py` in it.
    """
    if not isinstance(folder, str | os.PathLike):
        raise ArgumentError(f"folder must be a path, not {type(folder).__name__}")
    root = Path(folder)
    try:
        known, complete = root.is_dir(), (root / CONNECTOR).is_file()
    except (OSError, ValueError) as error:
        raise ArgumentError(f"folder: {str(folder)!r} cannot be read: {error}") from None
    if not known:
        raise ArgumentError(f"there is no folder {root}")
    if not complete:
        raise ArgumentError(f"there is no {CONNECTOR} in {root}: a connector is a folder with one at its root")
    return root.resolve()


def _contents(root: Path, max_size: int) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    size = 0
    try:
        for path, file in chosen(root):
            size += file.stat().st_size
            # Before it is read: a folder may hold what no memory does.
            if size > max_size:
                raise _too_large(root, max_size)
            contents[path] = file.read_bytes()
    except OSError as error:
        raise ArgumentError(f"{error.filename or root} cannot be read: {error.strerror or error}") from None
    return contents


def _too_large(root: Path, max_size: int) -> ArgumentError:
    return ArgumentError(
        f"what would be packed of {root} has more than {max_size:,} bytes: name what does not belong to the connector "
        "in .gitignore, or pass a greater max_size"
    )


def _zipped(contents: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(contents):
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.create_system = _UNIX
            entry.external_attr = _MODE
            archive.writestr(entry, contents[path])
    return target.getvalue()


def _allowed(paths: Iterable[str]) -> frozenset[str]:
    if isinstance(paths, str | bytes) or not isinstance(paths, Iterable):
        raise ArgumentError(f"allow_secrets must be a list of paths, not {paths!r}")
    return frozenset(os.fspath(path).replace(os.sep, "/").removeprefix("./") for path in paths)


def _complaint(found: list[FoundSecret]) -> str:
    shown = ", ".join(map(str, found[:_SHOWN]))
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return (
        f"what looks like a secret would be packed: {shown}{more}; put it into configuration.json, name the file in "
        ".gitignore, or, if it is none, name the file in allow_secrets"
    )
