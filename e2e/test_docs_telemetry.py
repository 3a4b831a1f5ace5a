"""docs/telemetry.md: its commands run as they stand there, one after the other, and show what the page says."""

import csv
import json
import re
import subprocess

import pytest

from support.machine import ROOT, Machine
from support.server import serving

PAGE = (ROOT / "docs" / "telemetry.md").read_text()
USUAL = "http://127.0.0.1:16000"


def blocks() -> dict[str, str]:
    """The shell block of each section, by its heading."""
    found, heading = {}, ""
    for part in re.finditer(r"^## ([^\n]*)$|^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        if part.group(1):
            heading = part.group(1)
        else:
            found[heading] = found.get(heading, "") + part.group(2)
    return found


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> dict[str, str]:
    """What each section's commands print; they are run from top to bottom on one fresh server."""
    machine = Machine(tmp_path_factory.mktemp("telemetry"))
    with serving(machine):
        environment = machine.environment(AISTRALE_API_KEY=machine.api_key())
        printed = {}
        for heading, commands in blocks().items():
            done = subprocess.run(
                ["sh", "-ec", commands.replace(USUAL, machine.url)],
                cwd=machine.folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert done.returncode == 0, (heading, done.stdout, done.stderr)
            printed[heading] = done.stdout
        printed["folder"] = str(machine.folder)
        return printed


def objects(text: str) -> list[dict]:
    """The JSON objects that stand one behind the other."""
    decoder, at, found = json.JSONDecoder(), 0, []
    while at < len(text.rstrip()):
        value, at = decoder.raw_decode(text, at)
        found.append(value)
    return found


def test_every_section_has_its_commands():
    assert list(blocks()) == [
        "",
        "Finding records",
        "Adding them up",
        "Watching them come",
        "Taking them elsewhere",
        "Traces",
        "Keeping what was said",
        "Deleting",
    ]


def test_finding_records(shown):
    first, second = objects(shown[""])
    (page,) = objects(shown["Finding records"])
    assert [record["id"] for record in page["data"]] == [first["id"]]
    assert page["data"][0]["metadata"]["user"] == "customer-4711"


def test_adding_them_up(shown):
    by_team, by_hour = objects(shown["Adding them up"])
    assert [group["group"] for group in by_team["groups"]] == [
        {"metadata.team": "search"},
        {"metadata.team": "support"},
    ]
    assert by_hour["groups"][0]["group"] == {"model": "demo", "status": "completed"}
    assert by_hour["groups"][0]["bucket_start"].endswith(":00:00.000Z")
    assert sum(group["count"] for group in by_hour["groups"]) == 2


def test_watching_them_come(shown):
    assert re.match(r"retry: 1000\n: listening\nid: \d+-\d+\n\n", shown["Watching them come"])


def test_taking_them_elsewhere(shown, tmp_path):
    with open(f"{shown['folder']}/telemetry.jsonl") as file:
        lines = [json.loads(line) for line in file]
    with open(f"{shown['folder']}/telemetry.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(lines) == len(rows) == 2
    assert [line["id"] for line in lines] == [row["id"] for row in rows]
    assert lines[1]["metadata"] == json.loads(rows[1]["metadata"])


def test_traces(shown):
    run, accepted, trace, page = objects(shown["Traces"])
    assert accepted == {"accepted": 1}
    assert [record["id"] for record in trace["inferences"]] == [run["id"]]
    assert trace["spans"][0]["duration_ms"] == 1500
    assert page["data"][0]["name"] == "answer the customer"


def test_keeping_what_was_said(shown):
    (workspace,) = objects(shown["Keeping what was said"])
    assert (workspace["capture_content"], workspace["retention_days"]) == (True, 90)


def test_deleting(shown):
    assert objects(shown["Deleting"]) == [{"deleted_inferences": 1, "deleted_spans": 0}]
