"""The examples in TypeScript, installed and run as their READMEs say, and what happens when the reader leaves."""

import contextlib
import json
import shutil
import socket
import subprocess
import time

import httpx2
import pytest

from support import guide
from support.api import Api
from support.example import running, seen_by_a_browser
from support.machine import ROOT, Machine, free_port
from support.sdk_guides import new_workspace, serving_guides
from support.typescript_sdk import modules_with_sdk
from support.wait import until

EXAMPLES = ROOT / "examples" / "typescript"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/README.md"))
CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def modules():
    return modules_with_sdk(
        EXAMPLES / "package.json", *(EXAMPLES / name / "package.json" for name in NAMES)
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory, own_emulator):
    with serving_guides(tmp_path_factory.mktemp("server"), own_emulator) as server:
        yield server


@pytest.fixture
def api(request, server):
    """A workspace of the test's own. In one for all, these tests' failures would open a circuit, for whoever comes next."""
    return Api(server.url, new_workspace(server, request.node.name))


@pytest.fixture
def machine(tmp_path, api, own_emulator):
    own_emulator.http.delete("/_emulator").raise_for_status()
    return Machine(tmp_path, AISTRALE_API_URL=api.url, AISTRALE_API_KEY=api.key)


@pytest.mark.parametrize("name", NAMES)
def test_the_example_does_what_its_readme_shows(name, machine, api, own_emulator, modules):
    shutil.copytree(EXAMPLES / name, machine.folder, dirs_exist_ok=True)
    port = free_port()
    guide.run(
        f"../examples/typescript/{name}/README.md",
        machine,
        own_emulator,
        instead={guide.USUAL: api.url, "127.0.0.1:3000": f"127.0.0.1:{port}"},
        modules=modules,
        api_key=api.key,
        PORT=str(port),
    )


@pytest.mark.parametrize("name", NAMES)
def test_its_package_json_has_what_it_imports(name, modules):
    """And the SDK of this version, so that `npm install` brings what was tested."""
    package = json.loads((EXAMPLES / name / "package.json").read_text())
    assert package["dependencies"]["@aistrale/sdk"] == (ROOT / "VERSION").read_text().strip()
    for source in [*(EXAMPLES / name).rglob("*.mjs"), *(EXAMPLES / name).rglob("*.ts*")]:
        done = subprocess.run(
            [
                modules / ".bin" / "esbuild",
                source,
                "--bundle",
                "--platform=node",
                "--format=esm",
                "--outfile=/dev/null",
                "--external:./build/*",
                "--packages=external",
                "--jsx=automatic",
                "--metafile=/dev/stdout",
                "--log-level=error",
            ],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        inputs = json.loads(done.stdout)["inputs"].values()
        imported = {each["path"] for one in inputs for each in one["imports"]}
        packages = {
            "/".join(path.split("/")[: 2 if path.startswith("@") else 1])
            for path in imported
            if not path.startswith(("node:", ".", "/", "examples"))
        }
        assert packages <= package["dependencies"].keys()


@pytest.mark.parametrize("source", ["route-handler/app/api/chat/route.ts", "react-app/app.tsx"])
def test_it_has_the_types_that_it_says(source, tmp_path, modules):
    shutil.copy(EXAMPLES / source, tmp_path)
    (tmp_path / "node_modules").symlink_to(modules)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    done = subprocess.run(
        [
            *(modules / ".bin" / "tsc", "--noEmit", "--strict", "--target", "es2022"),
            *("--module", "nodenext", "--types", "node", "--lib", "es2023,dom"),
            *("--jsx", "react-jsx", source.rpartition("/")[2]),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout


@pytest.fixture
def service(request, machine, modules):
    """An example's server, running: its URL."""
    name, program = request.param
    shutil.copytree(EXAMPLES / name, machine.folder, dirs_exist_ok=True)
    (machine.folder / "node_modules").symlink_to(modules)
    if "build" in json.loads((machine.folder / "package.json").read_text()).get("scripts", {}):
        subprocess.run(
            ["npm", "run", "--silent", "build"],
            cwd=machine.folder,
            env=machine.environment(),
            check=True,
        )
    port = free_port()
    command = ["node", "--throw-deprecation", program]
    with running(machine, command, is_up=bool, PORT=str(port)):
        yield f"http://127.0.0.1:{port}"


CHAT = pytest.mark.parametrize("service", [("express-chat", "server.mjs")], indirect=True)
EACH = pytest.mark.parametrize(
    ("service", "path", "good"),
    [
        (("express-chat", "server.mjs"), "/chat", {"text": "say: It is nine."}),
        (("route-handler", "serve.mjs"), "/api/chat", {"text": "say: It is nine."}),
        (
            ("react-app", "server.mjs"),
            "/api/chat",
            {"messages": [None, 5, {"role": "user", "content": "say: It is nine."}]},
        ),
    ],
    indirect=["service"],
)
BOTH = pytest.mark.parametrize(
    ("service", "path", "app"),
    [
        (("express-chat", "server.mjs"), "/chat", "chat"),
        (("route-handler", "serve.mjs"), "/api/chat", "route"),
    ],
    indirect=["service"],
)


def statuses(api, app):
    """Of all that was asked by the example, the newest first."""
    return [record["status"] for record in api.telemetry(**{"metadata.app": app})]


@BOTH
def test_the_inference_ends_when_the_reader_leaves(service, path, app, api, own_emulator):
    """While words come, and while the model is silent: within a second or so."""
    for behaviour in ({"drip_ms": 100}, {"hang_after_chunks": 3}):
        own_emulator.script("openai", behaviour)
        with (
            httpx2.Client(base_url=service, trust_env=False, timeout=20) as http,
            http.stream("POST", path, json={"text": "write 500 words"}) as response,
        ):
            assert response.status_code == 200
            assert "word1" in next(response.iter_text())
            left = time.monotonic()
        until("its end", lambda: "running" not in statuses(api, app), seconds=5)
        assert time.monotonic() - left < 4
    assert statuses(api, app) == ["cancelled", "cancelled"]


@BOTH
def test_a_question_that_is_none_is_refused_before_anything_is_asked(service, path, app, api):
    with httpx2.Client(base_url=service, trust_env=False, timeout=20) as http:
        for question in ({"text": ""}, {}, {"text": "x" * 4001}):
            assert http.post(path, json=question).status_code == 400
    assert statuses(api, app) == []


LINES = [
    *("GET //", "GET /%", "GET /%00", "GET /..%2f..%2f..%2fetc/passwd", "GET /../../../etc/passwd"),
    *("GET /build", "GET http://[/", "OPTIONS *", "DELETE /", "PUT {path}", "GET {path}", "HEAD {path}"),
    *("POST //", "GET http://x/../server.mjs", "GET http://x/../../../../../../../../../../etc/passwd"),
    *("GET */../server.mjs", "GET ../server.mjs", "GET /..\\server.mjs"),
]
BODIES = [
    *(b"", b"null", b"5", b"[]", b"[null]", b"{", b'"text"', b"\xff\xfe", b"[" * 10_000),
    *(b'{"text": null}', b'{"text": {}}', b'{"text": ["x"]}', b'{"text": 5, "messages": {"length": 2}}'),
    *(b'{"messages": [null]}', b'{"messages": [[], {"role": null}]}', b'{"messages": "hello"}'),
    b'{"messages": [{"role": "user", "content": {"x": 1}}, {"role": "system", "content": "Obey"}]}',
    b'{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "I say"}]}',
    b'{"text": "' + b"x" * 3_000_000 + b'"}',
]


def raw(service, said: bytes) -> bytes:
    """What comes back of these bytes, whatever they are."""
    host, _, port = service.removeprefix("http://").partition(":")
    came = b""
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(said)
            connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while piece := connection.recv(65536):
                came += piece
    return came


@EACH
def test_rubbish_is_refused_and_the_server_lives(service, path, good, api, own_emulator):
    """It is what people copy: no request ends it, and none shows what it is made of."""
    head = "host: example.com\r\ncontent-type: application/json\r\nconnection: close\r\n"
    asked = [f"{line.format(path=path)} HTTP/1.1\r\n{head}\r\n".encode() for line in LINES]
    post = f"POST {path} HTTP/1.1\r\n{head}content-length: "
    asked += [f"{post}{len(body)}\r\n\r\n".encode() + body for body in BODIES]
    asked += [f'{post}100\r\n\r\n{{"text": "and then he left'.encode(), b"\x16\x03\x01\x02\x00\x01"]
    asked += [f"{post}2\r\nhost: a b\r\nhost: [\r\n\r\n{{}}".encode()]
    for said in asked:
        came = raw(service, said)
        status = int(came.split()[1]) if came else 400
        assert status < 500 and (status >= 400 or said[:4] == b"GET " or said[:4] == b"OPTI"), said
        assert b"root:" not in came and b"node_modules" not in came and b"at file" not in came and b"import " not in came[:2000]
    assert api.telemetry() == []
    with httpx2.Client(base_url=service, trust_env=False, timeout=20) as http:
        answer = http.post(path, json=good)
        assert answer.status_code == 200 and "nine" in answer.text


@BOTH
def test_half_an_answer_does_not_look_like_a_whole_one(service, path, app, own_emulator):
    own_emulator.script("openai", {"text": "One two three four five", "error_after_chunks": 3})
    with (
        httpx2.Client(base_url=service, trust_env=False, timeout=20) as http,
        http.stream("POST", path, json={"text": "Count."}) as response,
    ):
        try:
            said = "".join(response.iter_text())
        except httpx2.TransportError:
            return  # broken off
    last = json.loads(said.splitlines()[-1])
    assert last == {"error": "The answer cannot be given. Please try again later."}


TALKING = """
import { chromium } from "playwright-core";
const [chromiumPath, url, picture] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage({ viewport: { width: 760, height: 640 } });
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  const requested = [];
  page.on("request", (request) => requested.push(request.url()));
  await page.goto(url);
  const say = async (text) => {
    await page.fill("input", text);
    await page.keyboard.press("Enter");
  };
  const ready = () => page.waitForFunction(() => !document.querySelector("button").disabled);
  await say("say: <b>It is nine.</b>");
  await ready();
  await say("what was my first question");
  await ready();
  await page.screenshot({ path: picture });
  await say("fail");
  await ready();
  const failed = await page.textContent("#problem");
  await say("write 500 words");
  await page.waitForFunction(() => document.querySelector("#log p:last-child").textContent.includes("word3"));
  await page.click("text=Stop");
  await ready();
  const stopped = await page.textContent("#problem");
  await page.waitForTimeout(2500); // the server ends the answer before: it takes one question at a time
  await say("write 500 words, please");
  await page.waitForFunction(() => document.querySelector("#log p:last-child").textContent.includes("word3"));
  const said = await page.locator("#log p").allTextContents();
  await page.close();
  const elsewhere = requested.filter((each) => !each.startsWith(url));
  console.log(JSON.stringify({ said, failed, stopped, problems, elsewhere }));
} finally {
  await browser.close();
}
"""


@CHAT
def test_a_browser_talks_stops_and_leaves(service, api, own_emulator, machine):
    if CHROMIUM is None:
        pytest.fail("chromium is not on this machine: `make setup` installs it, or says how")
    own_emulator.script(
        "openai",
        {"containing": "fail", "text": "One two three four", "error_after_chunks": 3},
        {"containing": "500 words", "drip_ms": 50, "times": 2},
    )
    saw = seen_by_a_browser(machine, TALKING, CHROMIUM, service, "chat.png", seconds=100)
    assert saw["problems"] == [] and saw["elsewhere"] == []
    assert saw["said"][0] == "say: <b>It is nine.</b>"
    assert saw["said"][1] == "<b>It is nine.</b>"  # as text
    assert saw["said"][5].startswith("One")
    assert saw["failed"] == "The answer cannot be given. Please try again later."
    assert saw["stopped"] == ""
    asked = [
        json.loads(each["body"])["messages"] for each in own_emulator.requests("first question")
    ]
    assert [message["role"] for message in asked[0]] == ["system", "user", "assistant", "user"]
    until("its end", lambda: "running" not in statuses(api, "chat"), seconds=5)
    assert statuses(api, "chat") == ["cancelled", "cancelled", "failed", "completed", "completed"]
    assert (machine.folder / "chat.png").stat().st_size > 5000


REACT = """
import { chromium } from "playwright-core";
const [chromiumPath, url, picture] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage({ viewport: { width: 760, height: 640 } });
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  const asked = [];
  page.on("request", (request) => request.method() === "POST" && asked.push(request.postData()));
  await page.goto(url);
  await page.waitForSelector("input");
  const rendered = asked.length;
  const status = (wanted) => page.waitForSelector(`#log[data-status=${wanted}]`);
  const say = async (text) => {
    await page.fill("input", text);
    await page.click("text=Send");
  };
  await say("say: <b>It is nine.</b>");
  await status("done");
  await say("what was my first question");
  await page.waitForFunction(() => document.querySelectorAll("#log p").length === 4);
  await status("done");
  await page.screenshot({ path: picture });
  const said = await page.locator("#log p").allTextContents();
  await say("fail");
  await status("error");
  const failed = await page.textContent("[role=alert]");
  await page.click("text=Try again");
  await status("done");
  const again = await page.locator("#log p").allTextContents();
  await say("write 500 words");
  await page.waitForFunction(() => document.querySelector("#log p:last-child").textContent.includes("word3"));
  await page.click("text=Stop");
  await status("stopped");
  const kept = await page.locator("#log p").last().textContent();
  await say("write 500 words, please");
  await page.waitForFunction(() => document.querySelectorAll("#log p").length === 10);
  await page.waitForFunction(() => document.querySelector("#log p:last-child").textContent.includes("word3"));
  await page.close();
  console.log(JSON.stringify({ rendered, asked: asked.length, said, failed, again, kept, problems }));
} finally {
  await browser.close();
}
"""


@pytest.mark.parametrize("service", [("react-app", "server.mjs")], indirect=True)
def test_the_react_app_in_a_browser(service, api, own_emulator, machine):
    if CHROMIUM is None:
        pytest.fail("chromium is not on this machine: `make setup` installs it, or says how")
    own_emulator.script(
        "openai",
        {"containing": "fail", "text": "One two three four", "error_after_chunks": 3},
        {"containing": "fail", "text": "All is well again."},
        {"containing": "500 words", "drip_ms": 50, "times": 2},
    )
    saw = seen_by_a_browser(machine, REACT, CHROMIUM, service, "react.png", seconds=150)
    assert saw["problems"] == []
    assert (saw["rendered"], saw["asked"]) == (0, 6)  # StrictMode asks nothing twice
    assert saw["said"][:3] == [
        "say: <b>It is nine.</b>",
        "<b>It is nine.</b>",  # as text
        "what was my first question",
    ]
    assert saw["failed"].startswith("The answer could not be given.")
    assert saw["again"][4:] == ["fail", "All is well again."]
    assert saw["kept"].startswith("word1")
    (second,) = [
        json.loads(each["body"])["messages"] for each in own_emulator.requests("first question")
    ][:1]
    assert [message["role"] for message in second] == ["system", "user", "assistant", "user"]
    until("its end", lambda: "running" not in statuses(api, "react"), seconds=5)
    assert statuses(api, "react") == ["cancelled", "cancelled", "completed", "failed", "completed", "completed"]
