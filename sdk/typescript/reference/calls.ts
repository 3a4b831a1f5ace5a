/**
 * The client, the module's functions, and what every call takes.
 *
 * @module calls
 */
export {
  Aistrale, run, stream, session, loadSession, whoami, health, prompts, telemetry, inferences,
  toResponse, tokens, budgets, events, aliases, models, providers, apiKeys, workspaces, auditLog, webhooks, NO_TIMEOUT,
  VERSION,
} from "../src/index.js";
export type {
  Run, StreamFunction, RunOptions, OutputOptions, CallOptions, ClientOptions, PromptRef,
  MessageLike, Json, RawResponse, ResponseOptions, Server, WhoAmI, Health,
} from "../src/index.js";
