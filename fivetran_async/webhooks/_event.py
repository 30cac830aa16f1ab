"""What a delivery says: one event, with the payload of its kind, and everything else kept."""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import attrs
import msgspec

from fivetran_async._converter import structure_model
from fivetran_async.errors import DecodeError
from fivetran_async.models._base import CaselessEnum, Model, Origin, Timestamp, decoded, set_origin
from fivetran_async.models.webhooks import AnyWebhookEventType, WebhookEventType


class SyncStatus(CaselessEnum):
    """How a sync ended."""

    SUCCESSFUL = "SUCCESSFUL"
    FAILURE = "FAILURE"
    FAILED = "FAILED"
    FAILURE_WITH_TASK = "FAILURE_WITH_TASK"
    RESCHEDULED = "RESCHEDULED"
    CANCELED = "CANCELED"


if TYPE_CHECKING:
    AnySyncStatus: TypeAlias = SyncStatus | str
else:
    AnySyncStatus = SyncStatus

_FAILED = (SyncStatus.FAILURE, SyncStatus.FAILED, SyncStatus.FAILURE_WITH_TASK)


@attrs.frozen(kw_only=True)
class SyncEndData(Model):
    """What the end of a sync carries.

    Attributes:
        status: How it ended.
        reason: Why it failed.
        task_type: Which task it left to its owner, such as `reconnect`; sent as `taskType`.
        rescheduled_at: When a rescheduled sync goes on; sent as `rescheduledAt`.
    """

    status: AnySyncStatus | None = None
    reason: str | None = None
    task_type: str | None = None
    rescheduled_at: Timestamp | None = None


@attrs.frozen(kw_only=True)
class ChangeData(Model):
    """What a change of a connection carries.

    Attributes:
        actor: Who made it.
        id: What was changed, as Fivetran names it here: `schema.table`.
        properties: What it was made of.
    """

    actor: str | None = None
    id: str | None = None
    properties: Mapping[str, Any] | None = attrs.field(default=None, hash=False)


@attrs.frozen(kw_only=True)
class TransformationRunData(Model):
    """What the end of a transformation's run carries.

    Attributes:
        start_time: When the run began; sent as `startTime`.
        result: What each step did, as it was sent.
    """

    start_time: Timestamp | None = None
    result: Mapping[str, Any] | None = attrs.field(default=None, hash=False)


Payload: TypeAlias = SyncEndData | ChangeData | TransformationRunData

_CHANGES = frozenset(
    {
        WebhookEventType.CREATE_CONNECTOR,
        WebhookEventType.PAUSE_CONNECTOR,
        WebhookEventType.RESUME_CONNECTOR,
        WebhookEventType.EDIT_CONNECTOR,
        WebhookEventType.DELETE_CONNECTOR,
        WebhookEventType.FORCE_UPDATE_CONNECTOR,
        WebhookEventType.RESYNC_CONNECTOR,
        WebhookEventType.RESYNC_TABLE,
    }
)
_RUNS = frozenset(
    {
        WebhookEventType.TRANSFORMATION_SUCCEEDED,
        WebhookEventType.TRANSFORMATION_FAILED,
        WebhookEventType.DBT_RUN_SUCCEEDED,
        WebhookEventType.DBT_RUN_FAILED,
    }
)
_SPELT = {"taskType": "task_type", "rescheduledAt": "rescheduled_at", "startTime": "start_time"}


@attrs.frozen(kw_only=True)
class WebhookEvent(Model):
    """One event. Deliveries come at least once and in any order: `identity` tells a second one.

    Attributes:
        event: What happened; an unknown kind is kept as it came.
        created: When.
        connector_type: The connection's service, such as `postgres`.
        connector_id: The connection's id, under its old name.
        connector_name: The connection's name, under its old name.
        connection_id: The connection's id, as newer deliveries name it.
        connection_name: The connection's name, as newer deliveries name it.
        sync_id: The sync, of events of a sync.
        group_id: The group, as older deliveries name it.
        destination_group_id: The group, as newer deliveries name it.
        data: What the event carries, as it came; `payload` has it typed.
    """

    event: AnyWebhookEventType
    created: Timestamp | None = None
    connector_type: str | None = None
    connector_id: str | None = None
    connector_name: str | None = None
    connection_id: str | None = None
    connection_name: str | None = None
    sync_id: str | None = None
    group_id: str | None = None
    destination_group_id: str | None = None
    data: Mapping[str, Any] | None = attrs.field(default=None, hash=False)

    @property
    def connection(self) -> str | None:
        """The connection's id, under whichever name it came."""
        return self.connection_id or self.connector_id

    @property
    def group(self) -> str | None:
        """The group's id, under whichever name it came."""
        return self.group_id or self.destination_group_id

    @property
    def identity(self) -> tuple[str, str | None, str | None, str | None]:
        """What is the same in all deliveries of one event, and in no other: event, connection, sync, created.

        Where `created` is missing or no time, a digest of all that the event says stands for it.
        """
        created = self._digest() if self.created is None else self.created.isoformat()
        return str(self.event), self.connection, self.sync_id, created

    def _digest(self) -> str:
        """Return what tells events without a readable time apart: all that they say."""
        said: Any = self.to_dict() if self.raw is None else decoded(self.raw)
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()

    @property
    def payload(self) -> Payload | None:
        """What the event carries, typed by its kind; None where it carries nothing, or its kind is unknown."""
        kind: type[Payload]
        if self.event == WebhookEventType.SYNC_END:
            kind = SyncEndData
        elif self.event in _CHANGES:
            kind = ChangeData
        elif self.event in _RUNS:
            kind = TransformationRunData
        else:
            return None
        if self.data is None:
            return None
        return structure_model(kind, {_SPELT.get(name, name): value for name, value in self.data.items()})

    @property
    def status(self) -> AnySyncStatus | None:
        """How the sync ended; None for every other event."""
        payload = self.payload
        return payload.status if isinstance(payload, SyncEndData) else None

    @property
    def is_sync_start(self) -> bool:
        """Whether a sync began."""
        return self.event == WebhookEventType.SYNC_START

    @property
    def is_sync_end(self) -> bool:
        """Whether a sync ended, well or not; one that was rescheduled has not ended for good."""
        return self.event == WebhookEventType.SYNC_END

    @property
    def succeeded(self) -> bool:
        """Whether a sync ended well."""
        return self.status == SyncStatus.SUCCESSFUL

    @property
    def failed(self) -> bool:
        """Whether a sync failed, in any of the ways in which that is said."""
        return self.status in _FAILED


def parse(body: bytes | str) -> WebhookEvent:
    """Read a delivery. Whether it is Fivetran's is `verify`'s to say, and first.

    Args:
        body: The body of the delivery.

    Returns:
        The event; unknown kinds are kept, unknown keys are in `extra`, and the body is in `raw`.

    Raises:
        DecodeError: It is no JSON object, or names no event.
    """
    try:
        data: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, TypeError) as error:
        raise DecodeError(f"the delivery is no JSON: {error}") from None
    if not isinstance(data, Mapping):
        raise DecodeError(f"the delivery is no JSON object but {type(data).__name__}")
    event = structure_model(WebhookEvent, cast("Mapping[str, Any]", data))
    set_origin(event, Origin(body.encode() if isinstance(body, str) else bytes(body)))
    return event
