/** The package as it is published: its files, its types, its size, and that it installs and runs. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { PACKAGE, ROOT } from "./support.js";

let folder: string;
let tarball: string;
let project: string;

const npm = (cwd: string, ...args: string[]) =>
  execFileSync("npm", [...args, "--offline", "--no-audit", "--no-fund", "--loglevel=error"], { cwd, encoding: "utf8", env: { ...process.env, npm_config_cache: join(folder, "cache") } });

before(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "aistrale-package-")));
  const [packed] = JSON.parse(npm(PACKAGE, "pack", "--json", "--ignore-scripts", "--pack-destination", folder));
  tarball = join(folder, packed.filename);
  project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{"name": "fresh", "private": true}');
  npm(project, "install", tarball);
});

after(() => rmSync(folder, { recursive: true, force: true }));

const packaged = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8"));

test("it has no dependency, and the project's version", () => {
  for (const kind of ["dependencies", "peerDependencies", "optionalDependencies"]) {
    assert.deepEqual(Object.keys(packaged[kind] ?? {}).filter((name) => kind == "dependencies" || !packaged.peerDependenciesMeta?.[name]?.optional), []);
  }
  assert.equal(packaged.version, readFileSync(join(ROOT, "VERSION"), "utf8").trim());
  assert.deepEqual(readdirSync(join(project, "node_modules")).filter((name) => name[0] != "."), ["@aistrale"]);
});

test("it says where it comes from, so that the README's links lead somewhere and a release can be traced", () => {
  const { repository, homepage, bugs } = packaged;
  assert.equal(join(ROOT, repository.directory), PACKAGE);
  const [, where] = /^git\+(https:\/\/.+)\.git$/.exec(repository.url)!;
  assert.ok(homepage.startsWith(where!) && bugs.startsWith(where!));
});

test("publint finds nothing", async () => {
  const { messages } = await publint({ pkgDir: join(project, "node_modules/@aistrale/sdk"), pack: false, strict: true });
  assert.deepEqual(messages.map((each) => formatMessage(each, packaged)), []);
});

test("arethetypeswrong finds nothing", async () => {
  const result: any = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
  assert.ok(result.types);
  // Who resolves modules as Node 10 did sees no subpaths; nothing that runs today does.
  assert.deepEqual(result.problems.filter((each: any) => each.resolutionKind != "node10"), []);
});

test("only what is to be published is in it", () => {
  const files = readdirSync(join(project, "node_modules/@aistrale/sdk"), { recursive: true }).map(String);
  for (const file of files) {
    assert.match(file, /^(package\.json|README\.md|LICENSE|lib|lib\/[\w-]+\.(js|cjs|d\.ts|d\.cts))$/);
  }
  assert.ok(files.includes("LICENSE"));
  assert.ok(files.includes("README.md"));
});

const PROGRAM = `
const client = new Aistrale({
  apiUrl: "http://a.example",
  fetch: async (url) => new Response(JSON.stringify(
    url.endsWith("/budgets") ? { data: [{ id: "bud_1" }], next_cursor: null } : { id: "inf_1", text: "Hello there" })),
});
(async () => {
  const answer = await client.run("Hello");
  const [budget] = await client.budgets.list().all();
  const streamed = await client.stream("Hello").final();
  const headers = await sign("{}", "whsec_c2VjcmV0c2VjcmV0c2VjcmV0");
  await verify("{}", headers, "whsec_c2VjcmV0c2VjcmV0c2VjcmV0");
  const error = await run("Hello", { maxRetries: 0 }).catch((why) => why);
  console.log(\`\${answer} \${budget.id} \${streamed} \${error.name} \${error instanceof APIConnectionError}\`);
})();
`;

for (const [kind, file, imports] of [
  ["an ESM", "program.mjs", 'import { Aistrale, APIConnectionError, run } from "@aistrale/sdk"; import { sign, verify } from "@aistrale/sdk/webhooks";'],
  ["a CommonJS", "program.cjs", 'const { Aistrale, APIConnectionError, run } = require("@aistrale/sdk"); const { sign, verify } = require("@aistrale/sdk/webhooks");'],
] as const) {
  test(`the tarball runs in a fresh project, in ${kind} program`, () => {
    writeFileSync(join(project, file), imports + PROGRAM);
    const env = { PATH: process.env.PATH, AISTRALE_API_URL: "http://127.0.0.1:1", AISTRALE_CONFIG: join(folder, "none") };
    const said = execFileSync(process.execPath, [file], { cwd: project, encoding: "utf8", env });
    assert.equal(said, "Hello there bud_1 Hello there APIConnectionError true\n");
  });
}

for (const [kind, file, imports] of [
  ["an ESM", "spans.mjs", 'import { Aistrale } from "@aistrale/sdk"; import { trace } from "@opentelemetry/api";\nconst otel = () => import("@aistrale/sdk/otel");'],
  ["a CommonJS", "spans.cjs", 'const { Aistrale } = require("@aistrale/sdk"); const { trace } = require("@opentelemetry/api");\nconst otel = async () => require("@aistrale/sdk/otel");'],
] as const) {
  test(`the tarball has spans where OpenTelemetry's API is installed, and says so where it is not, in ${kind} program`, () => {
    const at = join(folder, "spans");
    mkdirSync(join(at, "node_modules/@opentelemetry"), { recursive: true });
    cpSync(join(project, "node_modules/@aistrale"), join(at, "node_modules/@aistrale"), { recursive: true });
    const program = `
const named = [];
const provider = { getTracer: () => ({ startSpan: (name) => (named.push(name), trace.wrapSpanContext({ traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 1 })) }) };
const send = (_, { headers }) => Promise.resolve(Response.json({ id: "inf_1", text: headers.traceparent ?? "none" }));
const client = (more) => new Aistrale({ apiUrl: "http://a.example", fetch: send, ...more });
(async () => {
  const { instrument } = await otel();
  const own = await client({ tracerProvider: provider }).run("Hi");
  instrument(provider);
  console.log(String(own), String(await client().run("Hi")), named.join());
})().catch((why) => console.log(why.code));`;
    const ran = (text: string) => {
      writeFileSync(join(at, file), text + program);
      return execFileSync(process.execPath, [file], { cwd: at, encoding: "utf8", env: { PATH: process.env.PATH } });
    };
    const api = join(at, "node_modules/@opentelemetry/api");
    rmSync(api, { force: true });
    const without = ran(imports.replace(/(import|const) \{ trace \}.*;/, ""));
    assert.equal(without, kind == "an ESM" ? "ERR_MODULE_NOT_FOUND\n" : "MODULE_NOT_FOUND\n");
    symlinkSync(join(ROOT, "node_modules/@opentelemetry/api"), api);
    const id = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
    assert.equal(ran(imports), `${id} ${id} chat,chat\n`);
  });
}

test("OpenTelemetry's API is named by the subpath alone, so that no bundler looks for it elsewhere", () => {
  const lib = join(PACKAGE, "lib");
  const naming = readdirSync(lib).filter((each) => readFileSync(join(lib, each), "utf8").match(/["']@opentelemetry\/api["']/));
  assert.deepEqual(naming.sort(), ["otel.cjs", "otel.js"]);
});

const NEWEST = join(ROOT, "node_modules/typescript/bin/tsc");
const OLDEST = process.env.AISTRALE_OLDEST_TYPESCRIPT;

for (const [kind, age, tsc] of [
  ["module", "newest", NEWEST],
  ["commonjs", "newest", NEWEST],
  ["module", "oldest", OLDEST],
] as const) {
  test(`users' programs compile against it, as ${kind}, by the ${age} compiler`, { skip: !tsc && "run-tests names it" }, () => {
    const at = join(folder, age + kind);
    mkdirSync(join(at, "node_modules/@aistrale"), { recursive: true });
    cpSync(join(project, "node_modules/@aistrale/sdk"), join(at, "node_modules/@aistrale/sdk"), { recursive: true });
    for (const name of ["zod", "@types", "undici-types"]) {
      symlinkSync(join(ROOT, "node_modules", name), join(at, "node_modules", name));
    }
    cpSync(join(PACKAGE, "tests/types/sample.ts"), join(at, "sample.ts"));
    writeFileSync(join(at, "package.json"), JSON.stringify({ name: "users", type: kind }));
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      // Other packages' types may want a newer compiler.
      skipLibCheck: age == "oldest",
      target: "es2022",
      module: "nodenext",
      // No DOM: what is not in a browser has to do without its types.
      lib: ["es2023"],
      types: ["node"],
    };
    writeFileSync(join(at, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["sample.ts"] }));
    try {
      execFileSync(process.execPath, [tsc!, "-p", at], { encoding: "utf8" });
    } catch (why: any) {
      assert.fail(why.stdout);
    }
  });
}

/** What is loaded before a program runs, minified and gzipped; scripts/size.mjs says exactly what is counted. */
const MOST = 5 * 1024;

// What the guide says is the gate: each figure is at most what it says, and what it says is near.
test("it is as small as the guide and the README say", async () => {
  const { PROGRAMS, sizeOf } = await import(pathToFileURL(join(PACKAGE, "scripts/size.mjs")).href);
  const guide = readFileSync(join(ROOT, "docs/typescript/browsers-and-edge.md"), "utf8");
  const readme = readFileSync(join(PACKAGE, "README.md"), "utf8");
  assert.equal(Object.keys(PROGRAMS).length, 3);
  for (const [name, code] of Object.entries<string>(PROGRAMS)) {
    const { first, with: also } = await sizeOf(code, { from: project });
    assert.ok(first.gzip <= MOST, `${name}: ${first.gzip} bytes, at most ${MOST}`);
    const row = guide.split("\n").find((line) => line.startsWith(`| \`${name}\` |`));
    assert.ok(row, `the guide has no row for ${name}`);
    const said = row.split("|").slice(2, -1).map((each) => parseFloat(each));
    const streams = name != "import { run }";
    const found = [first.gzip, also.run, streams ? also.stream : NaN, streams ? also.all : also.failing];
    assert.equal(said.length, found.length);
    for (const [at, bytes] of found.entries()) {
      if (isNaN(bytes)) continue;
      const most = said[at]! * 1024;
      assert.ok(bytes <= most && bytes > most - 350, `${name}, column ${at + 1}: ${bytes} bytes; the guide says ${said[at]} KB`);
    }
    if (name == "import { run, stream }") assert.ok(readme.includes(`${said[0]} KB before a page's program runs, ${said[3]} KB in all`));
  }
});

test("importing it loads little, and nothing of Node but what reads settings", () => {
  const code = `
    import { register } from "node:module";
    import "@aistrale/sdk";
    const own = process.moduleLoadList.filter((each) => /NativeModule (http|https|tls|net|crypto|zlib|stream|internal.deps.undici)/.test(each));
    console.log(JSON.stringify(own.filter((each) => / (http|https|tls)$/.test(each))));`;
  writeFileSync(join(project, "modules.mjs"), code.replace('import { register } from "node:module";\n', ""));
  assert.equal(execFileSync(process.execPath, ["modules.mjs"], { cwd: project, encoding: "utf8" }), "[]\n");
  const lib = join(project, "node_modules/@aistrale/sdk/lib");
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(join(lib, file), "utf8");
    for (const [, name] of text.matchAll(/^(?:import|export) .*?["']\.\/([\w-]+\.js)["'];$/gm)) visit(name!);
    if (/["']#ambient["']/.test(text)) visit("ambient-node.js");
    for (const [, name] of text.matchAll(/["']node:([\w/]+)["']/g)) {
      assert.ok(["events", "fs", "fs/promises", "os", "path"].includes(name!), `${file}: ${name}`);
    }
  };
  visit("index.js");
  for (const lazy of ["resources", "loop", "streaming", "turns", "kept", "loaded", "trouble", "proxy-node", "feeds", "ready", "spans"]) {
    assert.ok(!seen.has(lazy + ".js"), lazy);
  }
});

test("there is no file that only one of the two has", () => {
  const files = readdirSync(join(PACKAGE, "lib"));
  const of = (end: string) => files.filter((each) => each.endsWith(end) && !each.endsWith(".d" + end.slice(0, -2) + "ts")).map((each) => each.slice(0, -end.length)).sort();
  assert.deepEqual(of(".js"), of(".cjs"));
  assert.deepEqual(of(".d.ts"), of(".d.cts"));
});

test("the types of CommonJS name no ESM file", () => {
  for (const file of readdirSync(join(PACKAGE, "lib")).filter((each) => each.endsWith(".d.cts"))) {
    assert.doesNotMatch(readFileSync(join(PACKAGE, "lib", file), "utf8"), /["']\.\/[\w-]+\.js["']/);
  }
});
