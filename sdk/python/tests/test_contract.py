"""The client against the contract: what one of them has and the other lacks is a failure here.

What is left out on purpose stands in the tables below, each with its reason.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import sys
import typing
from collections.abc import Iterator
from operator import attrgetter
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

import aistrale
from aistrale._event_decode import event
from aistrale._fields import parse
from aistrale._options import CALL_FIELDS, ReasoningEffort
from aistrale._problems import BY_CODE
from aistrale._telemetry_operations import ExportFormat

from .conftest import RESOURCES, ROOT, Flavour
from .fake_server import FakeServer

CONTRACT = yaml.safe_load((ROOT / "contract" / "openapi.yaml").read_text("utf-8"))
SCHEMAS = CONTRACT["components"]["schemas"]
METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")

OPERATIONS_LEFT_OUT = {
    "createChatCompletion": "/v1 is for the programs of OpenAI's own client",
    "createMessage": "/v1 is for the programs of Anthropic's own client",
    "countMessageTokens": "/v1 is for the programs of Anthropic's own client",
    "listModels": "/v1 is for the programs of OpenAI's own client",
    "getModel": "/v1 is for the programs of OpenAI's own client",
    "getProviderModel": "/v1 is for the programs of OpenAI's own client",
    "getReadiness": "is for load balancers",
    "getContract": "is for machines that make clients",
    "getMetrics": "is for Prometheus",
    "getReference": "is for people with a browser",
    "getReferenceFile": "is for people with a browser",
}

SCHEMAS_LEFT_OUT = {
    "ChatCompletionRequest": "/v1",
    "ChatCompletion": "/v1",
    "ChatCompletionUsage": "/v1",
    "ChatCompletionChunk": "/v1",
    "Model": "/v1",
    "ModelList": "/v1",
    "OpenAiError": "/v1",
    "AnthropicMessageRequest": "/v1",
    "AnthropicMessage": "/v1",
    "AnthropicUsage": "/v1",
    "AnthropicMessageStart": "/v1",
    "AnthropicContentBlockStart": "/v1",
    "AnthropicContentBlockDelta": "/v1",
    "AnthropicContentBlockStop": "/v1",
    "AnthropicMessageDelta": "/v1",
    "AnthropicMessageStop": "/v1",
    "AnthropicCountTokensRequest": "/v1",
    "AnthropicTokenCount": "/v1",
    "AnthropicModel": "/v1",
    "AnthropicModelList": "/v1",
    "AnthropicError": "/v1",
    "Message": "it is one of the three below",
    "Part": "it is one of the three below",
    "SaidMessage": "messages that are sent are dicts, in OpenAI's shape",
    "AssistantMessage": "messages that are sent are dicts, or a `Message` as it came",
    "ToolMessage": "messages that are sent are dicts, in OpenAI's shape",
    "TextPart": "parts are dicts, in OpenAI's shape",
    "ImagePart": "parts are dicts, in OpenAI's shape",
    "OtherPart": "parts are dicts, in OpenAI's shape",
    "Tool": "tools are dicts, in OpenAI's shape",
    "ToolChoice": "is a dict, in OpenAI's shape",
    "ResponseFormat": "is a dict, in OpenAI's shape",
    "RunRequest": "test_every_operation sends it",
    "SpanBatch": "test_every_operation sends it",
    "PromptCreate": "test_every_operation sends it",
    "PromptVersionCreate": "test_every_operation sends it",
    "RenderRequest": "test_every_operation sends it",
    "TokenCreate": "test_every_operation sends it",
    "TokenUpdate": "test_every_operation sends it",
    "BudgetCreate": "test_every_operation sends it",
    "BudgetUpdate": "test_every_operation sends it",
    "BudgetScopeSet": "scopes that are sent are dicts, or a `BudgetScope`",
    "WebhookCreate": "test_every_operation sends it",
    "WebhookUpdate": "test_every_operation sends it",
    "WebhookFilterSet": "filters that are sent are dicts, or a `WebhookFilter`",
    "WebhookSecretRotation": "test_every_operation sends it",
    "WebhookTest": "test_every_operation sends it",
    "WebhookRecovery": "test_every_operation sends it",
    "WebhookRecovered": "is the number alone; test_webhooks",
    "EventTest": "test_every_operation sends it",
    "AliasSet": "test_every_operation sends it",
    "WorkspaceCreate": "test_every_operation sends it",
    "WorkspaceUpdate": "test_every_operation sends it",
    "ApiKeyCreate": "test_every_operation sends it",
    "ApiKeyUpdate": "test_every_operation sends it",
}


@dataclasses.dataclass(frozen=True)
class Covered:
    """How an operation is called: a method, and every option it has.

    `beside`: names of the contract that this one call does not send, each with its reason.
    """

    method: str
    args: tuple[Any, ...] = ()
    options: Any = None
    more: dict[str, Any] = dataclasses.field(default_factory=dict)
    without: tuple[str, ...] = ()
    beside: dict[str, str] = dataclasses.field(default_factory=dict)


CONTENT = {"messages": "is instead of `text`; test_prompts sends it"}

OPERATIONS = {
    "runInference": Covered(
        "run",
        ("hi",),
        aistrale.RunOptions,
        without=("messages", "prompt_ref", "variables", "idempotency_key"),
        beside={
            "messages": "is instead of a prompt; test_run sends it",
            "prompt_ref": "is instead of a prompt; test_prompt_runs sends it",
            "stream": "`stream()` sends it; test_streams",
            "traceparent": "`otel.instrument` sends it, or `extra_headers=`; test_otel",
            "last-event-id": "a stream that goes on sends it; test_resume",
        },
    ),
    "getInference": Covered("inferences.get", ("inf_1",)),
    "cancelInference": Covered("inferences.cancel", ("inf_1",)),
    "cancelInferenceByKey": Covered("inferences.cancel", more={"idempotency_key": "job-7"}),
    "listTelemetry": Covered("telemetry.list", (), aistrale.TelemetryListOptions),
    "getTelemetrySummary": Covered("telemetry.summary", (), aistrale.TelemetrySummaryOptions),
    "streamTelemetry": Covered("telemetry.stream", (), aistrale.TelemetryStreamOptions),
    "exportTelemetry": Covered("telemetry.export", ("csv",), aistrale.TelemetryFilters),
    "addSpans": Covered("telemetry.add_spans", ([{"trace_id": "t"}],)),
    "deleteUserTelemetry": Covered("telemetry.delete_user", ("ada",)),
    "listTraces": Covered("telemetry.traces", (), aistrale.TraceListOptions),
    "getTrace": Covered("telemetry.trace", ("t",), aistrale.ListOptions),
    "listPrompts": Covered("prompts.list", (), aistrale.PromptListOptions),
    "createPrompt": Covered(
        "prompts.create", ("a",), aistrale.PromptCreate, without=("messages",), beside=CONTENT
    ),
    "getPrompt": Covered("prompts.get", ("a",)),
    "updatePrompt": Covered("prompts.update", ("a",), more={"description": "b", "if_match": 1}),
    "deletePrompt": Covered("prompts.delete", ("a",), more={"if_match": 1}),
    "listPromptVersions": Covered("prompts.versions", ("a",), aistrale.ListOptions),
    "createPromptVersion": Covered(
        "prompts.create_version",
        ("a",),
        aistrale.PromptVersionCreate,
        more={"if_match": 1},
        without=("messages",),
        beside=CONTENT,
    ),
    "getPromptVersion": Covered("prompts.get_version", ("a", 1)),
    "setPromptLabel": Covered("prompts.set_label", ("a", "b", 1), more={"if_match": 1}),
    "deletePromptLabel": Covered("prompts.remove_label", ("a", "b"), more={"if_match": 1}),
    "renderPrompt": Covered(
        "prompts.render",
        ("a@1", {"b": "c"}),
        beside={"label": "is instead of `version`; test_prompts sends it"},
    ),
    "diffPromptVersions": Covered("prompts.diff", ("a", 1, "production")),
    "getPromptFile": Covered(
        "prompts.export_dotprompt",
        ("a@1",),
        beside={"label": "is instead of `version`; as in render"},
    ),
    "putPromptFile": Covered("prompts.import_dotprompt", ("a", "b"), more={"if_match": 1}),
    "listProviders": Covered("providers"),
    "listTokens": Covered("tokens.list"),
    "getProvider": Covered("provider", ("openai",)),
    "listCatalogue": Covered("models.list", (), aistrale.ModelListOptions),
    "listAliases": Covered("aliases.list"),
    "getAlias": Covered("aliases.get", ("fast",)),
    "setAlias": Covered("aliases.set", ("fast", "openai/gpt-4o"), more={"fallbacks": ["a/b"]}),
    "deleteAlias": Covered("aliases.delete", ("fast",)),
    "listBudgets": Covered("budgets.list", (), aistrale.ListOptions),
    "createBudget": Covered(
        "budgets.create",
        ("a",),
        aistrale.BudgetCreate,
        more={"scope": {"type": "workspace"}, "period": "day", "limit_usd": 1},
    ),
    "getBudget": Covered("budgets.get", ("bud_1",)),
    "updateBudget": Covered("budgets.update", ("bud_1",), aistrale.BudgetUpdate),
    "deleteBudget": Covered("budgets.delete", ("bud_1",)),
    "listWebhooks": Covered("webhooks.list", (), aistrale.ListOptions),
    "createWebhook": Covered(
        "webhooks.create", ("https://a.example", ["inference.failed"]), aistrale.WebhookCreate
    ),
    "getWebhook": Covered("webhooks.get", ("wh_1",)),
    "updateWebhook": Covered("webhooks.update", ("wh_1",), aistrale.WebhookUpdate),
    "deleteWebhook": Covered("webhooks.delete", ("wh_1",)),
    "rotateWebhookSecret": Covered("webhooks.rotate_secret", ("wh_1", "whsec_a")),
    "testWebhook": Covered("webhooks.test", ("wh_1", "inference.failed")),
    "recoverWebhook": Covered("webhooks.recover", ("wh_1", "2026-11-25T08:00:00Z")),
    "listWebhookDeliveries": Covered(
        "webhooks.deliveries.list", ("wh_1",), aistrale.WebhookDeliveryListOptions
    ),
    "getWebhookDelivery": Covered("webhooks.deliveries.get", ("dlv_1",)),
    "retryWebhookDelivery": Covered("webhooks.deliveries.retry", ("dlv_1",)),
    "listWebhookEventTypes": Covered("events.types"),
    "streamEvents": Covered(
        "events.stream",
        (),
        aistrale.EventStreamOptions,
        without=("on_disconnect", "on_reconnect"),
    ),
    "sendTestEvent": Covered("events.test", ("webhook.test",)),
    "createToken": Covered("tokens.add", ("openai", "sk"), more={"name": "a", "weight": 2}),
    "updateToken": Covered("tokens.update", ("tok_1",), aistrale.TokenUpdate),
    "deleteToken": Covered("tokens.remove", ("tok_1",)),
    "getWhoami": Covered("whoami"),
    "listWorkspaces": Covered("workspaces.list", (), aistrale.ListOptions),
    "createWorkspace": Covered("workspaces.create", ("a",), aistrale.WorkspaceCreate),
    "getWorkspace": Covered("workspaces.get", ("ws_1",)),
    "updateWorkspace": Covered("workspaces.update", ("ws_1",), aistrale.WorkspaceUpdate),
    "deleteWorkspace": Covered("workspaces.delete", ("ws_1",)),
    "listApiKeys": Covered("api_keys.list", (), aistrale.ListOptions),
    "createApiKey": Covered("api_keys.create", ("a",), aistrale.ApiKeyCreate),
    "getApiKey": Covered("api_keys.get", ("key_1",)),
    "updateApiKey": Covered("api_keys.update", ("key_1",), aistrale.ApiKeyUpdate),
    "revokeApiKey": Covered("api_keys.revoke", ("key_1",)),
    "listAuditEntries": Covered("audit_log.list", (), aistrale.AuditLogOptions),
    "getHealth": Covered("health"),
}

METHODS_ALONE = {
    "stream": "`run`'s other form",
    "session": "keeps a conversation and runs its turns",
    "load_session": "goes on with one from a file",
    "close": "closes connections",
    "prompts.load": "`prompts.get_version`, kept",
    "tokens.replace": "`tokens.update` with a token alone",
}


@dataclasses.dataclass(frozen=True)
class Mapped:
    """The class that a schema of the contract is; `names`: theirs by ours where they differ.

    `theirs` and `ours` are names that only one has, each with its reason.
    """

    owner: Any
    names: dict[str, str] = dataclasses.field(default_factory=dict)
    theirs: dict[str, str] = dataclasses.field(default_factory=dict)
    ours: dict[str, str] = dataclasses.field(default_factory=dict)


LATER = {"content": "comes with GET /inferences/{id} alone"}
DETAIL = {
    "spans": "comes with GET /traces/{id} alone",
    "inferences": "likewise",
    "next_cursor": "likewise",
}
PAGE = Mapped(aistrale.Page)

CLASSES = {
    "PromptRef": Mapped(aistrale.PromptRef),
    "AnswerMessage": Mapped(
        aistrale.Message,
        theirs={"refusal": "is kept in `extra`, null too, and goes back as it came"},
    ),
    "AnswerMessage/content": Mapped(None, theirs={"type": "parts are dicts"}),
    "ThinkingBlock": Mapped(aistrale.ThinkingBlock),
    "ToolCall": Mapped(
        aistrale.ToolCall,
        theirs={
            "function": "its two fields are the call's own: ToolCall/function",
            "extra_content": "is opaque; it is kept in `extra` and goes back from there",
        },
        ours={"name": "of ToolCall/function", "arguments": "likewise"},
    ),
    "ToolCall/function": Mapped(aistrale.ToolCall, ours={"id": "of ToolCall", "type": "likewise"}),
    "Answer": Mapped(aistrale.Inference, ours={"rounds": "are answers of the same call before it"}),
    "Delta": Mapped(
        None,
        theirs={
            "text": "`TextDelta`",
            "thinking": "`ThinkingDelta`",
            "tool_call": "`ToolCallDelta`",
        },
    ),
    "Delta/tool_call": Mapped(
        aistrale.ToolCallDelta,
        {"call_id": "id"},
        ours={"id": "is the event's id, as every event has it"},
    ),
    "Usage": Mapped(aistrale.Usage),
    "Attempt": Mapped(aistrale.Attempt),
    "PromptUse": Mapped(aistrale.PromptUse),
    "InferenceFailure": Mapped(aistrale.RecordedError),
    "Inference": Mapped(aistrale.InferenceRecord, ours=LATER),
    "InferenceWithContent": Mapped(aistrale.InferenceRecord),
    "InferenceWithContent/content": Mapped(aistrale.RecordedContent),
    "Percentiles": Mapped(aistrale.Percentiles),
    "TelemetrySummary": Mapped(aistrale.TelemetrySummary),
    "SummaryGroup": Mapped(aistrale.SummaryGroup),
    "SpanCreate": Mapped(aistrale.Span, ours={"duration_ms": "comes with the answer alone"}),
    "Span": Mapped(aistrale.Span),
    "Trace": Mapped(aistrale.Trace, ours=DETAIL),
    "TraceDetail": Mapped(aistrale.Trace),
    "Variable": Mapped(aistrale.PromptVariable),
    "PromptSettings": Mapped(aistrale.PromptSettings),
    "Prompt": Mapped(aistrale.Prompt),
    "PromptVersion": Mapped(aistrale.PromptVersion),
    "PromptVersion/variables": Mapped(aistrale.PromptVariable),
    "RenderedPrompt": Mapped(aistrale.RenderedPrompt),
    "PromptDiff": Mapped(aistrale.PromptDiff, {"from_version": "from", "to_version": "to"}),
    "PromptDiff/changes": Mapped(aistrale.PromptChange),
    "Provider": Mapped(aistrale.ProviderInfo),
    "ProviderHealth": Mapped(aistrale.ProviderHealth),
    "ProviderLastFailure": Mapped(aistrale.ProviderLastFailure),
    "ProviderCircuit": Mapped(aistrale.ProviderCircuit),
    "ProviderTokens": Mapped(aistrale.ProviderTokens),
    "CatalogueModel": Mapped(aistrale.CatalogueModel),
    "Alias": Mapped(aistrale.Alias),
    "Budget": Mapped(aistrale.Budget),
    "BudgetScope": Mapped(aistrale.BudgetScope),
    "BudgetState": Mapped(aistrale.BudgetState),
    "BudgetCrossing": Mapped(aistrale.BudgetCrossing),
    "Webhook": Mapped(aistrale.Webhook, ours={"secret": "comes with a new one alone"}),
    "NewWebhook": Mapped(aistrale.Webhook),
    "WebhookFilter": Mapped(aistrale.WebhookFilter),
    "WebhookHeader": Mapped(aistrale.WebhookHeader),
    "WebhookDelivery": Mapped(
        aistrale.WebhookDelivery,
        ours={
            "attempts": "comes with GET /webhook-deliveries/{id} alone",
            "payload": "likewise",
        },
    ),
    "WebhookDeliveryWithAttempts": Mapped(aistrale.WebhookDelivery),
    "WebhookAttempt": Mapped(aistrale.WebhookAttempt),
    "WebhookEventType": Mapped(aistrale.EventType),
    "Event": Mapped(aistrale.Event),
    "Token": Mapped(aistrale.Token),
    "Whoami": Mapped(aistrale.WhoAmI),
    "Whoami/workspace": Mapped(aistrale.WorkspaceName),
    "Workspace": Mapped(aistrale.Workspace),
    "ApiKey": Mapped(aistrale.ApiKey, ours={"key": "comes with a new key alone"}),
    "NewApiKey": Mapped(aistrale.ApiKey),
    "AuditEntry": Mapped(aistrale.AuditEntry),
    "AuditEntry/actor": Mapped(aistrale.AuditActor),
    "AuditEntry/target": Mapped(aistrale.AuditTarget),
    "Problem": Mapped(
        aistrale.APIStatusError,
        {"retry_after": "retry_after_ms"},
        theirs={
            "type": "is about:blank",
            "title": "the code says the same; it is in `body`",
            "detail": "is in the message",
        },
        ours={"body": "is all of it", "limits": "are headers; test_money"},
    ),
    "Problem/errors": Mapped(None, theirs={"pointer": "errors are dicts", "detail": "likewise"}),
    "InferenceList": PAGE,
    "TraceList": PAGE,
    "PromptList": PAGE,
    "PromptVersionList": PAGE,
    "ProviderList": PAGE,
    "CatalogueModelList": PAGE,
    "AliasList": PAGE,
    "BudgetList": PAGE,
    "WebhookList": PAGE,
    "WebhookDeliveryList": PAGE,
    "WebhookEventTypeList": PAGE,
    "TokenList": PAGE,
    "WorkspaceList": PAGE,
    "ApiKeyList": PAGE,
    "AuditList": PAGE,
}


# ── reading the contract ─────────────────────────────────────────────────────────────────────────


def resolved(schema: Any) -> Any:
    """Return a schema with its references followed, and null as an alternative put aside."""
    while "$ref" in schema:
        schema = find(schema["$ref"])
    for word in ("oneOf", "anyOf"):
        others = [each for each in schema.get(word, ()) if each.get("type") != "null"]
        if len(others) == 1 and "properties" not in schema:
            return resolved(others[0])
    return schema


def find(reference: str) -> Any:
    found = CONTRACT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def properties(schema: Any) -> dict[str, Any]:
    """Return all properties of a schema and of what it is put together from."""
    schema = resolved(schema)
    found: dict[str, Any] = {}
    for word in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(word, ()):
            found |= properties(part)
    return found | schema.get("properties", {})


def inner(schema: Any) -> Any:
    """Return what a schema is of: the items of a list, else itself."""
    schema = resolved(schema)
    return resolved(schema["items"]) if "items" in schema else schema


def named() -> Iterator[tuple[str, Any]]:
    """Yield every schema that has properties, those without a name of their own by their place."""
    for name, schema in SCHEMAS.items():
        if properties(schema):
            yield name, schema
            if name in SCHEMAS_LEFT_OUT:
                continue
            for field, of in properties(schema).items():
                if "$ref" not in of and "$ref" not in of.get("items", {}):
                    if properties(inner(of)) and not any("$ref" in x for x in of.get("oneOf", ())):
                        yield f"{name}/{field}", inner(of)


def operations() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    for path, item in CONTRACT["paths"].items():
        for method in METHODS:
            if method in item:
                parameters = [*item.get("parameters", ()), *item[method].get("parameters", ())]
                whole = {**item[method], "parameters": [resolved_parameter(p) for p in parameters]}
                yield item[method]["operationId"], method.upper(), path, whole


def resolved_parameter(parameter: Any) -> Any:
    return find(parameter["$ref"]) if "$ref" in parameter else parameter


THEIRS = {identity: (method, path, whole) for identity, method, path, whole in operations()}


# ── operations ───────────────────────────────────────────────────────────────────────────────────


def test_every_operation_is_here_or_left_out_for_a_reason() -> None:
    assert set(OPERATIONS) | set(OPERATIONS_LEFT_OUT) == set(THEIRS)
    assert set(OPERATIONS).isdisjoint(OPERATIONS_LEFT_OUT)


SAMPLES: dict[str, Any] = {
    "metadata": {"team": "x"},
    "system": "a",
    "temperature": 0.5,
    "top_p": 0.5,
    "max_output_tokens": 1,
    "tools": [{}],
    "response_format": {},
    "seed": 1,
    "timeout_ms": 1,
    "provider_options": {},
    "fallbacks": ["a/b"],
    "resumable": True,
    "limit_usd": 1,
    "thresholds": [50],
    "weight": 2,
    "requests_per_minute": 1,
    "tokens_per_minute": 1,
    "limit": 1,
    "variables": [{"name": "who"}],
    "settings": {"seed": 1},
    "allowed_models": ["openai/*"],
    "capture_content": True,
    "retention_days": 1,
}


def options_of(covered: Covered) -> dict[str, Any]:
    """Return a value for every option that there is."""
    if covered.options is None:
        return {}
    names = set(typing.get_type_hints(covered.options))
    names -= {*CALL_FIELDS, *covered.without}
    return {name: SAMPLES.get(name, name) for name in sorted(names)}


def called(url: str, covered: Covered) -> None:
    """Make the call, on a server that refuses it."""
    with aistrale.Aistrale(api_url=url) as client:
        method: Any = client
        for part in covered.method.split("."):
            method = getattr(method, part)
        with pytest.raises(aistrale.APIStatusError):
            list(method(*covered.args, **options_of(covered), **covered.more, max_retries=0))


@pytest.mark.parametrize("identity", OPERATIONS)
def test_every_operation_sends_what_the_contract_has(identity: str) -> None:
    """Method, path, query, header fields and body, by name: none is missing, none is ours alone."""
    covered = OPERATIONS[identity]
    method, path, whole = THEIRS[identity]
    with FakeServer() as server:
        called(server.url, covered)
    got = server.requests[0]
    parts = urlsplit(got.path)
    assert got.method == method
    assert re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), parts.path)
    query = {name.split(".")[0] for name, _ in parse_qsl(parts.query)}
    of_query = {each["name"] for each in whole["parameters"] if each["in"] == "query"}
    assert query == of_query - set(covered.beside)
    headers = {each["name"].lower() for each in whole["parameters"] if each["in"] == "header"}
    wanted = headers - {"x-aistrale-workspace"} - set(covered.beside)
    assert {"if-match", "last-event-id", "idempotency-key"} & set(got.headers) == wanted
    content = resolved(whole.get("requestBody", {})).get("content", {})
    if "application/json" in content:
        theirs = set(properties(content["application/json"]["schema"]))
        assert set(got.json) == theirs - set(covered.beside)
    elif content:
        assert got.headers["content-type"].split(";")[0] in content
    else:
        assert got.body == b""
    for kind in got.headers.get("accept", "*/*").split(","):
        answers = [resolved_parameter(each) for each in whole["responses"].values()]
        kinds = {name for each in answers for name in each.get("content", {})}
        assert kind.strip() in kinds | {"*/*"} or "204" in whole["responses"]


def public(owner: type) -> dict[str, Any]:
    return {
        name: value
        for name, value in vars(owner).items()
        if not name.startswith("_") and inspect.isfunction(value)
    }


def test_no_method_is_without_an_operation() -> None:
    ours = {
        f"{resource}.{name}" if resource else name
        for resource, (owner, _) in RESOURCES.items()
        for name in public(owner)
    }
    assert ours == {each.method for each in OPERATIONS.values()} | set(METHODS_ALONE)


@pytest.mark.parametrize("resource", RESOURCES)
def test_both_clients_have_the_same_methods(resource: str) -> None:
    def shape(method: Any) -> list[tuple[str, Any, Any, str]]:
        return [
            (each.name, each.kind, each.default, str(each.annotation))
            for each in inspect.signature(method).parameters.values()
        ]

    blocking, asynchronous = (public(owner) for owner in RESOURCES[resource])
    assert {name: shape(method) for name, method in blocking.items()} == {
        name: shape(method) for name, method in asynchronous.items()
    }


def test_the_clients_have_these_resources(flavour: Flavour) -> None:
    client = flavour.client("http://a.example")
    for resource, owners in RESOURCES.items():
        if resource:
            assert type(attrgetter(resource)(client)) is owners[flavour.name != "sync"]


# ── properties ───────────────────────────────────────────────────────────────────────────────────


def fields_of(owner: Any) -> set[str]:
    if owner is None:
        return set()
    if dataclasses.is_dataclass(owner):
        return {each.name for each in dataclasses.fields(owner)} - {"extra"}
    if typing.is_typeddict(owner):
        return set(typing.get_type_hints(owner))
    return set(inspect.signature(owner.__init__).parameters) - {"self", "message"}


PLACES = dict(named())


def test_every_schema_is_here_or_left_out_for_a_reason() -> None:
    assert set(CLASSES) | set(SCHEMAS_LEFT_OUT) == set(PLACES)


@pytest.mark.parametrize("place", CLASSES)
def test_every_property(place: str) -> None:
    mapped = CLASSES[place]
    theirs = set(properties(PLACES[place])) - set(mapped.theirs)
    ours = fields_of(mapped.owner) - set(mapped.ours)
    assert {mapped.names.get(name, name) for name in ours} == theirs


# ── words ────────────────────────────────────────────────────────────────────────────────────────


def words(schema: Any) -> set[str]:
    """Return the values that a schema lists."""
    schema = resolved(schema)
    found = {*schema.get("enum", ()), *schema.get("x-extensible-enum", ())}
    if "items" in schema:
        found |= words(schema["items"])
    return {each for each in found if isinstance(each, str)}


def documentation(owner: Any) -> str:
    """Return what a class says, and what a TypedDict's bases do, which it does not know itself."""
    text = owner.__doc__ or ""
    if typing.is_typeddict(owner):
        (tree,) = ast.parse(inspect.getsource(owner)).body
        assert isinstance(tree, ast.ClassDef)
        bases = [base.id for base in tree.bases if isinstance(base, ast.Name)]
        module = sys.modules[owner.__module__]
        text += "".join(documentation(getattr(module, name)) for name in bases if name != TYPED)
    return text


TYPED = typing.TypedDict.__name__


NOT_DOCUMENTED = {
    ("ToolCall", "type"): "it is always the same",
    ("AnswerMessage", "role"): "it is always the same",
    ("Problem", "code"): "test_every_error_code",
    ("InferenceFailure", "code"): "test_every_error_code",
    ("ProviderLastFailure", "code"): "test_every_error_code",
    ("PromptSettings", "reasoning_effort"): "it refers to RunOptions",
    ("WebhookDelivery", "event_type"): "it refers to Event",
    ("WebhookDeliveryWithAttempts", "event_type"): "it refers to Event",
    ("WebhookEventType", "type"): "it refers to Event",
    ("WebhookAttempt", "error"): "it refers to WebhookDelivery",
}


@pytest.mark.parametrize(
    ("place", "name", "values"),
    [
        (place, name, words(schema))
        for place, mapped in CLASSES.items()
        if mapped.owner is not None
        for name, schema in properties(PLACES[place]).items()
        if words(schema) and (place, name) not in NOT_DOCUMENTED
    ],
)
def test_every_value_is_documented(place: str, name: str, values: set[str]) -> None:
    """Answers take later values too; the documentation says those of today."""
    text = documentation(CLASSES[place].owner)
    assert {value for value in values if f'"{value}"' not in text} == set(), (place, name)


OPTIONS = {
    "listTelemetry": aistrale.TelemetryListOptions,
    "getTelemetrySummary": aistrale.TelemetrySummaryOptions,
    "createApiKey": aistrale.ApiKeyCreate,
    "updateBudget": aistrale.BudgetUpdate,
    "runInference": aistrale.RunOptions,
}


@pytest.mark.parametrize("identity", OPTIONS)
def test_every_value_that_can_be_sent_is_documented(identity: str) -> None:
    _, _, whole = THEIRS[identity]
    schemas = [each["schema"] for each in whole["parameters"]]
    if "requestBody" in whole:
        content = resolved(whole["requestBody"])["content"]["application/json"]["schema"]
        schemas += properties(content).values()
    values = {value for schema in schemas for value in words(schema)}
    assert values
    text = documentation(OPTIONS[identity])
    assert {value for value in values if f'"{value}"' not in text} == set()


DOCUMENTED_ALONE = {
    "answer", "anthropic", "api_key", "created", "demo", "environment", "greeting",
    "key_operator", "latest", "metadata", "production", "search", "team", "thinking", "user",
}  # fmt: skip


def test_no_documented_value_is_ours_alone() -> None:
    """A word in quotes is a value or a name of the contract, or an example."""
    theirs = {value for schema in walk(CONTRACT) for value in words_here(schema)}
    theirs |= {name for schema in walk(CONTRACT) for name in schema.get("properties", ())}
    owners = {mapped.owner for mapped in CLASSES.values() if mapped.owner is not None}
    owners |= {each.options for each in OPERATIONS.values() if each.options is not None}
    quoted = {word for owner in owners for word in re.findall(r'"([a-z_]+)"', documentation(owner))}
    assert quoted - theirs - DOCUMENTED_ALONE - set(BY_CODE) == set()


def walk(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from walk(each)
    elif isinstance(value, list):
        for each in value:
            yield from walk(each)


def words_here(schema: dict[str, Any]) -> set[str]:
    listed = [schema.get("enum"), schema.get("x-extensible-enum")]
    return {each for some in listed if isinstance(some, list) for each in some if each is not None}


def test_closed_words_are_the_contracts() -> None:
    run = properties(SCHEMAS["RunRequest"])
    assert set(typing.get_args(ReasoningEffort)) == words(run["reasoning_effort"])
    _, _, whole = THEIRS["exportTelemetry"]
    (form,) = [each for each in whole["parameters"] if each["name"] == "format"]
    assert set(typing.get_args(ExportFormat)) == words(form["schema"])


def test_every_error_code() -> None:
    codes = {code for each in walk(CONTRACT) for code in each.get("x-codes", ())}
    assert words(SCHEMAS["ProblemCode"]) == set(BY_CODE)
    assert codes <= set(BY_CODE)


def test_every_event_of_a_stream() -> None:
    """By name; what each holds is a schema above."""
    events = {}
    for identity, (_, _, whole) in THEIRS.items():
        for content in whole["responses"].get("200", {}).get("content", {}).values():
            if "x-sse-events" in content and identity not in OPERATIONS_LEFT_OUT:
                events[identity] = set(content["x-sse-events"])
    assert events == {
        "runInference": {"delta", "completed", "error"},
        "streamTelemetry": {"inference", "error"},
        "streamEvents": {*EVENTS, "error"},
    }


# ── what events hold ─────────────────────────────────────────────────────────────────────────────


EVENT_SCHEMAS = {
    path.stem: parse(path.read_text("utf-8"))
    for path in (ROOT / "contract" / "events").glob("*.json")
}

EVENTS = {
    "inference.completed": aistrale.InferenceCompleted,
    "inference.failed": aistrale.InferenceFailed,
    "cost.threshold_exceeded": aistrale.CostThresholdExceeded,
    "provider.failed": aistrale.ProviderFailed,
    "provider.recovered": aistrale.ProviderRecovered,
    "prompt.updated": aistrale.PromptUpdated,
    "webhook.disabled": aistrale.WebhookDisabled,
    "webhook.test": aistrale.WebhookTest,
}

OF_ANOTHER = {
    "inference.failed": {"stop", "length", "tool_calls", "content_filter", "reported", "estimated"},
    "cost.threshold_exceeded": {"hour", "day", "week", "month", "total", "alert", "block"},
    "webhook.disabled": words(properties(SCHEMAS["WebhookAttempt"])["error"])
    - {"gone", "webhook_disabled", "webhook_deleted", "event_deleted"},
}
"""Words that are documented where the class refers to."""


def test_every_type_of_event_has_its_class() -> None:
    assert set(EVENTS) == set(EVENT_SCHEMAS) == words(SCHEMAS["EventTypeName"])


@pytest.mark.parametrize("kind", EVENTS)
def test_every_property_of_an_event(kind: str) -> None:
    owner, schema = EVENTS[kind], EVENT_SCHEMAS[kind]["properties"]
    assert fields_of(owner) == set(schema["data"]["properties"])
    assert fields_of(aistrale.Event) == set(schema)
    said = documentation(owner)
    assert f'"{kind}"' in said
    values = {value for each in schema["data"]["properties"].values() for value in words(each)}
    assert {v for v in values if f'"{v}"' not in said} == OF_ANOTHER.get(kind, set())
    for example in EVENT_SCHEMAS[kind]["examples"]:
        found = event(example)
        assert type(found.data) is owner
        assert (found.extra, found.data.extra) == ({}, {})  # type: ignore[union-attr]
