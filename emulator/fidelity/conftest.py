"""Fixtures: a client per provider, the control endpoints of the emulator, and --live."""

import base64
import os
import struct
import zlib

import anthropic
import google.genai
import groq
import httpx
import huggingface_hub
import openai
import pytest
import targets


def pytest_addoption(parser):
    parser.addoption("--live", action="store_true", help="ask the services themselves, where a key is in the environment")


def pytest_collection_modifyitems(config, items):
    """A live run leaves out what only the emulator promises, and says how much that is."""
    if config.getoption("--live"):
        away = [item for item in items if item.get_closest_marker("emulator")]
        config.hook.pytest_deselected(items=away)
        items[:] = [item for item in items if item not in away]


def pytest_report_header(config):
    if not config.getoption("--live"):
        return f"emulator: {origin_from_environment()}"
    missing = [name for name in targets.KNOWN if targets.live(name) is None]
    return "live; skipped for want of a key: " + (", ".join(missing) or "none")


def origin_from_environment() -> str:
    return os.environ.get("EMULATOR_URL", "http://127.0.0.1:16100")


@pytest.fixture(scope="session")
def origin() -> str:
    return origin_from_environment()


@pytest.fixture(scope="session")
def target(request, origin):
    """The target of a provider by name; skips, saying why, where it cannot be asked."""

    def of(provider: str) -> targets.Target:
        if not request.config.getoption("--live"):
            return targets.emulated(provider, origin)
        found = targets.live(provider)
        if found is None:
            pytest.skip(f"{provider}: no key in {targets.variables(provider)}")
        return found

    return of


@pytest.fixture(scope="session")
def openai_target(target):
    return target("openai")


@pytest.fixture(scope="session")
def anthropic_target(target):
    return target("anthropic")


@pytest.fixture(scope="session")
def gemini_target(target):
    return target("gemini")


@pytest.fixture(scope="session")
def groq_target(target):
    return target("groq")


@pytest.fixture(scope="session")
def huggingface_target(target):
    return target("huggingface")


@pytest.fixture(scope="session")
def openai_client(openai_target):
    return openai.OpenAI(base_url=openai_target.base_url, api_key=openai_target.key, max_retries=0)


@pytest.fixture(scope="session")
def anthropic_client(anthropic_target):
    return anthropic.Anthropic(base_url=anthropic_target.base_url, api_key=anthropic_target.key, max_retries=0)


@pytest.fixture(scope="session")
def gemini_client(gemini_target):
    return gemini(gemini_target.base_url, gemini_target.key)


def gemini(base_url, key):
    options = google.genai.types.HttpOptions(base_url=base_url) if base_url else None
    return google.genai.Client(api_key=key, vertexai=False, http_options=options)


@pytest.fixture(scope="session")
def groq_client(groq_target):
    return groq.Groq(base_url=groq_target.base_url, api_key=groq_target.key, max_retries=0)


@pytest.fixture(scope="session")
def huggingface_client(huggingface_target):
    url = huggingface_target.base_url or "https://router.huggingface.co/v1"
    return huggingface_hub.InferenceClient(base_url=url, api_key=huggingface_target.key)


@pytest.fixture
def emulator(origin):
    """The emulator's control endpoints; what a test scripts is gone after it."""
    with httpx.Client(base_url=origin) as client:
        client.delete("/_emulator").raise_for_status()
        yield Emulator(client)
        client.delete("/_emulator").raise_for_status()


class Emulator:
    def __init__(self, client: httpx.Client):
        self.http = client

    def script(self, provider: str, *behaviours: dict) -> None:
        answer = self.http.post("/_emulator/script", json={"provider": provider, "behaviours": list(behaviours)})
        assert answer.status_code == 201, answer.text

    def requests(self, provider: str) -> list[dict]:
        return self.http.get("/_emulator/requests", params={"provider": provider}).json()["data"]


@pytest.fixture(scope="session")
def png() -> bytes:
    """A red square of 16 by 16."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + b"\xff\x00\x00" * 16 for _ in range(16))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture(scope="session")
def png_base64(png) -> str:
    return base64.b64encode(png).decode()
