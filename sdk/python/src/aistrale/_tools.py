"""Functions as a model's tools: what it is told of them, and its calls made into theirs."""

from __future__ import annotations

import functools
import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast
from weakref import WeakKeyDictionary

import pydantic
import pydantic_core

from . import _docstrings
from ._log import log
from ._misfits import UNUSABLE, listed, misfits
from ._schema import strict, tidy
from ._steps import Invocation
from ._tool import MARK

if TYPE_CHECKING:
    from ._models import ToolCall
    from ._options import ToolLike
    from ._steps import Raised, Returned

_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_ADVICE: Final = "aistrale.tool(function, name=…, description=…) gives it one"


class Toolbox:
    """The tools of a call: functions, which are called here, and dicts, which are the caller's.

    blocking: whether they are called without an event loop; then none may be asynchronous.

    TypeError or ValueError for a function that no model could call, and for two of one name.
    """

    __slots__ = ("_callers", "_functions", "wire")

    def __init__(self, tools: Any, *, blocking: bool) -> None:
        if not isinstance(tools, (list, tuple)):
            raise TypeError(f"tools is a list of functions or dicts, not {type(tools).__name__}")
        self._functions: dict[str, _Function] = {}
        self._callers: list[str] = []
        self.wire: list[Mapping[str, Any]] = []
        for tool in cast("Sequence[ToolLike]", tools):
            if isinstance(tool, Mapping):
                theirs = _given(tool)
                name = _field(_field(theirs, "function"), "name")
                if isinstance(name, str):
                    self._claim(name)
                    self._callers.append(name)
                self.wire.append(theirs)
                continue
            ours = _Function(tool)
            if blocking and ours.asynchronous:
                raise TypeError(
                    f"the tool {ours.name!r} is asynchronous: give it to an asynchronous client "
                    "(run_async, AsyncAistrale), or make it a plain function"
                )
            self._claim(ours.name)
            self._functions[ours.name] = ours
            self.wire.append(ours.wire())

    def _claim(self, name: str) -> None:
        if name in self._functions or name in self._callers:
            raise ValueError(
                f"two tools are named {name!r}: a model could not tell them apart; "
                "aistrale.tool(function, name=…) gives one another name"
            )

    def of_the_caller(self, calls: Sequence[ToolCall]) -> list[str]:
        """Return the names of those called that the caller answers: all, without functions."""
        return [call.name for call in calls if not self._functions or call.name in self._callers]

    def bind(self, call: ToolCall) -> Invocation | str:
        """Return the call of a function, or what the model is to be told instead."""
        function = self._functions.get(call.name)
        if function is None:
            there = ", ".join([*self._functions, *self._callers]) or "none"
            return f"Error: there is no tool named {call.name!r}. There are: {there}."
        return function.bind(call.arguments)


def _given(tool: Any) -> Mapping[str, Any]:
    """Return a tool in OpenAI's shape as it is."""
    mapping: Mapping[str, Any] = tool
    return mapping


def _field(value: Any, name: str) -> Any:
    return cast("Mapping[str, Any]", value).get(name) if isinstance(value, Mapping) else None


class _Function:
    """A function, and what a model is told of it."""

    __slots__ = ("_description", "_function", "_signature", "asynchronous", "name")

    def __init__(self, function: Callable[..., Any]) -> None:
        if inspect.isclass(function):
            raise TypeError(f"the class {function.__name__} is no tool: give a function")
        if not callable(function):
            raise TypeError(f"a tool is a function or a dict, not {type(function).__name__}")
        core, bound = _unwrapped(function)
        name, description = _marked(function)
        self.name = _checked_name(name, core)
        self.asynchronous = inspect.iscoroutinefunction(core) or (
            not inspect.isroutine(core) and inspect.iscoroutinefunction(type(core).__call__)
        )
        self._function = function
        self._signature = _signature_of(self.name, function, core, bound)
        self._description = self._signature.description if description is None else description

    def wire(self) -> dict[str, Any]:
        """Return it in OpenAI's shape."""
        described = {"description": self._description} if self._description else {}
        schema, is_strict = self._signature.schema, self._signature.strict
        said = {"name": self.name, **described, "parameters": schema, "strict": is_strict}
        return {"type": "function", "function": said}

    def bind(self, arguments: str) -> Invocation | str:
        try:
            given = self._signature.model.model_validate_json(arguments.strip() or "{}")
        except pydantic.ValidationError as why:
            return (
                f"Error: the arguments of {self.name} do not fit:\n{listed(misfits(why))}\n"
                "Call it again with arguments that do."
            )
        positional, named = self._signature.arguments(given)
        bound = functools.partial(self._function, *positional, **named)
        return Invocation(self.name, bound, self.asynchronous)


class _Signature:
    """A function's parameters, as a model that reads them and as the schema that says them."""

    __slots__ = ("_parameters", "description", "model", "schema", "strict")

    def __init__(
        self, name: str, parameters: list[inspect.Parameter], hints: dict[str, Any], doc: str | None
    ) -> None:
        self.description, said = _docstrings.read(doc)
        self._parameters = parameters
        fields: dict[str, Any] = {}
        for number, each in enumerate(parameters):
            hint = hints.get(each.name, Any)
            options: dict[str, Any] = {"alias": each.name}
            words = _words_of(hint) or said.get(each.name)
            if words:
                options["description"] = words
            if each.default is not inspect.Parameter.empty:
                options |= _default(each.default)
            fields[f"p{number}"] = (hint, pydantic.Field(**options))
        try:
            self.model: type[pydantic.BaseModel] = pydantic.create_model(
                "Arguments", __config__=pydantic.ConfigDict(extra="forbid"), **fields
            )
            schema = tidy(self.model.model_json_schema())
        except UNUSABLE as why:
            raise TypeError(
                f"the tool {name!r} has a type hint that no JSON fits: {_first_line(why)}. "
                "(functools.partial binds what a model is not to give.)"
            ) from why
        optional = any(each.default is not inspect.Parameter.empty for each in parameters)
        closed = None if optional else strict(schema)
        self.strict = closed is not None
        self.schema = {**schema, "properties": schema.get("properties", {})}
        if closed is not None:
            self.schema = closed

    def arguments(self, given: pydantic.BaseModel) -> tuple[list[Any], dict[str, Any]]:
        """Return what to call the function with; what was not given is its own default."""
        positional: list[Any] = []
        named: dict[str, Any] = {}
        for number, each in enumerate(self._parameters):
            there = f"p{number}" in given.model_fields_set
            value = getattr(given, f"p{number}") if there else each.default
            if each.kind is inspect.Parameter.POSITIONAL_ONLY:
                positional.append(value)
            elif there:
                named[each.name] = value
        return positional, named


_Shape: TypeAlias = tuple[bool, tuple[tuple[int, frozenset[str]], ...]]

_signatures: WeakKeyDictionary[Callable[..., Any], dict[_Shape, _Signature]] = WeakKeyDictionary()
"""Of functions, which live on from call to call, by what their methods and partials leave open."""


def _shape(function: Callable[..., Any]) -> tuple[Callable[..., Any] | None, _Shape]:
    """Return the function at the bottom, and what of its parameters is bound; None for others."""
    layers: list[tuple[int, frozenset[str]]] = []
    while isinstance(function, functools.partial):
        if any(each is _PLACEHOLDER for each in function.args):
            return None, (False, ())
        layers.append((len(function.args), frozenset(function.keywords)))
        function = function.func
    is_method = isinstance(function, types.MethodType)
    if isinstance(function, types.MethodType):
        function = function.__func__
    return function if inspect.isfunction(function) else None, (is_method, tuple(layers))


_PLACEHOLDER: Final = getattr(functools, "Placeholder", object())
"""Python 3.14: leaves a place open between those that a partial binds."""


def _signature_of(
    name: str, function: Callable[..., Any], core: Callable[..., Any], bound: frozenset[str]
) -> _Signature:
    plain, shape = _shape(function)
    known = _signatures.setdefault(plain, {}) if plain is not None else {}
    if shape in known:
        return known[shape]
    try:
        parameters = [*inspect.signature(function).parameters.values()]
    except ValueError as why:
        raise TypeError(f"the tool {name!r} does not say what it takes: {why}") from None
    for each in parameters:
        if each.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            stars = "*" if each.kind is inspect.Parameter.VAR_POSITIONAL else "**"
            raise TypeError(
                f"the tool {name!r} takes {stars}{each.name}, which no model can be told of: "
                "name its parameters"
            )
    parameters = [each for each in parameters if each.name not in bound]
    doc = core.__doc__ if inspect.isroutine(core) else type(core).__doc__
    signature = _Signature(name, parameters, _hints(name, core), doc)
    known[shape] = signature
    return signature


def _unwrapped(function: Callable[..., Any]) -> tuple[Callable[..., Any], frozenset[str]]:
    """Return what is called at last, and the names of what `functools.partial` has bound."""
    bound: set[str] = set()
    while isinstance(function, functools.partial):
        bound |= set(function.keywords)
        function = function.func
    return function, frozenset(bound)


def _marked(function: Callable[..., Any]) -> tuple[str | None, str | None]:
    """Return the name and the description that `aistrale.tool` gave; the outermost goes first."""
    name: str | None = None
    description: str | None = None
    while True:
        mark = getattr(function, MARK, (None, None))
        name = mark[0] if name is None else name
        description = mark[1] if description is None else description
        if not isinstance(function, functools.partial):
            return name, description
        function = function.func


def _checked_name(given: str | None, core: Callable[..., Any]) -> str:
    name = given or getattr(core, "__name__", None) or type(core).__name__
    if name == "<lambda>":
        raise TypeError(f"a lambda has no name that a model could call it by: {_ADVICE}")
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} is no name for a tool, which has letters, digits, _ and - alone, at most "
            f"64: {_ADVICE}"
        )
    return name


def _hints(name: str, core: Callable[..., Any]) -> dict[str, Any]:
    function = core if inspect.isroutine(core) else type(core).__call__
    try:
        return typing.get_type_hints(function, include_extras=True)
    except (NameError, TypeError, AttributeError, SyntaxError) as why:
        raise TypeError(
            f"the tool {name!r} has a type hint that cannot be looked up: {why}. Types that hints "
            "name are defined where its module sees them, not inside of a function."
        ) from why


def _words_of(hint: Any) -> str | None:
    """Return what `Annotated[…, "description"]` says, or typing's `Doc`."""
    if typing.get_origin(hint) is typing.Annotated:
        for each in hint.__metadata__:
            words = each if isinstance(each, str) else getattr(each, "documentation", None)
            if isinstance(words, str):
                return words
    return None


def _default(value: Any) -> dict[str, Any]:
    """Return the field's default; one that JSON does not have is not shown to the model."""
    try:
        pydantic_core.to_json(value)
    except pydantic_core.PydanticSerializationError:
        return {"default_factory": lambda: None}
    return {"default": value}


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")


def answer(name: str, outcome: Returned | Raised) -> tuple[str, bool]:
    """Return what the model is told of a call, and whether that is an error.

    Text as it is, anything else as JSON; an error where JSON has no form for it.
    """
    error = getattr(outcome, "error", None)
    if error is not None:
        return _words(error), True
    value: Any = getattr(outcome, "value", None)
    if isinstance(value, str):
        return str.__str__(value), False
    kind = type(cast("object", value)).__name__
    try:
        if isinstance(value, (bytes, bytearray, memoryview)):
            raise TypeError("return a str, such as value.decode() or base64")
        return pydantic_core.to_json(value, by_alias=True).decode(), False
    except Exception as why:  # noqa: BLE001 - fields and serializers are the user's code
        log.unusable(name, kind)
        said = f"the tool {name!r} returned {kind}, which cannot be written as JSON"
        return f"TypeError: {said} ({_first_line(why)})", True


def _words(error: BaseException) -> str:
    """Return an exception in words, though it may have none, or fail to say them."""
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 - it is the user's
        words = ""
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
