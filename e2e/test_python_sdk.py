"""The Python SDK's own end-to-end tests (sdk/python/e2e), against a server of theirs."""

import subprocess
import sys

from support.api import Api
from support.emulator import TOKENS
from support.machine import ROOT, Machine
from support.server import serving

SDK = ROOT / "sdk" / "python"
OPERATOR = "ais_e2e_operator_of_the_whole_server_0123456789"


def test_the_sdk_and_a_server_understand_each_other(tmp_path, emulator):
    machine = Machine(tmp_path, **emulator.settings())
    with serving(machine, AISTRALE_ADMIN_KEY=OPERATOR):
        operator = Api(machine.url, OPERATOR)
        operator.add_token("openai", TOKENS["openai"])
        made = operator.post("/api/v1/api-keys", {"name": "the SDK's tests", "role": "admin"})
        assert made.status_code == 201, made.text
        environment = machine.environment(
            PYTHONPATH=str(SDK / "src"),
            PYTHONDONTWRITEBYTECODE="1",
            AISTRALE_API_KEY=made.json()["key"],
            AISTRALE_E2E_OPERATOR_KEY=OPERATOR,
            AISTRALE_E2E_FAILING_MODEL="gpt-4o+fault-status-500",
        )
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "e2e"],
            env=environment,
            cwd=SDK,
            capture_output=True,
            text=True,
            timeout=160,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout, done.stdout
