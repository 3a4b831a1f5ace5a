"""The relay of examples/webhooks: what AISTRALE sends starts a run, once, or comes again."""

import json
from collections.abc import Callable

import pytest

from support.ci_host import CiHost, ci_host, github, gitlab
from support.receivers import SECRET, Receiver, receiving, running, signed
from support.wait import until
from test_webhook_receivers import CROSSED, FOREIGN, body

pytestmark = pytest.mark.timeout(600)  # what it needs is installed at the first run

STARTED = {
    github: {"event_type": "cost.threshold_exceeded", "client_payload": {"event": CROSSED}},
    gitlab: {"ref": "main", "variables[AISTRALE_EVENT]": CROSSED},
}


@pytest.fixture
def host():
    with ci_host() as host:
        yield host


@pytest.fixture(params=[github, gitlab])
def told(request) -> Callable[..., dict[str, str]]:
    return request.param


@pytest.fixture
def relay(host, told, tmp_path):
    with receiving("relay", tmp_path, **told(host)) as relay:
        yield relay


def send(relay: Receiver, webhook_id: str, **how) -> int:
    return relay.send(body(CROSSED), signed(body(CROSSED), webhook_id, **how))


def started(host: CiHost) -> list[dict]:
    """With GitLab's variable, which is text, as the event that it is."""
    name = "variables[AISTRALE_EVENT]"
    return [
        {**asked, name: json.loads(asked[name])} if name in asked else asked
        for asked in host.started
    ]


def test_an_event_starts_a_run_with_the_event_in_it(host, told, relay):
    assert send(relay, "evt_1") == 204
    assert started(host) == [STARTED[told]]


def test_the_same_event_starts_no_second_run(host, told, relay):
    assert [send(relay, "evt_1"), send(relay, "evt_1"), send(relay, "evt_2")] == [204, 204, 204]
    assert started(host) == [STARTED[told], STARTED[told]]


def test_what_is_not_signed_reaches_no_host(host, relay):
    assert send(relay, "evt_1", secret=FOREIGN) == 400
    assert send(relay, "evt_1", age=360) == 400
    assert (host.started, host.refused) == ([], [])


@pytest.mark.parametrize("status", [500, 503, 422, 301, 302])
def test_what_the_host_did_not_take_comes_again(host, told, relay, status):
    host.answers.append(status)
    assert send(relay, "evt_1") == 502
    assert started(host) == []
    assert send(relay, "evt_1") == 204
    assert started(host) == [STARTED[told]]


def test_a_wrong_credential_is_seen_in_the_delivery_and_is_not_shown(host, told, tmp_path):
    with receiving("relay", tmp_path, **told(host, token="gone-secret-4e5f")) as relay:
        answer = relay.http.post(
            relay.url, content=body(CROSSED), headers=signed(body(CROSSED), "evt_1")
        )
        ((status, _),) = host.refused
        assert (answer.status_code, str(status) in answer.text) == (502, True)
        assert "gone-secret" not in answer.text + relay.log


def test_without_a_host_it_does_not_start(tmp_path):
    with running("relay", tmp_path) as relay:
        assert relay.process.wait(timeout=30) != 0
        assert "GITLAB_PROJECT" in relay.log


@pytest.mark.parametrize("told", [github], indirect=True)
def test_a_server_sends_again_what_the_host_did_not_take(host, relay, sender):
    """And whoever looks at the delivery sees what the host had said."""
    wanted = {"url": relay.url, "secret": SECRET, "events": ["inference.completed"]}
    made = sender.post("/api/v1/webhooks", {**wanted, "filter": {"metadata": {"ci": relay.url}}})
    assert made.status_code == 201, made.text
    webhook = f"/api/v1/webhooks/{made.json()['id']}"
    try:
        host.answers.append(503)
        sender.answer(prompt="Hello", model="openai/gpt-4o", metadata={"ci": relay.url})
        until("a run", lambda: host.started)  # some five seconds later
        listed = f"{webhook}/deliveries?status=delivered"
        until("the delivery's end", lambda: sender.object(listed)["data"])
        (sent,) = sender.object(listed)["data"]
        delivery = sender.get(f"/api/v1/webhook-deliveries/{sent['id']}").json()
        tries = [
            (one["number"], one["response_code"], one["error"]) for one in delivery["attempts"]
        ]
        assert tries == [(1, 502, "http_status"), (2, 204, None)]
        said = delivery["attempts"][0]["response_body"]
        assert said == "the CI host: HTTP Error 503: Service Unavailable\n"
        (run,) = host.started
        assert run["client_payload"]["event"] == delivery["payload"]
    finally:
        assert sender.http.delete(webhook).status_code == 204
