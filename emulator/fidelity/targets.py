"""Where the official clients are pointed: at the emulator, or with --live at the services themselves."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """One provider as a test sees it.

    base_url is None for the client's own default. model takes sampling parameters in the emulator; thinking_model
    reasons. A live run takes LIVE_<PROVIDER>_MODEL and LIVE_<PROVIDER>_THINKING_MODEL in their place.
    """

    provider: str
    base_url: str | None
    key: str
    model: str
    thinking_model: str

    @property
    def emulated(self) -> bool:
        return self.base_url is not None


# provider: (path of the client's base URL, variables with the key, a key of the right form, models here, models live)
KNOWN = {
    "openai": (
        "/openai/v1",
        ("OPENAI_API_KEY",),
        "sk-emulated",
        ("gpt-4o-mini", "gpt-5-mini"),
        ("gpt-5.4-mini", "gpt-5.4-mini"),
    ),
    "anthropic": (
        "/anthropic",
        ("ANTHROPIC_API_KEY",),
        "sk-ant-emulated",
        ("claude-haiku-4-5", "claude-haiku-4-5"),
        ("claude-haiku-4-5", "claude-haiku-4-5"),
    ),
    "gemini": (
        "/gemini",
        ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        "AIzaEmulated",
        ("gemini-2.5-flash-lite", "gemini-3-flash-preview"),
        ("gemini-flash-latest", "gemini-3-flash-preview"),
    ),
    "groq": (
        "/groq",
        ("GROQ_API_KEY",),
        "gsk_emulated",
        ("llama-3.3-70b-versatile", "openai/gpt-oss-20b"),
        ("llama-3.3-70b-versatile", "openai/gpt-oss-20b"),
    ),
    "huggingface": (
        "/huggingface/v1",
        ("HF_TOKEN",),
        "hf_emulated",
        ("meta-llama/Llama-3.3-70B-Instruct", "openai/gpt-oss-20b"),
        ("meta-llama/Llama-3.3-70B-Instruct", "openai/gpt-oss-20b"),
    ),
}


def emulated(provider: str, origin: str) -> Target:
    path, _, key, models, _ = KNOWN[provider]
    return Target(provider, origin + path, key, *models)


def live(provider: str) -> Target | None:
    """The service itself; None if no key for it is in the environment."""
    _, variables, _, _, models = KNOWN[provider]
    key = next((os.environ[name] for name in variables if os.environ.get(name)), None)
    if key is None:
        return None
    prefix = f"LIVE_{provider.upper()}_"
    model = os.environ.get(prefix + "MODEL", models[0])
    thinking = os.environ.get(prefix + "THINKING_MODEL", models[1])
    return Target(provider, None, key, model, thinking)


def variables(provider: str) -> str:
    return " or ".join(KNOWN[provider][1])
