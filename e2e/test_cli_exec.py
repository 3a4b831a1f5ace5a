"""`aistrale exec -- CMD`: other people's programs, unchanged, run in a terminal and out of it, and ask this server."""

import json
import os
import pty
import signal
import subprocess
import sys

import pytest

from support.api import Api
from support.emulator import TOKENS, echo
from support.machine import LAUNCHER, Machine
from support.programs import coding_agent, node_clients, openai_cli
from support.server import serving

SHOW = "import json, os; print(json.dumps(dict(os.environ)))"
NAMES = (
    *("OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_API_KEY"),
    *("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "AISTRALE_API_URL", "AISTRALE_API_KEY"),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory, emulator):
    """A machine whose server has tokens of OpenAI and Anthropic."""
    machine = Machine(tmp_path_factory.mktemp("exec"), **emulator.settings())
    with serving(machine):
        api = Api(machine.url, machine.api_key())
        for provider in ("openai", "anthropic"):
            api.add_token(provider, TOKENS[provider])
        yield machine


def python(machine, program: str, *arguments: str, **more: str):
    return machine.aistrale("exec", "--", sys.executable, "-c", program, *arguments, **more)


def test_the_program_finds_the_server_and_the_key(home):
    done = python(home, SHOW, ANTHROPIC_AUTH_TOKEN="somebody-elses", GROQ_API_KEY="gsk", LC_ALL="C")
    assert (done.returncode, done.stderr) == (0, "")
    seen = json.loads(done.stdout)
    key = home.api_key()
    assert {name: seen.get(name) for name in NAMES} == {
        "OPENAI_BASE_URL": f"{home.url}/v1",
        "OPENAI_API_BASE": f"{home.url}/v1",
        "OPENAI_API_KEY": key,
        "ANTHROPIC_BASE_URL": home.url,
        "ANTHROPIC_API_KEY": key,
        "AISTRALE_API_URL": home.url,
        "AISTRALE_API_KEY": key,
    }
    assert "ANTHROPIC_AUTH_TOKEN" not in seen
    assert (seen["GROQ_API_KEY"], seen["LC_ALL"]) == ("gsk", "C")
    assert "NO_PROXY" not in seen


def test_a_proxy_is_not_between_the_program_and_a_local_server(home):
    done = python(home, SHOW, HTTPS_PROXY="http://10.0.0.1:3128", no_proxy="intra.example")
    assert json.loads(done.stdout)["no_proxy"] == "intra.example,127.0.0.1"


def test_every_word_comes_as_it_was_typed(home):
    words = ["--help", "-h", "--", "@file", "a b", "it's", "", "$HOME", "é", "*", "--profile", "\\n"]
    done = python(home, "import sys, json; print(json.dumps(sys.argv[1:]))", *words)
    assert json.loads(done.stdout) == words


def test_global_options_stand_before_and_two_dashes_may_be_left_out(home):
    done = home.aistrale(
        "--profile", "default", "--debug", "exec", sys.executable, "-c", "print('here')"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "here\n", "")


def test_standard_input_is_the_programs(home):
    done = home.aistrale("exec", "--", "cat", stdin="all of it\n")
    assert (done.returncode, done.stdout) == (0, "all of it\n")


@pytest.mark.parametrize("code", [0, 1, 42, 130])
def test_the_exit_code_is_the_programs(home, code):
    done = home.aistrale("exec", "--", "sh", "-c", f"exit {code}")
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


def test_a_signal_reaches_the_program_itself(home):
    """What was started is the program by now: the same process, and nothing of ours beside it."""
    program = "import signal, sys, time\nprint('ready', flush=True)\ntime.sleep(60)"
    with subprocess.Popen(
        [LAUNCHER, "exec", "--", sys.executable, "-c", program],
        env=home.environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            assert running.stdout.readline() == "ready\n"
            with open(f"/proc/{running.pid}/cmdline") as line:
                assert line.read().split("\0")[0] == sys.executable
            running.send_signal(signal.SIGTERM)
            assert running.wait(10) == -signal.SIGTERM
        finally:
            running.kill()


def test_a_program_that_is_not_there_is_127_in_words(home):
    done = home.aistrale("exec", "--", "no-such-program", "x")
    assert (done.returncode, done.stdout) == (127, "")
    assert done.stderr == (
        "aistrale: There is no program no-such-program.\nIt is in no folder of PATH.\n"
    )


def test_a_file_that_is_no_program_is_126(home, tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("hello")
    done = home.aistrale("exec", "--", str(text))
    assert (done.returncode, done.stdout) == (126, "")
    assert "is not a program that can be run" in done.stderr


def test_without_a_command_it_says_what_is_missing(home):
    done = home.aistrale("exec")
    assert (done.returncode, done.stdout) == (2, "")
    assert "COMMAND" in done.stderr


def test_a_wrong_key_is_told_before_the_program_runs(home):
    done = home.aistrale("exec", "--", "echo", "ran", AISTRALE_API_KEY="ais_wrong")
    assert (done.returncode, done.stdout) == (3, "")
    assert "config set api_key" in done.stderr and "ais_wrong" not in done.stderr


def test_help_runs_nothing(home):
    done = home.aistrale("exec", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "aistrale [global options] exec -- COMMAND" in done.stdout
    assert home.aistrale("help", "exec").stdout == done.stdout


def test_a_local_server_is_started_and_stays(machine):
    done = python(machine, SHOW)
    assert done.returncode == 0, done.stderr
    assert f"No server at {machine.url}: starting one" in done.stderr
    assert json.loads(done.stdout)["OPENAI_API_KEY"] == machine.api_key()
    assert machine.aistrale("stop").returncode == 0


def test_a_program_on_a_terminal_has_it(home):
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(
            LAUNCHER,
            [
                str(LAUNCHER), "exec", "--", sys.executable, "-c",
                "import os, sys; print([os.isatty(n) for n in (0, 1, 2)], os.get_terminal_size().columns)",
            ],
            home.environment(TERM="xterm", COLUMNS=""),
        )  # fmt: skip
    said = b""
    try:
        while piece := os.read(terminal, 4096):
            said += piece
    except OSError:
        pass  # the other end is closed
    finally:
        os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert b"[True, True, True]" in said


# ── other people's programs ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_anthropic_client_in_a_program(home, mark):
    program = (
        "import anthropic, sys\n"
        "m = anthropic.Anthropic().messages.create(model='openai/gpt-4o', max_tokens=100,"
        " messages=[{'role': 'user', 'content': sys.argv[1]}])\n"
        "print(m.content[0].text)"
    )
    done = python(home, program, mark)
    assert (done.returncode, done.stdout) == (0, echo(mark, "gpt-4o") + "\n"), done.stderr


def test_the_openai_command_line(home, mark):
    done = home.aistrale(
        *("exec", "--", str(openai_cli()), "api", "chat.completions.create"),
        *("-m", "anthropic/claude-sonnet-4-5", "-g", "user", mark, "--stream"),
    )
    assert done.returncode == 0, done.stderr
    assert echo(mark, "claude-sonnet-4-5") in done.stdout


def test_llm(home, mark):
    llm = os.path.join(os.path.dirname(sys.executable), "llm")
    done = home.aistrale("exec", "--", llm, "-m", "gpt-4o", mark, LLM_USER_PATH=str(home.folder))
    assert (done.returncode, done.stdout.strip()) == (0, echo(mark, "gpt-4o")), done.stderr
    [record] = Api(home.url, home.api_key()).telemetry(limit=1)[:1]
    assert (record["provider"], record["status"], record["streamed"]) == ("openai", "completed", True)


NODE_PROGRAM = """
import Anthropic from "@anthropic-ai/sdk";
const tools = [{ name: "get_weather", input_schema: { type: "object", properties: { city: { type: "string" } } } }];
const messages = [{ role: "user", content: process.argv[2] + ' call get_weather {"city": "Paris"}' }];
const client = new Anthropic({ maxRetries: 0 });
for (const model of ["openai/gpt-4o", "anthropic/claude-sonnet-4-5"]) {
  const stream = client.messages.stream({ model, max_tokens: 500, tools, messages });
  const { content, stop_reason } = await stream.finalMessage();
  const call = content.find((block) => block.type == "tool_use");
  const result = { type: "tool_result", tool_use_id: call.id, content: "21" };
  const turns = [...messages, { role: "assistant", content }, { role: "user", content: [result] }];
  const answer = await client.messages.create({ model, max_tokens: 500, tools, messages: turns });
  console.log(JSON.stringify([stop_reason, call.input, answer.content[0].text, answer.usage.output_tokens > 0]));
}
try {
  await client.messages.create({ model: "openai/gpt-4o", max_tokens: 5, messages, container: "c1" });
} catch (error) {
  console.log(error.constructor.name, error.status, error.error.error.message.split(":")[0]);
}
"""


def test_the_anthropic_client_of_node_in_a_program(home, mark):
    program = node_clients() / f"{mark}.mjs"
    program.write_text(NODE_PROGRAM)
    try:
        done = home.aistrale("exec", "--", "node", str(program), mark)
    finally:
        program.unlink()
    assert (done.returncode, done.stderr) == (0, "")
    *answers, refusal = done.stdout.splitlines()
    expected = ["tool_use", {"city": "Paris"}, "The tool answered: 21", True]
    assert [json.loads(line) for line in answers] == [expected, expected]
    assert refusal == "BadRequestError 400 /container"


@pytest.mark.timeout(600)  # the first time it is installed
def test_a_coding_agent_reads_a_file_by_another_providers_model(home, mark):
    """It streams, offers some thirty tools, marks what may be cached, and thinks: all of it for a model of OpenAI's."""
    agent = coding_agent()
    (home.folder / "notes.txt").write_text(f"the word is {mark}")
    arguments = json.dumps({"file_path": str(home.folder / "notes.txt")})
    done = home.aistrale(
        *("exec", "--", str(agent), "--model", "openai/gpt-5-mini", "-p", f"call Read {arguments}"),
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1",
        DISABLE_AUTOUPDATER="1",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"The tool answered: 1\tthe word is {mark}" in done.stdout
    records = Api(home.url, home.api_key()).telemetry()[:2]
    assert {(record["provider"], record["model"], record["status"]) for record in records} == {
        ("openai", "gpt-5-mini", "completed")
    }
