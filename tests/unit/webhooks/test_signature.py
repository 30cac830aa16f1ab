"""Signatures of deliveries: known ones, every wrong one, and what is no signature at all."""

from __future__ import annotations

import pytest

from fivetran_async.errors import ArgumentError
from fivetran_async.webhooks import SIGNATURE_HEADER, compute_signature, verify

BODY = b'{"event":"sync_end","created":"2026-05-21T10:00:00.000Z","data":{"status":"SUCCESSFUL"}}'


def test_a_known_signature() -> None:
    """A real delivery would be refused, or be signed in a way that only this SDK knows."""
    assert compute_signature(b"what do ya want for nothing?", "Jefe") == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"  # RFC 4231, test case 2
    )
    assert compute_signature(b"", "key") == "5d5d139563c95b5967b9bd9a8c9b233a9dedb45072794cd232dc1b74832607d0"


@pytest.mark.parametrize("change", [str.lower, str.upper, lambda text: f" {text} ", str.encode])
def test_either_case_and_text_or_bytes(change) -> None:
    """A signature would be refused for how it is written."""
    assert verify(BODY, change(compute_signature(BODY, "secret")), "secret") is True


@pytest.mark.parametrize(
    "signature",
    [None, "", b"", "0" * 64, "é" * 64, "\udcff" * 64, "٣" * 64, "sha256=" + compute_signature(BODY, "secret")],
)
def test_what_is_no_signature(signature) -> None:
    """A delivery without a signature, or with a strange one, would pass, or break the receiver."""
    assert verify(BODY, signature, "secret") is False


def test_secrets_that_are_changed_over() -> None:
    """Deliveries would be lost while a secret is changed."""
    signature = compute_signature(BODY, "new")
    assert verify(BODY, signature, ["old", "new"])
    assert verify(BODY, signature, (secret for secret in (b"new", "old")))
    assert not verify(BODY, signature, ["old", "older"])


@pytest.mark.parametrize("secret", ["", b"", [], [""], ["secret", ""], None, 7, [None]])
def test_no_secret_at_all(secret) -> None:
    """A receiver whose secret was not set would take what anybody signs with nothing."""
    with pytest.raises((ArgumentError, TypeError)):
        verify(BODY, compute_signature(BODY, "secret"), secret)


@pytest.mark.parametrize("body", [BODY.decode(), None, {"event": "sync_end"}])
def test_a_body_that_is_no_bytes(body) -> None:
    """JSON that was read and written again would be checked in place of what was signed."""
    with pytest.raises(ArgumentError, match="raw bytes"):
        verify(body, "0" * 64, "secret")


def test_the_header() -> None:
    """Users would look for the signature in a header of another name."""
    assert SIGNATURE_HEADER.lower() == "x-fivetran-signature-256"
