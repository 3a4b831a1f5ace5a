"""The TypeScript SDK and a server: the scenarios that need no fault, played by a real one."""

import subprocess

from support.api import Api
from support.emulator import TOKENS
from support.machine import ROOT, Machine
from support.server import serving

SDK = ROOT / "sdk" / "typescript"
OPERATOR = "ais_e2e_operator_of_the_whole_server_0123456789"


def test_the_sdk_and_a_server_understand_each_other(tmp_path, emulator):
    machine = Machine(tmp_path, **emulator.settings())
    with serving(machine, AISTRALE_ADMIN_KEY=OPERATOR):
        operator = Api(machine.url, OPERATOR)
        operator.add_token("openai", TOKENS["openai"])
        made = operator.post("/api/v1/api-keys", {"name": "the SDK's tests", "role": "admin"})
        assert made.status_code == 201, made.text
        environment = machine.environment(
            NODES="",
            AISTRALE_E2E_API_URL=machine.url,
            AISTRALE_E2E_API_KEY=made.json()["key"],
        )
        done = subprocess.run(
            [str(SDK / "run-tests"), "conformance/scenarios"],
            env=environment,
            cwd=SDK,
            capture_output=True,
            text=True,
            timeout=160,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 failed" in done.stdout, done.stdout
