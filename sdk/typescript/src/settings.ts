/** Where the server is, and who asks: option, environment, profile, default; one by one. */
import { ambient } from "#ambient";
import { ConfigurationError } from "./errors.js";
import type { ClientOptions } from "./types.js";

/** What a client works with. `apiUrl` has no slash at its end. */
export interface Settings {
  readonly apiUrl: string;
  readonly apiKey: string | null;
  readonly model: string | null;
  readonly provider: string | null;
  /** Where the API key came from, or where one was looked for. */
  readonly keySource: string;
}

/** Gives the settings in force. Empty strings count as not set. Throws ConfigurationError. */
export function resolve(options: ClientOptions): Settings {
  const find = ambient.finder?.(options);
  const setting = (option: keyof ClientOptions, key: string): [any, string] =>
    options[option]
      ? [options[option], "the option " + option]
      : (find?.("AISTRALE_" + key.toUpperCase(), key) ?? [null, "there is no option " + option]);
  const [url = "", urlSource] = setting("apiUrl", "api_url");
  const [apiKey, keySource] = setting("apiKey", "api_key");
  if (/[^!-~]/.test(apiKey ?? "")) {
    throw new ConfigurationError(
      `the API key from ${keySource} has characters that no key has: copy it again, without quotes or spaces`,
    );
  }
  if (url && !(/^https?:\/\/[^/?#@\\]+(\/[^?#@\\]*)?$/i.test(url) && !/[^!-~]|:0(\/|$)/.test(url) && parsed(url))) {
    // A user or password is not shown.
    const shown = url.includes("@") ? "with a user or password in it" : `"${url}"`;
    throw new ConfigurationError(
      `api_url from ${urlSource} is ${shown}: expected http://HOST[:PORT][/PATH] or https://…`,
    );
  }
  return {
    apiUrl: url ? url.replace(/\/+$/, "") : "http://127.0.0.1:16000",
    apiKey,
    model: setting("model", "model")[0],
    provider: setting("provider", "provider")[0],
    keySource,
  };
}

function parsed(url: string): unknown {
  try {
    return new URL(url);
  } catch {
    return;
  }
}
