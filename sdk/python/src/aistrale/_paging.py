"""Lists that come in pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._errors import APIError
from ._fields import Fields

if TYPE_CHECKING:
    from ._wire import Operation

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list. `next_cursor` is None on the last; a page may be empty before that."""

    data: tuple[T, ...]
    next_cursor: str | None = None


def page_decoder(decode: Callable[[Any], T]) -> Callable[[Any], Page[T]]:
    """Return a decoder of a page whose items the given one decodes."""

    def page(value: Any) -> Page[T]:
        of = Fields(value, "list")
        return Page(of.several("data", decode), of.maybe_text("next_cursor"))

    return page


class _Cursors:
    """Follows a list's cursors; one that comes twice would be followed for ever."""

    __slots__ = ("_seen", "next")

    def __init__(self, first: str | None) -> None:
        self.next = first
        self._seen = {first} - {None}

    def follow(self, page: Page[Any]) -> bool:
        """Note where to go on, and return whether there is more."""
        self.next = page.next_cursor
        if self.next in self._seen:
            raise APIError(f"the server's list gives the cursor {self.next!r} twice: it has no end")
        self._seen.add(self.next)
        return self.next is not None


class Listing(Generic[T]):
    """A list on the server, fetched page by page while it is iterated, each time anew."""

    __slots__ = ("_fetch", "_first", "_operation")

    def __init__(
        self,
        fetch: Callable[[Operation[Page[T]]], Page[T]],
        operation: Callable[[str | None], Operation[Page[T]]],
        first: str | None = None,
    ) -> None:
        self._fetch = fetch
        self._operation = operation
        self._first = first

    def pages(self) -> Iterator[Page[T]]:
        """Yield the pages as the server gives them."""
        cursors = _Cursors(self._first)
        more = True
        while more:
            page = self._fetch(self._operation(cursors.next))
            yield page
            more = cursors.follow(page)

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.data


class AsyncListing(Generic[T]):
    """A list on the server, fetched page by page while it is iterated, each time anew."""

    __slots__ = ("_fetch", "_first", "_operation")

    def __init__(
        self,
        fetch: Callable[[Operation[Page[T]]], Awaitable[Page[T]]],
        operation: Callable[[str | None], Operation[Page[T]]],
        first: str | None = None,
    ) -> None:
        self._fetch = fetch
        self._operation = operation
        self._first = first

    def pages(self) -> AsyncIterator[Page[T]]:
        """Return an iterator of the pages as the server gives them."""
        return _AsyncPages(self._fetch, self._operation, self._first)

    def __aiter__(self) -> AsyncIterator[T]:
        return _AsyncItems(self.pages())


class _AsyncPages(Generic[T]):
    """No generator: one that is left before its end is something to be warned of, under trio."""

    __slots__ = ("_cursors", "_fetch", "_last", "_operation", "_over")

    def __init__(
        self,
        fetch: Callable[[Operation[Page[T]]], Awaitable[Page[T]]],
        operation: Callable[[str | None], Operation[Page[T]]],
        first: str | None,
    ) -> None:
        self._fetch = fetch
        self._operation = operation
        self._cursors = _Cursors(first)
        self._last: Page[T] | None = None
        self._over = False

    def __aiter__(self) -> AsyncIterator[Page[T]]:
        return self

    async def __anext__(self) -> Page[T]:
        over, self._over = self._over, True  # an error is its end too
        if over or (self._last is not None and not self._cursors.follow(self._last)):
            raise StopAsyncIteration
        self._last = await self._fetch(self._operation(self._cursors.next))
        self._over = False
        return self._last


class _AsyncItems(Generic[T]):
    """The items of pages."""

    __slots__ = ("_items", "_pages")

    def __init__(self, pages: AsyncIterator[Page[T]]) -> None:
        self._pages = pages
        self._items: Iterator[T] = iter(())

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        while True:
            for item in self._items:
                return item
            self._items = iter((await anext(self._pages)).data)
