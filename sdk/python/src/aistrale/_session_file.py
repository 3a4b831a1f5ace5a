"""Conversations as JSON: written whole or not at all, and read with care."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from ._credentials import names_credential
from ._errors import ConfigurationError
from ._fields import is_object
from ._options import BODY_FIELDS, RunOptions, json_bytes
from ._prompt_ref import PromptRef

if TYPE_CHECKING:
    from ._session import _Conversation

Place: TypeAlias = str | os.PathLike[str]

FORMAT: Final = "aistrale_session"
"""The field that says what a file is; its value is the version of the format."""

VERSION: Final = 1

_OF_THE_MOMENT: Final = ("messages", "session_id", "trace_id", "parent_span_id")

KEPT: Final = (*[name for name in BODY_FIELDS if name not in _OF_THE_MOMENT], "workspace")
"""The options that belong to a conversation. Others are the program's, and may be secrets."""


_HOLDERS: Final = re.compile(r"(?:extra_?)?headers|token", re.IGNORECASE)
"""What has credentials in it in a provider's options, or is one there alone."""


def to_dict(conversation: _Conversation) -> dict[str, Any]:
    """Return a conversation as plain JSON values. TypeError or ValueError for what JSON has not."""
    whole: dict[str, Any] = {
        FORMAT: VERSION,
        "session_id": conversation.identity,
        "messages": conversation.messages,
        "options": _kept(conversation._options),
    }
    if conversation._settings:
        whole["settings"] = conversation._settings
    if conversation.beginning is not None:
        whole["prompt_ref"] = conversation.beginning.to_dict()
    return cast("dict[str, Any]", json.loads(json_bytes(whole)))


def _kept(options: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: options[name] for name in KEPT if options.get(name) is not None}
    if "provider_options" in kept:
        kept["provider_options"] = _harmless(kept["provider_options"])
    if "tools" in kept:
        kept["tools"] = [each for each in kept["tools"] if isinstance(each, Mapping)]
        if not kept["tools"]:
            del kept["tools"]
        if not _can_be_chosen(kept.get("tool_choice"), kept.get("tools", ())):
            kept.pop("tool_choice", None)
    return kept


def _harmless(value: Any) -> Any:
    """Return a provider's options without credentials: the program gives those, a file has none."""
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        return {name: _harmless(each) for name, each in fields.items() if not _is_credential(name)}
    items: Any = value
    if isinstance(value, list):
        return [_harmless(each) for each in items]
    return value


def _is_credential(name: Any) -> bool:
    return isinstance(name, str) and (
        names_credential(name) or _HOLDERS.fullmatch(name.replace("-", "_")) is not None
    )


def _can_be_chosen(choice: Any, tools: Any) -> bool:
    """Return whether what a choice is among is there without the functions."""
    if isinstance(choice, Mapping):
        chosen = _named(cast("Mapping[str, Any]", choice))
        return chosen in [_named(tool) for tool in tools]
    return bool(tools)


def _named(tool: Mapping[str, Any]) -> Any:
    function: Any = tool.get("function")
    return cast("Mapping[str, Any]", function).get("name") if is_object(function) else None


def write(path: Place, whole: Mapping[str, Any]) -> None:
    """Write a file that its owner alone can read; what was there stays unless all goes well.

    OSError, with the path, when it cannot be written.
    """
    text = json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    content = text.encode("utf-8", "backslashreplace")  # half a surrogate pair: its escape in JSON
    try:
        target = Path(path).resolve()
        _only_a_file(target)
        handle, beside = tempfile.mkstemp(dir=target.parent, prefix=".aistrale-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(beside).replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(beside).unlink()
            raise
    except OSError as cause:
        raise OSError(cause.errno, cause.strerror, os.fspath(path)) from None
    _keep_name(target.parent)


def _only_a_file(target: Path) -> None:
    """OSError for what a file would take the place of: a folder, a device, a pipe."""
    if target.is_dir():
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, "not a file")


def _keep_name(folder: Path) -> None:
    """Have the file's name survive a loss of power too, where the system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read(path: Place) -> Any:
    """Return a file's JSON. OSError when it cannot be read, ConfigurationError for another file."""
    shown = os.fspath(path)
    content = Path(path).read_bytes()
    try:
        return json.loads(content.decode("utf-8-sig"))
    except json.JSONDecodeError as cause:
        said = f"{shown}, line {cause.lineno}: no saved session: it is not JSON ({cause.msg})"
        raise ConfigurationError(f"{said}. {_ADVICE}", path=shown, line=cause.lineno) from None
    except UnicodeDecodeError:
        raise _broken(shown, "it is not UTF-8") from None
    except RecursionError:
        raise _broken(shown, "it is nested too deeply") from None


def restored(
    whole: Any, where: str | None, given: RunOptions
) -> tuple[str, RunOptions, dict[str, Any]]:
    """Return the id, the options and the prompt's settings of what was saved.

    Options that are given go before its own. `where` is the file, None when there was none.
    ConfigurationError for what is no saved session, TypeError for options that it has no room for.
    """
    for name in ("messages", "prompt_ref", "variables"):
        if given.get(name) is not None:
            raise TypeError(f"{name}= does not go with a saved session, which has its own messages")
    field = _field_of(whole, where)
    options = {**field("options", dict), **given}
    unknown = [name for name in field("options", dict) if name not in KEPT]
    if unknown:
        raise _broken(where, f"this version knows no option {unknown[0]!r}")
    identity = given.get("session_id") or field("session_id", str)
    if not identity:
        raise _broken(where, "its session_id is empty")
    messages = field("messages", list)
    for at, message in enumerate(messages):
        if not is_object(message) or not isinstance(message.get("role"), str):
            raise _broken(where, f"its message {at + 1} is no message")
    if "prompt_ref" not in whole:
        options["messages"] = messages
    elif messages:
        raise _broken(where, "it has messages, and a prompt that they should begin with")
    else:
        options["prompt_ref"] = _reference(field("prompt_ref", dict), where)
    settings: dict[str, Any] = field("settings", dict) if "settings" in whole else {}
    return identity, cast("RunOptions", options), settings


def _field_of(whole: Any, where: str | None) -> Any:
    """Return what takes a field of a certain type out of a saved session of this version."""
    fields: Any = whole
    version: Any = fields.get(FORMAT) if isinstance(whole, Mapping) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _broken(where, f"the field {FORMAT!r} with the version of its format is missing")
    if version > VERSION:
        raise ConfigurationError(
            f"{where or 'this session'} was saved by a later version of this package "
            f"(format {version}; this one reads up to {VERSION}): update it, with "
            "`pip install -U aistrale`",
            path=where,
        )

    def field(name: str, kind: type) -> Any:
        value: Any = fields.get(name)
        if isinstance(value, kind):
            return value
        raise _broken(where, f"its {name} is not {_KINDS[kind]}")

    return field


_KINDS: Final[dict[type, str]] = {dict: "an object", list: "a list", str: "text"}


def _reference(saved: Mapping[str, Any], where: str | None) -> PromptRef:
    try:
        return PromptRef(**saved)
    except (TypeError, ValueError):
        raise _broken(where, "its prompt_ref names no prompt") from None


_ADVICE: Final = "Save the session again, or begin a new one."


def _broken(where: str | None, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"{where or 'this'} is no saved session: {why}. {_ADVICE}", path=where
    )
