"""One server with the demo and an emulated OpenAI, something of each resource, and schemathesis let loose on it."""

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx2

from support.emulator import TOKENS, emulating
from support.machine import ROOT, Machine
from support.server import serving

HERE = Path(__file__).parent
REPORT = ROOT / "target" / "contract-fuzz"
SEED = 20261125
SHORT_SECONDS = 60


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=int, help="how long, instead of the short form")
    ours, theirs = parser.parse_known_args()
    seconds = ours.minutes * 60 if ours.minutes else SHORT_SECONDS
    with tempfile.TemporaryDirectory(prefix="aistrale-fuzz-") as folder:
        # The operator's key: it may do everything, and nothing that is made up can revoke it.
        key = "ais_" + secrets.token_hex(26)
        with emulating(Path(folder) / "emulator") as emulator:
            settings = emulator.settings("openai")
            machine = Machine(Path(folder) / "server", AISTRALE_ADMIN_KEY=key, **settings)
            with serving(machine) as server:
                workspace = furnish(server.url, key)
                status = schemathesis(server.url, key, workspace, seconds, theirs)
                internal = [line for line in server.log.splitlines() if " ERROR " in line]
                for line in internal[:20]:
                    print("the server's log:", line)
                return status or (1 if internal else 0)


def furnish(url: str, key: str) -> str:
    """Makes something of each resource, so that there is what can be got. Returns the workspace's id."""
    headers = {"authorization": f"Bearer {key}"}
    with httpx2.Client(base_url=url, headers=headers, trust_env=False, timeout=20) as http:

        def post(path: str, body: dict) -> None:
            answer = http.post(path, json=body)
            assert answer.status_code in (200, 201), (path, answer.text)

        token = {"provider": "openai", "token": TOKENS["openai"]}
        post("/api/v1/tokens", token)
        # What the contract's examples name.
        trace = {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"}
        prompt = "/api/v1/prompts/greeting"
        post("/api/v1/prompts", {"name": "greeting", "text": "Say hello to {{who}}."})
        post(f"{prompt}/versions", {"text": "Greet {{who}} in one sentence."})
        post(f"{prompt}/versions", {"messages": [{"role": "user", "content": "Hello, {{who}}"}]})
        label = http.put(f"{prompt}/labels/production", json={"version": 3})
        assert label.status_code == 200, label.text
        run = {"model": "demo", "prompt_ref": {"name": "greeting", "variables": {"who": "world"}}}
        post("/api/v1/inferences", {**run, **trace, "session_id": "s", "metadata": {"user": "u"}})
        span = {"span_id": "00f067aa0ba902b7", "name": "answer", "kind": "chain"}
        times = {"started_at": "2026-11-25T08:30:00Z", "ended_at": "2026-11-25T08:30:01Z"}
        post("/api/v1/telemetry/spans", {"spans": [{**trace, **span, **times}]})
        return http.get("/api/v1/whoami").json()["workspace_id"]


def schemathesis(url: str, key: str, workspace: str, seconds: int, arguments: list[str]) -> int:
    REPORT.mkdir(parents=True, exist_ok=True)
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        "--config-file",
        str(HERE / "schemathesis.toml"),
        "run",
        f"{url}/openapi.yaml",
        f"--seed={SEED}",
        f"--max-time={seconds}",
        f"--report-junit-path={REPORT / 'junit.xml'}",
        f"--report-html-path={REPORT / 'html'}",
        *arguments,
    ]
    environment = {**os.environ, "FUZZ_KEY": key, "FUZZ_WORKSPACE": workspace}
    return subprocess.run(command, env=environment, cwd=HERE).returncode


if __name__ == "__main__":
    sys.exit(main())
