/** The client, and the module's functions, which have one by themselves. */
import { ambient } from "#ambient";
import { active, type Core, makeCore } from "./core.js";
import { facade, METHODS } from "./facade.js";
import type { Given } from "./given.js";
import { part } from "./part.js";
import type * as r from "./surface.js";
import { Session, type SessionData, type SessionOptions } from "./session.js";
import { Stream } from "./stream.js";
import type {
  ClientOptions,
  Inference,
  OutputOptions,
  PromptRef,
  RunOptions,
} from "./types.js";

/** Asks a model. */
export interface Run {
  /**
   * Asks a model for an object of a type of yours, and gives it, validated.
   *
   * Throws `OutputValidationError` when the answer does not fit, also after the model was told so.
   */
  <T>(prompt: string | PromptRef, options: OutputOptions<T>): Promise<T>;
  <T>(options: OutputOptions<T>): Promise<T>;
  /**
   * Asks a model, and gives its whole answer.
   *
   * Give a prompt, `messages`, or a prompt on the server: `promptRef: "greeting@production"` or a
   * `PromptRef`. Throws an `APIStatusError` by what the server says, `APIConnectionError` when it cannot be
   * reached, `APITimeoutError` when the deadline passed, the signal's reason when that was aborted.
   */
  (prompt: string | PromptRef, options?: RunOptions): Promise<Inference>;
  (options: RunOptions): Promise<Inference>;
}

/** Asks a model, and gives its answer while it arrives. */
export interface StreamFunction {
  (prompt: string | PromptRef, options?: RunOptions): Stream;
  (options: RunOptions): Stream;
}

const engine = () => part(import("./engine.js"));

/**
 * A client of one AISTRALE server. Share one; it connects when needed, and needs no closing.
 *
 * What no option gives comes, in Node, from the environment (`AISTRALE_API_URL`, `AISTRALE_API_KEY`, …), then
 * from the profile in the config file; elsewhere neither is read. Throws `ConfigurationError` for wrong
 * settings, `TypeError` or `RangeError` for wrong options.
 */
export class Aistrale {
  readonly #core: Core;

  /** Asks a model; see `Run`. */
  declare readonly run: Run;
  /** Asks a model, and gives its answer while it arrives; see `Stream`. Takes what `run` takes. */
  declare readonly stream: StreamFunction;
  /** Gives whose API key this is, and the workspace it acts in. */
  declare readonly whoami: r.Server["whoami"];
  /** Gives the server's state. Needs no API key. */
  declare readonly health: r.Server["health"];
  /** Prompts kept on the server. */
  declare readonly prompts: r.Prompts;
  /** The record of every inference. */
  declare readonly telemetry: r.Telemetry;
  /** Single inferences by their id. */
  declare readonly inferences: r.Inferences;
  /** Provider tokens. */
  declare readonly tokens: r.Tokens;
  /** What may be spent, and what was. */
  declare readonly budgets: r.Budgets;
  /** Who is told of what happens, and what was sent to them. */
  declare readonly webhooks: r.Webhooks;
  /** What happens, as it happens. */
  declare readonly events: r.Events;
  /** Names of your own for models. */
  declare readonly aliases: r.Aliases;
  /** The models whose prices or limits are known. */
  declare readonly models: r.Models;
  /** The providers that the server knows, and how they have been answering. */
  declare readonly providers: r.Providers;
  /** AISTRALE's own API keys. */
  declare readonly apiKeys: r.ApiKeys;
  /** Workspaces. */
  declare readonly workspaces: r.Workspaces;
  /** Who changed what. */
  declare readonly auditLog: r.AuditLog;

  constructor(options?: ClientOptions) {
    const core = makeCore(options);
    this.#core = core;
    const all: any = {};
    for (const name in METHODS) all[name] = facade(() => core, name as keyof typeof METHODS);
    const { server, deliveries, ...rest } = all;
    rest.webhooks.deliveries = deliveries;
    Object.assign(this, rest, server, {
      run: async (...given: Given) => {
        const here = { ...core, at: active() };
        return (await engine()).runOn(here, given);
      },
      stream: (...given: Given) => new Stream(async (at) => (await engine()).streamOn({ ...core, at }, given)),
    });
  }

  /** The server's URL, without a slash at its end. */
  get apiUrl(): string {
    return this.#core.settings.apiUrl;
  }

  /**
   * Begins a conversation; the options hold for every turn unless a turn has its own.
   *
   * `messages` is what was said before; or `promptRef` (with `variables`) is a prompt on the server that it
   * begins with, whose settings hold for every turn too. `sessionId` goes on with an id of yours.
   */
  session(options?: SessionOptions): Session {
    return new Session(this.#core, options);
  }

  /**
   * Goes on with a conversation that was saved: a file's path (in Node), or what `session.save()` gave.
   * Options given here go before its own. Tools that run here are in no file: give them again, and a `toolChoice`
   * among them. ConfigurationError for what is no saved session.
   */
  loadSession(saved: string | SessionData, options?: SessionOptions): Promise<Session> {
    return loadOn(this.#core, saved, options);
  }
}

export async function loadOn(
  core: Core,
  saved: string | SessionData,
  options?: SessionOptions,
): Promise<Session> {
  return (await part(import("./kept.js"))).load(core, saved, options);
}

let made: { from: string | undefined; core: Core } | undefined;

/** The core of the module's functions: made anew when what it was made from is not so any more. */
export function defaultCore(): Core {
  const from = ambient.fingerprint?.();
  if (!made || made.from !== from) made = { from, core: makeCore() };
  return made.core;
}
