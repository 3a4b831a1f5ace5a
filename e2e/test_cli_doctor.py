"""`aistrale doctor`: each thing that can be wrong, named, with what mends it, and what it mends it with."""

import json
import os
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from support.api import Api
from support.emulator import TOKENS
from support.machine import LAUNCHER, ROOT, Machine
from support.server import serving

VERSION = (ROOT / "VERSION").read_text().strip()


@pytest.fixture(scope="module")
def well(tmp_path_factory, emulator):
    """A machine on which all is well."""
    machine = Machine(tmp_path_factory.mktemp("well"), **emulator.settings("openai"))
    with serving(machine):
        Api(machine.url, machine.api_key()).add_token("openai", TOKENS["openai"])
        yield machine


def checkup(machine: Machine, *arguments: str, **more: str) -> tuple[int, dict[str, dict]]:
    done = machine.aistrale("doctor", "--jsonl", *arguments, **more)
    assert "Exception" not in done.stderr
    return done.returncode, {
        each["check"]: each for each in (json.loads(line) for line in done.stdout.splitlines())
    }


def test_all_is_well(well):
    code, checks = checkup(well)
    assert code == 0, checks
    assert {name: check["result"] for name, check in checks.items()} == dict.fromkeys(
        [
            *("config file", "proxy", "disk", "server", "version", "clock", "ready", "api key"),
            "providers",
        ],
        "ok",
    )
    before = len(Api(well.url, well.api_key()).telemetry())
    assert checkup(well)[0] == 0
    assert len(Api(well.url, well.api_key()).telemetry()) == before, "nobody was asked"
    code, checks = checkup(well, "--ask")
    assert code == 0 and checks["answer"]["result"] == "ok", checks
    assert len(Api(well.url, well.api_key()).telemetry()) == before + 1


def failure(machine: Machine, name: str, *arguments: str, **more: str) -> tuple[int, str, str]:
    code, checks = checkup(machine, *arguments, **more)
    assert checks[name]["result"] == "FAIL", checks
    return code, checks[name]["found"], checks[name]["fix"]


def test_only_the_demo_answers(machine):
    with serving(machine):
        code, found, fix = failure(machine, "providers")
    assert code == 2 and "demo" in found and fix == "aistrale tokens add --provider openai"


def test_no_server(machine):
    code, found, fix = failure(machine, "server")
    assert code == 7 and machine.url in found and fix == "aistrale start"


def test_the_port_is_another_programs(machine):
    with socket.socket() as other:
        other.bind(("127.0.0.1", machine.port))
        other.listen()
        threading.Thread(target=lambda: other.accept()[0].sendall(b"220 mail\r\n"), daemon=True).start()
        code, found, fix = failure(machine, "server")
    assert code == 7 and "does not answer as a server" in found and "config set api_url" in fix


@contextmanager
def pretending(machine: Machine, version: str, ahead: float = 0, body: str | None = None):
    """Something that answers /health on the machine's port."""

    class Handler(BaseHTTPRequestHandler):
        def date_time_string(self, timestamp=None):
            return formatdate(time.time() + ahead, usegmt=True)

        def do_GET(self):
            told = body or json.dumps({"status": "ok", "version": version})
            self.send_response(200 if self.path == "/health" else 401)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(told)))
            self.end_headers()
            self.wfile.write(told.encode())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", machine.port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def test_what_answers_is_no_aistrale(machine):
    with pretending(machine, "", body="<html>"):
        code, found, _ = failure(machine, "server")
    assert code == 7 and "is no AISTRALE" in found


def test_an_older_server(machine):
    with pretending(machine, "0.0.9"):
        code, found, fix = failure(machine, "version")
    assert code == 4 and "0.0.9" in found and fix.startswith("Upgrade the server")


def test_a_newer_server_is_worth_knowing(machine):
    with pretending(machine, "99.0.0"):
        _, checks = checkup(machine)
    assert checks["version"]["result"] == "note" and "newer" in checks["version"]["found"]
    assert checks["version"]["fix"].startswith("Upgrade aistrale")


@pytest.mark.parametrize(("ahead", "word"), [(3600, "ahead of"), (-3600, "behind")])
def test_clocks_that_differ(machine, ahead, word):
    with pretending(machine, VERSION, ahead):
        code, found, fix = failure(machine, "clock")
    assert code == 1 and word in found and "NTP" in fix


def test_a_key_that_is_missing_or_refused(well, tmp_path):
    empty = {"AISTRALE_CONFIG": str(tmp_path / "none.toml")}
    code, found, fix = failure(well, "api key", **empty)
    assert (code, found, fix) == (3, "none is set", "aistrale stop && aistrale start")
    code, found, fix = failure(well, "api key", AISTRALE_API_KEY="ais_wrong")
    assert code == 3 and "AISTRALE_API_KEY" in found and "ais_wrong" not in found
    assert fix.startswith("unset AISTRALE_API_KEY"), "a login would not help"
    assert failure(well, "api key", "--api-key", "ais_wrong")[2].startswith("Leave --api-key out")
    elsewhere = {"AISTRALE_PROFILE": "work", "AISTRALE_CONFIG": str(tmp_path / "work.toml")}
    (tmp_path / "work.toml").write_text('[profiles.work]\nmodel = "m"\n')
    (tmp_path / "work.toml").chmod(0o600)
    assert failure(well, "api key", **elsewhere)[2] == "aistrale login"


@pytest.mark.parametrize("lost", ["unset", "wrong"])
def test_what_it_says_of_a_key_that_was_lost_helps(machine, lost):
    with_launcher = f"{LAUNCHER.parent}:{os.environ['PATH']}"
    try:
        assert machine.aistrale("start").returncode == 0
        machine.api_key()
        if lost == "unset":
            machine.config.unlink()
        else:
            machine.aistrale("config", "set", "api_key", stdin="ais_wrong")
        _, _, fix = failure(machine, "api key")
        typed = subprocess.run(["sh", "-c", fix], env=machine.environment(PATH=with_launcher), capture_output=True)
        assert typed.returncode == 0, typed.stderr
        assert checkup(machine)[1]["api key"]["result"] == "ok"
    finally:
        machine.aistrale("stop")


@pytest.mark.parametrize("url", ["localhost:16000", "not a url", "ftp://localhost/", "http://", "http://u:0123456789@localhost"])
def test_what_is_no_url(machine, url):
    code, found, fix = failure(machine, "server", AISTRALE_API_URL=url)
    assert code == 2 and "is no URL of a server" in found and "AISTRALE_API_URL" in found
    assert "0123456789" not in found and fix.startswith("unset AISTRALE_API_URL")
    asked = machine.aistrale("whoami", AISTRALE_API_URL=url)
    assert asked.returncode == 2 and "AISTRALE_API_URL" in asked.stderr, "and nobody else stumbles over it"


def test_https_where_there_is_none(well):
    code, found, fix = failure(well, "server", AISTRALE_API_URL=well.url.replace("http:", "https:"))
    assert code == 7 and "certificate" in found and "http://" in fix


def test_a_config_file_that_others_read_or_nobody_can(machine):
    machine.config.parent.mkdir(parents=True)
    machine.config.write_text('[profiles.default]\napi_key = "ais_x"\n')
    machine.config.chmod(0o644)
    code, found, fix = failure(machine, "config file")
    assert code == 2 and fix == f"chmod 600 {machine.config}"
    spaced = machine.folder / "it's mine.toml"
    spaced.touch(mode=0o644)
    _, _, fix = failure(machine, "config file", AISTRALE_CONFIG=str(spaced))
    assert subprocess.run(["sh", "-c", fix]).returncode == 0
    assert checkup(machine, AISTRALE_CONFIG=str(spaced))[1]["config file"]["result"] == "ok"
    for mode in (0o640, 0o620, 0o602):
        machine.config.chmod(mode)
        assert "can be read by others" in failure(machine, "config file")[1], oct(mode)
    machine.config.write_text("oops")
    code, found, fix = failure(machine, "config file")
    assert code == 2 and "line 1" in found


def test_a_proxy_variable_is_worth_knowing(well):
    code, checks = checkup(well, HTTP_PROXY="http://proxy.example:3128")
    assert code == 0 and checks["proxy"]["result"] == "note"
    assert "HTTP_PROXY" in checks["proxy"]["found"] and "NO_PROXY=127.0.0.1" in checks["proxy"]["fix"]
    kept = checkup(well, HTTP_PROXY="http://proxy.example:3128", NO_PROXY="a.example,10.127.0.0.1")[1]["proxy"]
    assert "NO_PROXY='a.example,10.127.0.0.1,127.0.0.1'" in kept["fix"], "what is spared already stays"
    spared = checkup(well, HTTP_PROXY="http://proxy.example:3128", NO_PROXY="a.example,127.0.0.1")[1]["proxy"]
    assert spared["fix"].startswith("Nothing")


def test_no_room_on_the_disk(machine, tmp_path):
    machine.settings["AISTRALE_DATA_DIR"] = "/proc/aistrale"  # a file system without any room
    code, found, _ = failure(machine, "disk")
    assert code == 1 and "/proc" in found


def test_a_data_folder_that_is_none(machine, tmp_path):
    (tmp_path / "file").touch()
    for folder in ("file", "file/below"):
        code, found, fix = failure(machine, "disk", AISTRALE_DATA_DIR=str(tmp_path / folder))
        assert code == 1 and found == f"{tmp_path / 'file'} is no folder" and "AISTRALE_DATA_DIR" in fix


def test_a_person_reads_it_with_the_fix_below(machine):
    done = machine.aistrale("doctor", AISTRALE_OUTPUT="table")
    assert done.returncode == 7
    lines = done.stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("FAIL  server"))
    assert lines[at + 1].strip() == "→ aistrale start"
    assert done.stderr == "One check failed.\n"
