"""What others' licenses ask of whoever hands their work on: their texts and notices, in the image, and a list that says where each is.

A part without a text stops the build: put its text into packaging/legal, and its name here.
"""

from __future__ import annotations

import re
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
LIST = "THIRD-PARTY.txt"

NAMED = re.compile(r"(?:^|/)[^/]*(?:LICENSE|NOTICE|COPYING)[^/]*$")
"""How a jar names its own license and notices."""

BY_LICENSE = {"Apache-2.0": ["LICENSE"], "EPL-2.0 OR LGPL-2.1-only": ["legal/EPL-2.0.md"]}
"""The texts that are the same whoever licenses by them. Where there is a choice, we take the first."""

BY_NAME = {
    "jline-reader": ["legal/jline-LICENSE.txt"],
    "jline-terminal": ["legal/jline-LICENSE.txt"],
    "jline-terminal-ffm": ["legal/jline-LICENSE.txt"],
    "sqlite": ["legal/sqlite-blessing.txt"],
    "swagger-ui-dist": ["LICENSE", "legal/swagger-ui-NOTICE", "legal/swagger-ui-bundle.js.LICENSE.txt"],
    # the list of public suffixes inside is under MPL-2.0, and java has the same one
    "okhttp-jvm": ["LICENSE", "legal/openjdk/java.base-public_suffix.md"],
}

WITH_SOURCE = {"logback-classic", "logback-core"}
"""Their license wants it said where the source is."""


def license_of(component: dict[str, Any]) -> str:
    """Return a component's license as an SPDX expression."""
    (found,) = component["licenses"]
    return str(found["expression"] if "expression" in found else found["license"]["id"])


def expression(components: list[dict[str, Any]]) -> str:
    """Return the license of all together, ours first."""
    found = sorted({license_of(each) for each in components} - {"Apache-2.0"})
    return " AND ".join(["Apache-2.0", *(f"({each})" if " OR " in each else each for each in found)])


def of_runtime(java_home: Path, home: Path) -> None:
    """Keep the texts of the runtime, each once, by the first module that has it: most modules have the same."""
    texts: dict[bytes, str] = {}
    for file in sorted((home / "runtime/legal").rglob("*")):
        if file.is_file():
            texts.setdefault(file.read_bytes(), f"{file.parent.name}-{file.name}")
    if "java.base-LICENSE" not in texts.values():
        sys.exit(f"legal: {java_home} has no license for the runtime that is linked from it: take another JDK")
    legal = home / "legal/openjdk"
    legal.mkdir(parents=True)
    for content, name in texts.items():
        (legal / name).write_bytes(content)
    if (java_home / "NOTICE").exists():
        shutil.copy(java_home / "NOTICE", legal / "NOTICE")
    shutil.rmtree(home / "runtime/legal")


def of_image(home: Path, java_home: Path, components: list[dict[str, Any]]) -> None:
    """Put the texts of all that the image's bill has into its folder legal, and the list beside it."""
    for file in sorted((HERE / "legal").iterdir()):
        shutil.copyfile(file, home / "legal" / file.name)
    with zipfile.ZipFile(home / "jars/aistrale-server.jar") as jar:
        (home / "legal/swagger-ui-bundle.js.LICENSE.txt").write_bytes(jar.read("docs/swagger-ui-bundle.js.LICENSE.txt"))
    texts: dict[bytes, str] = {}
    lines = [
        "What others made and is handed on with AISTRALE: its license, and where its text is.",
        "AISTRALE itself is under Apache-2.0 (LICENSE). The same list with hashes: sbom.cdx.json",
    ]
    for component in components:
        if component.get("group") == "com.aistrale":
            continue
        found = own_texts(home, component, texts) or BY_NAME.get(component["name"]) or BY_LICENSE.get(license_of(component), [])
        if component["name"] == "openjdk":
            found = [f"legal/openjdk/{file.name}" for file in sorted((home / "legal/openjdk").iterdir())]
        missing = [path for path in found if not (home / path).is_file()]
        if missing or not found:
            sys.exit(f"legal: {component['name']} ({license_of(component)}) lacks its text {', '.join(missing)}: see packaging/legal.py")
        lines += ["", f"{component['name']} {component['version']}: {license_of(component)}", *(f"  {path}" for path in found)]
        lines += [f"  {line}" for line in source(java_home, component)]
    (home / LIST).write_text("\n".join(lines) + "\n", "utf-8")


def own_texts(home: Path, component: dict[str, Any], texts: dict[bytes, str]) -> list[str]:
    """Copy what a jar says of its license itself, and return where it is; the same text from several jars is there once."""
    jar = home / "jars" / f"{component['name']}-{component['version']}.jar"
    if not jar.exists():
        return []
    found = []
    with zipfile.ZipFile(jar) as archive:
        for name in sorted(archive.namelist()):
            if not NAMED.search(name) or name.endswith(".class"):
                continue
            content = archive.read(name)
            if content not in texts:
                inside = name.removeprefix("META-INF/").replace("/META-INF/", "/")
                texts[content] = f"legal/{jar.stem}/{inside}"
                (home / texts[content]).parent.mkdir(parents=True, exist_ok=True)
                (home / texts[content]).write_bytes(content)
            found.append(texts[content])
    return sorted(set(found))


def source(java_home: Path, component: dict[str, Any]) -> list[str]:
    if component["name"] == "openjdk":
        facts = dict(re.findall(r'^(\w+)="(.*)"$', (java_home / "release").read_text(), re.MULTILINE))
        return [f"source: {facts.get('SOURCE_REPO', 'its vendor has it')} {facts.get('SOURCE', '').removeprefix('.:')}".rstrip()]
    if component["name"] in WITH_SOURCE:
        return [f"source: on Maven Central, {component['group']}:{component['name']}:{component['version']}:sources"]
    return []
