"""The receivers of examples/webhooks in five languages, each with the official Standard Webhooks library of its language."""

import json
import uuid

import pytest

from support.machine import ROOT
from support.receivers import SECRET, Receiver, receiving, running, signature, signed
from support.wait import until

pytestmark = pytest.mark.timeout(600)  # what they need is installed at the first run

LANGUAGES = ["flask", "fastapi", "express", "go", "java"]
FOREIGN = "whsec_" + "QUJD" * 11


def example(kind: str) -> dict:
    """The event that the contract shows of this type."""
    schema = json.loads((ROOT / "contract" / "events" / f"{kind}.json").read_text())
    return schema["examples"][0]


def body(event: dict) -> bytes:
    """As no JSON library writes it: what was parsed and written again has another signature."""
    return json.dumps(event, indent=3, ensure_ascii=False).encode() + b"\n"


CROSSED = example("cost.threshold_exceeded")
CROSSED_SAYS = "search team: $160.00125 of $200 spent, 80 % crossed"
FAILED = example("inference.failed")
FAILED_SAYS = "inf_06e0q2w3r8s4t5v6w7x8y9z0a1 failed: OpenAI answered 500: The server had an error"


@pytest.fixture(scope="module", params=LANGUAGES)
def receiver(request, tmp_path_factory):
    with receiving(request.param, tmp_path_factory.mktemp(request.param)) as receiver:
        yield receiver


class Sent:
    """What a test sends, under ids of its own, and what was printed since it began."""

    def __init__(self, receiver: Receiver, name: str):
        self.receiver = receiver
        self.name = name
        self.before = len(receiver.printed)
        self.ids = 0

    def id(self) -> str:
        self.ids += 1
        return f"evt_{self.name}_{self.ids}"

    def event(self, event: dict, **how) -> int:
        return self.receiver.send(body(event), signed(body(event), self.id(), **how))

    def printed(self) -> list[str]:
        """All lines up to that of an event which is sent now: whatever came before was handled, or never will be."""
        name = f"the last of {self.name}"
        last = {**CROSSED, "data": {**CROSSED["data"], "name": name}}
        assert self.event(last) == 204
        line = f"{name}: $160.00125 of $200 spent, 80 % crossed"
        self.receiver.wait_for(line)
        return [line for line in self.receiver.printed[self.before :] if not line.startswith(name)]


@pytest.fixture
def sent(receiver, request):
    return Sent(receiver, request.function.__name__)


def test_what_is_signed_is_handled(sent):
    assert sent.event(CROSSED) == 204
    assert sent.event(FAILED) == 204
    assert sorted(sent.printed()) == sorted([CROSSED_SAYS, FAILED_SAYS])


def test_text_beyond_ascii_is_verified_as_bytes(sent):
    named = {**CROSSED, "data": {**CROSSED["data"], "name": "équipe 検索 😀"}}
    assert sent.event(named) == 204
    assert sent.printed() == ["équipe 検索 😀: $160.00125 of $200 spent, 80 % crossed"]


def test_a_body_that_was_changed_is_refused(sent):
    headers = signed(body(CROSSED), sent.id())
    assert sent.receiver.send(body(CROSSED).replace(b"160.00125", b"260.00125"), headers) == 400
    assert sent.receiver.send(body(CROSSED).rstrip(), headers) == 400
    assert sent.receiver.send(body(CROSSED), {**headers, "webhook-id": "evt_other"}) == 400
    assert sent.printed() == []


def test_what_another_secret_signed_is_refused(sent):
    assert sent.event(CROSSED, secret=FOREIGN) == 400
    assert sent.printed() == []


@pytest.mark.parametrize(
    "told",
    ["", "v1", "v1,", "v1,!!!", "no signature at all", "v1a,AAAA", ",,, ,,,"],
)
def test_what_is_no_signature_is_refused(sent, told):
    headers = {**signed(body(CROSSED), sent.id()), "webhook-signature": told}
    assert sent.receiver.send(body(CROSSED), headers) == 400
    assert sent.receiver.send(b"\xff\xfe", headers) == 400
    assert sent.receiver.send(b"", headers) == 400


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_header_that_is_not_there_is_a_refusal(sent, name):
    headers = signed(body(CROSSED), sent.id())
    del headers[name]
    assert sent.receiver.send(body(CROSSED), headers) == 400
    assert sent.printed() == []


@pytest.mark.parametrize("age", [6 * 60, -6 * 60])
def test_what_is_more_than_five_minutes_off_is_refused(sent, age):
    assert sent.event(CROSSED, age=age) == 400
    assert sent.printed() == []


def test_what_is_less_than_five_minutes_old_is_taken(sent):
    assert sent.event(CROSSED, age=4 * 60) == 204
    assert sent.printed() == [CROSSED_SAYS]


def test_what_comes_twice_is_handled_once(sent):
    webhook_id = sent.id()
    for age in (60, 0):
        headers = signed(body(CROSSED), webhook_id, age=age)
        assert sent.receiver.send(body(CROSSED), headers) == 204
    assert sent.printed() == [CROSSED_SAYS]


def test_types_that_it_does_not_know_are_taken_and_ignored(sent):
    assert sent.event(example("prompt.updated")) == 204
    assert sent.event({**CROSSED, "type": "moon.landed", "data": {"module": "Eagle"}}) == 204
    assert sent.printed() == []


def test_while_a_secret_is_rotated_either_of_two_signatures_will_do(sent):
    for secrets in ((FOREIGN, SECRET), (SECRET, FOREIGN)):
        webhook_id = sent.id()
        headers = signed(body(CROSSED), webhook_id)
        stamp = headers["webhook-timestamp"]
        both = " ".join(signature(body(CROSSED), webhook_id, stamp, secret) for secret in secrets)
        headers["webhook-signature"] = both
        assert sent.receiver.send(body(CROSSED), headers) == 204
    assert sent.printed() == [CROSSED_SAYS, CROSSED_SAYS]


def test_an_event_with_much_content_is_taken(sent):
    big = {**CROSSED, "data": {**CROSSED["data"], "content": "x" * 5_000_000}}
    assert sent.event(big) == 204
    assert sent.printed() == [CROSSED_SAYS]


def test_what_a_server_sends_is_verified_and_handled(receiver, sender):
    """A sample, a failed inference, and a budget that an inference crosses, as they come from the real thing."""
    team = uuid.uuid4().hex
    wanted = {
        "url": receiver.url,
        "secret": SECRET,
        "events": ["cost.threshold_exceeded", "inference.failed"],
    }
    made = sender.post("/api/v1/webhooks", wanted)
    assert (made.status_code, made.json().get("secret")) == (201, SECRET), made.text
    webhook = f"/api/v1/webhooks/{made.json()['id']}"
    before = len(receiver.printed)
    try:
        tried = sender.post(f"{webhook}/test", {"event_type": "cost.threshold_exceeded"}).json()
        assert (tried["status"], tried["response_code"]) == ("delivered", 204)
        receiver.wait_for(CROSSED_SAYS)

        failed = sender.run(prompt="Hello", model="openai/gpt-4o+fault-status-400")
        assert failed.status_code == 400, failed.text
        inference_id = sender.newest()["id"]
        until("the failed inference", lambda: inference_id in str(receiver.printed))

        budget = {
            "name": team,
            "scope": {"type": "metadata", "key": "team", "value": team},
            "period": "total",
            "limit_usd": 0.000001,
            "thresholds": [50],
        }
        assert sender.post("/api/v1/budgets", budget).status_code == 201
        sender.answer(prompt="Hello", model="openai/gpt-4o", metadata={"team": team})
        until("the budget", lambda: team in str(receiver.printed))
        sample, failure, crossing = receiver.printed[before:]
        assert failure.startswith(f"{inference_id} failed: ")
        assert crossing.startswith(f"{team}: $") and crossing.endswith(" spent, 50 % crossed")

        def sent() -> list[tuple[str, int]]:
            listed = sender.get(f"{webhook}/deliveries").json()["data"]
            return [(one["status"], one["attempt_count"]) for one in listed]

        # The receiver has it a moment before the sender has noted that.
        until("all are noted", lambda: sent() == [("delivered", 1)] * 3)
    finally:
        assert sender.http.delete(webhook).status_code == 204


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_secret_it_does_not_start(language, tmp_path):
    with running(language, tmp_path, secret="") as receiver:
        assert receiver.process.wait(timeout=30) != 0
        assert receiver.printed == []
        assert "secret" in receiver.log.lower()
