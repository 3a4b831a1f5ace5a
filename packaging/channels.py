"""Where a release goes. A channel says all that is in the way before anything is sent anywhere, and what is there already, byte by byte,
is left alone: so a release that stopped half way is repeated by the same command. What is there and is not the same stops everything.

A channel's `missing` is what it has still to send, once `troubles` has looked.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from build import DIST, PLATFORMS, ROOT, VERSION, tool

TAG = f"v{VERSION}"
MAVEN = DIST / f"aistrale-sdk-{VERSION}-maven.zip"
"""The Java SDK as Maven Central takes it: one archive with the layout of a repository."""
OVSX = "ovsx@0.10.6"
ANSWERS_WITHIN = 60.0
"""Seconds that a registry has for one answer."""


class Stopped(Exception):
    """What a registry said, or did not say, that a release cannot go on after."""


class Channel:
    """One place that packages are published at."""

    name = ""

    def __init__(self) -> None:
        self.missing: list[Path] = []

    def would(self) -> None:
        """Say what would be published, after all that can be looked at without credentials."""
        raise NotImplementedError

    def troubles(self) -> Iterator[str]:
        """Yield what is in the way, and learn what is still missing there. Sends nothing."""
        raise NotImplementedError

    def publish(self) -> None:
        """Send what is missing. Stopped where it is refused."""
        raise NotImplementedError

    def compared(self, files: dict[Path, str | None], digests: dict[Path, str]) -> Iterator[str]:
        """Sort files by the digest that is published of each: None is missing, another than ours a trouble."""
        self.missing = []
        for file, there in files.items():
            if there is None:
                self.missing.append(file)
            elif there == digests[file]:
                print(f"{self.name}: {file.name} is there already, the same; left alone")
            else:
                yield (
                    f"{self.name} has {file.name} already, and it is another one than dist/ has. What is published stays: "
                    "publish what was made then, or release a new version"
                )


class Pypi(Channel):
    """The command line first: `aistrale` depends on it."""

    name = "pypi"

    def files(self, every_platform: bool) -> tuple[list[Path], list[Path]]:
        command_line = packages("aistrale_cli-*.whl", len(PLATFORMS) if every_platform else 1)
        return command_line, packages(f"aistrale_client-{VERSION}*", 2) + packages(f"aistrale-{VERSION}*[lz]", 2)

    def would(self) -> None:
        files = [file for part in self.files(every_platform=False) for file in part]
        shown([*twine(), "check", "--strict", *files])
        would(self.name, files)

    def troubles(self) -> Iterator[str]:
        files = [file for part in self.files(every_platform=True) for file in part]
        yield from unset("TWINE_USERNAME", "TWINE_PASSWORD", "PYPI_INDEX_URL")
        if failed([*twine(), "check", "--strict", *files]):
            yield "twine finds fault with the packages for PyPI, see above"
        index = os.environ.get("PYPI_INDEX_URL", "")
        if index:
            projects = {file: file.name.split("-")[0].replace("_", "-") for file in files}
            there: dict[str, str] = {}
            for project in sorted(set(projects.values())):
                there.update(self.published(f"{index.rstrip('/')}/{project}/"))
            yield from self.compared({file: there.get(file.name) for file in files}, {file: sha256(file) for file in files})

    @staticmethod
    def published(page: str) -> dict[str, str]:
        """Return the hash of each file that the index has."""
        status, body = asked("GET", page, {"Accept": "application/vnd.pypi.simple.v1+json"})
        if status == 404:
            return {}
        return {each["filename"]: each["hashes"].get("sha256", "unknown") for each in answered(page, status, body)["files"]}

    def publish(self) -> None:
        for part in self.files(every_platform=True):
            files = [file for file in part if file in self.missing]
            if files:
                shown([*twine(), "upload", "--non-interactive", "--disable-progress-bar", *files])


class Npm(Channel):
    """The platforms' packages first: the small one depends on them."""

    name = "npm"

    def files(self, every_platform: bool) -> list[Path]:
        platforms = packages(f"aistrale-cli-*-*-{VERSION}.tgz", len(PLATFORMS) if every_platform else 1)
        return [*platforms, *packages(f"aistrale-cli-{VERSION}.tgz", 1), *packages(f"aistrale-sdk-{VERSION}.tgz", 1)]

    def would(self) -> None:
        for file in self.files(every_platform=False):
            shown(["npm", "publish", file, "--access", "public", "--dry-run", "--loglevel=error"])
            would(self.name, [file])

    def troubles(self) -> Iterator[str]:
        files = self.files(every_platform=True)
        if shutil.which("npm") is None:
            yield "npm is not on the path"
            return
        if (token := os.environ.get("NODE_AUTH_TOKEN", "")) == "":
            yield from unset("NODE_AUTH_TOKEN")
            return
        bearer = {"Authorization": f"Bearer {token}"}
        status, body = asked("GET", f"{self.registry()}/-/whoami", bearer)
        if status in (401, 403):
            yield f"npm's registry does not accept NODE_AUTH_TOKEN (HTTP {status})"
            return
        answered(f"{self.registry()}/-/whoami", status, body)
        there = {file: self.published(file, bearer) for file in files}
        yield from self.compared(there, {file: integrity(file) for file in files})

    @staticmethod
    def registry() -> str:
        return (os.environ.get("NPM_REGISTRY_URL") or tool(["npm", "config", "get", "registry"])).rstrip("/")

    def published(self, file: Path, headers: dict[str, str]) -> str | None:
        """Return the integrity of what is published under this package's name and version."""
        with tarfile.open(file) as archive:
            about = json.load(archive.extractfile("package/package.json"))  # type: ignore[arg-type]
        page = f"{self.registry()}/{about['name'].replace('/', '%2f')}"
        status, body = asked("GET", page, headers)
        if status == 404:
            return None
        version = answered(page, status, body).get("versions", {}).get(about["version"])
        return version and version["dist"].get("integrity", "unknown")

    def publish(self) -> None:
        # a workflow proves by its own identity what it was made from; elsewhere there is none to prove it by
        proven = ["--provenance"] if os.environ.get("ACTIONS_ID_TOKEN_REQUEST_URL") else []
        where = urllib.parse.urlsplit(self.registry())
        with tempfile.TemporaryDirectory() as folder:
            settings = Path(folder) / "npmrc"  # the token itself stands in the environment alone
            settings.write_text(f"//{where.netloc}{where.path}/:_authToken=${{NODE_AUTH_TOKEN}}\n")
            for file in self.missing:
                shown(
                    ["npm", "publish", file, "--access", "public", "--registry", f"{self.registry()}/", *proven],
                    {"NPM_CONFIG_USERCONFIG": str(settings)},
                )


class Maven(Channel):
    """Maven Central asks for a signature beside each file, and looks at what it got before it publishes it."""

    name = "maven"

    def would(self) -> None:
        (bundle,) = packages(MAVEN.name, 1)
        for trouble in self.incomplete(bundle):
            sys.exit(f"release: {trouble}")
        would(self.name, [bundle])

    def incomplete(self, bundle: Path) -> Iterator[str]:
        with zipfile.ZipFile(bundle) as archive:
            names = [Path(name).name for name in archive.namelist()]
        missing = [kind for kind in (".pom", ".jar", "-sources.jar", "-javadoc.jar") if f"aistrale-sdk-{VERSION}{kind}" not in names]
        if missing:
            yield f"{bundle.name} lacks {', '.join(missing)}"

    def troubles(self) -> Iterator[str]:
        (bundle,) = packages(MAVEN.name, 1)
        yield from self.incomplete(bundle)
        yield from self.unsigned()
        if any(lacking := list(unset("MAVEN_PUBLISHER_URL", "MAVEN_REPOSITORY_URL", "MAVEN_UPLOAD_TOKEN"))):
            yield from lacking
            return
        self.missing = [bundle]
        if self.is_published():
            yield from self.compared({bundle: self.published(bundle)}, {bundle: "the same"})

    def is_published(self) -> bool:
        status, body = self.portal("GET", f"/published?namespace=com.aistrale&name=aistrale-sdk&version={VERSION}")
        if status in (401, 403):
            raise Stopped(f"Maven Central does not accept MAVEN_UPLOAD_TOKEN (HTTP {status})")
        return bool(answered("Maven Central", status, body)["published"])

    def published(self, bundle: Path) -> str:
        """Return "the same" where the repository has the jar that the bundle has, or has not got it yet."""
        path = f"com/aistrale/aistrale-sdk/{VERSION}/aistrale-sdk-{VERSION}.jar.sha1"
        status, body = asked("GET", f"{os.environ['MAVEN_REPOSITORY_URL'].rstrip('/')}/{path}")
        if status == 404:
            print("maven: it is published, and on its way to the repository; what is there cannot be compared yet")
            return "the same"
        if status != 200:
            raise Stopped(f"the repository of Maven Central answered HTTP {status} for {path}")
        with zipfile.ZipFile(bundle) as archive:
            return "the same" if archive.read(path).split() == body.split()[:1] else "another"

    @staticmethod
    def unsigned() -> Iterator[str]:
        if shutil.which("gpg") is None:
            yield "gpg is not on the path: Maven Central takes nothing that is not signed"
            return
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "empty"
            file.touch()
            done = subprocess.run(["gpg", "--batch", "--detach-sign", str(file)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            yield f"gpg cannot sign: {' '.join(done.stderr.split())}"

    @staticmethod
    def portal(method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> tuple[int, bytes]:
        token = os.environ["MAVEN_UPLOAD_TOKEN"]
        url = os.environ["MAVEN_PUBLISHER_URL"].rstrip("/") + path
        return asked(method, url, {"Authorization": f"Bearer {token}", **(headers or {})}, body)

    def publish(self) -> None:
        for bundle in self.missing:
            deployment = self.uploaded(self.signed(bundle))
            print(f"maven: uploaded as deployment {deployment}")
            self.await_end(deployment)

    def signed(self, bundle: Path) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            signed = Path(folder) / bundle.name
            shutil.copy(bundle, signed)
            with zipfile.ZipFile(signed, "a", zipfile.ZIP_DEFLATED) as archive:
                for name in [each for each in archive.namelist() if each.endswith((".pom", ".jar"))]:
                    file = Path(folder) / Path(name).name
                    file.write_bytes(archive.read(name))
                    tool(["gpg", "--batch", "--yes", "--armor", "--detach-sign", file])
                    archive.write(f"{file}.asc", f"{name}.asc")
            return signed.read_bytes()

    def uploaded(self, bundle: bytes) -> str:
        """Return the deployment's id."""
        border = uuid.uuid4().hex
        head = f'--{border}\r\nContent-Disposition: form-data; name="bundle"; filename="{MAVEN.name}"\r\n'
        body = head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + bundle + f"\r\n--{border}--\r\n".encode()
        about = {"Content-Type": f"multipart/form-data; boundary={border}"}
        status, answer = self.portal("POST", f"/upload?name=aistrale-sdk-{VERSION}&publishingType=AUTOMATIC", about, body)
        if status != 201:
            raise Stopped(f"Maven Central did not take the bundle (HTTP {status}): {answer[:500].decode(errors='replace')}")
        return answer.decode().strip()

    def await_end(self, deployment: str) -> None:
        """Wait until it was looked at and is being published; one that failed is thrown away, so that it is in nobody's way."""
        until = time.monotonic() + float(os.environ.get("MAVEN_WAIT_SECONDS", "1800"))
        while True:
            status, body = self.portal("POST", f"/status?id={deployment}")
            found = answered("Maven Central", status, body)
            state = found["deploymentState"]
            if state in ("PUBLISHING", "PUBLISHED"):
                print(f"maven: {state.lower()}")
                return
            if state == "FAILED":
                self.portal("DELETE", f"/deployment/{deployment}")
                if self.is_published():
                    print("maven: published meanwhile, by an earlier deployment")
                    return
                raise Stopped(f"Maven Central refused deployment {deployment}: {json.dumps(found.get('errors', {}))}")
            if time.monotonic() > until:
                raise Stopped(f"Maven Central still says {state} of deployment {deployment}: look at it there before this is repeated")
            time.sleep(float(os.environ.get("MAVEN_POLL_SECONDS", "5")))


class Go(Channel):
    """A Go module is published by a tag with its folder's name."""

    name = "go"
    tag = f"sdk/go/v{VERSION}"

    def __init__(self) -> None:
        super().__init__()
        self.is_to_be_pushed = False

    @staticmethod
    def is_there() -> bool:
        if (ROOT / "sdk/go/go.mod").exists():
            return True
        print("go: nothing to publish, there is no sdk/go yet")
        return False

    def would(self) -> None:
        if self.is_there():
            print(f"go: would tag {self.tag}")

    def troubles(self) -> Iterator[str]:
        if not self.is_there():
            return
        if git("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT").returncode != 0:
            yield "git has no name for who tags: git config user.name NAME; git config user.email ADDRESS"
        asked_there = git("ls-remote", "origin", f"refs/tags/{self.tag}", f"refs/tags/{self.tag}^{{}}")
        if asked_there.returncode != 0:
            yield f"git cannot read the tags of origin: {' '.join(asked_there.stderr.split())}"
            return
        commits = [line.split()[0] for line in asked_there.stdout.splitlines()]
        head = tool(["git", "-C", ROOT, "rev-parse", "HEAD"])
        if commits and commits[-1] == head:  # the last is the commit that an annotated tag stands for
            print(f"go: the tag {self.tag} is there already, at this commit; left alone")
            return
        if commits:
            yield f"the tag {self.tag} is at {commits[-1][:12]} already, and this is {head[:12]}: release a new version"
            return
        here = git("rev-parse", "--verify", "--quiet", f"{self.tag}^{{commit}}").stdout.strip()
        if here and here != head:
            yield f"the tag {self.tag} is here at {here[:12]} and was not pushed, and this is {head[:12]}: git tag --delete {self.tag}"
        tried = git("push", "--dry-run", "origin", f"HEAD:refs/tags/{self.tag}")
        if tried.returncode != 0:
            yield f"git may not push a tag to origin: {' '.join(tried.stderr.split())}"
        self.is_to_be_pushed = True

    def publish(self) -> None:
        if not self.is_to_be_pushed:
            return
        if git("rev-parse", "--verify", "--quiet", self.tag).returncode != 0:
            shown(["git", "-C", ROOT, "tag", "--annotate", self.tag, "--message", self.tag])
        shown(["git", "-C", ROOT, "push", "origin", f"refs/tags/{self.tag}"])


class OpenVsx(Channel):
    """Extensions of editors."""

    name = "openvsx"

    @staticmethod
    def files() -> list[Path]:
        found = sorted(DIST.glob("*.vsix"))
        if not found:
            print("openvsx: nothing to publish, there is no extension yet")
        return found

    def would(self) -> None:
        would(self.name, self.files())

    def troubles(self) -> Iterator[str]:
        files = self.files()
        if not files:
            return
        if any(lacking := list(unset("OVSX_PAT", "OVSX_REGISTRY_URL"))):
            yield from lacking
            return
        yield from self.compared({file: self.published(file) for file in files}, {file: sha256(file) for file in files})
        for publisher in sorted({extension(file)["publisher"] for file in self.missing}):
            if failed(["npx", "--yes", OVSX, "verify-pat", publisher]):
                yield f"Open VSX does not accept OVSX_PAT for {publisher}, see above"

    @staticmethod
    def published(file: Path) -> str | None:
        about = extension(file)
        page = "/".join([os.environ["OVSX_REGISTRY_URL"].rstrip("/"), "api", about["publisher"], about["name"], about["version"]])
        status, body = asked("GET", page)
        if status == 404:
            return None
        status, digest = asked("GET", answered(page, status, body)["files"]["sha256"])
        if status != 200:
            raise Stopped(f"Open VSX answered HTTP {status} for the hash of {file.name}")
        return digest.decode().split()[0]

    def publish(self) -> None:
        for file in self.missing:
            shown(["npx", "--yes", OVSX, "publish", file])  # it takes OVSX_PAT from the environment


class GitHub(Channel):
    """The release's own page: a draft until it has every file, then it is shown."""

    name = "github"

    def __init__(self) -> None:
        super().__init__()
        self.release: dict[str, Any] | None = None

    @staticmethod
    def files() -> list[Path]:
        return sorted(file for file in DIST.iterdir() if file.is_file())

    def would(self) -> None:
        print(f"github: would make the page of {TAG} with {len(self.files())} files")

    def troubles(self) -> Iterator[str]:
        if any(lacking := list(unset("GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN"))):
            yield from lacking
            return
        status, body = self.api("GET", "/releases?per_page=100")
        if status in (401, 403, 404):
            yield f"GitHub does not let GITHUB_TOKEN see the releases of {os.environ['GITHUB_REPOSITORY']} (HTTP {status})"
            return
        releases: Any = answered("GitHub", status, body)
        self.release = next((each for each in releases if each["tag_name"] == TAG), None)
        digests = {file: f"sha256:{sha256(file)}" for file in self.files()}
        if self.release is None or self.release["draft"]:
            self.missing = self.files()
        else:
            there = {each["name"]: each.get("digest") or "unknown" for each in self.release["assets"]}
            yield from self.compared({file: there.get(file.name) for file in digests}, digests)

    @staticmethod
    def api(method: str, path: str, body: object = None) -> tuple[int, bytes]:
        url = path if "://" in path else f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}{path}"
        raw = isinstance(body, bytes)
        kind = "application/octet-stream" if raw else "application/json"
        headers = {
            "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
            "Accept": "application/vnd.github+json",
            **({"Content-Type": kind} if body is not None else {}),
        }
        return asked(method, url, headers, body if body is None or raw else json.dumps(body).encode())  # type: ignore[arg-type]

    def publish(self) -> None:
        about = {"tag_name": TAG, "name": TAG, "body": notes()}
        if self.release is None:
            self.release = answered("GitHub", *self.api("POST", "/releases", {**about, "draft": True}))
        where = self.release["upload_url"].split("{")[0]
        there = {each["name"]: each for each in self.release["assets"]}
        for file in self.missing:
            asset = there.get(file.name)
            if asset and asset.get("state") == "uploaded" and asset.get("digest") == f"sha256:{sha256(file)}":
                print(f"github: {file.name} is there already, the same; left alone")
                continue
            if asset:  # of a draft, which nobody has seen
                self.accepted("DELETE", f"/releases/assets/{asset['id']}")
            self.accepted("POST", f"{where}?name={urllib.parse.quote(file.name)}", file.read_bytes())
            print(f"github: {file.name}")
        self.accepted("PATCH", f"/releases/{self.release['id']}", {**about, "draft": False})
        print(f"github: the page of {TAG}")

    def accepted(self, method: str, path: str, body: object = None) -> None:
        status, answer = self.api(method, path, body)
        if status not in (200, 201, 204):
            raise Stopped(f"GitHub answered {method} {path.split('?', maxsplit=1)[0]} with HTTP {status}: {answer[:300].decode(errors='replace')}")


CHANNELS: dict[str, type[Channel]] = {each.name: each for each in (Pypi, Npm, Maven, Go, OpenVsx, GitHub)}


def publish(names: list[str], for_real: bool) -> None:
    """Publish, or say what would be: nothing is sent before every channel has found nothing in its way."""
    channels = [CHANNELS[name]() for name in dict.fromkeys(names)]
    if not for_real:
        for channel in channels:
            channel.would()
        return
    found = []
    for channel in channels:
        try:
            for trouble in channel.troubles():
                found.append(f"{channel.name}: {trouble}")
        except Stopped as e:
            found.append(f"{channel.name}: {e}")
    if found:
        sys.exit("\n".join([*(f"release: {trouble}" for trouble in found), "release: nothing was published"]))
    for at, channel in enumerate(channels):
        print(f"── {channel.name}", flush=True)
        with stopping(channel, [each.name for each in channels[at + 1 :]]):
            channel.publish()


@contextmanager
def stopping(channel: Channel, after: list[str]) -> Iterator[None]:
    """Say of a channel that stopped how it goes on."""
    try:
        yield
    except (Stopped, subprocess.CalledProcessError) as e:
        why = f"{e.cmd[0]} failed (exit {e.returncode})" if isinstance(e, subprocess.CalledProcessError) else str(e)
        not_yet = f"; not begun: {', '.join(after)}" if after else ""
        sys.exit(
            f"release: {channel.name}: {why}{not_yet}\n"
            "release: what was published stays. Repeat the same command with the same dist/: it goes on where this stopped"
        )


def notes() -> str:
    """Return what the change log says of this version; empty where it has no part of its own."""
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    part = re.search(rf"(?ms)^## {re.escape(VERSION)} \(\d{{4}}-\d{{2}}-\d{{2}}\)$(.*?)(?=^## |\Z)", changes)
    return part[1].strip() if part else ""


def asked(method: str, url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> tuple[int, bytes]:
    """Return the status and the body of an answer, whatever its status. Stopped where there is none."""
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=ANSWERS_WITHIN) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()
    except (OSError, ValueError) as e:
        raise Stopped(f"{url.split('?')[0]} cannot be reached: {e}") from None


def answered(what: str, status: int, body: bytes) -> dict[str, Any]:
    """Return the JSON of an answer that is a good one."""
    if status not in (200, 201):
        raise Stopped(f"{what} answered HTTP {status}: {body[:300].decode(errors='replace')}")
    try:
        return json.loads(body)  # type: ignore[no-any-return]
    except ValueError:
        raise Stopped(f"{what} answered something that is no JSON: is the URL right?") from None


def twine() -> list[object]:
    return [Path(tool([ROOT / "sdk/python/make-venv"]).splitlines()[-1]) / "bin/python", "-m", "twine"]


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)


def extension(file: Path) -> dict[str, str]:
    """Return what an extension says it is."""
    with zipfile.ZipFile(file) as archive:
        return json.loads(archive.read("extension/package.json"))  # type: ignore[no-any-return]


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def integrity(file: Path) -> str:
    """Return a file's hash as npm has it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode()


def packages(pattern: str, count: int) -> list[Path]:
    found = sorted(DIST.glob(pattern))
    if len(found) < count:
        raise Stopped(f"{count} of dist/{pattern} are to be there, and {len(found)} are: packaging/release make, on each platform")
    return found


def unset(*names: str) -> Iterator[str]:
    for name in names:
        if not os.environ.get(name):
            yield f"{name} is not set in the environment"


def would(channel: str, files: list[Path]) -> None:
    for file in files:
        print(f"{channel}: would publish {file.name}")


def failed(command: list[object]) -> bool:
    """Run something that says itself what it does. @return whether it failed"""
    return subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode != 0


def shown(command: list[object], more: dict[str, str] | None = None) -> None:
    """Run something that says itself what it does. CalledProcessError where it fails."""
    sys.stdout.flush()
    subprocess.run([str(part) for part in command], cwd=ROOT, env={**os.environ, **(more or {})}, check=True)
