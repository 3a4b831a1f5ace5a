"""Taking JSON apart, field by field. What nobody asked for is left over as `extra`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from json import JSONDecodeError, JSONDecoder
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_decode = JSONDecoder(parse_float=Decimal).decode


class UnreadableError(Exception):
    """The answer is not what the server's contract says; the text names the field."""


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether decoded JSON is an object."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether decoded JSON is a list."""
    return isinstance(value, list)


def parse(text: bytes | str) -> Any:
    """Decode JSON, numbers with a fraction as `Decimal`. UnreadableError if it is not JSON."""
    try:
        return _decode(text if isinstance(text, str) else text.decode("utf-8-sig"))
    except (JSONDecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise UnreadableError(f"not JSON ({cause})") from None


def text(body: bytes) -> str:
    """Decode text. UnreadableError if it is not UTF-8."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise UnreadableError(f"not UTF-8 ({cause})") from None


def plain(value: Any) -> Any:
    """Return the value with `Decimal` made float: only money needs to be exact."""
    if isinstance(value, Decimal):
        return float(value)
    if is_object(value):
        return {name: plain(item) for name, item in value.items()}
    if is_list(value):
        return [plain(item) for item in value]
    return value


class Fields:
    """The fields of one JSON object, each taken once. Null and absent are the same."""

    __slots__ = ("_left", "_what")

    def __init__(self, value: Any, what: str) -> None:
        if not is_object(value):
            raise UnreadableError(f"{what} is not an object")
        self._left = {**value}
        self._what = what

    def take(self, name: str) -> Any:
        """Return the field as it is, None if absent."""
        return self._left.pop(name, None)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a string that must be there, unless there is a default."""
        value = self.maybe_text(name)
        if value is None:
            value = default
        if value is None:
            raise UnreadableError(f"{self._what}.{name} is missing")
        return value

    def maybe_text(self, name: str) -> str | None:
        """Return a string, None if absent."""
        value = self._left.pop(name, None)
        if value is None or isinstance(value, str):
            return value
        raise UnreadableError(f"{self._what}.{name} is not a string")

    def whole(self, name: str) -> int | None:
        """Return an integer of any size, None if absent."""
        value = self._left.pop(name, None)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        if isinstance(value, Decimal) and value == value.to_integral_value():
            return int(value)
        raise UnreadableError(f"{self._what}.{name} is not an integer")

    def number(self, name: str) -> int:
        """Return an integer that must be there."""
        value = self.whole(name)
        if value is None:
            raise UnreadableError(f"{self._what}.{name} is missing")
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean, False if absent."""
        return bool(self.maybe_flag(name))

    def maybe_flag(self, name: str) -> bool | None:
        """Return a boolean, None if absent."""
        value = self._left.pop(name, None)
        if value is None or isinstance(value, bool):
            return value
        raise UnreadableError(f"{self._what}.{name} is not true or false")

    def money(self, name: str) -> Decimal | None:
        """Return an exact amount, None if absent."""
        value = self._left.pop(name, None)
        if value is None or isinstance(value, Decimal):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
        raise UnreadableError(f"{self._what}.{name} is not a number")

    def amount(self, name: str) -> Decimal:
        """Return an exact amount that must be there."""
        value = self.money(name)
        if value is None:
            raise UnreadableError(f"{self._what}.{name} is missing")
        return value

    def real(self, name: str) -> float | None:
        """Return a number, None if absent."""
        value = self.money(name)
        return None if value is None else float(value)

    def moment(self, name: str) -> datetime | None:
        """Return a time with its zone, None if absent."""
        value = self.maybe_text(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise UnreadableError(f"{self._what}.{name} is not an RFC 3339 time")
        return moment

    def maybe(self, name: str, decode: Callable[[Any], T]) -> T | None:
        """Return a decoded field, None if absent."""
        value = self._left.pop(name, None)
        return None if value is None else decode(value)

    def several(self, name: str, decode: Callable[[Any], T]) -> tuple[T, ...]:
        """Return a list's decoded items, () if absent."""
        value = self._left.pop(name, None)
        if value is None:
            return ()
        if not is_list(value):
            raise UnreadableError(f"{self._what}.{name} is not a list")
        return tuple([decode(item) for item in value])

    def mapping(self, name: str) -> dict[str, Any]:
        """Return an object of whatever fields, {} if absent."""
        value = self._left.pop(name, None)
        if value is None:
            return {}
        if not is_object(value):
            raise UnreadableError(f"{self._what}.{name} is not an object")
        return {key: plain(item) for key, item in value.items()}

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of strings, () if absent."""
        value = self._left.pop(name, None)
        if value is None:
            return ()
        if not is_list(value) or not all(isinstance(item, str) for item in value):
            raise UnreadableError(f"{self._what}.{name} is not a list of strings")
        return tuple(value)

    def numbers(self, name: str) -> tuple[int, ...]:
        """Return a list of integers, () if absent."""
        value = self._left.pop(name, None)
        if value is None:
            return ()
        if not is_list(value) or not all(type(item) is int for item in value):
            raise UnreadableError(f"{self._what}.{name} is not a list of integers")
        return tuple(value)

    def extra(self) -> dict[str, Any]:
        """Return what nobody took."""
        return plain(self._left) if self._left else {}
