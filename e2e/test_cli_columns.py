"""Tables at a real terminal keep their columns whatever the words in them are written in, as an independent table of widths counts them."""

import re

import pytest
import wcwidth

from support.api import Api
from support.machine import Machine
from support.server import serving
from support.terminal import Terminal

NAMES = {
    "letters": "plain letters",
    "Chinese": "日本語の名前",
    "halfwidth": "ﾊﾝｶｸ",
    "Korean": "한국어 이름",
    "emoji": "🚀 go 🎉",
    "family": "👨‍👩‍👧 home",
    "flags": "🇯🇵🇩🇪 trip",
    "skin": "👍🏽👋🏿 hi",
    "variants": "❤️ ☎️ 1️⃣",
    "marks": "cafe\u0301 n\u0303",
    "Persian": "می‌خواهم",
    "Thai": "ภาษาไทย",
    "long": "日本語" * 30,
    "families": "👨‍👩‍👧" * 20,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    machine = Machine(tmp_path_factory.mktemp("columns"))
    with serving(machine):
        api = Api(machine.url, machine.api_key())
        for name in NAMES.values():
            made = api.http.post("/api/v1/api-keys", json={"name": name, "role": "viewer"})
            assert made.status_code == 201, made.text
        yield machine


@pytest.mark.parametrize("columns", [90, 120])
def test_each_row_has_its_columns_where_the_head_has_them(home, columns):
    terminal = Terminal(home, "keys", "list", "--no-pager", COLUMNS=str(columns), LINES="24")
    try:
        assert terminal.exit_code() == 0
    finally:
        terminal.close()
    head, *rows = [line for line in terminal.screen.replace("\r", "").split("\n") if line]
    assert len(rows) >= len(NAMES)
    place = head.index("KEY")
    for row in rows:
        assert wcwidth.width(row) <= columns, row
        before = re.split(r"…[0-9a-z]{4} ", row)[0] if "  …" in row else row
        assert wcwidth.width(before) == place, row
    shown = "\n".join(rows)
    for name in NAMES.values():
        if wcwidth.width(name) < 20 and columns == 120:
            assert name in shown
    assert "👨‍👩‍👧…" in shown or "👨‍👩‍👧 …" in shown, "cut between families"


def test_a_pipe_has_the_names_as_they_are(home):
    lines = home.aistrale("keys", "list").stdout.splitlines()
    names = [line.split("\t")[1] for line in lines[1:]]
    assert set(NAMES.values()) <= set(names)
