// Makes the reference of the doc comments in src/, a page of each file in reference/, whose names are the page's:
// node scripts/reference.mjs [FOLDER], docs/typescript/reference unless given.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { Application, Converter, LogLevel, ReflectionKind } from "typedoc";
import { MarkdownPageEvent } from "typedoc-plugin-markdown";

const root = join(import.meta.dirname, "..");
const out = resolve(process.argv[2] ?? join(root, "../../docs/typescript/reference"));
process.chdir(root);

const TITLES = {
  calls: "Clients and calls",
  answers: "Answers, streams, conversations",
  tools: "Tools and structured output",
  errors: "Errors",
  prompts: "Prompts",
  telemetry: "Telemetry",
  money: "Budgets, aliases, models, providers",
  events: "Webhooks and events",
  access: "Keys, tokens, workspaces, the audit log",
  lists: "Lists and feeds",
  otel: "@aistrale/sdk/otel",
  receivers: "@aistrale/sdk/webhooks",
  react: "@aistrale/sdk/react",
  ai: "@aistrale/sdk/ai",
  testing: "@aistrale/sdk/testing",
};
const NOTE = "Made from the doc comments by `sdk/typescript/scripts/reference.mjs`; change those, not this file.";
const there = readdirSync("reference")
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.replace(/\.ts$/, ""));
const pages = [...Object.keys(TITLES), ...there.filter((name) => !TITLES[name])];

const files = pages.map((page) => `reference/${page}.ts`);
const app = await Application.bootstrapWithPlugins({
  plugin: ["typedoc-plugin-markdown"],
  entryPoints: files,
  tsconfig: "reference/tsconfig.json",
  out,
  readme: "none",
  name: "Reference",
  router: "module",
  entryFileName: "README",
  modulesFileName: "README",
  flattenOutputFiles: true,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  hideGroupHeadings: true,
  disableSources: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  sort: [],
  sortEntryPoints: false,
  groupOrder: ["Variables", "Functions", "Classes", "Interfaces", "Type Aliases"],
  expandObjects: true,
  useCodeBlocks: true,
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  classPropertiesFormat: "table",
  typeDeclarationFormat: "table",
  // The AI SDK's own types, as far as they are needed.
  intentionallyNotExported: "ToolCallContent Message JsonFormat FunctionTool Options Content FinishReason Usage Warning"
    .split(" ")
    .map((name) => `src/ai-types.ts:${name}`),
  useHTMLAnchors: true,
  githubPages: false,
  requiredToBeDocumented: ["Class", "Interface", "TypeAlias", "Variable", "Function", "Method"],
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  logLevel: LogLevel.Warn,
  treatWarningsAsErrors: true,
});
// Nobody makes errors but this package, and that `name` is a getter is its own affair.
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  for (const each of project.getReflectionsByKind(ReflectionKind.Accessor | ReflectionKind.Constructor)) {
    const of = each.parent.name;
    if (/Error$/.test(of) && (each.name === "name" || each.kindOf(ReflectionKind.Constructor))) {
      project.removeReflection(each);
    }
  }
});
const project = await app.convert();
if (project) app.validate(project);
if (!project || app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error("typedoc said what is wrong");

// Every public name of every entry of the package is on one page.
const [{ program }] = app.getEntryPoints();
const checker = program.getTypeChecker();
const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
const entries = Object.values(exports)
  .map((entry) => entry.import?.default?.replace(/^\.\/lib\/(.*)\.js$/, "src/$1"))
  .filter(Boolean)
  .map((name) => (ts.sys.fileExists(`${name}.ts`) ? `${name}.ts` : `${name}.tsx`));
const names = (file) =>
  checker
    .getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(join(root, file))))
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    .filter((symbol) => !symbol.getJsDocTags().some((tag) => tag.name === "internal"));
const shown = files.flatMap(names);
for (const [what, symbols] of [
  ["are on no page of reference/", entries.flatMap(names).filter((symbol) => !shown.includes(symbol))],
  ["are on two pages of reference/", shown.filter((symbol, at) => shown.indexOf(symbol) !== at)],
]) {
  if (symbols.length) throw new Error(`${symbols.map((symbol) => symbol.name).join(", ")} ${what}`);
}

// Titles, and an index of all names instead of one of the pages alone.
const first = (reflection) => {
  const comment = reflection.comment ?? reflection.signatures?.[0]?.comment;
  const text = (comment?.summary ?? []).map((part) => part.text).join("").split(/\n\n/)[0].replaceAll("\n", " ");
  return (/^.*?[^.][.:;](?= [A-Z]|$)/.exec(text)?.[0] ?? text).replace(/[:;]$/, "").replaceAll("|", "\\|");
};
/** Makes links of the types in backticks, outside of code, headings and links. */
function linked(text, page) {
  const places = new Map();
  for (const module of project.children) {
    for (const each of module.children) {
      if (/^[A-Z]/.test(each.name)) places.set(each.name, app.renderer.router.getFullUrl(each).replace(`${page}.md#`, "#"));
    }
  }
  let code = false;
  return text
    .split("\n")
    .map((line) => {
      if (line.startsWith("```")) code = !code;
      if (code || line.startsWith("#") || line.startsWith("    ")) return line;
      return line.replace(/(?<![[`])`([A-Z]\w+)`(?!\])/g, (whole, name) =>
        places.has(name) ? `[${whole}](${places.get(name)})` : whole,
      );
    })
    .join("\n")
    .replace(/^(const VERSION: string) = .*/m, "$1;"); // another one each time
}

app.renderer.on(MarkdownPageEvent.END, (page) => {
  const name = page.filename.split("/").at(-1).replace(/\.md$/, "");
  if (name !== "README") {
    page.contents = linked(page.contents, name).replace(/^# .*$/m, `# ${TITLES[name] ?? name}\n\n${NOTE}`);
    return;
  }
  const { router } = app.renderer;
  const link = (each) => `[\`${each.name}\`](${router.getFullUrl(each)})`;
  const lines = ["# Reference", "", NOTE, "", "| page | has |", "|---|---|"];
  const modules = pages.map((each) => project.children.find((module) => module.name === each));
  for (const module of modules) {
    const some = module.children.slice(0, 6).map(link).join(", ") + (module.children.length > 6 ? ", …" : "");
    lines.push(`| [${TITLES[module.name] ?? module.name}](${module.name}.md) | ${some} |`);
  }
  lines.push("", "## Every name", "", "| | |", "|---|---|");
  const all = modules.flatMap((module) => module.children);
  const key = (each) => each.name.toLowerCase() + each.name;
  for (const each of all.sort((one, other) => (key(one) < key(other) ? -1 : 1))) {
    lines.push(`| ${link(each)} | ${first(each)} |`);
  }
  page.contents = lines.join("\n") + "\n";
});
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await app.generateOutputs(project);
