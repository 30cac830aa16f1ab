"""What must not be packed: private keys, tokens, and values of the configuration that stand in another file."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

import attrs

from fivetran_async.connector_sdk.settings import secrets_of

_NAMES: Final = frozenset({"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "credentials.json", "service_account.json"})
_ENDINGS: Final = frozenset({".env", ".p12", ".pfx", ".jks", ".keystore", ".ppk"})
_PATTERNS: Final[tuple[tuple[str, "re.Pattern[bytes]"], ...]] = (
    ("a private key", re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")),
    ("an AWS access key", re.compile(rb"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])")),
    ("a GitHub token", re.compile(rb"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50,})")),
    ("a Slack token", re.compile(rb"(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,}")),
    ("a Stripe key", re.compile(rb"(?<![A-Za-z0-9])[rs]k_live_[A-Za-z0-9]{16,}")),
    ("a Google API key", re.compile(rb"(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])")),
)
# What stands in a configuration until somebody fills it in.
_PLACEHOLDER: Final = re.compile(r"<.*>|\{.*\}|YOUR_[A-Z0-9_]+|x+|\*+", re.IGNORECASE)


@attrs.frozen
class FoundSecret:
    """Where something stands that looks like a secret; never what it is.

    Attributes:
        path: The file, from the folder of the connector.
        line: Its line, from 1; 0 where the file as a whole is meant.
        kind: What it looks like.
    """

    path: str
    line: int
    kind: str

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else self.path
        return f"{where} ({self.kind})"


def secrets_in(path: str, content: bytes, configuration: Mapping[str, str | None]) -> Iterator[FoundSecret]:
    """Yield what looks like a secret in a file.

    Args:
        path: The file, from the folder of the connector.
        content: Its bytes.
        configuration: What the connector is configured with: values under names such as `api_key` must stand nowhere.
    """
    name = PurePosixPath(path).name.lower()
    if name in _NAMES or PurePosixPath(name).suffix in _ENDINGS:
        yield FoundSecret(path, 0, "a file of credentials, by its name")
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(content):
            yield FoundSecret(path, _line(content, match.start()), kind)
    for key, value in configuration.items():
        for secret in secrets_of({key: value}):
            at = content.find(secret.encode())
            if at >= 0 and not _PLACEHOLDER.fullmatch(secret):
                yield FoundSecret(path, _line(content, at), f"the value of {key} in the configuration")


def _line(content: bytes, at: int) -> int:
    return content.count(b"\n", 0, at) + 1
