"""Certificates and SSH fingerprints that an account trusts."""

import attrs

from fivetran_async.models._base import Model, Timestamp


@attrs.frozen(kw_only=True)
class Certificate(Model):
    """A TLS certificate that was approved.

    Attributes:
        id: The certificate.
        name: Its subject.
        hash: Its hash, by which it is named.
        type: Its type.
        sha1: Its SHA-1 fingerprint.
        sha256: Its SHA-256 fingerprint.
        public_key: Its public key.
        validated_date: When it was approved.
        validated_by: Who approved it.
    """

    id: str
    name: str | None = None
    hash: str | None = None
    type: str | None = None
    sha1: str | None = None
    sha256: str | None = None
    public_key: str | None = None
    validated_date: Timestamp | None = None
    validated_by: str | None = None


@attrs.frozen(kw_only=True)
class Fingerprint(Model):
    """The fingerprint of an SSH server that was approved.

    Attributes:
        id: The fingerprint.
        hash: Its hash, by which it is named.
        public_key: The server's public key.
        validated_date: When it was approved.
        validated_by: Who approved it.
    """

    id: str
    hash: str | None = None
    public_key: str | None = None
    validated_date: Timestamp | None = None
    validated_by: str | None = None
