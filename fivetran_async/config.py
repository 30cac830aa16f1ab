"""Credentials, base URL and timeouts; nothing here ever shows a secret."""

import base64
import binascii
import hashlib
import ipaddress
import os
import re
import sys
from urllib.parse import urlsplit

import attrs

from fivetran_async.errors import ConfigError

DEFAULT_BASE_URL = "https://api.fivetran.com"
KEY_VARIABLE = "FIVETRAN_API_KEY"
SECRET_VARIABLE = "FIVETRAN_API_SECRET"  # noqa: S105 - the name of a variable
BASE_URL_VARIABLE = "FIVETRAN_BASE_URL"

_DIGEST = 32
_HOST = re.compile(r"[\w.:%-]+")
_ADDRESS = re.compile(r"(?:localhost|[\w-]+(?:\.[\w-]+)+)(?::\d{1,5})?(?:/v1)?/?", re.ASCII)
# The path of a gateway, sent as it is: nothing in it that would have to be encoded, no segment that leads elsewhere.
_PATH = re.compile(r"(?!.*/\.{1,2}(?:/|$))[\w/.~!$&'()*+,;=:%-]*", re.ASCII)


@attrs.frozen
class Credentials:
    """An API key and its secret, kept as the base64 pair that Basic authentication sends."""

    token: str = attrs.field(repr=False)

    @property
    def header(self) -> str:
        """The value of the `Authorization` header."""
        return f"Basic {self.token}"

    @property
    def key_digest(self) -> str:
        """What tells one API key from another, and nothing else of it."""
        key = base64.b64decode(self.token).partition(b":")[0]
        return hashlib.sha256(key).hexdigest()[:_DIGEST]


def credentials(api_key: str | None, api_secret: str | None, *, from_environment: bool = False) -> Credentials:
    """Check a key and a secret and make credentials of them.

    Args:
        api_key: The key, or alone the base64 of `key:secret` that Fivetran's own tools use.
        api_secret: The secret.
        from_environment: Whether the two were read from the environment, for the error's words.

    Raises:
        ConfigError: One of the two is missing or cannot be a credential; the message names it, never its value.
    """
    if from_environment:
        key_name, secret_name = (
            f"the environment variable {KEY_VARIABLE}",
            f"the environment variable {SECRET_VARIABLE}",
        )
    else:
        key_name, secret_name = (
            f"api_key= (or {KEY_VARIABLE} with Fivetran.from_env())",
            f"api_secret= (or {SECRET_VARIABLE} with Fivetran.from_env())",
        )
    key = _checked(api_key, key_name)
    secret = _checked(api_secret, secret_name)
    if key is None:
        raise ConfigError(f"no API key: set {key_name}")
    if secret is not None:
        if ":" in key:
            raise ConfigError(f"{key_name} holds a colon, which no API key does; is it the pair key:secret?")
        return Credentials(base64.b64encode(f"{key}:{secret}".encode()).decode())
    if _is_pair(key):
        return Credentials(key)
    raise ConfigError(
        f"no API secret: set {secret_name}; the key alone is enough only when it is the base64 of key:secret"
    )


def _checked(value: str | None, name: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ConfigError(f"{name} must be a text, not {type(value).__name__}")
    value = value.strip()
    if any(ord(char) < 0x20 or ord(char) == 0x7F for char in value):  # noqa: PLR2004
        raise ConfigError(f"{name} holds a control character")
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise ConfigError(f"{name} holds bytes that are no text")
    return value or None


def _is_pair(text: str) -> bool:
    try:
        key, colon, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return False
    return bool(key and colon and secret)


def pair_from_env() -> tuple[str | None, str | None]:
    """Return the key and the secret of `FIVETRAN_API_KEY` and `FIVETRAN_API_SECRET`.

    Raises:
        ConfigError: A variable is missing; the message names it.
    """
    pair = os.environ.get(KEY_VARIABLE), os.environ.get(SECRET_VARIABLE)
    credentials(*pair, from_environment=True)
    return pair


def base_url_from_env() -> str:
    """Return the base URL of `FIVETRAN_BASE_URL`, checked; the API's own where the variable is not set.

    Raises:
        ConfigError: The variable holds none; the message names it.
    """
    return base_url(os.environ.get(BASE_URL_VARIABLE) or None, f"the environment variable {BASE_URL_VARIABLE}")


def base_url(value: str | None, name: str = "base_url") -> str:
    """Check a base URL and return it without a trailing slash or `/v1`; None gives the API's own.

    Args:
        value: The URL.
        name: Where it is from, for the error's words.

    Raises:
        ConfigError: It is no http or https URL, or it carries credentials, a query or a fragment.
    """
    if value is not None and not isinstance(value, str):
        raise ConfigError(f"{name} must be a text, not {type(value).__name__}")
    text = (DEFAULT_BASE_URL if value is None else value).strip()
    if "@" in text:
        # Before anything that would repeat it.
        raise ConfigError(f"{name} must not hold credentials; pass api_key= and api_secret=")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError as error:
        raise ConfigError(f"{name} {text!r} is no URL: {error}") from None
    fits = _HOST.fullmatch(host) and _PATH.fullmatch(parts.path)
    # urlsplit drops line ends and tabs, and another host would be asked.
    if parts.scheme not in {"http", "https"} or not fits or any(char.isspace() for char in text):
        raise ConfigError(f"{name} {text!r} is no URL: {_meant(text)}")
    if parts.scheme == "http" and f".{host}".endswith(".fivetran.com"):
        # It is not served there, and the key would have been on the network in clear text by then.
        raise ConfigError(f"{name} {text!r} must begin with https://: nothing else is served there")
    if parts.query or parts.fragment:
        raise ConfigError(f"{name} {text!r} must not have a query or a fragment")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/v1').rstrip('/')}"


def _meant(text: str) -> str:
    """Say what would be a URL: for an address without its scheme, which the sandbox's is typed as, that one."""
    if _ADDRESS.fullmatch(text):
        return f"did you mean {'http' if is_loopback(f'http://{text}') else 'https'}://{text}?"
    return f"expected something like {DEFAULT_BASE_URL}"


def is_loopback(url: str) -> bool:
    """Return whether the URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@attrs.frozen(kw_only=True)
class Timeout:
    """How long one attempt may take, in seconds.

    Attributes:
        connect: For the connection, name look-up and TLS included.
        read: Between two pieces of the reply. None means 60, and 330 for the calls that are known to take
            minutes (setup tests, schema reload).
        total: For the whole attempt; None means no bound but the two above.
    """

    connect: float = 10.0
    read: float | None = None
    total: float | None = None

    def read_for(self, *, slow: bool) -> float:
        """Return the read timeout of a call, in seconds."""
        if self.read is not None:
            return self.read
        return SLOW_READ if slow else DEFAULT_READ


DEFAULT_READ = 60.0
SLOW_READ = 330.0


def timeout(value: float | Timeout | None) -> Timeout:
    """Make a `Timeout` of what `timeout=` was given; a number bounds the whole attempt.

    Raises:
        ConfigError: A number is not above 0.
    """
    if value is None:
        return Timeout()
    if isinstance(value, Timeout):
        for name in ("connect", "read", "total"):
            positive(getattr(value, name), f"timeout.{name}")
        return value
    seconds = positive(value, "timeout")
    assert seconds is not None  # noqa: S101 - positive() returns None for None alone
    return Timeout(connect=min(Timeout().connect, seconds), read=seconds, total=seconds)


def positive(value: float | None, name: str, unit: str = "seconds") -> float | None:
    """Return the number, or None for None.

    Raises:
        ConfigError: It is no finite number above 0.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= sys.float_info.max:
        raise ConfigError(f"{name} must be a number of {unit} above 0, not {value!r}")
    return float(value)
