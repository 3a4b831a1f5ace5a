/** What users' programs look like to a compiler. Compiled, as ESM and as CommonJS, never run. */
import {
  Aistrale,
  type AistraleEvent,
  type Budget,
  type Inference,
  NO_TIMEOUT,
  type Page,
  RateLimitError,
  run,
  session,
  type StandardSchema,
  stream,
  type StreamEvent,
  telemetry,
  tool,
} from "@aistrale/sdk";
import { instrument, uninstrument } from "@aistrale/sdk/otel";
import { unwrap } from "@aistrale/sdk/webhooks";
import { z } from "zod";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <A, B>(_: Equal<A, B>): void => {};

export async function inferences(): Promise<void> {
  const answer = await run("Hello", { model: "gpt-4o", provider: "openai", temperature: 0.7, timeoutMs: NO_TIMEOUT });
  is<typeof answer, Inference>(true);
  is<typeof answer.costUsd, number | null>(true);
  await run({ name: "greeting", label: "production", variables: { who: "Ada" } });
  await run({ promptRef: "greeting@3", variables: { who: "Ada" } });
  await run({ messages: [{ role: "user", content: "Hello" }, answer.message] });
  await run({ messages: [{ role: "tool", tool_call_id: "call_1", content: "3" }] });
  const finish: string | null = answer.finishReason;
  if (answer.finishReason == "a later one") console.log(finish);
  // @ts-expect-error there is no such option
  await run("Hello", { temprature: 1 });
  // @ts-expect-error an effort is one of a few words
  await run("Hello", { reasoningEffort: "some" });
  // @ts-expect-error answers are not to be changed
  answer.text = "";
}

export async function outputs(anything: StandardSchema<unknown, Date>): Promise<void> {
  const city = await run("Where?", { output: z.object({ name: z.string(), population: z.number().optional() }) });
  is<typeof city, { name: string; population?: number | undefined }>(true);
  const words = await session().run("Which?", { output: z.array(z.string()), outputRetries: 2 });
  is<typeof words, string[]>(true);
  const coerced = await run({ messages: [], output: z.string().transform(Number) });
  is<typeof coerced, number>(true);
  const date = await run("When?", { output: anything, outputSchema: { type: "string" } });
  is<typeof date, Date>(true);
  // @ts-expect-error a stream gives text
  stream("Where?", { output: z.string() });
}

export async function streams(): Promise<void> {
  const answer = stream("Tell me a story", { signal: AbortSignal.timeout(1000) });
  for await (const event of answer) {
    is<typeof event, StreamEvent>(true);
    if (event.type == "text") is<typeof event.text, string>(true);
    if (event.type == "completed") is<typeof event.inference, Inference>(true);
  }
  for await (const piece of answer.textDeltas()) is<typeof piece, string>(true);
  is<Awaited<ReturnType<typeof answer.final>>, Inference>(true);
}

export const weather = tool({
  name: "weather",
  inputSchema: z.object({ city: z.string(), days: z.number().default(1) }),
  run: async ({ city, days }, { signal }) => {
    is<typeof city, string>(true);
    is<typeof days, number>(true);
    is<typeof signal, AbortSignal>(true);
    return { degrees: 20 };
  },
});

export async function resources(client: Aistrale): Promise<void> {
  await client.run("Is it raining?", { tools: [weather, { type: "function", function: { name: "mine" } }] });
  for await (const budget of client.budgets.list({ limit: 10 })) is<typeof budget, Budget>(true);
  for await (const page of client.budgets.list().pages()) is<typeof page, Page<Budget>>(true);
  is<Awaited<ReturnType<typeof client.budgets.create>>, Budget>(true);
  await client.budgets.create("all", { scope: { type: "workspace" }, period: "month", limitUsd: 10 });
  await client.webhooks.deliveries.list("wh_1", { last: "24h" }).all();
  await telemetry.summary({ groupBy: ["model", "metadata.team"], since: new Date() });
  for await (const line of telemetry.export("csv")) is<typeof line, string>(true);
  const prompt = await client.prompts.load("greeting@production", { fallback: "Hello {{who}}" });
  is<ReturnType<typeof prompt.render>["text"], string | null>(true);
  // @ts-expect-error a budget has a scope
  await client.budgets.create("all", { period: "month", limitUsd: 10 });
}

export async function events(request: Request, secret: string): Promise<string> {
  const event: AistraleEvent = await unwrap(await request.text(), request.headers, secret);
  if (event.type == "inference.completed") return event.data.inferenceId;
  if (event.type == "cost.threshold_exceeded") is<typeof event.data.spentUsd, number>(true);
  return event.id;
}

/** As OpenTelemetry's own: `otel` and the option take it without its types being here. */
interface Traces {
  getTracer(name: string, version?: string, options?: { schemaUrl?: string }): { startSpan(name: string): { end(): void } };
}

export function spans(tracerProvider: Traces): Aistrale {
  instrument(tracerProvider);
  instrument();
  uninstrument();
  // @ts-expect-error a tracer is no provider of some
  instrument(tracerProvider.getTracer("mine"));
  return new Aistrale({ tracerProvider });
}

export function errors(error: unknown): number | null {
  return error instanceof RateLimitError ? error.retryAfterMs : null;
}
