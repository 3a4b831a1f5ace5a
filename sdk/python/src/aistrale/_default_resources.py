"""The module's resources: those of the client that the settings in force make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar, Unpack

from . import _default

if TYPE_CHECKING:
    from ._access import ApiKeys, AuditLog, Tokens, Workspaces
    from ._access_models import Health, WhoAmI
    from ._budgets import Budgets
    from ._drive import Driver
    from ._event_resource import Events
    from ._feeding import Plan, Position
    from ._options import CallOptions
    from ._prompt_load import PerformWithin, Shelf
    from ._prompts import Prompts
    from ._routing import Aliases
    from ._routing_models import ProviderInfo
    from ._telemetry import Inferences, Telemetry
    from ._wire import Operation

T = TypeVar("T")


def _perform(operation: Operation[T]) -> T:
    return _default.client()._perform(operation)


def _open(operation: Operation[Any], plan: Plan, position: Position) -> Driver[None]:
    return _default.client()._open(operation, plan, position)


def _shelf() -> Shelf[PerformWithin]:
    return _default.client().prompts._shelf()


aliases: Aliases
api_keys: ApiKeys
audit_log: AuditLog
budgets: Budgets
events: Events
inferences: Inferences
prompts: Prompts
telemetry: Telemetry
tokens: Tokens
workspaces: Workspaces

_MADE_OF: Final = {
    "aliases": ("_routing", "Aliases", (_perform,)),
    "api_keys": ("_access", "ApiKeys", (_perform,)),
    "audit_log": ("_access", "AuditLog", (_perform,)),
    "budgets": ("_budgets", "Budgets", (_perform,)),
    "events": ("_event_resource", "Events", (_perform, _open)),
    "inferences": ("_telemetry", "Inferences", (_perform,)),
    "prompts": ("_prompts", "Prompts", (_perform, _shelf)),
    "telemetry": ("_telemetry", "Telemetry", (_perform, _open)),
    "tokens": ("_access", "Tokens", (_perform,)),
    "workspaces": ("_access", "Workspaces", (_perform,)),
}


def __getattr__(name: str) -> object:
    """Make a resource when it is first asked for: each needs modules that the others do not."""
    from importlib import import_module

    if name not in _MADE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, owner, arguments = _MADE_OF[name]
    made: object = getattr(import_module(f".{module}", __package__), owner)(*arguments)
    return globals().setdefault(name, made)


def whoami(**options: Unpack[CallOptions]) -> WhoAmI:
    """Return whose API key this is, and the workspace it acts in."""
    return _default.client().whoami(**options)


def providers(**options: Unpack[CallOptions]) -> list[ProviderInfo]:
    """Return the providers that the server knows, and how they have been answering."""
    return _default.client().providers(**options)


def health(**options: Unpack[CallOptions]) -> Health:
    """Return the server's state. Needs no API key."""
    return _default.client().health(**options)
