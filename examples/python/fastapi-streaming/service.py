"""Answers questions word by word: POST /ask streams server-sent events to the browser."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aistrale
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, Field
from starlette.types import Receive, Scope, Send

HERE = Path(__file__).parent
log = logging.getLogger("uvicorn.error")


class Question(BaseModel):
    text: str = Field(min_length=1, max_length=4000)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with aistrale.AsyncAistrale(timeout=60) as client:  # one for all requests
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/ask")
async def ask(question: Question, request: Request) -> Response:
    stream = request.app.state.client.stream(
        question.text,
        system="Answer briefly, in plain words.",
        max_output_tokens=1000,
        metadata={"app": "ask"},
    )
    try:
        first = await anext(stream)  # until something came, an error can still be an HTTP status
    except aistrale.APIError as error:
        await stream.close()
        status, words = explained(error)
        retry_after = getattr(error, "retry_after", None)
        headers = {} if retry_after is None else {"retry-after": str(int(retry_after) + 1)}
        return JSONResponse({"error": words}, status, headers)
    return Answer(first, stream)


class Answer(StreamingResponse):
    """The events of one answer. However the response ends, the inference ends with it."""

    def __init__(self, first: aistrale.StreamEvent, stream: aistrale.AsyncStream) -> None:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}  # no proxy holds it up
        super().__init__(events(first, stream), media_type="text/event-stream", headers=headers)
        self.stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self.stream:  # left when the browser is gone, too
            await super().__call__(scope, receive, send)


async def events(first: aistrale.StreamEvent, stream: aistrale.AsyncStream) -> AsyncIterator[str]:
    try:
        yield event_of(first)
        async for each in stream:
            yield event_of(each)
    except aistrale.AistraleError as error:  # the head has left: all that can be sent is an event
        yield sent("error", {"error": explained(error)[1]})


def event_of(event: aistrale.StreamEvent) -> str:
    match event:
        case aistrale.TextDelta(text=text):
            return sent("text", {"text": text})
        case aistrale.Completed(inference=inference):
            whole = inference.finish_reason == "stop"
            return sent("done", {"id": inference.id, "whole": whole})
        case _:
            return ": thinking\n\n"  # a comment: the connection lives


def sent(name: str, data: dict[str, object]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def explained(error: aistrale.AistraleError) -> tuple[int, str]:
    """The status and the words for the browser; the error's own words are for the log alone."""
    log.warning("%s: %s", type(error).__name__, error)
    match error:
        case aistrale.BadRequestError():
            return 400, "This question cannot be asked."
        case aistrale.RateLimitError() | aistrale.OverloadedError():
            return 503, "Too many questions at the moment. Please try again."
        case aistrale.BudgetExceededError():
            return 503, "No more answers for now."
        case aistrale.APITimeoutError() | aistrale.ProviderTimeoutError():
            return 504, "That took too long. Please try again."
        case _:
            return 502, "The answer cannot be given. Please try again later."


@app.get("/")
async def page() -> FileResponse:
    return FileResponse(HERE / "index.html")


@app.get("/ask.js")
async def script() -> FileResponse:
    return FileResponse(HERE / "ask.js", media_type="text/javascript")
