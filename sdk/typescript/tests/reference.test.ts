/** The committed reference is what the doc comments say; AISTRALE_WRITE_REFERENCE=1 makes it so. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { PACKAGE, ROOT } from "./support.js";

const COMMITTED = join(ROOT, "docs/typescript/reference");

function pages(folder: string): Map<string, string> {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

test("the reference is what the doc comments say", (t) => {
  const fresh = process.env.AISTRALE_WRITE_REFERENCE ? COMMITTED : mkdtempSync(join(tmpdir(), "aistrale-reference-"));
  if (fresh != COMMITTED) t.after(() => rmSync(fresh, { recursive: true, force: true }));
  execFileSync(process.execPath, [join(PACKAGE, "scripts/reference.mjs"), fresh], { stdio: "pipe" });
  const [made, committed] = [pages(fresh), pages(COMMITTED)];
  const stale = [...new Set([...made.keys(), ...committed.keys()])].filter((name) => made.get(name) !== committed.get(name));
  assert.deepEqual(
    stale,
    [],
    "docs/typescript/reference is stale; this makes it anew: AISTRALE_WRITE_REFERENCE=1 NODES= sdk/typescript/run-tests reference",
  );
});
