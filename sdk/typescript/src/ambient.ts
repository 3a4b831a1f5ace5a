/**
 * What a client takes from where it runs: here, from a browser, an edge runtime, or any other that is not
 * Node: nothing. No environment is read and no file.
 */
import type { ClientOptions } from "./types.js";

/** Finds a setting that no option gave; says in words where it was, or where it was looked for. */
export type Finder = (variable: string, key: string) => [value: string | null, source: string];

/** Where this runs. */
export interface Ambient {
  /** Whether everybody who opens the page can take the API key. */
  readonly exposed: boolean;
  /** What is sent beside a client's own headers. */
  readonly headers?: Record<string, string>;
  /** Reads the environment and the profile. Throws ConfigurationError. */
  finder?(options: ClientOptions): Finder;
  /** What the settings in force were made from; another value when they changed. */
  fingerprint?(): string;
  /** Where the debug log goes, if anywhere. */
  log?(): ((line: string) => void) | undefined;
  /** Gives the way to the server: the `fetch` to use. Throws ConfigurationError. */
  network?(apiUrl: string, options: ClientOptions): (url: string, init: any) => Promise<Response>;
  /** Makes ready a signal that any number of calls may share. */
  shared?(signal: AbortSignal): void;
  /** Gives the way to the server past a cassette, where tests have put one in. */
  taped?(send: any, apiUrl: string): (url: string, init: any) => Promise<Response>;
  /** Gives the cassette that is in use. */
  tape?: typeof import("./taped.js").tape;
  /** Writes or reads a file. */
  save?(path: string, text: string): Promise<void>;
  load?(path: string): Promise<string>;
}

declare const document: unknown;
declare const importScripts: unknown;
declare const navigator: { product?: string } | undefined;

export const ambient: Ambient = {
  exposed:
    typeof document == "object" ||
    typeof importScripts == "function" ||
    (typeof navigator == "object" && navigator?.product == "ReactNative"),
};
