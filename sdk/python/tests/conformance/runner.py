"""Plays a scenario of contract/scenarios with this SDK; the fault server judges what came of it.

Nothing here knows what is expected. The format is in contract/scenarios/README.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import logging
import os
import tempfile
import types
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import aistrale

SCENARIOS = Path(__file__).resolve().parents[4] / "contract" / "scenarios"
DRIVERS = ("sync", "async")
CANNOT = {"sync": {"cancel": "a blocking call cannot be cancelled from outside"}, "async": {}}
ARGUMENTS = ("api_url", "model", "provider", "profile", "max_retries", "headers", "workspace")
REFERRING = ("prompts.render", "prompts.load", "prompts.export_dotprompt")
EVENTS = ("stream", "telemetry.stream", "events.stream")
KEY = "ais_conformance"


def scenarios() -> list[dict[str, Any]]:
    """Return all of them, in the order of their files."""
    files = sorted(set(SCENARIOS.glob("*.json")) - {SCENARIOS / "scenario.schema.json"})
    return [each for file in files for each in json.loads(file.read_text("utf-8"))]


def known_failing() -> set[str]:
    """Return the names in known-failing.txt."""
    lines = (Path(__file__).parent / "known-failing.txt").read_text("utf-8").splitlines()
    return {line.partition("#")[0].strip() for line in lines} - {""}


def alone(scenario: dict[str, Any]) -> bool:
    """Whether it changes what the whole process has, so that nothing else may run beside it."""
    client = scenario.get("client", {})
    return "now" in scenario or not {"env", "config_file", "log"}.isdisjoint(client)


def mismatches(emulator: str, scenario: dict[str, Any], driver: str) -> list[str]:
    """Play it once, and return what was not as expected."""
    play = _post(f"{emulator}/_conformance/plays", scenario)
    outcome = _outcome(scenario, driver, play)
    verdict = _post(f"{emulator}/_conformance/plays/{play['id']}/verdict", outcome)
    passed = verdict["passed"]
    return [] if passed else [*verdict["mismatches"], json.dumps(outcome, ensure_ascii=False)]


def _post(url: str, body: Any) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        raise AssertionError(f"the fault server refuses it: {refused.read().decode()}") from None


def _outcome(scenario: dict[str, Any], driver: str, play: dict[str, Any]) -> dict[str, Any]:
    outcome: dict[str, Any] = {}
    with _surroundings(scenario, play["url"], outcome):
        coroutine = _calls(scenario, driver, play, outcome)
        try:
            asyncio.run(coroutine) if driver == "async" else _at_once(coroutine)
        except asyncio.CancelledError:
            outcome["cancelled"] = True
        except aistrale.AistraleError as error:
            outcome["error"] = _error(error)
    return outcome


def _at_once(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run what never waits: under the blocking client it has nothing to wait for."""
    with contextlib.suppress(StopIteration):
        coroutine.send(None)
        raise AssertionError("the blocking client waits for an event loop")


@contextlib.contextmanager
def _surroundings(scenario: dict[str, Any], url: str, outcome: dict[str, Any]) -> Iterator[None]:
    """Have the environment, file, log and time that the scenario wants, and put all back."""
    client = scenario.get("client", {})
    with contextlib.ExitStack() as stack:
        if "env" in client or "config_file" in client:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            if "config_file" in client:
                text = client["config_file"].replace("$URL", url)
                (folder / "config.toml").write_text(text, "utf-8", newline="")
            env = {name: each.replace("$URL", url) for name, each in client.get("env", {}).items()}
            before = dict(os.environ)
            stack.callback(lambda: (os.environ.clear(), os.environ.update(before)))
            os.environ.clear()
            os.environ.update({"AISTRALE_CONFIG": str(folder / "config.toml"), **env})
        if "log" in client:
            logger, log = logging.getLogger("aistrale"), _Lines()
            logger.addHandler(log)
            logger.setLevel(client["log"].upper())
            stack.callback(logger.setLevel, logging.NOTSET)
            stack.callback(logger.removeHandler, log)
            stack.callback(lambda: outcome.update(log="\n".join(log.lines)))
        if "now" in scenario:
            now = datetime.fromisoformat(scenario["now"]).timestamp()
            clock = types.SimpleNamespace(time=lambda: now)
            stack.callback(setattr, aistrale.webhooks, "time", aistrale.webhooks.time)
            aistrale.webhooks.time = clock  # type: ignore[attr-defined]
        yield


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def _client(scenario: dict[str, Any], driver: str, play: dict[str, Any]) -> Any:
    said = scenario.get("client", {})
    given = {name: said[name] for name in ARGUMENTS if name in said}
    if "api_url" in given:
        given["api_url"] = given["api_url"].replace("$URL", play["url"])
    if "timeout_ms" in said:
        given["timeout"] = said["timeout_ms"] / 1000
    if "env" in said or "config_file" in said:
        given |= {"api_key": said["api_key"]} if said.get("api_key") else {}
    else:
        given |= {"api_url": play["url"], "api_key": said.get("api_key", KEY)}
    if said.get("proxy"):
        given |= {"api_url": "http://aistrale.example", "proxy": play["proxy"]}
    return (aistrale.Aistrale if driver == "sync" else aistrale.AsyncAistrale)(**given)


async def _calls(
    scenario: dict[str, Any], driver: str, play: dict[str, Any], outcome: dict[str, Any]
) -> None:
    """Make the call, as often as the scenario has it; its last time's outcome counts."""
    if scenario["operation"] == "webhooks.unwrap":
        said = scenario["arguments"]
        event = aistrale.webhooks.unwrap(said["body"].encode(), said["headers"], said["secrets"])
        outcome["result"] = _wire(event)
        return
    async with _opened(_client(scenario, driver, play)) as client:
        for _ in range(scenario.get("repeat", 1)):
            outcome.pop("result", None)
            calling = _call(client, scenario, outcome)
            after = scenario.get("cancel", {}).get("after_ms")
            if after is None:
                await calling
                continue
            task = asyncio.ensure_future(calling)
            await asyncio.sleep(after / 1000)
            task.cancel()
            await task


async def _call(client: Any, scenario: dict[str, Any], outcome: dict[str, Any]) -> None:
    operation, said = scenario["operation"], dict(scenario.get("arguments", {}))
    options = _options(scenario)
    said = {name: said[name] for name in said if name not in options}
    if "prompt_ref" in said:
        said["prompt_ref"] = _reference(said["prompt_ref"])
    if "readers" in scenario:
        async with _opened(client.stream(**said, **options)) as stream:
            outcome["result"] = _wire(await _read_by(scenario["readers"], stream))
    elif operation in EVENTS:
        outcome["events"] = []
        method = client.stream if operation == "stream" else _method(client, operation)
        await _events(method(**said, **options), scenario, outcome["events"])
    elif operation == "session":
        turns = said.pop("turns")
        session = client.session(**said)
        answers = [await _settled(session.run(**turn, **options)) for turn in turns]
        messages = session.messages
        outcome["result"] = _wire(
            {"session_id": session.session_id, "answers": answers, "messages": messages}
        )
    else:
        names = ("id",) if "id" in said else ("name", "from", "to")
        path = [said.pop(name) for name in names if name in said]
        if operation in REFERRING:
            options |= {"fallback": said.pop("fallback")} if "fallback" in said else {}
            options |= {"max_age": said.pop("max_age_ms") / 1000} if "max_age_ms" in said else {}
            path = [_reference({"name": path[0], **said})]
            said = {}
        elif operation == "prompts.diff":
            path.sort(key=lambda each: each != "greeting")
        elif operation == "tokens.add":
            said |= {"name": path.pop()} if path else {}
        method = _method(client, {"providers.get": "provider"}.get(operation, operation))
        result = await _settled(method(*path, **said, **options))
        many = hasattr(result, "__aiter__") or hasattr(result, "__iter__")
        many = many and operation != "run" and not isinstance(result, str)
        take = scenario.get("take")
        outcome["result"] = await _items(result, take) if many else _wire(result)


def _method(client: Any, operation: str) -> Any:
    found = client
    for name in operation.removesuffix(".list" if operation == "providers.list" else "").split("."):
        found = getattr(found, name)
    return found


def _options(scenario: dict[str, Any]) -> dict[str, Any]:
    said = dict(scenario.get("call", {}))
    renamed = {"headers": "extra_headers"}
    options = {renamed.get(name, name): said[name] for name in said if name != "timeout_ms"}
    if "timeout_ms" in said:
        options["timeout"] = said["timeout_ms"] / 1000
    if "functions" in scenario:
        theirs = scenario.get("arguments", {}).get("tools", ())
        options["tools"] = [*(FUNCTIONS[name] for name in scenario["functions"]), *theirs]
    if "max_rounds" in scenario:
        options["max_rounds"] = scenario["max_rounds"]
    if "output" in scenario:
        options["output"] = _city()
    return options


def _reference(said: dict[str, Any]) -> aistrale.PromptRef:
    return aistrale.PromptRef(**said)


async def _events(stream: Any, scenario: dict[str, Any], events: list[Any]) -> None:
    """Read to the end, or to where the scenario leaves or cancels."""
    leave = scenario.get("leave", {}).get("after_events")
    cancel = scenario.get("cancel", {}).get("after_events")
    async with _opened(stream):
        async for event in _each(stream):
            events.append(_event(event))
            if len(events) == leave:
                break
            if len(events) == cancel:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()  # which strikes while the next event is waited for


async def _read_by(readers: int, stream: Any) -> Any:
    """Return what the last of so many readers has: one after the other, a stream is one task's."""
    for _ in range(readers - 1):
        with contextlib.suppress(aistrale.AistraleError):
            await _settled(stream.final())
    return await _settled(stream.final())


async def _items(result: Any, take: int | None) -> Any:
    items = []
    async for item in _each(result):
        items.append(_wire(item))
        if len(items) == take:
            break
    return {"items": items}


async def _settled(value: Any) -> Any:
    return await value if isinstance(value, Awaitable) else value


async def _each(items: Any) -> AsyncIterator[Any]:
    if hasattr(items, "__aiter__"):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item


@contextlib.asynccontextmanager
async def _opened(what: Any) -> AsyncIterator[Any]:
    if hasattr(what, "__aenter__"):
        async with what as entered:
            yield entered
    else:
        with what as entered:
            yield entered


def _event(event: Any) -> Any:
    match event:
        case aistrale.TextDelta():
            return {"type": "text", "text": event.text}
        case aistrale.ThinkingDelta():
            return {"type": "thinking", "thinking": event.thinking}
        case aistrale.ToolCallDelta():
            said = {"id": event.call_id, "name": event.name, "arguments": event.arguments}
            return {"type": "tool_call", "index": event.index, **said}
        case aistrale.Completed():
            return {"type": "completed", "inference": _wire(event.inference)}
        case aistrale.UnknownEvent():
            return {"type": "unknown", "event": event.event, "data": _wire(event.data)}
        case aistrale.ToolResult():
            said = {"id": event.call_id, "name": event.name, "content": event.content}
            return {"type": "tool_result", **said}
        case _:
            return _wire(event)


def _error(error: aistrale.AistraleError) -> dict[str, Any]:
    names = ("status", "code", "request_id", "provider", "text")
    said = {name: getattr(error, name, None) for name in names}
    wait = getattr(error, "retry_after", None)
    said["retry_after_ms"] = None if wait is None else round(wait * 1000)
    return {"class": type(error).__name__, "message": str(error), **said}


def _wire(value: Any) -> Any:
    """Return what a record holds under its wire names, as JSON."""
    if hasattr(value, "model_dump"):
        return value.model_dump()
    if isinstance(value, (aistrale.Message, aistrale.ToolCall, aistrale.ThinkingBlock)):
        return _wire(value.to_dict())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [each.name for each in dataclasses.fields(value) if each.name != "extra"]
        known = {name.removesuffix("_version"): getattr(value, name) for name in names}
        if not isinstance(value, aistrale.PromptDiff):
            known = {name: getattr(value, name) for name in names}
        if isinstance(value, aistrale.Inference) and not value.rounds:
            del known["rounds"]  # what is nothing is left out
        return {name: _wire(each) for name, each in {**known, **_extra(value)}.items()}
    if isinstance(value, Mapping):
        return {name: _wire(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_wire(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        number = float(value)
        return number if Decimal(repr(number)) == value else format(value, "f")
    return value


def _extra(value: Any) -> Mapping[str, Any]:
    return getattr(value, "extra", {})


def _city() -> Any:
    from pydantic import BaseModel, Field

    class City(BaseModel):
        name: str
        population: int = Field(ge=0)

    return City


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def lookup(city: str) -> dict[str, Any]:
    """Look a city's population up."""
    return {"city": city, "population": 2102650 if city == "Paris" else 0}


def fail() -> str:
    """Ask the weather station."""
    raise RuntimeError("the weather station is closed")


FUNCTIONS = {function.__name__: function for function in (add, lookup, fail)}
