"""contract/scenarios: that they are well-formed, that what their scripts answer is the contract's, and that they cover what they are to."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from support.contract import CONTRACT, PATHS, mistakes, resolve
from support.machine import ROOT

FOLDER = ROOT / "contract" / "scenarios"
SCHEMA = json.loads((FOLDER / "scenario.schema.json").read_text())
README = (FOLDER / "README.md").read_text()
PROBLEMS = yaml.safe_load((ROOT / "contract" / "problems.yaml").read_text())["problems"]
FILES = sorted(set(FOLDER.glob("*.json")) - {FOLDER / "scenario.schema.json"})
ALL = [scenario for file in FILES for scenario in json.loads(file.read_text())]
MATCHERS = {"$any", "$absent", "$string", "$number", "$contains", "$matches", "$id", "$time"}

# The request that an operation sends, where `expect.requests` does not say it.
REQUESTS = {
    "run": "POST /api/v1/inferences",
    "stream": "POST /api/v1/inferences",
    "session": "POST /api/v1/inferences",
    "health": "GET /health",
    "whoami": "GET /api/v1/whoami",
    "inferences.get": "GET /api/v1/inferences/id",
    "telemetry.list": "GET /api/v1/telemetry",
    "telemetry.summary": "GET /api/v1/telemetry/summary",
    "telemetry.stream": "GET /api/v1/telemetry/stream",
    "telemetry.export": "GET /api/v1/telemetry/export",
    "events.stream": "GET /api/v1/events/stream",
    "prompts.list": "GET /api/v1/prompts",
    "prompts.get": "GET /api/v1/prompts/name",
    "prompts.versions": "GET /api/v1/prompts/name/versions",
    "prompts.load": "GET /api/v1/prompts/name/versions/label",
    "prompts.set_label": "PUT /api/v1/prompts/name/labels/label",
    "tokens.list": "GET /api/v1/tokens",
    "tokens.add": "POST /api/v1/tokens",
    "providers.list": "GET /api/v1/providers",
    "aliases.list": "GET /api/v1/aliases",
    "budgets.list": "GET /api/v1/budgets",
    "budgets.create": "POST /api/v1/budgets",
    "budgets.get": "GET /api/v1/budgets/id",
    "budgets.delete": "DELETE /api/v1/budgets/id",
    "api_keys.list": "GET /api/v1/api-keys",
    "workspaces.list": "GET /api/v1/workspaces",
}


def words(node: Any) -> Iterator[str]:
    """Every text in it."""
    if isinstance(node, str):
        yield node
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from words(each)


def steps() -> Iterator[tuple[dict[str, Any], int, dict[str, Any]]]:
    for scenario in ALL:
        for number, step in enumerate(scenario["script"]):
            yield scenario, number, step


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_scenario_is_one(file):
    validator = Draft202012Validator(SCHEMA)
    wrong = [
        f"{scenario.get('name')}: {error.json_path}: {error.message}"
        for scenario in json.loads(file.read_text())
        for error in validator.iter_errors(scenario)
    ]
    assert not wrong


def test_names_are_unique():
    names = [scenario["name"] for scenario in ALL]
    assert sorted(names) == sorted(set(names))


def test_matchers_exist():
    used = {
        word.partition(":")[0]
        for scenario in ALL
        for word in words(scenario["expect"])
        if word.startswith("$")
    }
    assert used == MATCHERS


def test_numbers_survive_every_json_parser():
    """A double holds each of them, so that a runner that reads and writes the scenario changes nothing."""
    for file in FILES:
        numbers: list[str] = []
        json.loads(file.read_text(), parse_int=numbers.append, parse_float=numbers.append)
        for number in numbers:
            assert Decimal(number) == Decimal(repr(float(number))), f"{file.name}: {number}"


# ── what the scripts answer ────────────────────────────────────────────────────────────


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_scripts_answer_as_the_contract_does(file):
    names = {scenario["name"] for scenario in json.loads(file.read_text())}
    wrong = []
    for scenario, number, step in steps():
        if scenario["name"] in names and "connection" not in step and "off_contract" not in step:
            found = against_the_contract(operation(scenario, number), step)
            wrong += [f"{scenario['name']}, step {number + 1}: {each}" for each in found]
    assert not wrong


def operation(scenario: dict[str, Any], number: int) -> dict[str, Any]:
    """What the contract says of the request that a step answers."""
    expected = dict(enumerate(scenario["expect"].get("requests", ()))).get(number, {})
    if "method" in expected and "path" in expected:
        method, path = expected["method"], expected["path"]
    else:
        method, path = REQUESTS[scenario["operation"]].split(" ")
    path = path.removeprefix(scenario.get("client", {}).get("base_path", ""))
    item = next(item for pattern, _, item in PATHS if pattern.fullmatch(path))
    return item[method.lower()]


def against_the_contract(called: dict[str, Any], step: dict[str, Any]) -> list[str]:
    described = called["responses"].get(str(step["status"]))
    if described is None:
        return [f"the contract has no {step['status']} there"]
    described = resolve(described)
    content = described.get("content")
    if content is None:
        return [] if not {"body", "text", "inference", "stream", "sse", "problem"} & step.keys() else ["it has no body"]
    media = media_type(step)
    if media not in content:
        return [f"its content type is {media}, none of {list(content)}"]
    if "sse" in step or "stream" in step:
        return events(content[media]["x-sse-events"], step)
    if "x-lines" in content[media]:
        lines = [line for line in step["text"].splitlines() if line.endswith("}")]
        return [each for line in lines for each in mistakes(content[media]["x-lines"], exact(line))]
    value = body(step)
    found = mistakes(content[media]["schema"], value)
    if "problem" in step and value["code"] not in described["x-codes"]:
        found.append(f"{value['code']} is none of {described['x-codes']}")
    return found


def media_type(step: dict[str, Any]) -> str:
    own = "text/event-stream" if {"sse", "stream"} & step.keys() else "application/json"
    own = "application/problem+json" if "problem" in step else own
    return step.get("headers", {}).get("content-type", own).partition(";")[0].lower()


def exact(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def body(step: dict[str, Any]) -> Any:
    if "problem" in step:
        given = {"type": "about:blank", "title": "It did not work", "status": step["status"]}
        return {**given, "detail": "It did not work.", "request_id": "req_1", **step["problem"]}
    if "inference" in step:
        return answer(step["inference"])
    if media_type(step) == "text/plain":
        return step["text"]
    return exact(step["text"]) if "text" in step else step["body"]


def answer(overrides: dict[str, Any]) -> dict[str, Any]:
    return {**deepcopy(CONTRACT["components"]["schemas"]["Answer"]["example"]), **overrides}


def events(known: dict[str, Any], step: dict[str, Any]) -> list[str]:
    if "stream" in step:
        return mistakes(known["completed"], answer(step["stream"].get("inference", {})))
    found = []
    for event in step["sse"]:
        if "data" not in event:
            continue
        if event["event"] not in known:
            found.append(f"the contract has no event {event['event']} there")
        else:
            found += mistakes(known[event["event"]], event["data"])
    return found


def test_webhooks_that_are_unwrapped_are_the_contracts():
    for scenario in ALL:
        if scenario["operation"] == "webhooks.unwrap" and "result" in scenario["expect"]:
            event = json.loads(scenario["arguments"]["body"])
            assert not mistakes({"$ref": "#/components/schemas/Event"}, event), scenario["name"]


# ── what they cover ────────────────────────────────────────────────────────────────────


def test_they_are_many():
    assert len(ALL) >= 120
    assert len([scenario for scenario in ALL if scenario.get("real")]) >= 25


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem["code"])
def test_every_code_has_a_scenario(problem):
    """By its class and status, and as a problem that the script answers, or an event that it sends."""
    expected = [scenario["expect"].get("error", {}) for scenario in ALL]
    wanted = (problem["exception"], problem["status"], problem["code"])
    assert wanted in [(each.get("class"), each.get("status"), each.get("code")) for each in expected]


def test_every_request_of_the_contract_is_sent_in_one():
    sent = set()
    for scenario in ALL:
        for number in range(max(len(scenario["script"]), len(scenario["expect"].get("requests", ())))):
            if scenario["operation"] != "webhooks.unwrap":
                sent.add(operation(scenario, number)["operationId"])
    served = {
        called["operationId"]
        for _, path, item in PATHS
        for method, called in item.items()
        if method in ("get", "put", "post", "delete") and path.startswith("/api/")
    }
    # Cancelling takes no step of a script; "cancel-by-id", "cancel-by-key" and what leaves a stream send it.
    assert served - sent == {"cancelInference", "cancelInferenceByKey"}


def test_every_operation_is_described_and_has_a_scenario():
    table = README.partition("### Operations")[2].partition("###")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    described = {name for row in rows for name in re.findall(r"`([a-z_.]+)`", row)}
    assert {scenario["operation"] for scenario in ALL} == described


def test_all_that_a_scenario_can_say_is_said_in_one():
    """A field of the format that none uses is a feature of every runner that nobody has seen work."""
    used = {"scenario": set(), "call": set(), "client": set(), "expect": set(), "step": set()}
    for scenario in ALL:
        used["scenario"] |= scenario.keys()
        for part in ("call", "client", "expect"):
            used[part] |= scenario.get(part, {}).keys()
        for step in scenario["script"]:
            used["step"] |= step.keys()
    fields = SCHEMA["properties"]
    answers = SCHEMA["$defs"]["step"]["else"]["properties"].keys()
    assert used["scenario"] == fields.keys()
    assert used["call"] == fields["call"]["properties"].keys()
    assert used["client"] == fields["client"]["properties"].keys()
    assert used["expect"] == fields["expect"]["properties"].keys()
    assert used["step"] == answers | {"connection"}


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
def test_the_retry_matrix_is_whole(status):
    """A call that reads and one that may cost, for each status that passes."""
    for reads in (True, False):
        first = [
            scenario["name"]
            for scenario in ALL
            if len(scenario["script"]) > 1
            and scenario["script"][0].get("status") == status
            and (scenario["operation"] in ("run", "stream")) is not reads
            and "attempts" in scenario["expect"]
        ]
        assert first, f"{status}, {'reads' if reads else 'costs'}"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("connection", {"reset", "close", "hang"}),
        ("cut", {"reset", "close", "hang"}),
        ("framing", {"length", "chunked", "close"}),
        ("newline", {"\r\n", "\r"}),
    ],
)
def test_every_fault_is_used(field, values):
    assert {step[field] for _, _, step in steps() if field in step} == values


def test_who_does_nothing_passes_none(emulator):
    """The fault server takes each of them, and none is content with a client that does not even call."""

    def passes(scenario: dict[str, Any]) -> bool:
        opened = emulator.http.post("/_conformance/plays", json=scenario)
        assert opened.status_code == 201, f"{scenario['name']}: {opened.text}"
        play = f"/_conformance/plays/{opened.json()['id']}"
        return emulator.http.post(f"{play}/verdict", json={}).json()["passed"]

    with ThreadPoolExecutor(32) as pool:
        passed = list(pool.map(passes, ALL))
    assert [each["name"] for each, did in zip(ALL, passed, strict=True) if did] == []
