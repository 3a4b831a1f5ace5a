"""What users write, checked by mypy and pyright in their strict modes. Never run."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_type

import httpx2
import pydantic

import aistrale


class City(pydantic.BaseModel):
    name: str


def lookup(city: str) -> City:
    return City(name=city)


@aistrale.tool(name="later")
async def look_later(city: str) -> City:
    return City(name=city)


def output_and_tools(client: aistrale.Aistrale) -> None:
    assert_type(aistrale.run("hi", output=City), City)
    assert_type(aistrale.run("hi", output=list[City], output_retries=2, timeout=5), list[City])
    assert_type(aistrale.run("hi", output=pydantic.TypeAdapter(int)), int)
    assert_type(client.run("hi", output=City, tools=[lookup]), City)
    assert_type(client.run("hi", output=None), aistrale.Inference)
    assert_type(client.session().run("hi", output=City), City)
    answer = client.run("hi", tools=[lookup, {"type": "function"}], max_rounds=3)
    assert_type(answer, aistrale.Inference)
    assert_type(answer.rounds, tuple[aistrale.Inference, ...])
    assert_type(answer.total_cost_usd, Decimal | None)
    for event in client.stream("hi", tools=[aistrale.tool(lookup, name="find")]):
        if isinstance(event, aistrale.ToolResult):
            assert_type(event.content, str)
    try:
        client.run("hi", output=City)
    except aistrale.OutputValidationError as error:
        assert_type(error.errors, tuple[dict[str, str], ...])
        assert_type(error.inference, aistrale.Inference | None)
    except aistrale.ToolRoundsError as error:
        aistrale.run(messages=error.messages)
    client.stream("hi", output=City)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.run("hi", output_retries=1)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


async def output_and_tools_async(client: aistrale.AsyncAistrale) -> None:
    assert_type(await aistrale.run_async("hi", output=City), City)
    assert_type(await client.run("hi", output=City, tools=[look_later, lookup]), City)
    assert_type(await client.session().run("hi", output=list[City]), list[City])
    assert_type(await look_later("Paris"), City)


def sync() -> None:
    answer = aistrale.run("hi", model="gpt-4", provider="openai", temperature=0.7)
    assert_type(answer, aistrale.Inference)
    assert_type(answer.cost_usd, Decimal | None)
    aistrale.run(messages=[{"role": "user", "content": "hi"}, answer.message])
    with aistrale.stream("hi", timeout=aistrale.NO_TIMEOUT) as stream:
        for event in stream:
            match event:
                case aistrale.TextDelta(text=text):
                    assert_type(text, str)
                case aistrale.Completed(inference=inference):
                    assert_type(inference, aistrale.Inference)
                case _:
                    pass
    with aistrale.session(system="Be brief.") as session:
        assert_type(session, aistrale.Session)
        assert_type(session.run("hi"), aistrale.Inference)
    with aistrale.Aistrale(http_client=httpx2.Client()) as client:
        assert_type(client, aistrale.Aistrale)
        assert_type(client.tokens.list(), list[aistrale.Token])
        for record in client.telemetry.list(last="24h"):
            assert_type(record, aistrale.InferenceRecord)
        assert_type(client.whoami(), aistrale.WhoAmI)
        for prompt in client.prompts.list(limit=10):
            assert_type(prompt, aistrale.Prompt)
        version = client.prompts.create_version(
            "greeting",
            text="Greet {{who}}.",
            variables=[aistrale.PromptVariable(name="who", default="world")],
            settings={"temperature": 0.2, "stop": ["."]},
            if_match=3,
        )
        assert_type(version.settings, aistrale.PromptSettings)
        client.prompts.create_version("greeting", text="a", settings=version.settings)
        assert_type(client.prompts.render("greeting@3", {"who": 1}), aistrale.RenderedPrompt)
        summary = client.telemetry.summary(last="7d", group_by=["model", "metadata.team"])
        assert_type(summary.groups[0].cost_usd, Decimal | None)
        for line in client.telemetry.export("csv", metadata={"team": "a"}):
            assert_type(line, str)
        with client.telemetry.stream(status="failed") as feed:
            assert_type(feed, aistrale.Feed[aistrale.InferenceRecord])
        client.api_keys.update("key_1", allowed_models=None)
        client.workspaces.update("ws_1", retention_days=None, capture_content=True)
        budget = client.budgets.create(
            "a",
            scope=aistrale.BudgetScope(type="workspace"),
            period="day",
            limit_usd=Decimal("0.5"),
        )
        assert_type(budget.current.spent_usd, Decimal)
        client.budgets.update(budget.id, limit_usd=1, thresholds=[50])
        client.budgets.create("a", scope={"type": "workspace"}, period="day")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        webhook = client.webhooks.create("https://a.example", "*", filter={"metadata": {"a": "b"}})
        assert_type(webhook.secret, str | None)
        client.webhooks.update(webhook.id, enabled=True, events=["inference.failed"], name=None)
        client.webhooks.update(webhook.id, secret="whsec_a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        assert_type(client.webhooks.recover(webhook.id, "2026-11-25T08:00:00Z"), int)
        for delivery in client.webhooks.deliveries.list(webhook.id, last="1h"):
            assert_type(delivery, aistrale.WebhookDelivery)
        with client.events.stream(on_disconnect=print) as events:
            assert_type(events, aistrale.Feed[aistrale.Event])
        assert_type(client.events.types(), list[aistrale.EventType])
        assert_type(client.aliases.set("fast", "openai/m", fallbacks=["a/b"]), aistrale.Alias)
        for model in client.models.list(provider="openai"):
            assert_type(model.input_usd_per_million_tokens, Decimal | None)
        assert_type(client.provider("openai").health, aistrale.ProviderHealth | None)
        assert_type(client.inferences.cancel("inf_1"), aistrale.InferenceRecord)
        client.tokens.update("tok_1", weight=2, name=None)
        client.api_keys.update("key_1", requests_per_minute=None, tokens_per_minute=1000)
        for entry in client.audit_log.list():
            assert_type(entry, aistrale.AuditEntry)
        client.prompts.get("a", labl=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    for item in aistrale.telemetry.list(prompt="greeting@3", limit=5):
        assert_type(item.prompt, aistrale.PromptUse | None)
    assert_type(aistrale.prompts.get("greeting"), aistrale.Prompt)
    aistrale.run(prompt_ref="greeting@production", variables={"who": "Ada"}, trace_id="t")
    aistrale.run(aistrale.PromptRef("greeting", version=3))
    aistrale.run("hi", fallbacks=["a/b"], resumable=True, idempotency_key="mine")
    body = b"{}"
    signed = aistrale.webhooks.sign(body, "whsec_a")
    aistrale.webhooks.verify(body, [(b"webhook-id", b"a")], ["whsec_a", "whsec_b"])
    told = aistrale.webhooks.unwrap(body, signed, "whsec_a")
    match told.data:
        case aistrale.InferenceCompleted(cost_usd=cost):
            assert_type(cost, Decimal | None)
        case aistrale.PromptUpdated(labels=labels):
            assert_type(labels, tuple[str, ...])
        case _:
            pass
    aistrale.webhooks.unwrap({"id": "evt_1"}, signed, "whsec_a")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    try:
        aistrale.run("hi")
    except aistrale.RateLimitError as error:
        assert_type(error.limits, aistrale.RateLimits | None)
    loaded = aistrale.prompts.load("greeting@production", max_age=30, fallback="Hello {{who}}!")
    assert_type(loaded, aistrale.PromptVersion)
    assert_type(loaded.render({"who": "Ada"}), aistrale.RenderedPrompt)
    aistrale.prompts.load("greeting", fallback=1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    talk = aistrale.load_session("talk.json", model="large")
    assert_type(talk.fork(), aistrale.Session)
    assert_type(aistrale.load_session(talk.to_dict()), aistrale.Session)
    talk.save("talk.json")
    heard: list[aistrale.RawResponse] = []
    aistrale.run("hi", on_response=heard.append)
    aistrale.whoami(on_response=lambda response: print(response.request_id, response.body))
    aistrale.run("hi", on_response=print, timeout=3)
    aistrale.run("hi", on_response=3)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    assert_type(aistrale.whoami(), aistrale.models.WhoAmI)
    for limit in aistrale.budgets.list():
        assert_type(limit, aistrale.Budget)
    aistrale.run("hi", temprature=1)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


def in_tests(emulator: aistrale.testing.Emulator) -> None:
    with aistrale.testing.cassette("a.json", mode="none", ignore=["/body/seed"]) as tape:
        assert_type(tape, aistrale.testing.Cassette)
        assert_type(tape.recording, bool)
    aistrale.testing.cassette("a.json", mode="new")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    emulator.script({"text": "Hi."}, provider="anthropic")
    assert_type(emulator.client(model="gpt-4o").run("hi"), aistrale.Inference)
    assert_type(emulator.async_client(), aistrale.AsyncAistrale)


async def asynchronous() -> None:
    assert_type(await aistrale.run_async("hi"), aistrale.Inference)
    async for event in aistrale.stream_async("hi"):
        assert_type(event, aistrale.StreamEvent)
    async with aistrale.AsyncAistrale(http_client=httpx2.AsyncClient()) as client:
        async for record in client.telemetry.list(last="24h"):
            assert_type(record, aistrale.InferenceRecord)
        assert_type(await client.tokens.add("openai", "sk"), aistrale.Token)
        assert_type(await client.prompts.get("greeting"), aistrale.Prompt)
        async for item in client.telemetry.stream():
            assert_type(item, aistrale.InferenceRecord)
        async for one in client.budgets.list():
            assert_type(one, aistrale.Budget)
        async for happened in client.events.stream(event_types=["prompt.updated"]):
            assert_type(happened, aistrale.Event)
        assert_type(await client.webhooks.deliveries.retry("dlv_1"), aistrale.WebhookDelivery)
        async for trace in client.telemetry.traces(last="1h"):
            assert_type(trace, aistrale.Trace)

    async def listen(response: aistrale.RawResponse) -> None:
        assert_type(response.elapsed_ms, float)

    async with aistrale.client.AsyncAistrale(on_response=listen) as listening:
        assert_type(await listening.prompts.load("greeting"), aistrale.PromptVersion)
        talk = await listening.load_session("talk.json")
        await talk.save("talk.json")
        assert_type(talk.fork(), aistrale.AsyncSession)
        assert_type(await aistrale.load_session_async({}), aistrale.AsyncSession)
