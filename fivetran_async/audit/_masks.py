"""What an audit writes to disk holds no secret, whatever the API sent."""

import re
from collections.abc import Mapping
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
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        return {
            name: _hidden(item) if _SECRET.search(name) else _shown(name, masked(item)) for name, item in fields.items()
        }
    if isinstance(value, list):
        return [masked(item) for item in cast("list[Any]", value)]
    return value


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return MASK if value else value
    if isinstance(value, list):
        return [_hidden(item) for item in cast("list[Any]", value)]
    return masked(value)


def _shown(name: str, value: Any) -> Any:
    if not isinstance(value, str) or not name.lower().endswith("url"):
        return value
    parts = _IN_URL.match(value)
    if parts is None:
        return value
    return f"{parts['scheme']}{parts['rest']}{'?' + MASK if parts['query'] else ''}"
