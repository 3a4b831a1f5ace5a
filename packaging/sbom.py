"""What is in a package, as CycloneDX 1.6 (a software bill of materials): from what is there, not from what was asked for.

Maven says where jars come from (its CycloneDX plugin); what is not in the package is left out, what is there and not explained is an
error. The same sources give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VERSION = (ROOT / "VERSION").read_text().strip()
NAMESPACE = uuid.UUID("6f1c1f7e-5d0c-5c0b-9a3e-0a1572a1e000")
"""For serial numbers that depend on the contents alone."""

Bom = dict[str, Any]


def of_image(home: Path, platform: str, java_home: Path) -> Bom:
    """Return the bill of an image: java's runtime, every jar, and what is compiled or unpacked into ours."""
    known = from_maven()
    components = [runtime(home, java_home)]
    for jar in sorted((home / "jars").glob("*.jar")):
        name = jar.stem if jar.stem in known else ""
        if not name:
            sys.exit(f"sbom: nobody knows where {jar.name} in the image comes from")
        components.append(with_hash(known[name], jar))
    components += [known[f"picocli-{pom_property('picocli.version')}"], swagger_ui(), sqlite(known)]
    return bom("aistrale-cli", f"pkg:generic/aistrale-cli@{VERSION}?platform={platform}", components)


def of_java_sdk() -> Bom:
    """Return the bill of the Java SDK's jar, which has Gson inside."""
    gson = from_maven()[f"gson-{pom_property('gson.version')}"]
    return bom("aistrale-sdk", f"pkg:maven/com.aistrale/aistrale-sdk@{VERSION}", [gson])


def of_python(name: str) -> Bom:
    """Return the bill of a Python distribution: nothing is inside; what it asks for, with the versions that it takes."""
    about = tomllib.loads((ROOT / "sdk/python/pyproject.toml").read_text("utf-8"))
    more: list[str] = about["tool"]["aistrale"]["distributions"].get(name, {}).get("dependencies", [])
    asked = [*about["project"]["dependencies"], *(line.format(version=VERSION) for line in more)]
    return bom(name, f"pkg:pypi/{name}@{VERSION}", [requirement(each) for each in asked])


def of_npm(package: Path) -> Bom:
    """Return the bill of an npm package without dependencies."""
    about = json.loads((package / "package.json").read_text("utf-8"))
    if about.get("dependencies"):
        sys.exit(f"sbom: {about['name']} has dependencies now, which its bill does not know")
    return bom(about["name"], f"pkg:npm/{about['name'].replace('@', '%40')}@{VERSION}", [])


def requirement(line: str) -> dict[str, Any]:
    name, versions = re.match(r"([A-Za-z0-9._-]+)\s*(.*)", line).groups()  # type: ignore[union-attr]
    return {
        "type": "library",
        "bom-ref": f"pkg:pypi/{name}",
        "name": name,
        "purl": f"pkg:pypi/{name}",
        "properties": [{"name": "aistrale:requires", "value": versions}],
    }


def runtime(home: Path, java_home: Path) -> dict[str, Any]:
    facts = dict(re.findall(r'^(\w+)="(.*)"$', (java_home / "release").read_text(), re.MULTILINE))
    linked = dict(re.findall(r'^(\w+)="(.*)"$', (home / "runtime/release").read_text(), re.MULTILINE))
    vendor, version = facts.get("IMPLEMENTOR", "unknown"), facts.get("JAVA_RUNTIME_VERSION", linked["JAVA_VERSION"])
    return {
        "type": "platform",
        "bom-ref": f"pkg:generic/openjdk@{version}",
        "supplier": {"name": vendor},
        "name": "openjdk",
        "version": version,
        "licenses": [{"expression": "GPL-2.0-only WITH Classpath-exception-2.0"}],
        "purl": f"pkg:generic/openjdk@{version}",
        "properties": [{"name": "aistrale:modules", "value": linked["MODULES"]}],
    }


def swagger_ui() -> dict[str, Any]:
    version = pom_property("swagger-ui.version")
    return {
        "type": "library",
        "bom-ref": f"pkg:npm/swagger-ui-dist@{version}",
        "name": "swagger-ui-dist",
        "version": version,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "purl": f"pkg:npm/swagger-ui-dist@{version}",
    }


def sqlite(known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the database itself, whose library is in its driver's jar; the driver's version begins with it."""
    (driver,) = (each["version"] for name, each in known.items() if name.startswith("sqlite-jdbc-"))
    version = ".".join(driver.split(".")[:3])
    return {
        "type": "library",
        "bom-ref": f"pkg:generic/sqlite@{version}",
        "name": "sqlite",
        "version": version,
        "licenses": [{"license": {"id": "blessing"}}],
        "purl": f"pkg:generic/sqlite@{version}",
    }


LICENSES = {
    # its description says "The BSD License" with the address of the one with three clauses, which is taken for that with four
    "org.jline": [{"license": {"id": "BSD-3-Clause"}}],
    # one or the other, as who takes it chooses
    "ch.qos.logback": [{"expression": "EPL-2.0 OR LGPL-2.1-only"}],
}
"""By group, where Maven's word is not exact."""


def from_maven() -> dict[str, dict[str, Any]]:
    """Return what the jars are, by their names without `.jar`."""
    made = ROOT / "target/sbom"
    command = [ROOT / "mvnw", "-B", "-q", "org.cyclonedx:cyclonedx-maven-plugin:makeAggregateBom"]
    options = ["-DoutputName=maven", f"-DoutputDirectory={made}", "-DoutputFormat=json", "-DincludeTestScope=false"]
    java_home = subprocess.run([ROOT / "tools/java-home"], capture_output=True, text=True, check=True).stdout.strip()
    done = subprocess.run(
        [*command, *options],
        cwd=ROOT,
        env={**os.environ, "JAVA_HOME": java_home},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"sbom: Maven could not say what the jars are:\n{done.stdout}{done.stderr}")
    found = {}
    for each in json.loads((made / "maven.json").read_text())["components"]:
        name = f"{each['name']}-{each['version']}"
        own = each["group"] == "com.aistrale" and each["name"] != "aistrale-sdk"
        found[each["name"] if own else name] = smaller(each)
    return found


def smaller(component: dict[str, Any]) -> dict[str, Any]:
    """Leave out what says nothing more: descriptions, and all hashes but one."""
    kept = ("type", "bom-ref", "group", "name", "version", "licenses", "purl")
    hashes = [each for each in component.get("hashes", []) if each["alg"] == "SHA-256"]
    exact = LICENSES.get(component.get("group", ""), component.get("licenses"))
    found = {key: component[key] for key in kept if key in component}
    return {**found, **({"licenses": exact} if exact else {}), **({"hashes": hashes} if hashes else {})}


def with_hash(component: dict[str, Any], jar: Path) -> dict[str, Any]:
    """Give the hash of the file that is there; where it is not the published one, say so."""
    is_here = hashlib.sha256(jar.read_bytes()).hexdigest()
    published = component.get("hashes", [])
    changed = published and published[0]["content"] != is_here
    return {
        **component,
        "hashes": [{"alg": "SHA-256", "content": is_here}],
        **({"properties": [{"name": "aistrale:reduced-from", "value": f"sha256:{published[0]['content']}"}]} if changed else {}),
    }


def bom(name: str, purl: str, components: list[dict[str, Any]]) -> Bom:
    body = {
        "metadata": {"component": {"type": "application", "bom-ref": purl, "name": name, "version": VERSION, "purl": purl}},
        "components": sorted(components, key=lambda each: str(each["bom-ref"])),
        "dependencies": [{"ref": purl, "dependsOn": sorted(str(each["bom-ref"]) for each in components)}],
    }
    serial = uuid.uuid5(NAMESPACE, json.dumps(body, sort_keys=True))
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": f"urn:uuid:{serial}", "version": 1, **body}


def written(bill: Bom) -> bytes:
    return (json.dumps(bill, indent=1, ensure_ascii=False) + "\n").encode()


def pom_property(name: str) -> str:
    found = re.search(rf"<{re.escape(name)}>([^<]+)</", (ROOT / "pom.xml").read_text("utf-8"))
    if found is None:
        sys.exit(f"sbom: pom.xml has no property {name}")
    return found[1]
