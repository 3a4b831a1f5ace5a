/** What the hooks and the AI SDK's provider add: bytes, and types that users' programs compile with. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { PACKAGE, ROOT } from "./support.js";

for (const kind of ["module", "commonjs"] as const) {
  test(`programs with the hooks and the AI SDK compile, as ${kind}`, () => {
    const at = join(ROOT, "target/types", kind);
    rmSync(at, { recursive: true, force: true });
    mkdirSync(at, { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(at, "node_modules"));
    writeFileSync(join(at, "sample.tsx"), readFileSync(join(PACKAGE, "tests/types/react-sample.tsx")));
    writeFileSync(join(at, "package.json"), JSON.stringify({ name: "users", type: kind }));
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck: true, // of the AI SDK's own
      jsx: "react-jsx",
      target: "es2022",
      module: "nodenext",
      lib: ["es2023", "dom", "dom.iterable", "dom.asynciterable"],
      types: [],
    };
    writeFileSync(join(at, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["sample.tsx"] }));
    try {
      execFileSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", at], { encoding: "utf8" });
    } catch (why: any) {
      assert.fail(why.stdout);
    }
  });
}

test("what they add is small", async () => {
  const { sizeOf } = await import(pathToFileURL(join(PACKAGE, "scripts/size.mjs")).href);
  const size = async (code: string) => (await sizeOf(code, { external: ["react"] })).first.gzip;
  const client = 'import { Aistrale } from "@aistrale/sdk"; console.log(new Aistrale({ apiKey: "k" }));';
  const alone = await size(client);
  for (const [name, code, most] of [
    ["useChat", 'import { useChat } from "@aistrale/sdk/react"; console.log(useChat);', 2750],
    ["useStream", 'import { useStream } from "@aistrale/sdk/react"; console.log(useStream);', 2000],
  ] as const) {
    const bytes = await size(code);
    assert.ok(bytes > 1000 && bytes <= most, `${name}: ${bytes} bytes, at most ${most}`);
  }
  const added = (await size(client + 'import { createAistrale } from "@aistrale/sdk/ai"; console.log(createAistrale);')) - alone;
  assert.ok(added > 1000 && added <= 5500, `createAistrale: ${added} bytes more, at most 5500`);
});

test("bundlers for server components are told that the hooks are the client's", () => {
  for (const end of ["js", "cjs"]) {
    assert.match(readFileSync(join(PACKAGE, "lib/react." + end), "utf8"), /^"use client";/);
  }
});
