"""The clients, and what they hand out to be read or talked to."""

from __future__ import annotations

from ._async_client import AsyncAistrale
from ._client import Aistrale
from ._feed import AsyncFeed, Feed
from ._http_given import AsyncHttpClient, HttpClient
from ._paging import AsyncListing, Listing
from ._session import AsyncSession, Session
from ._stream import AsyncStream, Stream

__all__ = [
    "Aistrale",
    "AsyncAistrale",
    "AsyncFeed",
    "AsyncHttpClient",
    "AsyncListing",
    "AsyncSession",
    "AsyncStream",
    "Feed",
    "HttpClient",
    "Listing",
    "Session",
    "Stream",
]
