/** A backend's half of a page: `toResponse`, over events of the test's own. The hooks' half is in browser/hooks.test.ts. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { mock, test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { useChat } from "@aistrale/sdk/react";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { APIStatusError, type Inference, type ResponseOptions, type StreamEvent, toResponse } from "@aistrale/sdk";
import { PACKAGE } from "./support.js";

const message = { role: "assistant", content: "Hi", thinkingBlocks: [{ type: "thinking", thinking: "Hm", signature: "sig" }] };
const INFERENCE = {
  id: "inf_1", text: "Hi", message, toolCalls: [], finishReason: "stop", createdAt: "2026-11-26T12:00:00Z",
  model: "gpt-4o", provider: "openai", usage: { inputTokens: 1 }, costUsd: 0.5, costSource: "reported", totalCostUsd: 1,
  attempts: [{ tokenId: "tok_1" }], prompt: { name: "secret", version: 3 }, sessionId: "ses_1", latencyMs: 5, xInternal: { margin: 3 },
} as unknown as Inference;
const text = (text: string): StreamEvent => ({ type: "text", text, id: "1" });
const completed = (inference: Inference): StreamEvent => ({ type: "completed", inference, id: "2" });

/** Gives events, then throws if there is something to throw; `ended` says how it was left. */
function events(given: StreamEvent[], error?: unknown) {
  const seen = { ended: 0 };
  async function* all() {
    try {
      yield* given;
      if (error) throw error;
    } finally {
      seen.ended++;
    }
  }
  return Object.assign(all(), seen, { seen });
}

/** Gives the events that a page gets: names and data. */
async function got(response: Response): Promise<[string, any][]> {
  const found = [...(await response.text()).matchAll(/event: (\w+)\n(?:id: .*\n)?data: (.*)\n\n/g)];
  return found.map(([, event, data]) => [event!, JSON.parse(data!)]);
}

/** Runs what the test times; gives what went to the console. */
function watched(t: TestContext) {
  const said: unknown[] = [];
  t.mock.method(console, "error", (...given: unknown[]) => void said.push(...given));
  return said;
}

test("a page gets what it shows and says again, and no record", async () => {
  const later: StreamEvent = { type: "unknown", event: "cost", data: { usd: 3 }, id: "1" };
  const round = { ...INFERENCE, id: "inf_0" } as Inference;
  const all = () => events([text("H"), later, later, text("i"), completed({ ...INFERENCE, rounds: [round] } as Inference)]);
  const reduced = {
    id: "inf_1", text: "Hi", tool_calls: [], finish_reason: "stop", created_at: "2026-11-26T12:00:00Z",
    message: { role: "assistant", content: "Hi", thinking_blocks: message.thinkingBlocks },
  };
  assert.deepEqual(await got(toResponse(all())), [
    ["delta", { text: "H" }],
    ["delta", { text: "i" }],
    ["completed", { ...reduced, rounds: [{ ...reduced, id: "inf_0" }] }],
  ]);
  const told = await got(toResponse(all(), { details: true }));
  assert.deepEqual(told.map(([event]) => event), ["delta", "cost", "cost", "delta", "completed"]);
  const { cost_usd, x_internal, attempts, session_id } = told.at(-1)![1];
  assert.deepEqual([cost_usd, x_internal, attempts, session_id], [0.5, { margin: 3 }, [{ token_id: "tok_1" }], "ses_1"]);
});

test("an error is told by its status and code; its words are onError's", async () => {
  const error = new APIStatusError("the key ais_… is wrong", { status: 401, code: "authentication_failed", retryAfterMs: 7 });
  const said = async (onError?: ResponseOptions["onError"]) => (await got(toResponse(events([text("H")], error), { onError })))[1];
  const problem = { title: "No answer", status: 401, code: "authentication_failed", retry_after_ms: 7 };
  assert.deepEqual(await said(), ["error", { ...problem, detail: "There is no answer" }]);
  assert.deepEqual(await said(() => "Later."), ["error", { ...problem, detail: "Later." }]);
  assert.deepEqual(await said(async (why) => `${(why as APIStatusError).code}`), ["error", { ...problem, detail: "authentication_failed" }]);
  assert.deepEqual(await said((() => 5) as any), ["error", { ...problem, detail: "There is no answer" }]);
});

test("an onError that throws or rejects is as one that says nothing, and ends nobody", async (t) => {
  const said = watched(t);
  const broken = new Error("my logger is broken");
  for (const onError of [() => { throw broken; }, () => Promise.reject(broken)]) {
    mock.timers.enable({ apis: ["setInterval"] });
    const found = await got(toResponse(events([], new Error("no")), { onError }));
    mock.timers.tick(60_000); // a comment now would be thrown out of a timer
    mock.timers.reset();
    assert.deepEqual(found.map(([event, { detail }]) => [event, detail]), [["error", "There is no answer"]]);
  }
  assert.deepEqual(said, [broken, broken]);
});

test("that a page has gone away is no failure, and what ends badly then is told to onError alone", async () => {
  const told: string[] = [];
  const options = { onError: (why: any) => void told.push(why.message) };
  assert.equal((await got(toResponse(events([text("H")], new DOMException("left", "AbortError")), options))).length, 2);
  const bad = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}), return: () => Promise.reject(new Error("bad end")) }) };
  await toResponse(bad, options).body!.cancel();
  assert.deepEqual(told, ["bad end"]);
});

test("what cannot be written ends the stream, and the inference with it", async () => {
  const odd = events([text("H"), completed({ ...INFERENCE, text: { toJSON() { throw new Error("odd"); } } } as any), text("i")]);
  const found = await got(toResponse(odd));
  assert.deepEqual(found.map(([event]) => event), ["delta", "error"]);
  assert.equal(odd.seen.ended, 1);
});

test("a page that leaves while an event is waited for: the stream is closed, whenever it begins", async () => {
  let go!: (value: IteratorResult<StreamEvent>) => void;
  let returned = 0;
  const waiting = { [Symbol.asyncIterator]: () => ({
    next: () => new Promise<IteratorResult<StreamEvent>>((resolve) => (go = resolve)),
    return: async () => ({ done: true as const, value: void returned++ }),
  }) };
  const reader = toResponse(waiting).body!.getReader();
  await reader.read(); // the comment
  void reader.read();
  await new Promise(setImmediate);
  await reader.cancel();
  assert.equal(returned, 1);
  go({ done: false, value: text("late") });
  await new Promise(setImmediate);
  assert.equal(returned, 2); // it began after it was closed
});

test("silence is broken for who reads; for who does not, nothing is heaped up", async () => {
  mock.timers.enable({ apis: ["setInterval"] });
  const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
  const reader = toResponse(never).body!.getReader();
  const unread = toResponse(never);
  await reader.read();
  const read = reader.read();
  await new Promise(setImmediate);
  mock.timers.tick(60_000);
  assert.equal(new TextDecoder().decode((await read).value), ":\n\n");
  const rest = unread.body!.getReader();
  await rest.read();
  const more = await Promise.race([rest.read(), new Promise((resolve) => setImmediate(() => resolve("nothing")))]);
  assert.equal(more, "nothing");
  await Promise.all([reader.cancel(), rest.cancel()]);
  mock.timers.reset();
});

test("a Response that nobody reads keeps no program alive", () => {
  const program = `
    import { toResponse } from ${JSON.stringify(pathToFileURL(join(PACKAGE, "lib/index.js")).href)};
    toResponse((async function* () { console.log("asked"); })());`;
  const done = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8", timeout: 4000 });
  assert.deepEqual([done.status, done.stdout, done.stderr], [0, "", ""]);
});

test("what is no stream is refused in words", () => {
  assert.throws(() => toResponse(INFERENCE as any), /toResponse takes a stream/);
});

test("an idempotencyKey of a hook would be one for all of its calls", () => {
  const Page = () => createElement("p", null, useChat({ api: "/api/chat", idempotencyKey: "k" } as any).status);
  assert.throws(() => renderToString(createElement(Page)), /useChat: an idempotencyKey is of one call/);
});
