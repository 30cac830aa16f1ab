"""Webhooks: where events are sent."""

from collections.abc import Sequence
from typing import Any

from fivetran_async import operations as ops
from fivetran_async._pipeline import changed
from fivetran_async.models.webhooks import Webhook, WebhookTest
from fivetran_async.paging import Pager
from fivetran_async.resources._base import (
    Resource,
    check_flags,
    check_text,
    check_texts,
    check_unmasked,
    check_url,
)
from fivetran_async.types import UNSET, Unset


class Webhooks(Resource):
    """Webhooks. API: https://fivetran.com/docs/rest-api/api-reference/webhooks."""

    def list(self, *, page_size: int = 1000, cursor: str | None = None) -> Pager[Webhook]:
        """List all webhooks, those of the account and those of its groups.

        Args:
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        return self._pager(ops.LIST_ALL_WEBHOOKS, page_size=page_size, cursor=cursor)

    async def get(self, webhook_id: str) -> Webhook:
        """Return a webhook.

        Args:
            webhook_id: The webhook.

        Returns:
            The webhook. Costs one call.

        Raises:
            NotFoundError: There is no such webhook.
        """
        return await self._pipeline.call(ops.WEBHOOK_DETAILS, webhook_id)

    async def create_account(
        self,
        *,
        url: str,
        events: Sequence[str],
        active: bool | Unset = UNSET,
        secret: str | Unset = UNSET,
        allow_masked: bool = False,
    ) -> Webhook:
        """Make a webhook for the events of the whole account.

        Args:
            url: Where they are sent; the API wants https.
            events: Which ones, such as `sync_end`; at least one.
            active: Whether anything is sent. If so, the API first sends one test event, and the receiver must take it.
            secret: What signs the events that are sent.
            allow_masked: Whether to send `******`, the mask of a secret, as the secret.

        Returns:
            The new webhook. Costs one call, which is not repeated when its outcome is unknown.

        Raises:
            ArgumentError: Something was refused before it was sent.
            BadRequestError: The URL is not https, or the receiver did not take the test event.
        """
        body = _checked_body(url, events, active, secret, allow_masked)
        return await self._pipeline.call(ops.CREATE_ACCOUNT_WEBHOOK, body=body)

    async def create_group(
        self,
        group_id: str,
        *,
        url: str,
        events: Sequence[str],
        active: bool | Unset = UNSET,
        secret: str | Unset = UNSET,
        allow_masked: bool = False,
    ) -> Webhook:
        """Make a webhook for the events of one group.

        Args:
            group_id: The group.
            url: Where they are sent; the API wants https.
            events: Which ones, such as `sync_end`; at least one.
            active: Whether anything is sent. If so, the API first sends one test event, and the receiver must take it.
            secret: What signs the events that are sent.
            allow_masked: Whether to send `******`, the mask of a secret, as the secret.

        Returns:
            The new webhook. Costs one call, which is not repeated when its outcome is unknown.

        Raises:
            ArgumentError: Something was refused before it was sent.
            BadRequestError: The URL is not https, or the receiver did not take the test event.
            NotFoundError: There is no such group.
        """
        body = _checked_body(url, events, active, secret, allow_masked)
        return await self._pipeline.call(ops.CREATE_GROUP_WEBHOOK, group_id, body=body)

    async def update(
        self,
        webhook_id: str,
        *,
        url: str | Unset = UNSET,
        events: Sequence[str] | Unset = UNSET,
        active: bool | Unset = UNSET,
        secret: str | Unset | None = UNSET,
        allow_masked: bool = False,
    ) -> Webhook:
        """Change a webhook. What is left out stays as it is; None is sent as null.

        Args:
            webhook_id: The webhook.
            url: Where events are sent; the API wants https.
            events: All events to send, in place of those sent now; at least one.
            active: Whether anything is sent. When it becomes so, the API first sends one test event, and the receiver
                must take it.
            secret: What signs the events that are sent.
            allow_masked: Whether to send `******`, the mask of a secret, as the secret.

        Returns:
            The webhook as it is now. Costs one call.

        Raises:
            ArgumentError: Nothing would change, or something was refused before it was sent.
            BadRequestError: The URL is not https, or the receiver did not take the test event.
            NotFoundError: There is no such webhook.
        """
        body = changed(_checked_body(url, events, active, secret, allow_masked))
        return await self._pipeline.call(ops.MODIFY_WEBHOOK, webhook_id, body=body)

    async def delete(self, webhook_id: str) -> None:
        """Delete a webhook.

        Costs one call.

        Args:
            webhook_id: The webhook.

        Raises:
            NotFoundError: There is no such webhook.
        """
        return await self._pipeline.call(ops.DELETE_WEBHOOK, webhook_id)

    async def test(self, webhook_id: str, *, event: str) -> WebhookTest:
        """Send one event of a connection that does not exist.

        Args:
            webhook_id: The webhook.
            event: Which one, such as `sync_end`.

        Returns:
            What became of it; a receiver that cannot be reached is no error but `succeed=False`. Costs one call,
            repeated when its outcome is unknown.

        Raises:
            NotFoundError: There is no such webhook.
        """
        check_text(event, "event")
        return await self._pipeline.call(ops.TEST_WEBHOOK, webhook_id, body={"event": event})


def _checked_body(
    url: str | Unset,
    events: Sequence[str] | Unset,
    active: bool | Unset,
    secret: str | Unset | None,
    allow_masked: bool,
) -> dict[str, Any]:
    if url is not UNSET:
        check_url(url, "url")
    if events is not UNSET:
        check_texts(events, "events")
    check_flags(active=active)
    check_unmasked(allow_masked, secret=secret)
    return {"url": url, "events": events, "active": active, "secret": secret}
