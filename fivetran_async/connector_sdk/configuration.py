"""What a connector is configured with: flat, texts only, and never shown."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from fivetran_async.errors import ArgumentError
from fivetran_async.types import UNSET, Unset

FILE: Final = "configuration.json"
MOST: Final = 100
"""How many settings Fivetran takes."""

_MASK: Final = "******"

Configuration = Mapping[str, str | None]


def read_configuration(
    given: Configuration | str | os.PathLike[str] | Unset | None, folder: Path | None = None
) -> dict[str, str | None] | None:
    """Return a configuration, checked; no message ever shows a value.

    Args:
        given: The settings, or the path of a JSON file with them; None for none. Left out, `configuration.json` of the
            folder where there is one.
        folder: The folder of the connector.

    Raises:
        ArgumentError: The file cannot be read, or it is no flat object of at most 100 texts.
    """
    if given is None:
        return None
    if given is UNSET:
        path = None if folder is None else folder / FILE
        return None if path is None or not path.is_file() else _checked(_read(path), str(path))
    if isinstance(given, Mapping):
        return _checked(given, "configuration")
    if isinstance(given, str | os.PathLike):
        return _checked(_read(Path(given)), str(given))
    raise ArgumentError(f"configuration must be a mapping or the path of a file, not {type(given).__name__}")


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise ArgumentError(f"{path} cannot be read: {error.strerror or error}") from None
    except json.JSONDecodeError as error:
        # Without the text around the place, which may be a secret.
        raise ArgumentError(f"{path} is no JSON: line {error.lineno}, column {error.colno}: {error.msg}") from None
    except ValueError:
        raise ArgumentError(f"{path} is no JSON") from None


def _checked(value: Any, name: str) -> dict[str, str | None]:
    if not isinstance(value, Mapping):
        raise ArgumentError(f"{name} must hold a JSON object of texts, not {type(value).__name__}")
    settings = cast("Mapping[Any, Any]", value)
    if len(settings) > MOST:
        raise ArgumentError(f"{name} has {len(settings)} settings, and Fivetran takes at most {MOST}")
    for key, setting in settings.items():
        if not isinstance(key, str) or not key:
            raise ArgumentError(f"{name}: the name of a setting must be a text that is not empty, not {key!r}")
        if setting is not None and not isinstance(setting, str):
            raise ArgumentError(
                f"{name}: {key} must be a text, not {type(setting).__name__}: Fivetran takes texts only, "
                "so write numbers and switches in quotes, and lists and objects as JSON in a text"
            )
        if setting == _MASK:
            raise ArgumentError(f"{name}: {key} is {_MASK}, the mask of a secret, and would become the secret")
    return dict(settings)


def as_secrets(configuration: Configuration) -> list[dict[str, str | None]]:
    """Return a configuration as the API takes it: the `secrets_list` of a connection's config."""
    return [{"key": key, "value": value} for key, value in configuration.items()]
