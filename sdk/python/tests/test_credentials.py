"""The lists of what a credential looks like, held to the examples that every language shares."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from aistrale import _session_file
from aistrale._cassette_secrets import Redactor

from .fake_server import event

VECTORS = json.loads(
    (Path(__file__).parents[3] / "contract" / "vectors" / "secrets.json").read_text()
)
TEXTS = VECTORS["texts"]
FIELDS = VECTORS["fields"]


def named(case: dict[str, Any]) -> str:
    return ascii(case["before"] + case["secret"][0])


@pytest.mark.parametrize("case", TEXTS["found"], ids=named)
def test_a_credential_is_taken_out_and_nothing_else(case: dict[str, Any]) -> None:
    secret = "".join(case["secret"])
    clean = Redactor().text(case["before"] + secret + case["after"])
    assert clean.startswith(case["before"])
    assert clean.endswith(case["after"])
    assert "redacted" in clean or "whsec_" in clean
    assert secret[-8:] not in clean


@pytest.mark.parametrize("text", TEXTS["not_found"], ids=ascii)
def test_words_stay(text: str) -> None:
    assert Redactor().text(text) == text


def cleaned(*texts: str) -> list[str]:
    """What a cassette has of a stream with these pieces of a text."""
    clean = b"".join(Redactor().events([event("delta", {"text": text}) for text in texts]))
    return [json.loads(data)["text"] for data in re.findall(rb"^data: (.*)$", clean, re.MULTILINE)]


def test_one_that_events_cut_goes_whole_also_where_its_first_part_is_one_already() -> None:
    said = cleaned("It is ais_0123456789abcdefgh", "jkmnpq and", " more")
    assert said == ["It is ais_redacted", " and", " more"]
    begin, end = (f"-----{word} PRIVATE KEY-----" for word in ("BEGIN", "END"))
    key = (f"Here:\n{begin}\nMIIE", "vQIBADANBg\nkqhkiG9w", f"0BAQ==\n{end}\nDone.")
    assert cleaned(*key) == ["Here:\nredacted", "", "\nDone."]


@pytest.mark.parametrize("name", FIELDS["credentials"])
def test_fields_that_hold_credentials_are_in_no_file(name: str) -> None:
    body = {"provider_options": {name: "one-of-mine"}}
    assert Redactor().body("/api/v1/inferences", body) != body
    assert _session_file._harmless({name: "one-of-mine", "top_k": 3}) == {"top_k": 3}


@pytest.mark.parametrize("name", FIELDS["others"])
def test_other_fields_stay(name: str) -> None:
    body = {"provider_options": {name: "one-of-mine"}}
    assert Redactor().body("/api/v1/inferences", body) == body
    assert _session_file._harmless({name: 3}) == {name: 3}
