"""JSON whose numbers keep the digits that they have, written as the server writes it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from ._fields import is_list, is_object


class Written(float):
    """A float that knows the number it was made of, digit by digit; anything else is a float's."""

    digits: Decimal

    @classmethod
    def of(cls, number: Decimal) -> Written:
        """Return the float nearest to a number, with the number."""
        written = cls(number)
        written.digits = number
        return written


def exact(value: Any) -> Any:
    """Return decoded JSON with every `Decimal` made a float that knows its digits."""
    if isinstance(value, Decimal):
        return Written.of(value)
    if is_object(value):
        return {name: exact(item) for name, item in value.items()}
    if is_list(value):
        return [exact(item) for item in value]
    return value


def json_text(value: Any, quoted: Callable[[str], str] | None = None) -> str:
    """Return compact JSON. TypeError or ValueError (for NaN and infinities) if there is none.

    `quoted` writes a string; as the server does, without escaping more than must be, unless given.
    """
    quote = quoted or _quoted
    if isinstance(value, str):
        return quote(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, (float, Decimal)):
        return number_text(value)
    several: Any = value
    if isinstance(value, Mapping):
        fields = [f"{quote(_key(k))}:{json_text(each, quote)}" for k, each in several.items()]
        return "{" + ",".join(fields) + "}"
    if isinstance(several, Sequence) and not isinstance(several, (bytes, bytearray, memoryview)):
        items: Sequence[Any] = value
        return "[" + ",".join([json_text(each, quote) for each in items]) + "]"
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def number_text(value: float | Decimal) -> str:
    """Return a number with a fraction as it was written, or shortest; ValueError for NaN.

    A zero has no sign, as it has none for the server.
    """
    number: Any = value.digits if isinstance(value, Written) else value
    if isinstance(number, float):
        if not math.isfinite(number):
            raise ValueError(f"{number} is no number that JSON has")
        number = Decimal(float.__repr__(number))
    if not number.is_finite():
        raise ValueError(f"{number} is no number that JSON has")
    return str(number or abs(number))


def _key(name: Any) -> str:
    """Return a field's name as the standard library makes one of what is no text."""
    if isinstance(name, str):
        return name
    (text,) = json.loads(json.dumps({name: 0}, allow_nan=False))
    assert isinstance(text, str)  # noqa: S101 - names are text
    return text


_ESCAPED: Final = re.compile(r'["\\\x00-\x1f]')
_SHORT: Final = {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}


def _quoted(text: str) -> str:
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    return _SHORT.get(found[0]) or f"\\u{ord(found[0]):04X}"
