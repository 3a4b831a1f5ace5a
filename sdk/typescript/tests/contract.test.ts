/**
 * The client against the contract: what one of them has and the other lacks is a failure here.
 *
 * What is left out on purpose stands in the tables below, each with its reason.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Aistrale, APIStatusError } from "@aistrale/sdk";
import * as sdk from "@aistrale/sdk";
import ts from "typescript";
import { parse } from "yaml";
import { PACKAGE, ROOT } from "./support.js";

const CONTRACT = parse(readFileSync(join(ROOT, "contract/openapi.yaml"), "utf8"));
const SCHEMAS = CONTRACT.components.schemas;

// ── this package's types, as its users' compilers see them ────────────────────────────────────────

const entry = join(PACKAGE, "lib/index.d.ts");
const program = ts.createProgram([entry], {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
});
const checker = program.getTypeChecker();
const types = new Map(
  checker
    .getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)!)!)
    .map((each) => [each.name, each]),
);

function typeOf(name: string): ts.Type {
  const found = types.get(name);
  assert.ok(found, `${name} is not exported`);
  return checker.getDeclaredTypeOfSymbol(found);
}

/** The properties of an exported type, by their wire names, with their types. */
function properties(name: string): Map<string, ts.Type> {
  return new Map(
    checker.getPropertiesOfType(typeOf(name)).map((each) => [
      snake(each.name),
      checker.getTypeOfSymbol(each),
    ]),
  );
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => "_" + letter.toLowerCase());
const camel = (name: string) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

/** The words that a type lists, of a list's items too. */
function wordsOfType(type: ts.Type): Set<string> {
  const found = new Set<string>();
  const visit = (each: ts.Type): void => {
    if (each.isUnion()) each.types.forEach(visit);
    else if (each.isStringLiteral()) found.add(each.value);
    else if (checker.isArrayType(each)) checker.getTypeArguments(each as ts.TypeReference).forEach(visit);
  };
  visit(type);
  return found;
}

// ── the contract's schemas ────────────────────────────────────────────────────────────────────────

function find(reference: string): any {
  return reference.slice(2).split("/").reduce((at, name) => at[name], CONTRACT);
}

/** A schema without its references; of several forms, the one that is not null. */
function resolved(schema: any): any {
  if (schema?.$ref) return resolved(find(schema.$ref));
  const forms = (schema?.oneOf ?? schema?.anyOf)?.map(resolved).filter((each: any) => each.type != "null");
  return forms?.length == 1 && !schema.properties ? forms[0] : schema;
}

/** All properties, those of what it is made of too. */
function propertiesOf(schema: any): Record<string, any> {
  schema = resolved(schema);
  const found: Record<string, any> = { ...schema?.properties };
  for (const each of schema?.allOf ?? []) Object.assign(found, propertiesOf(each));
  for (const each of schema?.oneOf ?? []) {
    for (const [name, value] of Object.entries(propertiesOf(each))) found[name] ??= value;
  }
  return found;
}

/** The words of a property, in all forms that its object can have. */
function wordsOfProperty(schema: any, name: string): Set<string> {
  schema = resolved(schema);
  const parts = [...(schema?.allOf ?? []), ...(schema?.oneOf ?? [])].flatMap((each) => [...wordsOfProperty(each, name)]);
  return new Set([...words(schema?.properties?.[name]), ...parts]);
}

/** The words that a schema lists, of a list's items too. */
function words(schema: any): Set<string> {
  schema = resolved(schema) ?? {};
  const found = [...(schema.enum ?? []), ...(schema["x-extensible-enum"] ?? [])];
  for (const each of [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])]) found.push(...words(each));
  if (schema.items) found.push(...words(schema.items));
  return new Set(found.filter((each) => typeof each == "string"));
}

const sorted = (values: Iterable<string>) => [...values].sort();

// ── operations ────────────────────────────────────────────────────────────────────────────────────

const OPERATIONS_LEFT_OUT: Record<string, string> = {
  createChatCompletion: "/v1 is for the programs of OpenAI's own client",
  createMessage: "/v1 is for the programs of Anthropic's own client",
  countMessageTokens: "/v1 is for the programs of Anthropic's own client",
  listModels: "/v1 is for the programs of OpenAI's own client",
  getModel: "/v1 is for the programs of OpenAI's own client",
  getProviderModel: "/v1 is for the programs of OpenAI's own client",
  getReadiness: "is for load balancers",
  getContract: "is for machines that make clients",
  getMetrics: "is for Prometheus",
  getReference: "is for people with a browser",
  getReferenceFile: "is for people with a browser",
};

/** Stands for an object with everything in it that this exported type has, but for `without`. */
class Of {
  constructor(
    readonly type: string,
    readonly without: readonly string[] = [],
    readonly more: Record<string, unknown> = {},
  ) {}
}

interface Covered {
  method: string;
  args?: unknown[];
  /** Names of the contract that this one call does not send, each with its reason. */
  beside?: Record<string, string>;
}

const CALL = checker.getPropertiesOfType(typeOf("CallOptions")).map((each) => each.name);
const CONTENT = { messages: "is instead of `text`; the test of prompts sends it" };
const CHANGE = { ifMatch: 1 };

const OPERATIONS: Record<string, Covered> = {
  runInference: {
    method: "run",
    args: ["hi", new Of("RunOptions", ["messages", "promptRef", "variables", "maxRounds"])],
    beside: {
      messages: "is instead of a prompt; the scenarios send it",
      prompt_ref: "is instead of a prompt; the scenarios send it",
      stream: "`stream()` sends it",
      traceparent: "is a header that a framework sets: `headers`",
      "last-event-id": "a stream that goes on sends it",
    },
  },
  getInference: { method: "inferences.get", args: ["inf_1"] },
  cancelInference: { method: "inferences.cancel", args: ["inf_1"] },
  cancelInferenceByKey: { method: "inferences.cancel", args: [{ idempotencyKey: "job-7" }] },
  listTelemetry: { method: "telemetry.list", args: [new Of("TelemetryQuery")] },
  getTelemetrySummary: { method: "telemetry.summary", args: [new Of("SummaryQuery")] },
  streamTelemetry: { method: "telemetry.stream", args: [new Of("TelemetryStreamQuery")] },
  exportTelemetry: { method: "telemetry.export", args: ["csv", new Of("TelemetryFilters")] },
  addSpans: { method: "telemetry.addSpans", args: [[{ traceId: "t" }]] },
  deleteUserTelemetry: { method: "telemetry.deleteUser", args: ["ada"] },
  listTraces: { method: "telemetry.traces", args: [new Of("TraceQuery")] },
  getTrace: { method: "telemetry.trace", args: ["t", new Of("ListQuery")] },
  listPrompts: { method: "prompts.list", args: [new Of("PromptQuery")] },
  createPrompt: { method: "prompts.create", args: ["a", new Of("PromptCreate", ["messages"])], beside: CONTENT },
  getPrompt: { method: "prompts.get", args: ["a"] },
  updatePrompt: { method: "prompts.update", args: ["a", { description: "b" }, CHANGE] },
  deletePrompt: { method: "prompts.delete", args: ["a", CHANGE] },
  listPromptVersions: { method: "prompts.versions", args: ["a", new Of("ListQuery")] },
  createPromptVersion: {
    method: "prompts.createVersion",
    args: ["a", new Of("PromptVersionCreate", ["messages"]), CHANGE],
    beside: CONTENT,
  },
  getPromptVersion: { method: "prompts.getVersion", args: ["a", 1] },
  setPromptLabel: { method: "prompts.setLabel", args: ["a", "b", 1, CHANGE] },
  deletePromptLabel: { method: "prompts.removeLabel", args: ["a", "b", CHANGE] },
  renderPrompt: {
    method: "prompts.render",
    args: ["a@1", { b: "c" }],
    beside: { label: "is instead of `version`; the scenarios send it" },
  },
  diffPromptVersions: { method: "prompts.diff", args: ["a", 1, "production"] },
  getPromptFile: {
    method: "prompts.exportDotprompt",
    args: ["a@1"],
    beside: { label: "is instead of `version`; as in render" },
  },
  putPromptFile: { method: "prompts.importDotprompt", args: ["a", "b", CHANGE] },
  listProviders: { method: "providers.list" },
  getProvider: { method: "providers.get", args: ["openai"] },
  listTokens: { method: "tokens.list" },
  createToken: { method: "tokens.add", args: ["openai", "sk", new Of("TokenSettings")] },
  updateToken: { method: "tokens.update", args: ["tok_1", new Of("TokenUpdate")] },
  deleteToken: { method: "tokens.remove", args: ["tok_1"] },
  listCatalogue: { method: "models.list", args: [new Of("ModelQuery")] },
  listAliases: { method: "aliases.list" },
  getAlias: { method: "aliases.get", args: ["fast"] },
  setAlias: { method: "aliases.set", args: ["fast", "openai/gpt-4o", ["a/b"]] },
  deleteAlias: { method: "aliases.delete", args: ["fast"] },
  listBudgets: { method: "budgets.list", args: [new Of("ListQuery")] },
  createBudget: { method: "budgets.create", args: ["a", new Of("BudgetCreate")] },
  getBudget: { method: "budgets.get", args: ["bud_1"] },
  updateBudget: { method: "budgets.update", args: ["bud_1", new Of("BudgetUpdate")] },
  deleteBudget: { method: "budgets.delete", args: ["bud_1"] },
  listWebhooks: { method: "webhooks.list", args: [new Of("ListQuery")] },
  createWebhook: {
    method: "webhooks.create",
    args: ["https://a.example", "inference.failed", new Of("WebhookCreate")],
  },
  getWebhook: { method: "webhooks.get", args: ["wh_1"] },
  updateWebhook: { method: "webhooks.update", args: ["wh_1", new Of("WebhookUpdate")] },
  deleteWebhook: { method: "webhooks.delete", args: ["wh_1"] },
  rotateWebhookSecret: { method: "webhooks.rotateSecret", args: ["wh_1", "whsec_a"] },
  testWebhook: { method: "webhooks.test", args: ["wh_1", "inference.failed"] },
  recoverWebhook: { method: "webhooks.recover", args: ["wh_1", "2026-11-25T08:00:00Z"] },
  listWebhookDeliveries: { method: "webhooks.deliveries.list", args: ["wh_1", new Of("DeliveryQuery")] },
  getWebhookDelivery: { method: "webhooks.deliveries.get", args: ["dlv_1"] },
  retryWebhookDelivery: { method: "webhooks.deliveries.retry", args: ["dlv_1"] },
  listWebhookEventTypes: { method: "events.types" },
  streamEvents: {
    method: "events.stream",
    args: [new Of("EventStreamQuery", ["onDisconnect", "onReconnect"])],
  },
  sendTestEvent: { method: "events.test", args: ["webhook.test"] },
  getWhoami: { method: "whoami" },
  listWorkspaces: { method: "workspaces.list", args: [new Of("ListQuery")] },
  createWorkspace: { method: "workspaces.create", args: ["a", new Of("WorkspaceSettings")] },
  getWorkspace: { method: "workspaces.get", args: ["ws_1"] },
  updateWorkspace: { method: "workspaces.update", args: ["ws_1", new Of("WorkspaceUpdate")] },
  deleteWorkspace: { method: "workspaces.delete", args: ["ws_1"] },
  listApiKeys: { method: "apiKeys.list", args: [new Of("ListQuery")] },
  createApiKey: { method: "apiKeys.create", args: ["a", new Of("ApiKeyCreate")] },
  getApiKey: { method: "apiKeys.get", args: ["key_1"] },
  updateApiKey: { method: "apiKeys.update", args: ["key_1", new Of("ApiKeyUpdate")] },
  revokeApiKey: { method: "apiKeys.revoke", args: ["key_1"] },
  listAuditEntries: { method: "auditLog.list", args: [new Of("AuditQuery")] },
  getHealth: { method: "health" },
};

const METHODS_ALONE: Record<string, string> = {
  stream: "`run`'s other form",
  session: "keeps a conversation and runs its turns",
  loadSession: "goes on with one",
  "tokens.replace": "`tokens.update` with a token alone",
  "prompts.load": "`prompts.getVersion`, kept",
};

const THEIRS = new Map<string, { method: string; path: string; whole: any }>();
for (const [path, item] of Object.entries<any>(CONTRACT.paths)) {
  for (const method of ["get", "put", "post", "delete", "patch"]) {
    if (!item[method]) continue;
    const parameters = [...(item.parameters ?? []), ...(item[method].parameters ?? [])];
    const whole = { ...item[method], parameters: parameters.map(resolved) };
    THEIRS.set(whole.operationId, { method: method.toUpperCase(), path, whole });
  }
}

test("every operation is here, or left out for a reason", () => {
  assert.deepEqual(sorted([...Object.keys(OPERATIONS), ...Object.keys(OPERATIONS_LEFT_OUT)]), sorted(THEIRS.keys()));
});

const SAMPLES: Record<string, unknown> = {
  metadata: { team: "x" },
  providerOptions: {},
  responseFormat: {},
  tools: [{ type: "function", function: { name: "f" } }],
  scope: { type: "workspace" },
  filter: { metadata: {} },
  headers: { a: "b" },
  settings: { seed: 1 },
  variables: [{ name: "who" }],
  resumable: true,
  messages: [{ role: "user", content: "hi" }],
};

/** A value for every property of a type. */
function sample({ type, without, more }: Of): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const each of checker.getPropertiesOfType(typeOf(type))) {
    const { name } = each;
    if (without.includes(name) || (type == "RunOptions" && CALL.includes(name))) continue;
    const kinds = checker.getTypeOfSymbol(each);
    const some = (flag: ts.TypeFlags): boolean =>
      (kinds.isUnion() ? kinds.types : [kinds]).some((one) => one.flags & flag);
    found[name] =
      SAMPLES[name] ??
      (some(ts.TypeFlags.Number) ? 1 : some(ts.TypeFlags.BooleanLike) ? true : name == "stop" ? "a" : name);
  }
  return { ...found, ...more };
}

/** Makes the call on a server that refuses it; gives what was sent. */
async function sent({ method, args = [] }: Covered): Promise<{ url: URL; init: any }> {
  let found: { url: URL; init: any } | undefined;
  const client: any = new Aistrale({
    apiUrl: "http://server.example",
    apiKey: "ais_x",
    maxRetries: 0,
    fetch: async (url, init) => {
      found ??= { url: new URL(url), init };
      return new Response("{}", { status: 400, headers: { "content-type": "application/json" } });
    },
  });
  const path = method.split(".");
  const owner = path.slice(0, -1).reduce((at, name) => at[name], client);
  const given = args.map((each) => (each instanceof Of ? sample(each) : each));
  await assert.rejects(async () => {
    const result = await owner[path.at(-1)!](...given);
    for await (const _ of result) assert.fail("it gave something");
  }, APIStatusError);
  return found!;
}

for (const [id, covered] of Object.entries(OPERATIONS)) {
  test(`${id} sends what the contract has`, async () => {
    const { method, path, whole } = THEIRS.get(id)!;
    const { url, init } = await sent(covered);
    const beside = Object.keys(covered.beside ?? {});
    const without = (names: Iterable<string>) => sorted([...names].filter((name) => !beside.includes(name)));
    assert.equal(init.method, method);
    assert.match(url.pathname, new RegExp("^" + path.replace(/\{\w+\}/g, "[^/]+") + "$"));
    const query = new Set([...url.searchParams.keys()].map((name) => name.split(".")[0]!));
    const named = (place: string) =>
      whole.parameters.filter((each: any) => each.in == place).map((each: any) => each.name.split(".")[0]);
    assert.deepEqual(sorted(query), without(named("query")));
    const headers = named("header").map((name: string) => name.toLowerCase());
    const known = ["if-match", "last-event-id", "idempotency-key"];
    assert.deepEqual(
      known.filter((name) => name in init.headers),
      known.filter((name) => without(headers).includes(name)),
    );
    const content = resolved(whole.requestBody ?? {}).content ?? {};
    if (content["application/json"]) {
      const theirs = propertiesOf(content["application/json"].schema);
      assert.deepEqual(sorted(Object.keys(JSON.parse(init.body))), without(Object.keys(theirs)));
      assert.equal(init.headers["content-type"], "application/json");
    } else if (Object.keys(content).length) {
      assert.ok(init.headers["content-type"].split(";")[0] in content);
    } else {
      assert.equal(init.body, undefined);
    }
    const kinds = Object.values<any>(whole.responses).flatMap((each) => Object.keys(resolved(each).content ?? {}));
    for (const kind of init.headers.accept.split(",")) {
      assert.ok(kinds.includes(kind.trim()) || whole.responses["204"], kind);
    }
  });
}

test("no method is without an operation", () => {
  const methods = new Set<string>();
  const visit = (type: ts.Type, prefix: string): void => {
    for (const each of checker.getPropertiesOfType(type)) {
      const own = checker.getTypeOfSymbol(each);
      if (own.getCallSignatures().length) methods.add(prefix + each.name);
      else if (!(own.flags & ts.TypeFlags.StringLike)) visit(own, `${prefix}${each.name}.`);
    }
  };
  visit(typeOf("Aistrale"), "");
  const covered = Object.values(OPERATIONS).map((each) => each.method);
  assert.deepEqual(sorted(methods), sorted([...new Set(covered), ...Object.keys(METHODS_ALONE)]));
});

test("the module has the client's methods and resources, webhooks aside", () => {
  const client = new Aistrale({ apiUrl: "http://a.example" });
  const own = ["apiUrl", "webhooks"];
  const names = [...Object.keys(client), "session", "loadSession"].filter((name) => !own.includes(name));
  for (const name of names) assert.ok(name in sdk, name);
});

// ── properties ────────────────────────────────────────────────────────────────────────────────────

interface Mapped {
  type: string | null;
  /** Theirs by ours where they differ. */
  names?: Record<string, string>;
  /** Names that only one has, each with its reason. */
  theirs?: Record<string, string>;
  ours?: Record<string, string>;
}

const CONTENT_LATER = { content: "comes with GET /inferences/{id} alone" };
const SENT = "the test of its operation sends it";

const SCHEMAS_LEFT_OUT: Record<string, string> = {
  ChatCompletionRequest: "/v1",
  ChatCompletion: "/v1",
  ChatCompletionUsage: "/v1",
  ChatCompletionChunk: "/v1",
  Model: "/v1",
  ModelList: "/v1",
  OpenAiError: "/v1",
  AnthropicMessageRequest: "/v1",
  AnthropicMessage: "/v1",
  AnthropicUsage: "/v1",
  AnthropicMessageStart: "/v1",
  AnthropicContentBlockStart: "/v1",
  AnthropicContentBlockDelta: "/v1",
  AnthropicContentBlockStop: "/v1",
  AnthropicMessageDelta: "/v1",
  AnthropicMessageStop: "/v1",
  AnthropicCountTokensRequest: "/v1",
  AnthropicTokenCount: "/v1",
  AnthropicModel: "/v1",
  AnthropicModelList: "/v1",
  AnthropicError: "/v1",
  Part: "parts are in OpenAI's own shape",
  TextPart: "parts are in OpenAI's own shape",
  ImagePart: "parts are in OpenAI's own shape",
  OtherPart: "parts are in OpenAI's own shape",
  Message: "it is one of the three below",
  ToolChoice: "is in OpenAI's own shape",
  ResponseFormat: "is in OpenAI's own shape",
  RunRequest: SENT,
  SpanBatch: SENT,
  PromptCreate: SENT,
  PromptVersionCreate: SENT,
  RenderRequest: SENT,
  TokenCreate: SENT,
  TokenUpdate: SENT,
  BudgetCreate: SENT,
  BudgetUpdate: SENT,
  WebhookCreate: SENT,
  WebhookUpdate: SENT,
  WebhookSecretRotation: SENT,
  WebhookTest: SENT,
  WebhookRecovery: SENT,
  WebhookRecovered: "is the number alone",
  EventTest: SENT,
  AliasSet: SENT,
  WorkspaceCreate: SENT,
  WorkspaceUpdate: SENT,
  ApiKeyCreate: SENT,
  ApiKeyUpdate: SENT,
};

const MESSAGE = {
  cache_control: "goes through as it is",
  name: "goes through as it is",
  refusal: "is kept under its own name, null too, and goes back as it came",
};
const RESULT = { tool_call_id: "of a tool's result" };
const ASSISTANT = { tool_calls: "of an assistant's message", thinking_blocks: "likewise", reasoning_content: "likewise" };

const TYPES: Record<string, Mapped> = {
  PromptRef: { type: "PromptRef" },
  SaidMessage: { type: "Message", theirs: MESSAGE, ours: { ...RESULT, ...ASSISTANT } },
  AssistantMessage: { type: "Message", theirs: MESSAGE, ours: RESULT },
  ToolMessage: { type: "Message", theirs: MESSAGE, ours: ASSISTANT },
  AnswerMessage: { type: "Message", theirs: MESSAGE, ours: RESULT },
  Tool: { type: "ToolDefinition", theirs: { cache_control: "goes through as it is" } },
  "Tool/function": {
    type: null,
    theirs: {
      name: "of a `ToolDefinition`'s function",
      description: "likewise",
      parameters: "likewise",
      strict: "likewise",
      cache_control: "goes through as it is",
    },
  },
  ThinkingBlock: { type: "ThinkingBlock" },
  ToolCall: {
    type: "ToolCall",
    theirs: {
      function: "its two fields are the call's own: ToolCall/function",
      extra_content: "is opaque; it is kept under its own name and goes back from there",
    },
    ours: { name: "of ToolCall/function", arguments: "likewise" },
  },
  "AnswerMessage/content": { type: null, theirs: { type: "parts are in OpenAI's own shape" } },
  "ToolCall/function": { type: "ToolCall", ours: { id: "of ToolCall", type: "likewise" } },
  Answer: {
    type: "Inference",
    ours: { rounds: "of several inferences", total_cost_usd: "likewise", to_string: "is its text" },
  },
  Delta: {
    type: null,
    theirs: { text: "`TextDelta`", thinking: "`ThinkingDelta`", tool_call: "`ToolCallDelta`" },
  },
  "Delta/tool_call": {
    type: "ToolCallDelta",
    names: { call_id: "id" },
    ours: { id: "is the event's id, as every event has it", type: "says what it is" },
  },
  Usage: { type: "Usage" },
  Attempt: { type: "Attempt" },
  PromptUse: { type: "PromptUse" },
  InferenceFailure: { type: "RecordedError" },
  Inference: { type: "InferenceRecord", ours: CONTENT_LATER },
  InferenceWithContent: { type: "InferenceRecord" },
  "InferenceWithContent/content": { type: "RecordedContent" },
  Percentiles: { type: "Percentiles" },
  TelemetrySummary: { type: "TelemetrySummary" },
  SummaryGroup: { type: "SummaryGroup" },
  SpanCreate: { type: "SpanCreate" },
  Span: { type: "Span" },
  Trace: { type: "Trace" },
  TraceDetail: { type: "TraceDetail" },
  Variable: { type: "PromptVariable" },
  PromptSettings: { type: "PromptSettings" },
  Prompt: { type: "Prompt" },
  PromptVersion: { type: "PromptVersion" },
  "PromptVersion/variables": { type: "PromptVariable" },
  RenderedPrompt: { type: "RenderedPrompt" },
  PromptDiff: { type: "PromptDiff", names: { from_version: "from", to_version: "to" } },
  "PromptDiff/changes": { type: "PromptChange" },
  Provider: { type: "Provider" },
  ProviderHealth: { type: "ProviderHealth" },
  ProviderLastFailure: { type: "ProviderLastFailure" },
  ProviderCircuit: { type: "ProviderCircuit" },
  ProviderTokens: { type: "ProviderTokens" },
  CatalogueModel: { type: "CatalogueModel" },
  Alias: { type: "Alias" },
  Budget: { type: "Budget" },
  BudgetScope: { type: "BudgetScope" },
  BudgetScopeSet: { type: "BudgetScope" },
  BudgetState: { type: "BudgetState" },
  BudgetCrossing: { type: "BudgetCrossing" },
  Webhook: { type: "Webhook", ours: { secret: "comes with a new one alone" } },
  NewWebhook: { type: "Webhook" },
  WebhookFilter: { type: "WebhookFilter" },
  WebhookFilterSet: { type: "WebhookFilter" },
  WebhookHeader: { type: "WebhookHeader" },
  WebhookDelivery: {
    type: "WebhookDelivery",
    ours: { attempts: "comes with GET /webhook-deliveries/{id} alone", payload: "likewise" },
  },
  WebhookDeliveryWithAttempts: { type: "WebhookDelivery" },
  WebhookAttempt: { type: "WebhookAttempt" },
  WebhookEventType: { type: "EventTypeInfo" },
  Event: { type: "AistraleEvent" },
  Token: { type: "Token" },
  Whoami: { type: "WhoAmI" },
  "Whoami/workspace": { type: "WorkspaceName" },
  Workspace: { type: "Workspace" },
  ApiKey: { type: "ApiKey", ours: { key: "comes with a new key alone" } },
  NewApiKey: { type: "ApiKey" },
  AuditEntry: { type: "AuditEntry" },
  "AuditEntry/actor": { type: "AuditActor" },
  "AuditEntry/target": { type: "AuditTarget" },
  Problem: {
    type: "StatusFields",
    theirs: {
      type: "says nothing", title: "is part of the message", detail: "is part of the message",
      retry_after_ms: "of a stream's event; an answer has it in a header",
    },
    ours: { body: "is all of it", limits: "are headers", retry_after_ms: "is a header, or the event's" },
  },
  "Problem/errors": { type: null, theirs: { pointer: "of `errors`", detail: "likewise" } },
};

/** Every object with properties that the contract names: schemas, and what is inside of them. */
function places(): Map<string, any> {
  const found = new Map<string, any>();
  const inner = (name: string, schema: any): void => {
    for (const [field, each] of Object.entries<any>(schema.properties ?? {})) {
      if (each.$ref) continue;
      const item = each.type == "array" || each.items ? each.items : each;
      if (item && !item.$ref && item.properties) found.set(`${name}/${field}`, item);
    }
  };
  for (const [name, schema] of Object.entries<any>(SCHEMAS)) {
    if (Object.keys(propertiesOf(schema)).length) found.set(name, schema);
    inner(name, schema);
    for (const each of schema.allOf ?? []) if (!each.$ref) inner(name, each);
  }
  return found;
}

const PLACES = places();
const isPage = (schema: any) => {
  const names = Object.keys(propertiesOf(schema));
  return names.includes("data") && names.includes("next_cursor");
};

test("every schema is here, or left out for a reason", () => {
  const theirs = [...PLACES.keys()].filter((name) => {
    const [owner] = name.split("/") as [string];
    return !isPage(PLACES.get(name)) && (!name.includes("/") || name in TYPES || !(owner in SCHEMAS_LEFT_OUT));
  });
  const known = [...Object.keys(TYPES), ...Object.keys(SCHEMAS_LEFT_OUT)].filter((name) => PLACES.has(name));
  assert.deepEqual(sorted(theirs), sorted(known));
});

for (const [place, mapped] of Object.entries(TYPES)) {
  test(`${place} has the contract's properties`, () => {
    const theirs = Object.keys(propertiesOf(PLACES.get(place))).filter((name) => !(name in (mapped.theirs ?? {})));
    const ours = [...(mapped.type ? properties(mapped.type).keys() : [])].filter(
      (name) => !(name in (mapped.ours ?? {})),
    );
    assert.deepEqual(sorted(ours.map((name) => mapped.names?.[name] ?? name)), sorted(theirs));
  });
}

// ── words ─────────────────────────────────────────────────────────────────────────────────────────

const NOT_LISTED: Record<string, string> = {
  "Problem.code": "the test of error codes",
  "InferenceFailure.code": "the test of error codes",
  "ProviderLastFailure.code": "the test of error codes",
};

for (const [place, mapped] of Object.entries(TYPES)) {
  for (const name of Object.keys(propertiesOf(PLACES.get(place)))) {
    const theirs = wordsOfProperty(PLACES.get(place), name);
    if (!theirs.size || !mapped.type || name in (mapped.theirs ?? {}) || `${place}.${name}` in NOT_LISTED) continue;
    test(`${place}.${name} lists the contract's words`, () => {
      const ours = Object.entries(mapped.names ?? {}).find((pair) => pair[1] == name)?.[0] ?? name;
      const type = properties(mapped.type!).get(ours)!;
      const own = wordsOfType(type);
      own.delete("*");
      theirs.delete("*");
      const all = mapped.type == "Message" && name == "role";
      assert.deepEqual(
        sorted(all ? [...own].filter((word) => theirs.has(word)) : own),
        sorted(theirs),
      );
    });
  }
}

for (const id of ["listTelemetry", "getTelemetrySummary", "createApiKey", "updateBudget", "runInference", "listWebhookDeliveries"]) {
  test(`what ${id} takes lists the contract's words`, () => {
    const { whole } = THEIRS.get(id)!;
    const type = OPERATIONS[id]!.args!.find((each): each is Of => each instanceof Of)!.type;
    const own = properties(type);
    const body = resolved(whole.requestBody ?? {}).content?.["application/json"]?.schema;
    const schemas = Object.entries<any>(propertiesOf(body)).concat(
      whole.parameters.map((each: any) => [each.name, each.schema]),
    );
    let some = 0;
    for (const [name, schema] of schemas) {
      const theirs = words(schema);
      if (!theirs.size || !own.has(name)) continue;
      some++;
      const ours = [...wordsOfType(own.get(name)!)];
      assert.deepEqual(sorted(ours), sorted(theirs), name);
    }
    assert.ok(some);
  });
}

test("every error code has its class, by the catalogue", async () => {
  const catalogue = parse(readFileSync(join(ROOT, "contract/problems.yaml"), "utf8")).problems;
  assert.deepEqual(sorted(catalogue.map((each: any) => each.code)), sorted(words(SCHEMAS.ProblemCode)));
  for (const { code, status, exception } of catalogue) {
    const body = JSON.stringify({ code, status, detail: "what happened" });
    const client = new Aistrale({
      apiUrl: "http://a.example",
      maxRetries: 0,
      fetch: async () => new Response(body, { status }),
    });
    const error: any = await client.whoami().catch((why) => why);
    assert.equal(error.name, exception, code);
    assert.ok(error instanceof (sdk as any)[exception], code);
    assert.deepEqual([error.code, error.status], [code, status]);
  }
});

test("every event of a stream is known", () => {
  const events: Record<string, string[]> = {};
  for (const [id, { whole }] of THEIRS) {
    for (const content of Object.values<any>(whole.responses["200"]?.content ?? {})) {
      if (content["x-sse-events"] && !(id in OPERATIONS_LEFT_OUT)) {
        const named = content["x-sse-events"];
        events[id] = sorted(Array.isArray(named) ? named : Object.keys(named));
      }
    }
  }
  assert.deepEqual(events, {
    runInference: ["completed", "delta", "error"],
    streamTelemetry: ["error", "inference"],
    streamEvents: sorted([...EVENTS.keys(), "error"]),
  });
});

// ── what events hold ──────────────────────────────────────────────────────────────────────────────

const FOLDER = join(ROOT, "contract/events");
const EVENT_SCHEMAS = new Map(
  readdirSync(FOLDER).map((file) => [file.replace(/\.json$/, ""), JSON.parse(readFileSync(join(FOLDER, file), "utf8"))]),
);
const EVENTS = new Map(
  checker.getPropertiesOfType(typeOf("EventDataByType")).map((each) => [each.name, checker.getTypeOfSymbol(each)]),
);

test("every type of event has its type", () => {
  assert.deepEqual(sorted(EVENTS.keys()), sorted(EVENT_SCHEMAS.keys()));
  assert.deepEqual(sorted(EVENTS.keys()), sorted(words(SCHEMAS.EventTypeName)));
  const listed = checker.getDeclaredTypeOfSymbol(types.get("EventType")!);
  assert.deepEqual(sorted(wordsOfType(listed)), sorted(EVENTS.keys()));
});

for (const [kind, type] of EVENTS) {
  test(`${kind} has the properties and words of its schema`, () => {
    const schema = EVENT_SCHEMAS.get(kind).properties;
    const own = new Map(
      checker.getPropertiesOfType(type).map((each) => [snake(each.name), checker.getTypeOfSymbol(each)]),
    );
    assert.deepEqual(sorted(own.keys()), sorted(Object.keys(schema.data.properties)));
    assert.deepEqual(sorted(properties("AistraleEvent").keys()), sorted(Object.keys(schema)));
    for (const [name, each] of Object.entries<any>(schema.data.properties)) {
      const theirs = words(each);
      const ours = wordsOfType(own.get(name)!);
      for (const word of theirs) assert.ok(ours.has(word), `${name}: ${word}`);
    }
  });
}

void camel;
