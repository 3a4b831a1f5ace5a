// Makes lib/ of src/: of each module an ESM and a CommonJS file, and the types of both. Modules stay apart, so
// that a program's bundler can keep out of its first chunk what is loaded when it is first needed.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rollup } from "rollup";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
process.chdir(root);
const version = readFileSync("../../VERSION", "utf8").trim();
const packaged = JSON.parse(readFileSync("package.json", "utf8"));
if (packaged.version !== version) {
  throw new Error(`package.json says ${packaged.version}, and VERSION ${version}: make them the same`);
}
writeFileSync(
  "src/version.ts",
  `/** This package's version. */\nexport const VERSION: string = ${JSON.stringify(version)};\n`,
);

cpSync("../../LICENSE", "LICENSE");

rmSync("build", { recursive: true, force: true });
rmSync("lib", { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-p", "."], { stdio: "inherit" });

const entries = ["index", "webhooks", "react", "ai", "testing", "otel", "ambient", "ambient-node"];
const bundle = await rollup({
  input: Object.fromEntries(entries.map((name) => [name, `build/${name}.js`])),
  external: [/^node:/, "#ambient", "react", "@opentelemetry/api"],
  onwarn(warning) {
    if (warning.code != "MODULE_LEVEL_DIRECTIVE") throw new Error(warning.message); // see banner
  },
});
for (const [format, extension] of [
  ["es", "js"],
  ["cjs", "cjs"],
]) {
  await bundle.write({
    dir: "lib",
    format,
    entryFileNames: `[name].${extension}`,
    preserveModules: true,
    banner: ({ name }) => (name == "react" ? '"use client";' : ""),
    exports: "named",
    externalLiveBindings: false,
    generatedCode: "es2015",
  });
}
await bundle.close();

// The types of both: the same text; a .d.cts names .cjs files.
mkdirSync("lib", { recursive: true });
for (const file of readdirSync("build")) {
  if (!file.endsWith(".d.ts") || file.startsWith("ambient")) continue;
  cpSync(join("build", file), join("lib", file));
  const text = readFileSync(join("build", file), "utf8");
  writeFileSync(
    join("lib", file.replace(/\.d\.ts$/, ".d.cts")),
    text.replace(/((?:from|import\()\s*"\.\/[\w-]+)\.js"/g, '$1.cjs"'),
  );
}
