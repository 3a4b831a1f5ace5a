/**
 * What goes in and what comes out.
 *
 * Answers are plain objects, open on purpose: a field that this version does not know is there under its
 * camel-cased name, and every string that looks like an enumeration may hold a value that came later
 * (that is what `Open` says). Times are RFC 3339 text in UTC, durations end in `Ms`, money in `Usd`; an
 * unknown cost is null, never 0. A number of more digits than a number holds comes as an `ExactNumber`.
 */

/** One of these today; a later server may say something else. */
export type Open<T extends string> = T | (string & {});

/** A JSON object of the user's own, passed on as it is. */
export type Json = Record<string, unknown>;

/** Give this as `timeoutMs` to wait as long as it takes. Undefined and null mean the default, not this. */
export const NO_TIMEOUT: number = Infinity;

/** One answer of the server, as `onResponse` is given it. */
export interface RawResponse {
  readonly method: string;
  /** The path with its query. */
  readonly path: string;
  readonly status: number;
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly requestId: string | null;
  /** The body's text; null for what is read while it comes. */
  readonly body: string | null;
  /** From 1; retries have the next numbers. */
  readonly attempt: number;
  /** From the sending of this attempt. */
  readonly elapsedMs: number;
}

/** Options that every call takes. Undefined and null are the same as not given. */
export interface CallOptions {
  /**
   * For the whole call, its retries, waits and stream included, in milliseconds above 0; the client's own
   * (600,000 unless set there) if not given, `NO_TIMEOUT` for as long as it takes.
   */
  timeoutMs?: number | null | undefined;
  /** How often it is tried again, from 0; the client's own (2 unless set there) if not given. */
  maxRetries?: number | null | undefined;
  /** HTTP headers to add; they cannot replace the client's own. */
  headers?: Readonly<Record<string, string>> | null | undefined;
  /** The id (`ws_…`) of the workspace to act in, instead of the client's; the operator's key alone may name one. */
  workspace?: string | null | undefined;
  /** Ends the call when it is aborted; the call then fails with the signal's reason, an `AbortError` unless chosen. */
  signal?: AbortSignal | null | undefined;
  /** Called with every answer of the server, errors and retried ones too. What it throws ends the call. */
  onResponse?: ((response: RawResponse) => unknown) | null | undefined;
}

/** What spans are made with: any of OpenTelemetry's `TracerProvider`s is one. */
export interface TracerProvider {
  /** Gives a tracer for an instrumenting package's name, version and schema. */
  getTracer(name: string, version?: string, options?: { schemaUrl?: string }): object;
}

/** Options of a client. */
export interface ClientOptions extends Omit<CallOptions, "signal"> {
  /** The server's URL; else `AISTRALE_API_URL`, the profile's, `http://127.0.0.1:16000`. */
  apiUrl?: string | null | undefined;
  /** The API key; else `AISTRALE_API_KEY`, the profile's. */
  apiKey?: string | null | undefined;
  /** The model of calls that name none; else `AISTRALE_MODEL`, the profile's, the workspace's default. */
  model?: string | null | undefined;
  /** The provider of calls that name none; else `AISTRALE_PROVIDER`, the profile's. */
  provider?: string | null | undefined;
  /** The profile in the config file, instead of `AISTRALE_PROFILE` and `default_profile`. */
  profile?: string | null | undefined;
  /** Used instead of the global `fetch`. */
  fetch?: ((url: string, init: RequestInit) => Promise<Response>) | null | undefined;
  /** A proxy's URL (`http://[USER:PASSWORD@]HOST:PORT`), instead of the environment's. In Node only. */
  proxy?: string | null | undefined;
  /** Gets the lines of the debug log, which have no header, body, prompt or key in them. */
  log?: ((line: string) => void) | null | undefined;
  /**
   * Makes spans for the client's inferences, instead of what `instrument` of `@aistrale/sdk/otel` was given: any of
   * OpenTelemetry's.
   */
  tracerProvider?: TracerProvider | null | undefined;
  /**
   * Lets a browser use an API key with admin rights, which everybody who opens the page can then take and
   * use. Refused unless this is true; the right way is a route of your own backend.
   */
  dangerouslyAllowAdminKeyInBrowser?: boolean | null | undefined;
}

// ── an inference: what is asked ───────────────────────────────────────────────────────────────────

/** A prompt kept on the server; with neither version nor label the label `production`, else the latest. */
export interface PromptRef {
  readonly name: string;
  /** From 1. */
  readonly version?: number | null | undefined;
  /** A name that can be moved from version to version, or "latest". */
  readonly label?: string | null | undefined;
  /** The values of its variables. */
  readonly variables?: Json | null | undefined;
}

/** A message, or an object in OpenAI's own shape (`tool_calls`, `tool_call_id`), which is passed on as it is. */
export type MessageLike = Message | (Json & { readonly role: string });

/** A tool in OpenAI's shape: it is offered to the model, and a call of it comes back to you. */
export interface ToolDefinition {
  readonly type?: "function";
  readonly function: {
    readonly name: string;
    readonly description?: string;
    /** JSON Schema. */
    readonly parameters?: Json;
    readonly strict?: boolean;
  };
}

/** What a tool is told beside its arguments. */
export interface ToolContext {
  /** Aborted when the call that the tool is run for is over. */
  readonly signal: AbortSignal;
  /** The id of the model's call. */
  readonly callId: string;
}

/** A tool that is run when the model asks for it; made by `tool()`. */
export interface Tool<I = any, O = unknown> {
  readonly name: string;
  readonly description?: string | undefined;
  /** What its arguments are checked by; a Standard Schema. */
  readonly inputSchema?: StandardSchema<any, I> | undefined;
  /** JSON Schema of the arguments: needed where `inputSchema` cannot say it itself. */
  readonly parameters?: Json | undefined;
  /** Runs it. Text goes to the model as it is, anything else as JSON. What it throws is told to the model. */
  readonly run: (input: I, context: ToolContext) => O | Promise<O>;
}

/** What any schema library of today gives: zod 4, valibot, arktype and others. https://standardschema.dev */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    /** Gives the value that was made of another, or what is wrong with it. */
    readonly validate: (value: unknown) =>
      | StandardResult<Output>
      | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What validating by a Standard Schema gives: the value, or what is wrong. */
export type StandardResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[];
    };

/** Options of one inference. Undefined and null are the same as not given. */
export interface RunOptions extends CallOptions {
  /** The conversation, instead of a prompt. */
  messages?: readonly MessageLike[] | null | undefined;
  /**
   * A prompt kept on the server, instead of a prompt: "greeting", "greeting@production" (a label),
   * "greeting@3" (a version) or a `PromptRef`. Its settings hold where the call has none; a model or
   * provider of the configuration counts as no choice of the call's.
   */
  promptRef?: string | PromptRef | null | undefined;
  /** The values of the prompt's variables, by name. */
  variables?: Json | null | undefined;
  /** A system message put first. */
  system?: string | null | undefined;
  /** "gpt-4o" with `provider`, "openai/gpt-4o" alone, or an alias. */
  model?: string | null | undefined;
  /** Whom to ask, such as "openai"; needed where the model's name alone does not say it. */
  provider?: string | null | undefined;
  /** Whom to ask, in this order, when the model cannot answer; at most 5, each as `model` is written. */
  fallbacks?: readonly string[] | null | undefined;
  /** From 0; how far up is the provider's to say. */
  temperature?: number | null | undefined;
  /** Above 0, up to 1. */
  topP?: number | null | undefined;
  /** From 1, reasoning included. */
  maxOutputTokens?: number | null | undefined;
  /** Text, or texts, at which the model stops. */
  stop?: string | readonly string[] | null | undefined;
  /** Tools made by `tool()`, which are run when the model asks, and tools in OpenAI's shape, which are not. */
  tools?: readonly (Tool | ToolDefinition)[] | null | undefined;
  /** "auto", "none", "required", or `{type: "function", function: {name}}`. */
  toolChoice?: "auto" | "none" | "required" | Json | null | undefined;
  /** As in OpenAI's chat API. For an object of a type of yours, `output` is simpler. */
  responseFormat?: Json | null | undefined;
  /** How long the model may think before it answers, where it can; `none` for not at all. */
  reasoningEffort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | null | undefined;
  /** Any integer; same seed, similar answer, where the provider has it. */
  seed?: number | bigint | null | undefined;
  /** Groups inferences in telemetry; `session()` sets it by itself. */
  sessionId?: string | null | undefined;
  /** Kept with the record, to filter, sum and bound by; `user` is your end user, by an id of yours. */
  metadata?: Readonly<Record<string, string>> | null | undefined;
  /** The trace of yours that the inference belongs to; 1 to 64 characters. */
  traceId?: string | null | undefined;
  /** The span in it that the inference is a step of; 1 to 64 characters. */
  parentSpanId?: string | null | undefined;
  /**
   * How long the server may work on it, in milliseconds, also when the connection is lost and it goes on; the
   * server's own limit unless given. `timeoutMs` is this side's.
   */
  serverTimeoutMs?: number | null | undefined;
  /** Passed on to the provider as they are. */
  providerOptions?: Json | null | undefined;
  /**
   * Whether the server goes on with it when the connection is lost, so that the client comes back for the
   * rest. True for a stream unless given; for `run`, whose connection ends it, false.
   */
  resumable?: boolean | null | undefined;
  /**
   * By which the server knows the call again, for a day: it is answered once, and the same answer is given
   * again without paying the provider twice. One is made for each call unless given, the same over its
   * retries; give one of yours, not an empty one, where your program itself may try again. Where one call is
   * several inferences, the second has "KEY-2-" and a hash of what it asks, and so on: where a tool gives another
   * result, it is another inference.
   */
  idempotencyKey?: string | null | undefined;
  /** With tools: how often the model may be asked, from 1; 10 unless given. */
  maxRounds?: number | null | undefined;
}

/** Options of an inference whose answer is an object of a type of yours. */
export interface OutputOptions<T = unknown> extends RunOptions {
  /** The answer's type: any Standard Schema, such as zod's. */
  output: StandardSchema<any, T>;
  /** JSON Schema of it: needed where `output` cannot say it itself. */
  outputSchema?: Json | null | undefined;
  /** How often the model is shown what is wrong with its answer, from 0; once unless given. */
  outputRetries?: number | null | undefined;
}

// ── an inference: what comes ──────────────────────────────────────────────────────────────────────

/** Tokens of one inference; each is null when the provider does not tell. */
export interface Usage {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** Part of `inputTokens`. */
  readonly cachedInputTokens: number | null;
  /** Part of `inputTokens`. */
  readonly cacheWriteInputTokens: number | null;
  /** Part of `outputTokens`. */
  readonly reasoningTokens: number | null;
  readonly totalTokens: number | null;
}

/** A function that the model asks to have called. */
export interface ToolCall {
  readonly id: string;
  readonly type: Open<"function">;
  readonly name: string;
  /** The model's JSON text, unparsed: a model may write invalid JSON. */
  readonly arguments: string;
}

/** A piece of a model's reasoning, to be sent back as it came: tool loops break without it. */
export interface ThinkingBlock {
  /** "thinking" (with `thinking` and `signature`), "redacted_thinking" (with `data`), or a later one. */
  readonly type: Open<"thinking" | "redacted_thinking">;
  readonly thinking?: string;
  readonly signature?: string | null;
  readonly data?: string;
}

/** One message of a conversation. What it has beside these goes back as it came. */
export interface Message {
  readonly role: Open<"system" | "developer" | "user" | "assistant" | "tool">;
  /** Text, parts in OpenAI's shape, or null beside tool calls. */
  readonly content: string | readonly Json[] | null;
  readonly toolCalls?: readonly ToolCall[];
  /** Of a tool's result: the call that it answers. */
  readonly toolCallId?: string;
  readonly thinkingBlocks?: readonly ThinkingBlock[];
  readonly reasoningContent?: string;
}

/** One try at one provider. */
export interface Attempt {
  readonly provider: string | null;
  readonly model: string | null;
  /** "completed", or says what went wrong, or why it was not asked. */
  readonly outcome: Open<"completed">;
  readonly latencyMs: number | null;
  /** The stored token that it was made with, null for one of the environment, or none. */
  readonly tokenId: string | null;
  /** What the provider answered, null when it did not. */
  readonly upstreamStatus: number | null;
}

/** The version of a prompt on the server that an inference was made from. */
export interface PromptUse {
  readonly name: string;
  readonly version: number;
}

/** Why the model stopped: by itself, at `maxOutputTokens`, to have tools called, or held back by the provider. */
export type FinishReason = Open<"stop" | "length" | "tool_calls" | "content_filter">;
/** Whether the provider said what it cost, or the server reckoned it from tokens and prices. */
export type CostSource = Open<"reported" | "estimated">;

/** A model's answer. As a string it is its `text`. */
export interface Inference {
  readonly id: string;
  /** "" when the model only called tools. */
  readonly text: string;
  /** As it goes back into `messages`. */
  readonly message: Message;
  readonly toolCalls: readonly ToolCall[];
  readonly model: string | null;
  /** "demo" is the built-in demo answer, not a model's. */
  readonly provider: string | null;
  readonly finishReason: FinishReason | null;
  readonly usage: Usage | null;
  /** Null when unknown. */
  readonly costUsd: number | null;
  readonly costSource: CostSource | null;
  readonly latencyMs: number | null;
  /** Null unless it was streamed. */
  readonly timeToFirstTokenMs: number | null;
  readonly attempts: readonly Attempt[];
  /** The prompt on the server it was made from, null without one. */
  readonly prompt: PromptUse | null;
  readonly sessionId: string | null;
  readonly createdAt: string | null;
  /** With tools or a second try at an output: the answers before this one. */
  readonly rounds?: readonly Inference[];
  /** With `rounds`: the sum of all costs, null when one is unknown. */
  readonly totalCostUsd?: number | null;
  /** Gives `text`. */
  toString(): string;
}

/** A further piece of the answer's text. `id` is the event's id in the stream. */
export interface TextDelta {
  readonly type: "text";
  readonly text: string;
  readonly id: string;
}

/** A further piece of the model's reasoning. */
export interface ThinkingDelta {
  readonly type: "thinking";
  readonly thinking: string;
  readonly id: string;
}

/** A further piece of the tool call number `index`, counted from 0. */
export interface ToolCallDelta {
  readonly type: "toolCall";
  readonly index: number;
  /** With a call's first piece; null afterwards. */
  readonly callId: string | null;
  readonly name: string | null;
  /** A fragment of JSON text, "" when this piece has none. */
  readonly arguments: string;
  readonly id: string;
}

/** A tool has been run, between two rounds of a stream with tools. */
export interface ToolResult {
  readonly type: "toolResult";
  readonly callId: string;
  readonly name: string;
  /** What the model is told. */
  readonly content: string;
  /** Whether that is an error: what the tool threw, arguments that do not fit, a tool that is not there. */
  readonly isError: boolean;
}

/** The last event: the whole answer, as `run` would have given it. */
export interface Completed {
  readonly type: "completed";
  readonly inference: Inference;
  readonly id: string;
}

/** An event of a kind that this version does not know; safe to skip. */
export interface UnknownEvent {
  readonly type: "unknown";
  readonly event: string;
  /** As it came. */
  readonly data: unknown;
  readonly id: string;
}

/** Any event of a stream: switch on its `type`, and expect types that came later. */
export type StreamEvent =
  | TextDelta
  | ThinkingDelta
  | ToolCallDelta
  | ToolResult
  | Completed
  | UnknownEvent;

/** A limit of so many in a minute, and how many are left now. Null for what was not said. */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number | null;
  /** When all of them are there again. */
  readonly resetAfterMs: number | null;
}

/** An API key's limits of inferences begun and of tokens read and written; null for no limit. */
export interface RateLimits {
  readonly requests: RateLimit | null;
  readonly tokens: RateLimit | null;
}

// ── lists and feeds ───────────────────────────────────────────────────────────────────────────────

/** One page of a list. `nextCursor` is null on the last; a page may be empty before that. */
export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

/** A list on the server, fetched page by page while it is iterated, each time anew. */
export interface Listing<T> extends AsyncIterable<T> {
  /** Gives the pages as the server does. */
  pages(): AsyncIterable<Page<T>>;
  /** Fetches all of it. */
  all(): Promise<T[]>;
}

/** Which part of a list. */
export interface ListQuery {
  /** How many to fetch at a time, 1 to 200 (50); all pages are fetched in any case. */
  limit?: number | null | undefined;
  /** Where to go on, from a `Page`'s `nextCursor`. */
  cursor?: string | null | undefined;
}

/**
 * What the server sends while it comes: iterate over it, once.
 *
 * Nothing is sent before the first item is asked for. One that is cut throws `StreamInterruptedError`, or
 * `APIConnectionError` when it could not be connected again. Leaving the loop, or `close()`, ends the
 * connection.
 */
export interface Feed<T> extends AsyncIterableIterator<T> {
  /** The id of the last event of a live stream; null before the first, and for an export. */
  readonly lastEventId: string | null;
  /** Ends it, and its connection. May be called twice. */
  close(): Promise<void>;
}
