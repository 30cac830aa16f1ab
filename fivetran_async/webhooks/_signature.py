"""The signature of a delivery: who knows the webhook's secret, and nobody else, can make it."""

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final, TypeAlias

from fivetran_async.errors import ArgumentError

SIGNATURE_HEADER: Final = "X-Fivetran-Signature-256"
"""The header that carries the signature."""

Secret: TypeAlias = str | bytes | Iterable[str | bytes]
"""A secret, or several of which any will do: the old one and the new one while they are changed over."""


def compute_signature(body: bytes, secret: str | bytes) -> str:
    """Return the signature of a body: HMAC-SHA256 in lower-case hexadecimal digits.

    Args:
        body: The raw bytes of the delivery, exactly as they came.
        secret: The webhook's secret.

    Returns:
        64 digits.

    Raises:
        ArgumentError: The body is no bytes, or the secret is empty.
    """
    return hmac.new(_key(secret), _bytes(body), hashlib.sha256).hexdigest()


def verify(body: bytes, signature: str | bytes | None, secret: Secret) -> bool:
    """Return whether a delivery was signed with the secret; takes equally long for every wrong signature.

    Follows https://fivetran.com/docs/rest-api/webhooks: hexadecimal digits in either case, without a prefix.

    Args:
        body: The raw bytes of the delivery, exactly as they came: JSON that was read and written again is another text.
        signature: What `X-Fivetran-Signature-256` carries; None if the header is missing.
        secret: The webhook's secret, or several of which any will do.

    Returns:
        False too where the signature is missing, or is none.

    Raises:
        ArgumentError: The body is no bytes, a secret is empty, or there is none: with such a one anybody could sign.
    """
    secrets = [secret] if isinstance(secret, str | bytes) else list(secret)
    if not secrets:
        raise ArgumentError("verify wants the secret of the webhook, and got none")
    given = signature.decode("latin-1") if isinstance(signature, bytes) else signature or ""
    # Compared as bytes: a comparison of texts takes ASCII only. Every secret, so that the time tells nothing.
    wanted = given.strip().lower().encode("utf-8", "surrogatepass")
    matches = [hmac.compare_digest(compute_signature(body, one).encode(), wanted) for one in secrets]
    return any(matches)


def _key(secret: str | bytes) -> bytes:
    if not isinstance(secret, str | bytes) or not secret:
        raise ArgumentError("the secret of a webhook must be a text that is not empty")
    return secret.encode() if isinstance(secret, str) else secret


def _bytes(body: bytes) -> bytes:
    if not isinstance(body, bytes | bytearray | memoryview):
        raise ArgumentError(f"the body must be the raw bytes of the delivery, not {type(body).__name__}")
    return bytes(body)
