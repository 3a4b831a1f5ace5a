"""What the native API refuses, each with its exact status, code and place. The demo provider answers the rest."""

import json

import pytest

from support import raw
from support.api import Api, check_problem
from support.machine import Machine
from support.server import serving

RUN = "/api/v1/inferences"
LIMIT = 20 * 1024 * 1024
HEX_ID = "00000000000000000000000000"


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    return Machine(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def server(machine):
    with serving(machine) as server:
        yield server


@pytest.fixture(scope="module")
def api(server, machine):
    return Api(server.url, machine.api_key())


def refused(api: Api, body: object, pointer: str, *words: str) -> None:
    """The body is refused for one field alone, and the words stand in what is said of it."""
    problem = check_problem(api.post(RUN, body), 400, "invalid_request")
    assert [error["pointer"] for error in problem["errors"]] == [pointer], problem
    for word in words:
        assert word in problem["errors"][0]["detail"], problem


def test_health_and_ready_are_open(server):
    stranger = Api(server.url, None)
    assert stranger.get("/health").json() == {"status": "ok", "version": "0.1.0"}
    ready = stranger.get("/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    assert ready.headers["x-request-id"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", RUN),
        ("GET", f"{RUN}/inf_{HEX_ID}"),
        ("GET", "/api/v1/telemetry"),
        ("GET", "/api/v1/tokens"),
        ("POST", "/api/v1/tokens"),
        ("GET", "/api/v1/whoami"),
        ("GET", "/api/v1/providers"),
    ],
)
@pytest.mark.parametrize("key", [None, "ais_wrong"], ids=["no key", "wrong key"])
def test_nothing_is_answered_without_a_key(server, method, path, key):
    response = Api(server.url, key).http.request(
        method, path, json={"prompt": "hi"} if method == "POST" else None
    )
    problem = check_problem(response, 401, "authentication_failed")
    assert "ais_wrong" not in json.dumps(problem)
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_the_key_comes_as_bearer_and_not_as_x_api_key(server, machine):
    """Anthropic's clients send that, to their own routes: test_anthropic_client.py."""
    refused = Api(server.url, None).http.get(
        "/api/v1/whoami", headers={"x-api-key": machine.api_key()}
    )
    assert "Authorization: Bearer" in check_problem(refused, 401, "authentication_failed")["detail"]
    answer = Api(server.url, machine.api_key()).http.get("/api/v1/whoami")
    assert answer.status_code == 200
    assert set(answer.json()) == {
        "workspace_id", "workspace_name", "api_key_id", "default_model", "role", "operator", "workspace",
        "requests_per_minute", "tokens_per_minute",
    }  # fmt: skip
    assert answer.json()["default_model"] is None


@pytest.mark.parametrize(
    ("field", "nearest"),
    [
        ("temprature", "temperature"),
        ("max_tokens", "max_output_tokens"),
        ("sessionId", "session_id"),
        ("promt", "prompt"),
    ],
)
def test_an_unknown_field_is_named_with_the_nearest(api, field, nearest):
    refused(api, {"prompt": "hi", field: 1}, f"/{field}", nearest)


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("prompt", 5, "/prompt"),
        ("model", 5, "/model"),
        ("provider", ["openai"], "/provider"),
        ("system", {"a": 1}, "/system"),
        ("temperature", "hot", "/temperature"),
        ("temperature", -0.5, "/temperature"),
        ("top_p", 1.5, "/top_p"),
        ("max_output_tokens", "many", "/max_output_tokens"),
        ("max_output_tokens", 1.5, "/max_output_tokens"),
        ("max_output_tokens", 0, "/max_output_tokens"),
        ("stop", 7, "/stop"),
        ("stop", ["a", 7], "/stop/1"),
        ("tools", {}, "/tools"),
        ("tools", [5], "/tools/0"),
        ("response_format", "json", "/response_format"),
        ("reasoning_effort", "extreme", "/reasoning_effort"),
        ("seed", "x", "/seed"),
        ("session_id", 5, "/session_id"),
        ("metadata", [], "/metadata"),
        ("metadata", {"team": 5}, "/metadata/team"),
        ("timeout_ms", -1, "/timeout_ms"),
        ("timeout_ms", "5s", "/timeout_ms"),
        ("stream", "yes", "/stream"),
        ("provider_options", [], "/provider_options"),
    ],
)
def test_a_wrong_value_is_named_by_its_json_pointer(api, field, value, pointer):
    refused(api, {"prompt": "hi", field: value}, pointer)


@pytest.mark.parametrize(
    ("message", "pointer"),
    [
        ("hi", "/messages/0"),
        ({"role": "robot", "content": "hi"}, "/messages/0/role"),
        ({"content": "hi"}, "/messages/0/role"),
        ({"role": "user", "content": 5}, "/messages/0/content"),
        ({"role": "user", "content": [{"type": "smell"}]}, "/messages/0/content/0/type"),
        ({"role": "user", "content": [{"type": "text", "text": 5}]}, "/messages/0/content/0/text"),
    ],
)
def test_a_wrong_message_is_named_by_its_json_pointer(api, message, pointer):
    refused(api, {"messages": [message]}, pointer)


def test_a_slash_in_a_field_is_escaped_in_the_pointer(api):
    refused(api, {"prompt": "hi", "metadata": {"a/b~c": 5}}, "/metadata/a~1b~0c")


def test_an_empty_prompt_is_refused(api):
    refused(api, {"prompt": ""}, "/prompt", "empty")


def test_no_messages_are_refused(api):
    refused(api, {"messages": []}, "/messages", "empty")


@pytest.mark.parametrize(
    "body",
    [{}, {"prompt": "hi", "messages": [{"role": "user", "content": "hi"}]}],
    ids=["neither", "both"],
)
def test_exactly_one_of_prompt_and_messages(api, body):
    problem = check_problem(api.post(RUN, body), 400, "invalid_request")
    assert "prompt" in problem["detail"] and "messages" in problem["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"prompt": "hi"',
        b'{"prompt": "hi"} x',
        b"[]",
        b'"hi"',
        b"null",
        b'{"prompt": "\xff"}',
    ],
)
def test_a_body_that_is_not_one_json_object_is_refused(api, body):
    response = api.http.post(RUN, content=body, headers={"content-type": "application/json"})
    check_problem(response, 400, "invalid_request")


def test_deeply_nested_json_is_refused_and_the_server_lives(api):
    body = (
        b'{"prompt": "hi", "provider_options": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}"
    )
    response = api.http.post(RUN, content=body, headers={"content-type": "application/json"})
    check_problem(response, 400, "invalid_request")
    assert api.get("/ready").status_code == 200


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_another_content_type_is_refused(api, media_type):
    response = api.http.post(RUN, content=b'{"prompt": "hi"}', headers={"content-type": media_type})
    check_problem(response, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", RUN), ("PUT", RUN), ("POST", "/api/v1/whoami"), ("POST", "/health")],
)
def test_another_method_is_refused_and_the_right_one_named(api, method, path):
    response = api.http.request(method, path)
    check_problem(response, 405, "method_not_allowed")
    assert ("GET" if path != RUN else "POST") in response.headers["allow"]


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v2/inferences", "/nothing", f"{RUN}/inf_{HEX_ID}", f"{RUN}/x"]
)
def test_what_is_not_there_is_not_found(api, path):
    check_problem(api.get(path), 404, "not_found")


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "many"},
        {"last": "yesterday"},
        {"since": "yesterday"},
        {"until": "2026-13-01T00:00:00Z"},
        {"status": "done"},
        {"cursor": "garbage"},
        {"last": "24h", "since": "2026-01-01T00:00:00Z"},
    ],
    ids=lambda query: "&".join(f"{name}={value}" for name, value in query.items()),
)
def test_a_wrong_filter_of_telemetry_is_refused_by_name(api, query):
    problem = check_problem(api.get("/api/v1/telemetry", **query), 400, "invalid_request")
    assert next(iter(query)) in json.dumps(problem["errors"])


@pytest.mark.parametrize("path", [RUN, "/v1/chat/completions"])
@pytest.mark.parametrize("coding", ["content-length", "chunked"])
@pytest.mark.parametrize("over", [1, 1024 * 1024])
def test_a_body_over_20_mib_is_refused_and_the_connection_closed(
    server, machine, api, path, coding, over
):
    """Nothing of the body may be taken for a next request: so nothing follows the answer."""
    before = len(api.telemetry())
    body = b'{"prompt": "hi"}'.ljust(LIMIT + over)
    how = "transfer-encoding: chunked" if coding == "chunked" else f"content-length: {len(body)}"
    answer = raw.send(
        server.url,
        f"""POST {path} HTTP/1.1
Host: 127.0.0.1:{machine.port}
Authorization: Bearer {machine.api_key()}
Content-Type: application/json
{how}""",
        raw.chunks(body) if coding == "chunked" else body,
    )
    problem = json.loads(answer.body)
    assert (answer.status, answer.closed, answer.rest) == (413, True, b"")
    if path == RUN:
        assert answer.headers["content-type"].split(";")[0] == "application/problem+json"
        assert (problem["status"], problem["code"]) == (413, "payload_too_large")
    else:
        assert problem["error"]["code"] == "payload_too_large"
    assert len(api.telemetry()) == before, "nothing was begun"


@pytest.mark.parametrize("coding", ["content-length", "chunked"])
def test_a_body_of_exactly_20_mib_is_read(api, coding):
    body = b'{"prompt": "hi"}'.ljust(LIMIT)
    content = iter([body]) if coding == "chunked" else body
    response = api.http.post(RUN, content=content, headers={"content-type": "application/json"})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "0.0.0.0:{port}"],
)
@pytest.mark.parametrize("path", ["/api/v1/whoami", "/health"])
def test_another_host_is_refused_against_dns_rebinding(server, machine, host, path):
    host = host.format(port=machine.port)
    answer = raw.send(
        server.url,
        f"GET {path} HTTP/1.1\nHost: {host}\nAuthorization: Bearer {machine.api_key()}\nConnection: close",
    )
    problem = json.loads(answer.body)
    assert (answer.status, problem["status"], problem["code"]) == (403, 403, "permission_denied")
    assert host.rsplit(":", 1)[0] in problem["detail"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1:{port}", "localhost:{port}", "[::1]:{port}", "LOCALHOST:{port}"]
)
def test_every_name_of_loopback_is_served(server, machine, host):
    host = host.format(port=machine.port)
    answer = raw.send(
        server.url,
        f"GET /api/v1/whoami HTTP/1.1\nHost: {host}\nAuthorization: Bearer {machine.api_key()}\nConnection: close",
    )
    assert answer.status == 200


def test_no_page_of_another_origin_is_let_in(api):
    preflight = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    for response in (
        api.http.options(RUN, headers=preflight),
        api.http.get("/api/v1/whoami", headers={"origin": "http://evil.example"}),
    ):
        assert not [name for name in response.headers if name.startswith("access-control-")]


def test_every_answer_has_a_request_id_of_its_own(api):
    answers = [
        api.get(path)
        for path in ("/health", "/ready", "/nothing", "/api/v1/whoami", "/api/v1/whoami")
    ]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == len(ids)


def test_a_model_nobody_serves_names_the_command_that_adds_a_token(api):
    problem = check_problem(api.run(prompt="hi", model="openai/gpt-4o"), 422, "no_provider")
    assert "aistrale tokens add --provider openai" in problem["detail"]


def test_a_provider_nobody_knows_is_named(api):
    problem = check_problem(
        api.run(prompt="hi", provider="opnai", model="gpt-4o"), 422, "no_provider"
    )
    assert "opnai" in problem["detail"] and "openai" in problem["detail"]
