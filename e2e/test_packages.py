"""The packages that need no Java, installed as a user would: with pip into a fresh environment, with npm into a fresh folder."""

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.licenses import canonicalize_license_expression

from support import processes
from support.machine import ROOT, Machine, free_port
from support.typist import ENTER, TAB, Chat
from support.wait import until

pytestmark = pytest.mark.timeout(600)

VERSION = (ROOT / "VERSION").read_text().strip()

# All that a command may find: what a system without Java, Python or Node has.
TOOLS = ("sh", "readlink", "touch", "cp", "mkdir", "mv", "rm")


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """Everything that is published, as far as this machine's platform can make it, made now."""
    made = subprocess.run([ROOT / "packaging/release", "make"], capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    return ROOT / "dist"


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A PATH without a Java, a Python or a Node on it."""
    folder = tmp_path_factory.mktemp("bare")
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, tool
        (folder / tool).symlink_to(found)
    return folder


@pytest.fixture(scope="module")
def environment_of_wheel(dist, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel") / "venv"
    venv.create(folder, with_pip=True)
    (wheel,) = dist.glob("aistrale_cli-*.whl")
    pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--no-index"]
    subprocess.run([*pip, wheel], check=True)
    return folder


@pytest.fixture(scope="module")
def by_npm(dist, tmp_path_factory):
    folder = tmp_path_factory.mktemp("npm")
    packages = sorted(dist.glob("aistrale-cli-*.tgz"))
    assert len(packages) == 2
    subprocess.run(
        ["npm", "install", "--offline", "--no-audit", "--no-fund", "--prefix", folder, *packages],
        check=True,
        capture_output=True,
    )
    return folder / "node_modules/.bin/aistrale"


def npm(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    command = ["npm", "--offline", "--no-audit", "--no-fund", "--loglevel=error", *map(str, arguments)]
    return subprocess.run(command, env={**os.environ, **more}, capture_output=True, text=True)


def node(**more: str) -> dict[str, str]:
    """An environment in which there is a node, too."""
    return {"PATH": os.pathsep.join([str(Path(shutil.which("node")).parent), "/usr/bin", "/bin"]), "JAVA_HOME": "", **more}


def run(command: Path, machine: Machine, bare: Path, *arguments: str, **more: str):
    """Runs an installed command; a variable given as "" is left out."""
    return machine.aistrale(
        *arguments, launcher=command, JAVA_HOME="", **{"PATH": str(bare), **more}
    )


@pytest.mark.parametrize("installer", ["pip", "npm"])
def test_one_line_from_nothing(installer, environment_of_wheel, by_npm, machine, bare):
    command = by_npm if installer == "npm" else environment_of_wheel / "bin/aistrale"
    first = run(command, machine, bare, "run", "Hello, world!")
    assert first.returncode == 0, first.stderr
    assert "demo" in first.stdout
    assert f"No server at {machine.url}: starting one" in first.stderr
    second = run(command, machine, bare, "run", "Hello, world!", "--json")
    assert (second.returncode, second.stderr.count("starting")) == (0, 0)
    assert '"provider":"demo"' in second.stdout.replace(" ", "")
    assert maps_of_server(machine, "server.aot"), "the server runs without its cache of classes"
    stopped = run(command, machine, bare, "stop")
    assert stopped.returncode == 0, stopped.stderr
    until("the server's end", lambda: not processes.of(machine))


@pytest.mark.parametrize("installer", ["pip", "npm"])
def test_a_conversation_at_a_terminal(installer, environment_of_wheel, by_npm, machine, bare):
    command = by_npm if installer == "npm" else environment_of_wheel / "bin/aistrale"
    chat = Chat(machine, launcher=command, PATH=str(bare), TERM="xterm-256color")
    try:
        chat.await_prompt()
        assert "demo" in chat.ask("Hello")
        chat.press("/he", TAB, ENTER)
        assert "/model" in chat.await_prompt()
        chat.leave()
        assert not re.search(r"WARNING|\b(tput|stty|infocmp)\b", chat.screen)
    finally:
        chat.close()
        run(command, machine, bare, "stop")


@pytest.fixture(scope="module")
def with_sdk(dist, tmp_path_factory):
    """A fresh environment after `pip install aistrale`; aistrale-cli is not named, and comes along."""
    folder = tmp_path_factory.mktemp("sdk") / "venv"
    venv.create(folder, with_pip=True)
    (wheel,) = dist.glob("aistrale-*.whl")
    pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--find-links", dist, wheel], check=True)
    return folder / "bin/python"


@pytest.mark.parametrize(
    "line",
    [
        "import aistrale; print(aistrale.run('Hello'))",
        "import aistrale, asyncio; print(asyncio.run(aistrale.run_async('Hello')))",
    ],
    ids=["sync", "async"],
)
def test_one_line_of_python_from_nothing(with_sdk, machine, line):
    environment = machine.environment(JAVA_HOME="/nowhere")
    for _ in range(2):
        done = subprocess.run(
            [with_sdk, "-W", "error", "-c", line],
            env=environment,
            cwd=machine.folder,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        assert "demo provider" in done.stdout
    assert maps_of_server(machine, "server.aot")


def test_the_version_is_the_checkouts(environment_of_wheel, by_npm, machine, bare):
    version = f"aistrale {(ROOT / 'VERSION').read_text().strip()}\n"
    for command in (environment_of_wheel / "bin/aistrale", by_npm):
        assert run(command, machine, bare, "--version").stdout == version


def test_python_programs_find_the_command(environment_of_wheel):
    python = environment_of_wheel / "bin/python"
    asked = "import aistrale_cli; print(aistrale_cli.command())"
    found = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()) == (environment_of_wheel / "lib/aistrale/bin/aistrale").resolve()
    module = subprocess.run(
        [python, "-m", "aistrale_cli", "--version"], capture_output=True, text=True, check=True
    )
    assert module.stdout.startswith("aistrale ")
    os.rename(environment_of_wheel / "lib/aistrale", environment_of_wheel / "lib/elsewhere")
    try:
        broken = subprocess.run([python, "-c", asked], capture_output=True, text=True)
        assert "pip install --force-reinstall aistrale-cli" in broken.stderr
    finally:
        os.rename(environment_of_wheel / "lib/elsewhere", environment_of_wheel / "lib/aistrale")


def test_every_program_is_there(environment_of_wheel, machine, bare):
    command = environment_of_wheel / "bin/aistrale"
    assert "backup" in run(command, machine, bare, "admin", "--help").stdout
    emulator = start(command, machine, bare, "emulator", "--port", "0")
    try:
        assert emulator.stdout.readline().startswith(b"emulator listening on http://127.0.0.1:")
    finally:
        emulator.send_signal(signal.SIGTERM)
        emulator.communicate(timeout=30)


def test_installed_again_its_caches_fit_again(environment_of_wheel, machine, bare):
    """What pip does to the age of files must cost one start, not every start from then on."""
    lib = environment_of_wheel / "lib/aistrale"
    command = environment_of_wheel / "bin/aistrale"
    assert run(command, machine, bare, "--version").returncode == 0
    for file in [*(lib / "jars").iterdir(), lib / "bin/aistrale"]:
        os.utime(file)
    assert server_uses_cache(command, machine, bare)


def test_a_place_with_spaces_and_letters_of_every_kind(dist, machine, bare, tmp_path):
    """As a person's own folder may be called, with a home that is empty; and uninstalled, nothing of it stays."""
    folder = tmp_path / "Größe & Maß 试/venv"
    venv.create(folder, with_pip=True)
    (wheel,) = dist.glob("aistrale_cli-*.whl")
    pip = [folder / "bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    before = {each for each in folder.rglob("*") if "__pycache__" not in each.parts}
    subprocess.run([*pip, "install", "--no-index", wheel], check=True)
    command = folder / "bin/aistrale"
    done = run(command, machine, bare, "run", "Grüße 试")
    assert done.returncode == 0 and "Grüße 试" in done.stdout, done.stderr
    assert maps_of_server(machine, "server.aot"), "its caches fit"
    beside = machine.folder / "aistrale of mine"
    beside.symlink_to(command)
    assert run(beside, machine, bare, "whoami").returncode == 0
    assert run(beside, machine, bare, "stop").returncode == 0
    until("the server's end", lambda: not processes.of(machine))
    module = subprocess.run([folder / "bin/python", "-m", "aistrale_cli", "--version"], capture_output=True, text=True)
    assert module.stdout.startswith("aistrale "), module.stderr
    subprocess.run([*pip, "uninstall", "--yes", "aistrale-cli"], check=True, stderr=subprocess.PIPE)
    assert {each for each in folder.rglob("*") if "__pycache__" not in each.parts} == before


def test_two_versions_beside_each_other(environment_of_wheel, by_npm, machine, bare, tmp_path):
    """Another build, of another version: each has its own copies, and an older server is said to be one."""
    older = tmp_path / "older"
    shutil.copytree(environment_of_wheel / "lib/aistrale", older, symlinks=True)
    launcher = older / "bin/aistrale"
    launcher.write_text(launcher.read_text().replace(f'version="{VERSION}"', 'version="0.0.9"'))
    assert run(launcher, machine, bare, "--version").stdout == "aistrale 0.0.9\n"
    assert run(by_npm, machine, bare, "--version").stdout == f"aistrale {VERSION}\n"
    assert run(launcher, machine, bare, "run", "Hello").returncode == 0
    other = run(by_npm, machine, bare, "run", "Hello")
    assert (other.returncode, other.stderr.count("starting")) == (0, 0), "one server for both"
    assert run(launcher, machine, bare, "stop").returncode == 0


def test_where_nobody_may_write_it_works_too(environment_of_wheel, tmp_path, bare):
    if os.getuid() != 0:
        pytest.skip("only root can become somebody who may not write there")
    home = tmp_path / "home"
    home.mkdir()
    installed = tmp_path / "installed"
    shutil.copytree(environment_of_wheel, installed, symlinks=True)
    (installed / "lib/aistrale/.aged").unlink(missing_ok=True)
    for folder in (tmp_path, bare):
        reachable(folder)
    os.chown(home, 65534, 65534)
    closed = tmp_path / "closed"  # a home that is there and not his
    closed.mkdir(mode=0o755)

    def nobody(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [installed / "bin/aistrale", *arguments]
        known = {"PATH": str(bare), **environment}
        return subprocess.run(
            command, env=known, user=65534, group=65534, extra_groups=[], cwd="/", capture_output=True, text=True, timeout=60
        )

    for environment in ({"HOME": str(home)}, {"HOME": str(home)}, {"HOME": str(closed)}, {}):
        assert nobody("--version", **environment).stdout == f"aistrale {VERSION}\n"
        done = nobody("config", "get", "api_url", **environment)  # with java
        assert (done.returncode, done.stdout, done.stderr) == (0, "http://127.0.0.1:16000\n", "")
    copies = list((home / ".cache/aistrale").iterdir())
    assert len(copies) == 1 and list(copies[0].glob("aistrale-cli.jar"))
    asked = nobody("run", "Hello", HOME=str(closed), AISTRALE_PORT=str(free_port()), AISTRALE_API_URL=f"http://127.0.0.1:{free_port()}")
    assert asked.returncode == 1 and "AISTRALE_DATA_DIR" in asked.stderr and "\tat " not in asked.stderr, asked.stderr
    assert not any(closed.iterdir())


def test_npm_into_a_prefix_and_by_npx(dist, machine, bare, tmp_path):
    prefix = tmp_path / "pre fix"
    installed = npm("install", "--global", "--prefix", prefix, *sorted(dist.glob("aistrale-cli-*.tgz")))
    assert installed.returncode == 0, installed.stderr
    command = prefix / "bin/aistrale"
    assert run(command, machine, bare, "config", "get", "api_url").stdout.strip() == machine.url
    assert run(command, machine, bare, "--version").stdout == f"aistrale {VERSION}\n"
    modules = prefix / "lib/node_modules"
    packages = [f"--package={modules / name}" for name in ("aistrale-cli", f"@aistrale/{platform_package(dist)}")]
    by_npx = npm("exec", "--yes", *packages, "--", "aistrale", "--version", npm_config_prefix=str(prefix), HOME=str(tmp_path))
    assert by_npx.stdout == f"aistrale {VERSION}\n", by_npx.stderr
    assert npm("uninstall", "--global", "--prefix", prefix, "aistrale-cli", f"@aistrale/{platform_package(dist)}").returncode == 0
    assert not command.exists() and not list(modules.glob("*aistrale*/*"))


def platform_package(dist: Path) -> str:
    (package,) = [each for each in dist.glob("aistrale-cli-*-*.tgz") if "-linux" in each.name or "-macos" in each.name]
    return package.name.removeprefix("aistrale-").removesuffix(f"-{VERSION}.tgz")


@pytest.fixture(scope="module")
def without_scripts(dist, tmp_path_factory):
    """Where no install script may run, and packages are links into a store, as pnpm lays them out."""
    store = tmp_path_factory.mktemp("store")
    packages = sorted(dist.glob("aistrale-cli-*.tgz"))
    done = npm("install", "--prefix", store, "--install-strategy=linked", *packages, npm_config_ignore_scripts="true")
    assert done.returncode == 0, done.stderr
    assert any(each.is_symlink() for each in (store / "node_modules").iterdir())
    return store / "node_modules/.bin/aistrale"


def test_npm_without_install_scripts_in_a_store_of_links(without_scripts, machine):
    assert without_scripts.resolve().read_text().startswith("#!/usr/bin/env node")
    done = machine.aistrale("run", "Hello", launcher=without_scripts, **node())
    assert done.returncode == 0 and "demo" in done.stdout, done.stderr
    assert maps_of_server(machine, "server.aot")
    wrong = machine.aistrale("telemtry", launcher=without_scripts, **node())
    assert wrong.returncode == 2 and "Did you mean" in wrong.stderr, "its exit code is the command's"
    assert machine.aistrale("stop", launcher=without_scripts, **node()).returncode == 0


def test_what_ends_the_command_ends_what_node_started(without_scripts, machine):
    environment = machine.environment(**node())
    emulator = subprocess.Popen([without_scripts, "emulator", "--port", "0"], env=environment, stdout=subprocess.PIPE, preexec_fn=processes.end_with_the_tests)
    line = emulator.stdout.readline().decode()
    emulator.send_signal(signal.SIGTERM)
    assert emulator.wait(timeout=30) != 0
    port = int(re.search(r":(\d+)", line)[1])
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    emulator.stdout.close()


@pytest.mark.parametrize(
    ("pretence", "said"),
    [
        ("Object.defineProperty(process, 'platform', {value: 'win32'})", "no build of it for win32-x64; there are linux-arm64, linux-x64, macos-arm64, macos-x64"),
        ("Object.defineProperty(process, 'arch', {value: 'riscv64'})", "no build of it for linux-riscv64; there are linux-arm64"),
        ("process.report.getReport = () => ({header: {}})", "needs the C library glibc"),
    ],
    ids=["windows", "another processor", "another C library"],
)
def test_a_machine_that_there_is_no_build_for(without_scripts, machine, tmp_path, pretence, said):
    (tmp_path / "pretend.js").write_text(pretence)
    done = machine.aistrale("--version", launcher=without_scripts, NODE_OPTIONS=f"--require={tmp_path}/pretend.js", **node())
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr and done.stderr.startswith("aistrale: ") and done.stderr.count("\n") == 1


def test_npm_without_optional_packages(dist, machine, tmp_path):
    (package,) = dist.glob(f"aistrale-cli-{VERSION}.tgz")
    assert npm("install", "--prefix", tmp_path, "--omit=optional", package).returncode == 0
    done = machine.aistrale("--version", launcher=tmp_path / "node_modules/.bin/aistrale", **node())
    assert done.returncode == 1
    assert "left it out. npm install --include=optional aistrale-cli" in done.stderr and done.stderr.count("\n") == 1


def test_two_first_starts_at_once(dist, tmp_path, bare):
    folder = tmp_path / "venv"
    venv.create(folder, with_pip=True)
    (wheel,) = dist.glob("aistrale_cli-*.whl")
    subprocess.run([folder / "bin/python", "-m", "pip", "install", "-q", "--no-index", wheel], check=True)
    started = [
        subprocess.Popen([folder / "bin/aistrale", "--version"], env={"PATH": str(bare)}, stdout=subprocess.PIPE)
        for _ in range(6)
    ]
    assert {each.communicate(timeout=60)[0][:9] for each in started} == {b"aistrale "}


def test_the_same_sources_make_the_same_small_packages(dist):
    """What does not hold caches of classes: those java makes a little different each time."""
    (package,) = [each for each in dist.glob("aistrale-cli-*.tgz") if "-linux" not in each.name]
    before = package.read_bytes()
    subprocess.run([ROOT / "packaging/build", "npm"], check=True, capture_output=True)
    assert package.read_bytes() == before


def test_checksums_are_of_everything(dist):
    listed = dict(reversed(line.split("  ")) for line in (dist / "SHA256SUMS").read_text().splitlines())
    there = {each.name for each in dist.iterdir() if each.is_file() and each.name != "SHA256SUMS"}
    assert set(listed) == there
    assert subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=dist).returncode == 0


def test_the_bill_of_material_is_of_what_is_inside(dist, environment_of_wheel):
    (bill,) = environment_of_wheel.rglob("*.dist-info/sboms/*.json")
    components = json.loads(bill.read_text())["components"]
    hashes = {each["hashes"][0]["content"] for each in components if each.get("hashes")}
    jars = sorted((environment_of_wheel / "lib/aistrale/jars").glob("*.jar"))
    assert jars
    for jar in jars:
        assert hashlib.sha256(jar.read_bytes()).hexdigest() in hashes, jar.name
    assert all(each.get("licenses") for each in components)
    inside = {each["name"]: each for each in components}
    assert {"openjdk", "picocli", "swagger-ui-dist", "sqlite-jdbc", "sqlite"} <= inside.keys()
    java = subprocess.run([environment_of_wheel / "lib/aistrale/runtime/bin/java", "--list-modules"], capture_output=True, text=True)
    modules = {line.split("@")[0] for line in java.stdout.splitlines()}
    assert set(inside["openjdk"]["properties"][0]["value"].split()) == modules
    assert inside["openjdk"]["version"].split("+")[0] in java.stdout
    assert "BSD-3-Clause" in str(inside["jline-reader"]["licenses"])
    for other in dist.glob("*.cdx.json"):
        validated(other.read_text())


def test_what_others_made_goes_with_its_license(dist, environment_of_wheel, by_npm):
    """Each part of the bill is listed with its texts, and the texts are there, installed by either."""
    npm_package = by_npm.parent.parent / "@aistrale" / platform_package(dist)
    for home in (environment_of_wheel / "lib/aistrale", npm_package):
        components = json.loads((home / "sbom.cdx.json").read_text())["components"]
        listed = (home / "THIRD-PARTY.txt").read_text().split("\n\n")[1:]
        heads = {entry.splitlines()[0].rpartition(": ")[0]: entry.splitlines()[1:] for entry in listed}
        others = {f"{each['name']} {each['version']}" for each in components if each.get("group") != "com.aistrale"}
        assert set(heads) == others
        for name, lines in heads.items():
            texts = [line.strip() for line in lines if not line.startswith("  source: ")]
            assert texts, name
            for text in texts:
                assert (home / text).stat().st_size > 40, (name, text)
    openjdk = next(lines for name, lines in heads.items() if name.startswith("openjdk "))
    assert any("source: " in line for line in openjdk)
    license_of_java = (home / "legal/openjdk/java.base-LICENSE").read_text()
    assert "The GNU General Public License (GPL)" in license_of_java and '"CLASSPATH" EXCEPTION' in license_of_java
    (info,) = environment_of_wheel.rglob("aistrale_cli-*.dist-info")
    about = (info / "METADATA").read_text()
    expression = re.search(r"(?m)^License-Expression: (.*)$", about)[1]
    assert canonicalize_license_expression(expression) == expression
    assert {"GPL-2.0-only WITH Classpath-exception-2.0", "Apache-2.0", "BSD-3-Clause"} <= set(expression.split(" AND "))
    assert json.loads((npm_package / "package.json").read_text())["license"] == expression
    for file in re.findall(r"(?m)^License-File: (.*)$", about):
        assert (info / "licenses" / file).is_file()


def validated(bill: str) -> None:
    errors = JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill)
    assert errors is None, errors


def test_the_java_sdk_runs_without_anything_beside_it(dist, tmp_path):
    (bundle,) = dist.glob("*-maven.zip")
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(tmp_path)
    (jar,) = (each for each in tmp_path.rglob("*.jar") if "-sources" not in each.name and "-javadoc" not in each.name)
    with zipfile.ZipFile(jar) as archive:
        assert archive.read("META-INF/LICENSE") == (ROOT / "LICENSE").read_bytes()
    for file in tmp_path.rglob("*.sha1"):
        assert hashlib.sha1(file.with_suffix("").read_bytes()).hexdigest() == file.read_text()
    program = tmp_path / "Ask.java"
    program.write_text(
        "import com.aistrale.*;\n"
        "void main() {\n"
        '  var client = Aistrale.builder().apiUrl("http://127.0.0.1:1").apiKey("ais_x").maxRetries(0).build();\n'
        '  try { client.run("Hello");\n'
        "  } catch (ApiConnectionException e) { IO.println(e.getMessage()); }\n"
        "}\n"
    )
    java = subprocess.run([ROOT / "tools/java-home"], capture_output=True, text=True, check=True).stdout.strip()
    done = subprocess.run([f"{java}/bin/java", "-cp", jar, program], capture_output=True, text=True)
    assert "http://127.0.0.1:1" in done.stdout, done.stderr


def test_a_dry_run_says_what_would_be_published(dist):
    done = release("publish", "pypi", "npm", "maven", "go", "openvsx", "github")
    assert done.returncode == 0, done.stdout + done.stderr
    version = (ROOT / "VERSION").read_text().strip()
    would = [line.split(": would publish ")[1] for line in done.stdout.splitlines() if ": would publish " in line]
    packages = {each.name for each in dist.iterdir() if each.suffix in (".whl", ".gz", ".tgz", ".zip")}
    assert set(would) == packages
    assert would.index(f"aistrale-cli-linux-x64-{version}.tgz") < would.index(f"aistrale-cli-{version}.tgz")


def test_what_was_changed_after_the_checksums_is_not_published(dist):
    (package,) = dist.glob("aistrale-sdk-*.tgz")
    before = package.read_bytes()
    package.write_bytes(before + b"x")
    try:
        done = release("publish", "npm")
        assert done.returncode == 1
        assert f"dist/{package.name} is not what SHA256SUMS says" in done.stderr
    finally:
        package.write_bytes(before)


def test_publishing_for_real_wants_a_release_that_is_one(dist):
    """Here the change log says "Unreleased": nothing goes out."""
    done = release("publish", "pypi", "--for-real")
    assert done.returncode == 1
    assert "CHANGELOG.md has no" in done.stderr


def test_the_workflow_is_one(tmp_path):
    """What a release does runs above; here, that the file which calls it is understood."""
    linter = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
    done = subprocess.run(
        ["go", "run", linter, ROOT / ".github/workflows/release.yml"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def release(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([ROOT / "packaging/release", *arguments], capture_output=True, text=True)


def test_another_platforms_image_is_refused_in_words():
    other = "macos-arm64" if sys.platform == "linux" else "linux-x64"
    done = subprocess.run(
        [ROOT / "packaging/build", "image", "--platform", other], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert f"the image of {other} is made on {other}" in done.stderr


def start(command: Path, machine: Machine, bare: Path, *arguments: str):
    environment = machine.environment(PATH=str(bare))
    return subprocess.Popen(
        [command, *arguments],
        env={name: value for name, value in environment.items() if name != "JAVA_HOME"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=processes.end_with_the_tests,
    )


def server_uses_cache(command: Path, machine: Machine, bare: Path) -> bool:
    server = start(command, machine, bare, "serve")
    try:
        until("the first key", machine.key_in_profile)
        return "server.aot" in Path(f"/proc/{server.pid}/maps").read_text()
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)


def maps_of_server(machine: Machine, name: str) -> bool:
    return any(name in Path(f"/proc/{pid}/maps").read_text() for pid in processes.of(machine))


def reachable(folder: Path) -> None:
    """Lets everybody through to a folder of the tests."""
    for each in (folder, *folder.parents):
        if each == Path("/"):
            return
        each.chmod(each.stat().st_mode | 0o055)
