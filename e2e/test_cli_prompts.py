"""Prompts by the command line: made, changed, labelled, run, out into files and in again."""

import json

import pytest

from support.emulator import TOKENS, echo
from support.machine import Machine
from support.server import serving

FILE = """---
model: openai/gpt-4o
config:
  temperature: 0
input:
  schema:
    name: string
---
{{role "system"}}
Be kind.
{{role "user"}}
Greet {{name}}.
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory, emulator):
    """A machine with a server, and a token of the emulated OpenAI."""
    machine = Machine(tmp_path_factory.mktemp("prompts"), **emulator.settings("openai"))
    with serving(machine):
        done = machine.aistrale("tokens", "add", "--provider", "openai", stdin=TOKENS["openai"])
        assert done.returncode == 0, done.stderr
        yield machine


def said(machine: Machine, *arguments: str, stdin: str = "") -> str:
    """What a command that succeeds prints."""
    done = machine.aistrale(*arguments, stdin=stdin)
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout


def test_a_prompt_from_its_making_to_its_end(home, mark):
    template = f"{mark} Greet {{{{name}}}}."
    assert said(home, "prompts", "create", mark, template) == f"Made {mark} version 1\n"
    assert mark in said(home, "prompts", "list")
    again = home.aistrale("prompts", "create", mark, template)
    assert again.returncode == 4 and mark in again.stderr

    second = template + " In {{count}} words, says {{who}}."
    content = {
        "text": second,
        "variables": [
            {"name": "count", "type": "integer", "default": 5},
            {"name": "who", "type": "string", "default": "AISTRALE"},
        ],
        "settings": {"model": "openai/gpt-4o"},
    }
    made = said(
        home,
        *("prompts", "update", mark, "-f", "-", "--format", "json", "--note", "more"),
        stdin=json.dumps(content),
    )
    assert made == f"Made {mark} version 2\n"
    assert said(home, "prompts", "label", mark, "production", "2")
    shown = json.loads(said(home, "prompts", "get", mark, "--json"))
    assert (shown["version"], shown["text"], shown["note"]) == (2, second, "more")
    versions = json.loads(said(home, "prompts", "versions", mark, "--json"))["data"]
    assert [version["version"] for version in versions] == [2, 1]

    rendered = f"{mark} Greet Ada. In 3 words, says AISTRALE."
    variables = ("--var", "name=Ada", "--var", "count:=3")
    assert said(home, "prompts", "render", mark, *variables) == rendered + "\n"
    difference = said(home, "prompts", "diff", mark, "1", "production")
    assert f"-{template}" in difference and f"+{second}" in difference
    assert said(home, "prompts", "delete", mark) == f"Deleted {mark}\n"
    assert home.aistrale("prompts", "get", mark).returncode == 4
    assert mark not in said(home, "prompts", "list")


def test_a_stored_prompt_is_what_the_model_gets_and_telemetry_names_it(home, emulator, mark):
    said(home, "prompts", "create", mark, f"{mark} {{{{who}}}}", "--model", "openai/gpt-4o")
    run = ("run", "--prompt", f"{mark}@1", "--var-file", "who=-")
    assert said(home, *run, stdin="Ada") == echo(f"{mark} Ada", "gpt-4o") + "\n"
    assert json.loads(emulator.request(mark)["body"])["model"] == "gpt-4o"
    [record] = json.loads(said(home, "telemetry", "view", "--prompt", f"{mark}@1", "--json"))[
        "data"
    ]
    assert record["prompt"] == {"name": mark, "version": 1}
    assert (
        json.loads(said(home, "telemetry", "view", "--prompt", f"{mark}@2", "--json"))["data"] == []
    )


def test_what_a_prompt_wants_is_said(home, mark):
    said(home, "prompts", "create", mark, "Greet {{name}}.")
    missing = home.aistrale("run", "--prompt", mark)
    assert missing.returncode == 2 and "/variables/name" in missing.stderr
    unknown = home.aistrale("prompts", "render", mark, "--var", "name=x", "--var", "nam=y")
    assert unknown.returncode == 2 and "/variables/nam" in unknown.stderr


def test_a_change_that_comes_too_late_changes_nothing(home, mark):
    said(home, "prompts", "create", mark, "one")
    seen = json.loads(said(home, "prompts", "list", "--json"))["data"]
    revision = next(prompt["revision"] for prompt in seen if prompt["name"] == mark)
    said(home, "prompts", "update", mark, "two")
    late = home.aistrale(
        "prompts", "label", mark, "production", "1", "--if-revision", str(revision)
    )
    assert late.returncode == 4 and "412" in late.stderr
    assert "production" not in said(home, "prompts", "get", f"{mark}@1")


def test_files_come_in_again_and_again_and_go_out_as_they_came(home, mark, tmp_path):
    files = tmp_path / "in"
    files.mkdir()
    (files / f"{mark}.prompt").write_text(FILE)
    (files / "README.md").write_text("no prompt")
    take = ("prompts", "import", str(files), "--label", "ci")
    assert said(home, *take) == f"{mark} version 1: new, ci put there\n"
    assert said(home, *take) == f"{mark} version 1: unchanged\n"
    (files / f"{mark}.prompt").write_text(FILE.replace("kind", "brief"))
    assert said(home, *take) == f"{mark} version 2: new, ci put there\n"

    out = tmp_path / "out"
    said(home, "prompts", "export", mark, "--dir", str(out))
    once_more = said(
        home, "prompts", "import", "-", "--name", mark, stdin=(out / f"{mark}.prompt").read_text()
    )
    assert once_more == f"{mark} version 2: unchanged\n"
    assert "Be kind." in said(home, "prompts", "export", f"{mark}@1")


def test_a_file_that_is_no_dotprompt_is_named_and_the_others_come_in(home, mark, tmp_path):
    (tmp_path / f"{mark}-a.prompt").write_text("{{#if x}}y{{/if}}")
    (tmp_path / f"{mark}-b.prompt").write_text("Greet {{name}}.")
    done = home.aistrale("prompts", "import", str(tmp_path))
    assert done.returncode == 2
    assert f"{mark}-a.prompt" in done.stderr and "#if" in done.stderr
    assert done.stdout == f"{mark}-b version 1: new\n"
