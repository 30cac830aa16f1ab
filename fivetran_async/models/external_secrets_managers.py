"""External secrets managers: where the secrets of sources and destinations are kept instead of at Fivetran."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from fivetran_async.models._base import Model, OpenEnum, Timestamp


class SecretsManagerType(OpenEnum):
    """Whose secrets manager it is."""

    AWS_SECRET_MANAGER = "AWS_SECRET_MANAGER"  # noqa: S105 - a name, no secret
    AZURE_KEY_VAULT = "AZURE_KEY_VAULT"
    HASHICORP_VAULT = "HASHICORP_VAULT"


class SecretsEntityType(OpenEnum):
    """What uses a secrets manager."""

    SOURCE = "SOURCE"
    DESTINATION = "DESTINATION"


if TYPE_CHECKING:
    AnySecretsManagerType: TypeAlias = SecretsManagerType | str
    AnySecretsEntityType: TypeAlias = SecretsEntityType | str
else:
    AnySecretsManagerType = SecretsManagerType
    AnySecretsEntityType = SecretsEntityType


@attrs.frozen(kw_only=True)
class ExternalSecretsManager(Model):
    """An external secrets manager.

    Attributes:
        id: The secrets manager.
        type: Whose it is.
        name: Its name.
        config: How it is reached, as its type wants; secrets are masked.
        is_hybrid_deployment: Whether hybrid deployment agents read from it.
        created_at: When it was made known to Fivetran.
        updated_at: When it was last changed.
    """

    id: str
    type: AnySecretsManagerType | None = None
    name: str | None = None
    config: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
    is_hybrid_deployment: bool | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


@attrs.frozen(kw_only=True)
class ExternalSecretsEntity(Model):
    """A connection or a destination whose secrets are in a secrets manager.

    Attributes:
        id: The connection or the destination.
        name: Its name.
        enabled: Whether it takes its secrets from there.
        type: Which of the two it is.
        secret_manager_id: The secrets manager.
        created_at: When it was made.
    """

    id: str
    name: str | None = None
    enabled: bool | None = None
    type: AnySecretsEntityType | None = None
    secret_manager_id: str | None = None
    created_at: Timestamp | None = None
