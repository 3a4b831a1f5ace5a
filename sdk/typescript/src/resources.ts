/** What the resources do; what they are is in `surface.ts`. */
import { API, type Core, type Headers, perform, type Request } from "./call.js";
import { exported, live } from "./feeds.js";
import { referred } from "./infer.js";
import { camel, having, snake, write } from "./json.js";
import { APIError } from "./errors.js";
import type { ChangeOptions } from "./records.js";
import { render } from "./turns.js";
import type { Resources } from "./surface.js";
import type { CallOptions, Feed, Listing } from "./types.js";

type Query = Record<string, unknown>;
type Decode<T> = (value: any) => T;

/** Gives the API's path of these segments. TypeError if one is empty: the path would be another resource's. */
function path(...segments: (string | number)[]): string {
  return segments.reduce<string>((whole, each) => {
    if ((typeof each != "string" && typeof each != "number") || /^\.{0,2}$/.test("" + each)) {
      throw new TypeError(`an id or a name is missing: ${JSON.stringify(each)}`);
    }
    return `${whole}/${encodeURIComponent(each)}`;
  }, API);
}

/** Gives the query with its question mark, "" when nothing is asked. */
function query(asked: Query): string {
  const pairs: string[] = [];
  const add = (name: string, value: any): void => {
    if (value == null) return;
    const text = value instanceof Date ? value.toISOString() : value;
    pairs.push(`${name}=${encodeURIComponent(Array.isArray(text) ? text.join(",") : text)}`);
  };
  for (const [name, value] of Object.entries(asked)) {
    if (name == "metadata") {
      for (const [key, item] of Object.entries(value ?? {})) {
        add("metadata." + encodeURIComponent(key), item);
      }
    } else {
      add(name.replace(/[A-Z]/g, (letter) => "_" + letter.toLowerCase()), value);
    }
  }
  return pairs.length ? "?" + pairs.join("&") : "";
}

const withId = having("id");
const withName = having("name");
const nothing = () => {};

function read<T>(core: Core, at: string, options: CallOptions | undefined, decode: Decode<T>): Promise<T> {
  const request = { method: "GET", path: at, repeatable: true };
  return perform(core, request, options ?? {}, decode);
}

interface Sending<T> {
  method?: string;
  body?: object;
  /** A body that is text as it is. */
  text?: string;
  headers?: Headers;
  decode: Decode<T>;
  /** Doing it twice is doing it once; a precondition ends that. */
  repeatable?: boolean;
}

function send<T>(
  core: Core,
  at: string,
  options: ChangeOptions | undefined,
  { method = "POST", body, text, headers, decode, repeatable }: Sending<T>,
): Promise<T> {
  const { ifMatch, ...rest } = options ?? {};
  const tag = "" + ifMatch;
  const precondition: Record<string, string> =
    ifMatch == null ? {} : { "if-match": /^("|W\/|\*)/.test(tag) ? tag : `"${tag}"` };
  if (text != null) precondition["content-type"] = "text/plain; charset=utf-8";
  const request: Request = {
    method,
    path: at,
    headers: { ...headers, ...precondition },
    repeatable: !!repeatable && ifMatch == null,
  };
  if (body || text != null) request.body = text ?? write(body);
  return perform(core, request, rest, decode);
}

/** Removes. It is not repeated: a second one would find nothing. */
function remove(core: Core, at: string, options?: ChangeOptions): Promise<void> {
  return send(core, at, options, { method: "DELETE", decode: nothing });
}

/** Gives a list; a cursor that comes twice would be followed for ever. */
function listing<T>(
  core: Core,
  at: string,
  asked: object | undefined | null,
  options: CallOptions | undefined,
  decode: Decode<T>,
): Listing<T> {
  const fetched = (cursor: unknown) =>
    read(core, at + query({ ...asked, cursor }), options, (value) => {
      if (!Array.isArray(value?.data)) throw new Error("list.data is missing");
      const nextCursor: string | null = value.next_cursor ?? null;
      return { data: value.data.map(decode) as T[], nextCursor };
    });
  async function* pages() {
    const seen = new Set<unknown>();
    let cursor = (asked as { cursor?: unknown } | undefined)?.cursor;
    do {
      seen.add(cursor);
      const page = await fetched(cursor);
      yield page;
      cursor = page.nextCursor;
      if (cursor != null && seen.has(cursor)) {
        throw new APIError(`the server's list gives the cursor "${cursor}" twice: it has no end`);
      }
    } while (cursor != null);
  }
  async function* items() {
    for await (const page of pages()) yield* page.data;
  }
  return {
    pages,
    [Symbol.asyncIterator]: items,
    async all() {
      const all: T[] = [];
      for await (const item of items()) all.push(item);
      return all;
    },
  };
}

/** Has a loaded prompt asked for again when it was changed, also where that failed: it may have been done. */
function changing<T>(core: Core, name: string, change: Promise<T>): Promise<T> {
  return change.finally(async () => (await import("./loaded.js")).changed(core, name));
}

/** One type alone is a list of one. */
function settled({ events, ...rest }: any): object {
  return { ...snake(rest), ...(events != null && { events: [events].flat() }) };
}

const versionName = (prompt: any) => (prompt?.name ? `${prompt.name}@${prompt.version}` : prompt);

/** How many spans one request carries; more are sent in several. */
const MOST_SPANS = 1000;

const reading = (at: string, accept: string, lastEventId?: string | null): Request => ({
  method: "GET",
  path: at,
  headers: { accept, ...(lastEventId != null && { "last-event-id": lastEventId }) },
  repeatable: true,
});

const SSE = "text/event-stream";

export const resources: { [Name in keyof Resources]: (core: Core) => Resources[Name] } = {
  prompts: (core) => ({
    list: (asked, o) => listing(core, path("prompts"), asked, o, withName),
    get: (name, o) => read(core, path("prompts", name), o, withName),
    create: (name, content, o) =>
      send(core, path("prompts"), o, { body: { name, ...snake(content) }, decode: withName }),
    update: (name, changes, o) =>
      send(core, path("prompts", name), o, { body: changes, decode: withName, repeatable: true }),
    delete: (name, o) => changing(core, name, remove(core, path("prompts", name), o)),
    versions: (name, asked, o) => listing(core, path("prompts", name, "versions"), asked, o, withName),
    getVersion: (name, version, o) => read(core, path("prompts", name, "versions", version), o, withName),
    createVersion: (name, content, o) => {
      const sending = { body: snake(content), decode: withName };
      return changing(core, name, send(core, path("prompts", name, "versions"), o, sending));
    },
    setLabel: (name, label, version, o) => {
      const sending = { method: "PUT", body: { version }, decode: withName, repeatable: true };
      return changing(core, name, send(core, path("prompts", name, "labels", label), o, sending));
    },
    removeLabel: (name, label, o) =>
      changing(core, name, remove(core, path("prompts", name, "labels", label), o)),
    render: (prompt, variables, o = {}) => render(core, referred(prompt, variables), o) as any,
    diff: (name, before, after, o) =>
      read(core, path("prompts", name, "diff") + query({ from: before, to: after }), o, (value) => {
        const { from, to, ...rest } = withName(value);
        return { ...rest, fromVersion: from, toVersion: to };
      }),
    exportDotprompt: (prompt, o = {}) => {
      const { name, version, label } = referred(prompt);
      const at = path("prompts", name, "dotprompt") + query({ version, label });
      return perform(core, { ...reading(at, "text/plain"), text: true }, o, (value) => value);
    },
    importDotprompt: (name, source, o) => {
      if (typeof source != "string") throw new TypeError("a Dotprompt file's content is text");
      const at = path("prompts", name, "dotprompt");
      const sending = { method: "PUT", text: source, decode: withName, repeatable: true };
      return changing(core, name, send(core, at, o, sending));
    },
    load: async (prompt, options) => (await import("./loaded.js")).load(core, prompt, options),
  }),

  telemetry: (core) => ({
    list: (asked, o) => listing(core, path("telemetry"), selected(asked), o, withId),
    summary: (asked, o) => read(core, path("telemetry", "summary") + query(selected(asked)), o, camel),
    export: (format = "jsonl", asked, o) => {
      const at = path("telemetry", "export") + query({ format, ...selected(asked) });
      return exported(core, reading(at, format == "csv" ? "text/csv" : "application/x-ndjson"), o);
    },
    stream: ({ lastEventId, ...asked } = {}, o) => {
      const at = path("telemetry", "stream") + query(selected(asked));
      return live(core, reading(at, SSE, lastEventId), o, "inference", withId);
    },
    traces: (asked, o) => listing(core, path("traces"), asked, o, having("trace_id")),
    trace: (traceId, asked, o) =>
      read(core, path("traces", traceId) + query({ ...asked }), o, having("trace_id")),
    addSpans: async (spans, o) => {
      const all = [...spans].map(snake);
      let accepted = 0;
      for (let at = 0; at < all.length; at += MOST_SPANS) {
        accepted += await send(core, path("telemetry", "spans"), o, {
          body: { spans: all.slice(at, at + MOST_SPANS) },
          decode: (value) => value.accepted as number,
          repeatable: true,
        });
      }
      return accepted;
    },
    // Not repeated: the second would count nothing.
    deleteUser: (user, o) => send(core, path("telemetry", "deletions"), o, { body: { user }, decode: camel }),
  }),

  inferences: (core) => ({
    get: (id, o) => read(core, path("inferences", id), o, withId),
    cancel: (which: any, o) => {
      const key = which?.idempotencyKey;
      const at = key ? path("inferences", "cancel") : path("inferences", which, "cancel");
      const headers: Headers = key ? { "idempotency-key": key } : {};
      return send(core, at, o, { headers, decode: withId, repeatable: true });
    },
  }),

  tokens: (core) => ({
    list: (o) => listing(core, path("tokens"), null, o, withId),
    add: (provider, token, settings, o) =>
      send(core, path("tokens"), o, { body: { provider, token, ...settings }, decode: withId }),
    update: (id, changes, o) =>
      send(core, path("tokens", id), o, { body: { ...changes }, decode: withId, repeatable: true }),
    replace: (id, token, o) =>
      send(core, path("tokens", id), o, { body: { token }, decode: withId, repeatable: true }),
    remove: (id, o) => remove(core, path("tokens", id), o),
  }),

  budgets: (core) => ({
    list: (asked, o) => listing(core, path("budgets"), asked, o, withId),
    create: (name, what, o) =>
      send(core, path("budgets"), o, { body: { name, ...snake(what) }, decode: withId }),
    get: (id, o) => read(core, path("budgets", id), o, withId),
    update: (id, changes, o) =>
      send(core, path("budgets", id), o, { body: snake(changes), decode: withId, repeatable: true }),
    delete: (id, o) => remove(core, path("budgets", id), o),
  }),

  webhooks: (core) => ({
    list: (asked, o) => listing(core, path("webhooks"), asked, o, withId),
    create: (url, events, settings, o) =>
      send(core, path("webhooks"), o, { body: { url, ...settled({ ...settings, events }) }, decode: withId }),
    get: (id, o) => read(core, path("webhooks", id), o, withId),
    update: (id, changes, o) =>
      send(core, path("webhooks", id), o, { body: settled(changes), decode: withId, repeatable: true }),
    delete: (id, o) => remove(core, path("webhooks", id), o),
    // Done twice, the secret that still signs would go.
    rotateSecret: (id, secret, o) =>
      send(core, path("webhooks", id, "rotate-secret"), o, {
        body: { secret: secret ?? undefined },
        decode: withId,
      }),
    test: (id, eventType, o) =>
      send(core, path("webhooks", id, "test"), o, {
        body: { event_type: eventType ?? undefined },
        decode: withId,
      }),
    recover: (id, since, o) =>
      send(core, path("webhooks", id, "recover"), o, {
        body: { since },
        decode: (value) => value.recovered as number,
      }),
  }),

  deliveries: (core) => ({
    list: (webhookId, asked, o) => listing(core, path("webhooks", webhookId, "deliveries"), asked, o, withId),
    get: (id, o) => read(core, path("webhook-deliveries", id), o, withId),
    retry: (id, o) => send(core, path("webhook-deliveries", id, "retry"), o, { decode: withId }),
  }),

  events: (core) => ({
    stream: ({ lastEventId, onDisconnect, onReconnect, ...asked } = {}, o) => {
      const at = path("events", "stream") + query(asked);
      const told = { onDisconnect, onReconnect };
      return live(core, reading(at, SSE, lastEventId), o, undefined, withId, told) as Feed<any>;
    },
    test: (eventType, o) =>
      send(core, path("events", "test"), o, { body: { event_type: eventType }, decode: withId }),
    types: (o) => listing(core, path("webhook-event-types"), null, o, having("type")),
  }),

  aliases: (core) => ({
    list: (o) => listing(core, path("aliases"), null, o, withName),
    get: (name, o) => read(core, path("aliases", name), o, withName),
    set: (name, model, fallbacks, o) =>
      send(core, path("aliases", name), o, {
        method: "PUT",
        body: { model, fallbacks: fallbacks ?? [] },
        decode: withName,
        repeatable: true,
      }),
    delete: (name, o) => remove(core, path("aliases", name), o),
  }),

  models: (core) => ({ list: (asked, o) => listing(core, path("models"), asked, o, withId) }),

  providers: (core) => ({
    list: (o) => listing(core, path("providers"), null, o, withName),
    get: (name, o) => read(core, path("providers", name), o, withName),
  }),

  apiKeys: (core) => ({
    list: (asked, o) => listing(core, path("api-keys"), asked, o, withId),
    create: (name, chosen, o) =>
      send(core, path("api-keys"), o, { body: { name, ...snake({ ...chosen }) }, decode: withId }),
    get: (id, o) => read(core, path("api-keys", id), o, withId),
    update: (id, changes, o) =>
      send(core, path("api-keys", id), o, { body: snake(changes), decode: withId, repeatable: true }),
    revoke: (id, o) => remove(core, path("api-keys", id), o),
  }),

  workspaces: (core) => ({
    list: (asked, o) => listing(core, path("workspaces"), asked, o, withId),
    create: (name, settings, o) =>
      send(core, path("workspaces"), o, { body: { name, ...snake({ ...settings }) }, decode: withId }),
    get: (id, o) => read(core, path("workspaces", id), o, withId),
    update: (id, changes, o) =>
      send(core, path("workspaces", id), o, { body: snake(changes), decode: withId, repeatable: true }),
    delete: (id, o) => remove(core, path("workspaces", id), o),
  }),

  server: (core) => ({
    whoami: (o) => read(core, path("whoami"), o, having("workspace_id")),
    health: (o) => read(core, "/health", o, having("status")),
  }),

  auditLog: (core) => ({ list: (asked, o) => listing(core, path("audit-log"), asked, o, withId) }),
};

/** The version of a prompt, given as an object, by its name. */
function selected(asked: { prompt?: unknown } | undefined | null): Query {
  return { ...asked, prompt: versionName(asked?.prompt) };
}
