"""What happens in a workspace, as it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from . import _feeding
from . import _webhook_operations as operations
from ._feed import AsyncFeed, Feed
from ._paging import AsyncListing, Listing

if TYPE_CHECKING:
    from ._event_models import Event
    from ._options import CallOptions
    from ._telemetry import AsyncOpen, Open
    from ._webhook_models import EventType
    from ._webhook_operations import EventStreamOptions
    from ._wire import AsyncPerform, Operation, Perform


class Events:
    """What happens in the workspace. Every method takes `CallOptions`."""

    def __init__(self, perform: Perform, open_: Open) -> None:
        self._perform = perform
        self._open = open_

    def stream(self, **options: Unpack[EventStreamOptions]) -> Feed[Event]:
        """Return events as they happen, from now on and without an end.

        A lost connection is made again by itself, and nothing is missed in between; `on_disconnect`
        and `on_reconnect` are told. There is no deadline unless `timeout=` is given.
        """
        operation, plan, position = _watched(options)
        return Feed(lambda at: self._open(operation, plan, at), position)

    def test(self, event_type: str, **options: Unpack[CallOptions]) -> Event:
        """Make a sample event for who listens to a stream, and return it. No webhook gets it."""
        return self._perform(operations.send_test_event(event_type, options))

    def types(self, **options: Unpack[CallOptions]) -> list[EventType]:
        """Return the types of events that there are."""
        return list(Listing(self._perform, *operations.list_types(options)))


class AsyncEvents:
    """What happens in the workspace. Every method takes `CallOptions`."""

    def __init__(self, perform: AsyncPerform, open_: AsyncOpen) -> None:
        self._perform = perform
        self._open = open_

    def stream(self, **options: Unpack[EventStreamOptions]) -> AsyncFeed[Event]:
        """Return events as they happen, from now on and without an end.

        A lost connection is made again by itself, and nothing is missed in between; `on_disconnect`
        and `on_reconnect` are told. There is no deadline unless `timeout=` is given.
        """
        operation, plan, position = _watched(options)
        return AsyncFeed(lambda at: self._open(operation, plan, at), position)

    async def test(self, event_type: str, **options: Unpack[CallOptions]) -> Event:
        """Make a sample event for who listens to a stream, and return it. No webhook gets it."""
        return await self._perform(operations.send_test_event(event_type, options))

    async def types(self, **options: Unpack[CallOptions]) -> list[EventType]:
        """Return the types of events that there are."""
        return [each async for each in AsyncListing(self._perform, *operations.list_types(options))]


def _watched(
    options: EventStreamOptions,
) -> tuple[Operation[Event], _feeding.Plan, _feeding.Position]:
    """Return the call, how its answer is read, and where it begins."""
    operation = operations.stream_events(options)
    watcher = _feeding.Watcher(options.get("on_disconnect"), options.get("on_reconnect"))
    return operation, _feeding.watch(None, operation.decode, watcher), _feeding.Position()
