"""Who gives a stream up before the server has named its inference pays nothing for it: the SDKs cancel by the key."""

import os
import signal
import subprocess
import sys
import threading
import uuid

import pytest
from support import processes
from support.api import Api, check_problem
from support.machine import ROOT
from support.nodes import workspace
from support.streams import read
from support.typescript_sdk import modules_with_sdk
from support.wait import until

NATIVE, CANCEL = "/api/v1/inferences", "/api/v1/inferences/cancel"
MODEL = "openai/gpt-4o"
LATE = {"delay_ms": 3000}  # so long nothing comes, and the server's head comes with the first event

PYTHON = """
import os, aistrale
with aistrale.Aistrale() as client:
    with client.stream("Hello " + os.environ["MARK"], model="openai/gpt-4o", timeout=float(os.environ["TIMEOUT"])) as stream:
        try:
            stream.final()
        except aistrale.APITimeoutError:
            print("timed out", stream.inference_id)
"""
PYTHON_ASYNC = """
import asyncio, os, aistrale
async def main():
    async with aistrale.AsyncAistrale() as client:
        stream = client.stream("Hello " + os.environ["MARK"], model="openai/gpt-4o", timeout=float(os.environ["TIMEOUT"]))
        try:
            await stream.final()
        except aistrale.APITimeoutError:
            print("timed out", stream.inference_id)
asyncio.run(main())
"""
TYPESCRIPT = """
import { Aistrale, APITimeoutError } from "@aistrale/sdk";
const { MARK, TIMEOUT } = process.env;
const stream = new Aistrale().stream("Hello " + MARK, { model: "openai/gpt-4o", timeoutMs: TIMEOUT * 1000 });
try {
  await stream.final();
} catch (why) {
  if (!(why instanceof APITimeoutError)) throw why;
  console.log("timed out", stream.inferenceId);
}
"""
JAVA = """
import com.aistrale.*;
import java.time.Duration;
void main() {
    var timeout = Duration.ofMillis((long) (1000 * Double.parseDouble(System.getenv("TIMEOUT"))));
    try {
        var options = RunOptions.builder().model("openai/gpt-4o").timeout(timeout).build();
        Aistrale.builder().build().run("Hello " + System.getenv("MARK"), options);
    } catch (ApiTimeoutException why) {
        IO.println("timed out null");
    }
}
"""


def command(sdk: str, folder) -> tuple[list[str], dict[str, str]]:
    """How to run the SDK's program, written into the folder, and the environment that it needs."""
    if sdk == "typescript":
        (folder / "program.mjs").write_text(TYPESCRIPT)
        (folder / "node_modules").symlink_to(modules_with_sdk())
        return ["node", "program.mjs"], {}
    if sdk == "java":
        (folder / "Program.java").write_text(JAVA)
        home = subprocess.run([ROOT / "tools" / "java-home"], capture_output=True, text=True, check=True)
        jars = ROOT / "cli" / "target" / "lib"  # the SDK, and what it needs
        return [f"{home.stdout.strip()}/bin/java", "-cp", f"{jars}/*", "Program.java"], {}
    program = {"python": PYTHON, "python-async": PYTHON_ASYNC}[sdk]
    return [sys.executable, "-c", program], {"PYTHONPATH": str(ROOT / "sdk" / "python" / "src")}


@pytest.fixture
def started(own_home, mark, tmp_path):
    """Starts the SDK's program, which waits so many seconds for its answer."""
    programs = []

    def start(sdk: str, timeout: float) -> subprocess.Popen[str]:
        line, more = command(sdk, tmp_path)
        environment = own_home.environment(
            MARK=mark, TIMEOUT=str(timeout), AISTRALE_API_KEY=own_home.api_key(), **more
        )
        program = subprocess.Popen(
            line,
            env=environment,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=processes.end_with_the_tests,
        )
        programs.append(program)
        return program

    yield start
    for program in programs:
        program.kill()
        program.communicate()


def check_cancelled(api: Api) -> None:
    record = api.newest()
    until("its end", lambda: api.record(record["id"])["status"] != "running")
    record = api.record(record["id"])
    assert (record["status"], record["error"]["code"]) == ("cancelled", "cancelled")
    assert (record["usage"], record["cost_usd"]) == (None, None)
    assert record["latency_ms"] < LATE["delay_ms"]


@pytest.mark.parametrize("sdk", ["python", "python-async", "typescript", "java"])
def test_a_stream_out_of_time_before_its_first_event_costs_nothing(
    own_home, scripted, started, mark, sdk
):
    scripted.script("openai", LATE)
    program = started(sdk, 1)
    said, wrong = program.communicate(timeout=60)
    assert (program.returncode, said.split()[:2]) == (0, ["timed", "out"]), wrong
    assert said.split()[2] in ("None", "null")
    assert scripted.request(mark)
    check_cancelled(Api(own_home.url, own_home.api_key()))


@pytest.mark.parametrize("sdk", ["python", "python-async"])
def test_ctrl_c_before_the_first_event_costs_nothing(own_home, scripted, started, mark, sdk):
    scripted.script("openai", LATE)
    program = started(sdk, 30)
    scripted.wait_for(mark)
    os.kill(program.pid, signal.SIGINT)
    said, wrong = program.communicate(timeout=20)
    assert (said, wrong.rstrip().splitlines()[-1]) == ("", "KeyboardInterrupt")
    check_cancelled(Api(own_home.url, own_home.api_key()))


def test_it_is_cancelled_by_its_key_from_another_node(nodes, scripted, mark):
    mine = workspace(nodes.one, "openai")
    one, two = mine.on(nodes.one), mine.on(nodes.two)
    scripted.script("openai", LATE)
    key = {"idempotency-key": uuid.uuid4().hex}
    body = {"model": MODEL, "prompt": f"Hello {mark}", "stream": True, "resumable": True}
    answers = []
    reading = threading.Thread(target=lambda: answers.append(read(one, NATIVE, body, key)))
    reading.start()
    scripted.wait_for(mark)
    cancelled = two.post(CANCEL, headers=key)
    assert cancelled.status_code == 200, cancelled.text
    assert cancelled.json()["status"] in ("running", "cancelled")
    reading.join(20)
    assert answers[0].status == 409
    check_cancelled(two)
    for api in (one, two):
        check_problem(api.post(NATIVE, body, headers=key), 409, "cancelled")
    assert scripted.request(mark)


def test_a_cancel_that_overtakes_its_request_has_it_not_run_on_any_node(nodes, scripted, mark):
    mine = workspace(nodes.one, "openai")
    one, two = mine.on(nodes.one), mine.on(nodes.two)
    key = {"idempotency-key": uuid.uuid4().hex}
    check_problem(two.post(CANCEL, headers=key), 404, "not_found")
    for api in (one, two):
        answer = api.post(NATIVE, {"model": MODEL, "prompt": f"Hello {mark}"}, headers=key)
        check_problem(answer, 409, "cancelled")
    assert one.telemetry() == []
    assert scripted.requests(mark) == []
