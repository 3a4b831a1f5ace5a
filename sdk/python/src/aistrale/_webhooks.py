"""Webhooks, and what was sent to them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Unpack

from . import _webhook_operations as operations
from ._paging import AsyncListing, Listing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ._options import CallOptions
    from ._webhook_models import Webhook, WebhookDelivery
    from ._webhook_operations import WebhookCreate, WebhookDeliveryListOptions, WebhookUpdate
    from ._wire import AsyncPerform, ListOptions, Perform


class Webhooks:
    """Who is told of what happens. An admin's key changes them, any key may look.

    PermissionDeniedError for others, NotFoundError for an id that is not there.
    Who receives them needs no client: `aistrale.webhooks.unwrap`.
    """

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    @cached_property
    def deliveries(self) -> WebhookDeliveries:
        """What was sent to them."""
        return WebhookDeliveries(self._perform)

    def list(self, **options: Unpack[ListOptions]) -> Listing[Webhook]:
        """Return the webhooks, newest first, fetched page by page."""
        return Listing(self._perform, *operations.list_webhooks(options))

    def create(
        self, url: str, events: str | Sequence[str], **chosen: Unpack[WebhookCreate]
    ) -> Webhook:
        """Make a webhook of what happens from now on; its `secret` is shown this once.

        url: where events are posted to: `https`, with a public host; others are for the server's
            settings to allow.
        events: the types that it gets, such as "inference.failed"; "*" alone for all.
        """
        return self._perform(operations.create_webhook(url, events, chosen))

    def get(self, webhook_id: str, **options: Unpack[CallOptions]) -> Webhook:
        """Return a webhook (`wh_…`) as it stands now."""
        return self._perform(operations.get_webhook(webhook_id, options))

    def update(self, webhook_id: str, **changes: Unpack[WebhookUpdate]) -> Webhook:
        """Change what is given of a webhook."""
        return self._perform(operations.update_webhook(webhook_id, changes))

    def delete(self, webhook_id: str, **options: Unpack[CallOptions]) -> None:
        """Delete a webhook; what is on its way to it ends as failed."""
        self._perform(operations.delete_webhook(webhook_id, options))

    def rotate_secret(
        self, webhook_id: str, secret: str | None = None, **options: Unpack[CallOptions]
    ) -> Webhook:
        """Give a webhook another secret, made by the server unless given; it is shown this once.

        The old one signs beside it for 24 hours, so that the receiver can be told.
        """
        return self._perform(operations.rotate_secret(webhook_id, secret, options))

    def test(
        self, webhook_id: str, event_type: str | None = None, **options: Unpack[CallOptions]
    ) -> WebhookDelivery:
        """Send a sample event to a webhook, once, and return what came of it, whatever it was.

        Also to one that is disabled. Without a type it is a "webhook.test".
        """
        return self._perform(operations.test_webhook(webhook_id, event_type, options))

    def recover(
        self, webhook_id: str, since: datetime | str, **options: Unpack[CallOptions]
    ) -> int:
        """Send again what failed, of events since then; return how many are due now.

        ConflictError when it is disabled.
        """
        return self._perform(operations.recover(webhook_id, since, options))


class WebhookDeliveries:
    """What was sent to webhooks. An admin's key sends again, any key may look."""

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def list(
        self, webhook_id: str, **filters: Unpack[WebhookDeliveryListOptions]
    ) -> Listing[WebhookDelivery]:
        """Return a webhook's deliveries, newest first, fetched page by page.

        They are kept for 30 days after they ended, also when the webhook is deleted.
        """
        return Listing(self._perform, *operations.list_deliveries(webhook_id, filters))

    def get(self, delivery_id: str, **options: Unpack[CallOptions]) -> WebhookDelivery:
        """Return a delivery (`dlv_…`) with its attempts and its event."""
        return self._perform(operations.get_delivery(delivery_id, options))

    def retry(self, delivery_id: str, **options: Unpack[CallOptions]) -> WebhookDelivery:
        """Send again, at once; also what arrived already.

        ConflictError when its webhook is disabled or deleted, or its event was deleted.
        """
        return self._perform(operations.retry_delivery(delivery_id, options))


class AsyncWebhooks:
    """Who is told of what happens. An admin's key changes them, any key may look.

    PermissionDeniedError for others, NotFoundError for an id that is not there.
    Who receives them needs no client: `aistrale.webhooks.unwrap`.
    """

    def __init__(self, perform: AsyncPerform) -> None:
        self._perform = perform

    @cached_property
    def deliveries(self) -> AsyncWebhookDeliveries:
        """What was sent to them."""
        return AsyncWebhookDeliveries(self._perform)

    def list(self, **options: Unpack[ListOptions]) -> AsyncListing[Webhook]:
        """Return the webhooks, newest first, fetched page by page."""
        return AsyncListing(self._perform, *operations.list_webhooks(options))

    async def create(
        self, url: str, events: str | Sequence[str], **chosen: Unpack[WebhookCreate]
    ) -> Webhook:
        """Make a webhook of what happens from now on; its `secret` is shown this once.

        url: where events are posted to: `https`, with a public host; others are for the server's
            settings to allow.
        events: the types that it gets, such as "inference.failed"; "*" alone for all.
        """
        return await self._perform(operations.create_webhook(url, events, chosen))

    async def get(self, webhook_id: str, **options: Unpack[CallOptions]) -> Webhook:
        """Return a webhook (`wh_…`) as it stands now."""
        return await self._perform(operations.get_webhook(webhook_id, options))

    async def update(self, webhook_id: str, **changes: Unpack[WebhookUpdate]) -> Webhook:
        """Change what is given of a webhook."""
        return await self._perform(operations.update_webhook(webhook_id, changes))

    async def delete(self, webhook_id: str, **options: Unpack[CallOptions]) -> None:
        """Delete a webhook; what is on its way to it ends as failed."""
        await self._perform(operations.delete_webhook(webhook_id, options))

    async def rotate_secret(
        self, webhook_id: str, secret: str | None = None, **options: Unpack[CallOptions]
    ) -> Webhook:
        """Give a webhook another secret, made by the server unless given; it is shown this once.

        The old one signs beside it for 24 hours, so that the receiver can be told.
        """
        return await self._perform(operations.rotate_secret(webhook_id, secret, options))

    async def test(
        self, webhook_id: str, event_type: str | None = None, **options: Unpack[CallOptions]
    ) -> WebhookDelivery:
        """Send a sample event to a webhook, once, and return what came of it, whatever it was.

        Also to one that is disabled. Without a type it is a "webhook.test".
        """
        return await self._perform(operations.test_webhook(webhook_id, event_type, options))

    async def recover(
        self, webhook_id: str, since: datetime | str, **options: Unpack[CallOptions]
    ) -> int:
        """Send again what failed, of events since then; return how many are due now.

        ConflictError when it is disabled.
        """
        return await self._perform(operations.recover(webhook_id, since, options))


class AsyncWebhookDeliveries:
    """What was sent to webhooks. An admin's key sends again, any key may look."""

    def __init__(self, perform: AsyncPerform) -> None:
        self._perform = perform

    def list(
        self, webhook_id: str, **filters: Unpack[WebhookDeliveryListOptions]
    ) -> AsyncListing[WebhookDelivery]:
        """Return a webhook's deliveries, newest first, fetched page by page.

        They are kept for 30 days after they ended, also when the webhook is deleted.
        """
        return AsyncListing(self._perform, *operations.list_deliveries(webhook_id, filters))

    async def get(self, delivery_id: str, **options: Unpack[CallOptions]) -> WebhookDelivery:
        """Return a delivery (`dlv_…`) with its attempts and its event."""
        return await self._perform(operations.get_delivery(delivery_id, options))

    async def retry(self, delivery_id: str, **options: Unpack[CallOptions]) -> WebhookDelivery:
        """Send again, at once; also what arrived already.

        ConflictError when its webhook is disabled or deleted, or its event was deleted.
        """
        return await self._perform(operations.retry_delivery(delivery_id, options))
