"""Telling a model another name or description of a function than its own."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar, overload

P = ParamSpec("P")
R = TypeVar("R")

MARK: Final = "__aistrale_tool__"
"""The attribute of a function that says what the model is told: a name and a description."""


@overload
def tool(
    function: Callable[P, R], *, name: str | None = None, description: str | None = None
) -> Callable[P, R]: ...


@overload
def tool(
    function: None = None, *, name: str | None = None, description: str | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def tool(
    function: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
) -> Callable[..., Any]:
    """Say what a model is to be told of a function that is given as a tool (`tools=[…]`).

    name: letters, digits, `_` and `-`, at most 64; the function's own unless given.
    description: what it does, and when to call it; the docstring's unless given.

    As a decorator, `@aistrale.tool(name="weather")`, it returns the function itself; called with a
    function it returns another one that calls it, so that a lambda, or the same function twice, can
    be given too. TypeError for what cannot be called.
    """
    if function is None:

        def decorate(decorated: Callable[P, R]) -> Callable[P, R]:
            _refuse(decorated)
            setattr(decorated, MARK, (name, description))
            return decorated

        return decorate
    _refuse(function)
    if name is None and description is None:
        return function
    marked = functools.partial(function)
    setattr(marked, MARK, (name, description))
    return marked


def _refuse(function: object) -> None:
    if not callable(function):
        raise TypeError(f"a tool is a function, not {type(function).__name__}")
