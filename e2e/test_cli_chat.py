"""`aistrale chat` as a person has it: the real program in a terminal, a real server, an emulated provider."""

import json
import os
import re
import stat
import subprocess
import time
from pathlib import Path

import pytest

from support.api import Api
from support.emulator import TOKENS, echo
from support.machine import LAUNCHER, ROOT
from support.python_sdk import python_with_sdk
from support.server import serving
from support.typescript_sdk import modules_with_sdk
from support.typist import ALT_ENTER, CTRL_C, CTRL_D, CTRL_Z, ENTER, TAB, UP, Chat
from support.wait import until

GPT = ("chat", "--model", "openai/gpt-4o")
KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz012345"


@pytest.fixture
def begin(gateway, request, tmp_path):
    """Begins conversations with the server that all share, each with a history of the test's own."""
    begun = []

    def begin(*arguments: str, machine=gateway.machine, **settings: str) -> Chat:
        state = {"XDG_STATE_HOME": str(tmp_path / "state"), "TERM": "xterm-256color", **settings}
        chat = Chat(machine, *arguments, **state)
        begun.append(chat)
        if settings.get("TERM") == "dumb":
            chat.await_text("/help\r\n> ")  # which is not told when pasted text begins
        else:
            chat.await_prompt()
        return chat

    yield begin
    for chat in begun:
        chat.close()


def asked(emulator, mark: str) -> list[list[dict]]:
    """The messages of each request with this mark."""
    return [json.loads(entry["body"])["messages"] for entry in emulator.requests(mark)]


def test_each_question_sees_what_was_said_and_each_answer_its_cost(begin, emulator, mark):
    chat = begin(*GPT)
    first = chat.ask(f"Hello {mark}")
    assert echo(f"Hello {mark}", "gpt-4o").split()[-1] in first
    costs = re.findall(r"openai/gpt-4o · \d+ in, \d+ out · \$([0-9.]+) · total \$([0-9.]+)", first)
    assert len(costs) == 1 and costs[0][0] == costs[0][1]
    second = chat.ask("And now?")
    [(cost, total)] = re.findall(r" out · \$([0-9.]+) · total \$([0-9.]+)", second)
    assert round(float(cost) + float(costs[0][0]), 9) == float(total)
    assert "2 answers" in chat.ask("/cost") and f"${total}" in chat.leave()
    assert asked(emulator, mark) == [
        [{"role": "user", "content": f"Hello {mark}"}],
        [
            {"role": "user", "content": f"Hello {mark}"},
            {"role": "assistant", "content": echo(f"Hello {mark}", "gpt-4o")},
            {"role": "user", "content": "And now?"},
        ],
    ]


def test_aistrale_alone_at_a_terminal_is_a_conversation(gateway, begin):
    chat = begin("--profile", "default")
    assert "/help" in chat.screen and "Ask a model:" not in chat.screen
    chat.leave()
    piped = gateway.machine.aistrale()
    assert piped.returncode == 0 and "Ask a model:" in piped.stdout


def test_without_a_terminal_it_says_what_to_do_instead(gateway):
    done = gateway.machine.aistrale("chat", stdin="Hello\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert "terminal" in done.stderr and "aistrale run" in done.stderr


def test_markdown_is_shown_as_what_it_means(begin):
    chat = begin(*GPT)
    chat.press("say: **bold** `code` 2 * 3 * 4 日本語", ENTER)
    chat.await_prompt()
    answer = chat.screen.rsplit("日本語", 1)[0].rsplit("\n", 1)[1]
    # what belongs to typing, and what stood there until the answer came
    answer = re.sub(r"\x1b\[\?[0-9]+l|\x1b>|\r|\x1b\[K|\x1b\[0;2m…\x1b\[0m", "", answer)
    assert answer == "\x1b[0;1mbold\x1b[0;36m code\x1b[0m 2 * 3 * 4 "
    chat.leave()


@pytest.mark.parametrize("how", ["plain", "NO_COLOR"])
def test_markdown_stays_as_it_was_written(begin, how):
    settings = {"NO_COLOR": "1"} if how == "NO_COLOR" else {}
    chat = begin(*GPT, "say: **bold** `code`", *(["--plain"] if how == "plain" else []), **settings)
    assert re.search(r"\*\*bold\*\* `code`\r\n", chat.screen)
    chat.leave()


def test_a_dumb_terminal_will_do(begin):
    chat = begin(*GPT, TERM="dumb")
    chat.press("say: **bold** `code`", ENTER)
    chat.await_text("\r\n**bold** `code`\r\n")
    chat.await_text("\r\n> ")
    chat.leave()
    assert "\x1b" not in chat.screen
    assert re.search(r"\n> \r\n1 answer, ", chat.screen), "the last words stand on a line of their own"


def test_ctrl_z_goes_to_the_shell_and_fg_comes_back_to_the_line(gateway):
    shell = Chat(gateway.machine, "--norc", "-i", launcher=Path("/bin/bash"), PS1="$ ")
    try:
        shell.press(f"{LAUNCHER} {' '.join(GPT)}", ENTER)
        shell.await_text("/help")
        shell.await_prompt()
        shell.press("half a line")
        shell.await_text("half a line")
        shell.press(CTRL_Z)
        shell.await_text("Stopped")
        shell.press("stty -a | grep -o ' echo '", ENTER)
        shell.await_text("\r echo \r\n")
        before = len(shell.screen)
        shell.press("fg", ENTER)
        until("the line is there again", lambda: shell.read_more("> ") and "half a line" in shell.screen[before:])
        shell.press(" and the rest", ENTER)
        shell.await_text(echo("half a line and the rest", "gpt-4o"))
    finally:
        shell.close()


def test_ctrl_c_stops_the_answer_and_not_the_program(begin, emulator, mark):
    chat = begin("chat", "--model", "openai/gpt-4o+fault-drip-200ms")
    chat.press(f"write 200 words {mark}", ENTER)
    chat.await_text("word3")
    chat.press(CTRL_C)
    assert "Stopped here." in chat.await_prompt()
    until(
        "the provider's call is cancelled",
        lambda: emulator.request(mark)["ending"] == "client_disconnected",
    )
    chat.ask("/model openai/gpt-4o")
    assert echo("And?", "gpt-4o").split()[-1] in chat.ask("And?")
    chat.leave()
    [_, (_, stopped, _)] = asked(emulator, mark)
    assert stopped["content"].startswith("word1 word2")
    assert stopped["content"].endswith("[The answer was stopped here.]")


def test_ctrl_c_stops_an_answer_that_has_not_begun(begin, emulator, mark):
    chat = begin("chat", "--model", "openai/gpt-4o+fault-hang")
    chat.press(f"Hello {mark}", ENTER)
    emulator.wait_for(mark)
    chat.press(CTRL_C)
    assert "Stopped. /retry asks again." in chat.await_prompt()
    until(
        "the provider's call is cancelled",
        lambda: emulator.request(mark)["ending"] == "client_disconnected",
    )
    chat.ask("/model openai/gpt-4o")
    assert echo(f"Hello {mark}", "gpt-4o").split()[-1] in chat.ask("/retry")
    chat.leave()


def test_ctrl_c_twice_leaves_and_once_does_not(begin):
    chat = begin()
    chat.press("half a line", CTRL_C)
    assert "once more" in chat.await_prompt()
    chat.press(CTRL_C)
    assert chat.exit_code() == 0


def test_pasted_lines_are_one_question(begin, emulator, mark):
    chat = begin(*GPT)
    text = "\n".join(f"line {number} \\" for number in range(50)) + f"\n{mark}"
    chat.paste(text)
    chat.press(ENTER)
    chat.await_prompt()
    chat.leave()
    [[message]] = asked(emulator, mark)
    assert message["content"] == text


def test_lines_of_ones_own(begin, emulator, mark):
    chat = begin(*GPT)
    chat.press("one", ALT_ENTER, "two\\", ENTER, f"three {mark}", ENTER)
    chat.await_prompt()
    chat.leave()
    assert asked(emulator, mark) == [[{"role": "user", "content": f"one\ntwo\nthree {mark}"}]]


def test_history_comes_back_and_holds_no_secret(begin, tmp_path, emulator, mark):
    chat = begin(*GPT)
    chat.ask(f"Hello {mark}")
    assert "not kept" in chat.ask(f"Why is {KEY} refused?")
    chat.leave()
    file = tmp_path / "state/aistrale/chat_history"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert mark in file.read_text() and KEY not in file.read_text()
    again = begin(*GPT)
    again.press(UP, ENTER)
    again.await_prompt()
    again.leave()
    assert [len(messages) for messages in asked(emulator, mark)] == [1, 3, 1]


def test_commands_are_completed_and_the_nearest_is_named(begin):
    chat = begin()
    assert "Did you mean /model?" in chat.ask("/modle openai/gpt-4o")
    help_text = chat.ask("/help")
    for command in ("/model", "/system", "/prompt", "/save", "/load", "/retry", "/cost", "/clear", "/exit"):
        assert command in help_text
    chat.press("/mod", TAB, "openai/gpt-4o-m", TAB)
    chat.await_text("openai/gpt-4o-mini")
    chat.press(ENTER)
    assert "openai/gpt-4o-mini answers from now on" in chat.await_prompt()
    assert "the nearest is openai/gpt-4o-mini" in chat.ask("/model openai/gpt-4o-mni")
    assert "/etc/hosts" in chat.ask("/etc/hosts is which file?"), "a question"
    chat.leave()


GOES_ON = {
    "Python": """
import aistrale, sys
session = aistrale.load_session(sys.argv[1])
print(session.run("From Python"))
session.save(sys.argv[1])
""",
    "TypeScript": """
import { loadSession } from "@aistrale/sdk";
const session = await loadSession(process.argv[2]);
console.log((await session.run("From TypeScript")).text);
await session.save(process.argv[2]);
""",
    "TypeScript begins": """
import { session } from "@aistrale/sdk";
const begun = session({ model: "openai/gpt-4o", system: "Be short." });
console.log((await begun.run(process.argv[3])).text);
await begun.save(process.argv[2]);
""",
}


def goes_on(machine, folder, program: str, *arguments) -> str:
    """Runs a program of an SDK's with a session's file, and returns what it printed."""
    if program == "Python":
        line = [python_with_sdk(ROOT / "docs/python/requirements.txt"), "-c", GOES_ON[program]]
    else:
        (folder / "program.mjs").write_text(GOES_ON[program])
        if not (folder / "node_modules").exists():
            (folder / "node_modules").symlink_to(modules_with_sdk(ROOT / "docs/typescript/package.json"))
        line = ["node", folder / "program.mjs"]
    done = subprocess.run(
        [*line, *arguments],
        env=machine.environment(AISTRALE_API_KEY=machine.api_key()),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_saved_conversation_goes_on_in_each_sdk_and_back(begin, gateway, tmp_path, emulator, mark):
    file = tmp_path / "talk with Ada.json"
    chat = begin(*GPT, "--system", "Be short.")
    chat.ask(f"Hello {mark}")
    assert "2 messages" in chat.ask(f"/save {file}")
    chat.leave()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for language in ("Python", "TypeScript"):
        printed = goes_on(gateway.machine, tmp_path, language, file)
        assert printed == echo(f"From {language}", "gpt-4o") + "\n"

    again = begin()
    assert "6 messages" in again.ask(f"/load '{file}'")
    again.ask("And back")
    assert "8 messages" in again.ask("/save")
    again.leave()
    saved = json.loads(file.read_text())
    assert [message["role"] for message in saved["messages"]] == ["user", "assistant"] * 4
    assert saved["options"] == {"model": "openai/gpt-4o", "system": "Be short."}
    requests = asked(emulator, mark)
    assert [each[0] for each in requests] == [{"role": "system", "content": "Be short."}] * 4
    questions = [f"Hello {mark}", "From Python", "From TypeScript", "And back"]
    assert [each[-1]["content"] for each in requests] == questions


def test_a_conversation_that_typescript_began_goes_on_here(begin, gateway, tmp_path, emulator, mark):
    file = tmp_path / "talk.json"
    goes_on(gateway.machine, tmp_path, "TypeScript begins", file, f"Hello {mark}")
    chat = begin("chat", "--load", str(file))
    chat.ask("Go on")
    assert "4 messages" in chat.ask("/save")
    chat.leave()
    assert asked(emulator, mark)[-1] == [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": f"Hello {mark}"},
        {"role": "assistant", "content": echo(f"Hello {mark}", "gpt-4o")},
        {"role": "user", "content": "Go on"},
    ]


def test_files_that_are_no_conversation_are_left_alone(begin, tmp_path):
    other = tmp_path / "other.json"
    other.write_text('{"mine": true}')
    chat = begin()
    assert "no saved session" in chat.ask(f"/load {other}")
    assert "is not this conversation" in chat.ask(f"/save {other}")
    assert "no such file" in chat.ask(f"/load {tmp_path}/absent.json")
    assert "Cannot write" in chat.ask(f"/save {tmp_path}/absent/talk.json")
    chat.leave()
    assert other.read_text() == '{"mine": true}'
    assert [file.name for file in tmp_path.glob("*.json")] == ["other.json"]


def test_a_server_that_goes_away_amid_an_answer(machine, begin, emulator, mark):
    with serving(machine, **emulator.settings("openai")) as server:
        Api(machine.url, machine.api_key()).add_token("openai", TOKENS["openai"])
        chat = begin("chat", "--model", "openai/gpt-4o+fault-drip-100ms", machine=machine)
        chat.press(f"write 60 words {mark}", ENTER)
        chat.await_text("word3")
        server.kill()
        shown = chat.await_prompt()
    assert "/retry asks again" in shown and "\tat " not in shown
    with serving(machine, **emulator.settings("openai")):
        chat.ask("/model openai/gpt-4o")
        assert "word60" in chat.ask("/retry")
        chat.leave()
    assert asked(emulator, mark)[-1] == [{"role": "user", "content": f"write 60 words {mark}"}]


def test_a_failure_is_said_and_the_question_is_kept(begin, emulator, mark):
    chat = begin("chat", "--model", "openai/gpt-4o+fault-status-400")
    failed = chat.ask(f"Hello {mark}")
    assert "OpenAI" in failed and "/retry" in failed
    chat.ask("/model openai/gpt-4o")
    assert echo(f"Hello {mark}", "gpt-4o").split()[-1] in chat.ask("/retry")
    chat.leave()
    assert asked(emulator, mark)[-1] == [{"role": "user", "content": f"Hello {mark}"}]


def test_retry_takes_the_last_answer_back(begin, emulator, mark):
    chat = begin(*GPT)
    chat.ask(f"Hello {mark}")
    chat.ask("/retry")
    chat.leave()
    assert asked(emulator, mark) == [[{"role": "user", "content": f"Hello {mark}"}]] * 2


def test_a_stored_prompt_begins_it(begin, api, emulator, mark):
    made = api.post(
        "/api/v1/prompts",
        {
            "name": mark,
            "messages": [{"role": "system", "content": "Teach {{subject}}."}],
            "settings": {"model": "openai/gpt-4o"},
        },
    )
    assert made.status_code == 201, made.text
    chat = begin("chat")
    assert "subject" in chat.ask(f"/prompt {mark}"), "what is missing is named"
    assert "openai/gpt-4o" in chat.ask(f'/prompt {mark} subject="Latin verbs"')
    chat.ask(f"Hello {mark}")
    chat.leave()
    assert asked(emulator, mark) == [
        [{"role": "system", "content": "Teach Latin verbs."}, {"role": "user", "content": f"Hello {mark}"}]
    ]


def test_words_are_not_cut_at_the_edge_of_the_window(begin):
    chat = begin("chat", "--model", "openai/gpt-4o")
    chat.resize(40)
    time.sleep(0.2)
    chat.press("write 30 words", ENTER)
    answer = chat.await_prompt().replace("…", "")  # which was taken away again
    lines = [line for line in answer.splitlines() if re.match(r"word\d", line)]
    assert len(lines) > 3 and all(len(line) <= 40 for line in lines)
    assert " ".join(lines).rstrip(".").split() == [f"word{number}" for number in range(1, 31)]
    chat.leave()
