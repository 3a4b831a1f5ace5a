/** What the resources answer, and what they are asked with; open in the same way as `types.ts`. */
import type {
  Attempt,
  CallOptions,
  CostSource,
  FinishReason,
  Json,
  ListQuery,
  Message,
  MessageLike,
  Open,
  PromptUse,
  Usage,
} from "./types.js";

/** A moment: a `Date`, or RFC 3339 text with its zone. */
export type Moment = Date | string;

// ── telemetry ─────────────────────────────────────────────────────────────────────────────────────

/** Which inferences are meant, whenever they were. */
export interface TelemetrySelection {
  /** Of this provider, such as "openai". */
  provider?: string | null | undefined;
  /** Of this model, by the provider's name for it: "gpt-4o". */
  model?: string | null | undefined;
  /** What became of it. */
  status?: InferenceStatus | null | undefined;
  /** Of this conversation. */
  sessionId?: string | null | undefined;
  /** Of this prompt on the server, "NAME" or "NAME@VERSION". */
  prompt?: string | PromptUse | null | undefined;
  /** Asked with this key (`key_…`). */
  apiKeyId?: string | null | undefined;
  /** The program that asked, such as "typescript/1.2.0". */
  client?: string | null | undefined;
  /** With all of these entries. */
  metadata?: Readonly<Record<string, string>> | null | undefined;
  /**
   * With this text, in whatever case, in the model, the prompt's name, the error's message, or in what was
   * said, where the workspace captures content. It needs `last` or `since`.
   */
  q?: string | null | undefined;
}

/** When something began. */
export interface Period {
  /** How far back: "15m", "24h", "7d". */
  last?: string | null | undefined;
  /** Inclusive. */
  since?: Moment | null | undefined;
  /** Exclusive. */
  until?: Moment | null | undefined;
}

/** Which inferences are meant. */
export interface TelemetryFilters extends TelemetrySelection, Period {}

/** Which records are listed, and how many at a time. */
export interface TelemetryQuery extends TelemetryFilters, ListQuery {}

/** What is added up, and by what. */
export interface SummaryQuery extends TelemetryFilters {
  /** One or two of these; one group of everything unless given. */
  groupBy?: GroupBy | readonly GroupBy[] | null | undefined;
  /** The spans of time that each group is cut into, in UTC; one span of all unless given. */
  interval?: Open<"1m" | "5m" | "15m" | "1h" | "6h" | "1d"> | null | undefined;
}

/** What inferences are grouped by; `metadata.KEY` is an entry of their `metadata`. */
export type GroupBy = Open<
  | "model"
  | "provider"
  | "prompt"
  | "session_id"
  | "api_key_id"
  | "client"
  | "status"
  | `metadata.${string}`
>;

/** Which inferences are followed. */
export interface TelemetryStreamQuery extends TelemetrySelection {
  /** Go on behind this one, the `lastEventId` of an earlier feed. */
  lastEventId?: string | null | undefined;
}

/** Which traces are listed. */
export interface TraceQuery extends Period, ListQuery {
  /** Of this conversation. */
  sessionId?: string | null | undefined;
}

/** What became of an inference; `interrupted` is one that the server's end cut off. */
export type InferenceStatus = Open<"running" | "completed" | "failed" | "cancelled" | "interrupted">;

/** Why a recorded inference failed; `code` is one of the codes that errors carry. */
export interface RecordedError {
  readonly code: string;
  readonly message: string | null;
  readonly provider: string | null;
  readonly upstreamStatus: number | null;
}

/** What was said: the messages that were sent, and the answer's, null when none came. */
export interface RecordedContent {
  readonly messages: readonly Message[];
  readonly message: Message | null;
}

/** What telemetry keeps of one inference. */
export interface InferenceRecord {
  readonly id: string;
  readonly status: InferenceStatus;
  readonly createdAt: string;
  /** Null while it runs. */
  readonly completedAt: string | null;
  /** Who answered, else who was asked last. */
  readonly provider: string;
  readonly model: string;
  /** What the caller asked for. */
  readonly requestedModel: string | null;
  readonly prompt: PromptUse | null;
  readonly sessionId: string | null;
  readonly traceId: string | null;
  readonly parentSpanId: string | null;
  readonly apiKeyId: string;
  /** The program that asked, such as "typescript/1.2.0". */
  readonly client: string | null;
  readonly streamed: boolean;
  readonly finishReason: FinishReason | null;
  readonly usage: Usage | null;
  readonly costUsd: number | null;
  readonly costSource: CostSource | null;
  readonly latencyMs: number | null;
  readonly timeToFirstTokenMs: number | null;
  readonly attempts: readonly Attempt[];
  /** Null unless it failed. */
  readonly error: RecordedError | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** With `inferences.get` alone, and in an export's lines; null where the workspace captures none. */
  readonly content?: RecordedContent | null;
}

/** Exact nearest-rank percentiles; each is null when there was nothing to measure. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** The figures of one group, in one span of time if an interval was asked for. */
export interface SummaryGroup {
  /** What was grouped by (`{model: "gpt-4o"}`), by the words that `groupBy` has; null for inferences without it. */
  readonly group: Readonly<Record<string, string | null>>;
  /** Null without an interval. */
  readonly bucketStart: string | null;
  readonly count: number;
  readonly errors: number;
  readonly latencyMs: Percentiles;
  readonly timeToFirstTokenMs: Percentiles;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** The sum of the known costs. */
  readonly costUsd: number | null;
  /** How many inferences have no known cost. */
  readonly costUnknown: number;
}

/** Figures from `since` to before `until`, the largest groups first. */
export interface TelemetrySummary {
  readonly since: string;
  readonly until: string;
  readonly groups: readonly SummaryGroup[];
  /** There were more groups than the server gives. */
  readonly truncated: boolean;
}

/** What kind of step a span is. */
export type SpanKind = Open<
  "chain" | "llm" | "tool" | "retriever" | "agent" | "embedding" | "task" | "other"
>;

/** A step of a program of yours, to be sent with `telemetry.addSpans`. The ids are your own, of 1 to 64 characters. */
export interface SpanCreate {
  readonly traceId: string;
  /** The pair of trace and span is one span, sent however often. */
  readonly spanId: string;
  readonly parentSpanId?: string | null | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startedAt: Moment;
  readonly endedAt: Moment;
  readonly status?: Open<"ok" | "error"> | null | undefined;
  readonly errorMessage?: string | null | undefined;
  readonly attributes?: Json | null | undefined;
  /** Any JSON; kept only where the workspace captures content. */
  readonly input?: unknown;
  /** Any JSON; kept only where the workspace captures content. */
  readonly output?: unknown;
  /** The inference that the span stands for. */
  readonly inferenceId?: string | null | undefined;
  readonly sessionId?: string | null | undefined;
}

/** A step of a program, as a trace has it. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly durationMs: number;
  readonly status: Open<"ok" | "error">;
  readonly errorMessage: string | null;
  readonly attributes: Json;
  /** Null unless captured. */
  readonly input: unknown;
  /** Null unless captured. */
  readonly output: unknown;
  readonly inferenceId: string | null;
  readonly sessionId: string | null;
}

/** The sum of a trace's spans and inferences. */
export interface Trace {
  readonly traceId: string;
  readonly name: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Null until it has ended. */
  readonly durationMs: number | null;
  /** Counts all spans. */
  readonly spanCount: number;
  readonly errorCount: number;
  readonly sessionId: string | null;
  readonly costUsd: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

/** A trace with a page of its spans. */
export interface TraceDetail extends Trace {
  /** By their start. */
  readonly spans: readonly Span[];
  readonly inferences: readonly InferenceRecord[];
  /** Gives the next page of spans: `telemetry.trace(traceId, {cursor})`. */
  readonly nextCursor: string | null;
}

/** How much of an end user's was deleted. */
export interface TelemetryDeletion {
  readonly deletedInferences: number;
  readonly deletedSpans: number;
}

// ── prompts ───────────────────────────────────────────────────────────────────────────────────────

/** How a version of a prompt is run, where a run has no choice of its own; as in `RunOptions`. */
export interface PromptSettings {
  readonly model?: string;
  readonly provider?: string;
  readonly temperature?: number;
  readonly topP?: number;
  readonly maxOutputTokens?: number;
  readonly stop?: string | readonly string[];
  readonly tools?: readonly Json[];
  readonly toolChoice?: Open<"auto" | "none" | "required"> | Json;
  readonly responseFormat?: Json;
  readonly reasoningEffort?: Open<"none" | "minimal" | "low" | "medium" | "high" | "xhigh">;
  readonly seed?: number;
}

/** A variable of a template; one that is not declared is a required string. */
export interface PromptVariable {
  readonly name: string;
  readonly type?: Open<"string" | "number" | "integer" | "boolean" | "array" | "object">;
  /** One that is not may be left out, and is then its `default`; unless said, it is required when it has none. */
  readonly required?: boolean;
  readonly default?: unknown;
  readonly description?: string | null;
}

/** A prompt kept on the server: a name for versions that do not change, and labels that move. */
export interface Prompt {
  readonly name: string;
  readonly description: string | null;
  /** Which version each label is at. */
  readonly labels: Readonly<Record<string, number>>;
  /** From 1. */
  readonly latestVersion: number;
  /** Counts the changes of this object: give it as `ifMatch` to change nothing that somebody else changed. */
  readonly revision: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** One version of a prompt; it never changes, its `labels` aside. */
export interface PromptVersion {
  readonly name: string;
  readonly version: number;
  /** The template; null when it has messages. */
  readonly text: string | null;
  /** Templates of messages; null when it has a text. */
  readonly messages: readonly Message[] | null;
  readonly variables: readonly PromptVariable[];
  readonly settings: PromptSettings;
  readonly note: string | null;
  readonly labels: readonly string[];
  readonly createdAt: string;
  /** The id of the API key that made it. */
  readonly createdBy: string | null;
}

/** A version with its variables filled in, as a model would be sent it; and its settings. */
export interface RenderedPrompt {
  readonly name: string;
  readonly version: number;
  /** Null unless the version has a text: then it is that of the one message. */
  readonly text: string | null;
  readonly messages: readonly Message[];
  readonly settings: PromptSettings;
}

/** What differs at one place. */
export interface PromptChange {
  /** A JSON pointer. */
  readonly pointer: string;
  /** Null for what is not there. */
  readonly before: unknown;
  readonly after: unknown;
}

/** What differs between two versions, place by place and as a unified diff. */
export interface PromptDiff {
  readonly name: string;
  /** The wire's `from`. */
  readonly fromVersion: number;
  /** The wire's `to`. */
  readonly toVersion: number;
  readonly changes: readonly PromptChange[];
  readonly unified: string;
}

/** What a version of a prompt is made of. */
export interface PromptVersionCreate {
  /** The template; `{{name}}` in it is a variable. Or: */
  text?: string | null | undefined;
  /** Templates of messages. */
  messages?: readonly MessageLike[] | null | undefined;
  variables?: readonly PromptVariable[] | null | undefined;
  settings?: PromptSettings | null | undefined;
  /** Why this version was made. */
  note?: string | null | undefined;
}

/** What a prompt and its first version are made of. */
export interface PromptCreate extends PromptVersionCreate {
  /** What the prompt is for. */
  description?: string | null | undefined;
}

/** Which prompts are listed. */
export interface PromptQuery extends ListQuery {
  /** With this text in their name, in whatever case. */
  q?: string | null | undefined;
}

/** Options of a change. */
export interface ChangeOptions extends CallOptions {
  /** The `revision` that the change starts from: when the prompt has changed since, it is a `ConflictError`. */
  ifMatch?: number | string | null | undefined;
}

// ── tokens, budgets ───────────────────────────────────────────────────────────────────────────────

/** A provider token as the server shows it: its last four characters, never the whole. */
export interface Token {
  readonly id: string;
  readonly provider: string;
  readonly name: string | null;
  readonly lastFour: string;
  /** Its share of the provider's calls, beside the weights of the others. */
  readonly weight: number;
  /** "set_aside" when the provider refused it with a 401: it is then used only where no other is left. */
  readonly status: Open<"active" | "set_aside">;
  readonly setAsideAt: string | null;
  readonly setAsideReason: string | null;
  readonly createdAt: string;
}

/** What can be set of a token. */
export interface TokenSettings {
  /** What tells it from the provider's others; null for no name. */
  name?: string | null | undefined;
  /** Its share of the provider's calls, 1 to 100, beside the weights of the others. */
  weight?: number | undefined;
}

/** What is not given stays as it is. */
export interface TokenUpdate extends TokenSettings {
  /** Another one in its place, which is tried at once. */
  token?: string | undefined;
}

/** Whose inferences count. Only what its `type` needs is there. */
export interface BudgetScope {
  readonly type: Open<"workspace" | "api_key" | "provider" | "model" | "metadata">;
  readonly apiKeyId?: string | null;
  readonly provider?: string | null;
  /** "openai/gpt-4o", or with `provider` beside it. */
  readonly model?: string | null;
  /** An entry that `metadata` of the inferences has. */
  readonly key?: string | null;
  readonly value?: string | null;
}

/** How long a budget's limit holds before it begins anew, in UTC; `total` never does. */
export type BudgetPeriod = Open<"hour" | "day" | "week" | "month" | "total">;

/** A threshold that was crossed; `spentUsd` is after the inference that crossed it. */
export interface BudgetCrossing {
  readonly thresholdPercent: number;
  readonly crossedAt: string;
  readonly spentUsd: number;
}

/** Where a budget stands in its present period. */
export interface BudgetState {
  readonly periodStart: string | null;
  /** Null when it never ends. */
  readonly periodEnd: string | null;
  readonly spentUsd: number;
  /** What running inferences have put aside. */
  readonly reservedUsd: number;
  /** What the limit leaves after both. */
  readonly remainingUsd: number;
  /** Inferences of no known cost, which count for nothing here. */
  readonly unpricedInferences: number;
  readonly crossings: readonly BudgetCrossing[];
}

/** What may be spent in a period, and what was. */
export interface Budget {
  readonly id: string;
  readonly name: string;
  readonly scope: BudgetScope;
  /** A week begins on Monday; all of UTC. */
  readonly period: BudgetPeriod;
  readonly limitUsd: number;
  /** In percent of the limit, the lowest first. */
  readonly thresholds: readonly number[];
  /** "alert": a crossing is noted. "block": what would go beyond the limit is refused too. */
  readonly action: Open<"alert" | "block">;
  readonly current: BudgetState;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What can be set of a budget, and changed. */
export interface BudgetSettings {
  /** At how many percent of the limit a crossing is noted; 1 to 10 integers from 1 to 1000; 50, 80, 100 unless given. */
  thresholds?: readonly number[] | undefined;
  /** "alert" unless given. */
  action?: Open<"alert" | "block"> | undefined;
}

/** What a budget is made of. */
export interface BudgetCreate extends BudgetSettings {
  /** Whose inferences count. */
  scope: BudgetScope;
  /** How long the limit holds before it begins anew. */
  period: BudgetPeriod;
  /** US dollars in a period, above 0, with at most 9 decimals. */
  limitUsd: number;
}

/** What is not given stays as it is. Scope and period cannot be changed. */
export interface BudgetUpdate extends BudgetSettings {
  name?: string | undefined;
  limitUsd?: number | undefined;
}

// ── webhooks, events ──────────────────────────────────────────────────────────────────────────────

/** What can happen. */
export type EventType = Open<
  | "inference.completed"
  | "inference.failed"
  | "cost.threshold_exceeded"
  | "provider.failed"
  | "provider.recovered"
  | "prompt.updated"
  | "webhook.disabled"
  | "webhook.test"
>;

/** What an event must have to be sent: all of this in its own `metadata`. */
export interface WebhookFilter {
  readonly metadata: Readonly<Record<string, string>>;
}

/** A header that is sent with each event; its value is never shown. */
export interface WebhookHeader {
  readonly name: string;
}

/** Where events are posted to, and which. */
export interface Webhook {
  readonly id: string;
  /** Who is no admin sees only the host. */
  readonly url: string;
  /** The types that it gets; "*" alone stands for all. */
  readonly events: readonly (EventType | "*")[];
  readonly name: string | null;
  readonly filter: WebhookFilter | null;
  readonly includeContent: boolean;
  readonly headers: readonly WebhookHeader[];
  readonly enabled: boolean;
  /** "gone": it answered 410. "failing": nothing arrived for five days. Null while it is enabled. */
  readonly disabledReason: Open<"manual" | "gone" | "failing"> | null;
  /** Null while it answers. */
  readonly failingSince: string | null;
  /** Until then the secret before signs too. */
  readonly previousSecretExpiresAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Signs its events, for `unwrap` of `@aistrale/sdk/webhooks`: there once, with a new one. */
  readonly secret?: string;
}

/** What can be set of a webhook, and changed. */
export interface WebhookSettings {
  name?: string | null | undefined;
  filter?: WebhookFilter | null | undefined;
  /** Whether events of inferences have what was said, where the workspace keeps it; not unless chosen. */
  includeContent?: boolean | undefined;
  /** What is sent with each event besides, in the place of what was; kept encrypted, never shown. Null for none. */
  headers?: Readonly<Record<string, string>> | null | undefined;
  /** Whether it gets events; it does unless chosen. */
  enabled?: boolean | undefined;
}

/** What a webhook is made of, beside its URL and types. */
export interface WebhookCreate extends WebhookSettings {
  /** Signs its events, `whsec_` and base64 of 24 to 64 bytes; the server makes one unless given, which is better. */
  secret?: string | undefined;
}

/** What is not given stays as it is. */
export interface WebhookUpdate extends WebhookSettings {
  url?: string | undefined;
  events?: EventType | "*" | readonly (EventType | "*")[] | undefined;
}

/** Why an attempt at a delivery failed, or why there are no more; see `WebhookDelivery`. */
export type DeliveryError = Open<
  | "http_status"
  | "redirect"
  | "gone"
  | "timeout"
  | "dns"
  | "connection_refused"
  | "connection_lost"
  | "tls"
  | "target_blocked"
  | "secret_unreadable"
  | "internal"
  | "webhook_disabled"
  | "webhook_deleted"
  | "event_deleted"
>;

/** One HTTP request of a delivery. */
export interface WebhookAttempt {
  readonly number: number;
  readonly startedAt: string;
  readonly latencyMs: number | null;
  readonly responseCode: number | null;
  /** Null when it arrived. */
  readonly error: DeliveryError | null;
  /** The first 16 KiB of the receiver's answer; null without one, and for who is not admin. */
  readonly responseBody: string | null;
}

/** One event on its way to one webhook. */
export interface WebhookDelivery {
  readonly id: string;
  readonly webhookId: string;
  readonly eventId: string;
  readonly eventType: EventType;
  readonly status: Open<"pending" | "delivered" | "failed">;
  readonly attemptCount: number;
  /** Null when none is due. */
  readonly nextAttemptAt: string | null;
  readonly responseCode: number | null;
  /**
   * Why the last attempt failed, or why there are no more: "http_status" (neither 2xx nor 3xx), "redirect"
   * (3xx), "gone" (410), "timeout" (15 s), "target_blocked" (not a public address), "secret_unreadable" (the
   * server has not its master key), and others that say it themselves.
   */
  readonly error: DeliveryError | null;
  readonly createdAt: string;
  readonly deliveredAt: string | null;
  /** With `webhooks.deliveries.get` and `webhooks.test` alone. */
  readonly attempts?: readonly WebhookAttempt[];
  /** Likewise; null when the event was deleted. */
  readonly payload?: AistraleEvent | null;
}

/** Which deliveries are listed. */
export interface DeliveryQuery extends Period, ListQuery {
  status?: Open<"pending" | "delivered" | "failed"> | null | undefined;
  eventType?: EventType | null | undefined;
}

/** A type of events that there is, and the JSON Schema of its events. */
export interface EventTypeInfo {
  readonly type: EventType;
  readonly description: string;
  readonly schema: Json;
}

/** An inference was completed. */
export interface InferenceCompleted {
  readonly inferenceId: string;
  readonly sessionId: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly prompt: PromptUse | null;
  readonly finishReason: FinishReason | null;
  readonly usage: Usage | null;
  readonly costUsd: number | null;
  readonly costSource: CostSource | null;
  readonly latencyMs: number | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** Only where the webhook asks for it and the workspace keeps it. */
  readonly content?: RecordedContent | null;
}

/** An inference failed after all attempts. */
export interface InferenceFailed extends InferenceCompleted {
  readonly error: RecordedError;
  /** Whom the server asked, in order. */
  readonly attempts: readonly Attempt[];
}

/** A budget's threshold was crossed, once in a period. */
export interface CostThresholdExceeded {
  readonly budgetId: string;
  readonly name: string;
  readonly scope: BudgetScope;
  readonly period: BudgetPeriod;
  readonly periodStart: string | null;
  readonly limitUsd: number;
  /** In this period, with what crossed it. */
  readonly spentUsd: number;
  readonly thresholdPercent: number;
  readonly action: Open<"alert" | "block">;
}

/** A provider's model is not asked for a while. */
export interface ProviderFailed {
  readonly provider: string;
  readonly model: string;
  /** What was seen, in words. */
  readonly reason: string;
  /** Of the calls in `windowMs`, 0 to 1. */
  readonly failureRate: number | null;
  readonly windowMs: number | null;
  /** When it is tried next. */
  readonly retryAt: string | null;
}

/** A provider's model answers again. It failed since `openedAt`. */
export interface ProviderRecovered {
  readonly provider: string;
  readonly model: string;
  readonly openedAt: string | null;
}

/** A prompt was changed. */
export interface PromptUpdated {
  readonly name: string;
  /** The one created, the one that the label is at or was at, or the latest of a prompt that was deleted. */
  readonly version: number;
  /** Those that it has now. */
  readonly labels: readonly string[];
  readonly change: Open<"version_created" | "label_moved" | "label_removed" | "deleted">;
  /** The id of an API key. */
  readonly updatedBy: string | null;
}

/** The server gave a webhook up, and tells the others. */
export interface WebhookDisabled {
  readonly webhookId: string;
  readonly name: string | null;
  /** Without its path. */
  readonly url: string;
  readonly reason: Open<"gone" | "failing">;
  readonly failingSince: string | null;
  readonly responseCode: number | null;
  readonly error: DeliveryError | null;
}

/** A webhook is tried out; `webhookId` is null in a stream. */
export interface WebhookTest {
  readonly webhookId: string | null;
  readonly message: string;
}

/** What an event of each type holds. */
export interface EventDataByType {
  "inference.completed": InferenceCompleted;
  "inference.failed": InferenceFailed;
  "cost.threshold_exceeded": CostThresholdExceeded;
  "provider.failed": ProviderFailed;
  "provider.recovered": ProviderRecovered;
  "prompt.updated": PromptUpdated;
  "webhook.disabled": WebhookDisabled;
  "webhook.test": WebhookTest;
}

/** What every event has. */
export interface EventOf<T extends string, D> {
  /** The same however often it is delivered. */
  readonly id: string;
  readonly type: T;
  readonly timestamp: string;
  readonly workspaceId: string;
  /** A sample, of which nothing is true. */
  readonly test?: boolean;
  readonly data: D;
}

/**
 * Something that happened, as a webhook is told it and `events.stream` gives it: switch on its `type`, and
 * expect types that came later (`type as string` is any; `data` is then what came, names in camel case).
 */
export type AistraleEvent = {
  [T in keyof EventDataByType]: EventOf<T, EventDataByType[T]>;
}[keyof EventDataByType];

/** Which events are followed, and who is told of the connection. */
export interface EventStreamQuery {
  /** Only these; all unless given. */
  eventTypes?: EventType | readonly EventType[] | null | undefined;
  /** Begin behind this one, the `lastEventId` of an earlier feed. */
  lastEventId?: string | null | undefined;
  /** Called with the error when the connection was lost, before it is made again. */
  onDisconnect?: ((why: Error) => unknown) | null | undefined;
  /** Called when it was made again; the stream goes on where it was. */
  onReconnect?: (() => unknown) | null | undefined;
}

// ── providers, models, aliases ────────────────────────────────────────────────────────────────────

/** A call that failed. `upstreamStatus` is null when the provider did not answer. */
export interface ProviderLastFailure {
  readonly code: string;
  readonly message: string;
  readonly at: string;
  readonly upstreamStatus: number | null;
}

/** A model that is not asked for the time being. */
export interface ProviderCircuit {
  readonly model: string;
  /** "half_open" while one call tries whether it answers again. */
  readonly state: Open<"open" | "half_open">;
  readonly openedAt: string;
  /** When it is tried next. */
  readonly retryAt: string;
  /** What was seen, in words. */
  readonly reason: string;
}

/** How a provider has been answering this workspace, as the node sees it that answers. */
export interface ProviderHealth {
  /** "degraded": some calls fail. "down": none is let through. "unknown": there were none. */
  readonly status: Open<"ok" | "degraded" | "down" | "unknown">;
  /** Of the `calls` in the last `windowMs`, 0 to 1, null without any. */
  readonly failureRate: number | null;
  readonly windowMs: number;
  readonly calls: number;
  readonly lastFailure: ProviderLastFailure | null;
  /** The models that are not asked for the time being. */
  readonly circuits: readonly ProviderCircuit[];
}

/** How many tokens the workspace has for a provider, and how many of them it refused. */
export interface ProviderTokens {
  readonly active: number;
  readonly setAside: number;
}

/** A provider the server knows. */
export interface Provider {
  readonly name: string;
  /** Its name for people. */
  readonly title: string;
  readonly baseUrl: string | null;
  /** Where its credential comes from; null when it has none and cannot be used yet. */
  readonly credential: Open<"token" | "environment" | "not_needed"> | null;
  /** The variable of the environment. */
  readonly credentialEnv: string | null;
  readonly defaultModel: string | null;
  readonly health: ProviderHealth;
  readonly tokens: ProviderTokens;
}

/** A model whose prices or limits are known; what is not known of it is null. */
export interface CatalogueModel {
  /** "PROVIDER/MODEL", as `model` takes it. */
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  /** Of a request and its answer together. */
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
  readonly inputUsdPerMillionTokens: number | null;
  readonly outputUsdPerMillionTokens: number | null;
  /** Null where such tokens cost what others do. */
  readonly cachedInputUsdPerMillionTokens: number | null;
  /** Whether the provider has a credential here and the API key may run it. */
  readonly available: boolean;
}

/** Which models are listed. */
export interface ModelQuery extends ListQuery {
  /** Only the models of this one. */
  provider?: string | null | undefined;
}

/** A name of your own for a model; `fallbacks` are asked, in order, when it cannot answer. */
export interface Alias {
  readonly name: string;
  readonly model: string;
  readonly fallbacks: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

// ── access ────────────────────────────────────────────────────────────────────────────────────────

/** What an API key may do: look; also run and write; also change and delete. */
export type Role = Open<"admin" | "member" | "viewer">;

/** A workspace's id and name. */
export interface WorkspaceName {
  readonly id: string;
  readonly name: string;
}

/** Whose API key this is, and where it acts. */
export interface WhoAmI {
  readonly workspaceId: string;
  readonly workspaceName: string;
  /** "key_operator" for the instance's own key. */
  readonly apiKeyId: string;
  /** Null until there is one. */
  readonly defaultModel: string | null;
  readonly role: Role;
  /** Whether it is the instance's own key. */
  readonly operator: boolean;
  /** Of inferences; null for no limit. */
  readonly requestsPerMinute: number | null;
  /** Of tokens that inferences read and write; null for no limit. */
  readonly tokensPerMinute: number | null;
  readonly workspace: WorkspaceName;
}

/** The server is up: `status` is "ok"; `version` is the server's own. */
export interface Health {
  readonly status: Open<"ok">;
  readonly version: string;
}

/** An API key of AISTRALE's own. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Patterns such as "openai/*"; null for every model. */
  readonly allowedModels: readonly string[] | null;
  /** Null for a key that does not expire. */
  readonly expiresAt: string | null;
  /** Limits its inferences, over all nodes; null for no limit. */
  readonly requestsPerMinute: number | null;
  /** Limits what its inferences read and write; null for no limit. */
  readonly tokensPerMinute: number | null;
  readonly lastUsedAt: string | null;
  readonly lastFour: string;
  readonly createdAt: string;
  /** Null for one that is in force. */
  readonly revokedAt: string | null;
  /** The secret itself: there once, in the answer of `apiKeys.create`. */
  readonly key?: string;
}

/** What limits an API key. What is not given stays as it is. */
export interface ApiKeyLimits {
  /** "openai/*", "anthropic/claude-sonnet-4-5" and the like; null for all. */
  allowedModels?: readonly string[] | null | undefined;
  /** Null for never. */
  expiresAt?: Moment | null | undefined;
  /** How many inferences it may begin, from 1; null for no limit. */
  requestsPerMinute?: number | null | undefined;
  /** How many tokens its inferences may read and write, from 1; null for no limit. */
  tokensPerMinute?: number | null | undefined;
}

/** What an API key is made with, beside its name. */
export interface ApiKeyCreate extends ApiKeyLimits {
  /** "viewer" reads; "member" also runs inferences and writes prompts and spans; "admin" does everything. */
  role?: Role | undefined;
}

/** What is not given stays as it is. */
export interface ApiKeyUpdate extends ApiKeyLimits {
  name?: string | undefined;
}

/** A tenant: keys, tokens, prompts and telemetry belong to exactly one. */
export interface Workspace {
  readonly id: string;
  readonly name: string;
  /** Whether messages and answers are kept with the records. */
  readonly captureContent: boolean;
  /** Records older than this are deleted; null keeps them for ever. */
  readonly retentionDays: number | null;
  readonly defaultModel: string | null;
  readonly createdAt: string;
}

/** What is not given stays as it is. */
export interface WorkspaceSettings {
  /** Whether messages and answers are kept with the records; not unless chosen. */
  captureContent?: boolean | undefined;
  /** After how many days records are deleted, from 1; null for never. */
  retentionDays?: number | null | undefined;
  /** "PROVIDER/MODEL", for runs that name none; null for the server's own choice. */
  defaultModel?: string | null | undefined;
}

/** What is not given stays as it is. */
export interface WorkspaceUpdate extends WorkspaceSettings {
  name?: string | undefined;
}

/** Who did it. The instance's operator has "key_operator" for an `apiKeyId`. */
export interface AuditActor {
  readonly apiKeyId: string | null;
  readonly operator: boolean;
}

/** What it was done to. */
export interface AuditTarget {
  readonly type: string;
  readonly id: string | null;
}

/** One change, as the audit log keeps it. */
export interface AuditEntry {
  readonly id: string;
  /** Such as "api_key.created". */
  readonly action: string;
  readonly at: string;
  readonly actor: AuditActor;
  readonly target: AuditTarget;
  readonly detail: Json;
  readonly client: string | null;
}

/** Which changes are listed. */
export interface AuditQuery extends ListQuery {
  /** Such as "api_key.created". */
  action?: string | null | undefined;
  /** Of what it was done to, such as "api_key". */
  targetType?: string | null | undefined;
  since?: Moment | null | undefined;
  /** Exclusive. */
  until?: Moment | null | undefined;
}
