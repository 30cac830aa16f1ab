"""Certificates and SSH fingerprints: of a connection, of a destination, or of the whole account."""

from typing import Any

import attrs

from fivetran_async import operations as ops
from fivetran_async._pipeline import Pipeline
from fivetran_async.errors import ArgumentError
from fivetran_async.models.certificates import Certificate, Fingerprint
from fivetran_async.operation import Operation
from fivetran_async.paging import Pager
from fivetran_async.resources._base import Resource, check_text
from fivetran_async.types import UNSET, Unset


@attrs.frozen(kw_only=True)
class _CertificateOperations:
    list: Operation[Certificate]
    approve: Operation[Certificate]
    get: Operation[Certificate]
    revoke: Operation[None]


@attrs.frozen(kw_only=True)
class _FingerprintOperations:
    list: Operation[Fingerprint]
    approve: Operation[Fingerprint]
    get: Operation[Fingerprint]
    revoke: Operation[None]


CONNECTION_CERTIFICATES = _CertificateOperations(
    list=ops.GET_CONNECTION_CERTIFICATES_LIST,
    approve=ops.APPROVE_CONNECTION_CERTIFICATE,
    get=ops.GET_CONNECTION_CERTIFICATE_DETAILS,
    revoke=ops.REVOKE_CONNECTION_CERTIFICATE,
)
DESTINATION_CERTIFICATES = _CertificateOperations(
    list=ops.GET_DESTINATION_CERTIFICATES_LIST,
    approve=ops.APPROVE_DESTINATION_CERTIFICATE,
    get=ops.GET_DESTINATION_CERTIFICATE_DETAILS,
    revoke=ops.REVOKE_DESTINATION_CERTIFICATE,
)
CONNECTION_FINGERPRINTS = _FingerprintOperations(
    list=ops.GET_CONNECTION_FINGERPRINTS_LIST,
    approve=ops.APPROVE_CONNECTION_FINGERPRINT,
    get=ops.GET_CONNECTION_FINGERPRINT_DETAILS,
    revoke=ops.REVOKE_CONNECTION_FINGERPRINT,
)
DESTINATION_FINGERPRINTS = _FingerprintOperations(
    list=ops.GET_DESTINATION_FINGERPRINTS_LIST,
    approve=ops.APPROVE_DESTINATION_FINGERPRINT,
    get=ops.GET_DESTINATION_FINGERPRINT_DETAILS,
    revoke=ops.REVOKE_DESTINATION_FINGERPRINT,
)


class Certificates(Resource):
    """The approved certificates of a connection or a destination.

    API: https://fivetran.com/docs/rest-api/api-reference/certificates.
    """

    def __init__(self, pipeline: Pipeline, operations: _CertificateOperations) -> None:
        super().__init__(pipeline)
        self._operations = operations

    def list(self, owner_id: str, *, page_size: int = 1000, cursor: str | None = None) -> Pager[Certificate]:
        """List the approved certificates.

        Args:
            owner_id: The connection or the destination.
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        return self._pager(self._operations.list, owner_id, page_size=page_size, cursor=cursor)

    async def get(self, owner_id: str, certificate_hash: str) -> Certificate:
        """Return an approved certificate.

        Args:
            owner_id: The connection or the destination.
            certificate_hash: The certificate's hash.

        Returns:
            The certificate. Costs one call.

        Raises:
            NotFoundError: There is no such connection or destination, or none with this hash.
        """
        return await self._pipeline.call(self._operations.get, owner_id, certificate_hash)

    async def approve(self, owner_id: str, *, hash: str, encoded_cert: str) -> Certificate:
        """Approve a certificate, so that setup tests trust it.

        Args:
            owner_id: The connection or the destination.
            hash: The certificate's hash, as the setup test shows it.
            encoded_cert: The certificate in base64.

        Returns:
            The certificate. Costs one call, which is not repeated when its outcome is unknown.

        Raises:
            BadRequestError: The API refuses the certificate.
            NotFoundError: There is no such connection or destination.
        """
        check_text(hash, "hash")
        check_text(encoded_cert, "encoded_cert")
        return await self._pipeline.call(
            self._operations.approve, owner_id, body={"hash": hash, "encoded_cert": encoded_cert}
        )

    async def revoke(self, owner_id: str, certificate_hash: str) -> None:
        """Take back the approval of a certificate.

        Costs one call.

        Args:
            owner_id: The connection or the destination.
            certificate_hash: The certificate's hash.

        Raises:
            NotFoundError: There is no such connection or destination, or none with this hash.
        """
        return await self._pipeline.call(self._operations.revoke, owner_id, certificate_hash)


class Fingerprints(Resource):
    """The approved SSH fingerprints of a connection or a destination.

    They are certificates by another name, but what is approved is a key: no call of theirs is called alike.
    API: https://fivetran.com/docs/rest-api/api-reference/certificates.
    """

    def __init__(self, pipeline: Pipeline, operations: _FingerprintOperations) -> None:
        super().__init__(pipeline)
        self._operations = operations

    def list(self, owner_id: str, *, page_size: int = 1000, cursor: str | None = None) -> Pager[Fingerprint]:
        """List the approved fingerprints.

        Args:
            owner_id: The connection or the destination.
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        return self._pager(self._operations.list, owner_id, page_size=page_size, cursor=cursor)

    async def get(self, owner_id: str, fingerprint_hash: str) -> Fingerprint:
        """Return an approved fingerprint.

        Args:
            owner_id: The connection or the destination.
            fingerprint_hash: The fingerprint's hash.

        Returns:
            The fingerprint. Costs one call.

        Raises:
            NotFoundError: There is no such connection or destination, or none with this hash.
        """
        return await self._pipeline.call(self._operations.get, owner_id, fingerprint_hash)

    async def approve(self, owner_id: str, *, hash: str, public_key: str) -> Fingerprint:
        """Approve the fingerprint of an SSH server, so that setup tests trust it.

        Args:
            owner_id: The connection or the destination.
            hash: The fingerprint's hash, as the setup test shows it.
            public_key: The server's public key.

        Returns:
            The fingerprint. Costs one call, which is not repeated when its outcome is unknown.

        Raises:
            BadRequestError: The API refuses the fingerprint.
            NotFoundError: There is no such connection or destination.
        """
        check_text(hash, "hash")
        check_text(public_key, "public_key")
        return await self._pipeline.call(
            self._operations.approve, owner_id, body={"hash": hash, "public_key": public_key}
        )

    async def revoke(self, owner_id: str, fingerprint_hash: str) -> None:
        """Take back the approval of a fingerprint.

        Costs one call.

        Args:
            owner_id: The connection or the destination.
            fingerprint_hash: The fingerprint's hash.

        Raises:
            NotFoundError: There is no such connection or destination, or none with this hash.
        """
        return await self._pipeline.call(self._operations.revoke, owner_id, fingerprint_hash)


class CertificateApprovals(Resource):
    """The deprecated approval of certificates. API: https://fivetran.com/docs/rest-api/api-reference/certificates."""

    async def approve(
        self,
        *,
        hash: str,
        encoded_cert: str,
        connection_id: str | Unset = UNSET,
        destination_id: str | Unset = UNSET,
    ) -> None:
        """Approve a certificate for a connection or a destination.

        Deprecated by the API: use `connections.certificates.approve` or `destinations.certificates.approve`.
        Costs one call, which is not repeated when its outcome is unknown.

        Args:
            hash: The certificate's hash, as the setup test shows it.
            encoded_cert: The certificate in base64.
            connection_id: The connection that is to trust it.
            destination_id: The destination that is to trust it.

        Raises:
            ArgumentError: Neither a connection nor a destination is named, or both are.
            BadRequestError: The API refuses the certificate.
        """
        check_text(hash, "hash")
        check_text(encoded_cert, "encoded_cert")
        owners: dict[str, Any] = {"connection_id": connection_id, "destination_id": destination_id}
        given = [name for name, value in owners.items() if value is not UNSET]
        if len(given) != 1:
            raise ArgumentError("pass one of connection_id and destination_id, and not both")
        check_text(owners[given[0]], given[0])
        return await self._pipeline.call(
            ops.APPROVE_CERTIFICATE, body={"hash": hash, "encoded_cert": encoded_cert, **owners}
        )
