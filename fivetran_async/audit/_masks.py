"""What an audit writes to disk holds no secret, whatever the API sent."""

import re
from functools import lru_cache
from typing import Any, Final, cast

from fivetran_async.resources._base import MASK

# What models hide from their `repr`, and what settings of services call such things; schemas and tables of such names
# hold objects, and pass.
_SECRET: Final = re.compile(
    r"(password|passwd|passphrase|secret|token|private_key|api_key|access_key|secret_key|client_key|credentials?"
    r"|client_cert|config_json|auth_json|docker_compose_yaml|environment_vars|connection_string|uri|auth)$",
    re.IGNORECASE,
)
# What an address may hold beside the place: who asks, and with which right.
_IN_URL: Final = re.compile(r"^(?P<scheme>https?://)(?:[^/@\s]*@)?(?P<rest>[^?\s]*)(?P<query>\?.*)?$", re.IGNORECASE)


def masked(value: Any) -> Any:
    """Return plain JSON in which every text that may be a secret is the API's own mask."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {name: item if item is None else _field(name, item) for name, item in fields.items()}
    if isinstance(value, list):
        return [masked(item) for item in cast("list[Any]", value)]
    return value


def _field(name: str, value: Any) -> Any:
    if isinstance(value, bool | int | float):
        return value
    secret, address = _what(name)
    if secret:
        return _hidden(value)
    if isinstance(value, str):
        return _shown(value) if address else value
    return masked(value)


# The same few names come with every object.
@lru_cache(maxsize=10_000)
def _what(name: str) -> tuple[bool, bool]:
    return _SECRET.search(name) is not None, name.lower().endswith("url")


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return MASK if value else value
    if isinstance(value, list):
        return [_hidden(item) for item in cast("list[Any]", value)]
    return masked(value)


def _shown(value: str) -> str:
    parts = _IN_URL.match(value)
    if parts is None:
        return value
    return f"{parts['scheme']}{parts['rest']}{'?' + MASK if parts['query'] else ''}"
