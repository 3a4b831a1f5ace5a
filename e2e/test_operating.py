"""docs/operating.md: its commands run as they stand there, on places of the test's own."""

import os
import re
import shlex
import subprocess
import threading

import httpx2
import pytest
import yaml
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics

from support.api import Api
from support.emulator import TOKENS
from support.machine import ROOT
from support.postgres import postgres
from support.server import serving
from support.wait import until

PAGE = (ROOT / "docs" / "operating.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
URL = "postgresql://aistrale:secret@db.example/aistrale"


@pytest.fixture(scope="module")
def database():
    with postgres() as server:
        yield server


def block(*words: str) -> str:
    found = [text for text in BLOCKS if all(word in text for word in words)]
    assert len(found) == 1, (words, found)
    return found[0]


class Page:
    """Runs blocks of the page in one machine; a server that a block starts is ended by the test."""

    def __init__(self, machine, emulator, database_url: str):
        self.machine = machine
        self.emulator = emulator
        self.places = {
            URL: database_url,
            "/var/backups": str(machine.folder / "backups"),
            "/srv/aistrale": str(machine.folder / "restored"),
            "~/.local/share/aistrale": str(machine.data),
        }
        (machine.folder / "backups").mkdir()
        self.servers: list[subprocess.Popen] = []

    def run(self, text: str) -> None:
        for place, ours in self.places.items():
            text = text.replace(place, ours)
        lines = text.splitlines()
        serve = None
        if "serve" in shlex.split(lines[-1]):
            serve = "exec " + lines.pop()
        environment = self.machine.environment(**self.emulator.settings("openai"))
        done = subprocess.run(
            ["sh", "-ec", "\n".join([*lines, "env -0"])],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, (text, done.stderr)
        if serve:
            variables = dict(
                pair.split("=", 1) for pair in done.stdout.split("\0") if "AISTRALE_" in pair[:9]
            )
            log = (self.machine.folder / f"page-{len(self.servers)}.log").open("wb")
            self.servers.append(
                subprocess.Popen(
                    ["sh", "-ec", serve],
                    cwd=ROOT,
                    env={**environment, **variables},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )

    def end(self) -> None:
        for server in self.servers:
            server.terminate()
            server.wait(40)


@pytest.fixture
def page(machine, emulator, database):
    page = Page(machine, emulator, database.url)
    yield page
    page.end()


def ready(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/ready", trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False


def first_answer(machine) -> str:
    """A server with a stored token and a record, which runs on; returns the record's id."""
    api = Api(machine.url, machine.api_key())
    api.add_token("openai", TOKENS["openai"])
    return api.answer(prompt="kept", model="openai/gpt-4o")["id"]


def test_backup_and_restore(machine, emulator, page):
    with serving(machine, **emulator.settings("openai")) as server:
        kept = first_answer(machine)
        page.run(block("admin backup"))
        lost = Api(server.url, machine.api_key()).answer(prompt="x", model="openai/gpt-4o")["id"]
        again = machine.aistrale("admin", "backup", page.places["/var/backups"] + "/aistrale.db")
        assert (again.returncode, again.stdout) == (1, "")
        assert "is not overwritten" in again.stderr
    page.run(block("mkdir -m 700"))
    until("the restored server", lambda: ready(machine.url), seconds=60)
    api = Api(machine.url, machine.api_key())
    assert api.record(kept)["status"] == "completed"
    assert api.get(f"/api/v1/inferences/{lost}").status_code == 404
    api.answer(prompt="the token opens", model="openai/gpt-4o")


def test_the_move_to_postgresql(machine, emulator, page, database):
    with serving(machine, **emulator.settings("openai")) as server:
        threading.Thread(target=server.wait, daemon=True).start()  # else it stays, as a dead child
        kept = first_answer(machine)
        running = machine.aistrale("admin", "migrate-to", database.url)
        assert running.returncode == 1
        assert "in use by another AISTRALE server" in running.stderr
        page.run(block("admin migrate-to"))
    until("the server on PostgreSQL", lambda: ready(machine.url), seconds=60)
    api = Api(machine.url, machine.api_key())
    assert api.record(kept)["status"] == "completed"
    api.answer(prompt="the token opens", model="openai/gpt-4o")
    assert len(database.rows("SELECT id FROM inference")) == 2


def test_a_new_server_on_postgresql(machine, page):
    with postgres() as fresh:
        page.places[URL] = fresh.url
        page.run(block("openssl rand"))
        until("the server", lambda: ready(machine.url), seconds=60)
        Api(machine.url, machine.api_key()).answer(prompt="hello", model="demo/demo")
        page.end()
        page.servers.clear()


OPERATOR = "an-operator-key-of-the-test"
PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)


def scrape(machine, job: dict, accept: str) -> httpx2.Response:
    """As Prometheus does it with this job, where the target is the test's server."""
    assert set(job) == {"job_name", "scrape_interval", "authorization", "static_configs"}
    key_file = machine.folder / "aistrale.key"
    assert job["authorization"] == {"credentials_file": "/etc/prometheus/aistrale.key"}
    assert all(target.endswith(":16000") for target in job["static_configs"][0]["targets"])
    headers = {"authorization": f"Bearer {key_file.read_text().strip()}", "accept": accept}
    return httpx2.get(f"{machine.url}/metrics", headers=headers, trust_env=False)


def test_prometheus_reads_what_the_page_lists(machine, emulator):
    (found,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (job,) = yaml.safe_load(found)["scrape_configs"]
    (machine.folder / "aistrale.key").write_text(OPERATOR + "\n")
    settings = {**emulator.settings("openai"), "AISTRALE_ADMIN_KEY": OPERATOR}
    with serving(machine, **settings):
        api = Api(machine.url, OPERATOR)
        for _ in range(3):
            api.answer(prompt="hello", model="demo/demo")
        plain = scrape(machine, job, "text/plain")
        assert plain.status_code == 200, plain.text
        assert plain.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        newer = scrape(machine, job, PROMETHEUS)
        assert newer.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"

        by_hand = block("/metrics").replace("http://127.0.0.1:16000", machine.url)
        shown = subprocess.run(
            ["sh", "-ec", by_hand], env=machine.environment(**settings), capture_output=True, text=True, timeout=30
        )
        assert shown.stdout.startswith("# HELP "), shown.stderr
        other = httpx2.get(
            f"{machine.url}/metrics", headers={"authorization": f"Bearer {operators_own(api)}"}, trust_env=False
        )
        assert (other.status_code, other.json()["code"]) == (403, "permission_denied")

    families = {family.name: family for family in parser.text_string_to_metric_families(plain.text)}
    again = {family.name: family for family in openmetrics.text_string_to_metric_families(newer.text)}
    listed = re.findall(r"^\| `(aistrale_[a-z_]+)", PAGE, re.MULTILINE)
    assert sorted(name.removesuffix("_total") for name in listed) == sorted(families)
    assert sorted(name.removesuffix("_total").removesuffix("_info") for name in listed) == sorted(again)
    assert all(family.documentation for family in families.values())

    for ended in (families["aistrale_inferences"], again["aistrale_inferences"]):
        counts = {sample.labels["status"]: sample.value for sample in ended.samples}
        assert counts == {"completed": 3, "failed": 0, "cancelled": 0, "interrupted": 0}
    for took in (families["aistrale_inference_seconds"], again["aistrale_inference_seconds"]):
        buckets = [sample.value for sample in took.samples if sample.name.endswith("_bucket")]
        assert (took.type, buckets[-1], buckets) == ("histogram", 3, sorted(buckets))
        (total,) = [sample.value for sample in took.samples if sample.name.endswith("_sum")]
        assert 0 < total < 30


def operators_own(api: Api) -> str:
    """An admin's key of the default workspace, which is not the operator's."""
    made = api.post("/api/v1/api-keys", {"name": "admin", "role": "admin"})
    assert made.status_code == 201, made.text
    return made.json()["key"]


def test_every_link_of_the_page_leads_somewhere():
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", PAGE) if "://" not in target]
    assert targets
    assert [target for target in targets if not os.path.exists(ROOT / "docs" / target)] == []


def test_help_of_the_admin_commands(machine):
    for arguments in (("admin", "--help"), ("admin", "backup", "--help"), ("admin", "migrate-to", "--help")):
        done = machine.aistrale(*arguments)
        assert (done.returncode, done.stderr) == (0, ""), arguments
        assert done.stdout.startswith("Usage: aistrale " + arguments[0])
    wrong = machine.aistrale("admin", "backupp", "x")
    assert wrong.returncode == 2
    assert "did you mean `backup`?" in wrong.stderr
