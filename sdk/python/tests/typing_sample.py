"""What users write, checked by mypy and pyright in their strict modes. Never run."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_type

import httpx2

import aistrale


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
    aistrale.run("hi", temprature=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def asynchronous() -> None:
    assert_type(await aistrale.run_async("hi"), aistrale.Inference)
    async for event in aistrale.stream_async("hi"):
        assert_type(event, aistrale.StreamEvent)
    async with aistrale.AsyncAistrale(http_client=httpx2.AsyncClient()) as client:
        async for record in client.telemetry.list(last="24h"):
            assert_type(record, aistrale.InferenceRecord)
        assert_type(await client.tokens.add("openai", "sk"), aistrale.Token)
