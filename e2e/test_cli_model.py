"""The command line with a provider: tokens, answers, streams at a terminal, telemetry, exit codes of failures."""

import json
import signal

import pytest

from support.api import Api
from support.emulator import TOKENS, echo
from support.machine import ROOT
from support.server import serving
from support.terminal import Terminal
from support.wait import until

TOKEN = TOKENS["openai"]
GPT = ("--model", "openai/gpt-4o")


@pytest.fixture
def server(machine, emulator):
    with serving(machine, **emulator.settings("openai")) as server:
        yield server


@pytest.fixture
def shared(gateway):
    """The machine of the server that has tokens of all five providers."""
    return gateway.machine


def check_only_token_is(machine, last_four: str) -> None:
    [token] = Api(machine.url, machine.api_key()).get("/api/v1/tokens").json()["data"]
    assert (token["provider"], token["last_four"]) == ("openai", last_four)


def test_a_token_by_option_is_stored_with_a_warning(machine, server):
    done = machine.aistrale("tokens", "add", "--provider", "openai", "--token", TOKEN)
    assert done.returncode == 0, done.stderr
    assert "process list" in done.stderr
    assert TOKEN not in done.stdout + done.stderr
    check_only_token_is(machine, TOKEN[-4:])


def test_a_token_by_stdin(machine, server):
    done = machine.aistrale("tokens", "add", "--provider", "openai", stdin=f"{TOKEN}\n")
    assert done.returncode == 0, done.stderr
    assert "process list" not in done.stderr
    assert TOKEN not in done.stdout + done.stderr
    check_only_token_is(machine, TOKEN[-4:])


def test_a_token_by_environment(machine, server):
    done = machine.aistrale(
        "tokens", "add", "--provider", "openai", "--from-env", "MY_TOKEN", MY_TOKEN=TOKEN
    )
    assert done.returncode == 0, done.stderr
    assert TOKEN not in done.stdout + done.stderr
    check_only_token_is(machine, TOKEN[-4:])


def test_a_token_by_prompt_is_not_echoed(machine, server):
    terminal = Terminal(machine, "tokens", "add", "--provider", "openai")
    try:
        terminal.read_until("oken")
        terminal.type(TOKEN)
        assert terminal.exit_code() == 0, terminal.screen
        assert TOKEN not in terminal.screen
    finally:
        terminal.close()
    check_only_token_is(machine, TOKEN[-4:])


def test_no_token_at_all_exits_2(machine, server):
    done = machine.aistrale("tokens", "add", "--provider", "openai", stdin="")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Token for openai" in done.stderr


def test_list_and_remove(machine, server):
    machine.aistrale("tokens", "add", "--provider", "openai", "--name", "mine", stdin=TOKEN)
    [token] = Api(machine.url, machine.api_key()).get("/api/v1/tokens").json()["data"]
    listing = machine.aistrale("tokens", "list")
    [row] = [line for line in listing.stdout.splitlines() if token["id"] in line]
    assert "openai" in row and "mine" in row and TOKEN[-4:] in row
    assert TOKEN not in listing.stdout and TOKEN[:12] not in listing.stdout
    assert machine.aistrale("tokens", "remove", token["id"]).returncode == 0
    assert Api(machine.url, machine.api_key()).get("/api/v1/tokens").json()["data"] == []


def test_run_prints_the_answer_and_nothing_else(shared):
    done = shared.aistrale("run", *GPT, "Hello")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{echo('Hello', 'gpt-4o')}\n", "")


@pytest.mark.parametrize(
    "options",
    [("--provider", "openai", "--model", "gpt-4o"), ("-p", "openai", "-m", "gpt-4o"), GPT],
    ids=["long", "short", "together"],
)
def test_provider_and_model_may_be_apart(shared, options):
    assert shared.aistrale("run", *options, "Hello").stdout == f"{echo('Hello', 'gpt-4o')}\n"


def test_temperature_and_system_reach_the_provider(shared, emulator, mark):
    done = shared.aistrale("run", *GPT, "--temperature", "0.25", "--system", "Be short.", mark)
    assert done.returncode == 0, done.stderr
    body = json.loads(emulator.request(mark)["body"])
    assert body["temperature"] == 0.25
    assert body["messages"] == [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": mark},
    ]


def test_letters_beyond_ascii_survive(shared):
    done = shared.aistrale("run", *GPT, "Grüße, 世界 🙂", LANG="C")
    assert done.stdout == f"{echo('Grüße, 世界 🙂', 'gpt-4o')}\n"


def test_no_stream_prints_the_same_and_the_client_is_recorded(shared, api):
    done = shared.aistrale("run", *GPT, "--no-stream", "Hello")
    assert (done.returncode, done.stdout) == (0, f"{echo('Hello', 'gpt-4o')}\n")
    assert api.newest()["client"] == f"cli/{(ROOT / 'VERSION').read_text().strip()}"


def test_json_is_the_servers_answer(shared, api):
    done = shared.aistrale("run", *GPT, "--json", "Hello")
    answer = json.loads(done.stdout)
    assert (answer["text"], answer["provider"]) == (echo("Hello", "gpt-4o"), "openai")
    record = api.record(answer["id"])
    assert (float(record["cost_usd"]), record["usage"]) == (answer["cost_usd"], answer["usage"])


def test_a_terminal_sees_the_words_as_they_come(shared):
    terminal = Terminal(
        shared, "run", "--model", "openai/gpt-4o+fault-drip-400ms", "write 30 words"
    )
    try:
        screen = terminal.read_until("word3 ", 40)
        assert "word30" not in screen and terminal.process.poll() is None
        assert terminal.exit_code() == 0
        assert "word1 word2 word3" in terminal.screen and "word30" in terminal.screen
    finally:
        terminal.close()


def test_ctrl_c_ends_with_130_and_cancels(shared, api, emulator, mark):
    terminal = Terminal(
        shared, "run", "--model", "openai/gpt-4o+fault-drip-200ms", f"write 200 words {mark}"
    )
    try:
        terminal.read_until("word2 ", 40)
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.exit_code() == 130
    finally:
        terminal.close()
    assert "Exception" not in terminal.screen
    until(
        "the provider's call is cancelled",
        lambda: emulator.request(mark)["ending"] == "client_disconnected",
    )


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        ("status-400", 6, "OpenAI"),
        ("status-401", 6, "aistrale tokens add --provider openai"),
        ("status-503", 6, "OpenAI"),
        ("429-retry-after-1", 6, "OpenAI"),
        ("cut-after-3", 6, "OpenAI"),
        ("html-502", 6, "OpenAI"),
    ],
)
def test_a_failure_of_the_provider_exits_6_and_is_no_success(shared, fault, code, words):
    done = shared.aistrale("run", "--no-stream", "--model", f"openai/gpt-4o+fault-{fault}", "Hello")
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert "\tat " not in done.stderr and "Exception" not in done.stderr


def test_a_stream_that_breaks_off_exits_6_after_what_had_come(shared):
    terminal = Terminal(
        shared, "run", "--model", "openai/gpt-4o+fault-cut-after-5", "write 30 words"
    )
    try:
        assert terminal.exit_code() == 6
        assert "word2" in terminal.screen and "word30" not in terminal.screen
    finally:
        terminal.close()


def test_telemetry_lists_models_tokens_cost_and_latency(shared):
    answer = json.loads(shared.aistrale("run", *GPT, "--json", "Hello").stdout)
    view = shared.aistrale("telemetry", "view", "--last", "24h", "--limit", "1")
    assert view.returncode == 0, view.stderr
    [row] = [line for line in view.stdout.splitlines() if "gpt-4o" in line]
    assert "completed" in row
    assert (
        str(answer["usage"]["input_tokens"]) in row.split()
        and str(answer["usage"]["output_tokens"]) in row.split()
    )
    assert "0.000135" in row, "6 × 2.50 + 12 × 10.00 dollars for a million"


def test_telemetry_as_json_is_the_servers_records(shared, api):
    view = shared.aistrale("telemetry", "view", "--json", "--limit", "2")
    shown = json.loads(view.stdout)
    assert [record["id"] for record in shown["data"]] == [
        record["id"] for record in api.get("/api/v1/telemetry", limit=2).json()["data"]
    ]


def test_a_wrong_span_of_telemetry_exits_2(shared):
    done = shared.aistrale("telemetry", "view", "--last", "yesterday")
    assert (done.returncode, done.stdout) == (2, "")
    assert "yesterday" in done.stderr


def test_no_call_of_the_cli_shows_the_key(shared):
    for arguments in (
        ("status",),
        ("config", "list"),
        ("run", "--debug", "-m", "openai/gpt-4o+fault-status-503", "x"),
    ):
        done = shared.aistrale(*arguments)
        assert shared.api_key() not in done.stdout + done.stderr
