"""Makes the reference of the public names, as Markdown, from their signatures and docstrings.

    python reference.py [FOLDER]        FOLDER is docs/python/reference unless given

Read by griffe, without importing anything. A public name is one that `aistrale/__init__.py` has, or
a module without an underscore. The module that a name comes from tells its page: see PAGES.
"""

import re
import sys
from pathlib import Path

import griffe

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent.parent / "docs" / "python" / "reference"
WIDTH = 96

PAGES = {
    "calls": (
        "Clients and calls",
        "_default _default_resources _client _async_client _options _deadline _http_given",
    ),
    "answers": (
        "Answers, streams, conversations",
        "_models _stream _events _session _raw_response",
    ),
    "tools": ("Tools and structured output", "_tool"),
    "errors": ("Errors", "_errors _limits"),
    "prompts": ("Prompts", "_prompts _prompt_models _prompt_operations _prompt_ref"),
    "telemetry": ("Telemetry", "_telemetry _telemetry_models _telemetry_operations"),
    "money": (
        "Budgets, aliases, models, providers",
        "_budgets _budget_models _budget_operations _routing _routing_models _routing_operations",
    ),
    "events": (
        "Webhooks and events",
        "_webhooks _webhook_models _webhook_operations _event_models _event_resource",
    ),
    "access": (
        "Keys, tokens, workspaces, the audit log",
        "_access _access_models _access_operations",
    ),
    "lists": ("Lists and feeds", "_paging _feed _wire"),
    "more": ("More", ""),
}
PARAMETER = re.compile(r"[a-z_*][a-z0-9_]*(, [a-z_*][a-z0-9_]*)*: ")


def load() -> griffe.Module:
    """Return the package as it stands in the source."""
    return griffe.load("aistrale", search_paths=[HERE / "src"], try_relative_path=False)


def is_public(name: str) -> bool:
    """Return whether the name is for users."""
    return not name.startswith("_")


def target(member: griffe.Object | griffe.Alias) -> griffe.Object:
    """Return what a name stands for in the end."""
    return member.final_target if isinstance(member, griffe.Alias) else member


class Reference:
    """All pages, and where on them a name is."""

    def __init__(self) -> None:
        self.package = load()
        self.members = {
            name: target(member)
            for name, member in self.package.members.items()
            if is_public(name) and name not in ("TYPE_CHECKING", "annotations")
        }
        self.modules = sorted(
            name for name, member in self.members.items() if isinstance(member, griffe.Module)
        )
        self.resources = self._resources()
        self.place: dict[str, str] = {}
        for name, member in self.members.items():
            if not isinstance(member, griffe.Module):
                self.place[name] = f"{self._page(member)}.md#{name.lower()}"
        for resource in self.resources.values():
            self.place.setdefault(
                resource.name, f"{self._page(resource)}.md#{resource.name.lower()}"
            )
        for name in self.modules:
            self.place.setdefault(f"aistrale.{name}", f"module-{name}.md")

    def _resources(self) -> dict[str, griffe.Class]:
        """Return the classes behind `client.prompts` and its like, those behind these too."""
        found: dict[str, griffe.Class] = {}

        def look(owner: griffe.Class, prefix: str) -> None:
            for name, member in owner.members.items():
                if is_public(name) and {"property", "cached"} <= member.labels:
                    annotation = str(member.annotation)  # type: ignore[union-attr]
                    of = self._class(annotation, owner)
                    found[f"{prefix}.{name}"] = of
                    look(of, f"{prefix}.{name}")

        client = self.members["Aistrale"]
        look(client, "client")
        return found

    def _class(self, name: str, near: griffe.Class) -> griffe.Class:
        of = (
            near.module.members.get(name)
            or self.package[near.resolve(name).removeprefix("aistrale.")]
        )
        return target(of)

    def _page(self, member: griffe.Object) -> str:
        module = member.module.name
        for page, (_, modules) in PAGES.items():
            if module in modules.split():
                return page
        return "more"

    def pages(self) -> dict[str, str]:
        """Return the text of each page by its file's name."""
        made = {}
        for page, (title, modules) in PAGES.items():
            order = modules.split()
            names = [
                name for name in self.members if self.place.get(name, "").startswith(f"{page}.md#")
            ]
            names.sort(key=lambda name: self._rank(name, order))
            parts = []
            for path, resource in self.resources.items():
                if self._page(resource) == page:
                    parts.append(self._resource(path, resource))
            parts[:0] = [self._member(name, self.members[name]) for name in names]
            if parts:
                made[f"{page}.md"] = f"# {title}\n\n{NOTE}\n\n" + "\n\n".join(parts) + "\n"
        for name in self.modules:
            made[f"module-{name}.md"] = self._module(name)
        made["README.md"] = self._index(made)
        return {name: self._linked(text, name) for name, text in made.items()}

    def _rank(self, name: str, order: list[str]) -> tuple[int, int]:
        """What comes first in the module comes first on the page."""
        member = self.members[name]
        module = member.module.name
        return (order.index(module) if module in order else 0, member.lineno or 0)

    def _index(self, made: dict[str, str]) -> str:
        lines = ["# Reference", "", NOTE, "", "| page | has |", "|---|---|"]
        for page, (title, _) in PAGES.items():
            if f"{page}.md" in made:
                lines.append(f"| [{title}]({page}.md) | {self._listed(page)} |")
        for name in self.modules:
            first = first_sentence(self.members[name])
            lines.append(f"| [aistrale.{name}](module-{name}.md) | {first} |")
        lines += ["", "## Every name", "", "| | |", "|---|---|"]
        for name in sorted(self.members, key=str.lower):
            if name not in self.modules:
                first = first_sentence(self.members[name])
                lines.append(f"| [`{name}`]({self.place[name]}) | {first} |")
        return "\n".join(lines) + "\n"

    def _listed(self, page: str) -> str:
        resources = [
            f"`{path}`" for path, resource in self.resources.items() if self._page(resource) == page
        ]
        names = [
            f"`{name}`"
            for name in self.members
            if self.place.get(name, "").startswith(f"{page}.md#")
        ]
        names.sort(key=lambda name: self._rank(name.strip("`"), PAGES[page][1].split()))
        return ", ".join([*resources, *names][:6]) + (", …" if len(names) > 6 else "")

    def _linked(self, text: str, page: str) -> str:
        """Make links of the types in backticks, outside of code and headings."""

        def link(found: re.Match[str]) -> str:
            place = self.place.get(found[1])
            if place is None or not found[1][0].isupper():  # `events` may be a field
                return found[0]
            file, _, anchor = place.partition("#")
            return f"[`{found[1]}`]({'#' + anchor if file == page and anchor else place})"

        done, code = [], False
        for line in text.split("\n"):
            fence = line.startswith("```")
            code = code != fence
            plain = code or line.startswith(("#", "```", "    "))
            done.append(line if plain else re.sub(r"(?<![\[`])`([\w.]+)`(?!\])", link, line))
        return "\n".join(done)

    def _module(self, name: str) -> str:
        module = self.members[name]
        parts = [f"# aistrale.{name}\n\n{NOTE}\n\n{prose(module)}"]
        again = []
        for member_name, member in module.members.items():
            if member_name not in public_names(module):
                continue
            if isinstance(member, griffe.Alias) and member_name in self.place:
                again.append(f"`{member_name}`")
            else:
                parts.append(self._member(member_name, target(member), f"aistrale.{name}."))
        if again:
            parts.append("Under this name too: " + ", ".join(sorted(again)) + ".")
        return "\n\n".join(parts) + "\n"

    def _member(self, name: str, member: griffe.Object, prefix: str = "") -> str:
        if isinstance(member, griffe.Function):
            return f"## {name}\n\n{code(*signatures(member, prefix))}\n\n{prose(member)}"
        if isinstance(member, griffe.Class):
            return self._class_text(f"## {name}", name, member, prefix)
        value, resource = str(member.value), resource_of(member)
        if resource in self.place:
            of = f"of the client that the settings in force make: `{resource}`."
            return f"## {name}\n\nAs `client.{name}`, {of}"
        if name == "__version__" or member.value is None:
            return f"## {name}\n\n{prose(member)}"
        return f"## {name}\n\n{code(f'{name} = {value}')}\n\n{prose(member)}"

    def _resource(self, path: str, resource: griffe.Class) -> str:
        heading = f"## {resource.name}\n\nAs `{path}`."
        return self._class_text(heading, resource.name, resource, "", path)

    def _class_text(
        self, heading: str, name: str, owner: griffe.Class, prefix: str, path: str | None = None
    ) -> str:
        parts = [heading]
        if path is None:
            parts.append(code(*self._head(name, owner, prefix)))
        parts.append(prose(owner))
        if name == "AsyncAistrale":
            parts.append(
                "Every method and resource of `Aistrale` is here too, those that wait with `await`."
            )
            return "\n\n".join(parts)
        called = path or ("client" if name == "Aistrale" else "")
        for member_name, member in owner.members.items():
            if not is_public(member_name):
                continue
            of = target(member)
            if isinstance(of, griffe.Function):
                signed = signatures(of, f"{called}." if called else "", member_name)
                parts.append(f"### {name}.{member_name}\n\n{code(*signed)}\n\n{prose(of)}")
            elif isinstance(of, griffe.Attribute) and "property" in of.labels:
                shown = f"`{called}.{member_name}`" if called else f"`.{member_name}`"
                kind = str(of.annotation)
                parts.append(f"### {name}.{member_name}\n\n{shown}: `{kind}`\n\n{prose(of)}")
        return "\n\n".join(part for part in parts if part)

    def _head(self, name: str, owner: griffe.Class, prefix: str) -> list[str]:
        """Return the class as code: how it is made, or what it has."""
        bases = [str(base) for base in owner.bases]
        typed = "TypedDict" in bases or any(base in self.members for base in bases)
        fields = self._fields(owner)
        init = owner.members.get("__init__")
        if is_error(owner):
            lines = [f"class {name}({', '.join(bases)})"]
            if isinstance(init, griffe.Function):
                lines += [
                    f"    .{each.name}: {each.annotation}"
                    for each in init.parameters
                    if each.name not in ("self", "message")
                ]
            return lines
        if typed and fields and not is_dataclass(owner):
            shown = f"({', '.join(bases)})".replace(", total=False", "")
            return [f"class {name}{shown}", *[f"    {line}" for line in fields]]
        if is_dataclass(owner):
            return [f"class {name}", *[f"    {line}" for line in fields]]
        if isinstance(init, griffe.Function) and name in ("Aistrale", "AsyncAistrale", "PromptRef"):
            return signatures(init, prefix, name)
        return [f"class {name}" + (f"({', '.join(bases)})" if bases else "")]

    def _fields(self, owner: griffe.Class) -> list[str]:
        lines = []
        for name, member in owner.members.items():
            if (
                isinstance(member, griffe.Attribute)
                and is_public(name)
                and member.annotation is not None
            ):
                if "property" in member.labels:
                    continue
                value = "" if member.value is None else str(member.value)
                default = f" = {value}" if value and "field(" not in value else ""
                lines.append(f"{name}: {member.annotation}{default}")
        return lines


STARRED = (griffe.ParameterKind.var_keyword, griffe.ParameterKind.var_positional)
NOTE = "Made from the docstrings by `sdk/python/reference.py`; change those, not this file."


def is_error(owner: griffe.Class) -> bool:
    """Return whether it is raised."""
    return owner.name.endswith("Error") or any(str(base) == "Exception" for base in owner.bases)


def is_dataclass(owner: griffe.Class) -> bool:
    """Return whether its attributes are what it is made of."""
    return any(str(each.value).startswith("dataclass") for each in owner.decorators)


def public_names(module: griffe.Module) -> list[str]:
    """Return what a module has for users: its `__all__`, or all that is defined in it."""
    exports = module.exports
    if exports is not None:
        return [str(name) for name in exports]
    return [
        name
        for name, member in module.members.items()
        if is_public(name) and not isinstance(member, griffe.Alias)
    ]


def resource_of(member: griffe.Attribute) -> str:
    """Return the class of a resource of the module, such as `prompts`."""
    return str(member.annotation or member.value).partition("(")[0]


def first_sentence(member: griffe.Object) -> str:
    """Return what a docstring begins with; of a resource of the module, what it stands for."""
    if member.docstring is None:
        return f"`{resource_of(member)}`" if isinstance(member, griffe.Attribute) else ""
    first = member.docstring.value.strip().split("\n\n")[0].replace("\n", " ")
    return re.split(r"(?<=[.;]) ", first)[0].rstrip(";").replace("|", r"\|")


def prose(member: griffe.Object) -> str:
    """Return the docstring as Markdown: `name: meaning` becomes an entry of a list."""
    if member.docstring is None:
        return ""
    paragraphs = member.docstring.value.strip("\n").split("\n\n")
    return "\n\n".join(paragraph(each) for each in paragraphs)


def paragraph(text: str) -> str:
    """Return one paragraph of a docstring as Markdown."""
    if not PARAMETER.match(text):
        return text
    entries: list[str] = []
    for line in text.split("\n"):
        if PARAMETER.match(line):
            names, _, meaning = line.partition(": ")
            entries.append(f"- {', '.join(f'**{name}**' for name in names.split(', '))}: {meaning}")
        elif line.startswith(" "):
            entries[-1] += " " + line.strip()
        else:
            entries.append("\n" + line)
    return "\n".join(entries)


def code(*lines: str) -> str:
    """Return a block of Python."""
    return "```python\n" + "\n".join(lines) + "\n```"


def signatures(function: griffe.Function, prefix: str = "", name: str | None = None) -> list[str]:
    """Return how a function is called; each overload by itself."""
    found = function.overloads or [function]
    return [signature(each, prefix, name or function.name) for each in found]


def signature(function: griffe.Function, prefix: str, name: str) -> str:
    """Return one signature, a parameter a line where it is long."""
    shown, star = [], False
    for each in function.parameters:
        if each.name == "self" or not is_public(each.name):
            continue
        kind = each.kind
        text = each.name if each.annotation is None else f"{each.name}: {each.annotation}"
        if each.default is not None and kind not in STARRED:
            text += f" = {each.default}"
        if kind is griffe.ParameterKind.var_keyword:
            text = (
                f"**{each.name}: {str(each.annotation).removeprefix('Unpack[').removesuffix(']')}"
            )
        elif kind is griffe.ParameterKind.var_positional:
            text, star = f"*{text}", True
        elif kind is griffe.ParameterKind.keyword_only and not star:
            shown.append("*")
            star = True
        shown.append(text)
    generator = str(function.returns).startswith("AsyncIterator")
    awaited = "await " if "async" in function.labels and not generator else ""
    returns = "" if name[0].isupper() or function.returns is None else f" -> {function.returns}"
    line = f"{awaited}{prefix}{name}({', '.join(shown)}){returns}"
    if len(line) <= WIDTH:
        return line
    return (
        f"{awaited}{prefix}{name}(\n" + "".join(f"    {each},\n" for each in shown) + f"){returns}"
    )


def main() -> None:
    """Write the pages, and take away those that are not made any more."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    pages = Reference().pages()
    for old in folder.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
