/**
 * One line to a language model, through an AISTRALE server:
 *
 *     import { run } from "@aistrale/sdk";
 *     console.log(`${await run("Hello, world!")}`);
 *
 * The functions here have a client by themselves, made when first needed of the settings in force; a client
 * of your own is a `new Aistrale({…})`.
 */
import type { Given } from "./given.js";
import { defaultCore, loadOn } from "./client.js";
import type { Run, StreamFunction } from "./client.js";
import { active } from "./core.js";
import { runOn, streamOn } from "./engine.js";
import { facade } from "./facade.js";
import type * as r from "./surface.js";
import { Stream } from "./stream.js";
import { Session, type SessionData, type SessionOptions } from "./session.js";

export * from "./errors.js";
export * from "./errors-answer.js";
export * from "./errors-more.js";
export type * from "./types.js";
export { NO_TIMEOUT } from "./types.js";
export { ExactNumber } from "./exact.js";
export { Aistrale, type Run, type StreamFunction } from "./client.js";
export { Session, type SessionData, type SessionOptions } from "./session.js";
export { toResponse, type ResponseOptions } from "./response.js";
export { Stream } from "./stream.js";
export { tool } from "./tool.js";
export type * from "./records.js";
export type * from "./surface.js";
export { VERSION } from "./version.js";

/** Asks a model, and gives its whole answer; with `output`, the object that it says. See `Run`. */
export const run: Run = async (...given: Given) => runOn({ ...defaultCore(), at: active() }, given);

/** Asks a model, and gives its answer while it arrives; see `Stream`. Takes what `run` takes. */
export const stream: StreamFunction = (...given: Given) =>
  new Stream(async (at) => streamOn({ ...defaultCore(), at }, given));

/** Begins a conversation; the options hold for every turn. See `Session`. */
export const session = (options?: SessionOptions): Session => new Session(defaultCore(), options);

/** Goes on with a conversation that was saved; see `Aistrale.loadSession`. */
export const loadSession = async (saved: string | SessionData, options?: SessionOptions): Promise<Session> =>
  loadOn(defaultCore(), saved, options);

/** Gives whose API key this is, and the workspace it acts in. */
export const whoami: r.Server["whoami"] = (options) => facade(defaultCore, "server").whoami(options);
/** Gives the server's state. Needs no API key. */
export const health: r.Server["health"] = (options) => facade(defaultCore, "server").health(options);
/** Prompts kept on the server. */
export const prompts: r.Prompts = /* @__PURE__ */ facade(defaultCore, "prompts");
/** The record of every inference. */
export const telemetry: r.Telemetry = /* @__PURE__ */ facade(defaultCore, "telemetry");
/** Single inferences by their id. */
export const inferences: r.Inferences = /* @__PURE__ */ facade(defaultCore, "inferences");
/** Provider tokens. */
export const tokens: r.Tokens = /* @__PURE__ */ facade(defaultCore, "tokens");
/** What may be spent, and what was. */
export const budgets: r.Budgets = /* @__PURE__ */ facade(defaultCore, "budgets");
/** Who is told of what happens, and what was sent to them. To verify what came: `@aistrale/sdk/webhooks`. */
export const webhooks: r.Webhooks = /* @__PURE__ */ Object.assign(
  /* @__PURE__ */ facade(defaultCore, "webhooks"),
  { deliveries: /* @__PURE__ */ facade(defaultCore, "deliveries") },
);
/** What happens, as it happens. */
export const events: r.Events = /* @__PURE__ */ facade(defaultCore, "events");
/** Names of your own for models. */
export const aliases: r.Aliases = /* @__PURE__ */ facade(defaultCore, "aliases");
/** The models whose prices or limits are known. */
export const models: r.Models = /* @__PURE__ */ facade(defaultCore, "models");
/** The providers that the server knows, and how they have been answering. */
export const providers: r.Providers = /* @__PURE__ */ facade(defaultCore, "providers");
/** AISTRALE's own API keys. */
export const apiKeys: r.ApiKeys = /* @__PURE__ */ facade(defaultCore, "apiKeys");
/** Workspaces. */
export const workspaces: r.Workspaces = /* @__PURE__ */ facade(defaultCore, "workspaces");
/** Who changed what. */
export const auditLog: r.AuditLog = /* @__PURE__ */ facade(defaultCore, "auditLog");
