"""A DuckDB file, opened to be read."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fivetran_async.errors import ArgumentError, ConfigError

if TYPE_CHECKING:
    import duckdb


@contextmanager
def reading(path: Path) -> "Generator[duckdb.DuckDBPyConnection]":
    """Open a DuckDB file that is there; what goes wrong with it inside the block is told in one line.

    Args:
        path: The file.

    Raises:
        ArgumentError: It cannot be opened, or does not hold what is asked for.
        ConfigError: DuckDB is not installed.
    """
    try:
        import duckdb  # noqa: PLC0415 - of an extra that most commands do without
    except ImportError:
        raise ConfigError(f"{path} can only be read with DuckDB: pip install 'fivetran-async[connector]'") from None
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            # Times read as those of this machine would want a package for their zones.
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
    except (OSError, duckdb.Error) as error:
        raise ArgumentError(f"{path}: {error}") from None


def database(connection: "duckdb.DuckDBPyConnection") -> str:
    """Return the name of the file in SQL: a file may be called like a schema in it, and then one must say which."""
    found = connection.execute("SELECT current_database()").fetchone()
    return "" if found is None else str(found[0])
