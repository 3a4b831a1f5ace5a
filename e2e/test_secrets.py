"""Provider tokens and keys: stored sealed, shown never, in no log, error or listing."""

import base64
import json
import os
import re
import stat

import pytest

from support.api import Api, check_problem
from support.server import Server, serving

SECRET = "sk-proj-e2e-this-is-the-secret-9z8y"
CREATED = {
    "id", "provider", "name", "last_four", "weight", "status", "set_aside_at", "set_aside_reason", "created_at",
}  # fmt: skip


def test_a_token_is_created_listed_replaced_and_removed(machine):
    with serving(machine) as server:
        api = Api(server.url, machine.api_key())
        created = api.post(
            "/api/v1/tokens", {"provider": "openai", "token": SECRET, "name": "mine"}
        )
        assert created.status_code == 201
        token = created.json()
        assert set(token) == CREATED
        assert (token["provider"], token["name"], token["last_four"]) == ("openai", "mine", "9z8y")
        assert re.fullmatch(r"tok_[0-9a-hjkmnp-tv-z]{26}", token["id"])
        assert api.get("/api/v1/tokens").json() == {"data": [token], "next_cursor": None}

        replaced = api.post(f"/api/v1/tokens/{token['id']}", {"token": "sk-proj-another-0000-wxyz"})
        assert (replaced.status_code, replaced.json()) == (200, token | {"last_four": "wxyz"})
        assert api.http.delete(f"/api/v1/tokens/{token['id']}").status_code == 204
        assert api.get("/api/v1/tokens").json() == {"data": [], "next_cursor": None}
        check_problem(api.http.delete(f"/api/v1/tokens/{token['id']}"), 404, "not_found")
        check_problem(
            api.post(f"/api/v1/tokens/{token['id']}", {"token": SECRET}), 404, "not_found"
        )


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"token": SECRET}, "/provider"),
        ({"provider": "openai"}, "/token"),
        ({"provider": "openai", "token": ""}, "/token"),
        ({"provider": "openai", "token": 5}, "/token"),
        ({"provider": "opnai", "token": SECRET}, "/provider"),
        ({"provider": "openai", "token": SECRET, "nme": "x"}, "/nme"),
        ({"provider": "openai", "token": f"{SECRET}\r\nx-evil: 1"}, "/token"),
    ],
)
def test_a_wrong_token_request_is_refused_without_repeating_the_token(machine, body, pointer):
    with serving(machine) as server:
        response = Api(server.url, machine.api_key()).post("/api/v1/tokens", body)
        problem = check_problem(response, 400, "invalid_request")
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
        assert SECRET not in response.text + server.log


def test_no_secret_is_in_a_file_a_log_an_error_or_a_listing(machine, emulator):
    with serving(machine, **emulator.settings("openai")) as server:
        api = Api(server.url, machine.api_key())
        api.add_token("openai", SECRET)
        # A provider that repeats the credential in its error, as some do.
        words = {
            "error": {
                "message": f"Incorrect API key provided: {SECRET}.",
                "type": "invalid_request_error",
            }
        }
        # A failure of the provider's own is asked for three times.
        statuses = (401, 400, 500, 500, 500, 400)
        emulator.script("openai", *[{"status": status, "body": words} for status in statuses])
        said = [api.run(prompt="hi", model="openai/gpt-4o").text for _ in range(3)]
        said.append(
            api.post(
                "/v1/chat/completions",
                {"model": "openai/gpt-4o", "messages": [{"role": "user", "content": "hi"}]},
            ).text
        )
        assert all("provider_" in text for text in said), said
        api.answer(prompt="hi", model="openai/gpt-4o")
        for path in ("/api/v1/tokens", "/api/v1/telemetry", "/api/v1/providers", "/api/v1/whoami"):
            said.append(api.get(path).text)
        said.append(Api(server.url, f"{machine.api_key()}x").get("/api/v1/whoami").text)
        key_file = machine.data / "master.key"
        assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
        master = key_file.read_text().strip()
        secrets = {"provider token": SECRET, "API key": machine.api_key(), "master key": master}
    for name, secret in secrets.items():
        assert not [text for text in said if secret in text], f"{name} in an answer"
    allowed = {"API key": machine.config, "master key": key_file}
    for path, content in machine.bytes_on_disk().items():
        for name, secret in secrets.items():
            forms = (secret.encode(), base64.b64encode(secret.encode()))
            assert path == allowed.get(name) or not any(form in content for form in forms), (
                f"{name} in {path}"
            )


def test_what_a_webhook_keeps_to_itself_is_in_no_file_log_error_or_listing(machine):
    """Its secret is shown once, what its headers say never, and its path to admins only."""
    given = "whsec_" + base64.b64encode(b"the-secret-that-signs-for-it-1").decode()
    header, path = "Bearer of-the-receiver-1a2b3c", "services/T00/B00/path-4d5e6f"
    webhook = {
        "url": f"https://hooks.example.com/{path}",
        "events": ["*"],
        "headers": {"Authorization": header},
        "secret": given,
    }
    with serving(machine) as server:
        api = Api(server.url, machine.api_key())
        made = api.post("/api/v1/webhooks", webhook)
        assert (made.status_code, made.json()["secret"]) == (201, given)
        at = f"/api/v1/webhooks/{made.json()['id']}"
        rotated = api.post(f"{at}/rotate-secret").json()["secret"]
        assert rotated.startswith("whsec_") and rotated != given
        viewer = api.post("/api/v1/api-keys", {"name": "viewer", "role": "viewer"}).json()["key"]
        by_admin = [api.get(at).text, api.get("/api/v1/webhooks").text]
        by_all = [Api(server.url, viewer).get(p).text for p in (at, "/api/v1/webhooks")]
        assert all(path in text for text in by_admin)
        assert all("https://hooks.example.com/…" in text for text in by_all)
        for change in ({"headers": {"x-key": f"{header}\n"}}, {"secret": given}):
            refused = api.post(at, change)
            check_problem(refused, 400, "invalid_request")
            by_all.append(refused.text)
        elsewhere = {"url": f"https://other.example.com/{path}"}
        by_all.append(api.post(at, elsewhere).text)  # where the headers were not meant to go
        assert '"/headers"' in by_all[-1]
        assert api.post(at, elsewhere | {"headers": {"x-key": header}}).status_code == 200
        assert api.http.delete(at).status_code == 204
        log = api.get("/api/v1/audit-log", target_type="webhook")
        assert [entry["action"] for entry in log.json()["data"]] == [
            "webhook.deleted",
            "webhook.updated",
            "webhook.secret_rotated",
            "webhook.created",
        ]
        by_all.append(log.text)
    secrets = {"secret": given, "rotated secret": rotated, "header": header}
    for name, secret in secrets.items():
        assert not [text for text in by_admin + by_all if secret in text], f"{name} in an answer"
    assert not [text for text in [*by_all, server.log] if path in text]
    for file, content in machine.bytes_on_disk().items():
        for name, secret in secrets.items():
            assert secret.encode() not in content, f"{name} in {file}"


def test_a_secret_given_by_environment_is_in_no_log_or_error(machine, emulator):
    admin, master = "ais_an-operators-key-of-mine", base64.b64encode(os.urandom(32)).decode()
    given = {"AISTRALE_ADMIN_KEY": admin, "AISTRALE_MASTER_KEY": master, "OPENAI_API_KEY": SECRET}
    with serving(machine, **emulator.settings("openai"), **given) as server:
        api = Api(server.url, admin)
        assert api.answer(prompt="hi", model="openai/gpt-4o")["provider"] == "openai"
        [openai] = [
            entry
            for entry in api.get("/api/v1/providers").json()["data"]
            if entry["name"] == "openai"
        ]
        assert (openai["credential"], openai["credential_env"]) == ("environment", "OPENAI_API_KEY")
        assert not (machine.data / "master.key").exists()
    for path, content in machine.bytes_on_disk().items():
        assert not [secret for secret in (admin, master, SECRET) if secret.encode() in content], (
            path
        )


def test_another_master_key_is_said_and_opens_nothing(machine, emulator):
    def key() -> dict[str, str]:
        return {"AISTRALE_MASTER_KEY": base64.b64encode(os.urandom(32)).decode()}

    right, wrong = key(), key()
    with serving(machine, **emulator.settings("openai"), **right) as server:
        Api(server.url, machine.api_key()).add_token("openai", SECRET)
    with serving(machine, **emulator.settings("openai"), **wrong) as server:
        api = Api(server.url, machine.api_key())
        for request in ({"model": "openai/gpt-4o"}, {}):
            problem = check_problem(api.run(prompt="hi", **request), 422, "no_provider")
            assert (
                "master key" in problem["detail"]
                and "aistrale tokens add --provider openai" in problem["detail"]
            )
            assert SECRET not in problem["detail"]
    with serving(machine, **emulator.settings("openai"), **right) as server:
        assert (
            Api(server.url, machine.api_key()).answer(prompt="hi", model="openai/gpt-4o")[
                "provider"
            ]
            == "openai"
        )


def test_a_master_key_that_is_none_is_refused_without_repeating_it(machine):
    server = Server(machine, AISTRALE_MASTER_KEY="not-a-key-of-32-bytes")
    try:
        assert server.wait() == 2
        assert "AISTRALE_MASTER_KEY" in server.log and "32" in server.log
        assert "not-a-key-of-32-bytes" not in server.log
    finally:
        server.end()


def test_a_revoked_key_opens_nothing(machine):
    """At once, although the server has met the key before."""
    with serving(machine) as server:
        first = Api(server.url, machine.api_key())
        made = first.post("/api/v1/api-keys", {"name": "second"})
        assert made.status_code == 201
        second = Api(server.url, made.json()["key"])
        assert second.get("/api/v1/whoami").json()["api_key_id"] == made.json()["id"]
        listed = first.get("/api/v1/api-keys")
        assert made.json()["id"] in listed.text and made.json()["key"] not in listed.text
        assert (
            first.http.delete(f"/api/v1/api-keys/{made.json()['id']}").status_code == 204
        )
        problem = check_problem(second.get("/api/v1/whoami"), 401, "authentication_failed")
        assert made.json()["key"] not in json.dumps(problem)
        assert first.get("/api/v1/whoami").status_code == 200


def test_a_credential_with_a_letter_that_none_has_is_named_and_not_shown(machine, emulator):
    given = {**emulator.settings("anthropic"), "ANTHROPIC_API_KEY": SECRET + "\u00a0x"}
    with serving(machine, **given) as server:
        problem = check_problem(
            Api(server.url, machine.api_key()).run(prompt="hi", model="anthropic/claude-haiku-4-5"),
            422,
            "no_provider",
        )
        assert SECRET not in json.dumps(problem)
        assert "ANTHROPIC_API_KEY" in server.log and SECRET not in server.log
