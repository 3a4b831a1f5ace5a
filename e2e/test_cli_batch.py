"""`aistrale batch`: stopped in every way and gone on with, and each line paid once."""

import json
import os
import signal
import subprocess
import time
import uuid
from decimal import Decimal

import pytest

from support.api import Api
from support.batches import (
    Forwarder,
    Refusing,
    asked,
    asking_openai,
    batching,
    lines_of,
    run,
    summary,
    whole_lines,
)
from support.emulator import TOKENS, UNPRICED, echo
from support.machine import LAUNCHER
from support.server import serving
from support.terminal import Terminal
from support.tmpfs import fill, small_disk
from support.wait import until

MODEL = ("-m", "openai/gpt-4o")
KEPT = "What is written"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with asking_openai(tmp_path_factory.mktemp) as machine:
        yield machine


@pytest.fixture
def api(home):
    return Api(home.url, home.api_key())


@pytest.fixture
def work(tmp_path):
    """The test's own folder; its name is that of a session that no other test has."""
    return tmp_path


def prompts(folder, count: int, name: str = "prompts.txt"):
    file = folder / name
    file.write_text("".join(f"Line {number}\n" for number in range(1, count + 1)))
    return file


def completed(records: list[dict]) -> list[dict]:
    return [record for record in records if record["status"] == "completed"]


# ── what goes in, and what comes out ────────────────────────────────────────────────────────────────────────────────


def test_lines_of_json_with_options_of_their_own(home, api, work):
    (work / "in.jsonl").write_text(
        '{"id": "a", "prompt": "Hello", "metadata": {"kind": "greeting"}}\n'
        "\n"
        '{"id": 7, "messages": [{"role": "user", "content": "call look {\\"x\\": 1}"}], "tools":'
        ' [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]}\n'
        '{"prompt": "Bye", "model": "openai/gpt-4o-mini", "max_output_tokens": 50}\n'
    )
    done = run(home, str(work / "in.jsonl"), *MODEL, "--session", work.name)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    by_line = {answer["line"]: answer for answer in lines_of(work / "in.results.jsonl")}
    assert sorted(by_line) == [1, 3, 4]
    first = by_line[1]
    records = {record["id"]: record for record in asked(api, work.name)}
    record = records[first["inference_id"]]
    assert first == {
        "line": 1,
        "id": "a",
        "status": "completed",
        "text": echo("Hello", "gpt-4o"),
        "finish_reason": "stop",
        "provider": "openai",
        "model": "gpt-4o",
        "usage": json.loads(json.dumps(record["usage"])),
        "cost_usd": float(record["cost_usd"]),
        "latency_ms": first["latency_ms"],
        "inference_id": record["id"],
        "hash": first["hash"],
    }
    assert record["metadata"] == {"kind": "greeting"}
    assert by_line[3]["id"] == 7
    assert by_line[3]["tool_calls"][0]["function"] == {"name": "look", "arguments": '{"x":1}'}
    assert by_line[4]["id"] is None
    assert records[by_line[4]["inference_id"]]["model"] == "gpt-4o-mini"
    assert not (work / "in.failed.jsonl").exists()
    assert sorted(path.name for path in work.iterdir()) == ["in.jsonl", "in.results.jsonl"]


def test_a_table_whose_columns_go_into_a_template(home, work):
    (work / "in.csv").write_bytes(
        b'\xef\xbb\xbfid,text,more\r\na,"He said ""hi""\r\nand left",x\r\nb, plain ,\r\n'
    )
    done = run(
        home, str(work / "in.csv"), *MODEL, "--template", "{{n}}: {{ text }}", "--var", "n:=3"
    )
    assert done.returncode == 0, done.stderr
    answers = {answer["line"]: answer for answer in lines_of(work / "in.results.jsonl")}
    assert {line: (answer["id"], answer["text"]) for line, answer in answers.items()} == {
        2: ("a", echo('3: He said "hi"\r\nand left', "gpt-4o")),
        4: ("b", echo("3:  plain ", "gpt-4o")),
    }


def test_a_stored_prompt_gets_its_variables_typed_and_one_version(home, work):
    content = {
        "text": "Greet {{name}} in {{count}} words.",
        "variables": [{"name": "count", "type": "integer", "default": 5}],
        "settings": {"model": "openai/gpt-4o"},
    }
    (work / "greet.json").write_text(json.dumps(content))
    name = f"greet-{uuid.uuid4().hex}"
    made = home.aistrale("prompts", "create", name, "-f", str(work / "greet.json"))
    assert made.returncode == 0, made.stderr
    (work / "in.tsv").write_text("name\tcount\tunused\nAda\t3\t-\nBob\t\t-\nEve\tmany\t-\n")
    done = run(home, str(work / "in.tsv"), "--prompt", name, "-o", str(work / "out.jsonl"))
    assert done.returncode == 8, done.stderr
    assert {answer["line"]: answer["text"] for answer in lines_of(work / "out.jsonl")} == {
        2: echo("Greet Ada in 3 words.", "gpt-4o"),
        3: echo("Greet Bob in 5 words.", "gpt-4o"),
    }
    (failure,) = lines_of(work / "out.failed.jsonl")
    assert (failure["line"], failure["column"]) == (4, 5)
    assert "integer" in failure["error"]["message"]


def test_standard_input_to_standard_output_in_order(home, work):
    numbers = "".join(f"Line {number}\n" for number in range(1, 101))
    done = home.aistrale(
        *("batch", "-", "--format", "text", "-o", "-", "--ordered", "--concurrency", "16"),
        *MODEL,
        stdin=numbers,
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["line"] for answer in answers] == list(range(1, 101))
    assert [answer["text"] for answer in answers] == [
        echo(f"Line {number}", "gpt-4o") for number in range(1, 101)
    ]
    assert "100 lines answered, 0 failed" in done.stderr


@pytest.mark.parametrize(
    ("name", "text", "options", "said"),
    [
        ("in.dat", "x\n", [], "--format"),
        ("in.csv", "", [], "empty"),
        ("in.csv", "a,a\n1,2\n", [], "line 1, column 3"),
        ("in.csv", "prompt,temprature\nHi,1\n", [], "did you mean `temperature`"),
        ("in.csv", "text\nHi\n", ["--template", "{{txet}}"], "did you mean `text`"),
        ("in.txt", "x\n", ["--rate", "fast"], "5/s"),
        ("in.txt", "x\n", ["--concurrency", "0"], "at least 1"),
        ("in.txt", "x\n", ["-o", "in.txt"], "over what is asked"),
        ("in.txt", "x\n", ["-o", "no/such/folder.jsonl"], "no such folder"),
        ("in.txt", "x\n", ["-o", "-", "--json"], "standard output"),
        ("in.txt", "\ufffe".encode("utf-16-be").decode("latin-1") + "x\n", [], "UTF-16"),
        ("none.txt", None, [], "no file none.txt"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_asked(
    home, api, work, name, text, options, said
):
    if text is not None:
        (work / name).write_bytes(text.encode("latin-1"))
    before = api.newest()["id"] if api.get("/api/v1/telemetry", limit=1).json()["data"] else None
    done = subprocess.run(
        [LAUNCHER, "batch", name, *options],
        env=home.environment(),
        cwd=work,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == (1 if "no/such" in " ".join(options) else 2), done.stderr
    assert said in done.stderr and "Exception" not in done.stderr
    now = api.get("/api/v1/telemetry", limit=1).json()["data"]
    assert (now[0]["id"] if now else None) == before


# ── lines that fail ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_malformed_line_57_is_named_and_the_rest_goes_on(home, api, work):
    rows = [f'{number},"Row {number}"' for number in range(2, 101)]
    rows[57 - 2] = '57,"Row 57" and more'
    rows[60 - 2] = '60,"never closed'
    rows[70 - 2] = "70,one,too many"
    rows[80 - 2] = '80,"in\ntwo lines"'  # from here on lines are one more than rows
    (work / "in.csv").write_text("id,text\n" + "\n".join(rows) + "\n")
    done = run(home, str(work / "in.csv"), *MODEL, "--template", "{{text}}", "--json")
    assert done.returncode == 8, done.stderr
    failures = {failure["line"]: failure for failure in lines_of(work / "in.failed.jsonl")}
    assert {line: failure["column"] for line, failure in failures.items()} == {57: 12, 60: 4, 70: 8}
    assert all(failure["error"]["code"] == "malformed" for failure in failures.values())
    assert "column 5" in failures[60]["error"]["message"], failures[60]
    answers = lines_of(work / "in.results.jsonl")
    assert {answer["line"] for answer in answers} == set(range(2, 102)) - {57, 60, 70, 81}
    assert {answer["id"]: answer["text"] for answer in answers}["80"] == echo(
        "in\ntwo lines", "gpt-4o"
    )
    assert (summary(done)["answered"], summary(done)["malformed"]) == (96, 3)


def test_malformed_lines_of_json_name_the_column(home, work):
    (work / "in.jsonl").write_bytes(
        b'{"prompt": "Hi"}\n{"prompt": "Hi" "model": 1}\n{"prompt": "\xff"}\n{"promt": "Hi"}\n'
        b'["Hi"]\n{"prompt": "Hi", "temperature": "warm"}\n{"prompt": " "}\n{}\n'
    )
    done = run(home, str(work / "in.jsonl"), *MODEL)
    assert done.returncode == 8
    failures = {failure["line"]: failure for failure in lines_of(work / "in.failed.jsonl")}
    assert sorted(failures) == [2, 3, 4, 5, 6, 7, 8]
    assert (failures[2]["column"], failures[3]["column"]) == (17, 13)
    assert "did you mean `prompt`" in failures[4]["error"]["message"]
    assert failures[6]["error"]["message"] == "`temperature` must be a number"
    assert [answer["line"] for answer in lines_of(work / "in.results.jsonl")] == [1]


def test_what_failed_is_asked_again_by_the_next_run_and_only_that(home, api, work):
    word = uuid.uuid4().hex
    (work / "in.txt").write_text(f"One\nTwo {word}\nThree\n")
    refusal = {"status": 400, "containing": word, "times": 1}
    home.emulator.script("openai", refusal)
    command = (str(work / "in.txt"), *MODEL, "--session", work.name)
    first = run(home, *command)
    assert first.returncode == 8 and "1 failed" in first.stderr
    (failure,) = lines_of(work / "in.failed.jsonl")
    assert (failure["line"], failure["status"], failure["ended"]) == (2, "failed", 1)
    assert failure["error"]["code"] == "provider_rejected"

    left = run(home, *command, "--no-retry-failed", "--json")
    assert left.returncode == 8
    assert (summary(left)["answered"], summary(left)["failed"]) == (0, 1)
    assert len(asked(api, work.name)) == 3

    again = run(home, *command, "--json")
    assert again.returncode == 0, again.stderr
    assert (summary(again)["answered"], summary(again)["answered_before"]) == (1, 2)
    assert not (work / "in.failed.jsonl").exists()
    assert sorted(answer["line"] for answer in lines_of(work / "in.results.jsonl")) == [1, 2, 3]
    assert len(asked(api, work.name)) == 4


def test_it_gives_up_when_everything_fails(home, api, work):
    file = prompts(work, 200)
    done = run(
        *(home, str(file), "-m", "openai/no-such-model", "--session", work.name),
        *("--give-up-after", "10", "--concurrency", "4"),
    )
    assert done.returncode == 6
    assert "10 lines in a row have failed" in done.stderr and "no-such-model" in done.stderr
    assert 10 <= len(asked(api, work.name)) <= 13
    assert len(lines_of(work / "prompts.failed.jsonl")) == len(asked(api, work.name))


def test_only_failures_in_a_row_end_it(home, work):
    word = uuid.uuid4().hex
    file = work / "in.txt"
    file.write_text("".join(f"{number} {word}\n" for number in range(1, 10)))
    refused = [n for n in range(1, 10) if n % 3 != 0]  # two, and then an answer
    home.emulator.script(
        "openai", *({"status": 400, "containing": f"{n} {word}", "times": 1} for n in refused)
    )
    one_by_one = ("--concurrency", "1", "--give-up-after", "3", "--json")
    done = run(home, str(file), *MODEL, *one_by_one)
    assert done.returncode == 8, done.stderr
    assert (summary(done)["answered"], summary(done)["failed"]) == (3, 6)


def test_what_broke_in_the_midst_of_an_answer_is_asked_anew(home, api, work):
    """The server keeps what there was of it for its key: the next run has another one."""
    word = uuid.uuid4().hex
    (work / "in.txt").write_text(f"{word}\n")
    home.emulator.script("openai", {"error_after_chunks": 2, "containing": word, "times": 1})
    command = (str(work / "in.txt"), *MODEL, "--session", work.name, "--json")
    first = run(home, *command)
    assert first.returncode == 8, first.stderr
    assert lines_of(work / "in.failed.jsonl")[0]["ended"] == 1
    done = run(home, *command)
    assert done.returncode == 0, done.stderr
    assert (summary(done)["answered"], summary(done)["replayed"]) == (1, 0)
    assert sorted(record["status"] for record in asked(api, work.name)) == ["completed", "failed"]


# ── stopped, and gone on with ───────────────────────────────────────────────────────────────────────────────────────


def test_after_kill_9_the_same_command_goes_on_and_each_line_is_paid_once(home, api, work):
    lines = 2000
    file = prompts(work, lines)
    results = work / "prompts.results.jsonl"
    command = (str(file), *MODEL, "--session", work.name, "--concurrency", "16", "--json")
    for mark in (150, 700):
        with batching(home, *command) as batch:
            until(f"{mark} answers", lambda mark=mark: whole_lines(results) >= mark)
            batch.process.kill()
        assert whole_lines(results) < lines
    with results.open("ab") as torn:
        torn.write(b'{"line":1999,"id":null,"sta')
    done = run(home, *command)
    assert done.returncode == 0, done.stderr
    assert "not whole" in done.stderr

    answers = lines_of(results)
    assert sorted(answer["line"] for answer in answers) == list(range(1, lines + 1))
    assert all(answer["text"] == echo(f"Line {answer['line']}", "gpt-4o") for answer in answers)
    records = asked(api, work.name)
    assert len(records) == lines, "more would be paid twice, fewer were never asked"
    assert {record["id"] for record in records} == {answer["inference_id"] for answer in answers}
    said = summary(done)
    assert said["answered"] + said["answered_before"] == lines
    cost = sum(Decimal(str(record["cost_usd"])) for record in records)
    assert Decimal(str(said["cost_usd"])) == cost
    replayed = [answer for answer in answers if answer.get("replayed")]
    assert said["replayed"] <= len(replayed) <= 32, "at most what was under way at the two kills"
    assert {path.name for path in work.iterdir()} == {file.name, results.name}

    nothing = run(home, *command)
    assert (nothing.returncode, summary(nothing)["answered"]) == (0, 0)
    assert len(asked(api, work.name)) == lines


def test_what_was_under_way_at_a_kill_is_replayed_and_not_counted_as_paid(home, api, work):
    word = uuid.uuid4().hex
    file = work / "prompts.txt"
    file.write_text("".join(f"{number} {word}\n" for number in range(8)))
    home.emulator.script("openai", {"delay_ms": 1500, "containing": word, "times": 8})
    command = (str(file), *MODEL, "--session", work.name, "--concurrency", "8", "--json")
    with batching(home, *command) as batch:
        until("eight inferences", lambda: len(api.telemetry(session_id=work.name)) == 8)
        batch.process.kill()
    asked(api, work.name)  # they come to their end
    done = run(home, *command)
    assert done.returncode == 0, done.stderr
    said = summary(done)
    assert (said["answered"], said["replayed"], said["paid_usd"]) == (8, 8, 0)
    assert said["cost_usd"] > 0
    assert len(asked(api, work.name)) == 8


def test_ctrl_c_waits_for_what_is_under_way_and_the_next_run_goes_on(home, api, work):
    file = prompts(work, 300)
    results = work / "prompts.results.jsonl"
    slow = ("-m", "openai/gpt-4o+fault-delay-100ms")
    command = (str(file), *slow, "--session", work.name)
    with batching(home, *command) as batch:
        until("some answers", lambda: whole_lines(results) >= 20)
        batch.process.send_signal(signal.SIGINT)
        stopped = batch.end(20)
    assert stopped.returncode == 130
    assert "under way" in stopped.stderr and "Traceback" not in stopped.stderr
    assert "lines answered, 0 failed; paid $0.0" in stopped.stderr, "the summary"
    assert len(lines_of(results)) == len(asked(api, work.name)) < 300, "all that was asked"
    done = run(home, *command, "--json")
    assert done.returncode == 0, done.stderr
    assert summary(done)["replayed"] == 0
    assert len(lines_of(results)) == len(asked(api, work.name)) == 300


def test_in_order_what_waits_behind_a_slow_line_is_written_when_it_is_stopped(home, api, work):
    word = uuid.uuid4().hex
    file = work / "prompts.txt"
    file.write_text("".join(f"{n} {word}\n" for n in range(1, 7)))
    home.emulator.script("openai", {"delay_ms": 12_000, "containing": f"1 {word}", "times": 1})
    command = (str(file), *MODEL, "--session", work.name, "--ordered", "--json")

    def others_answered() -> bool:
        return len(completed(api.telemetry(session_id=work.name))) == 5

    with batching(home, *command) as batch:
        until("all but the first", others_answered)
        assert whole_lines(work / "prompts.results.jsonl") == 0
        batch.process.send_signal(signal.SIGINT)
        stopped = batch.end(20)
    assert stopped.returncode == 130
    assert (summary(stopped)["answered"], summary(stopped)["under_way"]) == (5, 1)
    lines = [answer["line"] for answer in lines_of(work / "prompts.results.jsonl")]
    assert lines == [2, 3, 4, 5, 6]
    done = run(home, *command)
    assert (done.returncode, summary(done)["answered"]) == (0, 1), done.stderr
    lines = [answer["line"] for answer in lines_of(work / "prompts.results.jsonl")]
    assert lines == [2, 3, 4, 5, 6, 1]


def test_an_input_that_grows_is_asked_as_far_as_it_went(home, api, work):
    file = prompts(work, 5)
    results = work / "prompts.results.jsonl"
    slow = ("--concurrency", "1", "--rate", "5/s")
    with batching(home, str(file), *MODEL, *slow, "--session", work.name) as batch:
        until("an answer", lambda: whole_lines(results) >= 1)
        with file.open("a") as more:
            more.write("Line 6\nLine 7\n")
        done = batch.end(30)
    assert done.returncode == 0, done.stderr
    assert sorted(answer["line"] for answer in lines_of(results)) == [1, 2, 3, 4, 5]
    assert run(home, str(file), *MODEL, "--session", work.name).returncode == 0
    assert len(lines_of(results)) == len(asked(api, work.name)) == 7


def test_the_first_lines_of_standard_input(home, work):
    command = ("batch", "-", "--format", "text", "-o", "-", *MODEL, "--limit", "3")
    done = home.aistrale(*command, stdin="One\n\nTwo\nThree\nFour\n")
    assert done.returncode == 0, done.stderr
    assert sorted(json.loads(line)["line"] for line in done.stdout.splitlines()) == [1, 3, 4]


def test_a_file_that_may_not_grow_stops_it_and_nothing_is_lost(home, api, work):
    file = prompts(work, 120)
    results = work / "prompts.results.jsonl"
    command = (str(file), *MODEL, "--session", work.name)
    stopped = run(home, *command, largest_file=16 * 1024)
    assert stopped.returncode == 1
    assert "File too large" in stopped.stderr and KEPT in stopped.stderr
    kept = len(lines_of(results))
    assert 20 < kept < 120
    done = run(home, *command, "--json")
    assert done.returncode == 0, done.stderr
    assert len(lines_of(results)) == len(asked(api, work.name)) == 120
    said = summary(done)
    assert said["answered_before"] == kept
    assert 0 < said["replayed"] <= 8, "what was under way, and could not be written"


def test_a_full_disk_stops_it_and_nothing_is_lost(home, api, work):
    file = prompts(work, 120)
    with small_disk(work / "disk", 1) as disk:
        results = disk / "out.jsonl"
        command = (str(file), *MODEL, "--session", work.name, "-o", str(results))
        results.touch()
        (disk / ".out.jsonl.batch").write_text(f"{uuid.uuid4()}\n")
        ballast = fill(disk)
        os.truncate(ballast, ballast.stat().st_size - 16 * 1024)
        stopped = run(home, *command)
        assert stopped.returncode == 1, stopped.stderr
        assert "No space left" in stopped.stderr and KEPT in stopped.stderr
        kept = len(lines_of(results))
        assert 0 < kept < 120
        ballast.unlink()
        done = run(home, *command)
        assert done.returncode == 0, done.stderr
        assert len(lines_of(results)) == len(asked(api, work.name)) == 120


def test_a_device_that_is_full_is_said(home, work):
    done = run(home, str(prompts(work, 3)), *MODEL, "-o", "/dev/full")
    assert done.returncode == 1
    assert "No space left" in done.stderr


def test_two_at_once_on_one_file_the_second_refuses(home, api, work):
    file = prompts(work, 10)
    results = work / "prompts.results.jsonl"
    command = (str(file), *MODEL, "--session", work.name)
    with batching(home, *command, "--rate", "1/m") as batch:
        until("an answer", lambda: whole_lines(results) >= 1)
        second = run(home, *command)
        assert second.returncode == 4
        assert "Another batch" in second.stderr and str(results) in second.stderr
        batch.process.send_signal(signal.SIGINT)
        assert batch.end(20).returncode == 130
    assert run(home, *command).returncode == 0
    assert len(lines_of(results)) == len(asked(api, work.name)) == 10


def test_a_line_that_changed_is_said_before_anything_is_paid(home, api, work):
    file = prompts(work, 10)
    command = (str(file), *MODEL, "--session", work.name)
    assert run(home, *command, "--limit", "5").returncode == 0
    file.write_text(file.read_text().replace("Line 3\n", "Line three\n"))
    stopped = run(home, *command)
    assert stopped.returncode == 4
    assert "line 3" in stopped.stderr and "--changed" in stopped.stderr
    other = run(home, *command, "-t", "0.5")
    assert other.returncode == 4 and "line 1" in other.stderr and "4 more" in other.stderr
    assert len(asked(api, work.name)) == 5

    kept = run(home, *command, "--changed", "keep", "--json")
    assert (kept.returncode, summary(kept)["answered"]) == (0, 5)
    again = run(home, *command, "--changed", "ask", "--json")
    assert (again.returncode, summary(again)["answered"]) == (0, 1)
    last = lines_of(work / "prompts.results.jsonl")[-1]
    assert (last["line"], last["text"]) == (3, echo("Line three", "gpt-4o"))
    assert len(asked(api, work.name)) == 11
    assert run(home, *command).returncode == 0, "the later answer counts"


def test_a_file_that_is_no_results_is_left_as_it_is(home, work):
    file = prompts(work, 3)
    mine = work / "notes.txt"
    for text in ("my notes\n", "my notes", '{"line":1}\n', '{"mine": 1}\n{"line":2,'):
        mine.write_text(text)
        done = run(home, str(file), *MODEL, "-o", str(mine))
        assert done.returncode == 4, (text, done.stderr)
        assert "line 1" in done.stderr
        assert mine.read_text() == text


def test_three_files_are_three(home, api, work):
    """Input, answers and failures: what would be written over another is refused, and nothing is asked or lost."""
    file = work / "x.failed.jsonl"
    file.write_text('{"prompt": "hi"}\n')
    answers = work / "x.jsonl"
    link = work / "link.jsonl"
    link.symlink_to(file)
    for more in (
        ["-o", str(answers)],  # whose failures go to x.failed.jsonl
        ["-o", str(answers), "--failures", str(link)],
        ["-o", str(work / "a.jsonl"), "--failures", str(work / "b" / ".." / "a.jsonl")],
    ):
        done = run(home, str(file), *MODEL, "--session", work.name, *more)
        assert done.returncode == 2, (more, done.stderr)
        assert "--failures" in done.stderr
        assert file.read_text() == '{"prompt": "hi"}\n'
        assert not answers.exists()
    assert api.telemetry(session_id=work.name) == []


def test_the_failures_of_what_went_into_a_pipe_are_gone_on_with(home, work):
    """A pipe's name is that of a process, which the next run is not."""
    (work / "in.jsonl").write_text('{"prompt": "Hi"}\n{"promt": "Hi"}\n')
    failures = work / "failed.jsonl"
    for _ in range(2):
        done = run(
            *(home, str(work / "in.jsonl"), *MODEL),
            *("-o", "/dev/fd/1", "--failures", str(failures)),
        )
        assert done.returncode == 8, done.stderr
        assert json.loads(done.stdout)["line"] == 1
        (failure,) = lines_of(failures)
        assert failure["line"] == 2 and "results" not in failure


def test_a_failures_file_of_somebody_elses_stays(home, api, work):
    file = prompts(work, 1)
    mine = work / "notes.txt"
    for text in ("my notes", "my notes\n", ""):
        mine.write_text(text)
        done = run(home, str(file), *MODEL, "-o", str(work / "own.jsonl"), "--failures", str(mine))
        assert done.returncode == (4 if text else 0), (text, done.stderr)
        assert mine.read_text() == text
    assert len((work / "own.jsonl").read_text().splitlines()) == 1


def test_nobody_reads_on(home, api, work):
    file = prompts(work, 500)
    command = [LAUNCHER, "batch", str(file), *MODEL, "--session", work.name, "-o", "-"]
    with subprocess.Popen(
        command,
        env=home.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as batch:
        assert json.loads(batch.stdout.readline())["status"] == "completed"
        batch.stdout.close()
        assert batch.wait(60) == 141
        assert batch.stderr.read() == ""
    assert len(asked(api, work.name)) < 200, "nothing more is begun"


# ── money, pace, and servers that come and go ───────────────────────────────────────────────────────────────────────


def test_max_cost_holds_over_runs(home, api, work):
    file = prompts(work, 100)
    command = (str(file), *MODEL, "--session", work.name, "--json")
    one = run(home, *command, "--limit", "1")
    cost = Decimal(str(summary(one)["cost_usd"]))
    limit = cost * 21
    for wanted in (limit, limit * 2):
        stopped = run(home, *command, "--max-cost", str(wanted))
        assert stopped.returncode == 5 and "--max-cost" in stopped.stderr
        spent = sum(Decimal(str(record["cost_usd"])) for record in asked(api, work.name))
        assert wanted - 2 * cost < spent <= wanted + cost / 2
        assert Decimal(str(summary(stopped)["cost_usd"])) == spent
        assert len(lines_of(work / "prompts.results.jsonl")) == len(asked(api, work.name))
    done = run(home, *command, "--max-cost", "5")
    assert done.returncode == 0, done.stderr
    assert len(asked(api, work.name)) == 100


def test_a_spent_budget_ends_it(home, api, work):
    mine = ("--metadata", f"batch={work.name}")
    budget = ("budgets", "create", "--name", work.name, *mine, "--limit", "0.02", "--period", "total")
    made = home.aistrale(*budget, "--block")
    assert made.returncode == 0, made.stderr
    done = run(
        home,
        str(prompts(work, 3000)),
        *MODEL,
        *mine,
        *("--max-output-tokens", "20"),
    )
    assert done.returncode == 5, done.stderr
    assert "budget" in done.stderr and KEPT in done.stderr
    assert not (work / "prompts.failed.jsonl").exists(), "no line is to blame"


def test_without_a_known_price_a_limit_of_cost_cannot_be_held(home, work):
    model = ("-m", f"openai/{UNPRICED}", "--concurrency", "1", "--json")
    done = run(home, str(prompts(work, 3)), *model)
    assert done.returncode == 0, done.stderr
    assert (summary(done)["unknown_costs"], summary(done)["cost_usd"]) == (3, 0)
    more = (*model, "-o", str(work / "other.jsonl"), "--max-cost", "1")
    stopped = run(home, str(prompts(work, 3)), *more)
    assert stopped.returncode == 2, stopped.stderr
    assert UNPRICED in stopped.stderr and "not known" in stopped.stderr
    assert len(lines_of(work / "other.jsonl")) == 1, "the first goes alone"


def test_a_key_that_is_revoked_in_its_midst_ends_it_and_no_line_fails(home, api, work):
    made = home.aistrale("keys", "create", "--name", work.name, "--role", "member", "--json")
    assert made.returncode == 0, made.stderr
    key = json.loads(made.stdout)
    results = work / "prompts.results.jsonl"
    command = (str(prompts(work, 500)), *MODEL, "--rate", "20/s", "--session", work.name)
    with batching(home, *command, AISTRALE_API_KEY=key["key"]) as batch:
        until("some answers", lambda: whole_lines(results) >= 3)
        assert home.aistrale("keys", "revoke", key["id"]).returncode == 0
        stopped = batch.end(60)
    assert stopped.returncode == 3, stopped.stderr
    assert KEPT in stopped.stderr or "the same command goes on" in stopped.stderr
    assert key["key"] not in stopped.stderr
    assert not (work / "prompts.failed.jsonl").exists(), "no line is to blame"
    assert len(lines_of(results)) == len(asked(api, work.name)) < 500


def test_a_gateway_whose_server_is_away_for_a_moment_fails_no_line(home, work):
    away = Refusing(lambda arrived: (502, "1") if arrived in (3, 4) else None)
    try:
        done = run(
            home,
            str(prompts(work, 12)),
            *("--concurrency", "2", "--json"),
            AISTRALE_API_URL=away.url,
            AISTRALE_API_KEY="ais_x",
        )
    finally:
        away.close()
    assert done.returncode == 0, done.stderr
    assert (summary(done)["answered"], summary(done)["failed"]) == (12, 0)
    assert [status for _, status in away.arrivals].count(502) == 2


def test_a_rate_is_kept(home, api, work):
    begin = time.monotonic()
    command = (str(prompts(work, 21)), *MODEL, "--rate", "10/s", "--session", work.name)
    assert run(home, *command).returncode == 0
    assert time.monotonic() - begin >= 2
    times = sorted(record["created_at"] for record in asked(api, work.name))
    assert len(times) == 21


def test_a_429_slows_all_of_it_and_no_line_fails(home, work):
    """One is asked to wait, and nobody asks meanwhile; afterwards half as many at once, and so on."""
    refusing = Refusing(lambda arrived: (429, "1") if arrived == 20 else None)
    try:
        done = run(
            home,
            str(prompts(work, 80)),
            *("--concurrency", "8", "--json"),
            AISTRALE_API_URL=refusing.url,
            AISTRALE_API_KEY="ais_x",
        )
    finally:
        refusing.close()
    assert done.returncode == 0, done.stderr
    assert (summary(done)["answered"], summary(done)["failed"]) == (80, 0)
    first = next(when for when, status in refusing.arrivals if status == 429)
    on_their_way, afterwards = first + 0.2, first + 0.95
    between = [when for when, _ in refusing.arrivals if on_their_way < when < afterwards]
    assert between == [], "somebody asked although all were asked to wait"
    assert len(refusing.arrivals) == 80 + 1


def test_who_is_asked_to_wait_for_an_hour_is_told_so(home, work):
    refusing = Refusing(lambda arrived: (429, "3600") if arrived >= 5 else None)
    try:
        done = run(
            home,
            str(prompts(work, 20)),
            AISTRALE_API_URL=refusing.url,
            AISTRALE_API_KEY="ais_x",
        )
    finally:
        refusing.close()
    assert done.returncode == 6
    assert "in 60 min" in done.stderr and KEPT in done.stderr
    assert len(lines_of(work / "prompts.results.jsonl")) == 5
    assert not (work / "prompts.failed.jsonl").exists()


def test_who_gives_up_asks_no_more_for_what_was_refused(home, work):
    """One line fails, and the others were asked to wait: of these nothing has begun, and nobody waits for it."""
    refusing = Refusing(lambda arrived: (400, None) if arrived == 3 else (429, "2"))
    command = (str(prompts(work, 4)), "--concurrency", "4", "--give-up-after", "1", "--json")
    try:
        with batching(
            home, *command, AISTRALE_API_URL=refusing.url, AISTRALE_API_KEY="ais_x"
        ) as batch:
            done = batch.end(15)
    finally:
        refusing.close()
    assert done.returncode == 6, done.stderr
    assert "in a row have failed" in done.stderr and "not waited for" not in done.stderr
    assert (summary(done)["failed"], summary(done)["under_way"]) == (1, 0)
    given_up = next(when for when, status in refusing.arrivals if status == 400)
    assert all(when < given_up + 1 for when, _ in refusing.arrivals), "somebody asked after the end"
    kept = (work / ".prompts.results.jsonl.batch").read_text()
    assert len(kept.split()) == 1, "no line is under way"


def test_a_server_that_goes_and_comes_back_costs_no_line(home, machine, work):
    file = prompts(work, 200)
    results = work / "prompts.results.jsonl"
    machine.settings = home.emulator.settings("openai")
    slow = ("-m", "openai/gpt-4o+fault-delay-30ms", "--session", work.name)
    with serving(machine) as server:
        Api(machine.url, machine.api_key()).add_token("openai", TOKENS["openai"])
        with batching(machine, str(file), *slow) as batch:
            until("some answers", lambda: whole_lines(results) >= 40)
            server.kill()
            time.sleep(1)
            with serving(machine):
                done = batch.end(60)
                api = Api(machine.url, machine.api_key())
                records = asked(api, work.name)
    assert done.returncode == 0, done.stderr
    answers = lines_of(results)
    assert sorted(answer["line"] for answer in answers) == list(range(1, 201))
    assert len(completed(records)) == 200, "each line has one answer, which was paid once"
    assert len(records) - 200 <= 8, "what the server ran when it was killed"


@pytest.mark.timeout(400)
def test_a_server_that_stays_away_ends_it_and_the_next_run_completes(home, machine, work, request):
    if not request.config.getoption("--torture"):
        pytest.skip("with --torture: it waits for the server for a minute")
    file = prompts(work, 400)
    results = work / "prompts.results.jsonl"
    machine.settings = home.emulator.settings("openai")
    command = (str(file), "-m", "openai/gpt-4o+fault-delay-30ms", "--session", work.name, "--json")
    with serving(machine) as server:
        Api(machine.url, machine.api_key()).add_token("openai", TOKENS["openai"])
        with batching(machine, *command) as batch:
            until("some answers", lambda: whole_lines(results) >= 60)
            server.kill()
            away = time.monotonic()
            done = batch.end(180)
    assert done.returncode == 7, done.stderr
    assert 20 < time.monotonic() - away < 150
    assert KEPT in done.stderr
    assert not (work / "prompts.failed.jsonl").exists(), "no line is to blame"
    kept = results.read_bytes()
    with serving(machine):
        done = run(machine, *command)
        records = asked(Api(machine.url, machine.api_key()), work.name)
    assert done.returncode == 0, done.stderr
    assert results.read_bytes().startswith(kept)
    answers = lines_of(results)
    assert sorted(answer["line"] for answer in answers) == list(range(1, 401))
    assert {record["id"] for record in completed(records)} == {
        answer["inference_id"] for answer in answers
    }, "each line has one answer, which was paid once"
    assert summary(done)["answered"] + summary(done)["answered_before"] == 400
    assert len(records) - 400 <= 8, "what the server ran when it was killed"


def test_a_server_that_is_not_there_is_said_at_once(home, work):
    """No server is started elsewhere than on this machine's own address."""
    begin = time.monotonic()
    done = run(
        home,
        str(prompts(work, 20)),
        AISTRALE_API_URL=f"http://localhost.localdomain.invalid:1",
        AISTRALE_API_KEY="ais_x",
    )
    assert done.returncode == 7, done.stderr
    assert "annot connect" in done.stderr and time.monotonic() - begin < 15
    assert sorted(path.name for path in work.iterdir()) == ["prompts.txt"]


def test_a_key_that_is_refused_ends_it(home, work):
    done = run(home, str(prompts(work, 20)), *MODEL, AISTRALE_API_KEY="ais_wrong")
    assert done.returncode == 3
    assert "ais_wrong" not in done.stderr
    assert not (work / "prompts.failed.jsonl").exists()


def test_a_viewers_key_is_told_so_once(home, work):
    made = home.aistrale("keys", "create", "--name", work.name, "--role", "viewer")
    key = made.stdout.strip()
    done = run(home, str(prompts(work, 20)), *MODEL, AISTRALE_API_KEY=key)
    assert done.returncode == 3
    assert "viewer" in done.stderr and key not in done.stderr


def test_64_at_once_use_their_connections_again(home, work):
    forwarder = Forwarder(home.port)
    try:
        done = run(
            home,
            str(prompts(work, 1000)),
            *MODEL,
            *("--concurrency", "64", "--json"),
            AISTRALE_API_URL=forwarder.url,
        )
    finally:
        forwarder.close()
    assert (done.returncode, summary(done)["answered"]) == (0, 1000), done.stderr
    assert forwarder.accepted <= 400, "nearly each line made a connection of its own"


def test_on_a_terminal_a_line_shows_how_far_it_is(home, work):
    file = prompts(work, 60)
    slow = ("-m", "openai/gpt-4o+fault-delay-100ms")
    terminal = Terminal(home, "batch", str(file), *slow, "--concurrency", "4", COLUMNS="100")
    try:
        screen = terminal.read_until("of 60 lines")
        assert "[" in screen and "\r\x1b[K" in screen
        terminal.read_until(" left, $0.00")
        assert terminal.exit_code() == 0
    finally:
        terminal.close()
    last = terminal.screen.replace("\r\n", "\n").split("\x1b[K")[-1]
    assert last.startswith("60 lines answered, 0 failed; paid $0.0"), last


@pytest.mark.timeout(900)
def test_100000_lines_in_flat_memory(home, work, request, note):
    """With --torture. The built-in demo answers: what is measured is the batch."""
    if not request.config.getoption("--torture"):
        pytest.skip("with --torture: it takes minutes")
    lines = 100_000
    file = prompts(work, lines)
    results = work / "prompts.results.jsonl"
    begin = time.monotonic()
    sizes = {}
    with batching(home, str(file), "-m", "demo/demo", "--concurrency", "64") as batch:
        for mark in (10_000, 50_000, 99_000):
            until(f"{mark} answers", lambda mark=mark: whole_lines(results) >= mark, seconds=600)
            sizes[mark] = batch.resident_kibibytes()
            note(f"RSS at {mark}", f"{sizes[mark] / 1024:.0f} MiB")
        cpu = batch.cpu_seconds()
        done = batch.end(300)
    seconds = time.monotonic() - begin
    assert done.returncode == 0, done.stderr
    note("lines/s", f"{lines / seconds:.0f}")
    note("CPU of the batch per line", f"{1000 * cpu / 99_000:.3f} ms")
    assert len(lines_of(results)) == lines
    assert sizes[99_000] < 1.5 * sizes[10_000], sizes
