"""Calls of webhooks and events, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, cast

from . import _event_decode
from . import _webhook_decode as decode
from ._errors import APIError
from ._options import CALL_FIELDS, CallOptions, refuse_unknown
from ._steps import Request
from ._telemetry_operations import TelemetryPeriod
from ._webhook_models import WebhookFilter
from ._wire import (
    ACCEPT_JSON,
    ListOptions,
    Operation,
    Pages,
    call_options,
    delete,
    get,
    listed,
    moment,
    nothing,
    pages,
    path_of,
    post,
    query_text,
)

if TYPE_CHECKING:
    from ._event_models import Event
    from ._webhook_models import EventType, Webhook, WebhookDelivery

WebhookFilterLike: TypeAlias = WebhookFilter | Mapping[str, Any]
"""A filter: a `WebhookFilter`, or a dict such as `{"metadata": {"team": "search"}}`."""


class WebhookSettings(TypedDict, total=False):
    """What can be set of a webhook. What is not given stays as it is.

    name: what it is called; None for nothing.
    filter: what an event must have to be sent, a `WebhookFilter` or a dict such as
        `{"metadata": {"team": "search"}}`; None for nothing.
    include_content: whether events of inferences have what was said, where the workspace keeps it;
        not unless chosen.
    headers: what is sent with each event besides, in the place of what was; the values are kept
        encrypted, and never shown. None for none.
    enabled: whether it gets events; it does unless chosen. Enabled again, it gets what happens from
        then on.
    """

    name: str | None
    filter: WebhookFilterLike | None
    include_content: bool
    headers: Mapping[str, str] | None
    enabled: bool


class WebhookCreate(WebhookSettings, CallOptions, total=False):
    """Options of `webhooks.create`: settings, and these.

    secret: what signs its events, `whsec_` and base64 of 24 to 64 bytes; the server makes one
        unless given, which is better.
    """

    secret: str


class WebhookUpdate(WebhookSettings, CallOptions, total=False):
    """Options of `webhooks.update`: settings, and these.

    url: where events are posted to.
    events: the types that it gets, in the place of those that it got.
    """

    url: str
    events: str | Sequence[str]


class WebhookDeliveryListOptions(ListOptions, TelemetryPeriod, total=False):
    """Options of `webhooks.deliveries.list`: those of a list, a `TelemetryPeriod`, and these.

    status: "pending", "delivered" or "failed".
    event_type: such as "inference.failed".
    """

    status: str | None
    event_type: str | None


class EventStreamOptions(CallOptions, total=False):
    """Options of `events.stream`. None is the same as not given.

    event_types: only these, such as "inference.failed"; all unless given.
    last_event_id: begin behind this one, the `last_event_id` of an earlier feed.
    on_disconnect: is called with the error when the connection was lost, before it is made again.
    on_reconnect: is called when it was made again; the stream goes on where it was.
    """

    event_types: str | Sequence[str] | None
    last_event_id: str | None
    on_disconnect: Callable[[APIError], object] | None
    on_reconnect: Callable[[], object] | None


_SETTINGS = ("name", "filter", "include_content", "headers", "enabled")
_PERIOD = ("last", "since", "until")


def list_webhooks(options: ListOptions) -> Pages[Webhook]:
    """`GET /webhooks`."""
    return listed(path_of("webhooks", what="path"), decode.webhook, "webhooks.list", options)


def create_webhook(
    url: str, events: str | Sequence[str], options: WebhookCreate
) -> Operation[Webhook]:
    """`POST /webhooks`."""
    refuse_unknown("webhooks.create", options, (*_SETTINGS, "secret", *CALL_FIELDS))
    body = {"url": url, "events": events, **_given(options, (*_SETTINGS, "secret"))}
    return post(path_of("webhooks", what="path"), _settled(body), decode.webhook, options)


def get_webhook(identity: str, options: CallOptions) -> Operation[Webhook]:
    """`GET /webhooks/{id}`."""
    return get(_webhook(identity), decode.webhook, call_options("webhooks.get", options))


def update_webhook(identity: str, options: WebhookUpdate) -> Operation[Webhook]:
    """`POST /webhooks/{id}`."""
    names = ("url", "events", *_SETTINGS)
    refuse_unknown("webhooks.update", options, (*names, *CALL_FIELDS))
    body = _settled(_given(options, names))
    return post(_webhook(identity), body, decode.webhook, options, repeatable=True)


def delete_webhook(identity: str, options: CallOptions) -> Operation[None]:
    """`DELETE /webhooks/{id}`."""
    return delete(_webhook(identity), nothing, call_options("webhooks.delete", options))


def rotate_secret(identity: str, secret: str | None, options: CallOptions) -> Operation[Webhook]:
    """`POST /webhooks/{id}/rotate-secret`. Done twice, the secret that still signs would go."""
    call_options("webhooks.rotate_secret", options)
    body = {} if secret is None else {"secret": secret}
    return post(_webhook(identity, "rotate-secret"), body, decode.webhook, options)


def test_webhook(
    identity: str, event_type: str | None, options: CallOptions
) -> Operation[WebhookDelivery]:
    """`POST /webhooks/{id}/test`."""
    call_options("webhooks.test", options)
    body = {} if event_type is None else {"event_type": event_type}
    return post(_webhook(identity, "test"), body, decode.delivery, options)


def recover(identity: str, since: datetime | str, options: CallOptions) -> Operation[int]:
    """`POST /webhooks/{id}/recover`."""
    call_options("webhooks.recover", options)
    body = {"since": moment("since", since)}
    return post(_webhook(identity, "recover"), body, decode.recovered, options)


def list_deliveries(identity: str, options: WebhookDeliveryListOptions) -> Pages[WebhookDelivery]:
    """`GET /webhooks/{id}/deliveries`."""
    asked = ("status", "event_type", *_PERIOD)
    known = (*asked, "limit", "cursor", *CALL_FIELDS)
    refuse_unknown("webhooks.deliveries.list", options, known)
    query = {name: options.get(name) for name in asked}
    return pages(_webhook(identity, "deliveries"), decode.delivery, options, query)


def get_delivery(identity: str, options: CallOptions) -> Operation[WebhookDelivery]:
    """`GET /webhook-deliveries/{id}`."""
    path = path_of("webhook-deliveries", identity, what="delivery's id")
    return get(path, decode.delivery, call_options("webhooks.deliveries.get", options))


def retry_delivery(identity: str, options: CallOptions) -> Operation[WebhookDelivery]:
    """`POST /webhook-deliveries/{id}/retry`."""
    path = path_of("webhook-deliveries", identity, what="delivery's id") + "/retry"
    request = Request("POST", path, (ACCEPT_JSON,))
    return Operation(request, decode.delivery, call_options("webhooks.deliveries.retry", options))


def stream_events(options: EventStreamOptions) -> Operation[Event]:
    """`GET /events/stream`, whose answer is read event by event."""
    asked = ("event_types", "last_event_id", "on_disconnect", "on_reconnect")
    refuse_unknown("events.stream", options, (*asked, *CALL_FIELDS))
    query = query_text({"event_types": options.get("event_types")})
    headers = [("accept", "text/event-stream")]
    last = options.get("last_event_id")
    if last is not None:
        headers.append(("last-event-id", str(last)))
    path = path_of("events", "stream", what="path") + query
    request = Request("GET", path, tuple(headers), repeatable=True)
    return Operation(request, _event_decode.event, options)


def send_test_event(event_type: str, options: CallOptions) -> Operation[Event]:
    """`POST /events/test`."""
    call_options("events.test", options)
    path = path_of("events", "test", what="path")
    return post(path, {"event_type": event_type}, _event_decode.event, options)


def list_types(options: CallOptions) -> Pages[EventType]:
    """`GET /webhook-event-types`."""
    call_options("events.types", options)
    path = path_of("webhook-event-types", what="path")
    return listed(path, decode.event_type, "events.types", cast("ListOptions", options))


def _webhook(identity: str, *more: str) -> str:
    return "/".join([path_of("webhooks", identity, what="webhook's id"), *more])


def _given(options: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: options[name] for name in names if name in options}


def _settled(body: dict[str, Any]) -> dict[str, Any]:
    """Return the settings as the wire has them: one type alone is a list of one."""
    if isinstance(body.get("events"), str):
        body["events"] = [body["events"]]
    if isinstance(body.get("filter"), WebhookFilter):
        body["filter"] = body["filter"].to_dict()
    return body
