"""The provider emulator as a process, its journal, and the names of models that misbehave.

A model's name may carry a fault: "gpt-4o+fault-status-503", "gpt-4o+fault-delay-500ms"; see emulator/README.md.
"""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from . import processes
from .machine import LAUNCHER, Machine
from .wait import until

# What each provider's base URL is at the real service, after its host.
BASE_PATHS = {
    "openai": "openai/v1",
    "anthropic": "anthropic/v1",
    "gemini": "gemini/v1beta",
    "groq": "groq/openai/v1",
    "huggingface": "huggingface/v1",
}
MODELS = {
    "openai": "gpt-4o",
    "anthropic": "claude-sonnet-4-5",
    "gemini": "gemini-2.5-flash-lite",
    "groq": "llama-3.3-70b-versatile",
    "huggingface": "meta-llama/Llama-3.3-70B-Instruct",
}
UNPRICED = "e2e-model-without-a-price"
TOKENS = {
    "openai": "sk-proj-e2e-secret-openai-1a2b",
    "anthropic": "sk-ant-api03-e2e-secret-anthropic-3c4d",
    "gemini": "AIzaSyE2eSecretGemini-5e6f",
    "groq": "gsk_e2esecretgroq7a8b",
    "huggingface": "hf_e2esecrethuggingface9c0d",
}


def echo(prompt: str, model: str) -> str:
    """What an emulated model says to a short prompt."""
    return f'You said: "{prompt}". This is the emulated {model}.'


def tokens(text: str) -> int:
    """How many tokens the emulator counts for a text."""
    return -(-len(text) // 4)


class Emulator:
    def __init__(self, url: str):
        self.url = url
        self.http = httpx2.Client(base_url=url, trust_env=False, timeout=20)

    def settings(self, *providers: str) -> dict[str, str]:
        """The environment that makes a server call this emulator instead of these providers (all, when none is named)."""
        return {
            f"AISTRALE_PROVIDERS_{name.upper()}_BASE_URL": f"{self.url}/{BASE_PATHS[name]}"
            for name in providers or BASE_PATHS
        }

    def requests(self, mark: str) -> list[dict]:
        """The journal's entries whose body has this mark, oldest first."""
        journal = self.http.get("/_emulator/requests").json()["data"]
        return [entry for entry in journal if mark in entry["body"]]

    def request(self, mark: str) -> dict:
        """The one request with this mark."""
        found = self.requests(mark)
        assert len(found) == 1, f"{len(found)} requests with {mark}"
        return found[0]

    def wait_for(self, mark: str) -> dict:
        """The one request with this mark, as soon as the emulator has it."""
        until(f"a request with {mark}", lambda: self.requests(mark))
        return self.request(mark)

    def script(self, provider: str, *behaviours: dict) -> None:
        """What the provider does with its next requests, one behaviour each."""
        answer = self.http.post(
            "/_emulator/script", json={"provider": provider, "behaviours": behaviours}
        )
        assert answer.status_code in (200, 201, 204), answer.text

    def forget_scripts(self) -> None:
        assert self.http.delete("/_emulator/script").status_code == 200

    def open_port(self, port: int = 0) -> int:
        """One more port on which it serves the same."""
        answer = self.http.post("/_emulator/ports", json={"port": port})
        assert answer.status_code == 201, answer.text
        return answer.json()["port"]

    def close_port(self, port: int) -> None:
        """Cuts the connections to that port and refuses new ones, until it is opened again."""
        answer = self.http.delete("/_emulator/ports", params={"port": port})
        assert answer.status_code == 200, answer.text


@contextmanager
def emulating(folder: Path) -> Iterator[Emulator]:
    """An emulator on a free port, for as long as the block runs."""
    machine = Machine(folder)
    log = folder / "emulator.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [str(LAUNCHER), "emulator", "--port", "0", "--model", UNPRICED],
            env=machine.environment(),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            preexec_fn=processes.end_with_the_tests,
        )
    try:
        said = until(
            "the emulator's address",
            lambda: re.search(r"listening on (http://\S+)", log.read_text()),
            60,
        )
        yield Emulator(said[1])
    finally:
        process.terminate()
        process.wait(timeout=20)
