/** Calls at their edges: two who read one stream, what is closed while it begins, bodies that know no signal. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import * as sdk from "@aistrale/sdk";
import { Aistrale, toResponse, tool } from "@aistrale/sdk";
import { z } from "zod";
import { ANSWER, clientOf, folder, inBrowser, json, serve, sse } from "./helpers.js";
import { PACKAGE } from "./support.js";

const sleep = (millis: number) => new Promise((go) => setTimeout(go, millis));
const posts = (requests: any[]) => requests.filter((each) => each.url == "/api/v1/inferences").length;

/** A signal that counts who listens to it. */
function counted(): { signal: AbortSignal; abort: (why?: unknown) => void; listeners: () => number; most: () => number } {
  const aborter = new AbortController();
  const { signal } = aborter;
  const { addEventListener, removeEventListener } = signal;
  const known = new Set<unknown>();
  let most = 0;
  signal.addEventListener = (kind: string, listener: any, options?: any) => {
    known.add(listener);
    most = Math.max(most, known.size);
    addEventListener.call(signal, kind, listener, options);
  };
  signal.removeEventListener = (kind: string, listener: any, options?: any) => {
    known.delete(listener);
    removeEventListener.call(signal, kind, listener, options);
  };
  return { signal, abort: (why) => aborter.abort(why), listeners: () => known.size, most: () => most };
}

// ── one stream, several readers ───────────────────────────────────────────────────────────────────

const streaming = (t: TestContext) =>
  serve(t, (request, response) => {
    if (request.url!.endsWith("/cancel")) return json(response, {});
    const send = sse(response);
    send("delta", 1, { text: "Hello " });
    send("delta", 2, { text: "there" });
    send("completed", 3, ANSWER);
    return response.end();
  });

test("a stream that several read is asked for once", async (t) => {
  const { url, requests } = await streaming(t);
  const two = clientOf(url).stream("Hello");
  const [first, second] = await Promise.all([two.final(), two.final()]);
  assert.equal(first.text, "Hello there");
  assert.equal(second, first);
  const shown = clientOf(url).stream("Hello");
  const whole = shown.final();
  for await (const _ of shown.textDeltas());
  assert.equal((await whole).text, "Hello there");
  assert.equal(posts(requests), 2);
  assert.equal(requests.length, 2);
});

test("who reads a stream that fails is told so, each of them, and each time", async (t) => {
  const { url, requests } = await serve(t, (_, response) => json(response, { code: "invalid_request", detail: "No." }, 400));
  const stream = clientOf(url).stream("Hello");
  const found = await Promise.allSettled([stream.final(), stream.final(), (async () => { for await (const _ of stream); })()]);
  assert.deepEqual(found.map((each: any) => each.reason?.name), Array(3).fill("BadRequestError"));
  await assert.rejects(stream.final(), sdk.BadRequestError);
  await assert.rejects(stream.next(), sdk.BadRequestError);
  assert.equal(requests.length, 1);
});

test("a feed that two ask for its first item is opened once", async (t) => {
  const { url, requests } = await serve(t, (_, response) => {
    response.writeHead(200, { "content-type": "application/x-ndjson" }).end('{"id":1}\n{"id":2}\n');
  });
  const feed = clientOf(url).telemetry.export("jsonl");
  const items = await Promise.all([feed.next(), feed.next()]);
  assert.deepEqual(items.map((each) => each.value), ['{"id":1}\n', '{"id":2}\n']);
  assert.equal(requests.length, 1);
});

// ── what is closed while it begins ────────────────────────────────────────────────────────────────

/** A server whose prompts take a while to render. */
const rendering = (t: TestContext, millis = 250) =>
  serve(t, (request, response) => {
    if (request.url!.endsWith("/cancel")) return json(response, {});
    if (!request.url!.endsWith("/render")) return json(response, ANSWER);
    return setTimeout(() => json(response, { version: 1, messages: [{ role: "user", content: "Hi" }], settings: {} }), millis);
  });

test("a stream that is closed while its prompt is rendered is never sent", async (t) => {
  const { url, requests } = await rendering(t);
  const { signal, listeners } = counted();
  const stream = clientOf(url).session({ promptRef: "greet" }).stream("Hello", { signal });
  const reading = stream.next();
  await sleep(80);
  await stream.close();
  assert.deepEqual(await reading, { done: true, value: undefined });
  await sleep(300);
  assert.deepEqual(requests.map((each) => each.url), ["/api/v1/prompts/greet/render"]);
  assert.equal(listeners(), 0);
  await assert.rejects(stream.final(), sdk.StreamInterruptedError);
});

test("what a page asks for that leaves during the render is never sent", async (t) => {
  const { url, requests } = await rendering(t);
  const response = toResponse(clientOf(url).session({ promptRef: "greet" }).stream("Hello"));
  const reader = response.body!.getReader();
  await reader.read();
  reader.read().catch(() => {});
  await sleep(80);
  await reader.cancel();
  await sleep(400);
  assert.deepEqual(requests.map((each) => each.url), ["/api/v1/prompts/greet/render"]);
});

test("a page that leaves with an event on its way has the stream returned", async () => {
  let returned = 0;
  let give: (event: any) => void;
  const events: AsyncIterableIterator<sdk.StreamEvent> = {
    [Symbol.asyncIterator]() { return this; },
    next: () => new Promise((go) => (give = (value) => go({ done: false, value }))),
    // The first is the page's leaving, which comes before there is anything to end.
    return: async () => ({ done: ++returned > 0, value: undefined }) as any,
  };
  const reader = toResponse(events).body!.getReader();
  await reader.read();
  reader.read().catch(() => {});
  await sleep(10);
  await reader.cancel();
  const before = returned;
  give!({ type: "text", text: "late", id: "1" });
  await sleep(10);
  assert.deepEqual([before, returned], [1, 2]);
});

test("what is asked of a stream that never began leaves nothing behind", async (t) => {
  const { url, requests } = await streaming(t);
  const { signal, listeners } = counted();
  const stream = clientOf(url).stream("Hello", { signal });
  await stream.close();
  await assert.rejects(stream.final(), (error: any) => {
    return error instanceof sdk.StreamInterruptedError && error.text === "" && /closed before/.test(error.message);
  });
  assert.equal(listeners(), 0);
  assert.equal(requests.length, 0);
});

// ── tools ─────────────────────────────────────────────────────────────────────────────────────────

const CALLS = (name: string, given = "{}", more = {}) => {
  const calls = [{ id: "call_1", type: "function", function: { name, arguments: given } }];
  const message = { role: "assistant", content: null, tool_calls: calls };
  return { ...ANSWER, text: "", finish_reason: "tool_calls", tool_calls: calls, message, ...more };
};

for (const [window, promptRef] of [["after a round has completed", false], ["while its prompt is rendered", true]] as const) {
  test(`no tool runs of a stream that is closed ${window}`, async (t) => {
    let rendered = false;
    const { url, requests } = await serve(t, (request, response) => {
      if (request.url!.endsWith("/cancel")) return json(response, {});
      if (request.url!.endsWith("/render")) {
        rendered = true;
        return setTimeout(() => json(response, { version: 1, messages: [{ role: "user", content: "Hi" }], settings: {} }), 200);
      }
      // All in one piece: who is shown the call has the end at hand.
      response.writeHead(200, { "content-type": "text/event-stream", "x-aistrale-inference-id": "inf_1" });
      const called = { tool_call: { index: 0, id: "call_1", name: "pay", arguments: "{}" } };
      response.write(
        `event: delta\nid: 1\ndata: ${JSON.stringify(called)}\n\nevent: completed\nid: 2\ndata: ${JSON.stringify(CALLS("pay"))}\n\n`,
      );
      if (promptRef) return response.end();
      return setTimeout(() => response.end(), 300); // the connection's end is waited for, for 50 ms
    });
    let ran = 0;
    const pay = tool({
      name: "pay",
      async run(_, { signal }) {
        ran++;
        await sleep(5);
        signal.throwIfAborted();
        return 1;
      },
    });
    const stream = clientOf(url).stream({ ...(promptRef ? { promptRef: "greet" } : { messages: [{ role: "user", content: "Hi" }] }), tools: [pay] });
    const kinds: string[] = [];
    let closing: Promise<void> | undefined;
    const loop = (async () => {
      for await (const event of stream) {
        kinds.push(event.type);
        if (!promptRef) setTimeout(() => (closing = stream.close()));
      }
    })();
    if (promptRef) {
      for (let at = 0; at < 200 && !rendered; at++) await sleep(5);
      await stream.close();
    }
    await loop;
    await closing;
    await sleep(300);
    assert.equal(ran, 0);
    assert.deepEqual(kinds, ["toolCall"]);
    assert.equal(posts(requests), 1);
  });
}

test("the answer of many rounds names each of them once", async (t) => {
  const { url, requests } = await serve(t, (_, response) =>
    json(response, requests.length < 12 ? CALLS("count", "{}", { id: `inf_${requests.length}` }) : { ...ANSWER, cost_usd: 0.5 }),
  );
  const count = tool({ name: "count", run: () => 1 });
  const answer = await clientOf(url).run("Count", { tools: [count], maxRounds: 20 });
  assert.deepEqual(answer.rounds!.map((each) => each.id), Array.from({ length: 11 }, (_, at) => `inf_${at + 1}`));
  for (const each of answer.rounds!) assert.ok(!("rounds" in each) && !("totalCostUsd" in each));
  assert.ok(JSON.stringify(answer).length < 10_000, String(JSON.stringify(answer).length));
  assert.equal(`${answer}`, "Hello there");
  assert.equal(`${answer.rounds![0]}`, "");
});

test("counts that are none are refused before anything is sent", async (t) => {
  const { url, requests } = await serve(t, (_, response) => json(response, { ...ANSWER, text: "no JSON" }));
  const count = tool({ name: "count", run: () => 1 });
  const city = z.object({ name: z.string() });
  for (const wrong of [NaN, -1, 1.5, "2" as any, Infinity]) {
    await assert.rejects(clientOf(url).run("City?", { output: city, outputRetries: wrong, timeoutMs: 2000 }), {
      name: "RangeError", message: `outputRetries is not a whole number from 0: ${wrong}`,
    });
    await assert.rejects(clientOf(url).run("Count", { tools: [count], maxRounds: wrong }), RangeError);
    await assert.rejects(clientOf(url).stream("Count", { tools: [count], maxRounds: wrong }).final(), RangeError);
  }
  await assert.rejects(clientOf(url).run("Count", { tools: [count], maxRounds: 0 }), {
    name: "RangeError", message: "maxRounds is not a whole number from 1: 0",
  });
  assert.equal(requests.length, 0);
});

test("null for a tool without parameters is none, as some providers have it", async (t) => {
  const { url, requests } = await serve(t, (_, response, body) =>
    json(response, body.includes('"role":"tool"') ? ANSWER : CALLS("now", "null")),
  );
  const given: unknown[] = [];
  const now = tool({ name: "now", run: ({ zone = "UTC" }) => (given.push(zone), zone) });
  await clientOf(url).run("Now?", { tools: [now] });
  assert.deepEqual(given, ["UTC"]);
  assert.equal(JSON.parse(requests[1].body).messages.at(-1).content, "UTC");
});

const throwing = (): sdk.StandardSchema<any, any> => ({
  "~standard": { version: 1, vendor: "mine", validate: () => { throw new RangeError("a mistake in the schema"); } },
});

test("a schema's own mistake is named as what it is, with what was paid", async (t) => {
  const { url, requests } = await serve(t, (_, response, body) =>
    json(response, body.includes('"role":"tool"') || body.includes('"response_format"') ? { ...ANSWER, text: "{}" } : CALLS("give")),
  );
  const give = tool({ name: "give", inputSchema: throwing(), parameters: { type: "object" }, run: () => 1 });
  await clientOf(url).run("Give", { tools: [give] });
  assert.equal(JSON.parse(requests[1].body).messages.at(-1).content, "RangeError: a mistake in the schema");
  await assert.rejects(clientOf(url).run("Give", { output: throwing(), outputSchema: { type: "object" } }), (error: any) => {
    assert.equal(error.message, "a mistake in the schema");
    assert.deepEqual(error.rounds.map((each: any) => each.id), ["inf_1"]);
    return true;
  });
});

// ── files, settings, options ──────────────────────────────────────────────────────────────────────

test("sessions that are saved at once are all saved", async (t) => {
  const at = folder(t);
  const client = clientOf("http://a.example");
  const names = Array.from({ length: 12 }, (_, n) => `${n}.json`);
  await Promise.all(names.map((name) => client.session({ system: name }).save(join(at, name))));
  assert.deepEqual(readdirSync(at).sort(), names.sort());
  for (const name of names) assert.equal(JSON.parse(readFileSync(join(at, name), "utf8")).options.system, name);
  await Promise.all(names.map((name) => client.session({ system: name }).save(join(at, "one.json"))));
  assert.deepEqual(readdirSync(at).length, 13);
});

test("a saved session has no credential in it", async () => {
  const providerOptions = {
    api_key: "SECRET", safety: { level: 2, Authorization: "SECRET" }, headers: { "x-gateway": "SECRET" },
    max_completion_tokens: 5, list: [{ accessToken: "SECRET", n: 1 }],
  };
  const data: any = await clientOf("http://a.example").session({ providerOptions, metadata: { team: "a" } }).save();
  assert.doesNotMatch(JSON.stringify(data), /SECRET/);
  assert.deepEqual(data.options, {
    provider_options: { safety: { level: 2 }, max_completion_tokens: 5, list: [{ n: 1 }] }, metadata: { team: "a" },
  });
});

test("the module's functions reject for wrong settings, and throw nothing", async (t) => {
  const file = join(folder(t), "config.toml");
  writeFileSync(file, "this is no TOML");
  const before = process.env.AISTRALE_CONFIG;
  t.after(() => (process.env.AISTRALE_CONFIG = before));
  process.env.AISTRALE_CONFIG = file;
  const failures: unknown[] = [];
  for (const call of [() => sdk.run("x"), () => sdk.loadSession("x.json"), () => sdk.stream("x").final(), () => sdk.whoami()]) {
    await call().catch((why) => failures.push(why));
  }
  assert.deepEqual(failures.map((each: any) => each.name), Array(4).fill("ConfigurationError"));
});

test("the module has every resource that a client has", async (t) => {
  const { url, requests } = await serve(t, (_, response) => json(response, { data: [], next_cursor: null }));
  const before = process.env.AISTRALE_API_URL;
  t.after(() => (before == null ? delete process.env.AISTRALE_API_URL : (process.env.AISTRALE_API_URL = before)));
  process.env.AISTRALE_API_URL = url;
  await sdk.webhooks.list().all();
  await sdk.webhooks.deliveries.list("whk_1").all();
  assert.deepEqual(requests.map((each) => each.url.split("?")[0]), ["/api/v1/webhooks", "/api/v1/webhooks/whk_1/deliveries"]);
  for (const name of Object.keys(clientOf(url))) assert.ok(name in sdk, name);
});

test("no text of a user's is taken for a number", async () => {
  let sent = "";
  const fetch = async (_: string, init: any) => {
    sent = String(init.body);
    return new Response(`{"id":"inf_1","text":"\\u0001#12345678901234567890 is","metadata":{"n":12345678901234567890,"t":"say \\"\\u0001#1\\""}}`);
  };
  const client = clientOf("http://a.example", { fetch });
  for (const text of ["\u0001#1 is", 'he said "\u0001#1"', "\u0001#12", "\u0001\u0001#1"]) {
    await client.run(text, { seed: 9007199254740993n, metadata: { [text]: text } });
    const body = JSON.parse(sent);
    assert.equal(body.prompt, text);
    assert.deepEqual(body.metadata, { [text]: text });
    assert.match(sent, /"seed":9007199254740993\b/);
  }
  const answer: any = await client.run("x");
  assert.equal(answer.text, "\u0001#12345678901234567890 is");
  assert.deepEqual([String(answer.metadata.n), answer.metadata.t], ["12345678901234567890", 'say "\u0001#1"']);
});

// ── fetch ─────────────────────────────────────────────────────────────────────────────────────────

test("fetch is called as the function that it is", async () => {
  const seen: unknown[] = [];
  async function fetch(this: unknown, _: string) {
    seen.push(this);
    return new Response(JSON.stringify(ANSWER));
  }
  await clientOf("http://a.example", { fetch }).run("Hello");
  assert.deepEqual(seen, [undefined]);
});

test("a body that knows no signal is cancelled when its stream is left, and what waits for it ends", async () => {
  for (const early of [true, false]) {
    const cancelled: string[] = [];
    const bytes = (text: string) => new TextEncoder().encode(text);
    const fetch = async (url: string) => {
      if (url.endsWith("/cancel")) return new Response("{}");
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(bytes(url.endsWith("/stream") ? ": alive\n\n" : 'event: delta\nid: 1\ndata: {"text":"Hel"}\n\n')),
        cancel: () => void cancelled.push(url),
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    };
    const client = clientOf("http://a.example", { fetch });
    const stream = client.stream("Hello");
    await stream.next();
    const waiting = early ? stream.next() : undefined;
    await stream.close();
    assert.deepEqual(await waiting, early ? { done: true, value: undefined } : undefined);
    assert.deepEqual(cancelled, ["http://a.example/api/v1/inferences"]);
    await assert.rejects(client.stream("Hello", { timeoutMs: 50 }).final(), sdk.APITimeoutError);
    assert.equal(cancelled.length, 2);
    const feed = client.events.stream();
    const next = feed.next();
    await sleep(30);
    await feed.close();
    assert.deepEqual(await next, { done: true, value: undefined });
    assert.equal(cancelled.length, 3);
  }
});

test("an answer that comes when nobody wants it any more is cancelled", async () => {
  let cancelled = 0;
  const fetch = async () => {
    await sleep(60);
    return new Response(new ReadableStream({ cancel: () => void cancelled++ }));
  };
  const client = clientOf("http://a.example", { fetch });
  await assert.rejects(client.run("Hello", { timeoutMs: 20 }), sdk.APITimeoutError);
  await sleep(80);
  assert.equal(cancelled, 1);
});

test("a body that never ends does not outlast its call's time", async () => {
  const fetch = async () => new Response(new ReadableStream({}));
  await assert.rejects(clientOf("http://a.example", { fetch }).run("Hello", { timeoutMs: 30 }), sdk.APITimeoutError);
});

test("who aborts while an error's words are read gets his own reason", async (t) => {
  const { url } = await serve(t, (_, response) => {
    response.writeHead(400, { "content-type": "application/json" }).write('{"code": "invalid_request", ');
  });
  const aborter = new AbortController();
  const reason = new Error("no longer wanted");
  setTimeout(() => aborter.abort(reason), 80);
  await assert.rejects(clientOf(url).run("Hello", { signal: aborter.signal }), reason);
});

test("only what failed while it connected was not sent", async (t) => {
  const broken = (code: string, message: string, more = {}) => async () => {
    asked++;
    throw new TypeError("fetch failed", { cause: Object.assign(new Error(message), { code, ...more }) });
  };
  let asked = 0;
  const tried = async (fetch: any) => {
    asked = 0;
    const error: any = await clientOf("http://a.example", { fetch, maxRetries: 1 }).budgets.create({ period: "day", limitUsd: 1 } as any).catch((why) => why);
    assert.ok(error instanceof sdk.APIConnectionError, String(error));
    return [error.sent, asked];
  };
  const sent: [string, string, object?][] = [
    ["ECONNRESET", "the PROXY could not resolve"],
    ["ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC", "bad record"],
    ["EHOSTUNREACH", "write EHOSTUNREACH", { syscall: "write" }],
    ["UND_ERR_SOCKET", "other side closed: connection refused"],
  ];
  for (const each of sent) assert.deepEqual(await tried(broken(...each)), [true, 1], each[0]);
  const not: [string, string, object?][] = [
    ["ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:9"],
    ["ENOTFOUND", "getaddrinfo ENOTFOUND a.example"],
    ["EHOSTUNREACH", "connect EHOSTUNREACH", { syscall: "connect" }],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"],
  ];
  for (const each of not) assert.deepEqual(await tried(broken(...each)), [false, 2], each[0]);
  // The head came, so it was sent, whatever the words.
  const late = Object.assign(new Error("CERT"), { code: "ECONNREFUSED" });
  assert.deepEqual(await tried(async () => (asked++, new Response(new ReadableStream({ start: (it) => it.error(late) })))), [true, 1]);
});

test("a stream that failed has failed for who was busy then, and for who begins later", async (t) => {
  const { url } = await serve(t, (request, response) => {
    if (request.url!.endsWith("/cancel")) return json(response, {});
    const send = sse(response);
    send("delta", 1, { text: "Hello " });
    send("delta", 2, { text: "there" });
    send("error", 3, { code: "provider_failed", title: "It broke", status: 502, detail: "It broke" });
    return response.end();
  });
  const two = clientOf(url).stream("Hello");
  const whole = two.final().catch((why) => why);
  const slow = (async () => {
    for await (const _ of two.textDeltas()) await whole;
  })().catch((why) => why);
  const why = await whole;
  assert.ok(why instanceof sdk.AistraleError, String(why));
  assert.equal(await slow, why);
  await assert.rejects(async () => {
    for await (const _ of two);
  }, why);
});

// ── prompts that many load ────────────────────────────────────────────────────────────────────────

const VERSION = { name: "greeting", version: 1, text: "Hello {{who}}", variables: [], settings: {} };

test("who gives up a prompt that many load gives it up for himself", async (t) => {
  const { url, requests } = await serve(t, (_, response) => void setTimeout(() => json(response, VERSION), 300));
  const client = clientOf(url);
  const { signal, abort, listeners } = counted();
  const reason = new Error("the tab was closed");
  const first = client.prompts.load("greeting@production", { signal });
  const second = client.prompts.load("greeting@production");
  const began = performance.now();
  const third = client.prompts.load("greeting@production", { timeoutMs: 100 });
  const fourth = client.prompts.load("greeting@production", { timeoutMs: 80, fallback: "Hi {{who}}" });
  setTimeout(() => abort(reason), 30);
  await assert.rejects(first, reason);
  assert.equal((await fourth).version, 0);
  await assert.rejects(third, sdk.APITimeoutError);
  assert.ok(performance.now() - began < 250);
  assert.equal((await second).version, 1);
  assert.equal(listeners(), 0);
  assert.equal(requests.length, 1);
  assert.equal((await client.prompts.load("greeting@production")).version, 1);
  assert.equal(requests.length, 1);
});

test("where the server is away all who wait for a prompt are told at once", async () => {
  let asked = 0;
  const fetch = async () => {
    asked++;
    throw Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error("refused"), { code: "ECONNREFUSED" }) });
  };
  const client = clientOf("http://127.0.0.1:9", { fetch, maxRetries: 1 });
  const told = await Promise.all(
    [1, 2, 3, 4].map(() => client.prompts.load("greeting@production").then(String, (why) => why.name)),
  );
  assert.deepEqual(told, Array(4).fill("APIConnectionError"));
  assert.equal(asked, 2);
});

test("a prompt that nobody waits for any more is not asked for any more", async (t) => {
  let ended = 0;
  const { url, requests } = await serve(t, (_, response) => void response.on("close", () => (ended += +!response.writableEnded)));
  const client = clientOf(url);
  const { signal, abort } = counted();
  const loads = [1, 2].map(() => client.prompts.load("greeting@production", { signal }).catch((why) => why.name));
  for (let at = 0; at < 100 && !requests.length; at++) await sleep(5);
  abort();
  assert.deepEqual(await Promise.all(loads), ["AbortError", "AbortError"]);
  for (let at = 0; at < 100 && !ended; at++) await sleep(5);
  assert.deepEqual([requests.length, ended], [1, 1]);
});

test("one caller's mistake is no other's who loads the same prompt", async (t) => {
  const { url } = await serve(t, (_, response) => void setTimeout(() => json(response, VERSION), 50));
  const client = clientOf(url);
  const [wrong, right] = await Promise.allSettled([
    client.prompts.load("greeting@production", { headers: { "x-bad": "\n" } }),
    client.prompts.load("greeting@production"),
  ]);
  assert.equal((wrong as any).reason?.name, "TypeError");
  assert.equal((right as any).value?.version, 1, String((right as any).reason));
});

// ── proxies ───────────────────────────────────────────────────────────────────────────────────────

test("a name that begins like this machine's address is not this machine", async (t) => {
  const proxy = await serve(t, (_, response) => json(response, ANSWER));
  t.after(() => delete process.env.http_proxy);
  process.env.http_proxy = proxy.url;
  await new Aistrale({ apiUrl: "http://127.0.0.1.example.com" }).run("Hello");
  assert.equal(proxy.requests[0].url, "http://127.0.0.1.example.com/api/v1/inferences");
});

test("a handshake through a tunnel ends with its call, and names no address as a server's name", async (t) => {
  let closed = 0;
  let hello = 0;
  const server: Server = createServer((socket) => {
    socket.on("error", () => {}).on("close", () => closed++);
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      socket.on("data", () => hello++); // the client's hello, which nobody answers
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const warnings: string[] = [];
  const warned = (why: Error) => warnings.push(String(why));
  process.on("warning", warned);
  t.after(() => process.off("warning", warned));
  const proxy = `http://127.0.0.1:${(server.address() as any).port}`;
  const client = new Aistrale({ apiUrl: "https://192.0.2.1", proxy, maxRetries: 0 });
  await assert.rejects(client.run("Hello", { timeoutMs: 200 }), sdk.APITimeoutError);
  for (let at = 0; at < 100 && !closed; at++) await sleep(5);
  assert.deepEqual([closed, hello > 0, warnings], [1, true, []]);
});

// ── signals ───────────────────────────────────────────────────────────────────────────────────────

test("nothing that takes a signal leaves a listener on it", async (t) => {
  const { url } = await serve(t, (request, response, body) => {
    const path = request.url!.split("?")[0]!;
    if (path.endsWith("/cancel")) return json(response, {});
    if (path.endsWith("/render")) return json(response, { version: 1, messages: [{ role: "user", content: "Hi" }], settings: {} });
    if (path.includes("/versions/")) return json(response, VERSION);
    if (path.endsWith("/export")) return void response.writeHead(200).end('{"id":1}\n{"id":2}\n');
    if (path.endsWith("/stream")) return void sse(response)("inference.completed", 1, { id: "evt_1" });
    const asked = body && JSON.parse(body);
    if (!asked?.stream) return json(response, asked?.tools && !body.includes('"role":"tool"') ? CALLS("count") : ANSWER);
    const send = sse(response);
    send("delta", 1, { text: "Hello there" });
    if (body.includes("Never")) return;
    send("completed", 2, asked.tools && !body.includes('"role":"tool"') ? CALLS("count") : ANSWER);
    return response.end();
  });
  const client = clientOf(url);
  const count = tool({ name: "count", run: () => 1 });
  const { signal, listeners, most } = counted();
  const one = { signal };
  const ways: Record<string, () => Promise<unknown>> = {
    run: () => client.run("Hi", one),
    "run with tools": () => client.run("Hi", { ...one, tools: [count] }),
    "run with wrong options": () => client.run("Hi", { ...one, timeoutMs: -1 }),
    "stream to its end": () => client.stream("Hi", one).final(),
    "stream with tools": () => client.stream("Hi", { ...one, tools: [count] }).final(),
    "stream that is left": async () => { for await (const _ of client.stream("Never", one)) break; },
    "stream that is closed before it begins": async () => {
      const stream = client.stream("Hi", one);
      await stream.close();
      await stream.final();
    },
    "stream that is closed as it begins": async () => {
      const stream = client.stream("Hi", { ...one, tools: [count] });
      const next = stream.next();
      await stream.close();
      await next;
    },
    session: () => client.session({ promptRef: "greet" }).run("Hi", one),
    "session's stream": () => client.session({ promptRef: "greet" }).stream("Hi", one).final(),
    list: () => client.budgets.list({}, one).all(),
    export: async () => { for await (const _ of client.telemetry.export("jsonl", {}, one)) break; },
    "live stream": async () => { for await (const _ of client.events.stream({}, one)) break; },
    "feed that is closed as it begins": async () => {
      const feed = client.events.stream({}, one);
      const next = feed.next();
      await feed.close();
      await next;
    },
    load: () => client.prompts.load("greeting@production", one),
  };
  for (const [name, way] of Object.entries(ways)) {
    await way().catch(() => {});
    await sleep(10);
    assert.equal(listeners(), 0, name);
  }
  assert.ok(most() >= 1);
});

test("a signal for many calls at once makes Node say nothing", async (t) => {
  const { url } = await serve(t, (_, response) => json(response, ANSWER));
  const warnings: string[] = [];
  const warned = (why: Error) => warnings.push(String(why));
  process.on("warning", warned);
  t.after(() => process.off("warning", warned));
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 30 }, () => clientOf(url).run("Hello", { signal })));
  await sleep(10);
  assert.deepEqual(warnings, []);
});

// ── pages ─────────────────────────────────────────────────────────────────────────────────────────

test("in a page a connection that fails says what to look at", async (t) => {
  const page = await inBrowser(t);
  const fetch = async () => { throw new TypeError("Failed to fetch"); };
  const client = new page.Aistrale({ apiUrl: "https://ai.example", fetch, maxRetries: 0 });
  const error: any = await client.run("Hello").catch((why) => why);
  assert.equal(error.name, "APIConnectionError");
  assert.equal(
    error.message,
    "No connection to https://ai.example: Failed to fetch. A browser does not say why. Look whether that address is right and its server runs, and whether the server lets pages of this origin ask it (CORS): its operator sets cors_origins; the browser's console says more. The request may have been carried out; `aistrale telemetry view` shows whether it was.",
  );
});

test("in React Native a key is as public as in a page", async (t) => {
  const { build } = await import("esbuild");
  const path = join(folder(t), "bundle.mjs");
  await build({
    stdin: { contents: 'export * from "@aistrale/sdk";', resolveDir: PACKAGE },
    bundle: true, platform: "browser", format: "esm", outfile: path, logLevel: "error",
  });
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { product: "ReactNative" }, configurable: true });
  t.after(() => (before ? Object.defineProperty(globalThis, "navigator", before) : delete (globalThis as any).navigator));
  const native: typeof sdk = await import(path);
  const client = new native.Aistrale({
    apiUrl: "http://a.example", apiKey: "ais_x",
    fetch: async () => new Response(JSON.stringify({ workspace_id: "ws_1", role: "admin" })),
  });
  await assert.rejects(client.run("Hello"), { name: "ConfigurationError" });
});

test("a part of a page that is not there any more asks to load the page anew", async (t) => {
  const { build } = await import("esbuild");
  const at = folder(t);
  await build({
    stdin: { contents: 'export * from "@aistrale/sdk";', resolveDir: PACKAGE },
    bundle: true, splitting: true, platform: "browser", format: "esm", outdir: at, outExtension: { ".js": ".mjs" }, logLevel: "error",
  });
  const entry = readFileSync(join(at, "stdin.mjs"), "utf8");
  const needed = new Set([...entry.matchAll(/from\s*"\.\/([^"]+)"/g)].map((each) => each[1]));
  // A deploy took what the page had not loaded yet: the whole program's first chunks are still there.
  const program = `
    import * as sdk from "./stdin.mjs";
    const client = new sdk.Aistrale({ apiUrl: "http://a.example", fetch: async () => new Response('{"id": "inf_1"}') });
    const ways = {
      run: () => client.run("Hi"),
      stream: () => client.stream("Hi").final(),
      session: () => client.session().run("Hi"),
      save: () => client.session().save(),
      list: () => client.budgets.list().all(),
      tools: () => client.run("Hi", { tools: [sdk.tool({ name: "a", run: () => 1 })] }),
    };
    for (const [name, way] of Object.entries(ways)) {
      const error = await way().then(() => "no error", (why) => why);
      console.log(name, error instanceof sdk.AistraleError, error.name, /reload/i.test(error.message), !!error.cause);
    }`;
  writeFileSync(join(at, "program.mjs"), program);
  const reach = new Set(["stdin.mjs", "program.mjs"]);
  for (const file of reach) {
    for (const [, name] of readFileSync(join(at, file), "utf8").matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) reach.add(name!);
  }
  for (const file of readdirSync(at)) if (file.endsWith(".mjs") && !reach.has(file)) rmSync(join(at, file));
  assert.ok(needed.size > 0);
  const { stdout } = await promisify(execFile)(process.execPath, ["program.mjs"], { cwd: at });
  const lines = stdout.trim().split("\n");
  assert.deepEqual(lines.length, 6);
  for (const line of lines) assert.match(line, /^\w+ true AistraleError true true$/);
});
