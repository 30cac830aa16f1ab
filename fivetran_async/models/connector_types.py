"""Connector types: what Fivetran can connect to, and how each of them is configured."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from fivetran_async.models._base import Model, OpenEnum, Timestamp


class ConnectorTypeKind(OpenEnum):
    """What kind of source a connector type is for."""

    API = "API"
    DBT = "Dbt"
    MARKETING = "Marketing"
    HUMAN_RESOURCES = "HumanResources"
    FINANCE = "Finance"
    PRODUCTIVITY = "Productivity"
    ENGINEERING = "Engineering"
    SUPPORT = "Support"
    SALES = "Sales"
    SECURITY = "Security"
    SUPER_CONNECTOR_TEST = "SuperConnectorTest"
    FREE = "Free"
    FILE = "File"
    DATABASE = "Database"
    EVENTS = "Events"
    FUNCTION = "Function"
    BI_TOOL = "BITool"
    WAREHOUSE = "Warehouse"
    LOG = "Log"
    HVR = "Hvr"


class ConnectorClass(OpenEnum):
    """How much a connector type covers of its source."""

    STANDARD = "standard"
    LITE = "lite"


class ServiceStatus(OpenEnum):
    """How far a connector type is in its life."""

    GENERAL_AVAILABILITY = "general_availability"
    BETA = "beta"
    PRIVATE_PREVIEW = "private_preview"
    SUNSET = "sunset"
    DEVELOPMENT = "development"


class FeatureId(OpenEnum):
    """What a connector type can do."""

    CUSTOM_DATA = "CUSTOM_DATA"
    CAPTURE_DELETES = "CAPTURE_DELETES"
    DATA_BLOCKING = "DATA_BLOCKING"
    COLUMN_HASHING = "COLUMN_HASHING"
    RE_SYNC = "RE_SYNC"
    HISTORY = "HISTORY"
    API_CONFIGURABLE = "API_CONFIGURABLE"
    PRIORITY_FIRST_SYNC = "PRIORITY_FIRST_SYNC"
    FIVETRAN_DATA_MODELS = "FIVETRAN_DATA_MODELS"
    PRIVATE_NETWORKING = "PRIVATE_NETWORKING"
    AUTHORIZATION_VIA_API = "AUTHORIZATION_VIA_API"
    ROW_FILTERING = "ROW_FILTERING"


if TYPE_CHECKING:
    AnyConnectorTypeKind: TypeAlias = ConnectorTypeKind | str
    AnyConnectorClass: TypeAlias = ConnectorClass | str
    AnyServiceStatus: TypeAlias = ServiceStatus | str
    AnyFeatureId: TypeAlias = FeatureId | str
else:
    AnyConnectorTypeKind = ConnectorTypeKind
    AnyConnectorClass = ConnectorClass
    AnyServiceStatus = ServiceStatus
    AnyFeatureId = FeatureId


@attrs.frozen(kw_only=True)
class Feature(Model):
    """Something that a connector type can do.

    Attributes:
        id: What it is.
        notes: How far it goes, such as "Column level and table level".
    """

    id: AnyFeatureId | None = None
    notes: str | None = None


@attrs.frozen(kw_only=True)
class ConfigField(Model):
    """A field of a connector type's settings, with the fields inside it: much like a node of a JSON Schema.

    Attributes:
        type: The type of its value: `string`, `integer`, `number`, `boolean`, `object` or `array`.
        title: What the dashboard calls it.
        description: What it is for.
        format: How its text is to be read; `password` for a secret.
        readonly: Whether the API alone sets it.
        immutable: Whether it cannot be changed once the connection is made.
        nullable: Whether it may be null.
        enum: The allowed values; empty for any.
        properties: The fields of an object, by their names; None for any.
        items: What each item of an array is like.
        required: The names of the fields that an object needs, or whether this field itself is needed.
    """

    type: str | None = None
    title: str | None = None
    description: str | None = None
    format: str | None = None
    readonly: bool | None = None
    immutable: bool | None = None
    nullable: bool | None = None
    enum: tuple[Any, ...] = attrs.field(default=(), hash=False)
    properties: "Mapping[str, ConfigField] | None" = attrs.field(default=None, hash=False)
    items: "ConfigField | None" = None
    required: tuple[str, ...] | bool | None = None


@attrs.frozen(kw_only=True)
class ConnectorType(Model):
    """A type of source.

    Attributes:
        id: What connections of this type name as their `service`, such as `postgres`.
        name: What people call it.
        type: What kind of source it is for.
        description: What it loads.
        icons: The URLs of its icons.
        icon_url: The URL of one icon.
        link_to_docs: Its page of the documentation.
        link_to_erd: A diagram of what it loads.
        connector_class: How much it covers of its source.
        supported_features: What it can do.
        service_status: How far it is in its life.
        service_status_updated_at: Since when.
        config: What its settings look like. Not in lists.
        auth: What its authorization looks like. Not in lists.
        external_secrets_keys_config: What the names of its secrets in a secrets manager look like. Not in lists.
    """

    id: str
    name: str | None = None
    type: AnyConnectorTypeKind | None = None
    description: str | None = None
    icons: tuple[str, ...] = ()
    icon_url: str | None = None
    link_to_docs: str | None = None
    link_to_erd: str | None = None
    connector_class: AnyConnectorClass | None = None
    supported_features: tuple[Feature, ...] = ()
    service_status: AnyServiceStatus | None = None
    service_status_updated_at: Timestamp | None = None
    config: ConfigField | None = None
    auth: ConfigField | None = None
    external_secrets_keys_config: ConfigField | None = None
