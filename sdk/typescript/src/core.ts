/** What a client is. */
import { ambient } from "#ambient";
import { resolve, type Settings } from "./settings.js";
import type { ClientOptions } from "./types.js";
import { VERSION } from "./version.js";

export const API = "/api/v1";

export type Headers = Record<string, string>;

/** A client's settings, its headers, and its way to the server. */
export interface Core {
  readonly settings: Settings;
  readonly options: ClientOptions;
  readonly headers: Record<string, string>;
  readonly fetch: (url: string, init: any) => Promise<Response>;
  /** What was active in OpenTelemetry where a call of it began; none of a client's own. */
  readonly at?: unknown;
}

/** What is active there. Its API holds that here for all of its copies, so that it need not be loaded. */
export const active = (): unknown => (globalThis as any)[Symbol.for("opentelemetry.js.api.1")]?.context?.active();

/** Gives what a client is. Throws ConfigurationError. */
export function makeCore(options: ClientOptions = {}): Core {
  const settings = resolve(options);
  const send = options.fetch ?? ambient.network?.(settings.apiUrl, options) ?? ((url, init) => fetch(url, init));
  return {
    settings,
    options,
    headers: {
      accept: "application/json",
      "x-aistrale-client": "typescript/" + VERSION,
      ...ambient.headers,
      ...(settings.apiKey && { authorization: "Bearer " + settings.apiKey }),
    },
    fetch: ambient.taped?.(send, settings.apiUrl) ?? send,
  };
}
