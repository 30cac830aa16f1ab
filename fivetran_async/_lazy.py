"""What a package exports and loads when it is first used."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from fivetran_async._forks import loading


def load(package: dict[str, Any], homes: Mapping[str, str], name: str) -> Any:
    """Load a name that a package exports, keep it there, and return it.

    Args:
        package: The package's names.
        homes: The module of each exported name; one without a dot is the package's own.
        name: The name.

    Raises:
        AttributeError: The package exports no such name.
    """
    home = homes.get(name)
    if home is None:
        raise AttributeError(f"module {package['__name__']!r} has no attribute {name!r}")
    with loading():
        value = getattr(import_module(home if "." in home else f"{package['__name__']}.{home}"), name)
    package[name] = value
    return value
