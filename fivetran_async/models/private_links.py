"""Private links: private networks to sources and destinations."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from fivetran_async.models._base import Model, OpenEnum, Timestamp


class PrivateLinkService(OpenEnum):
    """What a private link leads to, and in whose cloud."""

    DATABRICKS_AWS = "DATABRICKS_AWS"
    SNOWFLAKE_AWS = "SNOWFLAKE_AWS"
    REDSHIFT_AWS = "REDSHIFT_AWS"
    SOURCE_AWS = "SOURCE_AWS"
    DATABRICKS_AZURE = "DATABRICKS_AZURE"
    SNOWFLAKE_AZURE = "SNOWFLAKE_AZURE"
    ONELAKE_AZURE = "ONELAKE_AZURE"
    POSTGRES_WAREHOUSE_AZURE = "POSTGRES_WAREHOUSE_AZURE"
    SQL_DATA_WAREHOUSE_AZURE = "SQL_DATA_WAREHOUSE_AZURE"
    SOURCE_AZURE = "SOURCE_AZURE"
    SNOWFLAKE_GCP = "SNOWFLAKE_GCP"
    SOURCE_GCP = "SOURCE_GCP"
    DATABRICKS_GCP = "DATABRICKS_GCP"


class PrivateLinkState(OpenEnum):
    """Whether a private link can be used."""

    CREATING = "CREATING"
    UPDATING = "UPDATING"
    DESTROYING = "DESTROYING"
    OK = "OK"
    FAIL = "FAIL"


class CloudProvider(OpenEnum):
    """Whose cloud a private link is in."""

    AWS = "AWS"
    GCP = "GCP"
    AZURE = "AZURE"


if TYPE_CHECKING:
    AnyPrivateLinkService: TypeAlias = PrivateLinkService | str
    AnyPrivateLinkState: TypeAlias = PrivateLinkState | str
    AnyCloudProvider: TypeAlias = CloudProvider | str
else:
    AnyPrivateLinkService = PrivateLinkService
    AnyPrivateLinkState = PrivateLinkState
    AnyCloudProvider = CloudProvider


@attrs.frozen(kw_only=True)
class PrivateLink(Model):
    """A private link.

    Attributes:
        id: The private link.
        name: Its name.
        region: Where Fivetran processes the data that comes through it.
        service: What it leads to.
        state: Whether it can be used.
        host: The DNS name of its endpoint.
        account_id: The account that it belongs to.
        cloud_provider: Whose cloud it is in.
        created_at: When it was made.
        created_by: The user who made it.
        state_summary: More about its state.
        resource_upstream_status: Its status as the cloud provider tells it.
        config: Its service's own settings.
    """

    id: str
    name: str | None = None
    region: str | None = None
    service: AnyPrivateLinkService | None = None
    state: AnyPrivateLinkState | None = None
    host: str | None = None
    account_id: str | None = None
    cloud_provider: AnyCloudProvider | None = None
    created_at: Timestamp | None = None
    created_by: str | None = None
    state_summary: str | None = None
    resource_upstream_status: str | None = None
    config: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
