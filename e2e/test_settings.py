"""The server's settings: every mistake said at once, with its place and the nearest right key."""

import pytest

from support.api import Api
from support.server import Server, serving


def refusal(machine, *arguments: str, **settings: str) -> str:
    """What a server says that ends because of its settings."""
    server = Server(machine, *arguments, **settings)
    try:
        assert server.wait() == 2, server.log
        assert "\tat " not in server.log, "a stack trace is not a sentence"
        return server.log
    finally:
        server.end()


def write(machine, text: str) -> str:
    machine.server_config.parent.mkdir(parents=True)
    machine.server_config.write_text(text)
    return str(machine.server_config)


def test_all_mistakes_of_the_file_the_environment_and_the_flags_are_said_at_once(machine):
    file = write(
        machine,
        'prot = 16000\n\n[http]\nmax_body_bytes = "many"\n\n[shutdwn]\ngrace_ms = 5\n',
    )
    log = refusal(
        machine, "--hots", "127.0.0.1", AISTRALE_PORT="99999", AISTRALE_INFERENCE_TIMEOUT_MS="soon"
    )
    for place in (f"{file}:1", f"{file}:4", f"{file}:7"):
        assert place in log.replace(", line ", ":").replace(" line ", ":"), log
    for words in (
        "port",
        "max_body_bytes",
        "shutdown",
        "--host",
        "AISTRALE_PORT",
        "99999",
        "AISTRALE_INFERENCE_TIMEOUT_MS",
        "soon",
    ):
        assert words in log, log


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("port = \n", 1, "port"),
        ("port 16000\n", 1, "="),
        ("# fine\n[http\nmax_body_bytes = 5000\n", 2, "]"),
        ('host = "127.0.0.1\n', 1, '"'),
        ("port = 1\nport = 2\n", 2, "port"),
    ],
)
def test_a_corrupted_settings_file_is_named_with_line_and_what_was_expected(
    machine, text, line, expected
):
    file = write(machine, text)
    log = refusal(machine)
    assert file in log and expected in log
    assert f":{line}" in log.replace(", line ", ":").replace(" line ", ":"), log


def test_a_flag_comes_before_the_environment_and_that_before_the_file(machine):
    write(machine, 'port = 1\n[http]\nmax_body_bytes = 2000\nallowed_hosts = ["a.example"]\n')
    with serving(
        machine, "--port", str(machine.port), AISTRALE_PORT="2", AISTRALE_HTTP_MAX_BODY_BYTES="3000"
    ) as server:
        api = Api(server.url, machine.api_key())
        assert api.http.get("/health", headers={"host": "a.example"}).status_code == 200
        body = {"prompt": "hi", "metadata": {f"pad-{number}": "x" * 450 for number in range(6)}}
        assert api.post("/api/v1/inferences", body).status_code == 200
        assert api.post("/api/v1/inferences", body | {"session_id": "s" * 500}).status_code == 413


def test_an_unknown_variable_of_ours_names_the_nearest(machine):
    assert "AISTRALE_DATA_DIR" in refusal(machine, AISTRALE_DATA_DIRR="/tmp/x").replace(
        "AISTRALE_DATA_DIRR", ""
    )


def test_a_database_url_without_a_master_key_is_refused_by_name(machine):
    assert "AISTRALE_DATABASE_URL" in refusal(
        machine, AISTRALE_DATABASE_URL="postgresql://localhost/x"
    )


def test_an_origin_that_is_configured_is_let_in_and_no_other(machine):
    with serving(machine, AISTRALE_HTTP_CORS_ORIGINS="https://app.example") as server:
        api = Api(server.url, machine.api_key())
        own = api.http.get("/api/v1/whoami", headers={"origin": "https://app.example"})
        assert own.headers["access-control-allow-origin"] == "https://app.example"
        other = api.http.get("/api/v1/whoami", headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers


def test_what_webhooks_may_go_to_is_hosts_and_ranges_and_an_opening_is_told_at_every_start(machine):
    log = refusal(machine, AISTRALE_WEBHOOKS_ALLOWED_TARGETS="10.0.0.0/8,*.example.com,0.0.0.0/0")
    assert "`*.example.com` is neither a host nor a range" in log
    assert "`0.0.0.0/0` opens everything" in log
    assert "10.0.0.0/8" not in log

    with serving(machine) as server:
        assert "webhooks" not in Api(server.url, machine.api_key()).get("/health").json()
        assert "webhooks.allowed_targets" not in server.log
    with serving(
        machine,
        AISTRALE_WEBHOOKS_ALLOWED_TARGETS="n8n.internal, 10.1.0.0/16",
        AISTRALE_WEBHOOKS_ALLOW_HTTP="true",
    ) as server:
        assert Api(server.url, machine.api_key()).get("/health").json()["webhooks"] == {
            "allowed_targets": ["n8n.internal", "10.1.0.0/16"],
            "allow_http": True,
        }
        warnings = [line for line in server.log.splitlines() if "webhooks" in line]
        assert len(warnings) == 1, server.log
        assert "WARN" in warnings[0]
        assert "webhooks.allowed_targets = [n8n.internal, 10.1.0.0/16]" in warnings[0]
        assert "webhooks.allow_http = true" in warnings[0]
