/** What scenarios cannot say: listeners, clocks, copies of the package, browsers, files. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { inspect } from "node:util";
import * as sdk from "@aistrale/sdk";
import { Aistrale, run, tool } from "@aistrale/sdk";
import { z } from "zod";
import { ANSWER, clientOf, folder, inBrowser, json, serve, sse } from "./helpers.js";
import { PACKAGE } from "./support.js";

// ── abort ─────────────────────────────────────────────────────────────────────────────────────────

test("a thousand calls on one signal leave no listener behind", async (t) => {
  let calls = 0;
  const { url } = await serve(t, (request, response) => {
    if (request.url!.endsWith("/cancel")) return json(response, {});
    // Every fifth is refused and tried again, every seventh is a failure.
    if (++calls % 5 == 0) return json(response, {}, 429, { "retry-after": "0" });
    if (calls % 7 == 0) return json(response, {}, 500);
    json(response, ANSWER);
  });
  const { signal } = new AbortController();
  let now = 0;
  let added = 0;
  let most = 0;
  const { addEventListener, removeEventListener } = signal;
  const known = new Set<unknown>();
  signal.addEventListener = (kind: string, listener: any, options?: any) => {
    known.add(listener);
    added++;
    most = Math.max(most, (now = known.size));
    addEventListener.call(signal, kind, listener, options);
  };
  signal.removeEventListener = (kind: string, listener: any, options?: any) => {
    known.delete(listener);
    now = known.size;
    removeEventListener.call(signal, kind, listener, options);
  };
  const client = clientOf(url);
  for (let at = 0; at < 20; at++) {
    const several = Array.from({ length: 50 }, (_, each) =>
      each % 2 ? client.run("Hello", { signal }) : client.stream("Hello", { signal }).final(),
    );
    await Promise.allSettled(several);
    assert.equal(now, 0);
  }
  assert.equal(added, 1000);
  assert.ok(most <= 50);
});

test("a signal that is aborted already sends nothing; its reason is what is thrown", async (t) => {
  const { url, requests } = await serve(t, (_, response) => json(response, ANSWER));
  const reason = new Error("no longer wanted");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(clientOf(url).run("Hello", { signal }), reason);
  await assert.rejects(clientOf(url).stream("Hello", { signal }).final(), reason);
  await assert.rejects(clientOf(url).run("Hello", { signal: AbortSignal.abort() }), { name: "AbortError" });
  assert.equal(requests.length, 0);
});

test("a stream that is closed while its next event is waited for ends, and the server hears of it", async (t) => {
  const { url, requests } = await serve(t, (request, response) => {
    if (request.url!.endsWith("/cancel")) return json(response, {});
    sse(response)("delta", 1, { text: "Hel" });
  });
  const stream = clientOf(url).stream("Hello");
  assert.equal(stream.text, "");
  const events: unknown[] = [];
  setTimeout(() => stream.close(), 150);
  for await (const event of stream) events.push(event);
  assert.deepEqual(events, [{ type: "text", text: "Hel", id: "1" }]);
  assert.equal(stream.text, "Hel");
  assert.equal(stream.inferenceId, "inf_1");
  assert.deepEqual(requests.map((each) => each.url), ["/api/v1/inferences", "/api/v1/inferences/inf_1/cancel"]);
  await assert.rejects(stream.final(), (error: any) => error instanceof sdk.StreamInterruptedError && error.text == "Hel");
  assert.equal(requests.length, 2);
});

test("a stream that is aborted before its answer began is ended by its key; by its name where the key is the caller's", async (t) => {
  const { url, requests } = await serve(t, (request, response) => {
    if (request.url!.endsWith("/cancel")) return json(response, {});
    setTimeout(() => (sse(response), response.flushHeaders()), 400);
  });
  const aborted = async (more: sdk.RunOptions) => {
    const aborter = new AbortController();
    setTimeout(() => aborter.abort(), 50);
    const began = performance.now();
    const stream = clientOf(url).stream("Hello", { signal: aborter.signal, ...more });
    await assert.rejects(stream.final(), { name: "AbortError" });
    assert.ok(performance.now() - began < 300);
  };
  const until = async (count: number) => {
    for (let at = 0; at < 100 && requests.length < count; at++) await new Promise((go) => setTimeout(go, 20));
  };
  await aborted({});
  assert.equal(requests[1]?.url, "/api/v1/inferences/cancel");
  assert.equal(requests[1]?.headers["idempotency-key"], requests[0]?.headers["idempotency-key"]);
  await aborted({ idempotencyKey: "mine" });
  await until(4);
  assert.equal(requests[3]?.url, "/api/v1/inferences/inf_1/cancel");
  assert.equal(requests[3]?.headers["idempotency-key"], undefined);
});

test("a stream out of time with a key of its caller's is let go of at once, and keeps no program alive", async (t) => {
  let gone!: () => void;
  const closed = new Promise<string>((resolve) => (gone = () => resolve("closed")));
  const { url, requests } = await serve(t, (_, response) => void response.on("close", gone));
  const stream = clientOf(url).stream("Hello", { idempotencyKey: "mine", timeoutMs: 100 });
  await assert.rejects(stream.final(), { name: "APITimeoutError" });
  const open = new Promise((go) => setTimeout(() => go("open"), 2000).unref());
  assert.equal(await Promise.race([closed, open]), "closed");
  assert.equal(requests.length, 1);
});

// ── time ──────────────────────────────────────────────────────────────────────────────────────────

const DISPATCHER = Symbol.for("undici.globalDispatcher.1");

/** Has Node's fetch lose its patience after so many milliseconds, as it does after 300,000. */
async function impatient(t: TestContext, millis: number): Promise<void> {
  await fetch("data:,").catch(() => {});
  new Response();
  const own = (globalThis as any)[DISPATCHER];
  const { dispatch } = own;
  own.dispatch = (options: any, handler: any) =>
    dispatch.call(own, { headersTimeout: millis, bodyTimeout: millis, ...options }, handler);
  t.after(() => (own.dispatch = dispatch));
}

test("a model that is silent for longer than fetch has patience is waited for", async (t) => {
  const { url } = await serve(t, (_, response, body) => {
    if (!JSON.parse(body).stream) return setTimeout(() => json(response, ANSWER), 2500);
    const send = sse(response);
    send("delta", 1, { text: "Hello" });
    return setTimeout(() => {
      send("completed", 2, ANSWER);
      response.end();
    }, 2500);
  });
  await impatient(t, 500);
  // What it would be without us: the same request by fetch itself.
  const plain = await fetch(url, { method: "POST", body: "{}" }).catch((why) => why);
  assert.match(String(plain.cause?.code), /UND_ERR_(HEADERS|BODY)_TIMEOUT/);
  const client = clientOf(url, { maxRetries: 0 });
  const [answer, streamed] = await Promise.all([client.run("Hello"), client.stream("Hello").final()]);
  assert.equal(answer.text, "Hello there");
  assert.equal(streamed.text, "Hello there");
});

test("no timeout has a name, and wrong ones are refused", async (t) => {
  const { url } = await serve(t, (_, response) => json(response, ANSWER));
  assert.equal((await clientOf(url).run("Hello", { timeoutMs: sdk.NO_TIMEOUT })).text, "Hello there");
  for (const timeoutMs of [0, -1, NaN, "5" as any]) {
    await assert.rejects(clientOf(url).run("Hello", { timeoutMs }), RangeError);
  }
  await assert.rejects(clientOf(url).run("Hello", { maxRetries: -1 }), RangeError);
});

// ── what is sent, and what is told ────────────────────────────────────────────────────────────────

test("a fetch of the user's own is used for everything", async () => {
  const urls: string[] = [];
  const client = clientOf("http://server.example/base/", {
    fetch: async (url) => {
      urls.push(url);
      return new Response(JSON.stringify(ANSWER));
    },
  });
  assert.equal((await client.run("Hello")).text, "Hello there");
  assert.equal(client.apiUrl, "http://server.example/base");
  assert.deepEqual(urls, ["http://server.example/base/api/v1/inferences"]);
});

test("onResponse is told of every answer, and what it throws ends the call", async (t) => {
  let calls = 0;
  const { url, requests } = await serve(t, (_, response) => {
    if (++calls == 1) return json(response, { code: "rate_limited" }, 429, { "retry-after": "0", "x-request-id": "req_1" });
    json(response, ANSWER, 200, { "x-request-id": "req_2" });
  });
  const told: sdk.RawResponse[] = [];
  const client = clientOf(url, { onResponse: (each) => told.push(each) });
  await client.run("Hello");
  assert.deepEqual(
    told.map(({ method, path, status, requestId, attempt, body }) => [method, path, status, requestId, attempt, body]),
    [
      ["POST", "/api/v1/inferences", 429, "req_1", 1, '{"code":"rate_limited"}'],
      ["POST", "/api/v1/inferences", 200, "req_2", 2, JSON.stringify(ANSWER)],
    ],
  );
  assert.equal(told[1]!.headers["content-type"], "application/json");
  assert.ok(told[1]!.elapsedMs >= 0);
  const stop = new Error("stop");
  const onResponse = () => {
    throw stop;
  };
  await assert.rejects(client.run("Hello", { onResponse }), stop);
  assert.equal(requests.length, 3);
});

test("no secret is in an error, a log line, or what is shown of a client", async (t) => {
  const { url } = await serve(t, (_, response) => json(response, { code: "authentication_failed", detail: "no" }, 401));
  const lines: string[] = [];
  const client = clientOf(url, { log: (line) => lines.push(line), headers: { "x-mine": "hidden" } });
  const errors = [
    await client.run("a secret prompt").catch((why) => why),
    await clientOf("http://127.0.0.1:9", { maxRetries: 0 }).run("a secret prompt").catch((why) => why),
    await client.run("x", { headers: { "x-bad": "hidden\n" } }).catch((why) => why),
  ];
  assert.ok(errors[0] instanceof sdk.AuthenticationError);
  assert.match(errors[0].message, /The API key came from the option apiKey/);
  assert.ok(errors[1] instanceof sdk.APIConnectionError && !errors[1].sent);
  assert.ok(errors[2] instanceof TypeError);
  assert.equal(lines.length, 2);
  const shown = [...errors.map((each) => inspect(each, { depth: 9 })), ...lines, inspect(client, { depth: 9 }), JSON.stringify(client)];
  for (const text of shown) assert.doesNotMatch(text, /ais_secret|hidden|secret prompt/);
});

test("the module's functions see a change of the environment", async (t) => {
  const { url, requests } = await serve(t, (_, response) => json(response, ANSWER));
  const before = { ...process.env };
  t.after(() => Object.assign(process.env, before));
  process.env.AISTRALE_API_URL = "http://127.0.0.1:9";
  await assert.rejects(run("Hello", { maxRetries: 0 }), sdk.APIConnectionError);
  process.env.AISTRALE_API_URL = url;
  process.env.AISTRALE_MODEL = "m";
  assert.equal(String(await run("Hello")), "Hello there");
  assert.equal(JSON.parse(requests[0].body).model, "m");
  delete process.env.AISTRALE_API_URL;
  delete process.env.AISTRALE_MODEL;
});

test("big integers are sent with all their digits", async (t) => {
  const { url, requests } = await serve(t, (_, response) => json(response, ANSWER));
  await clientOf(url).run("Hello", {
    seed: 9007199254740993n,
    providerOptions: { id: new sdk.ExactNumber("12345678901234567890"), text: "\u0001#12" },
  });
  assert.match(requests[0].body, /"seed":9007199254740993,/);
  assert.match(requests[0].body, /"id":12345678901234567890,/);
  await assert.rejects(clientOf(url).run("Hello", { temperature: NaN }), TypeError);
});

// ── errors of another copy of this package ────────────────────────────────────────────────────────

test("instanceof holds across the ESM and the CommonJS copy", async () => {
  const other = createRequire(import.meta.url)("@aistrale/sdk") as typeof sdk;
  assert.notEqual(other.RateLimitError, sdk.RateLimitError);
  const error = new other.RateLimitError("slow down", { status: 429 });
  assert.ok(error instanceof sdk.RateLimitError);
  assert.ok(error instanceof sdk.APIStatusError);
  assert.ok(error instanceof sdk.AistraleError);
  assert.ok(error instanceof Error);
  assert.ok(!(error instanceof sdk.NotFoundError));
  assert.ok(!(new Error("RateLimitError") instanceof sdk.RateLimitError));
  class Mine extends sdk.RateLimitError {}
  assert.ok(!(error instanceof Mine));
  assert.ok(new Mine("x") instanceof Mine);
  assert.match(String(error.stack), /^RateLimitError: slow down/);
});

// ── browsers ──────────────────────────────────────────────────────────────────────────────────────

test("in a browser a key with admin rights is refused, once asked for; others are used", async (t) => {
  const bundle = await inBrowser(t);
  let who: object = { workspace_id: "ws_1", role: "admin" };
  const { url, requests } = await serve(t, (request, response) => json(response, request.url == "/api/v1/whoami" ? who : ANSWER));
  const client = new bundle.Aistrale({ apiUrl: url, apiKey: "ais_x" });
  for (const call of [() => client.run("Hello"), () => client.stream("Hello").final(), () => client.budgets.list().all()]) {
    await assert.rejects(call, (error: any) => error.name == "ConfigurationError" && /your own backend/.test(error.message));
  }
  assert.deepEqual(requests.map((each) => each.url), ["/api/v1/whoami"]);
  assert.equal(requests[0].headers.authorization, "Bearer ais_x");
  const allowed = new bundle.Aistrale({ apiUrl: url, apiKey: "ais_x", dangerouslyAllowAdminKeyInBrowser: true });
  assert.equal((await allowed.run("Hello")).text, "Hello there");
  assert.equal(requests.length, 2);
  who = { workspace_id: "ws_1", role: "member" };
  const member = new bundle.Aistrale({ apiUrl: url, apiKey: "ais_x" });
  await Promise.all([member.run("Hello"), member.run("Hello")]);
  assert.deepEqual(requests.slice(2).map((each) => each.url).sort(), ["/api/v1/inferences", "/api/v1/inferences", "/api/v1/whoami"]);
  who = { workspace_id: "ws_1", role: "member", operator: true };
  await assert.rejects(new bundle.Aistrale({ apiUrl: url, apiKey: "ais_x" }).run("Hello"), { name: "ConfigurationError" });
});

test("in a browser no environment is read and no file", async (t) => {
  const bundle = await inBrowser(t);
  process.env.AISTRALE_API_URL = "http://127.0.0.1:9";
  t.after(() => delete process.env.AISTRALE_API_URL);
  assert.equal(new bundle.Aistrale().apiUrl, "http://127.0.0.1:16000");
  const session = new bundle.Aistrale().session();
  await assert.rejects(session.save("/tmp/x"), { name: "ConfigurationError" });
});

// ── sessions ──────────────────────────────────────────────────────────────────────────────────────

test("a session is saved, loaded and forked", async (t) => {
  const { url, requests } = await serve(t, (_, response) => json(response, ANSWER));
  const client = clientOf(url);
  const session = client.session({ system: "Be kind.", maxOutputTokens: 7, serverTimeoutMs: 9, headers: { "x-mine": "hidden" } });
  assert.match(session.sessionId, /^ses_0[0-9a-hjkmnp-tv-z]{9}[ef][0-9a-hjkmnp-tv-z]{2}[89abrstv][0-9a-hjkmnp-tv-z]{12}$/);
  await session.run("My name is Ada.");
  const path = join(folder(t), "session.json");
  const data = await session.save(path);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(JSON.parse(readFileSync(path, "utf8")), data);
  assert.deepEqual(data, {
    aistrale_session: 1,
    session_id: session.sessionId,
    messages: [
      { role: "user", content: "My name is Ada." },
      { role: "assistant", content: "Hello there" },
    ],
    options: { system: "Be kind.", max_output_tokens: 7, timeout_ms: 9 },
  });
  for (const saved of [path, data]) {
    const loaded = await client.loadSession(saved);
    assert.equal(loaded.sessionId, session.sessionId);
    assert.deepEqual(loaded.messages, session.messages);
    await loaded.run("What is my name?");
    const body = JSON.parse(requests.at(-1).body);
    assert.deepEqual([body.system, body.max_output_tokens, body.timeout_ms, body.messages.length], ["Be kind.", 7, 9, 3]);
    assert.equal(body.session_id, session.sessionId);
  }
  const fork = session.fork();
  assert.notEqual(fork.sessionId, session.sessionId);
  await fork.run("Another thing.");
  assert.equal(fork.messages.length, 4);
  assert.equal(session.messages.length, 2);
  session.messages.push({ role: "user", content: "not kept" });
  assert.equal(session.messages.length, 2);
});

test("what is no saved session is refused, and a file that cannot be written leaves what was there", async (t) => {
  const client = clientOf("http://a.example");
  const path = join(folder(t), "session.json");
  const session = { aistrale_session: 1, session_id: "ses_1", messages: [], options: {} };
  for (const [wrong, words] of [
    ["{", /not JSON/],
    ["{}", /aistrale_session/],
    [JSON.stringify({ ...session, aistrale_session: 2 }), /upgrade/],
    [JSON.stringify({ ...session, messages: [1] }), /message 1/],
    [JSON.stringify({ ...session, options: { wings: 2 } }), /wings/],
  ] as const) {
    writeFileSync(path, wrong);
    await assert.rejects(client.loadSession(path), (error: any) => {
      return error instanceof sdk.ConfigurationError && error.path == path && words.test(error.message);
    });
  }
  await assert.rejects(client.loadSession(session as any, { messages: [] }), TypeError);
  await assert.rejects(client.session().save(join(path, "below")), /ENOTDIR|not a directory/);
  assert.deepEqual(readdirSync(join(path, "..")), ["session.json"]);
});

test("a session's turn that fails leaves no trace, a stream counts when it is complete", async (t) => {
  let fail = true;
  const { url } = await serve(t, (request, response, body) => {
    if (request.url!.endsWith("/cancel")) return json(response, {});
    if (fail) return json(response, { code: "invalid_request", detail: "no" }, 400);
    const send = sse(response);
    send("delta", 1, { text: "Hello there" });
    if (JSON.parse(body).messages.at(-1).content == "Stop") return;
    send("completed", 2, ANSWER);
    return response.end();
  });
  const session = clientOf(url).session();
  await assert.rejects(session.run("Hello"), sdk.BadRequestError);
  assert.deepEqual(session.messages, []);
  fail = false;
  for await (const _ of session.stream("Stop")) break;
  assert.deepEqual(session.messages, []);
  assert.equal((await session.stream("Hello").final()).text, "Hello there");
  assert.deepEqual(session.messages.map((each) => each.role), ["user", "assistant"]);
});

test("a prompt of the server's begins a conversation, and its record names it", async (t) => {
  const { url, requests } = await serve(t, (request, response) => {
    if (!request.url!.endsWith("/render")) return json(response, ANSWER);
    const messages = [{ role: "user", content: "Greet Ada." }];
    return json(response, { name: "greeting", version: 3, text: null, messages, settings: { model: "m", max_output_tokens: 5 } });
  });
  const said = (at: number) => JSON.parse(requests[at].body);
  const first = clientOf(url, { provider: "configured" }).session();
  await first.run({ name: "greeting", label: "production", variables: { who: "Ada" } });
  assert.deepEqual(said(0), { label: "production", variables: { who: "Ada" } });
  assert.deepEqual(said(1).prompt_ref, { name: "greeting", version: 3, variables: { who: "Ada" } });
  assert.equal(said(1).provider, undefined);
  await first.run("And Bob.");
  assert.deepEqual(said(2).messages.map((each: any) => each.content), ["Greet Ada.", "Hello there", "And Bob."]);
  const begun = clientOf(url).session({ promptRef: "greeting@production", variables: { who: "Ada" } });
  const saved = await begun.save();
  assert.deepEqual(saved.prompt_ref, { name: "greeting", label: "production", variables: { who: "Ada" } });
  await (await clientOf(url).loadSession(saved)).run("Now.");
  assert.deepEqual(said(4).messages.map((each: any) => each.content), ["Greet Ada.", "Now."]);
  assert.deepEqual([said(4).model, said(4).max_output_tokens], ["m", 5]);
});

// ── tools and output ──────────────────────────────────────────────────────────────────────────────

const asks = (name: string, given: object, id = "call_1") => ({
  id: "inf_0",
  text: "",
  cost_usd: 0.1,
  message: {
    role: "assistant",
    content: null,
    tool_calls: [{ id, type: "function", function: { name, arguments: JSON.stringify(given) }, extra_content: { google: { thought_signature: "s" } } }],
    thinking_blocks: [{ type: "thinking", thinking: "hm", signature: "s" }],
  },
  tool_calls: [{ id, type: "function", function: { name, arguments: JSON.stringify(given) } }],
});

const add = tool({
  name: "add",
  description: "Adds two numbers.",
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  run: ({ a, b }) => a + b,
});

test("tools run, in a session the whole exchange is kept, what thinks goes back as it came", async (t) => {
  const answers = [asks("add", { a: 1, b: 2 }), { ...ANSWER, cost_usd: 0.2 }];
  const { url, requests } = await serve(t, (_, response) => json(response, answers[requests.length - 1]!));
  const session = clientOf(url).session();
  const answer = await session.run("What is 1 + 2?", { tools: [add] });
  assert.equal(answer.text, "Hello there");
  assert.equal(answer.totalCostUsd, 0.3);
  assert.equal(answer.rounds!.length, 1);
  const [first, second] = requests.map((each) => JSON.parse(each.body));
  assert.deepEqual(first.tools[0].function, {
    name: "add",
    description: "Adds two numbers.",
    parameters: {
      type: "object",
      properties: { a: { type: "number" }, b: { type: "number" } },
      required: ["a", "b"],
      additionalProperties: false,
    },
    strict: true,
  });
  assert.deepEqual(second.messages, [
    { role: "user", content: "What is 1 + 2?" },
    asks("add", { a: 1, b: 2 }).message,
    { role: "tool", tool_call_id: "call_1", content: "3" },
  ]);
  assert.deepEqual(session.messages.map((each) => each.role), ["user", "assistant", "tool", "assistant"]);
  const saved = await session.save();
  assert.deepEqual(saved.messages[1], asks("add", { a: 1, b: 2 }).message);
  assert.notEqual(requests[0].headers["idempotency-key"], requests[1].headers["idempotency-key"]);
});

test("a tool sees the call's end, and one deadline holds for all", async (t) => {
  const { url } = await serve(t, (_, response) => json(response, asks("slow", {})));
  let aborted = false;
  const slow = tool({
    name: "slow",
    run: (_, { signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => ((aborted = true), reject(new Error("over"))))),
  });
  await assert.rejects(clientOf(url).run("Hello", { tools: [slow], timeoutMs: 300 }), sdk.APITimeoutError);
  assert.ok(aborted);
});

test("output without an object's schema is asked for as the value of one", async (t) => {
  const { url, requests } = await serve(t, (_, response) => json(response, { ...ANSWER, text: '{"value":["a","b"]}' }));
  const words: string[] = await clientOf(url).run("Two letters", { output: z.array(z.string()) });
  assert.deepEqual(words, ["a", "b"]);
  const format = JSON.parse(requests[0].body).response_format.json_schema;
  assert.deepEqual(format.schema.required, ["value"]);
  assert.equal(format.strict, true);
});

test("a schema that cannot say itself in JSON needs to be given one", async () => {
  const bare: sdk.StandardSchema<unknown, number> = {
    "~standard": { version: 1, vendor: "mine", validate: (value) => ({ value: value as number }) },
  };
  const client = clientOf("http://a.example", {
    fetch: async () => new Response(JSON.stringify({ ...ANSWER, text: '{"value":5}' })),
  });
  await assert.rejects(client.run("x", { output: bare }), /outputSchema/);
  assert.equal(await client.run("x", { output: bare, outputSchema: { type: "number" } }), 5);
});

// ── prompts that are kept ─────────────────────────────────────────────────────────────────────────

test("many who load a prompt ask once; a change of this client's own is seen", async (t) => {
  const { url, requests } = await serve(t, (_, response) =>
    json(response, { name: "greeting", version: requests.length, text: "Hello {{who}}", variables: [], settings: {} }),
  );
  const client = clientOf(url);
  const loaded = await Promise.all(Array.from({ length: 20 }, () => client.prompts.load("greeting@production")));
  assert.equal(requests.length, 1);
  assert.deepEqual(loaded.map((each) => each.version), Array(20).fill(1));
  assert.equal(loaded[0]!.render({ who: "Ada" }).text, "Hello Ada");
  await client.prompts.setLabel("greeting", "production", 2);
  assert.equal((await client.prompts.load("greeting@production")).version, 3);
});

assert.ok(existsSync(PACKAGE));

// ── proxies ───────────────────────────────────────────────────────────────────────────────────────

test("a proxy of the environment is asked, but for a server on this machine and what NO_PROXY names", async (t) => {
  const proxy = await serve(t, (_, response) => json(response, ANSWER));
  const direct = await serve(t, (_, response) => json(response, { ...ANSWER, text: "direct" }));
  const before = { ...process.env };
  t.after(() => {
    for (const name of ["http_proxy", "no_proxy"]) delete process.env[name];
    Object.assign(process.env, before);
  });
  process.env.http_proxy = proxy.url.replace("//", "//user:p%40ss@");
  const far = new Aistrale({ apiUrl: "http://aistrale.example/base" });
  assert.equal((await far.run("Hello")).text, "Hello there");
  const [asked] = proxy.requests;
  assert.equal(asked.url, "http://aistrale.example/base/api/v1/inferences");
  assert.equal(asked.headers.host, "aistrale.example");
  assert.equal(asked.headers["proxy-authorization"], "Basic " + Buffer.from("user:p@ss").toString("base64"));
  assert.equal((await clientOf(direct.url).run("Hello")).text, "direct");
  process.env.no_proxy = ".example";
  const error: any = await clientOf("http://aistrale.example", { maxRetries: 0 }).run("Hello").catch((why) => why);
  assert.ok(error instanceof sdk.APIConnectionError);
  assert.equal(proxy.requests.length, 1);
  assert.throws(() => new Aistrale({ proxy: "socks9://x" }), sdk.ConfigurationError);
});

test("https goes through a tunnel of the proxy's", async (t) => {
  const tunnels: string[] = [];
  const server = createServer().on("connect", (request, socket) => {
    tunnels.push(request.url!);
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const proxy = `http://127.0.0.1:${(server.address() as any).port}`;
  const client = new Aistrale({ apiUrl: "https://aistrale.example", proxy, maxRetries: 0 });
  const error: any = await client.run("Hello").catch((why) => why);
  assert.deepEqual(tunnels, ["aistrale.example:443"]);
  assert.ok(error instanceof sdk.APIConnectionError && !error.sent, String(error));
  assert.match(error.message, /the proxy answered 403/);
});

// ── tools ─────────────────────────────────────────────────────────────────────────────────────────

const CALLS = (name: string) => {
  const calls = [{ id: "call_1", type: "function", function: { name, arguments: "{}" } }];
  const message = { role: "assistant", content: null, tool_calls: calls };
  return { ...ANSWER, text: "", finish_reason: "tool_calls", tool_calls: calls, message };
};

test("a key of the caller's knows a further round again by what is asked", async (t) => {
  const { url, requests } = await serve(t, (_, response, body) => {
    json(response, body.includes('"role":"tool"') ? ANSWER : CALLS("count"));
  });
  const results = [1, 2, 1];
  const count = tool({ name: "count", run: () => results.shift() });
  for (let n = 0; n < 3; n++) await clientOf(url).run("Count", { tools: [count], idempotencyKey: "job" });
  const keys: string[] = requests.map(({ headers }) => headers["idempotency-key"]);
  assert.deepEqual([keys[0], keys[2], keys[4]], ["job", "job", "job"]);
  assert.match(keys[1]!, /^job-2-[0-9a-f]{8}$/);
  assert.equal(keys[1], keys[5]);
  assert.notEqual(keys[1], keys[3]);
});

test("an empty key is refused before anything is sent", async (t) => {
  const { url, requests } = await serve(t, (_, response) => json(response, ANSWER));
  const asked = clientOf(url).run("Hi", { idempotencyKey: "" });
  await assert.rejects(asked, { name: "TypeError", message: /^idempotencyKey is empty: / });
  assert.equal(requests.length, 0);
});

test("a conversation is kept without the tools that run here, and without the choice among them", async () => {
  const theirs: sdk.ToolDefinition = { type: "function", function: { name: "approve", parameters: { type: "object" } } };
  const ours = tool({ name: "count", run: () => 1 });
  const chosen = (name: string) => ({ type: "function", function: { name } });
  const kept = async (tools: any[], toolChoice: any) => {
    return (await clientOf("http://127.0.0.1:1").session({ tools, toolChoice }).save()).options;
  };
  assert.deepEqual(await kept([ours], "required"), {});
  assert.deepEqual(await kept([ours, theirs], chosen("count")), { tools: [theirs] });
  assert.deepEqual(await kept([ours, theirs], "required"), { tools: [theirs], tool_choice: "required" });
  assert.deepEqual(await kept([ours, theirs], chosen("approve")), { tools: [theirs], tool_choice: chosen("approve") });
});

test("a result that is no JSON, and an error without words, are told to the model", async (t) => {
  const { url, requests } = await serve(t, (_, response, body) => {
    json(response, body.includes('"role":"tool"') ? ANSWER : CALLS("give"));
  });
  const round: any = {};
  round.round = round;
  const gives: [() => unknown, RegExp][] = [
    [() => 1n, /^1$/],
    [() => round, /^TypeError: .*circular/],
    [() => ({ toJSON: () => { throw new RangeError("too deep"); } }), /^RangeError: too deep$/],
    [() => () => 1, /^TypeError: the tool 'give' returned a function, which cannot be written as JSON$/],
    [() => { throw Object.create(null); }, /^Error$/],
  ];
  for (const [give, content] of gives) {
    const answer = await clientOf(url).run("Give", { tools: [tool({ name: "give", run: give })] });
    assert.equal(answer.text, "Hello there");
    assert.match(JSON.parse(requests.at(-1).body).messages.at(-1).content, content);
  }
});

test("an output is found in prose, and neither guessed nor taken from what was cut", async (t) => {
  let text = "";
  const { url } = await serve(t, (_, response) => json(response, { ...ANSWER, text, message: { role: "assistant", content: text } }));
  const asked = (output: sdk.StandardSchema) => clientOf(url).run("City?", { output, outputRetries: 0 });
  const city = z.object({ name: z.string(), parts: z.array(z.object({ name: z.string() })).default([]) });
  const paris = '{"name": "Pa\\"}ris"}';
  for (text of [
    `Here it is: ${paris}`,
    `${paris}\n\nHope this helps!`,
    `A {city} [1], or {}: ${paris}.`,
    `With {"other": "fields"}, ${paris}`,
    `<think>Is it {"name": "Rome"}? No.</think>\n${paris}`,
    `Is it {"name": "Rome"}? No.</think>\n\n\`\`\`json\n${paris}\n\`\`\``,
  ]) {
    assert.equal(((await asked(city)) as any).name, 'Pa"}ris', text);
  }
  text = 'As [1] says: {"value": [4, 5]}';
  assert.deepEqual(await asked(z.array(z.number())), [4, 5]);
  for (text of [
    `Either ${paris} or {"name": "Rome"}.`,
    `<think>Maybe ${paris}`,
    `{"name": "France", "parts": [${paris}`,
    `Here: {"name": "France", "parts": [${paris}`,
    "It is [Paris].",
  ]) {
    await assert.rejects(asked(city), { name: "OutputValidationError", message: /Invalid JSON/ }, text);
  }
});

test("an error names the rounds that are paid", async (t) => {
  const count = tool({ name: "count", run: () => 1 });
  const { url } = await serve(t, (_, response, body) => {
    if (!body.includes('"role":"tool"')) return json(response, { ...CALLS("count"), id: "inf_a" });
    json(response, { code: "invalid_request", detail: "No." }, 400);
  });
  const names = (error: any) => error.rounds?.map((each: sdk.Inference) => each.id);
  await assert.rejects(clientOf(url).run("Hi", { tools: [count] }), (error: any) => {
    assert.equal(error.name, "BadRequestError");
    assert.deepEqual(names(error), ["inf_a"]);
    return true;
  });
  await assert.rejects(clientOf(url).run("Hi", { tools: [count], maxRounds: 1 }), (error: any) => {
    assert.equal(error.name, "ToolRoundsError");
    assert.deepEqual(names(error), ["inf_a"]);
    return true;
  });
});
