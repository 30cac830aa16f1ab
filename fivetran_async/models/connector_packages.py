"""Packages of custom connectors: zip archives of code."""

import attrs

from fivetran_async.models._base import Model, Timestamp


@attrs.frozen(kw_only=True)
class ConnectorPackage(Model):
    """A package of a custom connector.

    Attributes:
        id: The package.
        connection_id: The connection that runs it; None until one does.
        created_by: Who uploaded it.
        last_updated_by: Who uploaded what it holds now.
        created_at: When it was uploaded.
        updated_at: When what it holds now was uploaded.
        file_sha256_hash: The hexadecimal SHA-256 of the archive.
    """

    id: str
    connection_id: str | None = None
    created_by: str | None = None
    last_updated_by: str | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    file_sha256_hash: str | None = None
