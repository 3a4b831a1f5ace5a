/** The resources as their users see them. Every method takes `CallOptions` last. */
import type * as m from "./records.js";
import type { CallOptions, Feed, Json, Listing, ListQuery, PromptRef, PromptUse } from "./types.js";

/**
 * Prompts: a name, versions that never change, and labels that move from one to another.
 *
 * A prompt is named by text such as "greeting", "greeting@production" (a label) or "greeting@3" (a version),
 * or by a `PromptRef`; without either it is the label `production` if there is one, else the latest version.
 */
export interface Prompts {
  /** Gives the prompts by name. */
  list(asked?: m.PromptQuery, options?: CallOptions): Listing<m.Prompt>;
  /** Gives a prompt. NotFoundError when there is none of this name. */
  get(name: string, options?: CallOptions): Promise<m.Prompt>;
  /** Makes a prompt with its first version. ConflictError when the name is taken. */
  create(name: string, content: m.PromptCreate, options?: CallOptions): Promise<m.Prompt>;
  /** Changes a prompt's description; null takes it away. */
  update(
    name: string,
    changes: { description: string | null },
    options?: m.ChangeOptions,
  ): Promise<m.Prompt>;
  /** Deletes a prompt. Telemetry goes on naming its versions. */
  delete(name: string, options?: m.ChangeOptions): Promise<void>;
  /** Gives a prompt's versions, newest first. */
  versions(name: string, asked?: ListQuery, options?: CallOptions): Listing<m.PromptVersion>;
  /** Gives one version: its number, counted from 1, or a label that is at it. */
  getVersion(name: string, version: number | string, options?: CallOptions): Promise<m.PromptVersion>;
  /** Makes a version. It becomes the latest; labels stay where they are. */
  createVersion(
    name: string,
    content: m.PromptVersionCreate,
    options?: m.ChangeOptions,
  ): Promise<m.PromptVersion>;
  /** Puts a label at a version, or moves it there. "latest" moves by itself alone. */
  setLabel(name: string, label: string, version: number, options?: m.ChangeOptions): Promise<m.Prompt>;
  /** Removes a label. NotFoundError when the prompt does not have it. */
  removeLabel(name: string, label: string, options?: m.ChangeOptions): Promise<void>;
  /**
   * Gives what a model would be sent. No model is asked. BadRequestError names a variable that is missing,
   * unknown or of the wrong type.
   */
  render(
    prompt: string | PromptRef | PromptUse,
    variables?: Json | null,
    options?: CallOptions,
  ): Promise<m.RenderedPrompt>;
  /** Gives what differs between two versions, each named by its number or a label. */
  diff(
    name: string,
    before: number | string,
    after: number | string,
    options?: CallOptions,
  ): Promise<m.PromptDiff>;
  /** Gives a version as the content of a Dotprompt file (`.prompt`). */
  exportDotprompt(prompt: string | PromptRef | PromptUse, options?: CallOptions): Promise<string>;
  /**
   * Makes the prompt, or a version of it, of the content of a Dotprompt file. Content that the latest version
   * already has makes none: that version is given.
   */
  importDotprompt(name: string, source: string, options?: m.ChangeOptions): Promise<m.PromptVersion>;
  /**
   * Gives a version to be rendered here, again and again: it is kept, and asked for anew when it is older than
   * `maxAgeMs`. While the server is away or overloaded, the last good one is given, with one warning.
   *
   * Throws NotFoundError, AuthenticationError and PermissionDeniedError in any case, and other errors of a
   * version that was never loaded, unless there is a `fallback`.
   */
  load(prompt: string | PromptRef | PromptUse, options?: LoadOptions): Promise<LoadedPrompt>;
}

/** Options of `prompts.load`. */
export interface LoadOptions extends CallOptions {
  /** How old, in milliseconds, a version may be that is given without asking; 60,000 unless given. */
  maxAgeMs?: number | null | undefined;
  /** Given when the server cannot be asked and nothing was ever loaded: a version, or a template's text. */
  fallback?: string | m.PromptVersion | null | undefined;
}

/** A version of a prompt that can be rendered here. */
export interface LoadedPrompt extends m.PromptVersion {
  /**
   * Gives what the server's `render` would; no server is asked. A `BadRequestError` names every variable
   * that is missing, unknown or of the wrong type.
   */
  render(variables?: Json | null): m.RenderedPrompt;
}

/** The record of every inference. */
export interface Telemetry {
  /** Gives records, newest first. */
  list(asked?: m.TelemetryQuery, options?: CallOptions): Listing<m.InferenceRecord>;
  /**
   * Gives counts, percentiles, tokens and cost, of groups and spans of time; without `last` and `since` those of
   * the last 24 hours.
   */
  summary(asked?: m.SummaryQuery, options?: CallOptions): Promise<m.TelemetrySummary>;
  /**
   * Gives all records as lines of text, each with its "\n": "jsonl" has a record a line, "csv" a head and a row a
   * record, where a value in quotes may go over several lines. What is cut throws `StreamInterruptedError`, so
   * that half a file never looks like a whole one. There is no deadline unless `timeoutMs` is given.
   */
  export(format?: "jsonl" | "csv", asked?: m.TelemetryFilters, options?: CallOptions): Feed<string>;
  /**
   * Gives records as inferences end, from now on and without an end. A lost connection is made again by itself,
   * and nothing is missed in between. There is no deadline unless `timeoutMs` is given.
   */
  stream(asked?: m.TelemetryStreamQuery, options?: CallOptions): Feed<m.InferenceRecord>;
  /** Gives traces, newest first, without their spans. */
  traces(asked?: m.TraceQuery, options?: CallOptions): Listing<m.Trace>;
  /** Gives a trace with its spans by their start, and the inferences that ran in it. */
  trace(traceId: string, asked?: ListQuery, options?: CallOptions): Promise<m.TraceDetail>;
  /**
   * Sends steps of a program of yours, and gives how many were taken in. More than 1,000 are sent in several
   * requests. A span that is there already stays as it is.
   */
  addSpans(spans: Iterable<m.SpanCreate>, options?: CallOptions): Promise<number>;
  /** Deletes what is kept of an end user: the inferences with this `metadata.user`. */
  deleteUser(user: string, options?: CallOptions): Promise<m.TelemetryDeletion>;
}

/** Single inferences by their id. */
export interface Inferences {
  /** Gives the record of an inference (`inf_…`), with what was said if that is captured. */
  get(inferenceId: string, options?: CallOptions): Promise<m.InferenceRecord>;
  /**
   * Ends an inference, wherever in the server it runs, and gives its record as it is then. It is named by its id,
   * or by the key that `run` or `stream` was given: that also while nothing is known of it yet.
   *
   * What comes with a key within 30 s of its cancelling is not run either, and is a `CancelledError`: it may have
   * been on its way. Use another key then, or cancel by the id.
   */
  cancel(which: string | { idempotencyKey: string }, options?: CallOptions): Promise<m.InferenceRecord>;
}

/** Provider tokens: stored encrypted by the server, never shown again. */
export interface Tokens {
  /** Gives all tokens, of each its last four characters. */
  list(options?: CallOptions): Listing<m.Token>;
  /** Stores a provider's token. Several of one provider share its calls. */
  add(
    provider: string,
    token: string,
    settings?: m.TokenSettings | null,
    options?: CallOptions,
  ): Promise<m.Token>;
  /** Changes what is given of the token of this id (`tok_…`): its name, weight, or itself. */
  update(tokenId: string, changes: m.TokenUpdate, options?: CallOptions): Promise<m.Token>;
  /** Puts another token in the place of the one of this id (`tok_…`). */
  replace(tokenId: string, token: string, options?: CallOptions): Promise<m.Token>;
  /** Removes a token. NotFoundError when there is none of this id. */
  remove(tokenId: string, options?: CallOptions): Promise<void>;
}

/** What may be spent, and what was. An admin's key changes them, any key may look. */
export interface Budgets {
  /** Gives the budgets, newest first. */
  list(asked?: ListQuery, options?: CallOptions): Listing<m.Budget>;
  /** Makes a budget of the inferences that begin from now on. */
  create(name: string, what: m.BudgetCreate, options?: CallOptions): Promise<m.Budget>;
  /** Gives a budget (`bud_…`) as it stands now. */
  get(budgetId: string, options?: CallOptions): Promise<m.Budget>;
  /**
   * Changes what is given of a budget. A lower limit may cross thresholds at once; a higher one takes the
   * crossings of the period back that are no longer reached.
   */
  update(budgetId: string, changes: m.BudgetUpdate, options?: CallOptions): Promise<m.Budget>;
  /** Deletes a budget. NotFoundError when there is none of this id. */
  delete(budgetId: string, options?: CallOptions): Promise<void>;
}

/**
 * Who is told of what happens. An admin's key changes them, any key may look. Who receives them needs no
 * client: `unwrap` of `@aistrale/sdk/webhooks`.
 */
export interface WebhookCalls {
  /** Gives the webhooks, newest first. */
  list(asked?: ListQuery, options?: CallOptions): Listing<m.Webhook>;
  /**
   * Makes a webhook of what happens from now on; its `secret` is shown this once.
   *
   * url: where events are posted to: `https`, with a public host; others are for the server's settings to allow.
   * events: the types that it gets, such as "inference.failed"; "*" alone for all.
   */
  create(
    url: string,
    events: m.EventType | "*" | readonly (m.EventType | "*")[],
    settings?: m.WebhookCreate | null,
    options?: CallOptions,
  ): Promise<m.Webhook>;
  /** Gives a webhook (`wh_…`) as it stands now. */
  get(webhookId: string, options?: CallOptions): Promise<m.Webhook>;
  /** Changes what is given of a webhook. */
  update(webhookId: string, changes: m.WebhookUpdate, options?: CallOptions): Promise<m.Webhook>;
  /** Deletes a webhook; what is on its way to it ends as failed. */
  delete(webhookId: string, options?: CallOptions): Promise<void>;
  /**
   * Gives a webhook another secret, made by the server unless given; it is shown this once. The old one signs
   * beside it for 24 hours, so that the receiver can be told.
   */
  rotateSecret(webhookId: string, secret?: string | null, options?: CallOptions): Promise<m.Webhook>;
  /**
   * Sends a sample event to a webhook, once, and gives what came of it, whatever it was; also to one that is
   * disabled. Without a type it is a "webhook.test".
   */
  test(webhookId: string, eventType?: m.EventType | null, options?: CallOptions): Promise<m.WebhookDelivery>;
  /** Sends again what failed, of events since then; gives how many are due now. ConflictError when it is disabled. */
  recover(webhookId: string, since: m.Moment, options?: CallOptions): Promise<number>;
}

/** Who is told of what happens, and what was sent to them. */
export interface Webhooks extends WebhookCalls {
  /** What was sent to them. */
  deliveries: WebhookDeliveries;
}

/** What was sent to webhooks. An admin's key sends again, any key may look. */
export interface WebhookDeliveries {
  /** Gives a webhook's deliveries, newest first. They are kept for 30 days after they ended. */
  list(webhookId: string, asked?: m.DeliveryQuery, options?: CallOptions): Listing<m.WebhookDelivery>;
  /** Gives a delivery (`dlv_…`) with its attempts and its event. */
  get(deliveryId: string, options?: CallOptions): Promise<m.WebhookDelivery>;
  /**
   * Sends again, at once; also what arrived already. ConflictError when its webhook is disabled or deleted, or
   * its event was deleted.
   */
  retry(deliveryId: string, options?: CallOptions): Promise<m.WebhookDelivery>;
}

/** What happens in the workspace. */
export interface Events {
  /**
   * Gives events as they happen, from now on and without an end. A lost connection is made again by itself, and
   * nothing is missed in between; `onDisconnect` and `onReconnect` are told. There is no deadline unless
   * `timeoutMs` is given.
   */
  stream(asked?: m.EventStreamQuery, options?: CallOptions): Feed<m.AistraleEvent>;
  /** Makes a sample event for who listens to a stream, and gives it. No webhook gets it. */
  test(eventType: m.EventType, options?: CallOptions): Promise<m.AistraleEvent>;
  /** Gives the types of events that there are. */
  types(options?: CallOptions): Listing<m.EventTypeInfo>;
}

/** Names of your own for models. An admin's key changes them, any key may look. */
export interface Aliases {
  /** Gives all aliases, by name. */
  list(options?: CallOptions): Listing<m.Alias>;
  /** Gives an alias. NotFoundError when there is none of this name. */
  get(name: string, options?: CallOptions): Promise<m.Alias>;
  /**
   * Has a name stand for a model from now on, whether it is new or stood for another. `fallbacks` are asked, in
   * this order, when the model cannot answer; at most 5.
   */
  set(
    name: string,
    model: string,
    fallbacks?: readonly string[] | null,
    options?: CallOptions,
  ): Promise<m.Alias>;
  /** Has a name stand for nothing. NotFoundError when there is none of this name. */
  delete(name: string, options?: CallOptions): Promise<void>;
}

/** The models whose prices or limits are known. Others can be run too. */
export interface Models {
  /** Gives the models, by provider. */
  list(asked?: m.ModelQuery, options?: CallOptions): Listing<m.CatalogueModel>;
}

/** The providers that the server knows, and how they have been answering. */
export interface Providers {
  /** Gives the providers. */
  list(options?: CallOptions): Listing<m.Provider>;
  /** Gives a provider. NotFoundError when the server knows none of this name. */
  get(name: string, options?: CallOptions): Promise<m.Provider>;
}

/** AISTRALE's own API keys, of the workspace. Only an admin's key handles them. */
export interface ApiKeys {
  /** Gives the keys, newest first, revoked ones too. */
  list(asked?: ListQuery, options?: CallOptions): Listing<m.ApiKey>;
  /** Makes a key. Its secret is in `key`, this once; its role is "member" unless chosen. */
  create(name: string, chosen?: m.ApiKeyCreate | null, options?: CallOptions): Promise<m.ApiKey>;
  /** Gives a key (`key_…`), without its secret. */
  get(keyId: string, options?: CallOptions): Promise<m.ApiKey>;
  /** Changes what is given of a key; null takes a limit away. */
  update(keyId: string, changes: m.ApiKeyUpdate, options?: CallOptions): Promise<m.ApiKey>;
  /** Revokes a key: it opens nothing any more. The list goes on showing it. */
  revoke(keyId: string, options?: CallOptions): Promise<void>;
}

/** Workspaces. The operator handles all of them, an admin the one of the key. */
export interface Workspaces {
  /** Gives the workspaces that the key may see. */
  list(asked?: ListQuery, options?: CallOptions): Listing<m.Workspace>;
  /** Makes a workspace. Only the operator may. */
  create(name: string, settings?: m.WorkspaceSettings | null, options?: CallOptions): Promise<m.Workspace>;
  /** Gives a workspace (`ws_…`). */
  get(workspaceId: string, options?: CallOptions): Promise<m.Workspace>;
  /** Changes what is given of a workspace; null takes a value away. */
  update(workspaceId: string, changes: m.WorkspaceUpdate, options?: CallOptions): Promise<m.Workspace>;
  /** Deletes a workspace and what is in it. Only the operator may. */
  delete(workspaceId: string, options?: CallOptions): Promise<void>;
}

/** Who changed what, in the workspace. */
export interface AuditLog {
  /** Gives changes, newest first. */
  list(asked?: m.AuditQuery, options?: CallOptions): Listing<m.AuditEntry>;
}

/** The server itself, and who asks. */
export interface Server {
  /** Gives whose API key this is, and the workspace it acts in. */
  whoami(options?: CallOptions): Promise<m.WhoAmI>;
  /** Gives the server's state. Needs no API key. */
  health(options?: CallOptions): Promise<m.Health>;
}

/** @internal */
export interface Resources {
  server: Server;
  prompts: Prompts;
  telemetry: Telemetry;
  inferences: Inferences;
  tokens: Tokens;
  budgets: Budgets;
  webhooks: WebhookCalls;
  deliveries: WebhookDeliveries;
  events: Events;
  aliases: Aliases;
  models: Models;
  providers: Providers;
  apiKeys: ApiKeys;
  workspaces: Workspaces;
  auditLog: AuditLog;
}
