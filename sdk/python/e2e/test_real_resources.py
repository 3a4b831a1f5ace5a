"""Prompts, telemetry and access against a real server; see test_real_server for its settings.

The operator's part needs AISTRALE_E2E_OPERATOR_KEY, the server's AISTRALE_ADMIN_KEY.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import json
import os
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

import aistrale

from .test_real_server import MODEL, PROVIDER, eventually

OPERATOR = os.environ.get("AISTRALE_E2E_OPERATOR_KEY")


@pytest.fixture
def client() -> Iterator[aistrale.Aistrale]:
    with aistrale.Aistrale() as client:
        yield client


@pytest.fixture
def name(client: aistrale.Aistrale) -> Iterator[str]:
    """The name of a prompt with a version, gone after the test."""
    name = f"greeting-{uuid.uuid4().hex[:12]}"
    client.prompts.create(
        name,
        text="Greet {{who}} and {{ friend }}, {other braces} aside.",
        description="e2e",
        variables=[
            {"name": "who"},
            aistrale.PromptVariable(name="friend", default="the world"),
        ],
        settings={"model": MODEL, "provider": PROVIDER, "temperature": 0.25},
        note="first",
    )
    yield name
    with contextlib.suppress(aistrale.NotFoundError):
        client.prompts.delete(name)


def test_a_prompts_life(client: aistrale.Aistrale, name: str) -> None:
    prompt = client.prompts.get(name)
    assert (prompt.description, prompt.labels, prompt.latest_version) == ("e2e", {}, 1)
    first = client.prompts.get_version(name, 1)
    assert first.text == "Greet {{who}} and {{ friend }}, {other braces} aside."
    assert [(each.name, each.required, each.default) for each in first.variables] == [
        ("who", True, None),
        ("friend", False, "the world"),
    ]
    assert first.settings == {"model": MODEL, "provider": PROVIDER, "temperature": 0.25}
    second = client.prompts.create_version(
        name,
        messages=[
            {"role": "system", "content": "Answer {{how}}."},
            {"role": "user", "content": "Greet {{who}}."},
        ],
        settings=first.settings,
        note="messages",
    )
    assert (second.version, second.text, second.note) == (2, None, "messages")
    assert [each.version for each in client.prompts.versions(name, limit=1)] == [2, 1]
    labelled = client.prompts.set_label(name, "production", 1)
    assert labelled.labels == {"production": 1}
    assert labelled.latest_version == 2
    assert client.prompts.get_version(name, 1).labels == ("production",)
    diff = client.prompts.diff(name, "production", 2)
    assert (diff.from_version, diff.to_version) == (1, 2)
    assert "/text" in {change.pointer for change in diff.changes}
    assert diff.unified != ""
    client.prompts.remove_label(name, "production")
    assert client.prompts.update(name, description=None).description is None
    assert name in {each.name for each in client.prompts.list()}
    assert [each.name for each in client.prompts.list(q=name.upper()[3:])] == [name]
    client.prompts.delete(name)
    with pytest.raises(aistrale.NotFoundError):
        client.prompts.get(name)
    again = client.prompts.create(name, text="Once more.")
    assert again.latest_version == 3


def test_rendering(client: aistrale.Aistrale, name: str) -> None:
    rendered = client.prompts.render(name, {"who": "{{friend}}"})
    assert rendered.text == "Greet {{friend}} and the world, {other braces} aside."
    assert rendered.messages == (aistrale.Message(role="user", content=rendered.text),)
    assert rendered.version == 1
    with pytest.raises(aistrale.BadRequestError) as raised:
        client.prompts.render(name, {"freind": 1})
    assert {each["pointer"] for each in raised.value.errors} == {
        "/variables/who",
        "/variables/freind",
    }
    with pytest.raises(aistrale.NotFoundError):
        client.prompts.render(f"{name}@7", {"who": "Ada"})


def test_two_who_change_the_same_prompt(client: aistrale.Aistrale, name: str) -> None:
    seen = client.prompts.get(name)
    client.prompts.create_version(name, text="a", if_match=seen.revision)
    with pytest.raises(aistrale.ConflictError) as raised:
        client.prompts.set_label(name, "production", 2, if_match=seen.revision)
    assert (raised.value.status, raised.value.code) == (412, "precondition_failed")
    now = client.prompts.get(name)
    assert now.labels == {}
    assert str(now.revision) in str(raised.value)
    assert client.prompts.set_label(name, "production", 2, if_match=now.revision).labels == {
        "production": 2
    }


def test_a_dotprompt_file_there_and_back(client: aistrale.Aistrale, name: str) -> None:
    text = client.prompts.export_dotprompt(name)
    assert text.startswith("---\n")
    assert "{{who}}" in text
    same = client.prompts.import_dotprompt(name, text)
    assert same.version == 1
    other = client.prompts.import_dotprompt(name, text.replace("Greet", "Welcome"))
    assert (other.version, "Welcome {{who}}" in (other.text or "")) == (2, True)


def test_a_run_by_name_is_recorded_by_name(client: aistrale.Aistrale, name: str) -> None:
    client.prompts.set_label(name, "production", 1)
    answer = client.run(prompt_ref=f"{name}@production", variables={"who": "Ada"})
    assert answer.prompt == aistrale.PromptUse(name=name, version=1)
    assert (answer.provider, answer.text != "") == (PROVIDER, True)
    with client.stream(aistrale.PromptRef(name, variables={"who": "Ada"})) as stream:
        assert stream.final().prompt == answer.prompt
    found = [each.id for each in client.telemetry.list(last="1h", prompt=answer.prompt)]
    assert len(found) == 2
    assert found == [each.id for each in client.telemetry.list(last="1h", prompt=name)]
    (group,) = client.telemetry.summary(prompt=name, group_by="prompt").groups
    assert (group.group, group.count) == ({"prompt": name}, 2)


def test_a_conversation_by_name(client: aistrale.Aistrale, name: str) -> None:
    with client.session(prompt_ref=name, variables={"who": "Ada"}) as session:
        session.run("And now?")
        assert session.messages[0]["content"].startswith("Greet Ada")
    with client.session() as session:
        first = session.run(prompt_ref=name, variables={"who": "Ada"})
        session.run("And now?", model=MODEL, provider=PROVIDER)
        assert [message["role"] for message in session.messages] == ["user", "assistant"] * 2
    assert first.prompt == aistrale.PromptUse(name=name, version=1)


def test_filters_and_summary(client: aistrale.Aistrale) -> None:
    tag = uuid.uuid4().hex
    for number in range(3):
        said = {"e2e": tag, "n": str(number)}
        client.run(f"Hello {number}", model=MODEL, provider=PROVIDER, metadata=said)
    mine = {"metadata": {"e2e": tag}, "last": timedelta(hours=1)}
    assert len(list(client.telemetry.list(**mine, limit=1))) == 3
    assert len(list(client.telemetry.list(metadata={"e2e": tag, "n": "1"}))) == 1
    assert list(client.telemetry.list(**mine, status="failed")) == []
    (whole,) = client.telemetry.summary(**mine).groups
    assert (whole.group, whole.count, whole.errors) == ({}, 3, 0)
    assert whole.latency_ms.p50 is not None
    groups = client.telemetry.summary(**mine, group_by=["metadata.n", "status"], interval="1h")
    assert {each.group["metadata.n"] for each in groups.groups} == {"0", "1", "2"}
    assert {each.group["status"] for each in groups.groups} == {"completed"}
    assert all(each.bucket_start is not None for each in groups.groups)


def test_export(client: aistrale.Aistrale) -> None:
    tag = uuid.uuid4().hex
    for _ in range(3):
        client.run('Hello, "you"\nthere', model=MODEL, provider=PROVIDER, metadata={"e2e": tag})
    listed = [each.id for each in client.telemetry.list(metadata={"e2e": tag})]
    lines = list(client.telemetry.export(metadata={"e2e": tag}))
    assert [json.loads(line)["id"] for line in lines] == listed
    rows = list(csv.DictReader(client.telemetry.export("csv", metadata={"e2e": tag})))
    assert [row["id"] for row in rows] == listed


def test_a_live_stream(client: aistrale.Aistrale) -> None:
    tag = uuid.uuid4().hex
    with client.telemetry.stream(metadata={"e2e": tag}, timeout=30) as feed:
        ask = threading.Timer(
            1,
            lambda: [
                aistrale.run("hi", model=MODEL, provider=PROVIDER, metadata={"e2e": tag})
                for _ in range(2)
            ],
        )
        ask.start()
        first, second = next(feed), next(feed)
        ask.join()
        assert (first.status, first.metadata["e2e"]) == ("completed", tag)
        assert first.id < second.id
    client.run("hi", model=MODEL, provider=PROVIDER, metadata={"e2e": tag})
    with client.telemetry.stream(
        metadata={"e2e": tag}, last_event_id=feed.last_event_id, timeout=30
    ) as missed:
        assert next(missed).id > second.id


def test_a_live_stream_under_asyncio() -> None:
    async def main() -> None:
        tag = uuid.uuid4().hex
        async with aistrale.AsyncAistrale() as client:
            async with client.telemetry.stream(metadata={"e2e": tag}, timeout=30) as feed:
                first = asyncio.ensure_future(anext(feed))
                await asyncio.sleep(1)
                answer = await client.run(
                    "hi", model=MODEL, provider=PROVIDER, metadata={"e2e": tag}
                )
                assert (await first).id == answer.id

    asyncio.run(main())


def test_a_trace(client: aistrale.Aistrale) -> None:
    trace, now = uuid.uuid4().hex, datetime.now(UTC)
    answer = client.run("hi", model=MODEL, provider=PROVIDER, trace_id=trace, parent_span_id="root")
    spans = [
        aistrale.Span(
            trace_id=trace,
            span_id=identity,
            parent_span_id=parent,
            name=identity,
            kind=kind,
            started_at=now + timedelta(milliseconds=number),
            ended_at=now + timedelta(seconds=1),
            status=status,
            attributes={"n": number},
        )
        for number, (identity, parent, kind, status) in enumerate(
            [("root", None, "chain", "ok"), ("tool", "root", "tool", "error")]
        )
    ]
    assert client.telemetry.add_spans(spans) == 2
    assert client.telemetry.add_spans(spans) == 2
    whole = client.telemetry.trace(trace)
    assert [(each.span_id, each.parent_span_id, each.kind) for each in whole.spans] == [
        ("root", None, "chain"),
        ("tool", "root", "tool"),
    ]
    assert (whole.span_count, whole.error_count, whole.name) == (2, 1, "root")
    assert [each.id for each in whole.inferences] == [answer.id]
    assert whole.inferences[0].parent_span_id == "root"
    assert trace in {each.trace_id for each in client.telemetry.traces(last="1h")}


def test_a_users_data_is_deleted(client: aistrale.Aistrale) -> None:
    user = f"user-{uuid.uuid4().hex}"
    client.run("hi", model=MODEL, provider=PROVIDER, metadata={"user": user})
    assert client.telemetry.delete_user(user).deleted_inferences == 1
    assert list(client.telemetry.list(metadata={"user": user})) == []


def test_api_keys_and_the_audit_log(client: aistrale.Aistrale) -> None:
    made = client.api_keys.create("e2e", role="viewer", allowed_models=["openai/*"])
    assert made.key is not None
    with aistrale.Aistrale(api_key=made.key) as other:
        me = other.whoami()
        assert (me.role, me.operator, me.api_key_id) == ("viewer", False, made.id)
        assert list(other.telemetry.list(limit=1)) is not None
        with pytest.raises(aistrale.PermissionDeniedError, match="member"):
            other.run("hi", model=MODEL, provider=PROVIDER)
        changed = client.api_keys.update(made.id, name="e2e-2", allowed_models=None)
        assert (changed.name, changed.allowed_models, changed.key) == ("e2e-2", None, None)
        assert client.api_keys.get(made.id) == changed or changed.last_used_at is None
        client.api_keys.revoke(made.id)
        with pytest.raises(aistrale.AuthenticationError):
            other.whoami()
    listed = {each.id: each for each in client.api_keys.list()}
    assert listed[made.id].revoked_at is not None
    actions = [
        each.action
        for each in client.audit_log.list(target_type="api_key")
        if each.target is not None and each.target.id == made.id
    ]
    assert actions == ["api_key.revoked", "api_key.updated", "api_key.created"]


def test_the_workspace_of_the_key(client: aistrale.Aistrale) -> None:
    me = client.whoami()
    assert me.workspace is not None
    assert me.workspace.id == me.workspace_id
    mine = client.workspaces.get(me.workspace_id)
    assert (mine.name, mine.capture_content) == (me.workspace_name, False)
    client.workspaces.update(mine.id, capture_content=True)
    try:
        time.sleep(2.5)  # a workspace's settings are read anew every two seconds
        answer = client.run("Say it.", model=MODEL, provider=PROVIDER)
        content = client.inferences.get(answer.id).content
        assert content is not None
        assert content.messages[-1].content == "Say it."
        assert content.message is not None
        assert content.message.content == answer.text
        (line,) = client.telemetry.export(q="say IT", last="1m", session_id=None)
        assert json.loads(line)["content"]["message"]["content"] == answer.text
    finally:
        client.workspaces.update(mine.id, capture_content=False)


@pytest.mark.skipif(not OPERATOR, reason="set AISTRALE_E2E_OPERATOR_KEY to the server's own key")
def test_an_operator_and_a_workspace_of_its_own(client: aistrale.Aistrale) -> None:
    with aistrale.Aistrale(api_key=OPERATOR) as operator:
        assert operator.whoami().operator
        made = operator.workspaces.create(f"e2e-{uuid.uuid4().hex[:8]}", retention_days=30)
        assert operator.whoami(workspace=made.id).workspace_id == made.id
        key = operator.api_keys.create("theirs", role="admin", workspace=made.id)
        with aistrale.Aistrale(api_key=key.key) as theirs:
            assert theirs.whoami().workspace_id == made.id
            assert list(theirs.telemetry.list()) == []
            assert [each.id for each in theirs.workspaces.list()] == [made.id]
            with pytest.raises(aistrale.PermissionDeniedError):
                theirs.whoami(workspace=client.whoami().workspace_id)
            operator.workspaces.delete(made.id)
            eventually(lambda: _refused(theirs))
        with pytest.raises(aistrale.NotFoundError):
            operator.workspaces.get(made.id)


def _refused(client: aistrale.Aistrale) -> bool:
    try:
        client.whoami()
    except aistrale.AuthenticationError:
        return True
    return False
