"""Where the server is, and who asks: argument, environment, profile, default; one by one."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from . import _profiles
from ._errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_URL = "http://127.0.0.1:16000"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a client works with. `api_url` has no slash at its end; the repr hides the key.

    `key_source` says where the API key came from, or where one was looked for.
    """

    api_url: str
    api_key: str | None = field(repr=False)
    model: str | None
    provider: str | None
    profile: str
    key_source: str

    def about_the_key(self) -> str:
        """Return a sentence on where the key came from, for an error about it."""
        if self.api_key is None:
            return (
                f"No API key was sent; {self.key_source}. `aistrale serve` makes the first key and "
                "writes it into your profile; else set AISTRALE_API_KEY."
            )
        return f"The API key came from {self.key_source}."


def config_path(env: Mapping[str, str]) -> str:
    """Return the path of the config file, which need not exist."""
    given = env.get("AISTRALE_CONFIG")
    if given:
        return given
    if sys.platform == "win32" and env.get("APPDATA"):
        return str(Path(env["APPDATA"]) / "aistrale" / "config.toml")
    base = env.get("XDG_CONFIG_HOME")
    home = Path(base) if base else Path(env.get("HOME") or Path.home()) / ".config"
    return str(home / "aistrale" / "config.toml")


def read_config(path: str) -> _profiles.ConfigFile:
    """Return the config file's content, an empty one when there is no file."""
    try:
        text = Path(path).read_bytes().decode("utf-8")
    except FileNotFoundError:
        return _profiles.ConfigFile(path)
    except NotADirectoryError:
        return _profiles.ConfigFile(path)
    except UnicodeDecodeError as cause:
        raise ConfigurationError(f"{path} is not UTF-8: {cause.reason}", path=path) from None
    except OSError as cause:
        why = cause.strerror or type(cause).__name__
        raise ConfigurationError(f"{path} cannot be read: {why}", path=path) from None
    return _profiles.read(text, path)


def resolve(
    *,
    api_url: str | None = None,
    api_key: str | None = None,
    model: str | None = None,
    provider: str | None = None,
    profile: str | None = None,
    env: Mapping[str, str] | None = None,
) -> Settings:
    """Return the settings in force. Empty strings count as not set. Raises ConfigurationError."""
    env = os.environ if env is None else env
    path = config_path(env)
    file = read_config(path)
    chosen = profile or env.get("AISTRALE_PROFILE")
    if chosen and chosen != "default" and chosen not in file.profiles:
        by = "profile=" if profile else "AISTRALE_PROFILE="
        raise ConfigurationError(
            f"{by}{chosen} names a profile that is not there: {path} has {_profiles.listed(file)}",
            path=path,
        )
    name = chosen or file.default_profile or "default"
    table = file.profile(name)

    def setting(argument: str | None, variable: str, key: str) -> tuple[str | None, str]:
        if argument:
            return argument, f"the argument {key}="
        if env.get(variable):
            return env[variable], f"the environment variable {variable}"
        if table.get(key):
            return table[key], f"profile {name!r} of {path}"
        return None, f"there is no {key}=, no {variable}, and none in profile {name!r} of {path}"

    url, url_source = setting(api_url, "AISTRALE_API_URL", "api_url")
    key, key_source = setting(api_key, "AISTRALE_API_KEY", "api_key")
    return Settings(
        api_url=_checked_url(url, url_source) if url else DEFAULT_URL,
        api_key=_checked_key(key, key_source) if key else None,
        model=setting(model, "AISTRALE_MODEL", "model")[0],
        provider=setting(provider, "AISTRALE_PROVIDER", "provider")[0],
        profile=name,
        key_source=key_source,
    )


def _checked_url(url: str, source: str) -> str:
    wanted = "expected http://HOST[:PORT][/PATH] or https://…, such as http://127.0.0.1:16000"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as cause:
        raise ConfigurationError(f"api_url from {source} is no URL ({cause}): {wanted}") from None
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(f"api_url from {source} has a user or password in it: {wanted}")
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ConfigurationError(f"api_url from {source} is {url!r}: {wanted}")
    if parts.query or parts.fragment or not url.isascii() or any(c <= " " for c in url):
        raise ConfigurationError(f"api_url from {source} is {url!r}: {wanted}")
    return url.rstrip("/")


def _checked_key(key: str, source: str) -> str:
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigurationError(
            f"the API key from {source} has characters that no key has (spaces, line ends, or "
            "beyond ASCII): copy it again, without quotes"
        )
    return key
