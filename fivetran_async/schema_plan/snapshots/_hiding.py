"""What must not be written down: secrets by their names, by the mask of the API, and by what they look like."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

HIDDEN: Final = "[secret]"
"""What is written in the place of a secret."""

_PART: Final = re.compile(
    r"passw|passphrase|secret|token|credential|creds|api_?key|private_?key|access_?key|account_?key|signature|auth_?code"
    r"|connection_?string|service_account_(?:json|info)|certificate|cookie|webhook_url|sas_url|pwd",
    re.IGNORECASE,
)
_WORDS: Final = frozenset(
    [
        "auth",
        "authorization",
        "authentication",
        "bearer",
        "jwt",
        "key",
        "keys",
        "keystore",
        "oauth",
        "otp",
        "pass",
        "pat",
        "pem",
        "pfx",
        "pin",
        "sas",
        "sid",
        "truststore",
        "wallet",
    ]
)
# What the API masks for some services, by names that do not sound like it.
_KNOWN: Final = frozenset(
    ["api_user_identifier", "api_username", "client_cert", "function_trigger", "query_param_value", "trusted_cert"]
)
# Names of the API that sound like secrets and are none: they say where a secret is, or how it is used.
_OPEN: Final = frozenset(
    [
        "external_secrets_manager_id",
        "external_secrets_keys_config",
        "private_link_id",
        "public_key",
        "foreign_key",
        "partition_key",
        "sort_key",
        "cluster_key",
        "key_columns",
    ]
)
_OPEN_ENDINGS: Final = ("_type", "_method", "_mode", "_enabled", "_expires_at", "_columns", "_column")
_BOUNDS: Final = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")
_MASK: Final = re.compile(r"[*\u2022]{3,}")

# Each with what stays of it.
_SHAPES: Final[tuple[tuple["re.Pattern[str]", str], ...]] = (
    (re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY.*?(?:-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL), HIDDEN),
    (re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"), HIDDEN),
    (re.compile(r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,}|glpat-[\w-]{20,})"), HIDDEN),
    (re.compile(r"(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,}"), HIDDEN),
    (re.compile(r"(?<![A-Za-z0-9])(?:[rs]k_(?:live|test)_|whsec_)[A-Za-z0-9]{16,}"), HIDDEN),
    (re.compile(r"(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"), HIDDEN),
    (re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"), HIDDEN),
    # The address of a chat's hook is its own password.
    (re.compile(r"(https?://hooks\.slack\.com/)[^\s\"']+"), rf"\g<1>{HIDDEN}"),
    (re.compile(r"(https?://[\w.-]*webhook\.office\.com/)[^\s\"']+"), rf"\g<1>{HIDDEN}"),
    (re.compile(r"(https?://discord(?:app)?\.com/api/webhooks/)[^\s\"']+"), rf"\g<1>{HIDDEN}"),
    # scheme://user:password@host, where the password may hold an @ of its own
    (re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)[^/?#\s]+@"), rf"\g<1>{HIDDEN}@"),
    (re.compile(r"\b((?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\g<1>{HIDDEN}"),
)
_ASSIGNED: Final = re.compile(
    r"([A-Za-z][\w.\- ]*?)(\"?\s*[=:]\s*)(?!//)"
    r"(\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s;&,\"'}\]]+)"
)
_PAIR_NAMES: Final = ("key", "name", "header", "field", "parameter")


def is_secret(name: str) -> bool:
    """Return whether a field of such a name holds a secret."""
    plain = "_".join(part for part in _BOUNDS.split(name) if part).lower()
    if plain in _OPEN or plain.endswith(_OPEN_ENDINGS):
        return False
    if plain in _KNOWN or _PART.search(plain):
        return True
    return not _WORDS.isdisjoint(plain.split("_"))


def hide(value: Any, name: str = "") -> Any:
    """Return plain data without its secrets, at any depth.

    What says nothing, such as null, an empty text, true or false, stays as it is, under any name.

    Args:
        value: The data.
        name: The name that it stands under.
    """
    if value is None or isinstance(value, bool) or value in ("", [], {}):
        return value
    if name and is_secret(name):
        return HIDDEN
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return _mapping(cast("Mapping[str, Any]", value))
    if isinstance(value, Sequence):
        environment = "environment" in name.lower()
        return [_variable(item) if environment else hide(item) for item in cast("Sequence[Any]", value)]
    return value


def _mapping(items: Mapping[str, Any]) -> dict[str, Any]:
    # Settings that come as pairs: {"key": "password", "value": "..."}, where the key is a name.
    paired = {name for name in _PAIR_NAMES if "value" in items and isinstance(items.get(name), str)}
    secret = any(is_secret(items[name]) for name in paired)
    return {name: _item(name, value, paired=name in paired, secret=secret) for name, value in items.items()}


def _item(name: str, value: Any, *, paired: bool, secret: bool) -> Any:
    if paired and isinstance(value, str):
        return _text(value)
    return hide(value, "secret" if secret and name == "value" else name)


def _variable(item: Any) -> Any:
    # NAME=value: nobody knows which of them are secrets.
    name, equals, value = item.partition("=") if isinstance(item, str) else ("", "", "")
    return f"{name}={HIDDEN}" if equals and value else hide(item)


def _text(text: str) -> str:
    if _MASK.fullmatch(text):
        return HIDDEN
    for pattern, rest in _SHAPES:
        text = pattern.sub(rest, text)
    return _ASSIGNED.sub(_assigned, text) if "=" in text or ":" in text else text


def _assigned(match: "re.Match[str]") -> str:
    name, between, value = match.groups()
    if value.startswith(HIDDEN) or not is_secret(name):
        return match[0]
    quote = value[0] if value[0] in "\"'" else ""
    return f"{name}{between}{quote}{HIDDEN}{quote}"
