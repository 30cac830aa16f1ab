"""Files that are written whole or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from fivetran_async.errors import ArgumentError

_ORDINARY: Final = 0o666


def write_whole(path: str | os.PathLike[str], content: bytes, *, private: bool = False) -> Path:
    """Write a file at once, and return its path; whoever reads it sees the old one or the new one.

    Args:
        path: The file; its folder is made where it does not exist.
        content: What it is to hold.
        private: Whether only its owner may read it.

    Raises:
        ArgumentError: It cannot be written; the old one is as it was.
    """
    target = Path(path)
    part = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        if not private:
            mask = os.umask(0)
            os.umask(mask)
            Path(part).chmod(_ORDINARY & ~mask)
        Path(part).replace(target)
    except OSError as error:
        raise ArgumentError(f"{target} cannot be written: {error.strerror or error}") from None
    finally:
        # There no more if all went well.
        with suppress(OSError):
            os.unlink(part)  # noqa: PTH108 - none yet is the empty name, and as a path that would be this folder
    return target
