/**
 * The error tree. Each error says what happened, where, and what to do next.
 *
 * `instanceof` holds across copies of this package (an ESM and a CJS one in the same program, say): a
 * class knows its own by their names. That `name` is a getter keeps the classes free of side effects.
 */
import type { Inference } from "./types.js";

const BRAND = Symbol.for("@aistrale/sdk");
const named = (of: object) => Object.hasOwn(of, "name");

/** The root: everything that this package throws on purpose, mistyped arguments aside. */
export class AistraleError extends Error {
  /**
   * Of a call with tools or an output: its inferences that were answered before it failed, the earliest first; they
   * are paid. Other exceptions (a schema's own, say) have it too; the reason of a signal does not.
   */
  declare readonly rounds?: readonly Inference[];

  override get name(): string {
    return "AistraleError";
  }

  /** @internal */
  get [BRAND](): boolean {
    return true;
  }

  /** @internal */
  static override [Symbol.hasInstance](error: unknown): boolean {
    const own = this.prototype as Error;
    let at: any = (error as any)?.[BRAND] ? error : null;
    while (at && at !== own && !(named(own) && named(at) && at.name === own.name)) {
      at = Object.getPrototypeOf(at);
    }
    return !!at;
  }
}

/** A call to the server did not succeed. */
export class APIError extends AistraleError {
  override get name(): string {
    return "APIError";
  }
}

/** No answer: the server cannot be reached, or the connection broke before the answer. */
export class APIConnectionError extends APIError {
  /** The server's URL. */
  url: string | null = null;
  /** Whether the request may have reached it: when it is false, nothing can have been paid. */
  sent = true;

  constructor(message: string, fields?: { url?: string; sent?: boolean; cause?: unknown }) {
    super(message, fields);
    this.url = fields?.url ?? null;
    this.sent = fields?.sent ?? true;
  }

  override get name(): string {
    return "APIConnectionError";
  }
}

/** The call's total deadline passed. Never thrown for a server that cannot be reached. */
export class APITimeoutError extends APIConnectionError {
  override get name(): string {
    return "APITimeoutError";
  }
}

/** An option, environment variable or the config file is wrong. */
export class ConfigurationError extends AistraleError {
  /** The config file that has the mistake, and the line (from 1); null when it is elsewhere. */
  path: string | null = null;
  line: number | null = null;

  constructor(message: string, path: string | null = null, line: number | null = null) {
    super(message);
    this.path = path;
    this.line = line;
  }

  override get name(): string {
    return "ConfigurationError";
  }
}
