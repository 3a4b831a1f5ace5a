"""Receives AISTRALE's webhooks."""

import os

from fastapi import BackgroundTasks, FastAPI, HTTPException, Request
from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["WEBHOOK_SECRET"])
seen = set()  # in memory: a table with a unique key outlives this process
app = FastAPI()


@app.post("/hook", status_code=204)
async def receive(request: Request, later: BackgroundTasks):
    try:
        event = webhook.verify(await request.body(), request.headers)  # the bytes, as they came
    except (WebhookVerificationError, ValueError):
        raise HTTPException(400) from None
    if request.headers["webhook-id"] not in seen:
        seen.add(request.headers["webhook-id"])
        later.add_task(handle, event)  # once the answer has left


def handle(event):
    data = event["data"]
    if event["type"] == "cost.threshold_exceeded":
        spent, limit = data["spent_usd"], data["limit_usd"]
        percent = data["threshold_percent"]
        print(f"{data['name']}: ${spent} of ${limit} spent, {percent} % crossed", flush=True)
    elif event["type"] == "inference.failed":
        print(f"{data['inference_id']} failed: {data['error']['message']}", flush=True)
