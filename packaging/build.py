"""Makes what is installed: an image of AISTRALE with its own java, and the packages that carry it.

    packaging/build image [--platform linux-x64]    target/image/PLATFORM: runtime, jars, caches, launcher
    packaging/build wheel [--platform linux-x64]    dist/aistrale_cli-VERSION-py3-none-….whl
    packaging/build npm   [--platform linux-x64]    dist/aistrale-cli-….tgz and the platform's own package

A platform's image is made on that platform: java's runtime is linked from the JDK that is here.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import io
import json
import os
import platform as machine
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import legal
import sbom

ROOT = Path(__file__).resolve().parent.parent
VERSION = (ROOT / "VERSION").read_text().strip()
DIST = ROOT / "dist"
AGE = "202601010000.00"
"""The age that jars have when their caches are made, as `touch -t` takes it, in UTC."""
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "1767225600"))
"""The time of every file in a package: the same bytes whoever builds it, and when."""


@dataclass(frozen=True)
class Platform:
    """Where an image runs. `natives` is the folder of the database's library in its jar."""

    name: str
    system: str
    processor: str
    wheel: str
    natives: str
    npm_os: str
    npm_cpu: str


PLATFORMS = {
    each.name: each
    for each in (
        Platform("linux-x64", "Linux", "x86_64", "manylinux_2_28_x86_64", "Linux/x86_64", "linux", "x64"),
        Platform("linux-arm64", "Linux", "aarch64", "manylinux_2_28_aarch64", "Linux/aarch64", "linux", "arm64"),
        Platform("macos-arm64", "Darwin", "arm64", "macosx_11_0_arm64", "Mac/aarch64", "darwin", "arm64"),
        Platform("macos-x64", "Darwin", "x86_64", "macosx_11_0_x86_64", "Mac/x86_64", "darwin", "x64"),
    )
}

SBOM = "sbom.cdx.json"
"""What is in the image, by name, version, license and hash."""

PROGRAMS = {"cli": "com.aistrale.cli", "server": "com.aistrale.server.app", "emulator": "com.aistrale.emulator"}

MODULES_THAT_ARE_ONLY_NAMED_IN_DATA = [
    "java.naming",  # certificates' revocation, JNDI in logback's and the drivers' code paths
    "java.security.jgss",  # PostgreSQL's driver offers GSS
    "java.security.sasl",
    "jdk.crypto.ec",  # TLS
    "jdk.unsupported",  # sun.misc.Unsafe of the libraries
    "jdk.zipfs",
]

MODULES_OF_PATHS_NOT_TAKEN = {"java.desktop", "java.datatransfer", "java.prefs"}
"""What libraries can do with beans and windows, and we do not: a fifth of a runtime."""


def here() -> str:
    """Return the name of this machine's platform."""
    for each in PLATFORMS.values():
        if (each.system, each.processor) == (machine.system(), machine.machine()):
            return each.name
    sys.exit(f"build: there is no image for {machine.system()} on {machine.machine()}; there are {', '.join(PLATFORMS)}")


def image(target: Platform) -> Path:
    """Make the image: everything below one folder, which may then stand anywhere."""
    if target.name != here():
        sys.exit(
            f"build: the image of {target.name} is made on {target.name}: java's runtime is linked from that platform's JDK, "
            f"and this is {here()}"
        )
    java_home = Path(tool([ROOT / "tools/java-home"]))
    tool([ROOT / "aistrale", "--version"])  # builds what is missing
    home = ROOT / "target" / "image" / target.name
    shutil.rmtree(home, ignore_errors=True)
    for part in ("bin", "jars", "caches"):
        (home / part).mkdir(parents=True)
    paths = {name: jars_of(name) for name in PROGRAMS}
    for jar in {jar for path in paths.values() for jar in path}:
        ship(jar, home / "jars" / jar.name, target)
    link(java_home, home, sorted((home / "jars").glob("*.jar")))
    legal.of_runtime(java_home, home)
    launcher(home, {name: [jar.name for jar in path] for name, path in paths.items()})
    train(home, paths)
    bill = sbom.of_image(home, target.name, java_home)
    (home / SBOM).write_bytes(sbom.written(bill))
    (home / "VERSION").write_text(VERSION + "\n")
    shutil.copy(ROOT / "LICENSE", home / "LICENSE")
    legal.of_image(home, java_home, bill["components"])
    size = sum(file.stat().st_size for file in home.rglob("*") if file.is_file())
    print(f"image of {target.name}: {size / 1e6:.0f} MB in {home.relative_to(ROOT)}", file=sys.stderr)
    return home


def jars_of(program: str) -> list[Path]:
    """Return a program's jars in the order of its class path, its own first."""
    folder = ROOT / program / "target"
    return [folder / f"aistrale-{program}.jar", *sorted((folder / "lib").glob("*.jar"))]


def ship(jar: Path, to: Path, target: Platform) -> None:
    """Copy a jar; of the database's libraries only that for the platform goes along."""
    if not jar.name.startswith("sqlite-jdbc"):
        shutil.copyfile(jar, to)
        return
    natives = "org/sqlite/native/"
    with zipfile.ZipFile(jar) as source, zipfile.ZipFile(to, "w") as small:
        wanted = [each for each in source.infolist() if not each.filename.startswith(natives) or each.filename.startswith(f"{natives}{target.natives}/")]
        if not any(each.filename.startswith(natives) and not each.is_dir() for each in wanted):
            sys.exit(f"build: {jar.name} has no library below {natives}{target.natives}")
        for each in wanted:
            small.writestr(each, source.read(each), compress_type=zipfile.ZIP_DEFLATED)


def link(java_home: Path, home: Path, jars: list[Path]) -> None:
    """Link a runtime that has what the jars use."""
    with tempfile.TemporaryDirectory() as folder:
        for jar in jars:  # as plain classes: some are modules that name others by names which those do not have
            with zipfile.ZipFile(jar) as archive:
                names = [name for name in archive.namelist() if name.endswith(".class") and "META-INF/" not in name and not name.endswith("module-info.class")]
                archive.extractall(folder, names)
        needed = tool([java_home / "bin/jdeps", "--ignore-missing-deps", "--print-module-deps", folder])
    modules = {*needed.split(","), *MODULES_THAT_ARE_ONLY_NAMED_IN_DATA} - MODULES_OF_PATHS_NOT_TAKEN
    runtime = home / "runtime"
    tool(
        [
            java_home / "bin/jlink",
            *("--add-modules", ",".join(sorted(modules)), "--output", runtime),
            *("--strip-java-debug-attributes", "--no-header-files", "--no-man-pages", "--compress=zip-0", "--vm=server"),
        ]
    )


def launcher(home: Path, paths: dict[str, list[str]]) -> None:
    """Write the launcher: where things are here, then what every launcher does."""
    digest = hashlib.sha256()
    for jar in sorted((home / "jars").glob("*.jar")):
        digest.update(jar.read_bytes())
    identity = f"{VERSION}-{digest.hexdigest()[:12]}"
    text = (ROOT / "packaging/installed").read_text().replace("@AGE@", AGE).replace("@ID@", identity)
    text += f'version="{VERSION}"\n'
    for name, jars in paths.items():
        text += f'{name}_path="' + ":".join(f"$jars/{jar}" for jar in jars) + '"\n'
    for part in ("java-options", "launch"):
        text += "\n" + (ROOT / "packaging" / part).read_text().split("\n\n", 1)[1]
    file = home / "bin/aistrale"
    file.write_text(text)
    file.chmod(0o755)


def train(home: Path, paths: dict[str, list[Path]]) -> None:
    """Have java watch the programs at work, with the jars and the options that they will run with."""
    tool(["touch", "-t", AGE, *sorted((home / "jars").glob("*.jar"))], env={**os.environ, "TZ": "UTC0"})
    options = dict(re.findall(r'^(\w+)_options="(.*)"$', (ROOT / "packaging/java-options").read_text(), re.MULTILINE))
    for name in ("cli", "server"):
        path = ":".join(f"{home}/jars/{jar.name}" for jar in paths[name])
        cache = home / "caches" / f"{name}.aot"
        tool(
            [
                home / "runtime/bin/java",
                *("-Xlog:disable", f"-XX:AOTCacheOutput={cache}", *options[name].split()),
                *("-cp", path, f"{PROGRAMS[name]}.AotTraining"),
            ]
        )
        if not cache.exists():
            sys.exit(f"build: java made no cache of the {name}'s classes")


def files_of(home: Path) -> list[Path]:
    """Return the image's files in an order of their own; the launcher's mark is none of them."""
    return [file for file in sorted(home.rglob("*")) if file.is_file() and file.name != ".aged"]


def wheel(target: Platform) -> Path:
    """Pack the image as a wheel: `aistrale` on the path, the rest below lib/aistrale of the environment."""
    home = ROOT / "target" / "image" / target.name
    name = f"aistrale_cli-{VERSION}"
    data = f"{name}.data/data/lib/aistrale"
    contents: dict[str, tuple[bytes, int]] = {}
    for file in files_of(home):
        contents[f"{data}/{file.relative_to(home).as_posix()}"] = (file.read_bytes(), file.stat().st_mode)
    contents[f"{data}/.aged"] = (b"", 0o644)  # the launcher's mark: what is listed goes away with the rest when it is uninstalled
    contents[f"{name}.data/scripts/aistrale"] = ((ROOT / "packaging/pip/aistrale").read_bytes(), 0o755)
    for file in sorted((ROOT / "packaging/pip/aistrale_cli").glob("*")):
        if file.is_file():
            contents[f"aistrale_cli/{file.name}"] = (file.read_bytes(), 0o644)
    readme = (ROOT / "packaging/pip/README.md").read_text()
    info = f"{name}.dist-info"
    contents[f"{info}/METADATA"] = (metadata(readme, license_of(home)).encode(), 0o644)
    for file in ("LICENSE", legal.LIST):  # the texts of others' are below lib/aistrale/legal, as the list says
        contents[f"{info}/licenses/{file}"] = ((home / file).read_bytes(), 0o644)
    contents[f"{info}/sboms/aistrale-cli.cdx.json"] = ((home / SBOM).read_bytes(), 0o644)  # where PEP 770 has it
    contents[f"{info}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: aistrale ({VERSION})\nRoot-Is-Purelib: false\nTag: py3-none-{target.wheel}\n".encode(),
        0o644,
    )
    record = "".join(f"{path},sha256={encoded(body)},{len(body)}\n" for path, (body, _) in contents.items())
    contents[f"{info}/RECORD"] = (f"{record}{info}/RECORD,,\n".encode(), 0o644)
    DIST.mkdir(exist_ok=True)
    made = DIST / f"{name}-py3-none-{target.wheel}.whl"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path, (body, mode) in contents.items():
            archive.writestr(entry(path, mode), body)
    print(f"{made.relative_to(ROOT)}: {made.stat().st_size / 1e6:.1f} MB", file=sys.stderr)
    return made


def license_of(home: Path) -> str:
    """Return the license of all that an image has, by its bill."""
    return legal.expression(json.loads((home / SBOM).read_text("utf-8"))["components"])


def metadata(readme: str, licensed: str) -> str:
    """Return the wheel's METADATA, core metadata 2.4."""
    return (
        f"Metadata-Version: 2.4\nName: aistrale-cli\nVersion: {VERSION}\n"
        "Summary: Language models on the command line, with a server that comes along. Needs no Java.\n"
        f"License-Expression: {licensed}\nLicense-File: LICENSE\nLicense-File: {legal.LIST}\nRequires-Python: >=3.9\n"
        "Keywords: llm,cli,openai,anthropic,gateway\nDescription-Content-Type: text/markdown\n\n" + readme
    )


def entry(path: str, mode: int) -> zipfile.ZipInfo:
    """Return a file of a zip, with the time that all have."""
    made = zipfile.ZipInfo(path, time.gmtime(EPOCH)[:6])
    made.compress_type = zipfile.ZIP_DEFLATED
    made.external_attr = (0o100000 | (0o755 if mode & 0o100 else 0o644)) << 16
    return made


def encoded(body: bytes) -> str:
    """Return a file's hash as RECORD has it."""
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()


def npm(target: Platform) -> list[Path]:
    """Pack the image as npm's package of the platform, and the small one that depends on it."""
    home = ROOT / "target" / "image" / target.name
    source = ROOT / "packaging/npm"
    platform_name = f"@aistrale/cli-{target.name}"
    about = {
        "name": platform_name,
        "version": VERSION,
        "description": f"AISTRALE's command line and server for {target.name}. Install aistrale-cli instead.",
        "license": license_of(home),
        "os": [target.npm_os],
        "cpu": [target.npm_cpu],
        **({"libc": ["glibc"]} if target.system == "Linux" else {}),
        "preferUnplugged": True,
    }
    image_files = {file.relative_to(home).as_posix(): (file.read_bytes(), file.stat().st_mode) for file in files_of(home)}
    platform_package = DIST / f"aistrale-cli-{target.name}-{VERSION}.tgz"
    pack(platform_package, {"package.json": (dumped(about), 0o644), **image_files})
    main = json.loads((source / "package.json").read_text())
    main["version"] = VERSION
    main["optionalDependencies"] = {f"@aistrale/cli-{name}": VERSION for name in sorted(PLATFORMS)}
    own = {
        file.relative_to(source).as_posix(): (file.read_bytes(), file.stat().st_mode)
        for file in sorted(source.rglob("*"))
        if file.is_file() and file.name != "package.json"
    }
    license_text = ((ROOT / "LICENSE").read_bytes(), 0o644)
    main_package = DIST / f"aistrale-cli-{VERSION}.tgz"
    pack(main_package, {"package.json": (dumped(main), 0o644), "LICENSE": license_text, **own})
    return [platform_package, main_package]


def dumped(value: object) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()


def pack(made: Path, files: dict[str, tuple[bytes, int]]) -> None:
    """Write a package of npm's: a tar below package/."""
    DIST.mkdir(exist_ok=True)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, (body, mode) in files.items():
            member = tarfile.TarInfo(f"package/{path}")
            member.size, member.mtime, member.mode = len(body), EPOCH, 0o755 if mode & 0o100 else 0o644
            archive.addfile(member, io.BytesIO(body))
    made.write_bytes(gzip.compress(buffer.getvalue(), 6, mtime=EPOCH))
    print(f"{made.relative_to(ROOT)}: {made.stat().st_size / 1e6:.1f} MB", file=sys.stderr)


def tool(command: list[object], env: dict[str, str] | None = None) -> str:
    """Run something, and return what it printed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=env, check=False)  # noqa: S603
    if done.returncode != 0:
        sys.exit(f"build: {command[0]} failed (exit {done.returncode}):\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def main() -> None:
    words = argparse.ArgumentParser(prog="packaging/build", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("what", choices=["image", "wheel", "npm", "all"])
    words.add_argument("--platform", choices=list(PLATFORMS), default=None, help="this machine's unless given")
    given = words.parse_args()
    target = PLATFORMS[given.platform or here()]
    if given.what in ("image", "all") or not (ROOT / "target/image" / target.name / "VERSION").exists():
        image(target)
    if given.what in ("wheel", "all"):
        wheel(target)
    if given.what in ("npm", "all"):
        npm(target)
    if given.what == "all":
        missing = [name for name in PLATFORMS if name != target.name]
        print(f"not made here, each on its own platform: {', '.join(missing)}", file=sys.stderr)


if __name__ == "__main__":
    main()
