// Makes the tests in tests/ ready for any node: build/tests/*.mjs, each a file of its own, which imports the
// package by its name, as users do.
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");
const files = readdirSync(join(root, "tests"), { recursive: true })
  .map(String)
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
  .map((name) => join(root, "tests", name));
await build({
  entryPoints: files.filter((file) => /\.test\.ts$/.test(file)).map((file) => ({
    in: file,
    out: relative(join(root, "tests"), file).replace(/\.ts$/, "").replaceAll("/", "-"),
  })),
  outdir: join(root, "build/tests"),
  outExtension: { ".js": ".mjs" },
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "inline",
  logLevel: "error",
});
