"""A machine of a test's own: its home, its configuration and data folders, and a port nobody listens on."""

import os
import socket
import subprocess
import tomllib
from pathlib import Path

from .wait import until

ROOT = Path(os.environ.get("AISTRALE_E2E_ROOT") or Path(__file__).resolve().parents[2])
LAUNCHER = ROOT / "aistrale"

# All that a test takes over from its own environment: no provider's credential, no setting of the user's.
INHERITED = ("PATH", "JAVA_HOME", "LANG", "TMPDIR", "AISTRALE_BUILD_DIR")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Machine:
    def __init__(self, folder: Path, **settings: str):
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = folder / "config" / "aistrale" / "config.toml"
        self.server_config = folder / "config" / "aistrale" / "aistrale-server.toml"
        self.data = folder / "data" / "aistrale"
        self.settings = settings
        (folder / "home").mkdir(parents=True, exist_ok=True)

    def environment(self, **more: str) -> dict[str, str]:
        own = {
            "HOME": str(self.folder / "home"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "AISTRALE_DATA_DIR": str(self.data),
            "AISTRALE_PORT": str(self.port),
            "AISTRALE_API_URL": self.url,
            "AISTRALE_OLLAMA_DISCOVERY": "false",
        }
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        return {**inherited, **own, **self.settings, **more}

    def aistrale(
        self,
        *arguments: str,
        stdin: str = "",
        launcher: Path = LAUNCHER,
        timeout: float = 120,
        **more: str,
    ) -> subprocess.CompletedProcess[str]:
        """Runs one command of the CLI to its end; a variable given as "" is left out."""
        environment = {name: value for name, value in self.environment(**more).items() if value}
        return subprocess.run(
            [str(launcher), *arguments],
            input=stdin,
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def api_key(self) -> str:
        """The key that the server writes into the user's default profile at its first start.

        Waited for, so that one late key fails one test (test_cli.py, "ready") and not every other.
        """
        return until(f"an API key in {self.config}", self.key_in_profile)

    def key_in_profile(self) -> str | None:
        if not self.config.exists():
            return None
        return (
            tomllib.loads(self.config.read_text())
            .get("profiles", {})
            .get("default", {})
            .get("api_key")
        )

    def bytes_on_disk(self) -> dict[Path, bytes]:
        """Every file of this machine, logs and databases included."""
        return {
            path: path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()
        }
