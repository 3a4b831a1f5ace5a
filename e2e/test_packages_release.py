"""A release that stops half way and is repeated: twine, npm, gpg and git as they are, registries on this machine (support/registries.py).

It runs in a copy of the checkout in which the change log has the version, with small packages in dist/.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from support.machine import ROOT
from support.registries import TOKENS, registries

pytestmark = pytest.mark.timeout(180)

VERSION = (ROOT / "VERSION").read_text().strip()
PLATFORMS = {"linux-x64": "manylinux_2_28_x86_64", "linux-arm64": "manylinux_2_28_aarch64", "macos-arm64": "macosx_11_0_arm64", "macos-x64": "macosx_11_0_x86_64"}
NOTES = "- The first release.\n- It says `$(what)` it does."
EVERY_CHANNEL = ("pypi", "npm", "maven", "go", "openvsx", "github")


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def twine():
    """The environment that has twine, made where it is missing."""
    made = subprocess.run([ROOT / "sdk/python/make-venv"], capture_output=True, text=True, check=True)
    return made.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    """A home of gpg with a key."""
    if shutil.which("gpg") is None:
        pytest.skip("gpg is not here")
    home = tmp_path_factory.mktemp("gpg")
    home.chmod(0o700)
    key = ["gpg", "--batch", "--passphrase", "", "--quick-generate-key", "Release <r@example.com>", "ed25519", "sign", "0"]
    environment = {**os.environ, "GNUPGHOME": str(home)}
    subprocess.run(key, env=environment, check=True, capture_output=True)
    yield home
    subprocess.run(["gpgconf", "--kill", "all"], env=environment, check=True)


@pytest.fixture
def checkout(tmp_path, twine):
    """A copy of this checkout as it is before a release, with what it would publish."""
    copy = tmp_path / "checkout"
    listed = ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split("\0"):
        if name.startswith(("packaging/", "contract/", "tools/")) or name.endswith("pom.xml") or name in WANTED:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    (copy / "CHANGELOG.md").write_text(f"# Changelog\n\n## Unreleased\n\n- Later.\n\n## {VERSION} (2026-02-03)\n\n{NOTES}\n\n## 0.0.9 (2025-01-01)\n\n- Before.\n")
    (copy / "sdk/go").mkdir()
    (copy / "sdk/go/go.mod").write_text("module example.com/aistrale\n")
    (copy / ".gitignore").write_text("dist/\n__pycache__/\n")
    (copy / "sdk/python").mkdir(exist_ok=True)
    (copy / "sdk/python/make-venv").write_text(f"#!/bin/sh\necho '{twine}'\n")
    (copy / "sdk/python/make-venv").chmod(0o755)
    shutil.copy(copy / "contract/openapi.yaml", copy / f"contract/released/openapi-{VERSION}.yaml")
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", copy], check=True)
    subprocess.run(["git", "init", "--quiet", "--bare", tmp_path / "origin"], check=True)
    git(copy, "add", "--all")
    git(copy, "commit", "--quiet", "--message", "A release")
    git(copy, "remote", "add", "origin", str(tmp_path / "origin"))
    packages(copy / "dist")
    return copy


WANTED = ("VERSION", "LICENSE", "sdk/typescript/package.json", "sdk/python/pyproject.toml")


def packages(dist: Path) -> None:
    dist.mkdir()
    for platform in PLATFORMS.values():
        wheel(dist, "aistrale_cli", f"py3-none-{platform}")
    for name in ("aistrale", "aistrale_client"):
        wheel(dist, name, "py3-none-any")
        folder = f"{name}-{VERSION}"
        tar(dist / f"{folder}.tar.gz", {f"{folder}/PKG-INFO": about(name), f"{folder}/pyproject.toml": "[project]\n"})
    names = {f"aistrale-cli-{each}": f"@aistrale/cli-{each}" for each in PLATFORMS}
    for file, name in {**names, "aistrale-cli": "aistrale-cli", "aistrale-sdk": "@aistrale/sdk"}.items():
        described = json.dumps({"name": name, "version": VERSION, "repository": "x/y"})
        tar(dist / f"{file}-{VERSION}.tgz", {"package/package.json": described, "package/README.md": name})
    with zipfile.ZipFile(dist / f"aistrale-sdk-{VERSION}-maven.zip", "w") as archive:
        for kind in (".pom", ".jar", "-sources.jar", "-javadoc.jar"):
            path = f"com/aistrale/aistrale-sdk/{VERSION}/aistrale-sdk-{VERSION}{kind}"
            archive.writestr(path, kind)
            archive.writestr(f"{path}.sha1", hashlib.sha1(kind.encode()).hexdigest())
    with zipfile.ZipFile(dist / "aistrale.vsix", "w") as archive:
        archive.writestr("extension/package.json", json.dumps({"publisher": "aistrale", "name": "editor", "version": VERSION}))
    summed(dist)


def summed(dist: Path) -> None:
    files = sorted(file for file in dist.iterdir() if file.name != "SHA256SUMS")
    (dist / "SHA256SUMS").write_text("".join(f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n" for each in files))


def about(name: str) -> str:
    return (
        f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {VERSION}\nSummary: x\n"
        "Description-Content-Type: text/markdown\n\nWords.\n"
    )


def wheel(dist: Path, name: str, tag: str) -> None:
    info = f"{name}-{VERSION}.dist-info"
    with zipfile.ZipFile(dist / f"{name}-{VERSION}-{tag}.whl", "w") as archive:
        archive.writestr(f"{info}/METADATA", about(name))
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: false\nTag: {tag}\n")
        archive.writestr(f"{info}/RECORD", "")


def tar(file: Path, contents: dict[str, str]) -> None:
    with tarfile.open(file, "w:gz") as archive:
        for path, text in contents.items():
            member = tarfile.TarInfo(path)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))


@pytest.fixture
def there():
    with registries() as kept:
        yield kept


@pytest.fixture
def release(checkout, there, signer, tmp_path):
    """Runs `packaging/release` as the workflow does, with all that it needs; a variable given as "" is left out."""
    npm_cache = tmp_path / "npm"
    there.vsx[f"api/aistrale/editor/{VERSION}"] = (checkout / "dist/aistrale.vsix").read_bytes()
    known = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GNUPGHOME": str(signer),
        "TWINE_USERNAME": "__token__",
        "TWINE_PASSWORD": TOKENS["pypi"],
        "TWINE_REPOSITORY_URL": f"{there.url}/pypi/legacy/",
        "PYPI_INDEX_URL": f"{there.url}/pypi/simple",
        "NODE_AUTH_TOKEN": TOKENS["npm"],
        "NPM_REGISTRY_URL": f"{there.url}/npm/",
        "npm_config_cache": str(npm_cache),
        "npm_config_update_notifier": "false",
        "MAVEN_PUBLISHER_URL": f"{there.url}/maven",
        "MAVEN_REPOSITORY_URL": f"{there.url}/repository",
        "MAVEN_UPLOAD_TOKEN": TOKENS["maven"],
        "MAVEN_POLL_SECONDS": "0.05",
        "OVSX_PAT": "ovsx-secret",
        "OVSX_REGISTRY_URL": f"{there.url}/vsx",
        "GITHUB_API_URL": f"{there.url}/github",
        "GITHUB_REPOSITORY": "aistrale/aistrale",
        "GITHUB_TOKEN": TOKENS["github"],
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.com",
    }

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in {**known, **more}.items() if value}
        done = subprocess.run([checkout / "packaging/release", *arguments], env=environment, capture_output=True, text=True, timeout=120)
        for secret in (*TOKENS.values(), "ovsx-secret"):
            assert secret not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


def published(release, *channels: str, **more: str) -> subprocess.CompletedProcess[str]:
    return release("publish", "--for-real", *channels, **more)


def test_a_release_that_stops_half_way_goes_on_when_it_is_repeated(release, there, checkout, tmp_path):
    there.refusing = {"npm": 2}
    stopped = published(release, *EVERY_CHANNEL)
    assert stopped.returncode == 1
    assert "npm: npm failed" in stopped.stderr and "not begun: maven, go, openvsx, github" in stopped.stderr
    assert "Repeat the same command" in stopped.stderr
    assert len(there.pypi) == 8 and len(there.npm) == 2
    assert not there.maven and not there.releases and not git(tmp_path / "origin", "tag")
    before = list(there.accepted)

    there.refusing = {"github": 3}
    further = published(release, *EVERY_CHANNEL)
    assert further.returncode == 1 and "github: GitHub answered" in further.stderr, further.stderr
    assert further.stdout.count("left alone") == 8 + 2 + 1  # what PyPI, npm and Open VSX have
    assert len(there.npm) == 6
    assert [each["type"] for each in there.maven.values()] == ["AUTOMATIC"]
    assert git(tmp_path / "origin", "tag") == f"sdk/go/v{VERSION}"
    assert there.releases[0]["draft"] and len(there.releases[0]["assets"]) == 3

    there.refusing = {}
    whole = published(release, *EVERY_CHANNEL)
    assert whole.returncode == 0, whole.stderr
    (page,) = there.releases
    assert (page["tag_name"], page["draft"], page["body"]) == (f"v{VERSION}", False, NOTES)
    assert {each["name"] for each in page["assets"]} == {each.name for each in (checkout / "dist").iterdir()}
    assert len(set(there.accepted)) == len(there.accepted), "nothing was sent twice"
    assert there.accepted[: len(before)] == before
    assert before[:4] == [f"pypi aistrale_cli-{VERSION}-py3-none-{each}.whl" for each in sorted(PLATFORMS.values())]
    sent = [each for each in there.accepted if each.startswith("npm ")]
    assert sent.index("npm aistrale-cli") == 4, "after the packages that it depends on"
    with zipfile.ZipFile(io.BytesIO(there.maven["id-0"]["bundle"])) as bundle:
        signatures = [each for each in bundle.namelist() if each.endswith(".asc")]
    assert len(signatures) == 4

    accepted = len(there.accepted)
    again = published(release, *EVERY_CHANNEL)
    assert again.returncode == 0, again.stderr
    assert len(there.accepted) == accepted and len(there.maven) == 1
    assert f"the tag sdk/go/v{VERSION} is there already, at this commit" in again.stdout
    assert "cannot be compared yet" in again.stdout


def test_all_that_is_in_the_way_is_said_before_anything_is_sent(release, there, tmp_path):
    done = published(
        release,
        *EVERY_CHANNEL,
        TWINE_PASSWORD="",
        NODE_AUTH_TOKEN="npm_wrong",
        MAVEN_UPLOAD_TOKEN="wrong",
        GNUPGHOME=str(tmp_path / "none"),
        GIT_COMMITTER_NAME="",
        GIT_COMMITTER_EMAIL="",
        GITHUB_TOKEN="ghs_wrong",
        OVSX_REGISTRY_URL="",
    )
    assert done.returncode == 1
    for said in (
        "pypi: TWINE_PASSWORD is not set",
        "npm: npm's registry does not accept NODE_AUTH_TOKEN (HTTP 401)",
        "maven: gpg cannot sign",
        "maven: Maven Central does not accept MAVEN_UPLOAD_TOKEN (HTTP 401)",
        "go: git has no name for who tags",
        "openvsx: OVSX_REGISTRY_URL is not set",
        "github: GitHub does not let GITHUB_TOKEN see the releases",
        "nothing was published",
    ):
        assert f"release: {said}" in done.stderr, done.stderr
    assert there.accepted == [] and not git(tmp_path / "origin", "tag")


def test_a_registry_that_cannot_be_reached_stops_it_before_anything_is_sent(release, there):
    done = published(release, "pypi", "npm", NPM_REGISTRY_URL="http://127.0.0.1:1/")
    assert done.returncode == 1 and "npm: http://127.0.0.1:1/-/whoami cannot be reached" in done.stderr
    assert there.accepted == []


@pytest.mark.parametrize("channel", ["pypi", "npm", "openvsx", "maven", "github"])
def test_what_is_published_and_another_than_ours_stops_it(channel, release, there, checkout):
    if channel == "maven":
        assert published(release, "maven").returncode == 0
        jar = f"com/aistrale/aistrale-sdk/{VERSION}/aistrale-sdk-{VERSION}.jar.sha1"
        there.repository[jar] = hashlib.sha1(b".jar").hexdigest().encode() + b"\n"
        assert published(release, "maven").returncode == 0, "the same"
        there.repository[jar] = hashlib.sha1(b"another").hexdigest().encode()
    else:
        if channel != "openvsx":
            assert published(release, channel).returncode == 0
        name = {"pypi": f"aistrale_client-{VERSION}.tar.gz", "npm": f"aistrale-sdk-{VERSION}.tgz", "openvsx": "aistrale.vsix", "github": "aistrale.vsix"}[channel]
        changed(checkout / "dist" / name)
        summed(checkout / "dist")
    sent = len(there.accepted)
    done = published(release, "pypi", channel)
    assert done.returncode == 1
    assert f"release: {channel}: {channel} has " in done.stderr and "release a new version" in done.stderr
    assert len(there.accepted) == sent, "not even to the channel before it"


def changed(file: Path) -> None:
    """The same package with something more inside, as another build would be."""
    if file.suffix == ".vsix":
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr("more", "more")
        return
    with tarfile.open(file) as archive:
        contents = {each.name: archive.extractfile(each).read().decode() for each in archive.getmembers()}
    tar(file, {**contents, f"{next(iter(contents)).split('/')[0]}/more": "more"})


def test_what_maven_central_refuses_is_said_and_in_nobodys_way(release, there):
    there.verdict = "FAILED"
    refused = published(release, "maven")
    assert refused.returncode == 1 and "Invalid signature" in refused.stderr
    assert there.maven == {}, "it was thrown away"
    there.verdict = "PUBLISHING"
    assert published(release, "maven").returncode == 0
    there.maven.clear()
    there.verdict = "VALIDATING"
    waiting = published(release, "maven", MAVEN_WAIT_SECONDS="0.3")
    assert waiting.returncode == 1 and "still says VALIDATING of deployment id-0" in waiting.stderr
    there.verdict = "FAILED"
    there.late = "id-0"  # what was waited for comes out while the second is looked at
    late = published(release, "maven")
    assert late.returncode == 0 and "published meanwhile, by an earlier deployment" in late.stdout, late.stderr
    assert list(there.maven) == ["id-0"]


def test_a_tag_of_go_that_is_elsewhere_stops_it(release, checkout, tmp_path):
    assert published(release, "go").returncode == 0
    assert git(tmp_path / "origin", "cat-file", "-t", f"sdk/go/v{VERSION}") == "tag"
    assert git(tmp_path / "origin", "rev-parse", f"sdk/go/v{VERSION}^{{commit}}") == git(checkout, "rev-parse", "HEAD")
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "More")
    git(checkout, "tag", "--delete", f"sdk/go/v{VERSION}")
    done = published(release, "go")
    assert done.returncode == 1 and "release a new version" in done.stderr
    git(tmp_path / "origin", "tag", "--delete", f"sdk/go/v{VERSION}")
    git(checkout, "tag", f"sdk/go/v{VERSION}", "HEAD~1")
    stale = published(release, "go")
    assert stale.returncode == 1 and "was not pushed" in stale.stderr
    assert git(tmp_path / "origin", "tag") == ""


def test_a_page_gets_the_versions_own_part_and_a_version_without_one_is_no_release(release, there, checkout):
    assert release("notes").stdout == NOTES + "\n"
    for text, said in (
        ("# Changelog\n\n## Unreleased\n\n- Later.\n", f'CHANGELOG.md has no "## {VERSION} (YYYY-MM-DD)"'),
        (f"# Changelog\n\n## {VERSION} (2026-02-03)\n\n\n## 0.0.9 (2025-01-01)\n\n- Before.\n", f"CHANGELOG.md says nothing below {VERSION}"),
    ):
        (checkout / "CHANGELOG.md").write_text(text)
        git(checkout, "commit", "--quiet", "--all", "--message", "Without")
        done = published(release, *EVERY_CHANNEL)
        assert done.returncode == 1 and said in done.stderr
        assert release("check").returncode == 1
        assert release("notes").returncode == 1
    assert there.accepted == []


def test_what_the_checksums_do_not_know_is_not_published(release, there, checkout):
    (checkout / "dist/aistrale_cli-0.0.9-py3-none-any.whl").write_bytes(b"old")
    done = published(release, "pypi")
    assert done.returncode == 1 and "SHA256SUMS does not know aistrale_cli-0.0.9-py3-none-any.whl" in done.stderr
    assert there.accepted == []
