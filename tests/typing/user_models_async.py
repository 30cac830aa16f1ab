"""A user's file in the asyncio colour: the models and their open enums, with the types that a checker must see."""

# What is marked as an error has to be one for the other checker too.
# pyright: reportUnnecessaryTypeIgnoreComment=true

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_type

import attrs

from fivetran_async import (
    AccessLevel,
    AccountInfo,
    Certificate,
    CloudProvider,
    Column,
    ConfigField,
    ConnectCard,
    ConnectCardConfig,
    ConnectCardDetails,
    Connection,
    ConnectionState,
    ConnectionStatus,
    ConnectorClass,
    ConnectorPackage,
    ConnectorType,
    ConnectorTypeKind,
    DataDelaySensitivity,
    DayOfWeek,
    Destination,
    DestinationConfiguration,
    DestinationSchemaNames,
    DestinationSetupStatus,
    EnabledPatchSettings,
    ExternalSecretsEntity,
    ExternalSecretsManager,
    Feature,
    FeatureId,
    Fingerprint,
    Group,
    GroupPublicKey,
    GroupServiceAccount,
    HvrHubRegistration,
    HybridAgent,
    HybridAgentCredentials,
    HybridAgentDeploymentType,
    HybridAgentFiles,
    HybridAgentUsage,
    LockReason,
    LogService,
    LogServiceSetupState,
    LogServiceStatus,
    LogServiceTask,
    LogServiceTests,
    Membership,
    NetworkingMethod,
    PrivateLink,
    PrivateLinkService,
    PrivateLinkState,
    ProxyAgent,
    ProxyAgentConnection,
    ProxyAgentCredentials,
    ProxyAgentStatus,
    ProxyAgentUsage,
    Role,
    RoleScope,
    ScheduleType,
    Schema,
    SchemaChangeHandling,
    SchemaConfig,
    SchemaStatus,
    SecretsEntityType,
    SecretsManagerType,
    ServiceStatus,
    SetupState,
    SetupTest,
    SyncMode,
    SyncState,
    SyncStatus,
    SystemKey,
    SystemKeyPermission,
    SystemKeyResourceFilter,
    SystemKeyResourceType,
    Table,
    TableColumns,
    Team,
    TeamMembership,
    Transformation,
    TransformationConfig,
    TransformationPackage,
    TransformationProject,
    TransformationProjectConfig,
    TransformationProjectStatus,
    TransformationProjectType,
    TransformationSchedule,
    TransformationScheduleType,
    TransformationStatus,
    TransformationStep,
    TransformationType,
    UpdateState,
    User,
    Webhook,
    WebhookEventType,
    WebhookTest,
    WebhookType,
)


def people(info: AccountInfo, user: User, team: Team, place: Membership, member: TeamMembership, role: Role) -> None:
    """Read who is there and what they may do."""
    assert_type(info.account_id, str)
    assert_type(info.system_key_id, str | None)
    assert_type(user.id, str)
    assert_type(user.active, bool | None)
    assert_type(user.logged_in_at, datetime | None)
    assert_type(team.description, str | None)
    assert_type(place.id, str)
    assert_type(place.created_at, datetime | None)
    assert_type(member.user_id, str | None)
    assert_type(member.role, str | None)
    assert_type(role.name, str | None)
    assert_type(role.scope, tuple[RoleScope | str, ...])
    assert_type(role.is_custom, bool | None)
    assert "A_SCOPE_OF_TOMORROW" in role.scope or RoleScope.TEAM in role.scope


def groups(group: Group, key: GroupPublicKey, robot: GroupServiceAccount, hub: HvrHubRegistration) -> None:
    """Read groups and what belongs to them."""
    assert_type(group.name, str | None)
    assert_type(attrs.evolve(group, name="other"), Group)
    assert_type(hash(group), int)
    assert_type(key.public_key, str | None)
    assert_type(robot.service_account, str | None)
    assert_type(hub.access_token, str | None)


def connection(connection: Connection, destination: Destination, card: ConnectCardDetails) -> None:
    """Read a connection and a destination."""
    assert_type(connection.status, ConnectionStatus | None)
    assert_type(connection.sync_state, SyncState | str | None)
    assert_type(connection.is_syncing, bool)
    assert_type(connection.is_paused, bool)
    assert_type(connection.last_ended_at, datetime | None)
    assert_type(connection.sync_frequency, int | None)
    assert_type(connection.config, Mapping[str, Any] | None)
    assert_type(connection.networking_method, NetworkingMethod | str | None)
    assert_type(connection.schedule_type, ScheduleType | str | None)
    assert_type(connection.data_delay_sensitivity, DataDelaySensitivity | str | None)
    assert_type(connection.destination_schema_names, DestinationSchemaNames | str | None)
    assert_type(connection.destination_configuration, DestinationConfiguration | None)
    assert_type(connection.connect_card_config, ConnectCardConfig | None)
    assert_type(destination.time_zone_offset, str | None)
    assert_type(destination.networking_method, NetworkingMethod | str | None)
    assert_type(destination.setup_tests, tuple[SetupTest, ...])
    assert_type(card.connector_id, str | None)
    assert_type(card.connect_card, ConnectCard | None)
    if card.connect_card is not None:
        assert_type(card.connect_card.uri, str | None)


def syncs(connection: Connection, status: ConnectionStatus, state: ConnectionState) -> None:
    """Read what syncs do."""
    view = connection.sync_status
    assert_type(view, SyncStatus)
    assert_type(view.connection_id, str)
    assert_type(view.paused, bool)
    assert_type(view.is_rescheduled, bool)
    assert_type(view.update_state, UpdateState | str | None)
    assert_type(status.rescheduled_for, datetime | None)
    assert_type(status.schema_status, SchemaStatus | str | None)
    assert_type(state.state, Mapping[str, Any] | None)


def trust(certificate: Certificate, fingerprint: Fingerprint, test: SetupTest) -> None:
    """Read certificates, fingerprints and the results of setup tests."""
    assert_type(certificate.sha256, str | None)
    assert_type(certificate.validated_date, datetime | None)
    assert_type(fingerprint.id, str)
    assert_type(fingerprint.validated_by, str | None)
    assert_type(test.title, str | None)
    assert_type(test.details, Any)


def connectors(package: ConnectorPackage, kind: ConnectorType, field: ConfigField) -> None:
    """Read packages of custom connectors, and connector types."""
    assert_type(package.file_sha256_hash, str | None)
    assert_type(package.updated_at, datetime | None)
    assert_type(kind.type, ConnectorTypeKind | str | None)
    assert_type(kind.connector_class, ConnectorClass | str | None)
    assert_type(kind.service_status, ServiceStatus | str | None)
    assert_type(kind.supported_features, tuple[Feature, ...])
    assert_type([feature.id for feature in kind.supported_features], list[FeatureId | str | None])
    assert_type(kind.config, ConfigField | None)
    assert_type(field.properties, Mapping[str, ConfigField] | None)
    assert_type(field.items, ConfigField | None)
    assert_type(field.enum, tuple[Any, ...])
    assert_type(field.required, tuple[str, ...] | bool | None)


def schemas(config: SchemaConfig, columns: TableColumns) -> None:
    """Walk down a schema configuration."""
    assert_type(config.schemas, Mapping[str, Schema] | None)
    assert_type(config.schema_change_handling, SchemaChangeHandling | str | None)
    for schema in (config.schemas or {}).values():
        assert_type(schema.enabled, bool | None)
        assert_type(schema.tables, Mapping[str, Table] | None)
        for table in (schema.tables or {}).values():
            assert_type(table.sync_mode, SyncMode | str | None)
            assert_type(table.is_locked, bool)
            assert_type(table.columns, Mapping[str, Column] | None)
    for column in (columns.columns or {}).values():
        assert_type(column.hashed, bool | None)
        assert_type(column.enabled_patch_settings, EnabledPatchSettings | None)
        if column.enabled_patch_settings is not None:
            assert_type(column.enabled_patch_settings.reason_code, LockReason | str | None)


def agents(hybrid: HybridAgent, new: HybridAgentCredentials, proxy: ProxyAgent, secret: ProxyAgentCredentials) -> None:
    """Read hybrid deployment agents and proxy agents."""
    assert_type(hybrid.usage, tuple[HybridAgentUsage, ...])
    assert_type([usage.connection_id for usage in hybrid.usage], list[str | None])
    assert_type(hybrid.deployment_type, HybridAgentDeploymentType | str | None)
    assert_type(new.token, str | None)
    assert_type(new.files, HybridAgentFiles | None)
    if new.files is not None:
        assert_type(new.files.docker_compose_yaml, str | None)
    assert_type(proxy.status, ProxyAgentStatus | str | None)
    assert_type(proxy.usage, tuple[ProxyAgentUsage, ...])
    assert_type(proxy.connector_count, int | None)
    assert_type(secret.orchestrator_port, int | None)
    assert_type(secret.auth_token, str | None)
    assert_type(ProxyAgentConnection(connection_id="c").connection_id, str | None)


def networks(link: PrivateLink, manager: ExternalSecretsManager, entity: ExternalSecretsEntity) -> None:
    """Read private links and external secrets managers."""
    assert_type(link.service, PrivateLinkService | str | None)
    assert_type(link.state, PrivateLinkState | str | None)
    assert_type(link.cloud_provider, CloudProvider | str | None)
    assert_type(link.config, Mapping[str, Any] | None)
    assert_type(manager.type, SecretsManagerType | str | None)
    assert_type(manager.is_hybrid_deployment, bool | None)
    assert_type(entity.type, SecretsEntityType | str | None)
    assert_type(entity.enabled, bool | None)


def logs(service: LogService, tests: LogServiceTests) -> None:
    """Read log services."""
    assert_type(service.service, str)
    assert_type(service.status, LogServiceStatus | None)
    if service.status is not None:
        assert_type(service.status.setup_state, LogServiceSetupState | str | None)
        assert_type(service.status.tasks, tuple[LogServiceTask, ...])
        assert_type([task.message for task in service.status.tasks], list[str | None])
    assert_type(tests.setup_tests, tuple[SetupTest, ...])


def keys(key: SystemKey) -> None:
    """Read system keys."""
    assert_type(key.secret, str | None)
    assert_type(key.expired_at, datetime | None)
    assert_type(key.permissions, tuple[SystemKeyPermission, ...])
    for permission in key.permissions:
        assert_type(permission.resource_type, SystemKeyResourceType | str | None)
        assert_type(permission.access_level, AccessLevel | str | None)
        assert_type(permission.resource_filter, SystemKeyResourceFilter | None)
        if permission.resource_filter is not None:
            assert_type(permission.resource_filter.group_ids, tuple[str, ...])


def transformations(project: TransformationProject, package: TransformationPackage, item: Transformation) -> None:
    """Read transformations, their projects and their packages."""
    assert_type(project.type, TransformationProjectType | str | None)
    assert_type(project.status, TransformationProjectStatus | str | None)
    assert_type(project.errors, tuple[str, ...])
    assert_type(project.project_config, TransformationProjectConfig | None)
    assert_type(package.connector_types, tuple[str, ...])
    assert_type(package.configurable_variables, Mapping[str, Any] | None)
    assert_type(item.type, TransformationType | str | None)
    assert_type(item.status, TransformationStatus | str | None)
    assert_type(item.transformation_config, TransformationConfig | None)
    if item.transformation_config is not None:
        assert_type(item.transformation_config.steps, tuple[TransformationStep, ...])
    assert_type(item.schedule, TransformationSchedule | None)
    if item.schedule is not None:
        assert_type(item.schedule.schedule_type, TransformationScheduleType | str | None)
        assert_type(item.schedule.days_of_week, tuple[DayOfWeek | str, ...])


def webhooks(webhook: Webhook, test: WebhookTest) -> None:
    """Read webhooks."""
    assert_type(webhook.type, WebhookType | str | None)
    assert_type(webhook.is_account_level, bool)
    assert_type(webhook.events, tuple[WebhookEventType | str, ...])
    assert_type(test.succeed, bool | None)
    assert_type(test.status, int | None)


def compared(status: ConnectionStatus, connection: Connection, destination: Destination, link: PrivateLink) -> bool:
    """Compare states with members and with texts of today and of tomorrow."""
    assert_type(SetupState("a state of tomorrow"), SetupState)
    assert_type(SetupState.CONNECTED.is_known, bool)
    match connection.schedule_type:
        case ScheduleType.MANUAL | None:
            pass
        case other:
            assert_type(other.upper(), str)
    return any(
        (
            status.setup_state == "a state of tomorrow",
            status.setup_state == SetupState.BROKEN,
            status.sync_state in {"new", SyncState.PAUSED},
            destination.setup_status == "connected",
            destination.setup_status == DestinationSetupStatus.CONNECTED,
            link.state == "NEW",
            link.state != PrivateLinkState.OK,
        )
    )


def mistakes(connection: Connection, group: Group) -> None:
    """Make mistakes that both checkers have to find."""
    assert connection.status.sync_state  # type: ignore[union-attr]
    group.name = "other"  # type: ignore[misc]
    Group(name="other")  # type: ignore[call-arg]
    TransformationSchedule(interval="60")  # type: ignore[arg-type]
