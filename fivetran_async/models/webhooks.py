"""Webhooks: where events are sent."""

from typing import TYPE_CHECKING, TypeAlias

import attrs

from fivetran_async.models._base import Model, OpenEnum, Timestamp


class WebhookType(OpenEnum):
    """Whose events a webhook gets."""

    GROUP = "group"
    ACCOUNT = "account"


class WebhookEventType(OpenEnum):
    """What a webhook tells of."""

    SYNC_START = "sync_start"
    SYNC_END = "sync_end"
    CONNECTION_SUCCESSFUL = "connection_successful"
    CONNECTION_FAILURE = "connection_failure"
    CREATE_CONNECTOR = "create_connector"
    PAUSE_CONNECTOR = "pause_connector"
    RESUME_CONNECTOR = "resume_connector"
    EDIT_CONNECTOR = "edit_connector"
    DELETE_CONNECTOR = "delete_connector"
    FORCE_UPDATE_CONNECTOR = "force_update_connector"
    RESYNC_CONNECTOR = "resync_connector"
    RESYNC_TABLE = "resync_table"
    TRANSFORMATION_START = "transformation_start"
    TRANSFORMATION_SUCCEEDED = "transformation_succeeded"
    TRANSFORMATION_FAILED = "transformation_failed"
    DBT_RUN_START = "dbt_run_start"
    DBT_RUN_SUCCEEDED = "dbt_run_succeeded"
    DBT_RUN_FAILED = "dbt_run_failed"
    STATUS = "status"


if TYPE_CHECKING:
    AnyWebhookType: TypeAlias = WebhookType | str
    AnyWebhookEventType: TypeAlias = WebhookEventType | str
else:
    AnyWebhookType = WebhookType
    AnyWebhookEventType = WebhookEventType


@attrs.frozen(kw_only=True)
class Webhook(Model):
    """A webhook.

    Attributes:
        id: The webhook.
        type: Whose events it gets: the whole account's or one group's.
        url: Where they are sent.
        events: Which ones.
        active: Whether anything is sent.
        secret: The mask of the secret that signs what is sent.
        group_id: The group; None for one of the account.
        created_at: When it was made.
        created_by: The user who made it.
    """

    id: str
    type: AnyWebhookType | None = None
    url: str | None = None
    events: tuple[AnyWebhookEventType, ...] = ()
    active: bool | None = None
    secret: str | None = attrs.field(default=None, repr=False)
    group_id: str | None = None
    created_at: Timestamp | None = None
    created_by: str | None = None

    @property
    def is_account_level(self) -> bool:
        """Whether it gets the events of the whole account."""
        return self.type == WebhookType.ACCOUNT

    @property
    def is_group_level(self) -> bool:
        """Whether it gets the events of one group."""
        return self.type == WebhookType.GROUP


@attrs.frozen(kw_only=True)
class WebhookTest(Model):
    """What became of a test event.

    Attributes:
        succeed: Whether the receiver took it.
        status: The HTTP status that the receiver answered.
        message: What went wrong.
    """

    succeed: bool | None = None
    status: int | None = None
    message: str | None = None
