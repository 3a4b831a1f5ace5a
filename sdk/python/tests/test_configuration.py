from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aistrale
from aistrale._profiles import read
from aistrale._settings import config_path, resolve

from .conftest import KEY, ROOT
from .fake_server import FakeServer, inference, reply

VECTORS = ROOT / "contract" / "vectors" / "config"
CASES = [
    pytest.param(case, id=f"{name}: {case['name']}")
    for name in ("good", "bad")
    for case in json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
]


@pytest.mark.parametrize("case", CASES)
def test_the_vectors_that_all_clients_share(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    if case["file"] is not None:
        path.write_bytes(case["file"].encode("utf-8"))
    env = {**case["env"], "AISTRALE_CONFIG": str(path)}
    if "error" not in case:
        settings = resolve(env=env)
        found = {name: getattr(settings, name) for name in case["expect"]}
        assert found == case["expect"]
        return
    with pytest.raises(aistrale.ConfigurationError) as raised:
        resolve(env=env)
    assert case["error"]["contains"] in str(raised.value)
    assert raised.value.line == case["error"]["line"]
    if raised.value.line is not None:
        assert raised.value.path == str(path)
        assert f"{path}, line {raised.value.line}: " in str(raised.value)


def test_an_argument_goes_before_everything(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[profiles.default]\napi_key = "ais_f"\n[profiles.b]\napi_key = "ais_b"\n')
    env = {"AISTRALE_CONFIG": str(path), "AISTRALE_API_KEY": "ais_e", "AISTRALE_PROFILE": "b"}
    assert resolve(api_key="ais_a", env=env).api_key == "ais_a"
    assert resolve(env=env).api_key == "ais_e"
    assert resolve(profile="default", env={**env, "AISTRALE_API_KEY": ""}).api_key == "ais_f"
    with pytest.raises(
        aistrale.ConfigurationError, match=r"profile=c names .* has \[profiles\.def"
    ):
        resolve(profile="c", env=env)


@pytest.mark.parametrize(
    ("env", "path"),
    [
        ({"AISTRALE_CONFIG": "/a/b.toml", "XDG_CONFIG_HOME": "/x"}, "/a/b.toml"),
        ({"XDG_CONFIG_HOME": "/x", "HOME": "/h"}, "/x/aistrale/config.toml"),
        ({"HOME": "/h"}, "/h/.config/aistrale/config.toml"),
    ],
)
def test_where_the_config_file_is(env: dict[str, str], path: str) -> None:
    assert config_path(env) == path


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x",
        "127.0.0.1:16000",
        "http://",
        "http://user:pw@x",
        "http://x:99999",
        "http://x?y=1",
        "http://x#y",
        "http://ä",
        "http://x y",
        "http://[::1",
    ],
)
def test_a_url_that_is_none_is_refused_with_its_source(url: str) -> None:
    with pytest.raises(aistrale.ConfigurationError, match="argument api_url= .*expected http://HO"):
        aistrale.Aistrale(api_url=url)


@pytest.mark.parametrize("key", ["ais_a\n", "ais_a b", "ais_ä", "ais_\x00"])
def test_a_key_that_http_cannot_carry_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(aistrale.ConfigurationError, match="the argument api_key=") as raised:
        aistrale.Aistrale(api_key=key)
    assert "ais_" not in str(raised.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    with pytest.raises(aistrale.ConfigurationError, match=r"folder\.toml cannot be read: Is a dir"):
        resolve(env={"AISTRALE_CONFIG": str(folder)})
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'[profiles.default]\nmodel = "\xe9"\n')
    with pytest.raises(aistrale.ConfigurationError, match=r"latin\.toml is not UTF-8"):
        resolve(env={"AISTRALE_CONFIG": str(latin)})


def test_the_modules_client_follows_the_environment_and_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in a notebook: first no server, then `aistrale serve` writes the key, then it works."""
    with FakeServer(forever=reply(inference("one"))) as one:
        with FakeServer(forever=reply(inference("two"))) as two:
            monkeypatch.setenv("AISTRALE_API_URL", one.url)
            assert str(aistrale.run("hi")) == "one"
            assert str(aistrale.run("hi")) == "one"
            assert one.connections == 1
            Path(os.environ["AISTRALE_CONFIG"]).write_text(
                f'[profiles.default]\napi_key = "{KEY}"\n'
            )
            assert str(aistrale.run("hi")) == "one"
            monkeypatch.setenv("AISTRALE_API_URL", two.url)
            assert str(aistrale.run("hi")) == "two"
            assert str(asyncio.run(aistrale.run_async("hi"))) == "two"
            sent = [got.headers.get("authorization") for got in one.requests]
            assert sent == [None, None, f"Bearer {KEY}"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_does_not_use_its_parents_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with FakeServer(forever=reply(inference("hi"))) as server:
        monkeypatch.setenv("AISTRALE_API_URL", server.url)
        aistrale.run("hi")
        child = os.fork()
        if child == 0:
            os._exit(0 if str(aistrale.run("hi")) == "hi" else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert str(aistrale.run("hi")) == "hi"
        assert server.connections == 2


@given(st.text(max_size=60))
def test_no_file_is_too_strange(text: str) -> None:
    try:
        read(text, "f")
    except aistrale.ConfigurationError as error:
        assert error.line is not None
        assert 1 <= error.line <= text.count("\n") + 1


@given(st.dictionaries(st.sampled_from(["model", "provider", "api_key"]), st.text(max_size=20)))
def test_what_is_written_with_escapes_is_read_back(values: dict[str, str]) -> None:
    def quoted(value: str) -> str:
        escaped = "".join(
            f"\\u{ord(c):04X}" if c < " " or c == "\x7f" else "\\" + c if c in '"\\' else c
            for c in value
        )
        return f'"{escaped}"'

    lines = [f"{key} = {quoted(value)}" for key, value in values.items()]
    assert read("\n".join(["[profiles.default]", *lines]), "f").profile("default") == values
