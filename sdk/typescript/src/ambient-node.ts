/** What a client takes from where it runs: here, from Node: environment, config file, files, sockets. */
import { defaultMaxListeners, getMaxListeners, setMaxListeners } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { lstat, open, readFile, realpath, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Ambient, Finder } from "./ambient.js";
import { ConfigurationError } from "./errors.js";
import { type ConfigFile, listed, read } from "./profiles.js";
import { tape } from "./taped.js";
import type { ClientOptions } from "./types.js";
import { VERSION } from "./version.js";

const VARIABLES = ["API_URL", "API_KEY", "PROFILE", "MODEL", "PROVIDER"];
const PROXIES = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"];

/** Gives the path of the config file, which need not exist. */
function configPath(): string {
  const env = process.env;
  if (env.AISTRALE_CONFIG) return env.AISTRALE_CONFIG;
  if (process.platform == "win32" && env.APPDATA) return join(env.APPDATA, "aistrale", "config.toml");
  const base = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), ".config");
  return join(base, "aistrale", "config.toml");
}

/** Gives the config file's content, an empty one when there is no file. */
function readConfig(path: string): ConfigFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (why: any) {
    if (why.code == "ENOENT" || why.code == "ENOTDIR") {
      return { path, defaultProfile: null, profiles: new Map() };
    }
    throw new ConfigurationError(`${path} cannot be read: ${why.message}`, path);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ConfigurationError(`${path} is not UTF-8`, path);
  }
  return read(text, path);
}

function finder(options: ClientOptions): Finder {
  const env = process.env;
  const path = configPath();
  const file = readConfig(path);
  const chosen = options.profile || env.AISTRALE_PROFILE;
  if (chosen && chosen != "default" && !file.profiles.has(chosen)) {
    const by = options.profile ? "the option profile=" : "AISTRALE_PROFILE=";
    throw new ConfigurationError(
      `${by}${chosen} names a profile that is not there: ${path} has ${listed(file)}`,
      path,
    );
  }
  const name = chosen || file.defaultProfile || "default";
  const table = file.profiles.get(name);
  return (variable, key) => {
    const profile = `profile '${name}' of ${path}`;
    const stands = table?.get(key);
    if (env[variable]) return [env[variable], `the environment variable ${variable}`];
    if (stands) return [stands, profile];
    const option = key.replace(/_(.)/, (_, letter) => letter.toUpperCase());
    return [null, `there is no option ${option}, no ${variable}, and none in ${profile}`];
  };
}

const stat = (path: string) => statSync(path, { bigint: true });

function fingerprint(): string {
  const env = process.env;
  const path = configPath();
  let file: ReturnType<typeof stat> | undefined;
  try {
    file = stat(path);
  } catch {}
  const of = [path, file?.mtimeNs, file?.size, file?.ino].map(String);
  for (const name of VARIABLES) of.push(env["AISTRALE_" + name] ?? "");
  for (const name of PROXIES) of.push(variable(name));
  return of.join("\0");
}

function variable(name: string): string {
  return process.env[name] || process.env[name.toUpperCase()] || "";
}

/**
 * Gives the proxy that the environment asks for, "" for a direct connection.
 *
 * `HTTPS_PROXY` or `HTTP_PROXY` by the URL's scheme, else `ALL_PROXY`; `NO_PROXY` lists hosts, `.domains`
 * and `*`. A server on this machine is never asked through a proxy.
 */
function proxyFor(apiUrl: string): string {
  const { hostname, host, protocol } = new URL(apiUrl);
  if (/^(localhost|127(\.\d+){3}|\[::1\])$/i.test(hostname)) return "";
  for (const entry of variable("no_proxy").toLowerCase().split(",")) {
    const name = entry.trim().replace(/^\*/, "").replace(/^\./, "");
    if (entry.trim() == "*") return "";
    if (name && (name == hostname || name == host || hostname.endsWith("." + name))) return "";
  }
  return variable(protocol.slice(0, -1) + "_proxy") || variable("all_proxy");
}

const DISPATCHER = Symbol.for("undici.globalDispatcher.1");

/**
 * Node's own `fetch` gives a server 300 s to begin its answer and as many between two pieces of it, and a
 * model on a small machine may think for longer. Here the call's own deadline counts, nothing else. What
 * carries the requests out is Node's dispatcher, or whichever the program has put in its place.
 */
const patient = {
  dispatch(options: object, handler: object): boolean {
    const own = (globalThis as any)[DISPATCHER];
    return own.dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, handler);
  },
};

function network(apiUrl: string, options: ClientOptions): (url: string, init: any) => Promise<Response> {
  const proxy = options.proxy || proxyFor(apiUrl);
  if (!proxy) {
    return (url, init) => {
      new Response(); // Node makes its dispatcher when something of fetch is first used
      const known = (globalThis as any)[DISPATCHER];
      // `timeout` is Bun's word for the same.
      return fetch(url, { ...init, ...(known ? { dispatcher: patient } : { timeout: false }) });
    };
  }
  const checked = checkedProxy(proxy);
  return async (url, init) => {
    const { throughProxy } = await import("./proxy-node.js");
    return throughProxy(checked, url, init);
  };
}

function checkedProxy(proxy: string): URL {
  try {
    const url = new URL(proxy.includes("://") ? proxy : "http://" + proxy);
    if (/^https?:$/.test(url.protocol) && url.hostname && url.port != "0") return url;
  } catch {}
  throw new ConfigurationError(
    "the proxy is no URL of the form http://[USER:PASSWORD@]HOST:PORT (https works too)",
  );
}

/** Writes a file that its owner alone can read; what was there stays unless all goes well. */
async function save(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const there = await lstat(target).catch(() => null);
  if (there && !there.isFile()) throw new Error(`${path} is not a file`);
  const beside = join(dirname(target), `.aistrale-${crypto.randomUUID()}`);
  const file = await open(beside, "wx", 0o600);
  try {
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, target);
  } catch (why) {
    await rm(beside, { force: true });
    throw why;
  }
}

export const ambient: Ambient = {
  exposed: false,
  headers: {
    "user-agent": `aistrale-typescript/${VERSION} (node ${process.versions.node})`,
    "accept-encoding": "identity",
  },
  finder,
  fingerprint,
  network,
  shared(signal) {
    // Node 20 takes more than ten for a leak.
    try {
      if (getMaxListeners(signal as any) == defaultMaxListeners) setMaxListeners(0, signal as any);
    } catch {} // a signal that is none of this runtime's
  },
  tape,
  taped: (send, apiUrl) => (url, init) => tape()?.send(send, apiUrl, url, init) ?? send(url, init),
  load: (path) => readFile(path, "utf8"),
  save,
  log() {
    if (process.env.AISTRALE_LOG?.trim().toLowerCase() != "debug") return;
    return (line) => void process.stderr.write(`${new Date().toISOString()} aistrale ${line}\n`);
  },
};
