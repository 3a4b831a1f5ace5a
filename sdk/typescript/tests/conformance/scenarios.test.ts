/**
 * Every scenario of contract/scenarios. `known-failing.txt` names those that are to fail; they run too, and one
 * that passes is red. With AISTRALE_E2E_API_URL and an admin's AISTRALE_E2E_API_KEY, those that need no fault are
 * played by that server (e2e/test_typescript_sdk.py).
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Aistrale } from "@aistrale/sdk";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { emulator } from "../support.js";
import { alone, knownFailing, mismatches, scenarios } from "./runner.js";

/** How many are played at once: most of their time they wait. */
const AT_ONCE = 24;

const wanted = process.env.AISTRALE_SCENARIO;
const { AISTRALE_E2E_API_URL: apiUrl, AISTRALE_E2E_API_KEY: apiKey } = process.env;
const ALL = scenarios().filter(
  (each) => (!wanted || new RegExp(wanted).test(each.name)) && (!apiUrl || (each.real && !each.needs)),
);
const FAILING = knownFailing();
const found = new Map<string, Promise<string[]>>();
let server: Awaited<ReturnType<typeof emulator>>;

/** Gives a real server what README.md of the scenarios says that it has. */
async function prepared(url: string, key: string): Promise<string[]> {
  const client = new Aistrale({ apiUrl: url, apiKey: key });
  await client.run("say: Hello there", { model: "openai/gpt-4o" });
  const prompts = await client.prompts.list().all();
  if (!prompts.some((each) => each.name == "greeting")) {
    await client.prompts.create("greeting", { text: "say: Hello {{who}}" });
  }
  await client.prompts.setLabel("greeting", "production", 1);
  return ["--conformance-server", url, "--conformance-key", key];
}

before(async () => {
  server = await emulator(...(apiUrl ? await prepared(apiUrl, apiKey!) : []));
  const waiting = ALL.filter((each) => !alone(each));
  let next = 0;
  const work = async () => {
    while (next < waiting.length) {
      const scenario = waiting[next++];
      const playing = mismatches(server.url, scenario);
      found.set(scenario.name, playing);
      await playing.catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
});

after(() => server?.stop());

test("a server's record of an inference hangs below its span", { skip: !apiUrl && "it takes a real server" }, async () => {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const client = new Aistrale({ apiUrl, apiKey, tracerProvider });
  const answers = [
    await client.run("say: Hello there", { model: "openai/gpt-4o" }),
    await client.stream("say: Hello there", { model: "openai/gpt-4o" }).final(),
  ];
  const records = await Promise.all(answers.map((answer) => client.inferences.get(answer.id)));
  const ids = exporter.getFinishedSpans().map((span) => span.spanContext());
  assert.deepEqual(
    records.map(({ traceId, parentSpanId }) => ({ traceId, parentSpanId })),
    ids.map(({ traceId, spanId }) => ({ traceId, parentSpanId: spanId })),
  );
});

test("there are scenarios", () => assert.ok(ALL.length > (wanted ? 0 : 50)));

for (const scenario of ALL) {
  test(scenario.name, async () => {
    const wrong = await (found.get(scenario.name) ?? mismatches(server.url, scenario));
    if (FAILING.has(scenario.name)) {
      assert.ok(wrong.length, "it passes: take it off known-failing.txt");
    } else {
      assert.deepEqual(wrong, [], scenario.why);
    }
  });
}

test("what is known to fail are scenarios", { skip: !!(wanted || apiUrl) && "not all are here" }, () => {
  const names = new Set(ALL.map((each) => each.name));
  assert.deepEqual([...FAILING].filter((name) => !names.has(name)), []);
});
