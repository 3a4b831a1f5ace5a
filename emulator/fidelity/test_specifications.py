"""The emulator's answers against the providers' published specifications: the models that OpenAI, Anthropic and Groq
generate from theirs, Google's protocol buffers, Hugging Face's JSON schemas."""

import json
import os
import pathlib

import anthropic.types
import common
import groq.types
import groq.types.chat
import httpx
import jsonschema
import openai.types
import openai.types.chat
import pydantic
import pytest
import strictly
import targets
from google.ai import generativelanguage_v1beta
from google.protobuf import json_format

pytestmark = pytest.mark.emulator

TOOLS = [common.OPENAI_TOOL]
SCHEMA = {"type": "json_schema", "json_schema": {"name": "w", "schema": common.WEATHER, "strict": True}}
CHATS = {
    "text": {},
    "limit": {"max_tokens": 3},
    "calls": {"tools": TOOLS, "content": common.CALL_TWO},
    "schema": {"response_format": SCHEMA},
    "filter": {"content": "trigger the content filter"},
}


def data(text: str) -> list[str]:
    """The data of a stream's events."""
    return [line[len("data: ") :] for line in text.splitlines() if line.startswith("data: ")]


@pytest.fixture(scope="module")
def post(origin):
    """Posts to a provider as its client does; gives the body's text."""

    def of(provider: str, path: str, body: dict, status: int = 200) -> str:
        target = targets.emulated(provider, origin)
        headers = {
            "authorization": f"Bearer {target.key}",
            "x-api-key": target.key,
            "x-goog-api-key": target.key,
            "anthropic-version": "2023-06-01",
        }
        answer = httpx.post(target.base_url + path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.text

    return of


def chat(model: str, case: dict, **more) -> dict:
    rest = {name: value for name, value in case.items() if name != "content"}
    return {"model": model, "messages": [{"role": "user", "content": case.get("content", "Hi")}], **rest, **more}


@pytest.mark.parametrize("case", CHATS.values(), ids=CHATS)
def test_openai_completions_and_chunks(post, case):
    body = chat("gpt-4o-mini", case)
    strictly.read(openai.types.chat.ChatCompletion, post("openai", "/chat/completions", body))
    body |= {"stream": True, "stream_options": {"include_usage": True}}
    *chunks, done = data(post("openai", "/chat/completions", body))
    assert done == "[DONE]" and len(chunks) > 2
    for chunk in chunks:
        strictly.read(openai.types.chat.ChatCompletionChunk, chunk)
        assert "usage" in json.loads(chunk)


def test_openai_models_and_embeddings(post, origin):
    target = targets.emulated("openai", origin)
    models = httpx.get(target.base_url + "/models", headers={"authorization": f"Bearer {target.key}"}).json()
    for model in models["data"]:
        strictly.read(openai.types.Model, json.dumps(model))
    body = {"model": "text-embedding-3-small", "input": "Hi"}
    strictly.read(openai.types.CreateEmbeddingResponse, post("openai", "/embeddings", body))


@pytest.mark.parametrize("model", ["llama-3.3-70b-versatile", "openai/gpt-oss-20b"])
@pytest.mark.parametrize("case", [c for n, c in CHATS.items() if n != "filter"], ids=[n for n in CHATS if n != "filter"])
def test_groq_completions_and_chunks(post, case, model):
    body = chat(model, case)
    strictly.read(groq.types.chat.ChatCompletion, post("groq", "/openai/v1/chat/completions", body))
    body |= {"stream": True, "stream_options": {"include_usage": True}}
    *chunks, done = data(post("groq", "/openai/v1/chat/completions", body))
    assert done == "[DONE]" and len(chunks) > 2
    for chunk in chunks:
        strictly.read(groq.types.chat.ChatCompletionChunk, chunk)


ANTHROPIC = {
    "text": {},
    "limit": {"max_tokens": 3},
    "stop": {"stop_sequences": ["emulated"]},
    "calls": {
        "content": common.CALL_TWO,
        "tools": [{"name": "get_weather", "input_schema": common.WEATHER}],
    },
    "thinking": {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    "redacted": {
        "content": "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING",
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    },
    "schema": {"output_config": {"format": {"type": "json_schema", "schema": common.WEATHER}}},
    "filter": {"content": "trigger the content filter"},
}


@pytest.mark.parametrize("case", ANTHROPIC.values(), ids=ANTHROPIC)
def test_anthropic_messages_and_events(post, case):
    body = chat("claude-haiku-4-5", {"max_tokens": 2000, **case})
    strictly.read(anthropic.types.Message, post("anthropic", "/v1/messages", body))
    event = pydantic.TypeAdapter(anthropic.types.RawMessageStreamEvent)
    events = data(post("anthropic", "/v1/messages", body | {"stream": True}))
    for one in events:
        if json.loads(one)["type"] != "ping":
            found = event.validate_json(one, strict=True)
            assert not list(strictly.extras(found, "event")), one


def test_anthropic_models_and_counts(post, origin):
    target = targets.emulated("anthropic", origin)
    headers = {"x-api-key": target.key, "anthropic-version": "2023-06-01"}
    for model in httpx.get(target.base_url + "/v1/models", headers=headers).json()["data"]:
        strictly.read(anthropic.types.ModelInfo, json.dumps(model))
    counted = post("anthropic", "/v1/messages/count_tokens", chat("claude-haiku-4-5", {}))
    strictly.read(anthropic.types.MessageTokensCount, counted)


FUNCTIONS = [
    {
        "functionDeclarations": [
            {"name": "get_weather", "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}}}
        ]
    }
]
GEMINI = {
    "text": {},
    "limit": {"generationConfig": {"maxOutputTokens": 3}},
    "calls": {"content": common.CALL_TWO, "tools": FUNCTIONS},
    "thoughts": {"generationConfig": {"thinkingConfig": {"includeThoughts": True}}},
    "schema": {"generationConfig": {"responseMimeType": "application/json", "responseJsonSchema": common.WEATHER}},
    "filter": {"content": "trigger the content filter"},
}


@pytest.mark.parametrize("model", ["gemini-2.5-flash", "gemini-3-pro-preview"])
@pytest.mark.parametrize("case", GEMINI.values(), ids=GEMINI)
def test_gemini_responses(post, case, model):
    rest = {name: value for name, value in case.items() if name != "content"}
    body = {"contents": [{"parts": [{"text": case.get("content", "Hi")}]}], **rest}
    path = f"/v1beta/models/{model}"
    whole = post("gemini", f"{path}:generateContent", body)
    streamed = data(post("gemini", f"{path}:streamGenerateContent?alt=sse", body))
    listed = json.loads(post("gemini", f"{path}:streamGenerateContent", body))
    assert len(listed) == len(streamed)
    for text in [whole, *streamed, *map(json.dumps, listed)]:
        json_format.Parse(text, generativelanguage_v1beta.GenerateContentResponse.pb()(), ignore_unknown_fields=False)


def test_gemini_models_and_counts(post, origin):
    target = targets.emulated("gemini", origin)
    models = httpx.get(target.base_url + "/v1beta/models", headers={"x-goog-api-key": target.key}).text
    json_format.Parse(models, generativelanguage_v1beta.ListModelsResponse.pb()())
    body = {"contents": [{"parts": [{"text": "Hi"}]}]}
    counted = post("gemini", "/v1beta/models/gemini-2.5-flash:countTokens", body)
    json_format.Parse(counted, generativelanguage_v1beta.CountTokensResponse.pb()())


@pytest.fixture(scope="module")
def schemas() -> dict:
    """Hugging Face's schemas of chat completion, from the npm package @huggingface/tasks that `run` fetches."""
    folder = pathlib.Path(os.environ["HUGGINGFACE_TASKS"]) / "src/tasks/chat-completion/spec"
    return {path.stem: with_null(json.loads(path.read_text())) for path in folder.glob("*.json")}


def with_null(schema):
    """The same with OpenAPI's "nullable" said in JSON Schema's words."""
    if isinstance(schema, list):
        return [with_null(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: with_null(value) for name, value in schema.items() if name != "nullable"}
    return {"anyOf": [inner, {"type": "null"}]} if schema.get("nullable") is True else inner


@pytest.mark.parametrize("model", ["meta-llama/Llama-3.3-70B-Instruct", "openai/gpt-oss-20b"])
@pytest.mark.parametrize("case", [CHATS["text"], CHATS["limit"], CHATS["schema"]], ids=["text", "limit", "schema"])
def test_huggingface_completions_and_chunks(post, schemas, case, model):
    body = chat(model, case)
    jsonschema.validate(body, schemas["input"])
    answer = json.loads(post("huggingface", "/chat/completions", body))
    jsonschema.validate(answer, schemas["output"])
    *chunks, done = data(post("huggingface", "/chat/completions", body | {"stream": True}))
    assert done == "[DONE]"
    for chunk in chunks:
        jsonschema.validate(json.loads(chunk), schemas["stream_output"])
