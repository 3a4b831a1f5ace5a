/** AISTRALE as a provider of Vercel's AI SDK: the real `ai` package, asked by its own functions, over the fault server. */
import assert from "node:assert/strict";
import { after, before, test, type TestContext } from "node:test";
import { inspect } from "node:util";
import type { LanguageModelV4, ProviderV4 } from "@ai-sdk/provider";
import { Aistrale, RateLimitError, ProviderError, StreamInterruptedError } from "@aistrale/sdk";
import { type AistraleOptions, createAistrale, type LanguageModel, type ProviderOptions } from "@aistrale/sdk/ai";
import { APICallError, generateText, isStepCount, NoSuchModelError, Output, streamText, tool } from "ai";
import { z } from "zod";
import { emulator } from "./support.js";

// What stands in src/ai-types.ts is what the AI SDK takes.
({}) as LanguageModel satisfies LanguageModelV4;
createAistrale() satisfies ProviderV4;

let server: Awaited<ReturnType<typeof emulator>>;
before(async () => void (server = await emulator()));
after(() => server?.stop());

/** Plays a script; gives a provider that asks it, and what came. */
async function play(t: TestContext, script: object[], options: ProviderOptions = {}) {
  const post = async (path: string, body: object) => {
    const answer = await fetch(server.url + path, { method: "POST", body: JSON.stringify(body) });
    assert.ok(answer.ok, await answer.clone().text());
    return answer.json();
  };
  const scenario = { name: "ai", why: "The AI SDK.", operation: "run", arguments: {}, script, expect: { attempts: 0 } };
  const { id, url } = await post("/_conformance/plays", scenario);
  let closed = false;
  const came = async (): Promise<any[]> => {
    closed = true;
    return (await post(`/_conformance/plays/${id}/verdict`, {})).requests;
  };
  t.after(() => closed || fetch(`${server.url}/_conformance/plays/${id}`, { method: "DELETE" }));
  const provider = createAistrale({ apiUrl: url, apiKey: "ais_conformance", ...options });
  return { provider, url, came };
}

const USAGE = {
  input_tokens: 100, output_tokens: 20, cached_input_tokens: 60, cache_write_input_tokens: 10, reasoning_tokens: 5, total_tokens: 120,
};
const call = (id: string, city: string, more = {}) => ({
  id, type: "function", function: { name: "population", arguments: JSON.stringify({ city }), ...more },
});
const calling = (calls: object[], more = {}) => {
  const message = { role: "assistant", content: null, tool_calls: calls, ...more };
  return { text: "", finish_reason: "tool_calls", message, tool_calls: calls };
};
const tools = {
  population: tool({
    description: "How many live there.",
    inputSchema: z.object({ city: z.string() }),
    execute: ({ city }) => ({ city, people: 2_102_650 }),
  }),
};

test("generateText: what is asked, and all that is answered", async (t) => {
  const inference = { text: "Bonjour", finish_reason: "length", usage: USAGE, cost_usd: 0.0125, provider: "openai", model: "gpt-4o" };
  const { provider, came } = await play(t, [{ inference }]);
  const found = await generateText({
    model: provider("openai/gpt-4o", { metadata: { page: "home" }, temperature: 1 }),
    instructions: "Be brief.",
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Yes?" },
      { role: "user", content: [
        { type: "text", text: "What is this?", providerOptions: { anthropic: { cacheControl: { type: "ephemeral" } } } },
        { type: "file", data: new URL("https://example.com/cat.png"), mediaType: "image/png" },
        { type: "file", data: new Uint8Array([1, 2, 3]), mediaType: "image/png" },
        { type: "file", data: new Uint8Array([1, 2, 3]), mediaType: "application/pdf", filename: "a.pdf" },
      ] },
    ],
    temperature: 0.2,
    maxOutputTokens: 7,
    stopSequences: ["END"],
    seed: 4,
    reasoning: "low",
    topK: 3,
    headers: { "x-team": "red" },
    providerOptions: { aistrale: { sessionId: "sess_1", fallbacks: ["groq/llama"] } satisfies AistraleOptions as any },
  });
  assert.equal(found.text, "Bonjour");
  assert.equal(found.finishReason, "length");
  const { inputTokens, outputTokens, totalTokens, inputTokenDetails, outputTokenDetails } = found.usage;
  assert.deepEqual([inputTokens, outputTokens, totalTokens], [100, 20, 120]);
  assert.deepEqual(inputTokenDetails, { noCacheTokens: 30, cacheReadTokens: 60, cacheWriteTokens: 10 });
  assert.deepEqual(outputTokenDetails, { textTokens: 15, reasoningTokens: 5 });
  const { inferenceId, costUsd, provider: who, model } = found.providerMetadata!.aistrale as any;
  assert.match(inferenceId, /^inf_/);
  assert.deepEqual([costUsd, who, model, found.response.id, found.response.modelId], [0.0125, "openai", "gpt-4o", inferenceId, "gpt-4o"]);
  assert.deepEqual(found.warnings!.map((each: any) => [each.type, each.feature]), [["unsupported", "topK"]]);
  const [{ body, headers }, ...rest] = await came();
  assert.equal(rest.length, 0);
  assert.equal(headers["x-team"], "red");
  assert.deepEqual(body, {
    model: "openai/gpt-4o",
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Yes?" },
      { role: "user", content: [
        { type: "text", text: "What is this?", cache_control: { type: "ephemeral" } },
        { type: "image_url", image_url: { url: "https://example.com/cat.png" } },
        { type: "image_url", image_url: { url: "data:image/png;base64,AQID" } },
        { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AQID" } },
      ] },
    ],
    metadata: { page: "home" },
    temperature: 0.2,
    max_output_tokens: 7,
    stop: ["END"],
    seed: 4,
    reasoning_effort: "low",
    session_id: "sess_1",
    fallbacks: ["groq/llama"],
  });
});

test("generateText with tools: thoughts and what a provider adds to a call go back untouched", async (t) => {
  const thoughts = [{ type: "thinking", thinking: "Paris, then.", signature: "sig" }, { type: "redacted_thinking", data: "x" }];
  const calls = [call("call_1", "Paris", { extra: "signed" })];
  const { provider, came } = await play(t, [
    { inference: calling(calls, { thinking_blocks: thoughts }) },
    { inference: { text: "2.1 million" } },
  ]);
  const found = await generateText({ model: provider("gpt-4o"), prompt: "How many?", tools, toolChoice: "auto", stopWhen: isStepCount(3) });
  assert.equal(found.text, "2.1 million");
  assert.equal(found.steps[0]!.reasoningText, "Paris, then.");
  assert.equal(found.steps[0]!.finishReason, "tool-calls");
  const [first, second] = await came();
  assert.equal(first.body.tool_choice, "auto");
  assert.deepEqual(first.body.tools[0].function.parameters.required, ["city"]);
  assert.deepEqual(second.body.messages, [
    { role: "user", content: "How many?" },
    { role: "assistant", content: null, tool_calls: calls, thinking_blocks: thoughts },
    { role: "tool", tool_call_id: "call_1", content: '{"city":"Paris","people":2102650}' },
  ]);
  assert.notEqual(first.headers["idempotency-key"], second.headers["idempotency-key"]);
});

test("streamText with tools: reasoning, pieces of calls, usage and cost", async (t) => {
  const calls = [call("call_1", "Paris"), call("call_2", "Kyiv")];
  const delta = (id: string, data: object) => ({ event: "delta", id, data });
  const thoughts = [{ type: "thinking", thinking: "Let me see", signature: "sig" }];
  const piece = (index: number, more: object) => ({ tool_call: { index, ...more } });
  const whole = { id: "inf_06e0q2w3r8s4t5v6w7x8y9z0a1", object: "inference" };
  const { provider, came } = await play(t, [
    {
      off_contract: "an inference with a part of its fields",
      sse: [
        delta("1", { thinking: "Let me " }),
        delta("2", { thinking: "see" }),
        delta("3", { text: "Looking" }),
        delta("4", piece(0, { id: "call_1", name: "population", arguments: '{"ci' })),
        delta("5", piece(0, { arguments: 'ty":"Paris"}' })),
        delta("6", piece(1, { id: "call_2", name: "population", arguments: '{"city":"Kyiv"}' })),
        { event: "completed", id: "7", data: { ...whole, ...calling(calls, { content: "Looking", thinking_blocks: thoughts }), text: "Looking" } },
      ],
    },
    { stream: { texts: ["2.1 ", "million"], inference: { usage: USAGE, cost_usd: 0.5 } } },
  ]);
  const answer = streamText({ model: provider("gpt-4o"), prompt: "How many?", tools, stopWhen: isStepCount(3) });
  const kinds: string[] = [];
  for await (const part of answer.stream) if (!/step|^(start|raw)$/.test(part.type)) kinds.push(part.type);
  assert.equal(await answer.text, "2.1 million");
  assert.deepEqual(kinds, [
    "reasoning-start", "reasoning-delta", "reasoning-delta", "reasoning-end",
    "text-start", "text-delta", "tool-input-start", "tool-input-delta", "tool-input-delta", "tool-input-start", "tool-input-delta",
    "text-end", "tool-input-end", "tool-call", "tool-input-end", "tool-call", "tool-result", "tool-result",
    "text-start", "text-delta", "text-delta", "text-end", "finish",
  ]);
  assert.equal((await answer.usage).inputTokens, 100);
  assert.equal(((await answer.providerMetadata) as any).aistrale.costUsd, 0.5);
  const [, second] = await came();
  const result = (id: string, city: string) => ({
    role: "tool", tool_call_id: id, content: JSON.stringify({ city, people: 2102650 }),
  });
  assert.deepEqual(second.body.messages.slice(1), [
    { role: "assistant", content: "Looking", tool_calls: calls, thinking_blocks: thoughts },
    result("call_1", "Paris"),
    result("call_2", "Kyiv"),
  ]);
});

test("structured output: the schema goes along, the object comes back", async (t) => {
  const City = z.object({ name: z.string(), people: z.int() });
  const { provider, came } = await play(t, [
    { inference: { text: '{"name":"Paris","people":2102650}' } },
    { stream: { texts: ['{"name":"Par', 'is","people":3}'] } },
  ]);
  const found = await generateText({ model: provider(), prompt: "Paris", output: Output.object({ schema: City, name: "City" }) });
  assert.deepEqual(found.output, { name: "Paris", people: 2102650 });
  const streamed = streamText({ model: provider(), prompt: "Paris", output: Output.object({ schema: City }) });
  assert.deepEqual(await streamed.output, { name: "Paris", people: 3 });
  const [{ body }] = await came();
  assert.equal(body.model, undefined);
  assert.equal(body.response_format.type, "json_schema");
  const { name, strict, schema } = body.response_format.json_schema;
  assert.deepEqual([name, strict, schema.required, schema.additionalProperties], ["City", true, ["name", "people"], false]);
});

test("what failed was tried again here, and is not by the AI SDK", async (t) => {
  const busy = { status: 429, problem: { code: "rate_limited", detail: "Too many" }, headers: { "retry-after": "0" } };
  const { provider, url, came } = await play(t, [busy, busy, busy]);
  const failed: any = await generateText({ model: provider("gpt-4o"), prompt: "Hi" }).catch((why) => why);
  assert.ok(APICallError.isInstance(failed));
  assert.ok(failed instanceof RateLimitError);
  assert.deepEqual([failed.statusCode, failed.isRetryable, failed.url], [429, false, url]);
  assert.match(failed.message, /Too many/);
  const requests = await came();
  assert.equal(requests.length, 3);
  assert.equal(new Set(requests.map((each) => each.headers["idempotency-key"])).size, 1);
});

test("an error has nothing in it that may be a secret, or somebody's words", async (t) => {
  const refused = { status: 400, problem: { code: "invalid_request", detail: "No such model" } };
  const { provider } = await play(t, [refused, refused]);
  const asked = {
    model: provider("gpt-4o", { metadata: { user: "SECRET" }, temperature: 0.5 }),
    prompt: "SECRET",
    instructions: "SECRET",
    tools: { secret: tool({ description: "SECRET", inputSchema: z.object({}) }) },
    headers: { "x-gateway-token": "SECRET" },
    providerOptions: { aistrale: { system: "SECRET", providerOptions: { api_key: "SECRET" }, idempotencyKey: "SECRET" } },
  };
  const failed: any[] = [await generateText(asked).catch((why) => why)];
  for await (const _ of streamText({ ...asked, onError: ({ error }) => void failed.push(error) }).textStream);
  for (const error of failed) {
    assert.ok(APICallError.isInstance(error));
    assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /SECRET/);
    assert.deepEqual(error.requestBodyValues, { model: "gpt-4o", temperature: 0.5 });
  }
  assert.equal(failed.length, 2);
});

test("an idempotency key is of one call, whose further steps have keys of their own", async (t) => {
  const calls = [call("call_1", "Paris")];
  const script = [{ inference: calling(calls) }, { inference: calling(calls) }, { inference: { text: "2.1 million" } }];
  const { provider, came } = await play(t, [...script, ...script]);
  let people = 1;
  const counted = { population: tool({ ...tools.population, execute: () => people++ }) };
  for (const key of ["job-1", "k".repeat(255)]) {
    await generateText({
      model: provider("gpt-4o"), prompt: "How many?", tools: counted, stopWhen: isStepCount(4),
      providerOptions: { aistrale: { idempotencyKey: key, seed: 5 } },
    });
  }
  const keys = (await came()).map((each) => each.headers["idempotency-key"]);
  assert.equal(new Set(keys).size, 6);
  assert.equal(keys[0], "job-1");
  assert.match(keys[1], /^job-1-2-[0-9a-f]{8}$/);
  assert.match(keys[2], /^job-1-3-[0-9a-f]{8}$/);
  assert.equal(keys[3], "k".repeat(255));
  for (const key of keys.slice(4)) assert.match(key, /^k{230}-[0-9a-f]{8}-[23]-[0-9a-f]{8}$/);
  assert.throws(() => provider("gpt-4o", { idempotencyKey: "k" } as any), /of one call/);
});

test("a picture in a tool's result is not shown to the model, and that is said", async (t) => {
  const { provider, came } = await play(t, [{ inference: calling([call("call_1", "Paris")]) }, { inference: { text: "A cat" } }]);
  const found = await generateText({
    model: provider("gpt-4o"), prompt: "Look", stopWhen: isStepCount(2),
    tools: { population: tool({
      ...tools.population,
      execute: () => "AQID",
      toModelOutput: ({ output }: any) => ({ type: "content", value: [{ type: "text", text: "Here:" }, { type: "file", mediaType: "image/png", data: { type: "data", data: output } }] }) as any,
    }) },
  });
  assert.deepEqual(found.steps[1]!.warnings!.map((each: any) => [each.type, each.feature]), [["unsupported", "parts of the type file in a tool's result"]]);
  assert.equal((await came())[1].body.messages[2].content, "Here:\n[file]");
});

test("a stream that fails before its first word, and one that fails after it", async (t) => {
  const { provider, came } = await play(t, [
    { status: 502, problem: { code: "provider_error", detail: "It is down" } },
    { sse: [{ event: "delta", id: "1", data: { text: "Hel" } }, { event: "error", id: "2", data: {
      type: "about:blank", title: "Provider error", status: 502, code: "provider_error", detail: "It broke", request_id: "req_1" } }] },
  ]);
  for (const [words, text] of [["It is down", ""], ["It broke", "Hel"]] as const) {
    const errors: any[] = [];
    const answer = streamText({ model: provider(), prompt: "Hi", onError: ({ error }) => void errors.push(error) });
    let came = "";
    for await (const piece of answer.textStream) came += piece;
    assert.equal(came, text);
    assert.equal(errors.length, 1);
    assert.ok(errors[0] instanceof ProviderError);
    assert.match(errors[0].message, new RegExp(words));
    assert.equal(errors[0].isRetryable, false);
  }
  assert.equal((await came()).length, 2);
});

test("an abort ends the inference at the server", async (t) => {
  const { provider, came } = await play(t, [
    { headers: { "x-aistrale-inference-id": "inf_06e0q2w3r8s4t5v6w7x8y9z0a1" },
      sse: [{ event: "delta", id: "1", data: { text: "Hel" } }, { event: "delta", id: "2", data: { text: "lo" }, delay_ms: 9000 }] },
  ]);
  const aborter = new AbortController();
  const answer = streamText({ model: provider(), prompt: "Hi", abortSignal: aborter.signal });
  const kinds: string[] = [];
  for await (const part of answer.stream) {
    kinds.push(part.type);
    if (part.type == "text-delta") aborter.abort();
  }
  assert.equal(kinds.at(-1), "abort");
  await new Promise((go) => setTimeout(go, 300));
  const requests = await came();
  assert.equal(requests[0].ended_by_client, true);
});

test("a stream that is cut says so", async (t) => {
  const { provider } = await play(t, [{ sse: [{ event: "delta", data: { text: "Hel" } }], off_contract: "no ids" }]);
  const errors: any[] = [];
  const answer = streamText({ model: provider("x", { resumable: false }), prompt: "Hi", onError: ({ error }) => void errors.push(error) });
  for await (const _ of answer.textStream);
  assert.ok(errors[0] instanceof StreamInterruptedError);
});

test("there are language models alone, and a client of one's own", async (t) => {
  const { url } = await play(t, [{ inference: { text: "Mine" } }]);
  const provider = createAistrale({ client: new Aistrale({ apiUrl: url, apiKey: "ais_conformance" }) });
  assert.equal((await generateText({ model: provider.languageModel("x"), prompt: "Hi" })).text, "Mine");
  assert.throws(() => provider.embeddingModel("e"), (why: any) => NoSuchModelError.isInstance(why) && why.modelId == "e");
});
