"""What a release is made of, and where it goes. Nothing leaves this machine without `--for-real`.

    packaging/release check               versions agree, the change log has an entry, the contract is kept, nothing is uncommitted
    packaging/release make                dist/: every package that this platform can make, bills of material, SHA256SUMS
    packaging/release make --without-command-line   the same, where the platforms' packages are made elsewhere
    packaging/release sums                dist/: bills of material and SHA256SUMS anew, over what was gathered there
    packaging/release notes               what the change log says of this version
    packaging/release publish CHANNEL…    says what would be published: pypi npm maven go openvsx github
    packaging/release publish CHANNEL… --for-real   publishes what is not there yet; repeated, it goes on where it stopped

Credentials come from the environment, as packaging/README.md has them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import channels
import sbom
from build import DIST, ROOT, VERSION, entry, tool
from channels import MAVEN

HOMEPAGE = "https://github.com/aistrale/aistrale"
SUMS = DIST / "SHA256SUMS"


def versions() -> dict[str, str]:
    """Return the version by each place that has one."""
    found = {"VERSION": VERSION}
    for pom in [ROOT / "pom.xml", *(ROOT / folder / "pom.xml" for folder in ("server", "cli", "emulator", "sdk/java"))]:
        text = re.sub(r"(?s)<dependencies>.*", "", pom.read_text("utf-8"))
        found[str(pom.relative_to(ROOT))] = re.findall(r"<artifactId>aistrale</artifactId>\s*<version>([^<]+)</version>", text)[0]
    found["sdk/typescript/package.json"] = json.loads((ROOT / "sdk/typescript/package.json").read_text("utf-8"))["version"]
    contract = (ROOT / "contract/openapi.yaml").read_text("utf-8")
    found["contract/openapi.yaml"] = re.findall(r"(?m)^  version: (\S+)$", contract)[0]
    return found


def troubles() -> Iterator[str]:
    """Yield what is in the way of a release."""
    for place, version in versions().items():
        if version != VERSION:
            yield f"{place} has version {version}, VERSION has {VERSION}"
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    if not re.search(rf"(?m)^## {re.escape(VERSION)} \(\d{{4}}-\d{{2}}-\d{{2}}\)$", changes):
        yield f'CHANGELOG.md has no "## {VERSION} (YYYY-MM-DD)": what is under "Unreleased" is to become it'
    elif not channels.notes():
        yield f"CHANGELOG.md says nothing below {VERSION}: its release would have an empty page"
    released = ROOT / f"contract/released/openapi-{VERSION}.yaml"
    if not released.exists() or released.read_bytes() != (ROOT / "contract/openapi.yaml").read_bytes():
        yield f"{released.relative_to(ROOT)} is not contract/openapi.yaml: tools/release-contract"
    if tool(["git", "-C", ROOT, "status", "--porcelain"]):
        yield "there are changes that are not committed: git status"


def check() -> None:
    found = list(troubles())
    for trouble in found:
        print(f"release: {trouble}", file=sys.stderr)
    if found:
        sys.exit(1)
    print(f"{VERSION} can be released")


def notes() -> None:
    """Print the version's own part of the change log."""
    found = channels.notes()
    if not found:
        sys.exit(f'release: CHANGELOG.md has no "## {VERSION} (YYYY-MM-DD)" with something below it')
    print(found)


def make(with_command_line: bool) -> None:
    """Make every package that this platform can make, and sum them up."""
    DIST.mkdir(exist_ok=True)
    for old in DIST.iterdir():  # what an earlier version left must not be published with this one
        if old.is_file():
            old.unlink()
    command_line = [["packaging/build", "all"]] if with_command_line else []
    for step in [["sdk/python/build-dist"], ["sdk/typescript/dist"], *command_line]:
        print(f"── {' '.join(step)}", file=sys.stderr)
        shown([ROOT / step[0], *step[1:]])
    print("── sdk/java", file=sys.stderr)
    java_sdk()
    sums()


def java_sdk() -> None:
    """Make the Java SDK's archive: jar, sources, documentation and what describes them."""
    java_home = tool([ROOT / "tools/java-home"])
    with_java = {**os.environ, "JAVA_HOME": java_home}
    target = ROOT / "sdk/java/target"
    command = [ROOT / "mvnw", "-B", "-q", "-f", ROOT / "pom.xml", "-pl", "sdk/java", "-am", "-Pdist"]
    tool([*command, "-Dmaven.test.skip=true", "package"], env=with_java)
    name = f"aistrale-sdk-{VERSION}"
    files = {
        f"{name}.pom": published_pom().encode(),
        f"{name}.jar": (target / f"dist/{name}.jar").read_bytes(),
        f"{name}-sources.jar": (target / "aistrale-sdk-sources.jar").read_bytes(),
        f"{name}-javadoc.jar": (target / "aistrale-sdk-javadoc.jar").read_bytes(),
    }
    with zipfile.ZipFile(MAVEN, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for file, body in files.items():
            for suffix, content in ((("", body)), *((f".{how}", digest(how, body)) for how in ("md5", "sha1", "sha256"))):
                archive.writestr(entry(f"com/aistrale/aistrale-sdk/{VERSION}/{file}{suffix}", 0o644), content)


def digest(how: str, body: bytes) -> bytes:
    return hashlib.new(how, body).hexdigest().encode()


def published_pom() -> str:
    """Return the description that Maven Central asks for: no parent and no dependency, as the jar needs none."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
         xsi:schemaLocation="http://maven.apache.org/POM/4.0.0 http://maven.apache.org/xsd/maven-4.0.0.xsd">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.aistrale</groupId>
  <artifactId>aistrale-sdk</artifactId>
  <version>{VERSION}</version>
  <name>AISTRALE Java SDK</name>
  <description>One line to a language model: Aistrale.run("Hello"). No dependency, Java 17 and newer.</description>
  <url>{HOMEPAGE}</url>
  <licenses><license><name>Apache-2.0</name><url>https://www.apache.org/licenses/LICENSE-2.0</url></license></licenses>
  <developers><developer><name>The AISTRALE developers</name><url>{HOMEPAGE}</url></developer></developers>
  <scm>
    <connection>scm:git:{HOMEPAGE}.git</connection>
    <url>{HOMEPAGE}</url>
    <tag>v{VERSION}</tag>
  </scm>
</project>
"""


def sums() -> None:
    """Write the bills of material, and the checksums of all."""
    bills = {
        f"aistrale-sdk-java-{VERSION}": sbom.of_java_sdk(),
        f"aistrale-{VERSION}": sbom.of_python("aistrale"),
        f"aistrale-client-{VERSION}": sbom.of_python("aistrale-client"),
        f"aistrale-sdk-npm-{VERSION}": sbom.of_npm(ROOT / "sdk/typescript"),
    }
    for name, bill in bills.items():
        (DIST / f"{name}.cdx.json").write_bytes(sbom.written(bill))
    for wheel in DIST.glob("aistrale_cli-*.whl"):  # an image's own bill travels in its packages
        with zipfile.ZipFile(wheel) as archive:
            inside = archive.read(f"aistrale_cli-{VERSION}.dist-info/sboms/aistrale-cli.cdx.json")
        (DIST / f"{wheel.stem}.cdx.json").write_bytes(inside)
    files = sorted(file for file in DIST.iterdir() if file.is_file() and file != SUMS)
    SUMS.write_text("".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files))
    print(SUMS.read_text(), end="")


def whole() -> None:
    """Refuse to publish what is not what was summed up."""
    if not SUMS.exists():
        sys.exit("release: dist/ has no SHA256SUMS: packaging/release make")
    listed = dict(reversed(line.split("  ", 1)) for line in SUMS.read_text().splitlines())
    unknown = sorted(file.name for file in DIST.iterdir() if file.is_file() and file != SUMS and file.name not in listed)
    if unknown:
        sys.exit(f"release: SHA256SUMS does not know {', '.join(unknown)} in dist/: packaging/release make, or sums")
    for name, expected in listed.items():
        file = DIST / name
        if not file.exists() or hashlib.sha256(file.read_bytes()).hexdigest() != expected:
            sys.exit(f"release: dist/{name} is not what SHA256SUMS says: packaging/release make")


def publish(names: list[str], for_real: bool) -> None:
    if for_real:
        check()
    whole()
    try:
        channels.publish(names, for_real)
    except (channels.Stopped, subprocess.CalledProcessError) as e:
        sys.exit(f"release: {e}")


def shown(command: list[object]) -> None:
    """Run something that says itself what it does."""
    try:
        channels.shown(command)
    except subprocess.CalledProcessError as e:
        sys.exit(f"release: {command[0]} failed (exit {e.returncode})")


def main() -> None:
    words = argparse.ArgumentParser(prog="packaging/release", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    steps = words.add_subparsers(dest="step", required=True)
    steps.add_parser("check")
    steps.add_parser("notes")
    steps.add_parser("sums")
    making = steps.add_parser("make")
    making.add_argument("--without-command-line", action="store_true", help="only what is the same on every platform")
    publishing = steps.add_parser("publish")
    publishing.add_argument("channels", nargs="+", choices=list(channels.CHANNELS), metavar="CHANNEL")
    publishing.add_argument("--for-real", action="store_true", help="publish, instead of saying what would be")
    given = words.parse_args()
    if given.step == "publish":
        publish(given.channels, given.for_real)
    elif given.step == "make":
        make(not given.without_command_line)
    else:
        {"check": check, "notes": notes, "sums": sums}[given.step]()


if __name__ == "__main__":
    main()
