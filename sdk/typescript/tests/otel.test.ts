/** Spans, made by OpenTelemetry's own SDK and kept in memory. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, afterEach, beforeEach, test, type TestContext } from "node:test";
import { context, type Context, createContextKey, diag, DiagLogLevel, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AlwaysOffSampler, InMemorySpanExporter, NodeTracerProvider, type ReadableSpan, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import * as sdk from "@aistrale/sdk";
import { run, stream, tool, VERSION } from "@aistrale/sdk";
import { instrument, uninstrument } from "@aistrale/sdk/otel";
import { z } from "zod";
import { clientOf, inBrowser, json, serve, sse } from "./helpers.js";
import { PACKAGE } from "./support.js";

const sleep = (millis: number) => new Promise((go) => setTimeout(go, millis));

/** What was exported, since the last time. */
class Exported {
  readonly #kept = new InMemorySpanExporter();
  readonly provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.#kept)] });

  spans(): ReadableSpan[] {
    const found = this.#kept.getFinishedSpans();
    this.#kept.reset();
    return found;
  }

  one(): ReadableSpan {
    const found = this.spans();
    assert.equal(found.length, 1);
    return found[0]!;
  }
}

/** All that is in a span, as text. */
const said = ({ name, attributes, events, status }: ReadableSpan) => JSON.stringify({ name, attributes, events, status });

/** The header by which the server hangs its record below this span. */
function traceparent(span: ReadableSpan): string {
  const { traceId, spanId } = span.spanContext();
  return `00-${traceId}-${spanId}-01`;
}

const seconds = ([whole, nanos]: [number, number]) => whole + nanos / 1e9;
const headers = (requests: any[]) => requests.map((each) => each.headers.traceparent);

// The context manager is everybody's, as in a program; the provider of the API is not set.
const everywhere = new Exported();
everywhere.provider.register();
trace.disable();
// What its SDK complains of: a span that ends twice, an attribute after its end, or of a kind that it does not take.
const complaints: string[] = [];
const complain = (message: string) => void complaints.push(message);
diag.setLogger({ error: complain, warn: complain, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
after(() => {
  context.disable();
  assert.deepEqual(complaints, []);
});

let exported: Exported;
beforeEach(() => instrument((exported = new Exported()).provider));
afterEach(() => uninstrument());

const ANSWER = {
  id: "inf_1",
  model: "gpt-4o-2024",
  provider: "gemini",
  text: "secret answer",
  message: { role: "assistant", content: "secret answer" },
  finish_reason: "tool_calls",
  session_id: "ses_1",
  usage: { input_tokens: 9, output_tokens: 2, cached_input_tokens: 3, cache_write_input_tokens: null, reasoning_tokens: 1, total_tokens: 11 },
  cost_usd: 0.0000425,
  tool_calls: [{ id: "call_1", type: "function", function: { name: "add", arguments: "{}" } }],
  attempts: [{ provider: "openai", outcome: "failed" }, { provider: "gemini" }],
};
const PLAIN = { id: "inf_1", text: "Hi.", provider: "openai", finish_reason: "stop" };

/** A server that gives these answers, one after another and the last for ever. */
async function answers(t: TestContext, ...script: Handler[]) {
  let next = 0;
  return serve(t, (request, response, body) => {
    if (request.url!.endsWith("/cancel")) return json(response, {});
    return script[Math.min(next++, script.length - 1)]!(response, body);
  });
}
type Handler = (response: Parameters<typeof json>[0], body: string) => unknown;

const whole = (answer: object = PLAIN): Handler => (response) => json(response, answer);
const problem = (status: number, code: string, more: object = {}, head = {}): Handler => (response) =>
  json(response, { code, detail: "It failed.", ...more }, status, head);
/** Events, the last one completed. */
const pieces = (pause: number, ...texts: string[]): Handler => async (response) => {
  const send = sse(response);
  let id = 0;
  for (const text of texts) {
    await sleep(pause);
    send("delta", ++id, { text });
  }
  await sleep(pause);
  send("completed", ++id, { ...PLAIN, text: texts.join("") });
  response.end();
};
/** So many pieces, and nothing after them. */
const hanging = (...texts: string[]): Handler => (response) => {
  const send = sse(response);
  texts.forEach((text, at) => send("delta", at + 1, { text }));
};
const reset: Handler = (response) => void response.socket!.destroy();

/** Both ways to ask, to the end: a name for the test, and what does it. */
const FLAVOURS = [
  ["run", (client: sdk.Aistrale, options: sdk.RunOptions = {}) => client.run("secret question", options)],
  ["stream", (client: sdk.Aistrale, options: sdk.RunOptions = {}) => client.stream("secret question", options).final()],
] as const;

test("an inference is a span", async (t) => {
  const { url, requests } = await answers(t, whole(ANSWER));
  await clientOf(url).run("secret question", {
    model: "openai/gpt-4o",
    temperature: 0.5,
    topP: 0.9,
    maxOutputTokens: 7,
    stop: "END",
    seed: 3,
    sessionId: "ses_1",
    system: "secret orders",
    responseFormat: { type: "json_object" },
  });
  const span = exported.one();
  assert.deepEqual([span.name, span.kind, span.status], ["chat gpt-4o", SpanKind.CLIENT, { code: SpanStatusCode.UNSET }]);
  assert.deepEqual(span.attributes, {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "gcp.gemini",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.request.temperature": 0.5,
    "gen_ai.request.top_p": 0.9,
    "gen_ai.request.max_tokens": 7,
    "gen_ai.request.stop_sequences": ["END"],
    "gen_ai.request.seed": 3,
    "gen_ai.output.type": "json",
    "gen_ai.conversation.id": "ses_1",
    "gen_ai.response.id": "inf_1",
    "gen_ai.response.model": "gpt-4o-2024",
    "gen_ai.response.finish_reasons": ["tool_calls"],
    "gen_ai.usage.input_tokens": 9,
    "gen_ai.usage.output_tokens": 2,
    "gen_ai.usage.cache_read.input_tokens": 3,
    "gen_ai.usage.reasoning.output_tokens": 1,
    "server.address": "127.0.0.1",
    "server.port": +new URL(url).port,
    "aistrale.tool_calls": 1,
    "aistrale.attempts": 2,
    "aistrale.cost_usd": 0.0000425,
  });
  assert.doesNotMatch(said(span), /secret/);
  assert.deepEqual(headers(requests), [traceparent(span)]);
  assert.equal(JSON.parse(requests[0].body).prompt, "secret question");
  assert.deepEqual(span.instrumentationScope, { name: "aistrale", version: VERSION, schemaUrl: "https://opentelemetry.io/schemas/1.41.1" });
});

for (const [flavour, ask] of FLAVOURS) {
  test(`it hangs in the caller's trace: ${flavour}`, async (t) => {
    const { url, requests } = await answers(t, whole());
    const client = clientOf(url);
    const tracer = exported.provider.getTracer("mine");
    const mine = await tracer.startActiveSpan("my work", async (mine) => {
      await ask(client);
      mine.end();
      return mine;
    });
    await ask(client, { traceId: "a".repeat(32) });
    await ask(client);
    const byHand = `00-${"b".repeat(32)}-${"c".repeat(16)}-00`;
    await ask(client, { headers: { Traceparent: byHand } });
    await ask(clientOf(url, { headers: { traceparent: byHand } }));
    const [ours, parent, ...others] = exported.spans();
    assert.equal(parent!.name, "my work");
    assert.equal(ours!.parentSpanContext?.spanId, mine.spanContext().spanId);
    assert.equal(ours!.spanContext().traceId, parent!.spanContext().traceId);
    assert.deepEqual(others.map((each) => each.parentSpanContext), [undefined, undefined, undefined, undefined]);
    assert.deepEqual(headers(requests), [traceparent(ours!), undefined, traceparent(others[1]!), byHand, byHand]);
    assert.equal(JSON.parse(requests[1].body).trace_id, "a".repeat(32));
  });

  test(`what is asked is the same with and without spans: ${flavour}`, async (t) => {
    // The server knows a request that comes again by its body, byte by byte.
    const { url, requests } = await answers(t, whole());
    const options = { idempotencyKey: "order-7", metadata: { é: "ü" } };
    for (const spans of [true, true, false]) {
      if (!spans) uninstrument();
      await ask(clientOf(url), options);
    }
    const [first, again, without] = requests;
    assert.equal(first.body, again.body);
    assert.equal(first.body, without.body);
    assert.deepEqual(requests.map((each) => each.headers["idempotency-key"]), Array(3).fill("order-7"));
    assert.notEqual(first.headers.traceparent, again.headers.traceparent);
    assert.equal(without.headers.traceparent, undefined);
    assert.equal(exported.spans().length, 2);
  });

  test(`a trace that is not sampled is handed on so: ${flavour}`, async (t) => {
    const { url, requests } = await answers(t, whole());
    await ask(clientOf(url, { tracerProvider: new NodeTracerProvider({ sampler: new AlwaysOffSampler() }) }));
    assert.match(requests[0].headers.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    assert.deepEqual(exported.spans(), []);
  });

  test(`a tracer that fails ends no call: ${flavour}`, async (t) => {
    // An answer that was paid is not lost to somebody's exporter.
    const { url } = await answers(t, (response, body) => (JSON.parse(body).stream ? pieces(0, "Hi.") : whole())(response, body));
    const told = t.mock.method(console, "warn", () => {});
    const no = (): never => {
      throw new Error("no room");
    };
    const quiet = { onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} };
    const refusing = new Proxy({ spanContext: () => ({ traceId: "", spanId: "", traceFlags: 0 }) }, { get: (of: any, name) => of[name] ?? no });
    for (const provider of [
      new NodeTracerProvider({ spanProcessors: [{ ...quiet, onStart: no }] }),
      new NodeTracerProvider({ spanProcessors: [{ ...quiet, onEnd: no }] }),
      { getTracer: no },
      { getTracer: () => ({}) },
      { getTracer: () => ({ startSpan: () => refusing }) },
    ]) {
      const before = told.mock.callCount();
      assert.equal((await ask(clientOf(url, { tracerProvider: provider }))).text, "Hi.");
      const [words, why] = told.mock.calls[before]!.arguments as unknown as [string, Error];
      assert.equal(words, "aistrale: OpenTelemetry failed, and the call goes on without:");
      assert.ok(why instanceof Error);
    }
  });

  test(`a client with a provider of its own: ${flavour}`, async (t) => {
    const { url, requests } = await answers(t, whole());
    const mine = new Exported();
    await ask(clientOf(url, { tracerProvider: mine.provider }));
    assert.deepEqual([mine.spans().length, exported.spans().length], [1, 0]);
    uninstrument();
    await ask(clientOf(url, { tracerProvider: mine.provider }));
    await ask(clientOf(url));
    assert.deepEqual([mine.spans().length, exported.spans().length], [1, 0]);
    assert.equal(requests.at(-1).headers.traceparent, undefined);
  });

  test(`errors: ${flavour}`, async (t) => {
    const { url } = await answers(
      t,
      problem(422, "no_provider", { detail: "Run aistrale tokens add." }),
      problem(502, "provider_error", { provider: "mistral" }),
      reset,
      (response) => void response.writeHead(200, { "content-type": "text/html" }).end("<p>secret</p>"),
    );
    const client = clientOf(url, { maxRetries: 0 });
    await assert.rejects(ask(client), sdk.NoProviderError);
    await assert.rejects(ask(client), sdk.APIStatusError);
    await assert.rejects(ask(client), sdk.APIConnectionError);
    await assert.rejects(ask(client), sdk.APIStatusError);
    await assert.rejects(ask(clientOf("http://127.0.0.1:9", { maxRetries: 0 })), sdk.APIConnectionError);
    const spans = exported.spans();
    assert.deepEqual(
      spans.map((span) => span.attributes["error.type"]),
      ["no_provider", "provider_error", "APIConnectionError", "APIStatusError", "APIConnectionError"],
    );
    assert.deepEqual(spans.map((span) => span.status.code), Array(5).fill(SpanStatusCode.ERROR));
    assert.match(spans[0]!.status.message!, /Run aistrale tokens add\./);
    assert.equal(spans[0]!.attributes["http.response.status_code"], 422);
    assert.equal(spans[1]!.attributes["gen_ai.provider.name"], "mistral_ai");
    assert.equal(spans[1]!.status.message, "provider_error (502)");
    assert.equal(spans[3]!.status.message, "APIStatusError (200)");
    for (const span of spans) assert.doesNotMatch(said(span), /secret|stream\.left/);
  });

  test(`a call that is aborted, and one that is late: ${flavour}`, async (t) => {
    const { url } = await answers(t, (response, body) => JSON.parse(body).stream && hanging("a")(response, body));
    await assert.rejects(ask(clientOf(url), { signal: AbortSignal.timeout(100) }), { name: "TimeoutError" });
    const aborter = new AbortController();
    setTimeout(() => aborter.abort("a secret reason"), 100);
    await ask(clientOf(url), { signal: aborter.signal }).then(() => assert.fail(), (why) => assert.equal(why, "a secret reason"));
    await assert.rejects(ask(clientOf(url), { timeoutMs: 100 }), sdk.APITimeoutError);
    const spans = exported.spans();
    assert.deepEqual(spans.map((span) => span.attributes["error.type"]), ["TimeoutError", "string", "APITimeoutError"]);
    assert.deepEqual(spans.map((span) => span.status.code), Array(3).fill(SpanStatusCode.ERROR));
    assert.deepEqual(spans.slice(0, 2).map((span) => span.status.message), [undefined, undefined]);
    assert.doesNotMatch(spans.map(said).join(), /secret/);
  });

  test(`a call that is aborted while it waits for its next try: ${flavour}`, async (t) => {
    const { url, requests } = await answers(t, problem(429, "rate_limited", {}, { "retry-after": "5" }));
    const aborter = new AbortController();
    setTimeout(() => aborter.abort(), 200);
    await assert.rejects(ask(clientOf(url), { signal: aborter.signal }), { name: "AbortError" });
    assert.equal(requests.length, 1);
    const span = exported.one();
    assert.deepEqual([span.attributes["error.type"], span.attributes["aistrale.retries"]], ["AbortError", 1]);
  });

  test(`no span has what a provider or a proxy says: ${flavour}`, async (t) => {
    // Their words may quote what was asked.
    const quoted = { detail: "gpt-4o does not take 'my secret question'.", provider: "openai", upstream_status: 400 };
    const { url } = await answers(
      t,
      problem(400, "provider_rejected", quoted),
      (response) => void response.writeHead(502, { "content-type": "text/html" }).end(quoted.detail),
      (response) => void sse(response)("error", 1, { ...quoted, status: 502, code: "provider_error" }),
    );
    const client = clientOf(url, { maxRetries: 0 });
    const failed = async () => ask(client).then(() => assert.fail(), (why) => why);
    const errors = [await failed(), await failed()];
    const streamed = await client.stream("secret question").final().then(() => assert.fail(), (why) => why);
    for (const error of [...errors, streamed]) assert.match(JSON.stringify(error.body), /secret question/);
    const spans = exported.spans();
    assert.doesNotMatch(spans.map(said).join(), /secret/);
    assert.deepEqual(spans.map((span) => span.status.message), [
      "provider_rejected (400; openai said 400)",
      errors[1].message,
      "provider_error (502; openai said 400)",
    ]);
  });
}

test("a stream's span has the time to its first piece", async (t) => {
  const { url, requests } = await answers(t, pieces(250, "a", "b"));
  await clientOf(url).stream("Hello", { model: "gpt-4o", provider: "azure-openai" }).final();
  const span = exported.one();
  assert.deepEqual(headers(requests), [traceparent(span)]);
  assert.equal(span.name, "chat gpt-4o");
  const { attributes } = span;
  assert.equal(attributes["gen_ai.request.stream"], true);
  assert.equal(attributes["gen_ai.response.id"], "inf_1");
  const waited = attributes["gen_ai.response.time_to_first_chunk"] as number;
  assert.ok(waited > 0.2 && waited < seconds(span.duration) - 0.4, `${waited} of ${seconds(span.duration)}`);
  assert.equal(attributes["aistrale.stream.left"], undefined);
});

test("a stream whose reader stops at its last event is complete", async (t) => {
  const { url } = await answers(t, pieces(0, "a"));
  for await (const event of clientOf(url).stream("Hello")) if (event.type == "completed") break;
  assert.equal(exported.one().attributes["gen_ai.response.id"], "inf_1");
});

test("retries are events of one span", async (t) => {
  const { url, requests } = await answers(
    t,
    problem(503, "overloaded", {}, { "retry-after-ms": "20" }),
    problem(429, "rate_limited", {}, { "retry-after-ms": "30" }),
    whole(),
  );
  await clientOf(url).run("Hello");
  const span = exported.one();
  assert.deepEqual(headers(requests), Array(3).fill(traceparent(span)));
  assert.equal(new Set(requests.map((each) => each.headers["idempotency-key"])).size, 1);
  assert.deepEqual(span.events.map(({ name, attributes }) => [name, attributes]), [
    ["aistrale.retry", { "aistrale.retry.number": 1, "aistrale.retry.wait_seconds": 0.02, "http.response.status_code": 503 }],
    ["aistrale.retry", { "aistrale.retry.number": 2, "aistrale.retry.wait_seconds": 0.03, "http.response.status_code": 429 }],
  ]);
  assert.equal(span.attributes["aistrale.retries"], 2);
  assert.equal(span.status.code, SpanStatusCode.UNSET);
});

test("a server that cannot be reached is tried again, and the span says so", async () => {
  await assert.rejects(clientOf("http://127.0.0.1:9").run("Hello", { maxRetries: 1 }), sdk.APIConnectionError);
  assert.equal(exported.one().events[0]!.attributes!["error.type"], "unreachable");
});

test("a stream that goes on after a cut is one span", async (t) => {
  const { url, requests } = await answers(
    t,
    (response, body) => {
      hanging("a", "b")(response, body);
      setTimeout(() => response.socket!.destroy(), 50);
    },
    (response) => {
      sse(response)("completed", 3, { ...PLAIN, text: "ab" });
      response.end();
    },
  );
  assert.equal((await clientOf(url).stream("Hello").final()).text, "ab");
  const span = exported.one();
  assert.deepEqual(headers(requests), Array(2).fill(traceparent(span)));
  assert.deepEqual(span.events.map((event) => event.attributes!["error.type"]), ["lost"]);
  assert.equal(span.attributes["aistrale.retries"], 1);
});

test("a stream that cannot be gone on with ends its span with that", async (t) => {
  const { url } = await answers(
    t,
    (response, body) => {
      hanging("a")(response, body);
      setTimeout(() => response.socket!.destroy(), 50);
    },
    problem(502, "provider_failed", { detail: "secret", provider: "openai", upstream_status: 400 }, { "x-should-retry": "false" }),
  );
  await assert.rejects(clientOf(url).stream("Hello").final(), sdk.StreamInterruptedError);
  const span = exported.one();
  assert.equal(span.attributes["error.type"], "StreamInterruptedError");
  assert.equal(span.status.message, "The stream ended before its last event: provider_failed (502; openai said 400)");
  assert.doesNotMatch(said(span), /secret/);
});

test("no span has what no client can read", async (t) => {
  const { url } = await answers(t, (response) => {
    sse(response)("delta", 1, { text: "a" });
    response.end("event: delta\nid: 2\ndata: secret\n\n");
  });
  await assert.rejects(clientOf(url).stream("Hello").final(), (why: Error) => why.message.includes("secret"));
  const span = exported.one();
  assert.equal(span.status.message, "The stream ended before its last event");
  assert.doesNotMatch(said(span), /secret/);
});

for (const [how, left] of [
  ["its loop", async (stream: sdk.Stream) => { for await (const _ of stream) break; }],
  ["close()", async (stream: sdk.Stream) => { await stream.next(); await stream.close(); }],
  ["close() while it is read", async (stream: sdk.Stream) => {
    setTimeout(() => stream.close(), 100);
    await assert.rejects(stream.final(), sdk.StreamInterruptedError);
  }],
] as const) {
  test(`a stream that is left is no error: by ${how}`, async (t) => {
    const { url } = await answers(t, hanging("a"));
    await left(clientOf(url).stream("Hello"));
    const span = exported.one();
    assert.equal(span.attributes["aistrale.stream.left"], true);
    assert.deepEqual(span.status, { code: SpanStatusCode.UNSET });
    assert.ok(span.attributes["gen_ai.response.time_to_first_chunk"]);
  });
}

test("a stream that was closed before it was sent has no span that never ends", async (t) => {
  const { url, requests } = await answers(t, hanging("a"));
  const sent = () => requests.filter((each) => each.url == "/api/v1/inferences").length;
  let [begun, ended] = [0, 0];
  const spanProcessors = [{ onStart: () => void begun++, onEnd: () => void ended++, forceFlush: async () => {}, shutdown: async () => {} }];
  const client = clientOf(url, { tracerProvider: new NodeTracerProvider({ spanProcessors }) });
  await client.stream("Hello").close();
  // At each moment of its beginning, until one comes too late.
  for (let hops = 0; !sent() && hops < 1000; hops++) {
    const stream = client.stream("Hello");
    const reading = stream.next();
    for (let hop = 0; hop < hops; hop++) await undefined;
    await stream.close();
    await reading;
    assert.equal(begun, ended, `closed after ${hops}`);
  }
  assert.ok(begun);
});

test("a session is a conversation", async (t) => {
  const { url, requests } = await answers(t, whole({ ...PLAIN, session_id: null }));
  const session = clientOf(url).session({ sessionId: "ses_mine" });
  const tracer = exported.provider.getTracer("mine");
  const mine = await tracer.startActiveSpan("my work", async (mine) => {
    await session.run("Hi");
    const stream = session.stream("Hi");
    mine.end();
    return context.with(ROOT_CONTEXT, async () => (await stream.final(), mine));
  });
  const spans = exported.spans().filter((each) => each.name == "chat");
  assert.deepEqual(spans.map((span) => span.attributes["gen_ai.conversation.id"]), ["ses_mine", "ses_mine"]);
  assert.deepEqual(spans.map((span) => span.parentSpanContext?.spanId), Array(2).fill(mine.spanContext().spanId));
  assert.deepEqual(headers(requests), spans.map(traceparent));
});

test("a prompt of the server and a model that nobody chose", async (t) => {
  const { url } = await answers(t, whole({ ...PLAIN, provider: null }));
  await clientOf(url).run({ promptRef: "greeting@production" });
  const span = exported.one();
  assert.equal(span.name, "chat");
  assert.equal(span.attributes["gen_ai.prompt.name"], "greeting");
  assert.equal(span.attributes["gen_ai.provider.name"], "aistrale");
  assert.equal(span.attributes["gen_ai.request.model"], undefined);
});

test("only inferences are spans", async (t) => {
  const { url, requests } = await answers(t, whole({ status: "ok", data: [], next_cursor: null, version: 1, messages: [{ role: "user", content: "Hi" }] }));
  const client = clientOf(url);
  await client.health();
  await client.prompts.list().all();
  await client.prompts.render("greeting");
  assert.deepEqual(exported.spans(), []);
  assert.deepEqual(headers(requests), [undefined, undefined, undefined]);
});

const add = tool({
  name: "add",
  inputSchema: z.object({}),
  run: () => {
    seen.push(trace.getActiveSpan());
    return "3";
  },
});
const seen: unknown[] = [];

/** First a call of a tool, then words. */
const rounds = (t: TestContext) => {
  const calls = { ...PLAIN, finish_reason: "tool_calls", tool_calls: ANSWER.tool_calls, message: { role: "assistant", content: null, tool_calls: ANSWER.tool_calls } };
  return answers(t, whole(calls), whole());
};

test("each inference of a call with tools is a span, in the caller's trace; a tool runs where the call was made", async (t) => {
  const { url, requests } = await rounds(t);
  const mine = exported.provider.getTracer("mine").startSpan("my work");
  seen.length = 0;
  await context.with(trace.setSpan(ROOT_CONTEXT, mine), () => clientOf(url).run("Hello", { tools: [add] }));
  const spans = exported.spans();
  assert.deepEqual(spans.map((span) => span.parentSpanContext?.spanId), Array(2).fill(mine.spanContext().spanId));
  assert.deepEqual(headers(requests), spans.map(traceparent));
  assert.deepEqual(spans.map((span) => span.attributes["aistrale.tool_calls"]), [1, 0]);
  assert.deepEqual(seen, [mine]);
});

test("a stream hangs where it was asked for, all of its inferences, wherever it is read", async (t) => {
  const { url, requests } = await rounds(t);
  const tracer = exported.provider.getTracer("mine");
  const mine = tracer.startSpan("my work");
  const stream = context.with(trace.setSpan(ROOT_CONTEXT, mine), () => clientOf(url).stream("Hello", { tools: [add] }));
  const elsewhere = tracer.startSpan("elsewhere");
  await context.with(trace.setSpan(ROOT_CONTEXT, elsewhere), () => stream.final());
  const spans = exported.spans();
  assert.deepEqual(spans.map((span) => span.parentSpanContext?.spanId), Array(2).fill(mine.spanContext().spanId));
  assert.deepEqual(headers(requests), spans.map(traceparent));
});

test("what does not fit an output is an inference of its own, and no error of one", async (t) => {
  const { url, requests } = await answers(t, whole({ ...PLAIN, text: "no" }), whole({ ...PLAIN, text: "nor this" }));
  await assert.rejects(clientOf(url).run("Hello", { output: z.object({ n: z.number() }) }), sdk.OutputValidationError);
  const spans = exported.spans();
  assert.deepEqual(spans.map((span) => span.status.code), [SpanStatusCode.UNSET, SpanStatusCode.UNSET]);
  assert.deepEqual(headers(requests), spans.map(traceparent));
  assert.deepEqual(spans.map((span) => span.attributes["gen_ai.output.type"]), ["json", "json"]);
});

test("the module's functions have spans, and hang where they are called", async (t) => {
  const { url } = await answers(t, whole());
  process.env.AISTRALE_API_URL = url;
  t.after(() => delete process.env.AISTRALE_API_URL);
  const mine = exported.provider.getTracer("mine").startSpan("my work");
  const within = <T>(work: () => T) => context.with(trace.setSpan(ROOT_CONTEXT, mine), work);
  await within(() => run("Hello"));
  await within(() => stream("Hello")).final();
  const spans = exported.spans();
  assert.deepEqual(spans.map((span) => span.parentSpanContext?.spanId), Array(2).fill(mine.spanContext().spanId));
});

test("the global provider counts, also when it is set later", async (t) => {
  const { url } = await answers(t, whole());
  instrument();
  await clientOf(url).run("Hello");
  trace.setGlobalTracerProvider(everywhere.provider);
  t.after(() => trace.disable());
  await clientOf(url).run("Hello");
  assert.deepEqual([everywhere.spans().length, exported.spans().length], [1, 0]);
});

test("a program without an SDK sends no ids; a trace that is active all the same is handed on", async (t) => {
  const { url, requests } = await answers(t, whole());
  instrument();
  await clientOf(url).run("Hello");
  const ids = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 1 };
  await context.with(trace.setSpanContext(ROOT_CONTEXT, ids), () => clientOf(url).run("Hello"));
  assert.deepEqual(headers(requests), [undefined, `00-${ids.traceId}-${ids.spanId}-01`]);
});

test("one copy of the package is instrumented by another: a program may have it as ESM and as CommonJS", async (t) => {
  const { url } = await answers(t, whole());
  uninstrument();
  const other = createRequire(import.meta.url)("@aistrale/sdk/otel");
  assert.notEqual(other.instrument, instrument);
  other.instrument(exported.provider);
  await clientOf(url).run("Hello");
  other.uninstrument();
  await clientOf(url).run("Hello");
  assert.equal(exported.spans().length, 1);
});

test("in a browser, too, where what is active is known only until something is waited for", async (t) => {
  const browser = await inBrowser(t);
  const { url, requests } = await serve(t, (request, response) => json(response, request.url!.endsWith("/whoami") ? { role: "member" } : PLAIN));
  // What OpenTelemetry's browser SDK has: a stack.
  let current: Context = ROOT_CONTEXT;
  context.disable();
  context.setGlobalContextManager({
    active: () => current,
    with(given, work, self, ...rest) {
      const before = current;
      current = given ?? ROOT_CONTEXT;
      try {
        return work.call(self as any, ...rest);
      } finally {
        current = before;
      }
    },
    bind: (_, target) => target,
    enable() { return this; },
    disable() { return this; },
  });
  t.after(() => {
    context.disable();
    everywhere.provider.register({ propagator: null });
    trace.disable();
  });
  const client = new browser.Aistrale({ apiUrl: url, apiKey: "ais_secret" });
  const session = client.session();
  const mine = exported.provider.getTracer("mine").startSpan("my work");
  const within = <T>(work: () => T) => context.with(trace.setSpan(ROOT_CONTEXT.setValue(createContextKey("x"), 1), mine), work);
  await within(() => client.run("Hello"));
  await within(() => client.stream("Hello")).final();
  await within(() => session.run("Hello"));
  await within(() => session.stream("Hello")).final();
  const spans = exported.spans();
  assert.deepEqual(spans.map((span) => span.parentSpanContext?.spanId), Array(4).fill(mine.spanContext().spanId));
  assert.deepEqual(headers(requests.filter((each) => each.method == "POST")), spans.map(traceparent));
  assert.equal(requests.length, 5, "whose key it is was asked for more than once");
});

test("nothing of OpenTelemetry is loaded by the package, and nothing of spans before they are wanted", () => {
  const program = `
    import { createRequire } from "node:module";
    const { Aistrale } = await import("@aistrale/sdk");
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).filter((name) => /opentelemetry|spans/.test(name)).length;
    const cjs = createRequire(import.meta.url)("@aistrale/sdk");
    const found = [];
    for (const tracerProvider of [undefined, { getTracer: () => { throw 0 } }]) {
      console.warn = () => found.push("warned");
      await new cjs.Aistrale({ apiUrl: "http://127.0.0.1:9", maxRetries: 0, tracerProvider }).run("Hi").catch((why) => found.push(why.name));
      found.push(loaded());
    }
    console.log(JSON.stringify(found));`;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", program], { cwd: join(PACKAGE, "tests"), encoding: "utf8" });
  assert.deepEqual(JSON.parse(said), ["APIConnectionError", 0, "warned", "APIConnectionError", 1]);
});
