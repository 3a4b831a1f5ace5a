"""The pytest plugin with the real server and the provider emulator, as its users run it.

AISTRALE_COMMAND names the `aistrale` command.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from importlib.metadata import entry_points
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

pytestmark = pytest.mark.skipif(
    not os.environ.get("AISTRALE_COMMAND"),
    reason="needs the aistrale command: set AISTRALE_COMMAND",
)

PLUGIN = () if entry_points(group="pytest11", name="aistrale") else ("-paistrale._pytest_plugin",)

TESTS = """
import asyncio, os
import aistrale, pytest

def test_plain_calls(aistrale_emulator):
    assert aistrale.run("Hello").text == 'You said: "Hello". This is the emulated gpt-4o.'
    assert aistrale.run("say: good morning").text == "good morning"
    with aistrale.stream("write 3 words") as stream:
        assert list(stream.text_deltas()) == ["word1 ", "word2 ", "word3."]
    claude = "anthropic/claude-sonnet-4-5"
    assert asyncio.run(aistrale.run_async("say: hi", model=claude)).text == "hi"
    asked = aistrale_emulator.requests
    assert [each["provider"] for each in asked] == ["openai"] * 3 + ["anthropic"]
    assert asked[0]["body"]["messages"] == [{"role": "user", "content": "Hello"}]
    assert asked[0]["body"]["model"] == "gpt-4o"
    (urls / f"{os.getpid()}").write_text(aistrale_emulator.url)

def test_scripts(aistrale_emulator):
    aistrale_emulator.script({"text": "Hi."}, {"status": 401})
    assert aistrale.run("Hello").text == "Hi."
    with pytest.raises(aistrale.ProviderError):
        aistrale.run("Hello")
    aistrale_emulator.script({"status": 500, "times": 20})
    with pytest.raises(ValueError, match="the emulator does not take this script: unknown field"):
        aistrale_emulator.script({"txet": "Hi."})

def test_nothing_is_left_of_another_test(aistrale_emulator):
    assert aistrale_emulator.requests == []
    assert aistrale.run("say: whole").text == "whole"
    with aistrale_emulator.client() as client:
        assert len(list(client.telemetry.list())) == 1
        assert list(client.prompts.list()) == []
        client.prompts.create("greeting", text="say: {{words}}")
    assert aistrale.run(prompt_ref="greeting", variables={"words": "hello"}).text == "hello"

def test_nothing_is_left_of_that_either(aistrale_emulator):
    with aistrale_emulator.client(model="groq/llama-3.3-70b-versatile") as client:
        assert list(client.prompts.list()) == []
        assert client.run("say: groq").provider == "groq"
    (urls / f"{os.getpid()}-again").write_text(aistrale_emulator.url)

def test_webhooks_may_come_to_this_machine(aistrale_emulator):
    with aistrale_emulator.client() as client:
        assert client.webhooks.create("http://127.0.0.1:8080/", ["*"]).url == "http://127.0.0.1:8080/"

def test_the_client_is_of_the_test_only(aistrale_emulator):
    async def main():
        async with aistrale_emulator.async_client() as client:
            return await client.whoami()
    me = asyncio.run(main())
    assert me.workspace_id == aistrale_emulator.workspace_id
    assert aistrale_emulator.api_key not in repr(aistrale_emulator)

def test_afterwards_the_environment_is_as_before():
    assert os.environ["AISTRALE_API_URL"] == "http://127.0.0.1:9"
    assert "AISTRALE_CONFIG" not in os.environ

def test_that_fails(aistrale_emulator):
    assert aistrale.run("Hello").text == "Hi."
"""

CASSETTE = """
import aistrale, pytest

@pytest.fixture
def server(request):
    return request.getfixturevalue("aistrale_emulator") if RECORDING else None

def test_all(server, aistrale_cassette):
    if server:
        busy = {"status": 429, "retry_after": 1, "times": 3}
        server.script({"text": "Hi."}, busy, {"text": "at last"})
    assert aistrale.run("Hello", max_retries=0).text == "Hi."
    assert aistrale.run("Again").text == "at last"
    with aistrale.session() as session:
        session.run("say: one")
        assert session.run("say: two").text == "two"
    if server:
        server.script({"cut_after_chunks": 2})
    with aistrale.stream("write 9 words", max_retries=0) as stream:
        with pytest.raises(aistrale.AistraleError):
            stream.final()
        assert stream.text.startswith("word1 ")
    with aistrale.stream("write 3 words") as stream:
        assert stream.final().text == "word1 word2 word3."
    client = aistrale.Aistrale()
    key = client.api_keys.create("ci").key
    assert key.startswith("ais_")
    assert 6 <= len(list(client.telemetry.list(limit=2))) <= 10
"""

WAITS = """
import time
import aistrale

def test_waits(aistrale_emulator):
    aistrale.run("Hello")
    print("waiting", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def user(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project of a user's, with a provider's real key in the environment, which goes nowhere."""
    for name in ("CI", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AISTRALE_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real-0123456789abcdef0123456789")
    monkeypatch.delenv("AISTRALE_CONFIG", raising=False)
    pytester.makeini("[pytest]\naddopts = -p no:cacheprovider")
    return pytester


def left_of(folder: Path) -> list[str]:
    """The processes that work in a folder: with it in their environment or their arguments."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:
            continue
        if f"AISTRALE_DATA_DIR={folder}".encode() in words:
            found.append((process / "cmdline").read_bytes().decode("utf-8", "replace"))
    return found


def test_the_emulator_in_two_workers(user: pytest.Pytester) -> None:
    urls = user.mkdir("urls")
    tests = f"import pathlib\nurls = pathlib.Path({str(urls)!r})\n" + TESTS
    user.makepyfile(test_one=tests, test_two=tests)
    flags = ("-n", "2", "--dist", "loadfile", f"--basetemp={user.path / 'base'}")
    result = user.runpytest_subprocess(*PLUGIN, *flags, timeout=100)
    result.assert_outcomes(passed=14, failed=2)
    said = {path.name: path.read_text() for path in urls.iterdir()}
    assert len(said) == 4
    assert len(set(said.values())) == 2, "each worker has a server, and one for all its tests"
    assert all(said[name] == said[name.removesuffix("-again")] for name in said)
    assert left_of(user.path / "base") == []


def test_what_was_recorded_with_the_emulator_is_played_without(
    user: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = user.makepyfile(test_app="RECORDING = True\n" + CASSETTE)
    user.runpytest_subprocess(*PLUGIN, timeout=60).assert_outcomes(passed=1)
    path.write_text("RECORDING = False\n" + CASSETTE)
    monkeypatch.setenv("CI", "true")
    monkeypatch.delenv("AISTRALE_COMMAND")
    monkeypatch.delenv("AISTRALE_API_KEY", raising=False)
    user.runpytest_subprocess(*PLUGIN, timeout=60).assert_outcomes(passed=1)
    text = (user.path / "cassettes" / "test_app" / "test_all.json").read_text("utf-8")
    assert "ais_redacted" in text
    assert text.count("ais_") == text.count("ais_redacted")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_runs_on_when_the_tests_are_ended(
    user: pytest.Pytester, number: signal.Signals
) -> None:
    """Ctrl-C, a CI that cancels, and one that has no patience."""
    user.makepyfile(test_app=WAITS)
    base = user.path / "base"
    command = [sys.executable, "-m", "pytest", *PLUGIN, "-s", f"--basetemp={base}"]
    with (user.path / "said").open("w+") as said:
        process = subprocess.Popen(command, cwd=user.path, stdout=said, stderr=said)
        try:
            until = time.monotonic() + 60
            while "waiting" not in (user.path / "said").read_text() and time.monotonic() < until:
                time.sleep(0.05)
            assert len(left_of(base)) >= 2, (user.path / "said").read_text()
            process.send_signal(number)
            process.wait(timeout=30)
        finally:
            process.kill()
            process.wait()
    until = time.monotonic() + 15
    while left_of(base) and time.monotonic() < until:
        time.sleep(0.05)
    assert left_of(base) == []
