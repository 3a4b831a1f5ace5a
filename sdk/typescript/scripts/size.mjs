// What a program's bundle has of a package, minified and gzipped.
//
// A program of one or two lines is bundled by rollup for a browser, each chunk minified by esbuild and gzipped (-9).
// `first` is everything that is loaded before the program runs: its own chunk, the program's lines included, and every
// chunk that it imports statically. `later` is what is loaded when it is first needed (`import()`): resources, tools
// and structured output, saved sessions, the words of errors. `with` is the sum of the first chunks and of what is loaded
// beside when a run (`run`) or a stream (`stream`) goes well, and when such a run (`failing`) or one of both (`all`) meets
// an error or is tried again.
// Nothing is left out but Node's own modules, which a peer may name.
import { existsSync, readFileSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { transform } from "esbuild";
import { rollup } from "rollup";

/** Finds modules as a browser's bundler does: a package's own import map, its exports with the `browser` condition. */
const resolving = (from) => ({
  name: "resolve",
  resolveId(source, importer) {
    if (source === "entry.js") return source;
    if (isBuiltin(source)) return { id: source, external: true };
    if (source.startsWith(".")) return resolve(dirname(importer), source);
    const folder = source.startsWith("#") ? packageOf(importer) : find(source, importer === "entry.js" ? from : importer);
    const name = source.startsWith("#") ? source : nameOf(source);
    const known = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const { exports = { ".": known.module ?? known.main ?? "index.js" }, imports = {} } = known;
    const at = source.startsWith("#") ? imports[source] : exports["." + source.slice(name.length)];
    const path = chosen(at);
    if (!path) throw new Error(`${source} is not exported`);
    return join(folder, path);
  },
});
const nameOf = (source) => source.split("/").slice(0, source[0] === "@" ? 2 : 1).join("/");
function packageOf(file) {
  let folder = dirname(file);
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}
function find(source, from) {
  const name = nameOf(source);
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const own = join(folder, "package.json");
    if (existsSync(own) && JSON.parse(readFileSync(own, "utf8")).name === name) return folder;
    const path = join(folder, "node_modules", name);
    if (existsSync(path) && statSync(path).isDirectory()) return path;
    if (folder === dirname(folder)) throw new Error(`${name} is not installed`);
  }
}
function chosen(at) {
  if (typeof at === "string") return at;
  for (const [condition, each] of Object.entries(at ?? {})) {
    if (["browser", "import", "module", "default"].includes(condition)) {
      const found = chosen(each);
      if (found) return found;
    }
  }
}

/** Gives `{first, later}`, each `{gzip, minified, chunks}`, and `with: {run, failing, stream, all}`, of a program. */
export async function sizeOf(code, { from = join(import.meta.dirname, ".."), external = [] } = {}) {
  const bundle = await rollup({
    input: "entry.js",
    external,
    plugins: [
      resolving(from),
      { name: "entry", load: (id) => (id === "entry.js" ? { code, moduleSideEffects: true } : null) },
      { name: "free", resolveDynamicImport: () => null, transform: (_, id) => (id === "entry.js" ? null : { moduleSideEffects: false }) },
    ],
    shimMissingExports: true, // of what is CommonJS, which a peer may bring along and which then counts for little
    onwarn() {},
  });
  const { output } = await bundle.generate({ format: "es" });
  await bundle.close();
  const chunks = new Map(output.filter((each) => each.type === "chunk").map((each) => [each.fileName, each]));
  const first = new Set();
  const visit = (name) => {
    if (first.has(name) || !chunks.has(name)) return;
    first.add(name);
    chunks.get(name).imports.forEach(visit);
  };
  visit(output.find((each) => each.isEntry).fileName);
  const sum = async (names) => {
    const total = { gzip: 0, minified: 0, chunks: names.length };
    for (const name of names) {
      const options = { minify: true, format: "esm", target: "es2022", legalComments: "none" };
      const { code: minified } = await transform(chunks.get(name).code, options);
      total.minified += Buffer.byteLength(minified);
      total.gzip += gzipSync(minified, { level: 9 }).length;
    }
    return total;
  };
  // The first chunks, those of these modules, and what they import.
  const needs = async (...names) => {
    const all = new Set(first);
    for (const [name, chunk] of chunks) {
      if (Object.keys(chunk.modules).some((id) => names.some((each) => id.endsWith(`/lib/${each}.js`)))) {
        const open = [name];
        for (const each of open) {
          if (all.has(each) || !chunks.has(each)) continue;
          all.add(each);
          open.push(...chunks.get(each).imports);
        }
      }
    }
    return (await sum([...all])).gzip;
  };
  return {
    with: { run: await needs("engine"), failing: await needs("engine", "trouble"), stream: await needs("engine", "streaming"), all: await needs("engine", "streaming", "trouble") },
    first: await sum([...first]),
    later: await sum([...chunks.keys()].filter((name) => !first.has(name))),
    modules: [...first].flatMap((name) => Object.entries(chunks.get(name).modules).map(([id, m]) => [id, m.renderedLength])),
  };
}

/** The programs whose sizes are known. */
export const PROGRAMS = {
  "import { run }": `import { run } from "@aistrale/sdk"; run("Hi").then(console.log);`,
  "import { run, stream }": `import { run, stream } from "@aistrale/sdk"; run("Hi").then(console.log); stream("Hi").final().then(console.log);`,
  "import { Aistrale }": `import { Aistrale } from "@aistrale/sdk"; const a = new Aistrale({ apiKey: "k" }); a.run("Hi").then(console.log); a.stream("Hi").final().then(console.log);`,
};

if (process.argv[1] === import.meta.filename) {
  for (const [name, code] of Object.entries(PROGRAMS)) {
    const { first, later, modules, with: also } = await sizeOf(code);
    console.log(
      `${name}: ${first.gzip} bytes min+gzip (${first.minified} min); with what a run loads ${also.run}, with its errors and retries ${also.failing}; with a stream ${also.stream}, with the errors and retries of both ${also.all}; all the rest ${later.gzip}`,
    );
    if (process.argv[2]) for (const [id, n] of modules) console.log("   ", id.split("/").pop(), n);
  }
}
