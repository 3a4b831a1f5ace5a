/** A real server with emulated providers behind it, for tests: started once in a process, stopped with it. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { Aistrale } from "./client.js";
import type { ClientOptions } from "./types.js";

const PROVIDERS = {
  openai: ["openai/v1", "sk-proj-of-the-emulator"],
  anthropic: ["anthropic/v1", "sk-ant-api03-of-the-emulator"],
  gemini: ["gemini/v1beta", "AIzaOfTheEmulator"],
  groq: ["groq/openai/v1", "gsk_oftheemulator"],
  huggingface: ["huggingface/v1", "hf_oftheemulator"],
};
const DEFAULT_MODEL = "openai/gpt-4o";

/** Milliseconds: a command of a checkout may have to be built first; a process that ends is not waited for. */
const START = 300_000;
const STOP = 10_000;

/** All that the processes are given of the environment: no provider's credential, no setting. */
const INHERITED =
  "HOME JAVA_HOME LANG LC_ALL LC_CTYPE PATH PATHEXT SYSTEMROOT TEMP TMP TMPDIR USERPROFILE".split(" ");

/** The server or the emulated providers cannot be started, or do not answer. */
export class EmulatorError extends Error {
  /** `EmulatorError`. */
  override get name(): string {
    return "EmulatorError";
  }
}

/** What a provider does with one request that it gets, or with several. */
export interface Behaviour {
  /** The words that it answers with. */
  text?: string;
  /** The status that it fails with, in its own words. */
  status?: number;
  /** Seconds that a failure says to wait. */
  retryAfter?: number;
  /** Milliseconds before its answer begins. */
  delayMs?: number;
  /** It breaks off after so many pieces of its answer. */
  cutAfterChunks?: number;
  /** Its own error comes after so many pieces. */
  errorAfterChunks?: number;
  /** It never answers. */
  hang?: boolean;
  /** For how many requests; 1 unless given. */
  times?: number;
  /** What else emulator/README.md names, in camelCase. */
  [name: string]: unknown;
}

/** A request that a provider got. */
export interface ProviderRequest {
  /** "openai", "anthropic", … */
  provider: string;
  method: string;
  path: string;
  /** By their names in lower case; credentials are fingerprints. */
  headers: Record<string, any>;
  /** Decoded where it is JSON. */
  body: any;
  model: string | null;
  /** What it answered. */
  status: number;
  /** "running", "answered", "cut" or "client_disconnected". */
  ending: string;
  [name: string]: unknown;
}

/** What each test has: a workspace in the server, and the providers. See `emulator`. */
export class Emulator {
  /** The server's URL. */
  readonly url: string;
  /** An admin's API key of the workspace. */
  readonly apiKey: string;
  /** The workspace's id. */
  readonly workspaceId: string;
  /** Where the emulated providers are. */
  readonly providersUrl: string;
  readonly #stop: () => Promise<void>;

  /** @internal */
  constructor(url: string, apiKey: string, workspaceId: string, providersUrl: string, stop: () => Promise<void>) {
    this.url = url;
    this.apiKey = apiKey;
    this.workspaceId = workspaceId;
    this.providersUrl = providersUrl;
    this.#stop = stop;
  }

  /** Gives a client of the server. */
  client(options?: ClientOptions): Aistrale {
    return new Aistrale({ apiUrl: this.url, apiKey: this.apiKey, ...options });
  }

  /**
   * Has a provider do this with its next requests, one behaviour each, or one for all.
   *
   * `{ text: "Hi." }` answers with these words, `{ status: 503 }` fails, `{ delayMs: 500 }` waits,
   * `{ cutAfterChunks: 3 }` breaks off; `times: 2` does it twice. The provider's requests are counted, not the client's:
   * the server tries some of them again by itself. Throws TypeError for a behaviour that is not known.
   *
   * @param provider - "openai" unless given.
   */
  async script(behaviours: Behaviour | readonly Behaviour[], provider = "openai"): Promise<void> {
    const body = { provider, behaviours: [behaviours].flat().map((each) => renamed(each as object, snake)) };
    const { status, answer } = await call(this.providersUrl, "POST", "/_emulator/script", { body });
    if (status >= 300) throw new TypeError(`the emulator does not take this script: ${words(answer)}`);
  }

  /** Gives what the providers were asked in this test, oldest first. */
  async requests(): Promise<ProviderRequest[]> {
    const { answer } = await call(this.providersUrl, "GET", "/_emulator/requests");
    return answer.data.map((each: any) => ({ ...renamed(each, camel), body: decoded(each.body) }));
  }

  /** Forgets the scripts, and what the providers were asked. */
  async reset(): Promise<void> {
    await call(this.providersUrl, "DELETE", "/_emulator");
  }

  /** Deletes the workspace, and gives the environment back what it had. May be called twice. */
  async stop(): Promise<void> {
    await this.#stop();
  }

  /** The same as `stop`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

const renamed = (value: object, rename: (name: string) => string): any =>
  Object.fromEntries(Object.entries(value).map(([name, each]) => [rename(name), each]));
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => "_" + letter.toLowerCase());
const camel = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());

/** The two processes, and the workspaces in the server. */
interface Machinery {
  url: string;
  providersUrl: string;
  operator: string;
  watchers: ChildProcess[];
  workspaces: number;
}

let machinery: Promise<Machinery> | undefined;

/**
 * Gives a real server, with a workspace of its own in it, whose providers are emulated; `run` and the other functions of
 * the module find it for the time of the test, and so does a client that is made in it.
 *
 * The first call starts it, which takes some seconds: the `aistrale` command that `AISTRALE_COMMAND` names, or the one
 * on the `PATH`, or that of the package aistrale-cli, on free ports, with a temporary folder. It is stopped, and the folder deleted, when this process ends,
 * however it does. The workspace has a token for openai, anthropic, gemini, groq and huggingface and the default model
 * openai/gpt-4o. The answer to "Hello" is `You said: "Hello". This is the emulated gpt-4o.`; a prompt that has
 * `say: these words` in it is answered with these words.
 *
 * With `use`, the workspace is there while that runs, and what it gives is given. Else `stop` it (`afterEach`), or take it by
 * `await using`. Scripts and requests are the process's: not for tests that run at once. Throws EmulatorError.
 */
export async function emulator(): Promise<Emulator>;
export async function emulator<T>(use: (emulator: Emulator) => T | Promise<T>): Promise<T>;
export async function emulator(use?: (emulator: Emulator) => unknown): Promise<unknown> {
  machinery ??= start();
  const running = machinery;
  const known = await running.catch((why) => {
    if (machinery == running) machinery = undefined; // the next one tries it again
    throw why;
  });
  const made = await workspace(known);
  if (!use) return made;
  try {
    return await use(made);
  } finally {
    await made.stop();
  }
}

async function workspace(of: Machinery): Promise<Emulator> {
  const name = `test ${++of.workspaces}`;
  const { id } = await make(of, "/api/v1/workspaces", { name });
  for (const [provider, [, token]] of Object.entries(PROVIDERS)) {
    await make(of, "/api/v1/tokens", { provider, token }, id);
  }
  await make(of, `/api/v1/workspaces/${id}`, { default_model: DEFAULT_MODEL }, id);
  const { key } = await make(of, "/api/v1/api-keys", { name, role: "admin" }, id);
  const back = environment({
    AISTRALE_API_URL: of.url,
    AISTRALE_API_KEY: key,
    AISTRALE_CONFIG: join(tmpdir(), "no-aistrale-" + randomBytes(8).toString("hex")),
    AISTRALE_PROFILE: undefined,
    AISTRALE_MODEL: undefined,
    AISTRALE_PROVIDER: undefined,
  });
  let stopped = false;
  const made = new Emulator(of.url, key, id, of.providersUrl, async () => {
    if (stopped) return;
    stopped = true;
    back();
    await call(of.url, "DELETE", `/api/v1/workspaces/${id}`, { key: of.operator }).catch(() => {});
  });
  await made.reset().catch(async (why) => {
    await made.stop();
    throw why;
  });
  return made;
}

type Variables = Record<string, string | undefined>;

/** What the emulators that live have set, the last one on top; and what was there before all. */
const layers: Variables[] = [];
let beneath: Variables = {};

/** Sets variables; gives what takes them back, in whichever order: then those of the emulator before hold, if one lives. */
function environment(values: Variables): () => void {
  if (!layers.length) beneath = Object.fromEntries(Object.keys(values).map((name) => [name, process.env[name]]));
  layers.push(values);
  setVariables(values);
  return () => {
    layers.splice(layers.indexOf(values), 1);
    setVariables(layers.at(-1) ?? beneath);
  };
}

function setVariables(values: Variables): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

async function make(of: Machinery, path: string, body: object, workspace?: string): Promise<any> {
  const { status, answer } = await call(of.url, "POST", path, { body, key: of.operator, workspace });
  if (status >= 300) throw new EmulatorError(`the server refused POST ${path}: ${words(answer)} (${status})`);
  return answer;
}

async function start(): Promise<Machinery> {
  const command = findCommand();
  const folder = mkdtempSync(join(tmpdir(), "aistrale-tests-"));
  const operator = "ais_tests_" + randomBytes(16).toString("hex");
  const made: Machinery = { url: "", providersUrl: "", operator, watchers: [], workspaces: 0 };
  try {
    const providers = program(made, folder, "emulator", [...command, "emulator", "--port", "0"], {});
    made.providersUrl = await providers(() => addressIn(join(folder, "emulator", "log")));
    const urls = Object.entries(PROVIDERS).map(([name, [path]]) => [
      `AISTRALE_PROVIDERS_${name.toUpperCase()}_BASE_URL`,
      `${made.providersUrl}/${path}`,
    ]);
    const server = program(made, folder, "server", [...command, "serve"], {
      ...Object.fromEntries(urls),
      AISTRALE_ADMIN_KEY: operator,
      AISTRALE_WEBHOOKS_ALLOWED_TARGETS: "127.0.0.1",
      AISTRALE_WEBHOOKS_ALLOW_HTTP: "true",
    });
    made.url = await server(() => JSON.parse(readFileSync(join(folder, "server/data/server.json"), "utf8")).url);
    await server(async () => (await call(made.url, "GET", "/ready")).status == 200 && "ready");
  } catch (why) {
    for (const each of made.watchers) each.stdin!.end();
    // What still runs deletes what is its own.
    for (const [at, name] of ["emulator", "server"].entries()) {
      if (made.watchers[at]?.exitCode != null) rmSync(join(folder, name), { recursive: true, force: true });
    }
    try {
      rmdirSync(folder);
    } catch {}
    throw why;
  }
  return made;
}

/**
 * Runs a program until its standard input ends, as it does too when the tests are killed; then deletes its folder.
 * It has a group of its own: Ctrl-C reaches the tests only, and nothing of it is left.
 */
const WATCHER = `
const { spawn } = require("node:child_process");
const { openSync, rmSync, rmdirSync } = require("node:fs");
const { dirname, join } = require("node:path");
const [folder, stop, command, ...rest] = process.argv.slice(1);
const log = openSync(join(folder, "log"), "a");
const program = spawn(command, rest, { stdio: ["ignore", log, log], detached: process.platform != "win32", windowsHide: true });
const all = (signal) => { try { process.kill(process.platform == "win32" ? program.pid : -program.pid, signal); } catch {} };
let stopping = false;
const end = (code) => {
  all("SIGKILL");
  if (stopping) {
    try { rmSync(folder, { recursive: true, force: true, maxRetries: 5 }); rmdirSync(dirname(folder)); } catch {}
  }
  process.exit(code);
};
program.on("error", (why) => { require("node:fs").writeSync(log, String(why.message) + "\\n"); end(127); });
program.on("exit", (code) => end(code ?? 1));
process.stdin.on("close", () => {
  stopping = true;
  program.kill("SIGTERM");
  setTimeout(() => end(0), +stop);
}).resume();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
`;

type Until = (what: () => unknown) => Promise<any>;

/** Starts a program; gives what waits for something of it. */
function program(of: Machinery, folder: string, name: string, command: string[], settings: object): Until {
  const own = join(folder, name);
  const log = join(own, "log");
  mkdirSync(join(own, "home"), { recursive: true });
  writeFileSync(join(own, "home", "server.toml"), "");
  const [home, data] = [join(own, "home"), join(own, "data")];
  const env: Record<string, string> = {
    XDG_CONFIG_HOME: home,
    XDG_CACHE_HOME: home,
    XDG_DATA_HOME: home,
    XDG_STATE_HOME: home,
    AISTRALE_CONFIG: join(home, "config.toml"),
    AISTRALE_SERVER_CONFIG: join(home, "server.toml"),
    AISTRALE_DATA_DIR: data,
    AISTRALE_HOST: "127.0.0.1",
    AISTRALE_PORT: "0",
    AISTRALE_OLLAMA_DISCOVERY: "false",
    AISTRALE_SHUTDOWN_GRACE_MS: "1000",
    ...settings,
  };
  for (const each of INHERITED) if (process.env[each] !== undefined) env[each] = process.env[each];
  closeSync(openSync(log, "a"));
  const watcher = spawn(process.execPath, ["-e", WATCHER, own, String(STOP), ...command], {
    env,
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    windowsHide: true,
  });
  of.watchers.push(watcher);
  let ended: string | undefined;
  watcher.once("error", (why) => (ended = why.message));
  watcher.once("exit", (code) => (ended = `ended with ${code}`));
  watcher.unref();
  (watcher.stdin as any).unref();
  watcher.stdin!.on("error", () => {});
  const said = () => readFileSync(log, "utf8").trimEnd().split("\n").slice(-20).join("\n");
  const problem = (what: string) => new EmulatorError(`the ${name} (${command.join(" ")}) ${what}; it said:\n${said()}`);
  return async (what) => {
    for (const until = performance.now() + START; performance.now() < until; ) {
      try {
        const found = await what();
        if (found) return found;
      } catch {}
      if (ended) throw problem(ended);
      await new Promise((go) => setTimeout(go, 20));
    }
    throw problem(`did not answer within ${START / 1000} s`);
  };
}

/** Gives the URL in the line `… listening on URL`, once it is there. */
const addressIn = (log: string) => /listening on (\S+)\s*\n/.exec(readFileSync(log, "utf8"))?.[1];

/** Gives how to run the `aistrale` command. Throws EmulatorError when there is none. */
function findCommand(): string[] {
  const given = process.env.AISTRALE_COMMAND;
  if (given) {
    const command = existsSync(given) ? [given] : split(given);
    if (command[0] && onPath(command[0])) return [onPath(command[0])!, ...command.slice(1)];
    throw new EmulatorError(`AISTRALE_COMMAND=${given} names no program that can be run`);
  }
  const found = onPath("aistrale") ?? installed();
  if (found) return [found];
  throw new EmulatorError(
    "there is no `aistrale` command, which runs the server and the emulated providers: install it (npm install --save-dev aistrale-cli), or set AISTRALE_COMMAND to one, such as ./aistrale of a checkout",
  );
}

/** Gives what the package aistrale-cli brought, beside the program or above it. */
function installed(): string | undefined {
  for (let at = process.cwd(); ; at = dirname(at)) {
    const found = onPath(join(at, "node_modules", ".bin", "aistrale"));
    if (found || at == dirname(at)) return found;
  }
}

/** Gives the words of a shell's line: by spaces, but in quotes. */
const split = (line: string): string[] =>
  [...line.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));

function onPath(name: string): string | undefined {
  const folders = /[\\/]/.test(name) ? [""] : (process.env.PATH ?? "").split(delimiter);
  const ends = process.platform == "win32" ? ["", ...(process.env.PATHEXT ?? ".EXE").split(";")] : [""];
  for (const folder of folders) {
    for (const end of ends) {
      const path = folder ? join(folder, name + end) : name + end;
      try {
        accessSync(path, constants.X_OK);
        if (statSync(path).isFile()) return path;
      } catch {}
    }
  }
  return;
}

interface Asked {
  body?: object;
  key?: string;
  workspace?: string | undefined;
}

/** Gives the status and the JSON that answer a request; no cassette has part in it, and no mock of `fetch`. */
function call(url: string, method: string, path: string, asked: Asked = {}): Promise<{ status: number; answer: any }> {
  const headers: Record<string, string> = { accept: "application/json", connection: "close" };
  if (asked.key) headers.authorization = "Bearer " + asked.key;
  if (asked.workspace) headers["x-aistrale-workspace"] = asked.workspace;
  if (asked.body) headers["content-type"] = "application/json";
  return new Promise((resolve, reject) => {
    const request = httpRequest(url + path, { method, headers, agent: false, timeout: 30_000 }, (response) => {
      const parts: Uint8Array[] = [];
      response.on("data", (each) => parts.push(each)).on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode!, answer: decoded(Buffer.concat(parts).toString()) }));
    });
    request.on("timeout", () => request.destroy(new EmulatorError(`${method} ${path}: no answer within 30 s`)));
    request.on("error", reject);
    request.end(asked.body && JSON.stringify(asked.body));
  });
}

function decoded(text: any): any {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const words = (answer: any) => String(answer?.detail ?? answer?.error ?? JSON.stringify(answer));
