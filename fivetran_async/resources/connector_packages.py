"""Packages of custom connectors: zip archives, sent and received piece by piece."""

import os
import re
from pathlib import Path

from fivetran_async import operations as ops
from fivetran_async._files import Download, Upload, zipped
from fivetran_async._pipeline import confirmed
from fivetran_async.errors import ArgumentError, ChecksumError
from fivetran_async.models.connector_packages import ConnectorPackage
from fivetran_async.paging import Pager
from fivetran_async.resources._base import Resource
from fivetran_async.types import FileSource

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


class ConnectorPackages(Resource):
    """Packages of custom connectors. API: https://fivetran.com/docs/rest-api/api-reference/connector-sdk."""

    def list(self, *, page_size: int = 1000, cursor: str | None = None) -> Pager[ConnectorPackage]:
        """List all packages of the account.

        Args:
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        return self._pager(ops.LIST_CONNECTOR_SDK_PACKAGES, page_size=page_size, cursor=cursor)

    async def get(self, package_id: str) -> ConnectorPackage:
        """Return a package's description; `download` fetches the package itself.

        Args:
            package_id: The package.

        Returns:
            The description. Costs one call.

        Raises:
            NotFoundError: There is no such package.
        """
        return await self._pipeline.call(ops.GET_CONNECTOR_SDK_PACKAGE, package_id)

    async def create(self, *, file: FileSource) -> ConnectorPackage:
        """Upload a package.

        Args:
            file: A zip archive: the path of one, its bytes, an open file, or pieces of its bytes, asynchronous or not.
                A path is read piece by piece; what comes in pieces goes through a temporary file.

        Returns:
            The new package's description. Costs one call, which is not repeated when its outcome is unknown.

        Raises:
            ArgumentError: The file cannot be read, or is no zip archive; nothing was sent.
            BadRequestError: The API refuses the package.
            ChecksumError: The API has other bytes than were sent.
        """
        # Before a stream is read, which can be done once.
        self._pipeline.check(ops.CREATE_CONNECTOR_SDK_PACKAGE)
        async with zipped(file, "file") as upload:
            package = await self._pipeline.call(ops.CREATE_CONNECTOR_SDK_PACKAGE, upload=upload)
        return _arrived(package, upload)

    async def update(self, package_id: str, *, file: FileSource) -> ConnectorPackage:
        """Replace what a package holds.

        Args:
            package_id: The package.
            file: A zip archive: the path of one, its bytes, an open file, or pieces of its bytes, asynchronous or not.

        Returns:
            The package's description as it is now. Costs one call, which is not repeated when its outcome is unknown.

        Raises:
            ArgumentError: The file cannot be read, or is no zip archive; nothing was sent.
            ChecksumError: The API has other bytes than were sent.
            ForbiddenError: The package belongs to somebody else.
            NotFoundError: There is no such package.
        """
        self._pipeline.check(ops.UPDATE_CONNECTOR_SDK_PACKAGE, package_id)
        async with zipped(file, "file") as upload:
            package = await self._pipeline.call(ops.UPDATE_CONNECTOR_SDK_PACKAGE, package_id, upload=upload)
        return _arrived(package, upload)

    async def delete(self, package_id: str, *, confirm: bool = False) -> None:
        """Delete a package.

        Costs one call.

        Args:
            package_id: The package.
            confirm: Must be True: what is deleted cannot be brought back.

        Raises:
            ConfirmationError: `confirm` is not True; nothing was sent.
            ForbiddenError: A connection uses the package.
            NotFoundError: There is no such package.
        """
        confirmed(f"connector_packages.delete({package_id!r}) deletes the package", confirm=confirm)
        return await self._pipeline.call(ops.DELETE_CONNECTOR_SDK_PACKAGE, package_id)

    async def download(self, package_id: str, path: str | os.PathLike[str], *, sha256: str | None = None) -> Path:
        """Fetch a package into a file, piece by piece; the file appears when all of it is there and right.

        Args:
            package_id: The package.
            path: Where it is to be. A file that is there is replaced at the end, at once, and keeps its mode.
            sha256: The hexadecimal SHA-256 that it must have, such as `ConnectorPackage.file_sha256_hash`; None to
                ask the API for it first.

        Returns:
            The path. Costs two calls, one with `sha256`.

        Raises:
            ArgumentError: The path is that of no file, or in no folder, or the SHA-256 is none; nothing was sent.
            ChecksumError: What arrived is not what was asked for; the path was not written.
            DecodeError: The API knows no SHA-256, and what arrived is no zip archive; the path was not written.
            FivetranError: The path cannot be written, such as when the disk is full.
            NotFoundError: There is no such package.
        """
        download = Download(path, "path")
        if sha256 is not None and not _SHA256.fullmatch(sha256):
            raise ArgumentError(f"sha256 must be 64 hexadecimal digits, not {sha256!r}")
        if sha256 is None:
            sha256 = (await self.get(package_id)).file_sha256_hash
        try:
            await self._pipeline.receive(ops.DOWNLOAD_CONNECTOR_SDK_PACKAGE, package_id, into=download)
            await download.finish(sha256)
        finally:
            download.discard()
        return download.path


def _arrived(package: ConnectorPackage, upload: Upload) -> ConnectorPackage:
    there = package.file_sha256_hash
    if there is not None and there.lower() != upload.sha256:
        raise ChecksumError(
            f"the package {package.id} is stored, but not as it was sent: its SHA-256 is {there}, not {upload.sha256}",
            expected=upload.sha256,
            actual=there,
        )
    return package
