/** The lists of what a credential looks like, held to the examples that every language shares. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Aistrale } from "@aistrale/sdk";
import { Redactor } from "../src/cassette-secrets.js";
import { ROOT } from "./support.js";

const { texts, fields } = JSON.parse(readFileSync(join(ROOT, "contract/vectors/secrets.json"), "utf8"));

test("a credential is taken out, and nothing else", () => {
  for (const { before, secret: pieces, after } of texts.found) {
    const secret = pieces.join("");
    const clean = new Redactor().text(before + secret + after);
    assert.ok(clean.startsWith(before) && clean.endsWith(after), clean);
    assert.match(clean, /redacted|whsec_/);
    assert.ok(!clean.includes(secret.slice(-8)), secret);
  }
});

test("words stay", () => {
  for (const text of texts.not_found) assert.equal(new Redactor().text(text), text);
});

test("a credential that events cut is taken out whole, also where its first part is one already", () => {
  const delta = (text: string) => Buffer.from(`event: delta\ndata: ${JSON.stringify({ text })}\n\n`);
  const clean = (...texts: string[]) => new Redactor().events(texts.map(delta)).map(String);
  const expected = (...texts: string[]) => texts.map((text) => String(delta(text)));
  assert.deepEqual(clean("It is ais_0123456789abcdefgh", "jkmnpq and", " more"), expected("It is ais_redacted", " and", " more"));
  const [begin, end] = ["-----BEGIN ", "-----END "].map((each) => each + "PRIVATE KEY-----");
  assert.deepEqual(clean(`Here:\n${begin}\nMIIE`, "vQIBADANBg\nkqhkiG9w", `0BAQ==\n${end}\nDone.`), expected("Here:\nredacted", "", "\nDone."));
});

/** What a session's file has of a provider's options. */
async function kept(options: Record<string, unknown>): Promise<unknown> {
  const client = new Aistrale({ apiUrl: "http://127.0.0.1:9", apiKey: "k" });
  const saved: any = await client.session({ providerOptions: options }).save();
  return saved.options.provider_options;
}

test("fields that hold credentials are in no file, and others are", async () => {
  const redacted = (name: string) => (new Redactor().body("/api/v1/inferences", { o: { [name]: "one-of-mine" } }) as any).o;
  for (const name of fields.credentials) {
    assert.notEqual(redacted(name)[name], "one-of-mine", name);
    assert.deepEqual(await kept({ [name]: "one-of-mine", top_k: 3 }), { top_k: 3 }, name);
  }
  for (const name of fields.others) {
    assert.equal(redacted(name)[name], "one-of-mine", name);
    assert.deepEqual(await kept({ [name]: 3 }), { [name]: 3 }, name);
  }
});
