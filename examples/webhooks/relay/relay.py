"""Starts a workflow at GitHub or a pipeline at GitLab for each webhook of AISTRALE."""

import json
import os
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from flask import Flask, request
from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["WEBHOOK_SECRET"])
started = set()  # in memory: a table with a unique key outlives this process
app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 32 * 1024 * 1024


@app.post("/hook")
def relay():
    try:
        event = webhook.verify(request.get_data(), request.headers)  # the bytes, as they came
    except (WebhookVerificationError, ValueError):
        return "", 400
    webhook_id = request.headers["webhook-id"]
    if webhook_id in started:
        return "", 204
    try:
        with urlopen(start(event), timeout=10) as answer:
            said = f"the CI host answered {answer.status}"
            taken = answer.status in (201, 204)
    except OSError as failure:  # a 4xx or 5xx, no connection, no answer in time
        said, taken = f"the CI host: {failure}", False
    if not taken:
        app.logger.error("%s started nothing: %s", webhook_id, said)
        return said + "\n", 502  # so it comes again
    started.add(webhook_id)
    return "", 204


def github():
    host = os.environ.get("GITHUB_API_URL", "https://api.github.com")
    url = f"{host}/repos/{os.environ['GITHUB_REPOSITORY']}/dispatches"
    headers = {
        "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
        "Accept": "application/vnd.github+json",
        "Content-Type": "application/json",
    }

    def request_for(event):
        body = {"event_type": event["type"], "client_payload": {"event": event}}
        return Request(url, json.dumps(body).encode(), headers)

    return request_for


def gitlab():
    host = os.environ.get("GITLAB_API_URL", "https://gitlab.com/api/v4")
    url = f"{host}/projects/{quote(os.environ['GITLAB_PROJECT'], safe='')}/trigger/pipeline"
    fixed = {"token": os.environ["GITLAB_TRIGGER_TOKEN"], "ref": os.environ["GITLAB_REF"]}

    def request_for(event):
        fields = {**fixed, "variables[AISTRALE_EVENT]": json.dumps(event)}
        return Request(url, urlencode(fields).encode())

    return request_for


start = github() if "GITHUB_REPOSITORY" in os.environ else gitlab()
