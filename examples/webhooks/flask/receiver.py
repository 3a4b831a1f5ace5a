"""Receives AISTRALE's webhooks."""

import os
import queue
import threading

from flask import Flask, request
from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["WEBHOOK_SECRET"])
arrived = queue.Queue()
app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 32 * 1024 * 1024


@app.post("/hook")
def receive():
    try:
        event = webhook.verify(request.get_data(), request.headers)  # the bytes, as they came
    except (WebhookVerificationError, ValueError):
        return "", 400
    arrived.put((request.headers["webhook-id"], event))
    return "", 204


def work():
    seen = set()  # in memory: a table with a unique key outlives this process
    while True:
        webhook_id, event = arrived.get()
        if webhook_id in seen:
            continue
        seen.add(webhook_id)
        try:
            handle(event)
        except Exception:
            app.logger.exception("%s was not handled", webhook_id)


def handle(event):
    data = event["data"]
    if event["type"] == "cost.threshold_exceeded":
        spent, limit = data["spent_usd"], data["limit_usd"]
        percent = data["threshold_percent"]
        print(f"{data['name']}: ${spent} of ${limit} spent, {percent} % crossed", flush=True)
    elif event["type"] == "inference.failed":
        print(f"{data['inference_id']} failed: {data['error']['message']}", flush=True)


threading.Thread(target=work, daemon=True).start()
