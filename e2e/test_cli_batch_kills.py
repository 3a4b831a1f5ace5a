"""`aistrale batch` killed at chosen moments, and begun again: the server's records say that each line was paid once.

Also what is kept beside the answers for that, how long it holds, and who else may not write there meanwhile.
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
import uuid
from decimal import Decimal
from pathlib import Path

import pytest

from support.api import Api
from support.batches import (
    Garbling,
    Refusing,
    asked,
    asking_openai,
    batching,
    lines_of,
    run,
    summary,
    whole_lines,
)
from support.emulator import echo
from support.machine import LAUNCHER, Machine
from support.sqlite import Sqlite
from support.terminal import Terminal
from support.tmpfs import fill, small_disk
from support.wait import until

MODEL = ("-m", "openai/gpt-4o")
PLACE = re.compile(r"^([0-9]{10}) [0-9a-f]{16} [0-9]{3} ([0-9]{11})$", re.M)
DAY = 24 * 60 * 60


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


class Controlled(Terminal):
    controls = True


class Asked:
    """A file of prompts, and the command that asks them."""

    def __init__(self, home: Machine, api: Api, work: Path, count: int):
        self.home, self.api, self.work, self.count = home, api, work, count
        self.word = uuid.uuid4().hex
        self.file = work / "prompts.txt"
        self.file.write_text("".join(f"{n} {self.word}\n" for n in range(1, count + 1)))
        self.results = work / "prompts.results.jsonl"
        self.failures = work / "prompts.failed.jsonl"
        self.kept = work / ".prompts.results.jsonl.batch"
        self.command = (str(self.file), *MODEL, "--session", work.name, "--json")

    def slowly(self, milliseconds: int) -> None:
        """The provider takes so long for each of the lines, once."""
        slow = {"delay_ms": milliseconds, "containing": self.word, "times": self.count}
        self.home.emulator.script("openai", slow)

    def records(self) -> list[dict]:
        return self.api.telemetry(session_id=self.work.name)

    def under_way(self) -> list[int]:
        return sorted(int(line) for line, _ in PLACE.findall(self.kept.read_text()))

    def kill_under_way(self) -> None:
        """Kills it when all lines are under way, before one is answered; waits until the server has their answers."""
        self.slowly(2000)
        with batching(self.home, *self.command) as batch:
            until("all under way", lambda: len(self.records()) == self.count)
            batch.process.kill()
        asked(self.api, self.work.name)
        assert self.under_way() == list(range(1, self.count + 1))
        assert whole_lines(self.results) == 0

    def age(self, seconds: int) -> None:
        """What is under way was begun so much earlier, to the batch and to the server."""
        text = self.kept.read_text()

        def earlier(place: re.Match) -> str:
            return f"{place[0][:-11]}{int(place[2]) - seconds:011d}"

        self.kept.write_text(PLACE.sub(earlier, text))
        self.server_forgets(seconds)

    def server_forgets(self, seconds: int = 2 * DAY) -> None:
        """To the server the answers are so much older."""
        ids = ", ".join(f"'{record['id']}'" for record in self.records())
        Sqlite(self.home).change(
            f"UPDATE idempotency_key SET created_at = created_at - {seconds * 1000}"
            f" WHERE inference_id IN ({ids})"
        )

    def is_whole(self, said: dict) -> None:
        """Each line has one answer, each was paid once, the summary has counted that, and nothing else lies around."""
        answers = lines_of(self.results)
        assert sorted(answer["line"] for answer in answers) == list(range(1, self.count + 1))
        for answer in answers:
            assert answer["text"] == echo(f"{answer['line']} {self.word}", "gpt-4o")
        records = asked(self.api, self.work.name)
        paid = [record for record in records if record["status"] == "completed"]
        assert len(paid) == self.count, "more are paid twice, fewer were never asked"
        assert {record["id"] for record in paid} == {answer["inference_id"] for answer in answers}
        cost = sum(Decimal(str(record["cost_usd"])) for record in paid)
        assert Decimal(str(said["cost_usd"])) == cost
        assert {path.name for path in self.work.iterdir()} == {self.file.name, self.results.name}


# ── killed at chosen moments ────────────────────────────────────────────────────────────────────────────────────────


def test_killed_before_the_first_request(home, api, work):
    batch = Asked(home, api, work, 5)
    text = batch.file.read_text()
    batch.file.unlink()
    os.mkfifo(batch.file)  # nothing can be read from it yet
    with batching(home, *batch.command) as killed:
        until("its name", batch.kept.exists)
        killed.process.kill()
    assert batch.records() == [] and batch.results.read_text() == "" and batch.under_way() == []
    batch.file.unlink()
    batch.file.write_text(text)
    done = run(home, *batch.command)
    assert done.returncode == 0, done.stderr
    assert (summary(done)["answered"], summary(done)["replayed"]) == (5, 0)
    batch.is_whole(summary(done))


def test_killed_while_lines_are_under_way_and_begun_again_at_once(home, api, work):
    """The provider still works when the next run asks: that waits for its answer, which was paid before it came."""
    batch = Asked(home, api, work, 4)
    batch.slowly(4000)
    with batching(home, *batch.command) as killed:
        until("all under way", lambda: len(batch.records()) == 4)
        killed.process.kill()
    with batching(home, *batch.command) as again:
        time.sleep(1)
        assert {record["status"] for record in batch.records()} == {"running"}
        done = again.end()
    assert done.returncode == 0, done.stderr
    said = summary(done)
    assert (said["answered"], said["replayed"], said["paid_usd"]) == (4, 4, 0)
    assert all(answer["replayed"] for answer in lines_of(batch.results))
    batch.is_whole(said)


def test_killed_when_answers_have_arrived_and_are_not_written(home, api, work):
    batch = Asked(home, api, work, 4)
    batch.slowly(2500)
    with batching(home, *batch.command) as killed:
        until("all under way", lambda: len(batch.records()) == 4)
        killed.process.send_signal(signal.SIGSTOP)
        records = asked(api, work.name)  # the answers lie with the process, which does nothing
        killed.process.kill()
    assert {record["status"] for record in records} == {"completed"}
    assert whole_lines(batch.results) == 0 and batch.under_way() == [1, 2, 3, 4]
    done = run(home, *batch.command)
    assert done.returncode == 0, done.stderr
    assert (summary(done)["replayed"], summary(done)["paid_usd"]) == (4, 0)
    batch.is_whole(summary(done))


def test_killed_in_the_midst_of_a_line(home, api, work):
    """Its place in `.batch` still has the line, as it is given back behind the writing."""
    batch = Asked(home, api, work, 2)
    batch.slowly(1000)
    with batching(home, *batch.command, "--concurrency", "1") as killed:
        until("the second line", lambda: batch.kept.exists() and batch.under_way() == [2])
        kept = batch.kept.read_bytes()
        until("its answer", lambda: whole_lines(batch.results) == 2)
        killed.process.kill()
    whole = batch.results.read_bytes().split(b"\n")[:2]
    for torn in (1, 10, len(whole[1])):  # the last is whole, but for its end
        batch.results.write_bytes(whole[0] + b"\n" + whole[1][:torn])
        batch.kept.write_bytes(kept)
        done = run(home, *batch.command)
        assert done.returncode == 0, done.stderr
        assert "not whole" in done.stderr
        assert (summary(done)["answered"], summary(done)["replayed"]) == (1, 1), torn
        batch.is_whole(summary(done))


def test_killed_behind_the_writing_of_a_line_it_is_not_under_way(home, api, work):
    """The answer is written, its place not yet given back: also a day later nothing is asked or said."""
    batch = Asked(home, api, work, 3)
    batch.slowly(1000)
    with batching(home, *batch.command, "--concurrency", "1") as killed:
        until("the first line", lambda: batch.kept.exists() and batch.under_way() == [1])
        kept = batch.kept.read_text()
        until("its answer", lambda: whole_lines(batch.results) == 1)
        killed.process.kill()
    asked(api, work.name)
    batch.kept.write_text(kept)
    batch.age(2 * DAY)
    written = batch.results.read_text()
    done = run(home, *batch.command, "--limit", "1")
    assert (done.returncode, summary(done)["answered_before"]) == (0, 1), done.stderr
    assert "under way" not in done.stderr
    batch.kept.write_text(kept)
    batch.age(2 * DAY)
    piped = home.aistrale(
        *("batch", "-", "--format", "text", "-o", str(batch.results), "--limit", "1"),
        *batch.command[1:],
        stdin=batch.file.read_text(),
    )
    assert piped.returncode == 0, piped.stderr
    assert "under way" not in piped.stderr
    assert batch.results.read_text() == written


def test_killed_while_it_puts_the_failures_in_order(home, api, work):
    """Either the old file or the new one is there, and the next run ends it."""
    batch = Asked(home, api, work, 2)
    failures = 150_000
    lines = [
        {"line": 2, "status": "failed", "error": {"code": "x"}, "ended": 0, "hash": f"{n:016x}"}
        for n in range(1, failures)
    ]
    lines.append({"line": 3, "status": "malformed", "error": {"code": "malformed"}})
    batch.failures.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    batch.file.write_text(batch.file.read_text() + " \n")
    part = work / ".prompts.failed.jsonl.part"
    refusal = {"status": 400, "containing": f"2 {batch.word}", "times": 1}
    home.emulator.script("openai", refusal)
    with batching(home, *batch.command) as killed:
        until("the part", part.exists)
        killed.process.kill()
    assert part.exists(), "it was in the midst of it"
    assert whole_lines(batch.failures) == failures + 1
    stopped = run(home, *batch.command, "--no-retry-failed")
    assert stopped.returncode == 8, stopped.stderr
    assert summary(stopped)["failed"] == 1
    left = {line["line"]: line for line in lines_of(batch.failures)}
    assert sorted(left) == [2, 3] and left[2]["ended"] == 1, "of each line the last"
    assert not part.exists()
    batch.failures.unlink()  # with the line that never was in the input
    done = run(home, *batch.command)
    assert done.returncode == 0, done.stderr
    batch.file.write_text(batch.file.read_text().replace(" \n", "", 1))
    batch.is_whole(summary(done))


@pytest.mark.timeout(900)
def test_killed_at_random_moments(home, api, work, request, note):
    """With --torture: twenty kills, lines that fail among the others, in order and not."""
    if not request.config.getoption("--torture"):
        pytest.skip("with --torture: it takes minutes")
    seed = random.randrange(2**32)
    note("seed", str(seed))
    chance = random.Random(seed)
    batch = Asked(home, api, work, 3000)
    home.emulator.script(
        "openai",
        *({"status": 400, "containing": f'"{n} {batch.word}', "times": 2} for n in range(7, 3000, 97)),
    )
    killed = 0
    while killed < 20:
        options = ["--concurrency", str(chance.choice((1, 4, 16, 64)))]
        options += ["--ordered"] if chance.random() < 0.3 else []
        with batching(home, *batch.command, *options) as running:
            before = whole_lines(batch.results)
            some = before + chance.randrange(150)
            until("answers", lambda: whole_lines(batch.results) >= some or running.process.poll() == 0)
            time.sleep(chance.random() / 20)
            if running.process.poll() is not None:
                break
            running.process.kill()
            killed += 1
            running.process.wait()
        if chance.random() < 0.3 and whole_lines(batch.results) > 2:
            os.truncate(batch.results, batch.results.stat().st_size - chance.randrange(1, 200))
    note("kills", str(killed))
    assert killed >= 15
    for _ in range(4):
        done = run(home, *batch.command)
        if done.returncode == 0:
            break
    assert done.returncode == 0, done.stderr
    batch.is_whole(summary(done))


# ── for how long it holds ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_day_later_nothing_is_paid_again_unasked(home, api, work):
    batch = Asked(home, api, work, 3)
    batch.kill_under_way()
    batch.age(DAY + 60)
    kept = batch.kept.read_bytes()
    for more, lines in (((), "Lines 1, 2, 3 of"), (("--limit", "1"), "Line 1 of")):
        stopped = run(home, *batch.command, *more)
        assert stopped.returncode == 4, stopped.stderr
        assert lines in stopped.stderr and "a second time" in stopped.stderr
        assert "the same command with --yes" in stopped.stderr
        assert batch.kept.read_bytes() == kept and batch.results.read_bytes() == b""
    piped = home.aistrale(
        *("batch", "-", "--format", "text", "-o", str(batch.results), *batch.command[1:]),
        stdin=batch.file.read_text(),
    )
    assert piped.returncode == 4 and "Lines 1, 2, 3 of standard input" in piped.stderr
    assert len(batch.records()) == 3

    one = run(home, *batch.command, "--limit", "1", "--yes")
    assert one.returncode == 0, one.stderr
    assert "Line 1 of" in one.stderr, "said all the same"
    assert len(asked(api, work.name)) == 4, "the server had forgotten it: paid again"


def test_a_day_later_a_terminal_is_asked(home, api, work):
    batch = Asked(home, api, work, 2)
    batch.kill_under_way()
    batch.age(DAY + 60)
    for answer, code, inferences in (("n", 4, 2), ("y", 0, 4)):
        terminal = Terminal(home, "batch", *batch.command)
        try:
            terminal.read_until("Ask them again? [y/N]")
            terminal.type(answer)
            assert terminal.exit_code() == code, terminal.screen
        finally:
            terminal.close()
        assert len(asked(api, work.name)) == inferences
    assert not batch.kept.exists()


def test_ctrl_c_at_the_question_asks_nothing(home, api, work):
    batch = Asked(home, api, work, 2)
    batch.kill_under_way()
    batch.age(DAY + 60)
    terminal = Controlled(home, "batch", *batch.command)
    try:
        terminal.read_until("Ask them again? [y/N]")
        begin = time.monotonic()
        terminal.send("\x03")
        assert terminal.exit_code() in (130, -signal.SIGINT), terminal.screen
        assert time.monotonic() - begin < 5, "there is nothing to wait for"
    finally:
        terminal.close()
    assert len(batch.records()) == 2 and batch.under_way() == [1, 2]


@pytest.mark.parametrize(
    ("refusal", "code"), [((402, None), 5), ((401, None), 3), ((429, "3600"), 6)]
)
def test_what_was_refused_is_not_under_way(home, api, work, refusal, code):
    """A spent budget, a refused key, a limit: the next run, whenever it is, has nothing to ask about."""
    batch = Asked(home, api, work, 3)
    refusing = Refusing(lambda _: refusal)
    try:
        elsewhere = {"AISTRALE_API_URL": refusing.url, "AISTRALE_API_KEY": "ais_x"}
        stopped = run(home, *batch.command, **elsewhere)
    finally:
        refusing.close()
    assert stopped.returncode == code, stopped.stderr
    assert refusing.arrivals, "something was asked"
    assert batch.under_way() == []
    done = run(home, *batch.command)
    assert (done.returncode, summary(done)["answered"]) == (0, 3), done.stderr
    batch.is_whole(summary(done))


def test_what_was_under_way_before_it_was_refused_stays_so(home, api, work):
    batch = Asked(home, api, work, 2)
    batch.kill_under_way()
    batch.age(DAY // 2)
    before = sorted(PLACE.findall(batch.kept.read_text()))
    refusing = Refusing(lambda _: (402, None))
    try:
        elsewhere = {"AISTRALE_API_URL": refusing.url, "AISTRALE_API_KEY": "ais_x"}
        assert run(home, *batch.command, **elsewhere).returncode == 5
    finally:
        refusing.close()
    assert sorted(PLACE.findall(batch.kept.read_text())) == before
    done = run(home, *batch.command)
    assert (done.returncode, summary(done)["replayed"]) == (0, 2), done.stderr
    batch.is_whole(summary(done))


@pytest.mark.parametrize("status", [200, 403, 500])
def test_an_answer_that_a_proxy_replaced_is_not_paid_twice(home, api, work, status):
    """What the server did is not known from a proxy's page: it is asked for again under the same key."""
    batch = Asked(home, api, work, 2)
    proxy = Garbling(int(home.url.rpartition(":")[2]), status)
    try:
        first = run(home, *batch.command, AISTRALE_API_URL=proxy.url)
    finally:
        proxy.close()
    assert first.returncode == 8 and proxy.garbled == 1, first.stderr
    (failure,) = lines_of(batch.failures)
    assert failure["ended"] == 0
    # Of a request that is refused nothing begins, of any other answer that is not known.
    assert batch.under_way() == ([] if status == 403 else [failure["line"]])
    done = run(home, *batch.command)
    assert (done.returncode, summary(done)["replayed"]) == (0, 1), done.stderr
    batch.is_whole(summary(done))


def test_what_is_kept_is_read_as_far_as_it_is_whole(home, api, work):
    batch = Asked(home, api, work, 2)
    batch.kill_under_way()
    kept = batch.kept.read_bytes()
    batch.kept.write_bytes(b"\xff\xfe" + kept)  # the name is lost, and what it stood for
    asks = run(home, *batch.command)
    assert asks.returncode == 4 and "Lines 1, 2 of" in asks.stderr, asks.stderr
    batch.kept.write_bytes(kept + b"\xff\xfe")
    done = run(home, *batch.command)
    assert (done.returncode, summary(done)["replayed"]) == (0, 2), done.stderr
    batch.is_whole(summary(done))


def test_who_does_not_see_the_question_is_not_asked(home, api, work):
    batch = Asked(home, api, work, 2)
    batch.kill_under_way()
    batch.age(DAY + 60)
    log = work / "log"
    shell = f'{LAUNCHER} batch "$@" 2>{log}'
    terminal = Terminal(home, "-c", shell, "sh", *batch.command, launcher=Path("/bin/sh"))
    try:
        assert terminal.exit_code() == 4, terminal.screen
    finally:
        terminal.close()
    assert "Lines 1, 2 of" in log.read_text() and "--yes" in log.read_text()
    assert len(batch.records()) == 2


def test_within_a_day_it_goes_on_without_a_word(home, api, work):
    batch = Asked(home, api, work, 3)
    batch.kill_under_way()
    batch.age(DAY - 15 * 60)
    done = run(home, *batch.command)
    assert (done.returncode, summary(done)["replayed"]) == (0, 3), done.stderr
    assert done.stderr == ""
    batch.is_whole(summary(done))


def test_what_a_limit_leaves_is_still_known_afterwards(home, api, work):
    batch = Asked(home, api, work, 3)
    batch.kill_under_way()
    first = run(home, *batch.command, "--limit", "1")
    assert (first.returncode, summary(first)["replayed"]) == (0, 1), first.stderr
    done = run(home, *batch.command)
    assert (done.returncode, summary(done)["replayed"]) == (0, 2), done.stderr
    batch.is_whole(summary(done))


def test_what_a_limit_leaves_is_said_by_the_next_run(home, api, work):
    batch = Asked(home, api, work, 3)
    batch.kill_under_way()
    batch.age(2 * DAY)
    first = run(home, *batch.command, "--limit", "1", "--yes")
    assert first.returncode == 0 and "Line 1 of" in first.stderr, first.stderr
    second = run(home, *batch.command)
    assert second.returncode == 4 and "Lines 2, 3 of" in second.stderr, second.stderr
    text = batch.file.read_text()
    batch.file.write_text(text.replace("2 ", "two ", 1))  # another line, which never was asked
    third = run(home, *batch.command)
    assert third.returncode == 4 and "Line 3 of" in third.stderr, third.stderr
    done = run(home, *batch.command, "--yes")
    assert done.returncode == 0, done.stderr
    assert len(asked(api, work.name)) == 6 and not batch.kept.exists()


def test_killed_again_a_line_is_as_old_as_its_first_asking(home, api, work):
    batch = Asked(home, api, work, 2)
    batch.kill_under_way()
    batch.age(DAY - 15 * 60)
    before = sorted(PLACE.findall(batch.kept.read_text()))
    batch.server_forgets()
    batch.slowly(2000)
    with batching(home, *batch.command) as killed:
        until("both under way again", lambda: len(batch.records()) == 4)
        killed.process.kill()
    assert whole_lines(batch.results) == 0
    assert sorted(PLACE.findall(batch.kept.read_text())) == before


def test_under_another_name_it_would_be_paid_twice(home, api, work):
    batch = Asked(home, api, work, 2)
    batch.kill_under_way()
    stopped = run(home, *batch.command, "--name", "another")
    assert stopped.returncode == 4, stopped.stderr
    assert "Lines 1, 2 of" in stopped.stderr and "--name" in stopped.stderr
    done = run(home, *batch.command)
    assert (done.returncode, summary(done)["replayed"]) == (0, 2), done.stderr
    batch.is_whole(summary(done))


def test_a_name_that_was_given_is_kept(home, api, work):
    batch = Asked(home, api, work, 2)
    plain = batch.command
    batch.command = (*plain, "--name", f"n-{batch.word}")
    batch.kill_under_way()
    done = run(home, *plain)
    assert (done.returncode, summary(done)["replayed"]) == (0, 2), done.stderr
    batch.is_whole(summary(done))


# ── whose the failures file is ──────────────────────────────────────────────────────────────────────────────────────


def test_two_at_once_with_one_failures_file_the_second_refuses(home, api, work):
    (work / "in.txt").write_text("One\nTwo\nThree\n")
    one, other, failed = (work / name for name in ("a.jsonl", "a.results.jsonl", "a.failed.jsonl"))
    command = (str(work / "in.txt"), *MODEL, "--session", work.name)
    with batching(home, *command, "-o", str(one), "--rate", "1/m") as first:
        until("an answer", lambda: whole_lines(one) == 1)
        second = run(home, *command, "-o", str(other))
        assert second.returncode == 4, second.stderr
        assert f"{one}," in second.stderr and str(failed) in second.stderr
        assert "--failures FILE" in second.stderr
        assert whole_lines(other) == 0
        own = run(home, *command, "-o", str(other), "--failures", str(work / "own.jsonl"))
        assert own.returncode == 0, own.stderr
        first.process.kill()
    again = run(home, *command, "-o", str(one))
    assert again.returncode == 0, again.stderr
    assert {path.name for path in work.iterdir()} == {"in.txt", one.name, other.name}


def test_one_batchs_failures_are_not_anothers(home, api, work):
    (work / "in.jsonl").write_text('{"prompt": "Hi"}\n{"promt": "Hi"}\n')
    command = (str(work / "in.jsonl"), *MODEL, "--session", work.name)
    first = run(home, *command, "-o", str(work / "a.jsonl"))
    assert first.returncode == 8, first.stderr
    failures = (work / "a.failed.jsonl").read_bytes()
    for output in (str(work / "a.results.jsonl"), "-"):
        second = run(home, *command, "-o", output, "--failures", str(work / "a.failed.jsonl"))
        assert second.returncode == 4, second.stderr
        assert "answers are in a.jsonl" in second.stderr and "--failures FILE" in second.stderr
        assert (work / "a.failed.jsonl").read_bytes() == failures
    assert len(asked(api, work.name)) == 1

    moved = work / "moved"
    moved.mkdir()
    for name in ("a.jsonl", "a.failed.jsonl", ".a.jsonl.batch"):
        shutil.move(work / name, moved / name)
    (work / "in.jsonl").write_text('{"prompt": "Hi"}\n{"prompt": "Hi"}\n')
    done = run(home, *command, "-o", str(moved / "a.jsonl"))
    assert done.returncode == 0, done.stderr
    assert [path.name for path in moved.iterdir()] == ["a.jsonl"]


# ── full disks, and memory ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_disk_that_is_full_before_it_begins_asks_nothing(home, api, work):
    with small_disk(work / "disk", 1) as disk:
        results = disk / "out.jsonl"
        results.touch()
        (work / "in.txt").write_text("One\nTwo\n")
        command = (str(work / "in.txt"), *MODEL, "--session", work.name, "-o", str(results))
        command += ("--failures", str(work / "failed.jsonl"))
        ballast = fill(disk)
        stopped = run(home, *command)
        assert stopped.returncode == 1, stopped.stderr
        assert ".out.jsonl.batch" in stopped.stderr and "No space left" in stopped.stderr
        assert api.telemetry(session_id=work.name) == []
        ballast.unlink()
        assert run(home, *command).returncode == 0
        assert len(lines_of(results)) == len(asked(api, work.name)) == 2
        assert [path.name for path in disk.iterdir()] == [results.name]


def test_a_full_disk_for_the_failures_stops_it_and_nothing_is_lost(home, api, work):
    count = 200
    (work / "in.jsonl").write_text('{"prompt": "Hi"}\n{"promt": "Hi"}\n' * count)
    with small_disk(work / "disk", 1) as disk:
        failed = disk / "failed.jsonl"
        results = work / "out.jsonl"
        command = (str(work / "in.jsonl"), *MODEL, "--session", work.name, "-o", str(results))
        command += ("--failures", str(failed))
        ballast = fill(disk)
        os.truncate(ballast, ballast.stat().st_size - 8 * 1024)
        stopped = run(home, *command)
        assert stopped.returncode == 1, stopped.stderr
        assert str(failed) in stopped.stderr and "No space left" in stopped.stderr
        assert "What is written" in stopped.stderr
        assert 0 < len(lines_of(failed)) < count, "whole lines"
        ballast.unlink()
        done = run(home, *command)
        assert done.returncode == 8, done.stderr
        assert [line["line"] for line in lines_of(failed)] == list(range(2, 2 * count + 1, 2))
        assert sorted(answer["line"] for answer in lines_of(results)) == list(
            range(1, 2 * count, 2)
        )
        assert len(asked(api, work.name)) == count


def test_in_order_what_cannot_be_asked_waits_for_its_turn_in_the_input(home, api, work):
    """Behind a slow line nothing is read far ahead: it would be kept in memory."""
    word = uuid.uuid4().hex
    home.emulator.script("openai", {"delay_ms": 8000, "containing": word, "times": 1})
    command = [LAUNCHER, "batch", "-", "--format", "jsonl", "-o", "-", "--ordered", *MODEL]
    most = 4 * 1024 * 1024
    wrong = b'{"promt": "' + b"x" * 1000 + b'"}\n'
    with subprocess.Popen(
        [*command, "--session", work.name],
        env=home.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as batch:
        try:
            os.write(batch.stdin.fileno(), b'{"prompt": "' + word.encode() + b'"}\n')
            until("the slow line", lambda: api.telemetry(session_id=work.name))
            os.set_blocking(batch.stdin.fileno(), False)
            taken, until_then = 0, time.monotonic() + 2
            while taken < most and time.monotonic() < until_then:
                try:
                    taken += os.write(batch.stdin.fileno(), wrong)
                except BlockingIOError:
                    time.sleep(0.01)
            assert api.telemetry(session_id=work.name)[0]["status"] == "running"
            assert 100 * 1000 < taken < 1024 * 1024
        finally:
            batch.kill()
