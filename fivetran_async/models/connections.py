"""Connections: configured sources, their schedule and their state."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from fivetran_async.models._base import Model, OpenEnum, Timestamp
from fivetran_async.models.destinations import AnyNetworkingMethod
from fivetran_async.models.setup_tests import SetupTest


class SetupState(OpenEnum):
    """Whether a connection is set up."""

    INCOMPLETE = "incomplete"
    CONNECTED = "connected"
    BROKEN = "broken"


class SyncState(OpenEnum):
    """What a connection does now."""

    SCHEDULED = "scheduled"
    SYNCING = "syncing"
    PAUSED = "paused"
    RESCHEDULED = "rescheduled"


class UpdateState(OpenEnum):
    """Whether the data is as fresh as its schedule promises."""

    ON_SCHEDULE = "on_schedule"
    DELAYED = "delayed"


class SchemaStatus(OpenEnum):
    """Where a connection with column masking waits for its schema."""

    READY = "ready"
    BLOCKED_ON_CAPTURE = "blocked_on_capture"
    BLOCKED_ON_CUSTOMER = "blocked_on_customer"


class ScheduleType(OpenEnum):
    """Who starts syncs: Fivetran (auto) or calls of the API (manual)."""

    AUTO = "auto"
    MANUAL = "manual"


class DataDelaySensitivity(OpenEnum):
    """When a connection counts as delayed."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    CUSTOM = "CUSTOM"
    SYNC_FREQUENCY = "SYNC_FREQUENCY"


class DestinationSchemaNames(OpenEnum):
    """Whose naming rules the destination's schemas follow."""

    FIVETRAN_NAMING = "FIVETRAN_NAMING"
    SOURCE_NAMING = "SOURCE_NAMING"


if TYPE_CHECKING:
    AnySetupState: TypeAlias = SetupState | str
    AnySyncState: TypeAlias = SyncState | str
    AnyUpdateState: TypeAlias = UpdateState | str
    AnySchemaStatus: TypeAlias = SchemaStatus | str
    AnyScheduleType: TypeAlias = ScheduleType | str
    AnyDataDelaySensitivity: TypeAlias = DataDelaySensitivity | str
    AnyDestinationSchemaNames: TypeAlias = DestinationSchemaNames | str
else:
    AnySetupState = SetupState
    AnySyncState = SyncState
    AnyUpdateState = UpdateState
    AnySchemaStatus = SchemaStatus
    AnyScheduleType = ScheduleType
    AnyDataDelaySensitivity = DataDelaySensitivity
    AnyDestinationSchemaNames = DestinationSchemaNames


@attrs.frozen(kw_only=True)
class ConnectionTask(Model):
    """Something that a person has to do before the connection works.

    Attributes:
        code: What kind of task, such as `reconnect`.
        message: What to do.
        details: More, where there is more.
    """

    code: str | None = None
    message: str | None = None
    details: str | None = None


@attrs.frozen(kw_only=True)
class ConnectionWarning(Model):
    """Something worth knowing that does not stop the connection.

    Attributes:
        code: What kind of warning, such as `resync_table_warning`.
        message: What it says.
        details: More, where there is more.
    """

    code: str | None = None
    message: str | None = None
    details: str | None = None


@attrs.frozen(kw_only=True)
class ConnectionStatus(Model):
    """The state of a connection.

    Attributes:
        setup_state: Whether it is set up.
        sync_state: What it does now.
        update_state: Whether its data is fresh.
        is_historical_sync: Whether it loads, or is to load, everything from the beginning.
        rescheduled_for: When it goes on, while `sync_state` is rescheduled.
        schema_status: Where it waits for its schema, for services that mask columns.
        tasks: What a person has to do.
        warnings: What is worth knowing.
    """

    setup_state: AnySetupState | None = None
    sync_state: AnySyncState | None = None
    update_state: AnyUpdateState | None = None
    is_historical_sync: bool | None = None
    rescheduled_for: Timestamp | None = None
    schema_status: AnySchemaStatus | None = None
    tasks: tuple[ConnectionTask, ...] = ()
    warnings: tuple[ConnectionWarning, ...] = ()


@attrs.frozen(kw_only=True)
class ConnectCard(Model):
    """A page on which somebody else enters the credentials of a source.

    Attributes:
        token: The token in the address; it grants access for a day.
        uri: The address, the token included.
    """

    token: str | None = attrs.field(default=None, repr=False)
    uri: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class ConnectCardConfig(Model):
    """How a connect card looks and where it leads afterwards.

    Attributes:
        redirect_uri: The http or https address to go on to.
        hide_setup_guide: Whether the setup guide is hidden.
        all_fields: Whether fields that are already filled in are shown.
    """

    redirect_uri: str | None = None
    hide_setup_guide: bool | None = None
    all_fields: bool | None = None


@attrs.frozen(kw_only=True)
class ConnectCardDetails(Model):
    """A connect card that was made for a connection.

    Attributes:
        connector_id: The connection; the API kept the older name here.
        connect_card: The page and its token.
        connect_card_config: How it looks and where it leads.
    """

    connector_id: str | None = None
    connect_card: ConnectCard | None = None
    connect_card_config: ConnectCardConfig | None = None


@attrs.frozen(kw_only=True)
class ConnectionState(Model):
    """Where a function or a custom connector goes on.

    Attributes:
        state: What the connector's own code last wrote as its state.
    """

    state: Mapping[str, Any] | None = attrs.field(default=None, hash=False)


@attrs.frozen(kw_only=True)
class DestinationConfiguration(Model):
    """What a connection sets of its destination.

    Attributes:
        virtual_warehouse: The warehouse that loads this connection's data.
    """

    virtual_warehouse: str | None = None


@attrs.frozen(kw_only=True)
class Connection(Model):
    """A configured source.

    Attributes:
        id: The connection.
        service: Its type, such as `postgres`.
        schema: Its name: the destination's schema, `schema.table` for services that load one table, or the
            prefix of all schemas.
        paused: Whether it is paused.
        status: Its state.
        group_id: Its group, and so its destination.
        service_version: The version of the service's connector.
        connected_by: The user who made it; None when that is not known.
        created_at: When it was made.
        succeeded_at: When a sync last ended well; None for never.
        failed_at: When a sync last failed; None for never.
        pause_after_trial: Whether it pauses when its trial ends.
        sync_frequency: Minutes between two syncs.
        data_delay_threshold: Minutes of delay to tolerate, with a custom sensitivity.
        data_delay_sensitivity: When it counts as delayed.
        daily_sync_time: The hour of a daily sync, `"HH:00"`.
        schedule_type: Who starts its syncs.
        setup_tests: The results of setup tests, where the call ran them.
        private_link_id: The private link that the source is reached through.
        networking_method: How the source is reached.
        proxy_agent_id: The proxy agent.
        hybrid_deployment_agent_id: The hybrid deployment agent.
        source_sync_details: What the service says about its source.
        connect_card: The connect card, where the call made one.
        connect_card_config: How the connect card looks.
        destination_configuration: What it sets of its destination.
        destination_schema_names: Whose naming rules the destination's schemas follow.
        external_secrets_manager_id: Where its secrets are kept.
        config: Its service's own settings; secrets are masked. Not in lists.
        external_secrets_keys_config: The names of its secrets in the secrets manager.
    """

    id: str
    service: str
    schema: str | None = None
    paused: bool | None = None
    status: ConnectionStatus | None = None
    group_id: str | None = None
    service_version: int | None = None
    connected_by: str | None = None
    created_at: Timestamp | None = None
    succeeded_at: Timestamp | None = None
    failed_at: Timestamp | None = None
    pause_after_trial: bool | None = None
    sync_frequency: int | None = None
    data_delay_threshold: int | None = None
    data_delay_sensitivity: AnyDataDelaySensitivity | None = None
    daily_sync_time: str | None = None
    schedule_type: AnyScheduleType | None = None
    setup_tests: tuple[SetupTest, ...] = ()
    private_link_id: str | None = None
    networking_method: AnyNetworkingMethod | None = None
    proxy_agent_id: str | None = None
    hybrid_deployment_agent_id: str | None = None
    source_sync_details: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
    connect_card: ConnectCard | None = None
    connect_card_config: ConnectCardConfig | None = None
    destination_configuration: DestinationConfiguration | None = None
    destination_schema_names: AnyDestinationSchemaNames | None = None
    external_secrets_manager_id: str | None = None
    config: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
    external_secrets_keys_config: Mapping[str, Any] | None = attrs.field(default=None, hash=False)

    @property
    def sync_state(self) -> AnySyncState | None:
        """What it does now; None when the API did not say."""
        return None if self.status is None else self.status.sync_state

    @property
    def is_syncing(self) -> bool:
        """Whether a sync runs."""
        return self.sync_state == SyncState.SYNCING

    @property
    def is_paused(self) -> bool:
        """Whether it is paused: by its switch, which counts, or else by what it does."""
        return self.sync_state == SyncState.PAUSED if self.paused is None else self.paused

    @property
    def sync_status(self) -> "SyncStatus":
        """What its syncs do, and did last."""
        status = self.status or ConnectionStatus()
        return SyncStatus(
            connection_id=self.id,
            sync_state=status.sync_state,
            setup_state=status.setup_state,
            update_state=status.update_state,
            paused=self.is_paused,
            is_historical_sync=status.is_historical_sync,
            succeeded_at=self.succeeded_at,
            failed_at=self.failed_at,
            rescheduled_for=status.rescheduled_for,
            sync_frequency=self.sync_frequency,
            schedule_type=self.schedule_type,
            daily_sync_time=self.daily_sync_time,
        )

    @property
    def last_ended_at(self) -> datetime | None:
        """When a sync last ended, well or not; None for never."""
        return max((at for at in (self.succeeded_at, self.failed_at) if at is not None), default=None)


@attrs.frozen(kw_only=True)
class SyncStatus:
    """What the syncs of a connection do, and did last: a view of the connection, not an object of the API.

    Attributes:
        connection_id: The connection.
        sync_state: What it does now.
        setup_state: Whether it is set up.
        update_state: Whether its data is fresh.
        paused: Whether it is paused.
        is_historical_sync: Whether it loads, or is to load, everything from the beginning.
        succeeded_at: When a sync last ended well; None for never.
        failed_at: When a sync last failed; None for never.
        rescheduled_for: When it goes on, while `sync_state` is rescheduled.
        sync_frequency: Minutes between two syncs.
        schedule_type: Who starts its syncs.
        daily_sync_time: The hour of a daily sync, `"HH:00"`.
    """

    connection_id: str
    sync_state: AnySyncState | None = None
    setup_state: AnySetupState | None = None
    update_state: AnyUpdateState | None = None
    paused: bool = False
    is_historical_sync: bool | None = None
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    rescheduled_for: datetime | None = None
    sync_frequency: int | None = None
    schedule_type: AnyScheduleType | None = None
    daily_sync_time: str | None = None

    @property
    def is_syncing(self) -> bool:
        """Whether a sync runs."""
        return self.sync_state == SyncState.SYNCING

    @property
    def is_scheduled(self) -> bool:
        """Whether it waits for its next sync."""
        return self.sync_state == SyncState.SCHEDULED

    @property
    def is_rescheduled(self) -> bool:
        """Whether a sync was put off until `rescheduled_for`."""
        return self.sync_state == SyncState.RESCHEDULED

    @property
    def is_paused(self) -> bool:
        """Whether it is paused."""
        return self.paused
