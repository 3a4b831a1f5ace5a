"""The Python SDK and a server: the SDK's own end-to-end tests (sdk/python/e2e), and a server that dies under it."""

import subprocess
import sys

from support import processes
from support.api import Api
from support.emulator import MODELS, TOKENS
from support.machine import LAUNCHER, ROOT, Machine
from support.server import serving
from support.wait import until

SDK = ROOT / "sdk" / "python"
PLUGIN_TESTS = SDK / "e2e" / "test_real_testing.py"
OPERATOR = "ais_e2e_operator_of_the_whole_server_0123456789"


def test_the_sdk_and_a_server_understand_each_other(tmp_path, emulator):
    machine = Machine(tmp_path, **emulator.settings())
    opened = {"AISTRALE_WEBHOOKS_ALLOWED_TARGETS": "127.0.0.1", "AISTRALE_WEBHOOKS_ALLOW_HTTP": "true"}
    with serving(machine, AISTRALE_ADMIN_KEY=OPERATOR, **opened):
        operator = Api(machine.url, OPERATOR)
        for provider in ("openai", "anthropic", "gemini"):
            operator.add_token(provider, TOKENS[provider])
        made = operator.post("/api/v1/api-keys", {"name": "the SDK's tests", "role": "admin"})
        assert made.status_code == 201, made.text
        environment = machine.environment(
            PYTHONPATH=str(SDK / "src"),
            PYTHONDONTWRITEBYTECODE="1",
            AISTRALE_API_KEY=made.json()["key"],
            AISTRALE_E2E_OPERATOR_KEY=OPERATOR,
            AISTRALE_E2E_FAILING_MODEL="gpt-4o+fault-status-500",
            AISTRALE_E2E_SLOW_MODEL="gpt-4o+fault-drip-40ms",
            AISTRALE_E2E_TOOL_MODELS=f"anthropic/{MODELS['anthropic']} gemini/{MODELS['gemini']}",
        )
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "e2e", f"--ignore={PLUGIN_TESTS}"],
            env=environment,
            cwd=SDK,
            capture_output=True,
            text=True,
            timeout=160,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout, done.stdout


def test_its_pytest_plugin_starts_and_stops_what_its_users_need(machine):
    environment = machine.environment(
        PYTHONPATH=str(SDK / "src"),
        PYTHONDONTWRITEBYTECODE="1",
        AISTRALE_COMMAND=str(LAUNCHER),
        AISTRALE_API_KEY="none is needed",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(PLUGIN_TESTS)],
        env=environment,
        cwd=SDK,
        capture_output=True,
        text=True,
        timeout=170,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout, done.stdout


WATCHING = """
import aistrale

with aistrale.telemetry.stream(metadata={"e2e": "live"}) as feed:
    for record in feed:
        print(record.id, flush=True)
"""


def test_a_live_stream_outlives_its_server_and_misses_nothing(machine, emulator):
    """What ends before the client is back is in the database, and the client says where it was."""
    machine.settings |= emulator.settings()
    seen_file = machine.folder / "seen"

    def run() -> str:
        said = {"prompt": "Hello", "model": "openai/gpt-4o", "metadata": {"e2e": "live"}}
        return Api(machine.url, machine.api_key()).answer(**said)["id"]

    def seen() -> list[str]:
        return seen_file.read_text().split()

    with serving(machine) as server:
        Api(machine.url, machine.api_key()).add_token("openai", TOKENS["openai"])
        with seen_file.open("wb") as file:
            watching = subprocess.Popen(
                [sys.executable, "-c", WATCHING],
                env=machine.environment(PYTHONPATH=str(SDK / "src"), PYTHONDONTWRITEBYTECODE="1"),
                cwd=machine.folder,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                preexec_fn=processes.end_with_the_tests,
            )
        try:
            until("a record on the live stream", lambda: run() and seen())
            ran = [run() for _ in range(3)]
            until("the records of a calm time", lambda: seen()[-3:] == ran)
            server.kill()
            with serving(machine):
                ran += [run() for _ in range(3)]
                until("the records after the server's end", lambda: seen()[-6:] == ran)
                assert watching.poll() is None
        finally:
            watching.kill()
            watching.wait(timeout=10)
    assert len(seen()) == len(set(seen()))
