from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistrale._sse import EventTooLargeError, ServerSentEvent, SseParser

TEXT = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=8)
EVENTS = st.lists(st.tuples(TEXT.filter(bool), st.lists(TEXT, min_size=1, max_size=3)), max_size=6)


def parse(*chunks: bytes) -> list[ServerSentEvent]:
    parser = SseParser()
    found = [event for chunk in chunks for event in parser.feed(chunk)]
    return [*found, *parser.end()]


@given(EVENTS, st.sampled_from(["\n", "\r\n", "\r"]), st.data(), st.booleans())
def test_any_events_survive_any_chunks_and_line_ends(
    events: list[tuple[str, list[str]]], newline: str, data: st.DataObject, bom: bool
) -> None:
    text = "\ufeff" if bom else ""
    for number, (name, lines) in enumerate(events):
        text += newline.join(
            [": keep-alive", "", f"id: {number}", f"event: {name}"]
            + [f"data: {line}" for line in lines]
            + ["", ""]
        )
    raw = text.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=12)))
    chunks = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    expected = [
        ServerSentEvent(name, "\n".join(lines), str(number))
        for number, (name, lines) in enumerate(events)
    ]
    assert parse(*chunks) == expected
    assert parse(*[raw[at : at + 1] for at in range(len(raw))]) == expected


@given(st.lists(st.binary(max_size=20), max_size=10))
def test_no_bytes_are_too_strange(chunks: list[bytes]) -> None:
    assert parse(*chunks) == parse(b"".join(chunks))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"data: a\n\n", [("message", "a", "")]),
        (b"data:a\n\n", [("message", "a", "")]),
        (b"data:  a\n\n", [("message", " a", "")]),
        (b"data\n\n", [("message", "", "")]),
        (b"data: a\ndata: b\n\n", [("message", "a\nb", "")]),
        (b"event: x\n\ndata: a\n\n", [("message", "a", "")]),
        (b"id: 1\ndata: a\n\ndata: b\n\n", [("message", "a", "1"), ("message", "b", "1")]),
        (b"id: 1\0\ndata: a\n\n", [("message", "a", "")]),
        (b"retry: 5\nunknown: x\ndata: a\n\n", [("message", "a", "")]),
        (b": only a comment\n\n", []),
        (b"data: a\n", [("message", "a", "")]),
        (b"data: a", [("message", "a", "")]),
        (b"event: x\ndata: a", [("x", "a", "")]),
        (b"data: \xff\n\n", [("message", "\ufffd", "")]),
        (b"\xef\xbb\xbfdata: a", [("message", "a", "")]),
        (b"data: a\r\rdata: b\r\r", [("message", "a", ""), ("message", "b", "")]),
        (b"", []),
    ],
)
def test_single_cases(raw: bytes, expected: list[tuple[str, str, str]]) -> None:
    assert parse(raw) == [ServerSentEvent(*event) for event in expected]


def test_a_carriage_return_completes_its_event_at_once() -> None:
    parser = SseParser()
    assert parser.feed(b"data: a\r\r") == [ServerSentEvent("message", "a", "")]
    assert parser.feed(b"\ndata: b\n\n") == [ServerSentEvent("message", "b", "")]


def test_an_event_without_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aistrale._sse.MAX_EVENT_BYTES", 1000)
    parser = SseParser()
    for _ in range(50):
        parser.feed(b"data: " + b"x" * 90 + b"\n\n")
    with pytest.raises(EventTooLargeError):
        for _ in range(11):
            parser.feed(b"data: " + b"x" * 90 + b"\n")
