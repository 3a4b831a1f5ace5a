"""The record of every inference, and the traces around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Unpack

from . import _feeding
from . import _telemetry_operations as operations
from ._feed import AsyncFeed, Feed
from ._paging import AsyncListing, Listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ._drive import AsyncDriver, Driver
    from ._options import CallOptions
    from ._telemetry_models import (
        InferenceRecord,
        Span,
        TelemetryDeletion,
        TelemetrySummary,
        Trace,
    )
    from ._telemetry_operations import (
        ExportFormat,
        TelemetryFilters,
        TelemetryListOptions,
        TelemetryStreamOptions,
        TelemetrySummaryOptions,
        TraceListOptions,
    )
    from ._wire import AsyncPerform, ListOptions, Operation, Perform


class Open(Protocol):
    """Begins to read an answer while it comes."""

    def __call__(
        self, operation: Operation[Any], plan: _feeding.Plan, position: _feeding.Position
    ) -> Driver[None]: ...


class AsyncOpen(Protocol):
    """Begins to read an answer while it comes."""

    def __call__(
        self, operation: Operation[Any], plan: _feeding.Plan, position: _feeding.Position
    ) -> AsyncDriver[None]: ...


class Telemetry:
    """The record of every inference. Every method takes `CallOptions`."""

    def __init__(self, perform: Perform, open_: Open) -> None:
        self._perform = perform
        self._open = open_

    def list(self, **filters: Unpack[TelemetryListOptions]) -> Listing[InferenceRecord]:
        """Return records, newest first, fetched page by page while they are iterated.

        `TelemetryFilters` lists the filters.
        """
        return Listing(self._perform, *operations.list_records(filters))

    def summary(self, **filters: Unpack[TelemetrySummaryOptions]) -> TelemetrySummary:
        """Return counts, percentiles, tokens and cost, of groups and spans of time.

        Without `last=` and `since=` they are those of the last 24 hours.
        """
        return self._perform(operations.summary(filters))

    def export(
        self,
        format: ExportFormat = "jsonl",  # noqa: A002 - the wire's word
        **filters: Unpack[TelemetryFilters],
    ) -> Feed[str]:
        r"""Return all records as lines of text, as from an open file: each has its "\n".

        "jsonl" has a record a line, "csv" a head and a row a record, where a value in quotes may
        go over several lines; text that a spreadsheet would run begins with an apostrophe there.
        What is cut raises `StreamInterruptedError`, so that half a file
        never looks like a whole one. There is no deadline unless `timeout=` is given.
        """
        operation = operations.export(format, filters)
        return Feed(lambda at: self._open(operation, _feeding.export(), at), _feeding.Position())

    def stream(self, **filters: Unpack[TelemetryStreamOptions]) -> Feed[InferenceRecord]:
        """Return records as inferences end, from now on and without an end.

        A lost connection is made again by itself, and nothing is missed in between. There is no
        deadline unless `timeout=` is given.
        """
        operation = operations.stream(filters)
        plan = _feeding.watch("inference", operation.decode)
        return Feed(lambda at: self._open(operation, plan, at), _feeding.Position())

    def add_spans(
        self, spans: Iterable[Span | Mapping[str, Any]], **options: Unpack[CallOptions]
    ) -> int:
        """Send steps of a program of yours, and return how many were taken in.

        More than 1,000 are sent in several requests. A span that is there already stays as it is.
        """
        return sum([self._perform(each) for each in operations.add_spans(spans, options)])

    def traces(self, **options: Unpack[TraceListOptions]) -> Listing[Trace]:
        """Return traces, newest first, without their spans, fetched page by page."""
        return Listing(self._perform, *operations.list_traces(options))

    def trace(self, trace_id: str, **options: Unpack[ListOptions]) -> Trace:
        """Return a trace with its spans by their start, and the inferences that ran in it.

        Of a large trace these are a part of its spans: `cursor=` its `next_cursor` gives the next.
        """
        return self._perform(operations.get_trace(trace_id, options))

    def delete_user(self, user: str, **options: Unpack[CallOptions]) -> TelemetryDeletion:
        """Delete what is kept of an end user: the inferences with this `metadata["user"]`."""
        return self._perform(operations.delete_user(user, options))


class Inferences:
    """Single inferences by their id."""

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def get(self, inference_id: str, **options: Unpack[CallOptions]) -> InferenceRecord:
        """Return the record of an inference (`inf_…`), with what was said if that is captured.

        NotFoundError when there is none.
        """
        return self._perform(operations.get_inference(inference_id, options))

    def cancel(
        self,
        inference_id: str | None = None,
        *,
        idempotency_key: str | None = None,
        **options: Unpack[CallOptions],
    ) -> InferenceRecord:
        """End an inference, wherever in the server it runs, and return its record as it is then.

        It is named by its id, or by the idempotency key that `run` or `stream` was given: that also
        while nothing is known of it yet. Whoever waits for its answer gets a `CancelledError`. One
        that has ended stays as it ended. Where another node runs it, the record may say "running"
        for a second more. NotFoundError when there is none.

        What comes with a key within 30 s of its cancelling is not run either, and raises
        `CancelledError`: it may have been on its way. Use another key then, or cancel by the id.
        """
        return self._perform(operations.cancel_inference(inference_id, idempotency_key, options))


class AsyncTelemetry:
    """The record of every inference. Every method takes `CallOptions`."""

    def __init__(self, perform: AsyncPerform, open_: AsyncOpen) -> None:
        self._perform = perform
        self._open = open_

    def list(self, **filters: Unpack[TelemetryListOptions]) -> AsyncListing[InferenceRecord]:
        """Return records, newest first, fetched page by page while they are iterated.

        `TelemetryFilters` lists the filters.
        """
        return AsyncListing(self._perform, *operations.list_records(filters))

    async def summary(self, **filters: Unpack[TelemetrySummaryOptions]) -> TelemetrySummary:
        """Return counts, percentiles, tokens and cost, of groups and spans of time.

        Without `last=` and `since=` they are those of the last 24 hours.
        """
        return await self._perform(operations.summary(filters))

    def export(
        self,
        format: ExportFormat = "jsonl",  # noqa: A002 - the wire's word
        **filters: Unpack[TelemetryFilters],
    ) -> AsyncFeed[str]:
        r"""Return all records as lines of text, as from an open file: each has its "\n".

        "jsonl" has a record a line, "csv" a head and a row a record, where a value in quotes may
        go over several lines; text that a spreadsheet would run begins with an apostrophe there.
        What is cut raises `StreamInterruptedError`, so that half a file
        never looks like a whole one. There is no deadline unless `timeout=` is given.
        """
        operation = operations.export(format, filters)
        return AsyncFeed(
            lambda at: self._open(operation, _feeding.export(), at), _feeding.Position()
        )

    def stream(self, **filters: Unpack[TelemetryStreamOptions]) -> AsyncFeed[InferenceRecord]:
        """Return records as inferences end, from now on and without an end.

        A lost connection is made again by itself, and nothing is missed in between. There is no
        deadline unless `timeout=` is given.
        """
        operation = operations.stream(filters)
        plan = _feeding.watch("inference", operation.decode)
        return AsyncFeed(lambda at: self._open(operation, plan, at), _feeding.Position())

    async def add_spans(
        self, spans: Iterable[Span | Mapping[str, Any]], **options: Unpack[CallOptions]
    ) -> int:
        """Send steps of a program of yours, and return how many were taken in.

        More than 1,000 are sent in several requests. A span that is there already stays as it is.
        """
        return sum([await self._perform(each) for each in operations.add_spans(spans, options)])

    def traces(self, **options: Unpack[TraceListOptions]) -> AsyncListing[Trace]:
        """Return traces, newest first, without their spans, fetched page by page."""
        return AsyncListing(self._perform, *operations.list_traces(options))

    async def trace(self, trace_id: str, **options: Unpack[ListOptions]) -> Trace:
        """Return a trace with its spans by their start, and the inferences that ran in it.

        Of a large trace these are a part of its spans: `cursor=` its `next_cursor` gives the next.
        """
        return await self._perform(operations.get_trace(trace_id, options))

    async def delete_user(self, user: str, **options: Unpack[CallOptions]) -> TelemetryDeletion:
        """Delete what is kept of an end user: the inferences with this `metadata["user"]`."""
        return await self._perform(operations.delete_user(user, options))


class AsyncInferences:
    """Single inferences by their id."""

    def __init__(self, perform: AsyncPerform) -> None:
        self._perform = perform

    async def get(self, inference_id: str, **options: Unpack[CallOptions]) -> InferenceRecord:
        """Return the record of an inference (`inf_…`), with what was said if that is captured.

        NotFoundError when there is none.
        """
        return await self._perform(operations.get_inference(inference_id, options))

    async def cancel(
        self,
        inference_id: str | None = None,
        *,
        idempotency_key: str | None = None,
        **options: Unpack[CallOptions],
    ) -> InferenceRecord:
        """End an inference, wherever in the server it runs, and return its record as it is then.

        It is named by its id, or by the idempotency key that `run` or `stream` was given: that also
        while nothing is known of it yet. Whoever waits for its answer gets a `CancelledError`. One
        that has ended stays as it ended. Where another node runs it, the record may say "running"
        for a second more. NotFoundError when there is none.

        What comes with a key within 30 s of its cancelling is not run either, and raises
        `CancelledError`: it may have been on its way. Use another key then, or cancel by the id.
        """
        return await self._perform(
            operations.cancel_inference(inference_id, idempotency_key, options)
        )
