"""`@aistrale/sdk/testing` as its users have it: packed, in a fresh project, under the runners they use, beside Python's."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from support.api import Api
from support.emulator import TOKENS
from support.machine import ROOT, Machine
from support.python_sdk import python_with_sdk
from support.server import serving
from support.typescript_sdk import modules_with_sdk

OPERATOR = "ais_e2e_operator_of_the_cassettes_0123456789"
AWAY = "http://127.0.0.1:9"

USERS = """
let ai;
beforeEach(async () => {
  ai = await emulator();
});
afterEach(() => ai.stop());

test("a real server answers", async () => {
  await ai.script({ text: "Good morning, Ada!" });
  equal(String(await run("Greet Ada.")), "Good morning, Ada!");
  const [asked] = await ai.requests();
  equal(asked.body.messages.at(-1).content, "Greet Ada.");
  equal(process.env.AISTRALE_API_KEY, ai.apiKey);
});

test("each test has a workspace of its own, and what fails does", async () => {
  equal((await ai.client().telemetry.list().all()).length, 0);
  await ai.script({ status: 401, times: 10 });
  const error = await ai.client({ maxRetries: 0 }).run("Hello").catch((why) => why);
  equal(error.code, "provider_authentication_failed");
  const odd = await ai.script({ oddly: 1 }).catch((why) => why);
  equal(odd.name, "TypeError");
});

test("two at once are stopped in any order", async () => {
  const mine = process.env.AISTRALE_API_KEY;
  const [first, second] = [await emulator(), await emulator()];
  equal(process.env.AISTRALE_API_KEY, second.apiKey);
  await first.stop();
  equal(process.env.AISTRALE_API_KEY, second.apiKey);
  await second.stop();
  equal(process.env.AISTRALE_API_KEY, mine);
});

test("a cassette is recorded, and played without the server", async () => {
  const path = `${process.cwd()}/cassettes/${process.env.RUNNER}.json`;
  const ask = (url) => cassette(path, async () => String(await new Aistrale({ apiUrl: url, apiKey: ai.apiKey }).run("say: once")));
  equal(await ask(ai.url), "once");
  equal(await ask("http://127.0.0.1:9"), "once");
});
"""

FROM = {
    "import": 'import { Aistrale, run } from "@aistrale/sdk";\n'
    'import { cassette, emulator } from "@aistrale/sdk/testing";\n',
    "require": 'const { Aistrale, run } = require("@aistrale/sdk");\n'
    'const { cassette, emulator } = require("@aistrale/sdk/testing");\n',
}

RUNNERS = {
    "node:test, ESM": (
        "users.mjs",
        'import { afterEach, beforeEach, test } from "node:test";\nimport { equal } from "node:assert/strict";\n'
        + FROM["import"],
        ["node", "--test", "--test-reporter=tap", "users.mjs"],
        "# pass 4",
    ),
    "node:test, CommonJS": (
        "users.cjs",
        'const { afterEach, beforeEach, test } = require("node:test");\nconst { equal } = require("node:assert/strict");\n'
        + FROM["require"],
        ["node", "--test", "--test-reporter=tap", "users.cjs"],
        "# pass 4",
    ),
    "vitest": (
        "users.test.ts",
        'import { afterEach, beforeEach, expect, test } from "vitest";\n'
        "const equal = (is: unknown, wanted: unknown) => expect(is).toBe(wanted);\n"
        + FROM["import"],
        ["vitest", "run", "--testTimeout=60000", "--hookTimeout=60000"],
        "4 passed",
    ),
    "jest": (
        "users.test.js",
        "jest.setTimeout(60000);\nconst equal = (is, wanted) => expect(is).toBe(wanted);\n"
        + FROM["require"],
        ["jest", "--ci", "--detectOpenHandles"],
        "4 passed",
    ),
}


LONG = ("node:test, CommonJS", "jest")
"""With --torture only: each starts a server, and Jest is an installation of its own."""


@pytest.fixture(scope="module")
def modules():
    return modules_with_sdk(ROOT / "docs" / "typescript" / "package.json")


def environment(folder: Path, modules: Path, **more: str) -> dict[str, str]:
    """What a machine of a user's has, and a folder for temporary files that is looked into afterwards."""
    (folder / "tmp").mkdir()
    (folder / "node_modules").symlink_to(modules)
    return {
        "HOME": str(folder),
        "PATH": f"{modules / '.bin'}:{os.environ['PATH']}",
        "TMPDIR": str(folder / "tmp"),
        "AISTRALE_COMMAND": str(ROOT / "aistrale"),
        **({"JAVA_HOME": os.environ["JAVA_HOME"]} if "JAVA_HOME" in os.environ else {}),
        **more,
    }


def nothing_is_left_of(folder: Path) -> None:
    """The processes name the folder in their command lines or environments; both end by themselves, soon."""
    for _ in range(150):
        left = [path.name for path in (folder / "tmp").glob("aistrale-tests-*")]
        running = running_in(folder)
        if not left and not running:
            return
        time.sleep(0.1)
    raise AssertionError(f"left: {left}, {running}")


def running_in(folder: Path) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"{folder}/tmp/aistrale-tests-".encode() in (process / "environ").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("runner", RUNNERS)
def test_the_runners_that_users_have(runner, tmp_path, modules, request):
    if runner in LONG and not request.config.getoption("--torture"):
        pytest.skip("with --torture: it starts one more server")
    if runner == "jest":
        modules = modules_with_sdk(ROOT / "e2e" / "support" / "typescript_runners.json")
    file, head, command, said = RUNNERS[runner]
    (tmp_path / file).write_text(head + USERS)
    (tmp_path / "package.json").write_text('{"private": true}')
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment(tmp_path, modules, RUNNER=file),
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert said in done.stdout + done.stderr, done.stdout + done.stderr
    assert "open handle" not in done.stdout + done.stderr
    recorded = json.loads((tmp_path / "cassettes" / f"{file}.json").read_text())
    assert [each["response"]["body"]["text"] for each in recorded["interactions"]] == ["once"]
    nothing_is_left_of(tmp_path)


KILLED = """
import { emulator } from "@aistrale/sdk/testing";
const ai = await emulator();
console.log(ai.url);
setInterval(() => {}, 1000);
"""


def test_tests_that_are_killed_leave_nothing(tmp_path, modules):
    (tmp_path / "killed.mjs").write_text(KILLED)
    tests = subprocess.Popen(
        ["node", "killed.mjs"],
        cwd=tmp_path,
        env=environment(tmp_path, modules),
        stdout=subprocess.PIPE,
        text=True,
    )
    with tests:
        try:
            assert tests.stdout.readline().startswith("http://127.0.0.1:")
            assert len(running_in(tmp_path)) >= 4
        finally:
            tests.send_signal(signal.SIGKILL)
    nothing_is_left_of(tmp_path)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("/no/such/aistrale", "AISTRALE_COMMAND=/no/such/aistrale names no program"),
        ("", "there is no `aistrale` command"),
        ("sh -c 'echo it is broken; exit 3'", "ended with 3; it said:\nit is broken"),
    ],
)
def test_no_server_can_be_started(command, said, tmp_path, modules):
    (tmp_path / "none.mjs").write_text(KILLED)
    settings = environment(tmp_path, modules, AISTRALE_COMMAND=command)
    if not command:
        node = subprocess.run(["which", "node"], capture_output=True, text=True, check=True)
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "node").symlink_to(node.stdout.strip())
        settings["PATH"] = str(tmp_path / "bin")
    done = subprocess.run(
        ["node", "none.mjs"], cwd=tmp_path, env=settings, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert "EmulatorError" in done.stderr
    nothing_is_left_of(tmp_path)


TYPESCRIPT = """
import { Aistrale, AistraleError } from "@aistrale/sdk";
import { cassette } from "@aistrale/sdk/testing";

const [path, apiUrl, apiKey, token] = process.argv.slice(2);
const said = await cassette(path, async (tape) => {
  const client = new Aistrale({ apiUrl, ...(apiKey && { apiKey }) });
  const model = "openai/gpt-4o";
  const said = [(await client.run("say: Grüße", { model, temperature: 1, seed: 9007199254740993n, metadata: { a: "b" } })).text];
  const texts = [];
  for await (const each of client.stream("say: eins, zwei und 世界", { model })) if (each.type === "text") texts.push(each.text);
  said.push(texts.join(""));
  said.push(await client.run("Hello", { model: "openai/there-is-none", maxRetries: 0 }).catch((why) => [why instanceof AistraleError, why.status, why.code]));
  said.push((await client.apiKeys.create("ci", { role: "member" })).name);
  said.push((await client.tokens.add("groq", token, { name: "the team's" })).name);
  said.push((await client.telemetry.list({ q: "zwei und", last: "1h", limit: 5 }).all()).length);
  said.push((await client.run("say: once more", { model, maxRetries: 0, timeoutMs: 60000 })).text);
  if (tape.unplayed.length) throw new Error(JSON.stringify(tape.unplayed));
  return said;
});
console.log(JSON.stringify(said));
"""

PYTHON = """
import json, sys
import aistrale
from aistrale.testing import cassette

path, url, key, token = sys.argv[1:]
with cassette(path) as tape, aistrale.Aistrale(api_url=url, api_key=key or None) as client:
    model = "openai/gpt-4o"
    said = [client.run("say: Grüße", model=model, temperature=1, seed=9007199254740993, metadata={"a": "b"}).text]
    with client.stream("say: eins, zwei und 世界", model=model) as stream:
        said.append("".join(stream.text_deltas()))
    try:
        client.run("Hello", model="openai/there-is-none", max_retries=0)
    except aistrale.APIStatusError as error:
        said.append([isinstance(error, aistrale.AistraleError), error.status, error.code])
    said.append(client.api_keys.create("ci", role="member").name)
    said.append(client.tokens.add("groq", token, name="the team's").name)
    said.append(len(list(client.telemetry.list(q="zwei und", last="1h", limit=5))))
    said.append(client.run("say: once more", model=model, max_retries=0, timeout=60).text)
    assert tape.unplayed == []
print(json.dumps(said))
"""


def test_what_one_language_records_the_other_plays(tmp_path, emulator, modules):
    python = python_with_sdk(ROOT / "docs" / "python" / "requirements.txt")
    (tmp_path / "node_modules").symlink_to(modules)
    (tmp_path / "program.mjs").write_text(TYPESCRIPT)
    (tmp_path / "program.py").write_text(PYTHON)
    programs = {"typescript": ["node", "program.mjs"], "python": [str(python), "program.py"]}
    machine = Machine(tmp_path / "server", **emulator.settings())
    (tmp_path / "server").mkdir(exist_ok=True)

    def said(language: str, tape: Path, url: str, key: str, token: str) -> list:
        done = subprocess.run(
            [*programs[language], str(tape), url, key, token],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{language}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout)

    tapes, live, secrets = {}, {}, []
    with serving(machine, AISTRALE_ADMIN_KEY=OPERATOR):
        operator = Api(machine.url, OPERATOR)
        for language in programs:
            workspace = operator.post("/api/v1/workspaces", {"name": language}).json()["id"]
            operator.http.headers["x-aistrale-workspace"] = workspace
            operator.add_token("openai", TOKENS["openai"])
            made = {"name": "the tests", "role": "admin"}
            key = operator.post("/api/v1/api-keys", made).json()["key"]
            secrets += [key, TOKENS["groq"]]
            tapes[language] = tmp_path / f"{language}.json"
            live[language] = said(language, tapes[language], machine.url, key, TOKENS["groq"])
            del operator.http.headers["x-aistrale-workspace"]
    assert live["typescript"] == live["python"]
    assert live["typescript"][:2] == ["Grüße", "eins, zwei und 世界"]
    other = {"typescript": "python", "python": "typescript"}
    for language, tape in tapes.items():
        text = tape.read_text()
        assert not any(secret in text for secret in secrets)
        assert said(other[language], tape, AWAY, "", "gsk_another") == live[language]

    asked = {
        language: [each["request"] for each in json.loads(tape.read_text())["interactions"]]
        for language, tape in tapes.items()
    }
    assert [json.loads(each.pop("text")) for each in (a[0] for a in asked.values())][0]["seed"] == 2**53 + 1
    assert asked["typescript"] == asked["python"]
