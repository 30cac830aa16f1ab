"""The services that Fivetran knows, distilled: kind, how the schema is named, which config fields are secret."""

from __future__ import annotations

import functools
from importlib import resources
from typing import Final

import msgspec

SCHEMA_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "schema": ("schema",),
    "schema_table": ("schema", "table"),
    "schema_prefix": ("schema_prefix",),
    "schema_table_group": ("schema", "table_group_name"),
}
"""The config fields that name the destination schema, by the service's schema format."""


CONNECTOR_SDK: Final = "connector_sdk"
"""The service that runs a package of the account's own."""


class Service(msgspec.Struct, frozen=True):
    """One type of source, destination or log.

    Attributes:
        id: What the API calls `service`.
        kind: `connector`, `destination` or `log`.
        schema_format: A key of `SCHEMA_FIELDS`; None for what has no schema.
        takes_auth: Whether the create body also takes an `auth` object.
        secrets: The config fields that replies mask.
        external_secrets: Whether secrets can be taken from an external secrets manager.
    """

    id: str
    kind: str
    schema_format: str | None
    takes_auth: bool
    secrets: frozenset[str]
    external_secrets: bool = False

    @property
    def schema_fields(self) -> tuple[str, ...]:
        """The config fields that are required on create."""
        return SCHEMA_FIELDS.get(self.schema_format or "", ())

    @property
    def needs_credentials(self) -> bool:
        """Whether a config that only names a schema is not enough to reach the source."""
        return self.takes_auth or bool(self.secrets)


class _File(msgspec.Struct):
    kinds: list[str]
    formats: list[str | None]
    external_secrets: str
    services: dict[str, tuple[int, int, int, str]]


@functools.cache
def _catalog() -> dict[str, Service]:
    raw = resources.files("fivetran_async.sandbox.data").joinpath("catalog.json").read_bytes()
    file = msgspec.json.decode(raw, type=_File)
    external = frozenset(file.external_secrets.split())
    return {
        name: Service(
            id=name,
            kind=file.kinds[kind],
            schema_format=file.formats[schema],
            takes_auth=bool(auth),
            secrets=frozenset(secrets.split()),
            external_secrets=name in external,
        )
        for name, (kind, schema, auth, secrets) in file.services.items()
    }


def find(name: str, kind: str) -> Service | None:
    """Return the service of that name and kind, or None when Fivetran has no such service."""
    service = _catalog().get(name)
    return service if service is not None and service.kind == kind else None


def every(kind: str) -> list[Service]:
    """Return all services of a kind, in the order of their ids."""
    return [service for service in _catalog().values() if service.kind == kind]


def secrets_of(name: str) -> frozenset[str]:
    """Return the config fields of a service that replies mask; none for an unknown service."""
    service = _catalog().get(name)
    return service.secrets if service is not None else frozenset()
