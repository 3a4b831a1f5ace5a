"""The pytest plugin as its users meet it: pytest runs in a process of its own, on their tests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .fake_server import FakeServer, inference, reply, sse, story

pytest_plugins = ["pytester"]

# Hypothesis's plugin imports all of Hypothesis at every start: two thirds of it, for nothing here.
INI = """
[pytest]
addopts = -p no:cacheprovider -p no:hypothesispytest --strict-markers -W error
asyncio_default_fixture_loop_scope = function
"""

GREET = """
import aistrale

def test_greet(aistrale_cassette):
    assert aistrale.run("Greet Ada.").text == "Hello Ada."
"""


@pytest.fixture
def user(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project that uses this package, on a machine that is no CI's, without a server."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.setenv("AISTRALE_API_URL", "http://127.0.0.1:9")
    pytester.makeini(INI)
    return pytester


def run(user: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return user.runpytest_subprocess(*arguments, timeout=60)


def record(
    user: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    *script: Any,
    flags: tuple[str, ...] = (),
) -> pytest.RunResult:
    """Run the tests beside a server that answers like this."""
    with FakeServer(*script) as server, monkeypatch.context() as patch:
        patch.setenv("AISTRALE_API_URL", server.url)
        result = run(user, *flags)
        assert len(server.requests) == len(script), result.stdout.str()
    return result


def files(user: pytest.Pytester) -> list[str]:
    return sorted(str(path.relative_to(user.path)) for path in user.path.rglob("*.json"))


def test_recorded_on_a_desk_and_played_in_ci(
    user: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    user.makepyfile(test_app=GREET)
    record(user, monkeypatch, reply(inference("Hello Ada."))).assert_outcomes(passed=1)
    assert files(user) == ["cassettes/test_app/test_greet.json"]
    run(user).assert_outcomes(passed=1)
    monkeypatch.setenv("CI", "true")
    run(user).assert_outcomes(passed=1)


@pytest.mark.parametrize(("ci", "flags"), [("true", ()), ("", ("--aistrale-record=none",))])
def test_what_is_not_recorded_fails_in_ci(
    user: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str, flags: tuple[str, ...]
) -> None:
    """Also where a server is there, by chance."""
    user.makepyfile(test_app=GREET)
    monkeypatch.setenv("CI", ci)
    with FakeServer(reply(inference("Hello Ada."))) as server:
        monkeypatch.setenv("AISTRALE_API_URL", server.url)
        result = run(user, *flags)
        assert server.requests == []
    result.assert_outcomes(failed=1)
    path = Path("cassettes/test_app/test_greet.json")
    said = f"POST /api/v1/inferences is not recorded: there is no cassette {path}."
    result.stdout.fnmatch_lines(
        [
            f"E * aistrale.testing.CassetteMissError: {said}",
            "E * To record it: pytest --aistrale-record=once test_app.py::test_greet",
        ]
    )
    assert files(user) == []


@pytest.mark.parametrize("ci", ["", "false", "0"])
def test_no_ci(user: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str) -> None:
    user.makepyfile(test_app=GREET)
    monkeypatch.setenv("CI", ci)
    record(user, monkeypatch, reply(inference("Hello Ada."))).assert_outcomes(passed=1)
    assert len(files(user)) == 1


def test_a_changed_prompt(user: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what differs and how to record again, and that command does it."""
    user.makepyfile(test_app=GREET)
    record(user, monkeypatch, reply(inference("Hello Ada.")))
    user.makepyfile(test_app=GREET.replace("Greet Ada.", "Greet Ada warmly."))
    result = run(user)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E * POST /api/v1/inferences is not in the cassette *s/test_app/test_greet.json.",
            "E * The nearest recorded request (1 of 1) differs in:",
            "E * /body/prompt",
            'E * recorded: "Greet Ada."',
            'E * now:      "Greet Ada warmly."',
            "E * To record it: pytest --aistrale-record=all test_app.py::test_greet",
        ]
    )
    assert "_drive.py" not in result.stdout.str(), "the traceback ends in the user's code"
    flags = ("--aistrale-record=all", "test_app.py::test_greet")
    record(user, monkeypatch, reply(inference("Hello Ada.")), flags=flags)
    run(user).assert_outcomes(passed=1)
    (name,) = files(user)
    interactions = json.loads((user.path / name).read_text("utf-8"))["interactions"]
    assert [each["request"]["body"] for each in interactions] == [{"prompt": "Greet Ada warmly."}]


def test_an_application_that_streams(
    user: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A web application, whose answer is made of a model's, piece by piece, in another thread."""
    user.makepyfile(
        app="""
        import aistrale
        from werkzeug.wrappers import Request, Response

        client = aistrale.Aistrale(model="gpt-4o")

        @Request.application
        def app(request):
            if request.path == "/":
                return Response(aistrale.run(request.args["q"]).text)
            def pieces():
                with client.stream(request.args["q"]) as stream:
                    yield from stream.text_deltas()
            return Response(pieces())
        """,
        test_app="""
        import threading
        import pytest
        from app import app
        from werkzeug.serving import make_server
        from werkzeug.test import Client
        from urllib.request import urlopen

        pytestmark = pytest.mark.aistrale_cassette

        def test_page():
            assert Client(app).get("/?q=Hello").text == "Hi."

        def test_stream():
            assert list(Client(app).get("/stream?q=Count").response) == [b"One ", b"two."]

        def test_served():
            server = make_server("127.0.0.1", 0, app, threaded=True)
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                with urlopen(f"http://127.0.0.1:{server.server_port}/?q=Hello") as answer:
                    assert answer.read() == b"Hi."
            finally:
                server.shutdown()
                thread.join()
                server.server_close()
        """,
    )
    script = [reply(inference("Hi.")), sse(*story("One ", "two.")), reply(inference("Hi."))]
    record(user, monkeypatch, *script).assert_outcomes(passed=3)
    assert len(files(user)) == 3
    run(user, "--aistrale-record=none").assert_outcomes(passed=3)


def test_a_miss_that_the_program_caught_fails_the_test(user: pytest.Pytester) -> None:
    user.makepyfile(
        test_app="""
        import aistrale, unittest, pytest

        def app():
            try:
                return aistrale.run("Hello").text
            except Exception:
                return "Sorry."

        def test_app(aistrale_cassette):
            assert app() == "Sorry."

        def test_other_failure(aistrale_cassette):
            assert app() == "Hi."

        @pytest.mark.aistrale_cassette
        class TestApp(unittest.TestCase):
            def test_app(self):
                self.assertEqual(app(), "Sorry.")

            def test_other_failure(self):
                self.assertEqual(app(), "Hi.")
        """
    )
    result = run(user, "--aistrale-record=none", "-v")
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines_random(
        [
            "test_app.py::test_app FAILED*",
            "E * AssertionError: assert 'Sorry.' == 'Hi.'",
            "E * A request was not in the cassette:",
            "E * To record it: pytest --aistrale-record=once test_app.py::TestApp::test_app",
        ]
    )


def test_what_a_failed_test_recorded_is_not_kept(
    user: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    user.makepyfile(
        test_app="""
        import aistrale, pytest, unittest
        pytestmark = pytest.mark.aistrale_cassette

        def test_fails():
            assert aistrale.run("Hello").text == "Hello."

        def test_skips():
            aistrale.run("Hello")
            pytest.skip("for today")

        class TestCase(unittest.TestCase):
            def test_fails(self):
                self.assertEqual(aistrale.run("Hello").text, "Hello.")
        """
    )
    result = record(user, monkeypatch, *[reply(inference("Hi."))] * 3)
    result.assert_outcomes(failed=2, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "*- aistrale cassette -*",
            "*/cassettes/test_app/test_fails.json was not recorded, as the test did not pass.",
        ]
    )
    assert files(user) == []


def test_a_forgotten_server(user: pytest.Pytester) -> None:
    """A program that has an answer for that makes no green test, and no file."""
    user.makepyfile(
        test_app="""
        import aistrale

        def test_app(aistrale_cassette):
            try:
                aistrale.run("Hello", max_retries=0)
            except aistrale.APIConnectionError:
                pass
        """
    )
    result = run(user)
    result.assert_outcomes(passed=1, errors=1)
    said = "E * cassettes/test_app/test_app.json was not recorded: the server cannot be reached*"
    result.stdout.fnmatch_lines([said])
    assert files(user) == []


def test_each_has_its_own_file(user: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    user.mkpydir("inner")
    user.makepyfile(
        **{
            "inner/test_app": """
            import aistrale, pytest

            @pytest.mark.parametrize("name", ["Ada", "a/b", "a:b", "é", "x" * 150])
            def test_names(aistrale_cassette, name):
                aistrale.run(name)

            class TestClass:
                @pytest.mark.aistrale_cassette
                def test_method(self):
                    aistrale.run("method")

                @pytest.mark.aistrale_cassette("own/name.json", ignore=["/body/prompt"])
                def test_named(self, aistrale_cassette):
                    aistrale.run(str(id(self)))
                    assert aistrale_cassette.path.name == "name.json"
            """
        }
    )
    script = [reply(inference("Hi."))] * 7
    record(user, monkeypatch, *script).assert_outcomes(passed=7)
    found = files(user)
    assert "inner/own/name.json" in found
    assert "inner/cassettes/test_app/TestClass.test_method.json" in found
    assert "inner/cassettes/test_app/test_names[Ada].json" in found
    assert len(found) == 7
    for name in found:
        assert all(char.isascii() and char not in '<>:"\\|?*' for char in name), name
        assert len(Path(name).name) < 120
    run(user, "--aistrale-record=none").assert_outcomes(passed=7)


def test_a_parameter_that_is_marked_has_a_cassette_and_the_others_have_none(
    user: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever is collected first: a test that means its server must not be played a file."""
    user.makepyfile(
        test_app="""
        import aistrale, pytest

        marked = pytest.mark.aistrale_cassette

        @pytest.mark.parametrize("n", [1, pytest.param(2, marks=marked), 3])
        def test_app(n, request):
            assert ("aistrale_cassette" in request.fixturenames) is (n == 2)
            assert aistrale.run(f"Say {n}").text == "Hi."

        class TestApp:
            @pytest.mark.parametrize("n", [pytest.param(1, marks=marked("own.json")), 2])
            def test_app(self, n):
                assert aistrale.run(f"Say {n}").text == "Hi."
        """
    )
    script = [reply(inference("Hi."))] * 5
    record(user, monkeypatch, *script).assert_outcomes(passed=5)
    assert files(user) == ["cassettes/test_app/test_app[2].json", "own.json"]
    record(user, monkeypatch, *script[:3], flags=("--aistrale-record=none",)).assert_outcomes(
        passed=5
    )


def test_two_tests_do_not_record_over_each_other(
    user: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    user.makepyfile(
        test_app="""
        import aistrale, pytest
        pytestmark = pytest.mark.aistrale_cassette("shared.json")

        def test_one():
            aistrale.run("Hello")

        def test_two():
            aistrale.run("Hello")
        """
    )
    for flags in ((), ("--aistrale-record=all",)):
        result = record(user, monkeypatch, reply(inference("Hi.")), flags=flags)
        result.assert_outcomes(passed=1, errors=1)
        result.stdout.fnmatch_lines(
            ["E *CassetteError: */shared.json was recorded by *::test_one*"]
        )
        run(user, "--aistrale-record=none").assert_outcomes(passed=2)
        (user.path / "shared.json").unlink()


def test_options_for_all(user: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    user.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def aistrale_cassette_options():
            return {"ignore": ["/body/metadata"], "redact": ["4711-0815"]}
        """
    )
    user.makepyfile(
        test_app="""
        import os, aistrale

        def test_app(aistrale_cassette):
            aistrale.run("I am 4711-0815", metadata={"process": str(os.getpid())})
        """
    )
    record(user, monkeypatch, reply(inference("Hi."))).assert_outcomes(passed=1)
    run(user, "--aistrale-record=none").assert_outcomes(passed=1)
    (name,) = files(user)
    assert "4711" not in (user.path / name).read_text("utf-8")


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ('mode="sometimes"', "ValueError: mode is 'sometimes'; known are none, once, all"),
        ("ignored=[]", "TypeError: a cassette has no option 'ignored'; known are mode, ignore*"),
        ('"a", "b"', "TypeError: the marker aistrale_cassette takes a path*"),
    ],
)
def test_wrong_options(user: pytest.Pytester, mark: str, said: str) -> None:
    user.makepyfile(
        test_app=f"""
        import pytest

        @pytest.mark.aistrale_cassette({mark})
        def test_app():
            pass
        """
    )
    result = run(user)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"E * {said}"])


def test_asynchronous_tests(user: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest-asyncio and anyio, with asynchronous fixtures, in one project."""
    user.makepyfile(
        test_asyncio="""
        import aistrale, pytest, pytest_asyncio

        @pytest_asyncio.fixture
        async def client():
            async with aistrale.AsyncAistrale() as client:
                yield client

        @pytest.mark.asyncio
        @pytest.mark.aistrale_cassette
        async def test_asyncio(client):
            assert (await client.run("Hello")).text == "Hi."
            async with aistrale.stream_async("Count") as stream:
                assert [piece async for piece in stream.text_deltas()] == ["One ", "two."]
        """,
        test_anyio="""
        import aistrale, anyio, pytest

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.mark.anyio
        async def test_anyio(aistrale_cassette):
            said = []
            async def ask(name):
                said.append((await aistrale.run_async(name)).text)
            async with anyio.create_task_group() as group:
                group.start_soon(ask, "Hello")
            assert said == ["Hi."]
        """,
    )
    script = [reply(inference("Hi.")), reply(inference("Hi.")), sse(*story("One ", "two."))]
    record(user, monkeypatch, *script).assert_outcomes(passed=2)
    assert len(files(user)) == 2
    run(user, "--aistrale-record=none").assert_outcomes(passed=2)


def test_in_parallel(user: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    user.makepyfile(
        test_app="""
        import aistrale, pytest

        @pytest.mark.parametrize("number", range(12))
        def test_app(aistrale_cassette, number):
            assert aistrale.run(f"Say {number}").text == f"Say {number}"
            with aistrale.stream(f"Stream {number}") as stream:
                assert stream.final().text == f"Stream {number}"
        """
    )

    def echo(connection: Any, got: Any) -> bool:
        prompt = got.json["prompt"]
        answer = sse(*story(prompt)) if got.json.get("stream") else reply(inference(prompt))
        return answer(connection, got)

    flags = ("-n", "2")
    with FakeServer(forever=echo) as server, monkeypatch.context() as patch:
        patch.setenv("AISTRALE_API_URL", server.url)
        run(user, *flags, "--aistrale-record=all").assert_outcomes(passed=12)
        assert len(server.requests) == 24
    assert len(files(user)) == 12
    run(user, *flags, "--aistrale-record=none").assert_outcomes(passed=12)


def test_its_import_costs_next_to_nothing() -> None:
    """What everybody pays who has this package, whether they use the plugin or not: under 5 ms."""
    script = (
        "import sys, time, pytest; before = set(sys.modules); began = time.process_time(); "
        "import aistrale._pytest_plugin; took = time.process_time() - began; "
        "print(sorted(set(sys.modules) - before), took < 0.005 or took)"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(3)
    ]
    assert "['aistrale', 'aistrale._pytest_plugin'] True\n" in said


def test_who_does_not_use_it_imports_no_client(user: pytest.Pytester) -> None:
    user.makeconftest(
        """
        import sys

        def pytest_sessionfinish():
            loaded = [name for name in sys.modules if name.startswith("aistrale")]
            print("loaded:", sorted(loaded), "httpcore2" in sys.modules)
        """
    )
    user.makepyfile(test_app="def test_app(): pass")
    result = run(user, "-s")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*loaded: ?'aistrale', 'aistrale._pytest_plugin'? False"])


def test_who_imported_the_package_before_pytest_is_not_warned(user: pytest.Pytester) -> None:
    """pytest warns of modules of a plugin's distribution that it cannot rewrite any more."""
    user.makepyfile(test_app="def test_app(): pass")
    script = "import aistrale, pytest; raise SystemExit(pytest.main([]))"
    result = user.run(sys.executable, "-c", script, timeout=60)
    assert result.ret == 0, result.stdout.str() + result.stderr.str()


EMULATED = """
def test_one(aistrale_emulator):
    pass

def test_two(aistrale_emulator):
    pass
"""


def test_no_command(user: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A test that cannot run fails: skipped, it would be green where it must not be."""
    user.makepyfile(test_app=EMULATED)
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run(user)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        ["aistrale_emulator: there is no `aistrale` command*: install it (pip install *"]
    )
    monkeypatch.setenv("AISTRALE_COMMAND", "/nowhere/aistrale")
    result = run(user)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*AISTRALE_COMMAND=/nowhere/aistrale names no program that can*"])


def test_a_command_that_fails(user: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    user.makepyfile(test_app=EMULATED)
    command = user.makefile(".sh", broken='echo "no java: $*" >&2; exit 3')
    monkeypatch.setenv("AISTRALE_COMMAND", f"sh {command}")
    result = run(user)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [
            "aistrale_emulator: the emulator (*broken.sh emulator --port 0) ended with 3; it said:",
            "no java: emulator --port 0",
        ]
    )
