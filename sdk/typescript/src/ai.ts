/**
 * AISTRALE as a provider of Vercel's AI SDK (`ai` 7, specification v4):
 *
 *     import { aistrale } from "@aistrale/sdk/ai";
 *     const { text } = await generateText({ model: aistrale("gpt-4o"), prompt: "Hello!" });
 *
 * What was answered is in `providerMetadata.aistrale`: `inferenceId`, `costUsd` (null when unknown), `provider`,
 * `model`, `latencyMs`. Options that only AISTRALE has go into `providerOptions.aistrale`; see `AistraleOptions`.
 *
 * Failed calls are tried again by this package, with one idempotency key over all tries, and never by the AI SDK:
 * errors are this package's own, which the AI SDK knows as `APICallError`s that are not to be retried.
 */
import { asked, OWN } from "./ai-prompt.js";
import type * as v from "./ai-types.js";
import { Aistrale } from "./client.js";
import { AistraleError, APIError } from "./errors.js";
import { write } from "./json.js";
import { furtherKey } from "./key.js";
import type { Stream } from "./stream.js";
import type { ClientOptions, Inference, RunOptions, StreamEvent } from "./types.js";

export type { CallOptions, GenerateResult, LanguageModel, StreamPart } from "./ai-types.js";

/**
 * What `providerOptions.aistrale` of a call may have. It goes before what a model's settings say. Where a call is several
 * steps, its `idempotencyKey` is the first one's; the second has "KEY-2-" and a hash of what it asks, and so on.
 */
export type AistraleOptions = Omit<
  RunOptions,
  "messages" | "promptRef" | "variables" | "tools" | "maxRounds" | "signal" | "onResponse"
>;

/** What the settings of a model may have: what a call may, but for its key, which would be one for all calls. */
export type AistraleSettings = Omit<AistraleOptions, "idempotencyKey">;

/** Options of a provider: those of a client, or a client of yours. */
export interface ProviderOptions extends ClientOptions {
  client?: Aistrale | null | undefined;
}

/** Gives models by their names. */
export interface AistraleProvider {
  /**
   * Gives a model: "openai/gpt-4o", "gpt-4o", or an alias; without a name the configured one, else the
   * workspace's default. The settings hold for each call that says nothing else.
   */
  (model?: string, settings?: AistraleSettings): v.LanguageModel;
  readonly specificationVersion: "v4";
  /** The same by its name in the AI SDK. */
  languageModel(model?: string, settings?: AistraleSettings): v.LanguageModel;
  /** Throws the AI SDK's `NoSuchModelError`: AISTRALE has language models. */
  embeddingModel(model: string): never;
  /** Throws the AI SDK's `NoSuchModelError`: AISTRALE has language models. */
  imageModel(model: string): never;
}

/** Makes a provider. Settings that are not given come from where a client's do, when a model is first asked. */
export function createAistrale(options: ProviderOptions = {}): AistraleProvider {
  let made: Aistrale | undefined;
  const client = () => (made ??= options.client ?? new Aistrale(options));
  const languageModel = (model = "", settings: AistraleSettings = {}) => new Model(client, model, settings);
  const none = (modelType: string) => (modelId: string) => {
    const message = `AISTRALE has language models, and no ${modelType} "${modelId}": take another provider's.`;
    throw marked(new Error(message), "AI_NoSuchModelError", { modelId, modelType });
  };
  return Object.assign((model?: string, settings?: AistraleSettings) => languageModel(model, settings), {
    specificationVersion: "v4" as const,
    languageModel,
    embeddingModel: none("embeddingModel") as () => never,
    imageModel: none("imageModel") as () => never,
  });
}

/** The provider with the settings in force. */
export const aistrale: AistraleProvider = /* @__PURE__ */ createAistrale();

class Model implements v.LanguageModel {
  readonly specificationVersion = "v4";
  readonly provider = OWN;
  /** Images are sent by their URLs, and fetched by who looks at them. */
  readonly supportedUrls = { "image/*": [/^https?:\/\//] };
  readonly #client: () => Aistrale;
  readonly #settings: AistraleSettings;

  constructor(
    client: () => Aistrale,
    readonly modelId: string,
    settings: AistraleSettings,
  ) {
    if ((settings as AistraleOptions).idempotencyKey != null) {
      throw new TypeError(`an idempotencyKey is of one call: give it in the call's providerOptions.${OWN}, not to the model`);
    }
    this.#client = client;
    this.#settings = settings;
  }

  #asked(call: v.CallOptions) {
    const { options, warnings } = asked(call, this.modelId);
    const given = Object.entries(options).filter(([, value]) => value != null);
    return { options: keyed({ ...this.#settings, ...Object.fromEntries(given) } as RunOptions), warnings };
  }

  async doGenerate(call: v.CallOptions): Promise<v.GenerateResult> {
    const { options, warnings } = this.#asked(call);
    const client = this.#client();
    const inference = await client.run(options).catch((why) => {
      throw known(why, client, options);
    });
    const { message, toolCalls } = kept(inference);
    const content: v.Content[] = [];
    const thoughts = thinking(inference);
    if (thoughts) content.push({ type: "reasoning", text: thoughts });
    if (inference.text) content.push({ type: "text", text: inference.text });
    content.push(...toolCalls);
    const last = content.at(-1);
    if (last && message) last.providerMetadata = merged(last.providerMetadata, message);
    return { content, ...outcome(inference), response: metadata(inference), warnings };
  }

  async doStream(call: v.CallOptions): Promise<{ stream: ReadableStream<v.StreamPart> }> {
    const { options, warnings } = this.#asked(call);
    const client = this.#client();
    const answer = client.stream(options);
    // What goes wrong before anything came is thrown, and no part of a stream.
    const first = await answer.next().catch((why) => {
      throw known(why, client, options);
    });
    async function* events() {
      yield first.value!;
      yield* answer;
    }
    const parts = streamed(answer, events(), warnings, call.includeRawChunks);
    return {
      stream: new ReadableStream({
        async pull(controller) {
          try {
            const { value, done } = await parts.next();
            if (done) controller.close();
            else controller.enqueue(value);
          } catch (why) {
            if (!(why instanceof AistraleError)) return controller.error(why);
            controller.enqueue({ type: "error", error: known(why, client, options) });
            controller.enqueue({ type: "finish", finishReason: { unified: "error", raw: undefined }, usage: usage(null) });
            controller.close();
          }
        },
        async cancel() {
          await answer.close();
        },
      }),
    };
  }
}

/** A call's key is its first step's; a step behind it has answers in it that came after the user's last words. */
function keyed(options: RunOptions): RunOptions {
  const { idempotencyKey: key, signal, headers, ...asked } = options;
  const messages = asked.messages!;
  const said = messages.slice(messages.map(({ role }) => role).lastIndexOf("user") + 1);
  const answers = said.filter(({ role }) => role == "assistant").length;
  if (!key || !answers) return options;
  return { ...options, idempotencyKey: furtherKey(key, answers + 1, write(asked)) };
}

/** Gives the parts that a stream's events are. */
async function* streamed(
  answer: Stream,
  events: AsyncIterable<StreamEvent>,
  warnings: v.Warning[],
  raw = false,
): AsyncGenerator<v.StreamPart, void> {
  yield { type: "stream-start", warnings };
  let named = false;
  let open: "text" | "reasoning" | undefined;
  let blocks = 0;
  let text = false;
  const calls: { id: string; name: string }[] = [];
  function* turn(to: typeof open): Generator<v.StreamPart> {
    if (open == to) return;
    if (open) yield { type: `${open}-end`, id: `${blocks}` };
    if (to) yield { type: `${to}-start`, id: `${++blocks}` };
    open = to;
  }
  for await (const event of events) {
    if (raw) yield { type: "raw", rawValue: event };
    if (!named && answer.inferenceId) {
      named = true;
      yield { type: "response-metadata", id: answer.inferenceId };
    }
    if (event.type == "text" && event.text) {
      text = true;
      yield* turn("text");
      yield { type: "text-delta", id: `${blocks}`, delta: event.text };
    } else if (event.type == "thinking" && event.thinking) {
      yield* turn("reasoning");
      yield { type: "reasoning-delta", id: `${blocks}`, delta: event.thinking };
    } else if (event.type == "toolCall") {
      const { index, callId, name } = event;
      if (!calls[index] && callId && name) {
        calls[index] = { id: callId, name };
        yield { type: "tool-input-start", id: callId, toolName: name };
      }
      const call = calls[index];
      if (call && event.arguments) yield { type: "tool-input-delta", id: call.id, delta: event.arguments };
    } else if (event.type == "completed") {
      const { inference } = event;
      if (!text && inference.text) {
        yield* turn("text"); // it came in one piece
        yield { type: "text-delta", id: `${blocks}`, delta: inference.text };
      }
      const { message, toolCalls } = kept(inference);
      const last = toolCalls.at(-1);
      if (last && message) last.providerMetadata = merged(last.providerMetadata, message);
      if (open) {
        const metadata = message && !last ? { providerMetadata: merged(undefined, message) } : {};
        yield { type: `${open}-end`, id: `${blocks}`, ...metadata };
      }
      for (const call of toolCalls) {
        if (calls.some((each) => each?.id == call.toolCallId)) yield { type: "tool-input-end", id: call.toolCallId };
        yield call;
      }
      yield { type: "response-metadata", ...metadata(inference) };
      yield { type: "finish", ...outcome(inference) };
    }
  }
}

/** Gives what of an answer goes back with it in the next call, and is not said by its parts. */
function kept(inference: Inference) {
  const { role, content, toolCalls: calls = inference.toolCalls, ...message } = inference.message;
  return {
    message: Object.values(message).some((each) => each != null) ? { message: plain(message) } : undefined,
    toolCalls: calls.map(({ id, type, name, arguments: input, ...more }): v.ToolCallContent => ({
      type: "tool-call",
      toolCallId: id,
      toolName: name,
      input: input || "{}",
      ...(Object.keys(more).length && { providerMetadata: { [OWN]: { toolCall: plain(more) } } }),
    })),
  };
}

const plain = (value: object) => JSON.parse(JSON.stringify(value));
const merged = (metadata: v.Options | undefined, more: object): v.Options => ({
  ...metadata,
  [OWN]: { ...metadata?.[OWN], ...more },
});

function thinking({ message }: Inference): string {
  const blocks = (message.thinkingBlocks ?? []).map((block) => block.thinking ?? "").join("");
  return blocks || (message.reasoningContent ?? "");
}

const metadata = ({ id, model, createdAt }: Inference) => ({
  id,
  ...(model && { modelId: model }),
  ...(createdAt && { timestamp: new Date(createdAt) }),
});

function outcome(inference: Inference) {
  const { id, costUsd, provider, model, latencyMs, finishReason: raw } = inference;
  const unified = (
    /^(stop|length|tool_calls|content_filter)$/.test(raw!) ? raw!.replace("_", "-") : "other"
  ) as v.FinishReason["unified"];
  return {
    finishReason: { unified, raw: raw ?? undefined } satisfies v.FinishReason,
    usage: usage(inference.usage),
    providerMetadata: { [OWN]: { inferenceId: id, costUsd, provider, model, latencyMs } },
  };
}

function usage(given: Inference["usage"]): v.Usage {
  const number = (value: number | null | undefined) => value ?? undefined;
  const rest = (all: number | null | undefined, ...parts: (number | null | undefined)[]) =>
    all == null ? undefined : parts.reduce<number>((left, each) => left - (each ?? 0), all);
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteInputTokens, reasoningTokens } = given ?? {};
  return {
    inputTokens: {
      total: number(inputTokens),
      noCache: rest(inputTokens, cachedInputTokens, cacheWriteInputTokens),
      cacheRead: number(cachedInputTokens),
      cacheWrite: number(cacheWriteInputTokens),
    },
    outputTokens: {
      total: number(outputTokens),
      text: rest(outputTokens, reasoningTokens),
      reasoning: number(reasoningTokens),
    },
  };
}

/** Makes an error one that the AI SDK knows: by marks, as it knows its own across copies of itself. */
function marked<E extends Error>(error: E, name: string, fields: object): E {
  Object.assign(error, fields);
  for (const mark of ["vercel.ai.error", `vercel.ai.error.${name}`]) {
    Object.defineProperty(error, Symbol.for(mark), { value: true });
  }
  return error;
}

/** What of a call stands in its error, which programs log: nothing that may be a secret or somebody's words. */
const LOGGED =
  /^(model|provider|fallbacks|temperature|topP|maxOutputTokens|stop|reasoningEffort|seed|sessionId|traceId|parentSpanId|timeoutMs|serverTimeoutMs|maxRetries|resumable|workspace)$/;

/** Gives the error that a call ended with; the AI SDK is not to try again what was tried again here. */
function known(why: any, client: Aistrale, asked: RunOptions): unknown {
  if (!(why instanceof APIError)) return why;
  const { status, body } = why as { status?: number; body?: unknown };
  return marked(why, "AI_APICallError", {
    url: client.apiUrl,
    requestBodyValues: Object.fromEntries(Object.entries(asked).filter(([name]) => LOGGED.test(name))),
    statusCode: status,
    responseBody: typeof body == "string" ? body : body && JSON.stringify(body),
    isRetryable: false,
  });
}
