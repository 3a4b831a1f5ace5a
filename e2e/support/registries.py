"""Registries on this machine that real clients publish to: twine and npm as they are, and what the others' interfaces say.

They keep what they get, as theirs do: a version that is there stays, and what is sent again is the same or is refused.
"""

import base64
import hashlib
import json
import re
import threading
from contextlib import contextmanager
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

TOKENS = {"npm": "npm_secret", "maven": "bWF2ZW46c2VjcmV0", "github": "ghs_secret", "pypi": "pypi-secret"}


class Registries:
    """What was published, by registry.

    `refusing` says how much a registry still takes before it refuses; `verdict` what Maven Central comes to, and `late` the deployment that
    is published while another one is looked at.
    """

    def __init__(self):
        self.pypi: dict[str, bytes] = {}
        self.npm: dict[str, dict] = {}
        self.maven: dict[str, dict] = {}
        self.releases: list[dict] = []
        self.vsx: dict[str, bytes] = {}
        self.repository: dict[str, bytes] = {}
        self.accepted: list[str] = []
        self.refusing: dict[str, int] = {}
        self.verdict = "PUBLISHED"
        self.late = ""
        self.url = ""

    def takes(self, registry: str, what: str) -> bool:
        """Whether a registry that may be about to fail still takes this."""
        left = self.refusing.get(registry)
        if left == 0:
            return False
        if left is not None:
            self.refusing[registry] = left - 1
        self.accepted.append(f"{registry} {what}")
        return True


def parts(content_type: str, body: bytes) -> dict[str, bytes]:
    """The fields of a form; a file is `FIELD` with its bytes, and `FIELD.name`."""
    message = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    found = {}
    for part in message.get_payload():
        name = part.get_param("name", header="content-disposition")
        found[name] = part.get_payload(decode=True)
        if part.get_filename():
            found[f"{name}.name"] = part.get_filename().encode()
    return found


@contextmanager
def registries():
    kept = Registries()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, status: int, body: object = b"") -> None:
            sent = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def bearer(self, registry: str) -> bool:
            if self.headers.get("authorization") == f"Bearer {TOKENS[registry]}":
                return True
            self.answer(401, {"error": "Unauthorized"})
            return False

        def handle_any(self) -> None:
            self.body = self.rfile.read(int(self.headers.get("content-length") or 0))
            at = urlsplit(self.path)
            self.query = {name: values[0] for name, values in parse_qs(at.query).items()}
            registry, _, rest = at.path.lstrip("/").partition("/")
            with lock:
                getattr(self, registry)(unquote(rest))

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = handle_any

        def pypi(self, path: str) -> None:
            if found := re.fullmatch(r"simple/([a-z-]+)/", path):
                files = [
                    {"filename": name, "url": "x", "hashes": {"sha256": hashlib.sha256(body).hexdigest()}}
                    for name, body in kept.pypi.items()
                    if name.split("-")[0].replace("_", "-") == found[1]
                ]
                return self.answer(200 if files else 404, {"files": files})
            expected = "Basic " + base64.b64encode(f"__token__:{TOKENS['pypi']}".encode()).decode()
            if self.headers.get("authorization") != expected:
                return self.answer(403, b"")
            form = parts(self.headers["content-type"], self.body)
            name, content = form["content.name"].decode(), form["content"]
            assert hashlib.sha256(content).hexdigest() == form["sha256_digest"].decode()
            if name in kept.pypi:
                return self.answer(200 if kept.pypi[name] == content else 400, b"File already exists")
            if not kept.takes("pypi", name):
                return self.answer(503, b"")
            kept.pypi[name] = content
            return self.answer(200, b"")

        def npm(self, path: str) -> None:
            if not self.bearer("npm"):
                return None
            if path == "-/whoami":
                return self.answer(200, {"username": "releaser"})
            if self.command == "GET":
                return self.answer(*((200, kept.npm[path]) if path in kept.npm else (404, {"error": "Not found"})))
            sent = json.loads(self.body)
            ((version, about),) = sent["versions"].items()
            ((_, attached),) = sent["_attachments"].items()
            body = base64.b64decode(attached["data"])
            integrity = "sha512-" + base64.b64encode(hashlib.sha512(body).digest()).decode()
            assert about["dist"]["integrity"] == integrity
            if version in kept.npm.get(path, {"versions": {}})["versions"]:
                return self.answer(403, {"error": "You cannot publish over the previously published versions"})
            if not kept.takes("npm", path):
                return self.answer(403, {"error": "not now"})  # npm would try a 503 again for a minute
            kept.npm.setdefault(path, {"name": path, "versions": {}, "dist-tags": {}})["versions"][version] = about
            return self.answer(201, {"ok": True})

        def maven(self, path: str) -> None:
            if not self.bearer("maven"):
                return None
            if path == "published":
                there = any(each["state"] == "PUBLISHED" for each in kept.maven.values())
                return self.answer(200, {"published": there})
            if path == "upload":
                if not kept.takes("maven", self.query["name"]):
                    return self.answer(503, b"")
                bundle = parts(self.headers["content-type"], self.body)["bundle"]
                identity = f"id-{len(kept.maven)}"
                kept.maven[identity] = {"state": "PENDING", "bundle": bundle, "type": self.query["publishingType"]}
                return self.answer(201, identity.encode())
            if path == "status":
                deployment = kept.maven[self.query["id"]]
                if kept.late and self.query["id"] != kept.late:
                    kept.maven[kept.late]["state"] = "PUBLISHED"
                after = {"PENDING": "VALIDATING", "VALIDATING": kept.verdict}
                deployment["state"] = after.get(deployment["state"], deployment["state"])
                errors = {"pkg:maven/com.aistrale/aistrale-sdk": ["Invalid signature"]} if kept.verdict == "FAILED" else {}
                return self.answer(200, {"deploymentState": deployment["state"], "errors": errors})
            assert self.command == "DELETE"
            del kept.maven[path.removeprefix("deployment/")]
            return self.answer(204)

        def repository(self, path: str) -> None:
            self.answer(*((200, kept.repository[path]) if path in kept.repository else (404, b"")))

        def vsx(self, path: str) -> None:
            if path.endswith(".sha256"):
                return self.answer(200, hashlib.sha256(kept.vsx[path.removesuffix(".sha256")]).hexdigest().encode())
            if path not in kept.vsx:
                return self.answer(404, {"error": "Extension not found"})
            return self.answer(200, {"files": {"sha256": f"{kept.url}/vsx/{path}.sha256"}})

        def github(self, path: str) -> None:
            if not self.bearer("github"):
                return None
            path = path.removeprefix("repos/aistrale/aistrale/releases").lstrip("/")
            if self.command == "GET":
                return self.answer(200, kept.releases)
            if path.startswith("assets/"):
                for release in kept.releases:
                    release["assets"] = [each for each in release["assets"] if str(each["id"]) != path[7:]]
                return self.answer(204)
            if found := re.fullmatch(r"(\d+)/assets", path):
                release, name = kept.releases[int(found[1])], self.query["name"]
                if any(each["name"] == name for each in release["assets"]):
                    return self.answer(422, {"errors": [{"code": "already_exists"}]})
                if not kept.takes("github", name):
                    return self.answer(503)
                digest = f"sha256:{hashlib.sha256(self.body).hexdigest()}"
                asset = {"id": len(kept.accepted), "name": name, "state": "uploaded", "digest": digest}
                release["assets"].append(asset)
                return self.answer(201, asset)
            sent = json.loads(self.body)
            if self.command == "POST":
                at = len(kept.releases)
                upload = f"{kept.url}/github/repos/aistrale/aistrale/releases/{at}/assets{{?name,label}}"
                kept.releases.append({**sent, "id": at, "upload_url": upload, "assets": []})
                return self.answer(201, kept.releases[at])
            kept.releases[int(path)].update(sent)
            return self.answer(200, kept.releases[int(path)])

        def log_message(self, *_):
            pass

    lock = threading.Lock()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
