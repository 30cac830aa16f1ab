"""A new connector: the files of one that works at once."""

import os
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from string import Template
from typing import Final

from fivetran_async._version import __version__
from fivetran_async.errors import ArgumentError

# By the name that a file gets, its name here: what is called `.gitignore` or `*.py` would have its say here as well.
_FILES: Final = {
    "connector.py": "connector.py.in",
    "source.py": "source.py.in",
    "fake_source.py": "fake_source.py.in",
    "configuration.json": "configuration.json.in",
    "requirements.txt": "requirements.txt.in",
    ".gitignore": "gitignore.in",
    "README.md": "README.md.in",
}
_DAYS: Final = 7


def write_template(folder: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write the files of a new connector: one that reads a made-up source that is written beside it.

    Args:
        folder: Where to; made where it does not exist. Other files may be in it.

    Returns:
        The files, in the order in which one reads them.

    Raises:
        ArgumentError: One of the files is there already, or one cannot be written; what was there is as it was.
    """
    root = Path(folder)
    there = [name for name in _FILES if os.path.lexists(root / name)]
    if there:
        raise ArgumentError(f"{root} has {', '.join(there)} already, and nothing is overwritten: choose another folder")
    words = {
        "name": root.resolve().name,
        "version": __version__,
        "first_day": f"{datetime.now(UTC) - timedelta(days=_DAYS):%Y-%m-%d}",
    }
    source = resources.files("fivetran_async.connector_sdk") / "template"
    texts = {name: Template((source / kept).read_text(encoding="utf-8")) for name, kept in _FILES.items()}
    written: list[Path] = []
    try:
        root.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            # Exclusive: a file that somebody makes meanwhile is theirs.
            with (root / name).open("x", encoding="utf-8") as file:
                written.append(root / name)
                file.write(text.substitute(words))
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise ArgumentError(f"{error.filename or root} cannot be written: {error.strerror or error}") from None
    return tuple(written)
