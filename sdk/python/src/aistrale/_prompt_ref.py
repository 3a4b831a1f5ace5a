"""Naming a prompt that is kept on the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ._models import PromptUse


@dataclass(frozen=True, slots=True)
class PromptRef:
    """A prompt on the server: its name, which of its versions, and its variables' values.

    `version` counts from 1; `label` is a name that can be moved from version to version, or
    "latest". With neither it is the label `production` if there is one, else the latest version.
    ValueError for both at once, or for a name that is empty.
    """

    name: str
    version: int | None = None
    label: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise TypeError(f"a prompt's name is not text: {type(self.name).__name__}")
        if not self.name:
            raise ValueError("the prompt's name is empty")
        if self.version is not None and self.label is not None:
            raise ValueError(f"prompt {self.name!r}: give a version or a label, not both")

    @classmethod
    def parse(cls, text: str) -> PromptRef:
        """Return what "NAME", "NAME@LABEL" or "NAME@3" names. ValueError if it is none of them."""
        name, at, which = text.partition("@")
        if not name or (at and not which):
            raise ValueError(f'{text!r} names no prompt: write "NAME", "NAME@LABEL" or "NAME@3"')
        if which.isascii() and which.isdecimal():
            return cls(name, version=int(which))
        return cls(name, label=which or None)

    def __str__(self) -> str:
        which = self.label if self.version is None else self.version
        return self.name if which is None else f"{self.name}@{which}"

    def which(self) -> dict[str, Any]:
        """Return version or label as the wire has it; empty with neither."""
        if self.version is not None:
            return {"version": self.version}
        return {} if self.label is None else {"label": self.label}

    def to_dict(self) -> dict[str, Any]:
        """Return it in the wire's shape."""
        variables = {"variables": dict(self.variables)} if self.variables else {}
        return {"name": self.name, **self.which(), **variables}


def referred(
    reference: str | PromptRef | PromptUse, variables: Mapping[str, Any] | None = None
) -> PromptRef:
    """Return what names a prompt as a `PromptRef`; variables given beside it go before its own."""
    if isinstance(reference, str):
        found = PromptRef.parse(reference)
    elif isinstance(reference, PromptRef):
        found = reference
    elif isinstance(reference, PromptUse):
        found = PromptRef(reference.name, version=reference.version)
    else:
        raise TypeError(
            f"a prompt is named by text or a PromptRef, not by {type(reference).__name__}"
        )
    if variables is None:
        return found
    if not isinstance(variables, Mapping):
        raise TypeError(f"variables are a dict, not {type(variables).__name__}")
    return replace(found, variables={**found.variables, **variables})
