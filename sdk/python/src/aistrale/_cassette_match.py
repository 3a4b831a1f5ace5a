"""Whether a request is the recorded one, and if not, what differs: see contract/cassettes.md."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ._fields import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

ABSENT: Final = object()
Pointer: TypeAlias = tuple[str, ...]
Difference: TypeAlias = tuple[Pointer, Any, Any]
"""Where, what was recorded, what is asked now."""

_MADE_HERE = re.compile(r"ses_[0-9a-hjkmnp-tv-z]{26}")
_INFERENCES = "/api/v1/inferences"
_OF_THE_TRACE = (("body", "trace_id"), ("body", "parent_span_id"))
_ANOTHER = 1000
_MOST_SHOWN = 8
_WIDTH = 72


def pointers(texts: Iterable[str]) -> list[Pointer]:
    """Return JSON pointers into a request, such as "/body/metadata/run". ValueError for others."""
    if isinstance(texts, str):
        raise TypeError("ignore is a list of JSON pointers, not one text")
    found: list[Pointer] = []
    for text in texts:
        if not text.startswith("/"):
            raise ValueError(
                f"ignore has {text!r}, which is no JSON pointer into a request, such as "
                '"/body/metadata/run" or "/query/since" (* stands for any name or number)'
            )
        found.append(tuple(_plain(segment) for segment in text[1:].split("/")))
    return found


def _plain(segment: str) -> str:
    return segment.replace("~1", "/").replace("~0", "~")


def differences(
    recorded: Mapping[str, Any], now: Mapping[str, Any], ignored: Sequence[Pointer]
) -> list[Difference]:
    """Return in what a request, in the file's form, is another than the recorded one."""
    found = _differences(_comparable(recorded), _comparable(now), ())
    inference = now["method"] == "POST" and now["path"] == _INFERENCES
    return [
        each
        for each in found
        if not any(_lies_in(each[0], pointer) for pointer in ignored)
        and not (inference and _changes_by_itself(*each))
    ]


def _comparable(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request whose body is JSON wherever it can be."""
    text = request.get("text")
    if not isinstance(text, str):
        return dict(request)
    try:
        body = json.loads(text, parse_float=Decimal)
    except ValueError:
        return dict(request)
    return {**{name: value for name, value in request.items() if name != "text"}, "body": body}


def _changes_by_itself(at: Pointer, recorded: Any, now: Any) -> bool:
    if at == ("body", "session_id"):
        return all(isinstance(each, str) and _MADE_HERE.fullmatch(each) for each in (recorded, now))
    return at in _OF_THE_TRACE


def _lies_in(at: Pointer, pointer: Pointer) -> bool:
    return len(at) >= len(pointer) and all(
        ours in ("*", theirs) for theirs, ours in zip(at, pointer, strict=False)
    )


def _differences(recorded: Any, now: Any, at: Pointer) -> Iterator[Difference]:
    if is_object(recorded) and is_object(now):
        for name in {**recorded, **now}:
            inner = (recorded.get(name, ABSENT), now.get(name, ABSENT))
            yield from _differences(*inner, (*at, name))
    elif is_list(recorded) and is_list(now):
        for index in range(max(len(recorded), len(now))):
            inner = (_item(recorded, index), _item(now, index))
            yield from _differences(*inner, (*at, str(index)))
    elif isinstance(recorded, bool) or isinstance(now, bool):
        if recorded is not now:
            yield at, recorded, now
    elif recorded != now:
        yield at, recorded, now


def _item(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else ABSENT


def distance(found: Sequence[Difference]) -> float:
    """Return how far a recorded request is from one that is asked, from 0."""
    places = {at[0] for at, _, __ in found}
    another = len(places & {"method", "path"})
    return another * _ANOTHER + sum(_distance(was, now) for _, was, now in found)


def _distance(was: Any, now: Any) -> float:
    """Return how much two values differ: 0 to 1 for texts, by what they begin and end with."""
    if isinstance(was, str) and isinstance(now, str):
        shorter = min(len(was), len(now))
        begin = next((at for at in range(shorter) if was[at] != now[at]), shorter)
        rest = range(1, shorter - begin + 1)
        end = next((at - 1 for at in rest if was[-at] != now[-at]), shorter - begin)
        return 1 - (begin + end) / max(len(was), len(now))
    return max(_leaves(was), _leaves(now))


def _leaves(value: Any) -> int:
    if is_object(value):
        return sum(_leaves(each) for each in value.values()) or 1
    return (sum(_leaves(each) for each in value) or 1) if is_list(value) else 1


def described(found: Sequence[Difference]) -> str:
    """Return the differences, a few lines for each."""
    lines: list[str] = []
    for at, recorded, now in found[:_MOST_SHOWN]:
        was, is_now = _shown(recorded, now)
        pointer = "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in at)
        lines += [f"  {pointer}", f"    recorded: {was}", f"    now:      {is_now}"]
    if len(found) > _MOST_SHOWN:
        lines.append(f"  and {len(found) - _MOST_SHOWN} differences more")
    if any(at in (("body", "model"), ("body", "provider")) for at, _, __ in found):
        lines.append(
            "  Where a call names no model, that of the configuration counts (AISTRALE_MODEL,\n"
            "  AISTRALE_PROVIDER, the profile in the config file)."
        )
    return "\n".join(lines)


def _shown(recorded: Any, now: Any) -> tuple[str, str]:
    """Return two values as one can compare them: long texts from where they begin to differ."""
    if not isinstance(recorded, str) or not isinstance(now, str):
        return _short(recorded), _short(now)
    if max(len(recorded), len(now)) <= _WIDTH:
        return _json(recorded), _json(now)
    shorter = min(len(recorded), len(now))
    same = next((at for at in range(shorter) if recorded[at] != now[at]), shorter)
    begin = max(0, same - _WIDTH // 3)
    return _window(recorded, begin), _window(now, begin)


def _window(text: str, begin: int) -> str:
    before = f"…({begin} characters)…" if begin else ""
    after = "…" if len(text) > begin + _WIDTH else ""
    return before + _json(text[begin : begin + _WIDTH]) + after


def _short(value: Any) -> str:
    if value is ABSENT:
        return "absent"
    text = _json(value)
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
