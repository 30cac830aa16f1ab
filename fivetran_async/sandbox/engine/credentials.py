"""Credentials that look like real ones and open nothing; the same words always give the same."""

from __future__ import annotations

import base64
import random
import string
import textwrap
from typing import Final

_ALPHABET: Final = string.ascii_letters + string.digits
_LINE: Final = 64


class Forger:
    """Makes credentials one after the other.

    Args:
        *words: What decides all of them, such as an id and how often its credentials were made before.
    """

    def __init__(self, *words: object) -> None:
        self._rng: Final = random.Random("/".join(map(str, words)))  # noqa: S311 - repeatable, and not secret

    def token(self, length: int = 40) -> str:
        """Return letters and digits."""
        return "".join(self._rng.choices(_ALPHABET, k=length))

    def raw(self, size: int) -> bytes:
        """Return so many bytes."""
        return self._rng.randbytes(size)

    def encoded(self, size: int) -> str:
        """Return so many bytes in base64."""
        return base64.b64encode(self.raw(size)).decode()

    def ssh_key(self, comment: str) -> str:
        """Return a public RSA key as SSH has it; nobody has its private half."""
        modulus = self._rng.getrandbits(2048) | 1 << 2047 | 1
        parts = (b"ssh-rsa", (65537).to_bytes(3), modulus.to_bytes(257))
        blob = b"".join(len(part).to_bytes(4) + part for part in parts)
        return f"ssh-rsa {base64.b64encode(blob).decode()} {comment}"

    def pem(self, kind: str, size: int = 600) -> str:
        """Return something in the form of a PEM block, of a kind such as `CERTIFICATE`."""
        body = "\n".join(textwrap.wrap(self.encoded(size), _LINE))
        return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n"
