/** The contract's language-neutral cases: configuration, signatures, rendering. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Aistrale, BadRequestError, ConfigurationError, ExactNumber, type PromptVersion } from "@aistrale/sdk";
import { sign, unwrap, verify, WebhookVerificationError } from "@aistrale/sdk/webhooks";
import { ROOT } from "./support.js";

/** A number that this language writes with other digits is an `ExactNumber`, as a program would have to give it. */
function read(path: string): any {
  const text = readFileSync(join(ROOT, "contract/vectors", path), "utf8");
  const marked = text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.]*(?:[eE][+-]?\d+)?/g, (token) =>
    token[0] == '"' || token == String(Number(token)) ? token : `"\\u0000${token}"`,
  );
  return JSON.parse(marked, (_, value) =>
    typeof value == "string" && /^\0[-\d]/.test(value) ? new ExactNumber(value.slice(1)) : value,
  );
}

// ── configuration ─────────────────────────────────────────────────────────────────────────────────

/** Makes a client from this file and this environment alone; gives what its first call sends. */
async function configured(t: TestContext, { file, env }: any): Promise<{ path: string; sent: any }> {
  const folder = mkdtempSync(join(tmpdir(), "aistrale-config-"));
  const path = join(folder, "config.toml");
  if (file !== null) writeFileSync(path, file);
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env, { AISTRALE_CONFIG: path });
  t.after(() => {
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, before);
    rmSync(folder, { recursive: true });
  });
  let sent: any;
  try {
    const client = new Aistrale({
      maxRetries: 0,
      fetch: async (url, init) => {
        sent = { url, headers: init.headers, body: JSON.parse(String(init.body)) };
        return new Response(JSON.stringify({ id: "inf_1" }));
      },
    });
    await client.run("Hello");
    return { path, sent };
  } catch (error) {
    (error as any).file = path;
    throw error;
  }
}

for (const vector of read("config/good.json")) {
  test(`config: ${vector.name}`, async (t) => {
    const { sent } = await configured(t, vector);
    const { api_url, api_key, model, provider } = vector.expect;
    assert.equal(sent.url, api_url.replace(/\/+$/, "") + "/api/v1/inferences");
    assert.equal(sent.headers.authorization, api_key === null ? undefined : `Bearer ${api_key}`);
    assert.equal(sent.body.model ?? null, model);
    // A model that names its provider itself goes without the configured one.
    const expected = model?.includes("/") ? null : provider;
    assert.equal(sent.body.provider ?? null, expected);
  });
}

for (const vector of read("config/bad.json")) {
  test(`config: ${vector.name}`, async (t) => {
    const error: any = await configured(t, vector).then(
      () => assert.fail("it was taken"),
      (why) => why,
    );
    assert.ok(error instanceof ConfigurationError, String(error));
    assert.ok(error.message.includes(vector.error.contains), error.message);
    assert.equal(error.line, vector.error.line);
    if (vector.error.line !== null) assert.ok(error.message.includes(error.file), error.message);
  });
}

// ── signatures ────────────────────────────────────────────────────────────────────────────────────

const SIGNATURES = read("webhook-signatures.json");
const bytes = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

/** The clock stands still at the vectors' time. */
function at(t: TestContext, seconds: number): void {
  const real = Date.now;
  Date.now = () => seconds * 1000;
  t.after(() => (Date.now = real));
}

for (const vector of SIGNATURES.sign) {
  test(`signing: ${vector.name}`, async () => {
    const { id, timestamp, secret, payload_b64, expected } = vector;
    const headers = await sign(bytes(payload_b64), secret, { id, timestamp });
    assert.deepEqual(headers, {
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": expected,
    });
  });
}

for (const vector of [...SIGNATURES.verify, ...SIGNATURES.divergent]) {
  test(`verifying: ${vector.name}`, async (t) => {
    at(t, vector.verify_at ?? SIGNATURES.verify_at);
    const checking = verify(bytes(vector.payload_b64), vector.headers, vector.secret ?? vector.secrets);
    if (vector.expect == "accept") await checking;
    else await assert.rejects(checking, WebhookVerificationError, vector.reason);
  });
}

for (const vector of SIGNATURES.rotation) {
  test(`rotating: ${vector.name}`, async (t) => {
    at(t, vector.timestamp);
    const { secrets, id, timestamp, payload, expected_header } = vector;
    const headers = await sign(payload, secrets, { id, timestamp });
    assert.equal(headers["webhook-signature"], expected_header);
    for (const secret of secrets) await verify(payload, headers, secret);
  });
}

const SECRET = "whsec_SR3ChlNqDPFvBKNGDg/gSC+WSCGpRUXR";

test("unwrapping gives the event, from whatever headers a framework has", async () => {
  const body = JSON.stringify({
    id: "evt_1",
    type: "inference.completed",
    timestamp: "2026-11-25T08:30:00.000Z",
    workspace_id: "ws_1",
    data: { inference_id: "inf_1", cost_usd: 0.5, metadata: { my_team: "x" } },
  });
  const headers = await sign(body, SECRET, { id: "evt_1" });
  const upper = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));
  for (const each of [headers, upper, new Headers(headers), Object.entries(headers), { ...headers, host: ["a"] }]) {
    const event = await unwrap(body, each as any, [SECRET]);
    assert.equal(event.type, "inference.completed");
    assert.deepEqual(event.data, { inferenceId: "inf_1", costUsd: 0.5, metadata: { my_team: "x" } });
  }
});

test("a body that was parsed already is a TypeError, what is no event is refused, no error has a secret", async () => {
  const headers = await sign("{}", SECRET);
  await assert.rejects(unwrap({} as any, headers, SECRET), TypeError);
  await assert.rejects(unwrap("{}", headers, SECRET), /no event of AISTRALE's/);
  const wrong = await verify("{}", headers, "whsec_!!!").catch((why) => String(why));
  assert.match(wrong as string, /WebhookVerificationError: .*base64/);
  assert.ok(!(wrong as string).includes("!!!"));
});

// ── rendering ─────────────────────────────────────────────────────────────────────────────────────

/** A version of a prompt as the server has it, loaded. */
async function loaded(version: object) {
  const whole = { name: "p", version: 1, variables: [], settings: {}, ...version };
  const digits = (_: string, value: unknown) => (value instanceof ExactNumber ? `\0${value}` : value);
  const text = JSON.stringify(whole, digits).replace(/"\\u0000([^"]+)"/g, "$1");
  const client = new Aistrale({
    apiUrl: "http://a.example",
    fetch: async () => new Response(text),
  });
  return client.prompts.load("p@1");
}

for (const vector of read("render/templates.json").cases) {
  test(`template: ${vector.name}`, async () => {
    const version = await loaded({ text: vector.template, variables: declarations(vector.uses, vector.values) });
    assert.equal(version.render(vector.values).text, vector.rendered);
  });
}

/** A variable's type is that of its value here. */
function declarations(uses: string[], values: any): object[] {
  return uses
    .filter((name) => name in values)
    .map((name) => {
      const value = values[name];
      const type = Array.isArray(value) ? "array" : value instanceof Number ? "number" : typeof value;
      return { name, type };
    });
}

for (const vector of read("render/values.json").cases) {
  test(`values: ${vector.name}`, async () => {
    const version = await loaded({ text: vector.template, variables: vector.variables });
    if (!vector.errors) {
      assert.equal(version.render(vector.values).text, vector.rendered);
      return;
    }
    const error: any = (() => {
      try {
        version.render(vector.values);
      } catch (why) {
        return why;
      }
    })();
    assert.ok(error instanceof BadRequestError, String(error));
    assert.deepEqual(
      error.errors.map((each: any) => each.pointer),
      vector.errors.map((each: any) => each.pointer),
    );
    for (const [at, { contains }] of vector.errors.entries()) {
      if (contains) assert.ok(error.errors[at].detail.includes(contains), error.errors[at].detail);
    }
  });
}

test("messages are rendered with their parts; a version is nobody else's", async () => {
  const version = await loaded({
    messages: [
      { role: "system", content: "Be {{how}}." },
      {
        role: "user",
        content: [
          { type: "text", text: "What is {{what}}?" },
          { type: "image_url", image_url: { url: "https://a.example/{{what}}.png" } },
        ],
      },
    ],
    settings: { max_output_tokens: 5 },
  });
  const rendered = version.render({ how: "kind", what: "this" });
  assert.deepEqual(rendered.messages, [
    { role: "system", content: "Be kind." },
    {
      role: "user",
      content: [
        { type: "text", text: "What is this?" },
        { type: "image_url", image_url: { url: "https://a.example/this.png" } },
      ],
    },
  ]);
  assert.deepEqual(rendered.settings, { maxOutputTokens: 5 });
  assert.deepEqual(version.render({ how: "brief", what: "that" }).messages[0]!.content, "Be brief.");
  const plain: PromptVersion = version;
  assert.equal(plain.name, "p");
});
