"""What a valid request must keep to that OpenAPI has no words for."""

import re

import schemathesis
from schemathesis import GenerationMode

# RFC 3339 can write up to 23:59; clocks go by up to 14:00, and the server reads up to 18:00.
OFFSET_OF_NO_PLACE = re.compile(r"[+-](1[89]|2\d):\d\d$")

TIMES = {"started_at": "2026-11-25T08:30:00Z", "ended_at": "2026-11-25T08:30:01Z"}

# A version that is there from the beginning, with the variables that it has.
RENDERED = {"version": 1, "variables": {"who": "world"}}


@schemathesis.hook
def filter_case(context, case):
    """An empty parameter is as good as none (`allowEmptyValue`), which schemathesis takes for a mistake."""
    return not isinstance(case.query, dict) or "" not in case.query.values()


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    operation = case.operation.definition.raw
    if isinstance(case.query, dict):
        fit_query(case.query, {one.name for one in case.operation.query})
        if operation.get("operationId") == "listCatalogue" and "provider" in case.query:
            case.query["provider"] = "openai"  # one that is there
    if isinstance(case.headers, dict) or case.headers:
        case.headers.pop("Last-Event-ID", None)  # is what the stream gave, and nothing else
    if operation.get("operationId") == "renderPrompt":
        case.path_parameters["name"] = "greeting"
    if isinstance(case.body, dict):
        fit_body(case.body, operation.get("operationId"))
        if "Idempotency-Key" not in (case.headers or {}):
            case.body.pop("resumable", None)  # needs one


def fit_query(query, known):
    for one in ("cursor", "after_id", "before_id"):
        query.pop(one, None)  # is what the page before gave, and nothing else
    for one, same in (("last", "since"), ("version", "label")):
        if one in query and same in query:
            del query[same]  # they say the same thing in two ways
    for one in ("since", "until"):
        if OFFSET_OF_NO_PLACE.search(str(query.get(one, ""))):
            del query[one]
    if "interval" in query and "last" in known:  # a window has so many intervals at most
        query.pop("since", None)
        query.pop("until", None)
        query["last"] = "24h"
    if "q" in query and "last" in known and "since" not in query:
        query["last"] = "24h"


def fit_body(body, operation):
    if operation == "runInference":
        # Another provider may refuse what it likes; the demo takes all that the contract lets through.
        body.pop("provider", None)
        body["model"] = "demo"
        if body.get("fallbacks"):
            body["fallbacks"] = ["demo/demo"]
        if body.get("trace_id") is None:
            body.pop("parent_span_id", None)
        if isinstance(body.get("prompt_ref"), dict):
            body["prompt_ref"] = {"name": "greeting", **RENDERED}
    elif operation == "renderPrompt":
        body.clear()
        body.update(RENDERED)
    elif operation in ("createChatCompletion", "createMessage"):
        body["model"] = "demo"
    elif operation == "createToken":
        body["provider"] = "groq"  # one that is there, and not the emulated one
    elif operation in ("createPrompt", "createPromptVersion"):
        if body.get("variables"):
            del body["variables"][50:]  # those that the templates use count too
        for number, variable in enumerate(body.get("variables") or []):
            variable.pop("default", None)  # is of the variable's type
            variable["name"] = f"{variable['name'][:90]}_{number}"  # each is declared once
    elif operation == "addSpans":
        for span in body["spans"]:
            span.update(TIMES)
    elif operation in ("createBudget", "updateBudget"):
        body["action"] = "alert"  # what blocks would refuse the runs, as nobody knows what the demo costs
        if "limit_usd" in body:
            body["limit_usd"] = max(round(body["limit_usd"], 9), 1e-9)
        if "scope" in body:
            fit_scope(body["scope"])
    elif operation == "setAlias":
        body["model"] = "openai/gpt-4o"
        if body.get("fallbacks"):
            body["fallbacks"] = ["anthropic/claude-sonnet-4-5"]
    elif operation in ("createApiKey", "updateApiKey"):
        if body.get("expires_at") is not None:
            body["expires_at"] = "2099-11-25T08:30:00Z"
        if body.get("allowed_models") is not None:
            body["allowed_models"] = ["openai/*"]
    elif operation in ("createWebhook", "updateWebhook"):
        fit_webhook(body)
    elif operation == "recoverWebhook":
        body["since"] = "2026-11-25T08:30:00Z"
    elif operation in ("createWorkspace", "updateWorkspace"):
        if body.get("default_model") is not None:
            body["default_model"] = "openai/gpt-4o"


def fit_webhook(webhook):
    """To a receiver that nobody reaches, and headers that are nobody else's, each named once."""
    if "url" in webhook:
        webhook["url"] = "https://hooks.example.com/made-up"
    if webhook.get("headers"):
        webhook["headers"] = {
            f"x-made-up-{number}": value for number, value in enumerate(webhook["headers"].values())
        }


def fit_scope(scope):
    """To what is there."""
    if scope["type"] == "api_key":
        scope.clear()
        scope["type"] = "workspace"
    elif scope["type"] == "provider":
        scope["provider"] = "openai"
    elif scope["type"] == "model":
        scope.update(provider="openai", model="gpt-4o")
