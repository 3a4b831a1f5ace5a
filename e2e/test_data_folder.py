"""A data folder that is full, locked, or cannot be written."""

import pytest

from support.api import Api, check_problem, events_of
from support.server import Server, serving
from support.tmpfs import fill, small_disk

WIDE = {
    f"note-{number}": "x" * 500 for number in range(10)
}  # a record of some kilobytes: the disk is full soon


def answered_until_full(api: Api, at_most: int = 400) -> list[str]:
    """Runs until an inference is refused for want of its record, and returns the ids answered before."""
    ids = []
    for _ in range(at_most):
        response = api.run(prompt="hi", metadata=WIDE)
        if response.status_code != 200:
            check_problem(response, 503, "database_unavailable")
            assert int(response.headers["retry-after"]) >= 1
            return ids
        ids.append(response.json()["id"])
    raise AssertionError("the disk was full and every inference was answered")


@pytest.mark.timeout(150)
def test_on_a_full_disk_nothing_is_answered_without_its_record(machine):
    with small_disk(machine.data, 24) as disk:
        with serving(machine) as server:
            api = Api(server.url, machine.api_key())
            before = [api.answer(prompt="hi")["id"] for _ in range(5)]
            ballast = fill(disk)
            answered = answered_until_full(api)

            events = stream_while_full(api)
            assert events == [("error", "database_unavailable")]
            assert chat_while_full(api) == (503, "database_unavailable")

            ballast.unlink()
            after = [api.answer(prompt="hi")["id"] for _ in range(5)]
            assert_completed(api, before + answered + after)
        with serving(machine) as server:
            assert_completed(Api(server.url, machine.api_key()), before + answered + after)


def stream_while_full(api: Api) -> list[tuple[str, str]]:
    """The last event of a stream whose record cannot be written; or the problem in its place."""
    with api.streaming(prompt="hi", metadata=WIDE) as response:
        if response.status_code != 200:
            response.read()
            return [("error", check_problem(response, 503, "database_unavailable")["code"])]
        last = list(events_of(response.iter_lines()))[-1]
        return [(last.name, last.data["code"])]


def chat_while_full(api: Api) -> tuple[int, str]:
    body = {"model": "demo/demo", "messages": [{"role": "user", "content": "hi"}], "metadata": WIDE}
    response = api.post("/v1/chat/completions", body)
    return response.status_code, response.json()["error"]["code"]


def assert_completed(api: Api, ids: list[str]) -> None:
    records = {record["id"]: record["status"] for record in api.telemetry(limit=200)}
    assert {id: records.get(id) for id in ids} == {id: "completed" for id in ids}


def test_a_second_server_on_the_same_data_folder_ends_and_says_why(machine):
    with serving(machine) as first:
        second = Server(machine, "--port", "0")
        try:
            assert second.wait() == 1
            assert_said_plainly(second.log, str(machine.data), "another", str(first.process.pid))
        finally:
            second.end()
        assert Api(first.url, machine.api_key()).run(prompt="hi").status_code == 200


def test_the_lock_of_a_killed_server_is_not_in_the_way(machine):
    with serving(machine) as first:
        first.kill()
    with serving(machine) as second:
        assert Api(second.url, machine.api_key()).run(prompt="hi").status_code == 200


def test_a_data_folder_that_is_a_file_is_named(machine):
    machine.data.parent.mkdir(parents=True)
    machine.data.write_text("not a folder")
    assert_refuses_to_start(machine)


def test_a_data_folder_that_cannot_be_written_is_named(machine):
    with small_disk(machine.data, 1, "ro"):
        assert_refuses_to_start(machine)


def assert_refuses_to_start(machine) -> None:
    server = Server(machine)
    try:
        assert server.wait() == 1
        assert_said_plainly(server.log, str(machine.data), "--data-dir")
    finally:
        server.end()


def assert_said_plainly(log: str, *words: str) -> None:
    for word in words:
        assert word in log, log
    assert "\tat " not in log, "a stack trace is not a sentence"
