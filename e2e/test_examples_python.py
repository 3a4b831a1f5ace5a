"""The examples in Python, installed and run as their READMEs say, and what happens when the browser leaves."""

import json
import re
import shutil
import subprocess
import time

import httpx2
import pytest
import yaml

from support import guide
from support.api import Api
from support.example import running
from support.machine import ROOT, Machine, free_port
from support.python_sdk import python_with_sdk
from support.wait import until

EXAMPLES = ROOT / "examples" / "python"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/README.md"))


@pytest.fixture
def copied(tmp_path, own_home, own_emulator):
    """A copy of an example on the machine of its user, with the interpreter that has what it requires."""
    own_emulator.http.delete("/_emulator").raise_for_status()

    def copy(name: str) -> tuple[Machine, "object"]:
        machine = Machine(
            tmp_path, AISTRALE_API_URL=own_home.url, AISTRALE_API_KEY=own_home.api_key()
        )
        shutil.copytree(EXAMPLES / name, tmp_path, dirs_exist_ok=True)
        return machine, python_with_sdk(EXAMPLES / name / "requirements.txt")

    return copy


@pytest.mark.parametrize("name", NAMES)
def test_the_example_does_what_its_readme_shows(name, copied, own_home, own_emulator):
    machine, python = copied(name)
    port = free_port()
    guide.run(
        f"../examples/python/{name}/README.md",
        machine,
        own_emulator,
        instead={
            guide.USUAL: own_home.url,
            "127.0.0.1:8000": f"127.0.0.1:{port}",
            "--port 8000": f"--port {port}",
        },
        python=python,
        api_key=own_home.api_key(),
    )


@pytest.fixture
def service(copied):
    """The FastAPI service, running."""
    machine, python = copied("fastapi-streaming")
    port = free_port()
    command = [python.parent / "uvicorn", "service:app", "--port", str(port)]
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as http:

        def is_up(_: str) -> bool:
            try:
                return http.get("/").status_code == 200
            except httpx2.TransportError:
                return False

        with running(machine, command, is_up) as log:
            yield http
    assert "Traceback" not in log.read_text(), log.read_text()


def asked(service, text="write 500 words"):
    return service.stream("POST", "/ask", json={"text": text})


def statuses(own_home, **query):
    api = Api(own_home.url, own_home.api_key())
    return [record["status"] for record in api.telemetry(**{"metadata.app": "ask", **query})]


def test_the_inference_ends_when_the_browser_leaves(service, own_home, own_emulator):
    """While words come, and while the model is silent: within a second or so, and with none of them."""
    before = len(statuses(own_home))
    for behaviour in ({"drip_ms": 100}, {"hang_after_chunks": 3}):
        own_emulator.script("openai", behaviour)
        with asked(service) as response:
            lines = response.iter_lines()
            assert [next(lines) for _ in range(2)][0] == "event: text"
            left = time.monotonic()
        until("its end", lambda: "running" not in statuses(own_home), seconds=5)
        assert time.monotonic() - left < 4
    assert statuses(own_home)[: len(statuses(own_home)) - before] == ["cancelled", "cancelled"]


def test_a_question_that_is_none_is_refused_before_anything_is_asked(service, own_home):
    before = len(statuses(own_home))
    assert service.post("/ask", json={"text": ""}).status_code == 422
    assert len(statuses(own_home)) == before


def test_the_browser_never_sees_what_the_provider_said(service, own_emulator):
    own_emulator.script("openai", {"status": 401, "times": 10})
    answer = service.post("/ask", json={"text": "Hello"})
    own_emulator.forget_scripts()
    assert (answer.status_code, answer.json()) == (
        502,
        {"error": "The answer cannot be given. Please try again later."},
    )


ASKING = """
import { ask } from "%s";
const got = [];
const stop = new AbortController();
const url = "%s/ask";
const pieces = (text) => { got.push(text); if (got.length === 5) stop.abort(); };
try { console.log(JSON.stringify(await ask("say: It is nine.", (text) => got.push(text), stop.signal, url))); }
catch (error) { console.log("first", error.message); }
console.log(got.splice(0).join(""));
try { await ask("fail", (text) => got.push(text), stop.signal, url); } catch (error) { console.log(error.message); }
console.log(got.splice(0).join(""));
try { await ask("write 500 words", pieces, stop.signal, url); } catch (error) { console.log(error.name); }
"""


def test_the_script_of_the_page(service, own_home, own_emulator):
    if shutil.which("node") is None:
        pytest.fail("node is not on this machine: `make setup` installs it, or says how")
    own_emulator.script(
        "openai",
        {"containing": "fail", "text": "One two three four", "error_after_chunks": 3},
        {"containing": "500 words", "drip_ms": 50},
    )
    page = service.get("/").text
    assert 'import { ask } from "/ask.js"' in page
    assert service.get("/ask.js").headers["content-type"].startswith("text/javascript")
    url = str(service.base_url).rstrip("/")
    done = subprocess.run(
        [
            "node",
            "--input-type=module",
            "-e",
            ASKING % (EXAMPLES / "fastapi-streaming/ask.js", url),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    finished, said, failed, kept, aborted = done.stdout.splitlines()
    assert set(json.loads(finished)) == {"id", "whole"} and json.loads(finished)["whole"]
    assert said == "It is nine."
    assert failed == "The answer cannot be given. Please try again later."
    assert kept.startswith("One")
    assert aborted == "AbortError"


def test_what_the_model_is_shown_has_its_file_and_line(copied, own_emulator):
    machine, python = copied("rag-citations")
    done = subprocess.run(
        [python, "answer.py", "When do you need a doctor's note?"],
        cwd=machine.folder,
        env=machine.environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    shown = json.loads(own_emulator.requests("doctor")[-1]["body"])["messages"]
    assert shown[-1]["content"].startswith(
        "[1] handbook/leave.md:12\nIllness: Tell your lead in the morning"
    )
    assert shown[-1]["content"].endswith("Question: When do you need a doctor's note?")
    lines = (EXAMPLES / "rag-citations/handbook/leave.md").read_text().splitlines()
    assert lines[12 - 1].startswith("Tell your lead in the morning")
    # The emulator repeats its question, whose numbers count as citations.
    assert done.stdout.splitlines()[-2:] == ["[1] handbook/leave.md:12", "[2] handbook/travel.md:5"]


def test_the_steps_of_the_workflow(copied):
    """Each `run` of the file, as a runner does it: the next only after success, unless it says always()."""
    machine, python = copied("ci-budget")
    (job,) = yaml.safe_load((EXAMPLES / "ci-budget/workflow.yml").read_text())["jobs"].values()
    assert set(job["env"]) == {"AISTRALE_API_URL", "AISTRALE_API_KEY", "CI_RUN"}
    page = machine.folder / "page.md"
    for limit, wanted in (("0.50", [0, 0, 0]), ("0.0002", [0, 0, 1]), ("0.0000001", [0, 1, 0])):
        page.unlink(missing_ok=True)
        codes: list[int] = []
        for step in job["steps"]:
            command = step.get("run", "")
            if not command or command.startswith("pip install"):
                continue  # done by the fixture
            if any(codes) and step.get("if") != "always()":
                continue
            done = subprocess.run(
                ["sh", "-ec", re.sub(r"0\.50", limit, command)],
                cwd=machine.folder,
                env=machine.environment(
                    PATH=f"{python.parent}:/usr/bin:/bin",
                    CI_RUN=f"run-{limit}",
                    MAX_OUTPUT_TOKENS="15",
                    GITHUB_STEP_SUMMARY=str(page),
                ),
                capture_output=True,
                text=True,
                timeout=60,
            )
            codes.append(done.returncode)
        assert codes == wanted, done
        assert page.read_text().startswith(f"### CI run run-{limit}: $")
