"""The history checker itself: it must see what it is there to see."""

import json
import time
import urllib.request
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook
from support.hooks import new_secret
from support.receiver import EVENTS, Canary, History, Receiver, check

PATH = "/ok/checker"
SAMPLE = json.loads((EVENTS / "inference.completed.json").read_text())["examples"][0]


@pytest.fixture
def secret(receiver) -> str:
    secret = new_secret()
    receiver.trust(PATH, new_secret(), secret)
    return secret


def send(receiver: Receiver, secret: str, event: str, inference: str, **more) -> int:
    """A delivery as the server makes it."""
    data = {**SAMPLE["data"], "inference_id": inference, **more}
    body = json.dumps({**SAMPLE, "id": event, "data": data})
    now = datetime.now(UTC)
    headers = {
        "webhook-id": event,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(event, now, body),
    }
    request = urllib.request.Request(receiver.url(PATH), body.encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status


def ids(number: int) -> tuple[str, str]:
    return f"evt_{number:026d}", f"inf_{number:026d}"


def test_what_is_lost_and_what_comes_twice_is_seen(receiver, secret):
    for number in (1, 2, 2, 3, 2):
        assert send(receiver, secret, *ids(number)) == 204
    arrivals = receiver.wait_for(PATH, 5)
    assert {tuple(one.verified) for one in arrivals} == {(1,)}
    assert {time.time() - one.at < 10 for one in arrivals} == {True}
    accepted = [ids(number)[1] for number in (1, 2, 4)]
    assert History.of(accepted, arrivals) == History({ids(4)[1]}, duplicates=2, unanswered=1)


@pytest.mark.parametrize(
    "wrong",
    ["signature", "body", "schema", "event"],
)
def test_what_may_never_come_fails(receiver, secret, wrong):
    send(receiver, secret, *ids(1))
    match wrong:
        case "signature":
            send(receiver, new_secret(), *ids(2))
        case "body":
            send(receiver, secret, *ids(1), latency_ms=1)
        case "schema":
            send(receiver, secret, *ids(2), latency_ms="long")
        case "event":
            send(receiver, secret, ids(2)[0], ids(1)[1])
    arrivals = receiver.wait_for(PATH, 2)
    with pytest.raises(AssertionError):
        History.of([], arrivals)
    check(arrivals[:1])


def test_a_canary_that_hears_somebody_fails():
    bird = Canary()
    bird.check()
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://127.0.0.1:{bird.port}/", timeout=5)
    with pytest.raises(AssertionError, match="1 connections"):
        bird.check()
    bird.end()
