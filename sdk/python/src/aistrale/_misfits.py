"""What is wrong with JSON that a model wrote, in the words of `BadRequestError.errors`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pydantic

if TYPE_CHECKING:
    from collections.abc import Sequence

UNUSABLE: Final = (
    pydantic.errors.PydanticUserError,
    pydantic.errors.PydanticUndefinedAnnotation,
)
"""What pydantic raises for a type that it can make nothing of."""


def misfits(why: pydantic.ValidationError) -> list[dict[str, str]]:
    """Return what does not fit: `{"pointer": …, "detail": …}` each; "" points to the whole."""
    return [
        {"pointer": _pointer(each["loc"]), "detail": each["msg"]}
        for each in why.errors(include_url=False, include_context=False, include_input=False)
    ]


def listed(errors: Sequence[dict[str, str]]) -> str:
    """Return errors as lines for the model."""
    return "\n".join([f"- {said(each)}" for each in errors])


def said(error: dict[str, str]) -> str:
    """Return an error in one line."""
    return f"{error['pointer']}: {error['detail']}" if error["pointer"] else error["detail"]


def _pointer(where: Sequence[int | str]) -> str:
    return "".join([f"/{str(each).replace('~', '~0').replace('/', '~1')}" for each in where])
