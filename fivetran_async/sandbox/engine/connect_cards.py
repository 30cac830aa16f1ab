"""Connect Cards: the link with which somebody else authorises a connection."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.replies import invalid

PAGE: Final = "https://fivetran.com/connect-card/setup"
DAY: Final = 86_400


def read_config(name: str, value: Any) -> JsonObject:
    """Take a `connect_card_config`: its `redirect_uri` is required and must be an HTTP address."""
    fields = {"redirect_uri": _http, "hide_setup_guide": checks.boolean, "all_fields": checks.boolean}
    config: JsonObject = checks.object_of(fields, "redirect_uri")(name, value)
    return config


def issue(connection: JsonObject, config: JsonObject, now: float) -> JsonObject:
    """Return a new card: a token that is valid for a day, and the address that carries it."""
    own: JsonObject = connection["sandbox"]
    own["connect_cards"] = own.get("connect_cards", 0) + 1
    token = _token(connection["id"], own["connect_cards"], int(now))
    query: dict[str, str] = {"redirect_uri": config["redirect_uri"], "auth": token}
    if "hide_setup_guide" in config:
        query["hide_setup_guide"] = str(config["hide_setup_guide"]).lower()
    return {"token": token, "uri": f"{PAGE}?{urlencode(query)}"}


def _http(name: str, value: Any) -> str:
    address = checks.text(name, value)
    try:
        parts = urlsplit(address)
    except ValueError:
        raise invalid(f"Field '{name}' must be an HTTP or HTTPS address") from None
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise invalid(f"Field '{name}' must be an HTTP or HTTPS address")
    return address


def _token(connection: str, number: int, now: int) -> str:
    head = _part({"alg": "HS256", "typ": "JWT"})
    claims = _part({"jti": str(number), "connector": connection, "iat": now, "exp": now + DAY})
    signature = hmac.digest(connection.encode(), f"{head}.{claims}".encode(), hashlib.sha256)
    return f"{head}.{claims}.{_url_safe(signature)}"


def _part(content: JsonObject) -> str:
    return _url_safe(msgspec.json.encode(content))


def _url_safe(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
