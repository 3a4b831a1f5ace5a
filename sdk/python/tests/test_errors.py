from __future__ import annotations

import pickle
import socket
from pathlib import Path

import pytest
import yaml

import aistrale
from aistrale._problems import BY_CODE

from .conftest import KEY, ROOT, Flavour
from .fake_server import FakeServer, hang, hang_up, inference, plain, problem, reply, reset

CATALOGUE = yaml.safe_load((ROOT / "contract" / "problems.yaml").read_text("utf-8"))["problems"]

NO_RETRIES = {"max_retries": 0}


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry["code"])
def test_every_code_of_the_catalogue_has_its_class(flavour: Flavour, entry: dict[str, str]) -> None:
    with FakeServer(problem(int(entry["status"]), entry["code"], "Why.")) as server:
        with pytest.raises(aistrale.APIStatusError) as raised:
            flavour.run(server.url, client=NO_RETRIES)
    error = raised.value
    assert type(error) is getattr(aistrale, entry["exception"])
    assert (error.status, error.code) == (entry["status"], entry["code"])
    assert (error.request_id, error.body["detail"]) == ("req_1", "Why.")
    assert str(error).startswith(f"Why. ({entry['status']} {entry['code']} from {server.url}/api/")


def test_no_code_is_known_here_alone() -> None:
    assert set(BY_CODE) == {entry["code"] for entry in CATALOGUE}


def test_the_tree() -> None:
    parents = {
        name: value.__mro__[1].__name__
        for name in aistrale.__all__
        if isinstance(value := getattr(aistrale, name), type) and issubclass(value, Exception)
    }
    of_a_status = (
        "BadRequestError AuthenticationError PermissionDeniedError NotFoundError ConflictError "
        "BudgetExceededError RateLimitError NoProviderError ProviderError ProviderTimeoutError "
        "OverloadedError CancelledError InterruptedError InternalServerError"
    ).split()
    assert parents == {
        "AistraleError": "Exception",
        "APIError": "AistraleError",
        "APIConnectionError": "APIError",
        "APITimeoutError": "APIConnectionError",
        "APIStatusError": "APIError",
        **dict.fromkeys(of_a_status, "APIStatusError"),
        "StreamInterruptedError": "AistraleError",
        "ConfigurationError": "AistraleError",
        "WebhookVerificationError": "AistraleError",
        "OutputValidationError": "AistraleError",
        "ToolRoundsError": "AistraleError",
    }


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (402, "BudgetExceededError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (409, "ConflictError"),
        (412, "ConflictError"),
        (413, "BadRequestError"),
        (418, "APIStatusError"),
        (422, "NoProviderError"),
        (429, "RateLimitError"),
        (500, "InternalServerError"),
        (502, "ProviderError"),
        (503, "OverloadedError"),
        (504, "ProviderTimeoutError"),
        (599, "APIStatusError"),
    ],
)
def test_an_unknown_code_goes_by_its_status(flavour: Flavour, status: int, name: str) -> None:
    with FakeServer(problem(status, "from_the_future")) as server:
        with pytest.raises(aistrale.APIStatusError) as raised:
            flavour.run(server.url, client=NO_RETRIES)
    assert (type(raised.value).__name__, raised.value.code) == (name, "from_the_future")


@pytest.mark.parametrize("body", [b"<html><h1>502 Bad Gateway</h1></html>", b"", b"\xff\xfe", b"7"])
def test_a_proxys_page_is_a_typed_error_with_its_status(flavour: Flavour, body: bytes) -> None:
    with FakeServer(plain(502, body, content_type="text/html")) as server:
        with pytest.raises(aistrale.ProviderError, match="a proxy in between") as raised:
            flavour.run(server.url)
    assert (raised.value.status, raised.value.code) == (502, None)
    assert raised.value.request_id == "req_1"
    expected = {b"": None, b"\xff\xfe": "��", b"7": 7}.get(body, body.decode("utf-8", "replace"))
    assert raised.value.body == expected
    assert len(server.requests) == 1


def test_fields_that_are_wrong_are_named(flavour: Flavour) -> None:
    errors = [{"pointer": "/temprature", "detail": "unknown; did you mean temperature?"}]
    with FakeServer(problem(400, "invalid_request", "1 field is wrong.", errors=errors)) as server:
        with pytest.raises(aistrale.BadRequestError) as raised:
            flavour.run(server.url)
    assert raised.value.errors == tuple(errors)
    assert "\n  /temprature: unknown; did you mean temperature?" in str(raised.value)


def test_no_field_that_is_wrong_is_named_twice(flavour: Flavour) -> None:
    """The server's own words begin with the first mistake."""
    errors = [
        {"pointer": "/a/b", "detail": "is missing"},
        {"pointer": "/b", "detail": "is missing"},
        {"pointer": "", "detail": "is no object"},
    ]
    detail = "/a/b: is missing (and 2 more, see errors)"
    with FakeServer(problem(400, "invalid_request", detail, errors=errors)) as server:
        with pytest.raises(aistrale.BadRequestError) as raised:
            flavour.run(server.url)
        assert str(raised.value) == (
            f"{detail} (400 invalid_request from {server.url}/api/v1/inferences)\n"
            "  /b: is missing\n"
            "  is no object [request id req_1]"
        )
    alone = [{"pointer": "", "detail": "is no object"}]
    with FakeServer(problem(400, "invalid_request", "is no object", errors=alone)) as server:
        with pytest.raises(aistrale.BadRequestError) as raised:
            flavour.run(server.url)
    assert str(raised.value).count("is no object") == 1


def test_a_providers_limit_names_the_provider_and_the_wait(flavour: Flavour) -> None:
    limit = problem(
        429,
        "provider_rate_limited",
        provider="groq",
        upstream_status=429,
        headers={"retry_after": "90"},
    )
    with FakeServer(limit) as server:
        with pytest.raises(aistrale.RateLimitError) as raised:
            flavour.run(server.url)
    error = raised.value
    assert (error.provider, error.upstream_status, error.retry_after) == ("groq", 429, 90.0)


def test_a_redirect_is_not_followed(flavour: Flavour) -> None:
    with FakeServer(reply(inference())) as other:
        with FakeServer(plain(307, location=other.url + "/api/v1/inferences")) as server:
            with pytest.raises(
                aistrale.APIStatusError, match="redirect .307., which is not follow"
            ):
                flavour.run(server.url)
        assert other.requests == []


@pytest.mark.parametrize("source", ["argument", "environment", "profile", "none"])
def test_401_says_where_the_key_came_from_and_never_the_key(
    source: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    says = {
        "argument": "The API key came from the argument api_key=.",
        "environment": "The API key came from the environment variable AISTRALE_API_KEY.",
        "profile": f"The API key came from profile 'default' of {config}.",
        "none": "No API key was sent; there is no api_key=, no AISTRALE_API_KEY, and none in "
        f"profile 'default' of {config}. `aistrale serve` makes the first key",
    }[source]
    if source == "environment":
        monkeypatch.setenv("AISTRALE_API_KEY", KEY)
    if source == "profile":
        config.write_text(f'[profiles.default]\napi_key = "{KEY}"\n')
    with FakeServer(problem(401, "authentication_failed", "Unknown key.")) as server:
        argument = KEY if source == "argument" else None
        with aistrale.Aistrale(api_url=server.url, api_key=argument) as client:
            with pytest.raises(aistrale.AuthenticationError) as raised:
                client.run("hi")
    assert says in str(raised.value)
    assert KEY not in str(raised.value) + repr(raised.value) + repr(vars(raised.value))
    assert ("authorization" in server.requests[0].headers) == (source != "none")


def test_no_server_is_told_with_its_url_and_what_to_do(flavour: Flavour) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with pytest.raises(aistrale.APIConnectionError) as raised:
        flavour.run(url, client=NO_RETRIES)
    assert type(raised.value) is aistrale.APIConnectionError
    assert (raised.value.url, raised.value.sent) == (url, False)
    assert str(raised.value).startswith(f"Cannot connect to {url}: ")
    assert "`aistrale serve`" in str(raised.value)
    assert "connection refused" in str(raised.value)
    assert "timed out" not in str(raised.value).lower()


def test_no_such_host(flavour: Flavour) -> None:
    with pytest.raises(
        aistrale.APIConnectionError, match="Cannot connect to http://nowhere.invali"
    ):
        flavour.run("http://nowhere.invalid:1", client=NO_RETRIES)


@pytest.mark.parametrize("loss", [reset, hang_up])
def test_a_lost_connection_is_neither_unreachable_nor_late(flavour: Flavour, loss: object) -> None:
    with FakeServer(loss) as server:  # type: ignore[arg-type]
        with pytest.raises(aistrale.APIConnectionError, match="Lost the connection") as raised:
            flavour.run(server.url)
    assert type(raised.value) is aistrale.APIConnectionError
    assert raised.value.sent
    assert len(server.requests) == 1, "it may have been paid: not sent again"


def test_a_silent_server_is_timed_out_and_sees_the_close(flavour: Flavour) -> None:
    with FakeServer(hang) as server:
        with pytest.raises(aistrale.APITimeoutError, match=r"Timed out: .* within 0\.2 s"):
            flavour.run(server.url, timeout=0.2)
        assert server.requests[0].gone.wait(5)
        assert len(server.requests) == 1


def test_errors_survive_pickling() -> None:
    with FakeServer(problem(429, "rate_limited", headers={"retry_after": "70"})) as server:
        with pytest.raises(aistrale.RateLimitError) as raised:
            Flavour("sync").run(server.url)
    error = raised.value
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))


def test_an_html_success_is_an_error(flavour: Flavour) -> None:
    page = plain(200, b"<html>Sign in</html>", content_type="text/html")
    with FakeServer(page) as server:
        with pytest.raises(
            aistrale.APIStatusError, match="what AISTRALE does not answer"
        ) as raised:
            flavour.run(server.url)
    assert (raised.value.status, raised.value.body) == (200, "<html>Sign in</html>")


def test_deep_json_does_not_overflow(flavour: Flavour) -> None:
    deep = b"[" * 100_000
    with FakeServer(plain(200, deep, content_type="application/json")) as server:
        with pytest.raises(aistrale.APIStatusError, match="not JSON"):
            flavour.run(server.url)
