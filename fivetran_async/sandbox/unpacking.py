"""A package, unpacked into a folder: nothing beside it, nothing huge."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Final

MOST_BYTES: Final = 256 * 1024 * 1024
MOST_FILES: Final = 10_000


class UnpackableError(ValueError):
    """An archive that cannot be unpacked, or should not be."""


def unpack(content: bytes, folder: Path) -> None:
    """Write what an archive holds into a folder that is empty.

    Args:
        content: The archive.
        folder: The folder.

    Raises:
        UnpackableError: It is none, would write elsewhere, or is too large when it is unpacked.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _check(entries)
            left = MOST_BYTES
            for entry in entries:
                target = folder.joinpath(*PurePosixPath(entry.filename).parts)
                if entry.is_dir():
                    target.mkdir(parents=True, exist_ok=True)
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as file:
                    # Not by what the archive says: that need not be true.
                    data = file.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise UnpackableError(f"it has more than {MOST_BYTES:,} bytes when it is unpacked")
                target.write_bytes(data)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, zlib.error) as error:
        raise UnpackableError(f"it cannot be unpacked: {error}") from None


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_FILES:
        raise UnpackableError(f"it has more than {MOST_FILES:,} files")
    for entry in entries:
        path = PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or not path.parts:
            raise UnpackableError(f"{entry.filename!r} would be written outside its folder")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise UnpackableError(f"{entry.filename!r} is a link")
