/**
 * A client's resources as its users see them. Here is what there is; what a method does is loaded when one is first
 * called. `list`, `versions`, `traces` and `types` give lists, `stream` and `export` feeds, all others promises.
 */
import type { Core } from "./core.js";
import { part } from "./part.js";
import type { Resources } from "./surface.js";
import type { Feed, Listing } from "./types.js";

const CRUD = "list get create update delete";

/** Each resource's methods. */
export const METHODS: { readonly [Name in keyof Resources]: string } = {
  prompts:
    CRUD +
    " versions getVersion createVersion setLabel removeLabel render diff exportDotprompt importDotprompt load",
  telemetry: "list summary stream export traces trace addSpans deleteUser",
  inferences: "get cancel",
  tokens: "list add update replace remove",
  budgets: CRUD,
  webhooks: CRUD + " rotateSecret test recover",
  deliveries: "list get retry",
  events: "stream test types",
  aliases: "list get set delete",
  models: "list",
  providers: "list get",
  apiKeys: "list create get update revoke",
  workspaces: CRUD,
  auditLog: "list",
  server: "whoami health",
};

/** Gives a resource whose methods are loaded when one is first called. */
export function facade<Name extends keyof Resources>(core: () => Core, resource: Name): Resources[Name] {
  const methods: any = {};
  for (const name of METHODS[resource].split(" ")) {
    const call = async (...given: unknown[]) => {
      const { resources } = await part(import("./resources.js"));
      return (resources as any)[resource](core())[name](...given);
    };
    const lazy = /^(list|versions|traces|types)$/.test(name)
      ? listing
      : /^(stream|export)$/.test(name) && feed;
    methods[name] = lazy ? (...given: unknown[]) => lazy<any>(() => call(...given)) : call;
  }
  return methods;
}

function listing<T>(made: () => Promise<Listing<T>>): Listing<T> {
  return {
    async *[Symbol.asyncIterator]() {
      yield* await made();
    },
    async *pages() {
      yield* (await made()).pages();
    },
    all: async () => (await made()).all(),
  };
}

function feed<T>(made: () => Promise<Feed<T>>): Feed<T> {
  let begun: Promise<Feed<T>> | undefined;
  let inner: Feed<T> | undefined;
  let closed = false;
  return {
    get lastEventId() {
      return inner?.lastEventId ?? null;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (!closed) inner = await (begun ??= made());
      return closed ? { done: true, value: undefined } : inner!.next();
    },
    async return() {
      closed = true;
      await inner?.close();
      return { done: true, value: undefined };
    },
    async close() {
      await this.return!();
    },
  };
}
