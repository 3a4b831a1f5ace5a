"""`aistrale export`: everything that a workspace has, whole or said not to be."""

import hashlib
import json
from decimal import Decimal

import pytest

from support.api import Api
from support.emulator import TOKENS
from support.machine import Machine
from support.server import serving


@pytest.fixture(scope="module")
def home(tmp_path_factory, emulator):
    """A workspace with something of each kind, and 201 inferences, which is more than a page."""
    machine = Machine(tmp_path_factory.mktemp("export"), **emulator.settings("openai"))
    with serving(machine):
        api = Api(machine.url, machine.api_key())
        api.add_token("openai", TOKENS["openai"])
        own = api.get("/api/v1/whoami").json()["workspace_id"]
        assert api.post(f"/api/v1/workspaces/{own}", {"capture_content": True}).status_code == 200
        assert (
            api.post("/api/v1/prompts", {"name": "greeting", "text": "Hi {{name}}"}).status_code
            == 201
        )
        text = {"messages": [{"role": "user", "content": "Hello {{name}}"}]}
        assert api.post("/api/v1/prompts/greeting/versions", text).status_code == 201
        times = {"started_at": "2026-11-01T12:00:00Z", "ended_at": "2026-11-01T12:00:01Z"}
        spans = [
            {"trace_id": f"t{n}", "span_id": s, "name": "n", "kind": "tool", **times}
            for n in range(60)
            for s in ("a", "b")
        ]
        assert api.post("/api/v1/telemetry/spans", {"spans": spans}).json() == {"accepted": 120}
        for n in range(201):
            api.answer(prompt=f"Number {n}", model="openai/gpt-4o")
        yield machine


def lines(folder, name: str) -> list[dict]:
    text = (folder / name).read_text()
    return [json.loads(line, parse_float=Decimal) for line in text.splitlines()]


def test_everything_is_there_and_the_manifest_says_so(home, tmp_path):
    folder = tmp_path / "all"
    done = home.aistrale("export", str(folder))
    assert done.returncode == 0, done.stderr
    assert not (folder / "INCOMPLETE").exists()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["complete"] and manifest["server"]["url"] == home.url
    records = {file["path"]: file["records"] for file in manifest["files"]}
    for file in manifest["files"]:
        content = (folder / file["path"]).read_bytes()
        assert len(content) == file["bytes"]
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
    there = {str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file()}
    assert there == {*records, "manifest.json"}

    api = Api(home.url, home.api_key())
    exported = lines(folder, "inferences.jsonl")
    assert {line["id"] for line in exported} == {record["id"] for record in api.telemetry()}
    assert records["inferences.jsonl"] == len(exported) == 201
    [seven] = [line for line in exported if 'Number 7"' in json.dumps(line, default=str)]
    assert seven["content"]["messages"][-1]["content"] == "Number 7"
    assert seven["cost_usd"] == api.record(seven["id"])["cost_usd"]
    assert len(lines(folder, "spans.jsonl")) == records["spans.jsonl"] == 120
    [prompt] = lines(folder, "prompts.jsonl")
    assert [version["version"] for version in prompt["versions"]] == [2, 1]
    assert prompt["versions"][1]["text"] == "Hi {{name}}"
    assert "Hi {{name}}" in (folder / "prompts/greeting/1.prompt").read_text()
    assert lines(folder, "tokens.jsonl")[0]["provider"] == "openai"
    assert records["audit-log.jsonl"] >= 1 and records["api-keys.jsonl"] >= 1
    assert "name" in json.loads((folder / "workspace.json").read_text())

    everything = b"".join(f.read_bytes() for f in folder.rglob("*") if f.is_file())
    for secret in (TOKENS["openai"], home.api_key()):
        assert secret.encode() not in everything

    again = home.aistrale("export", str(folder))
    assert again.returncode == 2 and "not empty" in again.stderr


def test_what_comes_out_goes_into_another_server(home, tmp_path, machine):
    folder = tmp_path / "all"
    assert home.aistrale("export", str(folder)).returncode == 0
    with serving(machine):
        first = folder / "prompts/greeting/1.prompt"
        done = machine.aistrale("prompts", "import", str(first), "--name", "greeting")
        assert done.returncode == 0, done.stderr
        shown = machine.aistrale("prompts", "render", "greeting", "--var", "name=Ada")
        assert shown.stdout == "Hi Ada\n"


def test_a_key_that_may_not_see_all_makes_no_export(home, tmp_path):
    made = home.aistrale("keys", "create", "--name", "v", "--role", "viewer")
    folder = tmp_path / "all"
    done = home.aistrale("export", str(folder), AISTRALE_API_KEY=made.stdout.strip())
    assert done.returncode == 3 and "admin" in done.stderr
    assert not (folder / "manifest.json").exists()
