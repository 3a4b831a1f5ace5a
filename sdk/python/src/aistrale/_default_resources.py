"""The module's resources: those of the client that the settings in force make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from . import _default
from ._prompts import Prompts
from ._telemetry import Telemetry

if TYPE_CHECKING:
    from ._drive import Driver
    from ._feeding import Plan, Position
    from ._wire import Operation

T = TypeVar("T")


def _perform(operation: Operation[T]) -> T:
    return _default.client()._perform(operation)


def _open(operation: Operation[Any], plan: Plan, position: Position) -> Driver[None]:
    return _default.client()._open(operation, plan, position)


prompts = Prompts(_perform)
telemetry = Telemetry(_perform, _open)
