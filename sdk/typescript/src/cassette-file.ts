/** The file of a cassette, read and written; contract/cassettes.md describes it. */
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readExactly } from "./cassette-json.js";
import { isObject, type Redactor } from "./cassette-secrets.js";
import { CassetteError, type RecordedRequest } from "./cassette-types.js";

const VERSION = 1;
const AGAIN = "Mend it, or record it again.";
const JSON_KINDS = ["application/json", "application/problem+json"];
const IN_CHUNKS = ["text/event-stream", "application/x-ndjson", "text/csv"];
const REQUEST_HEADERS = ["if-match", "last-event-id"];
const REPLY_HEADERS =
  /^(content-type|etag|idempotency-replayed|retry-after|retry-after-ms|x-request-id|x-should-retry|x-aistrale-.*|x-ratelimit-.*)$/;

/** How a request failed, or what broke its answer off. */
export interface Failure {
  kind: "lost" | "deadline" | "unreachable";
  detail: string;
}

/** A request as the file has it, and what came: an answer, or none and how it failed. */
export interface Interaction {
  request: RecordedRequest;
  reply?: { status: number; headers: Record<string, string> } | undefined;
  chunks: Buffer[];
  /** How the answer ended: by itself, because its reader wanted no more, or cut. */
  end: "whole" | "closed" | Failure;
  played?: boolean;
}

/** Gives a request in the file's form; its credentials are still in it. */
export function requestOf(url: string, base: string, init: any): RecordedRequest {
  const [path = "", query] = url.slice(base.length).split(/\?(.*)/s);
  const written: RecordedRequest = { method: init.method, path };
  if (query) {
    const asked: Record<string, string[]> = {};
    for (const [name, value] of new URLSearchParams(query)) (asked[name] ??= []).push(value);
    written.query = asked;
  }
  const sent = new Headers(init.headers);
  const headers = Object.fromEntries(REQUEST_HEADERS.filter((name) => sent.has(name)).map((name) => [name, sent.get(name)!]));
  if (Object.keys(headers).length) written.headers = headers;
  return { ...written, ...bodyOf(Buffer.from(init.body ?? "")) };
}

type Body = Pick<RecordedRequest, "body" | "text" | "base64">;

/** Gives a body as `body` (JSON), `text` or `base64`, the first that loses nothing of it. */
function bodyOf(bytes: Buffer): Body {
  if (!bytes.length) return {};
  const text = decoded(bytes);
  if (text == null) return { base64: bytes.toString("base64") };
  try {
    const { value, lossless } = readExactly(text);
    if (lossless) return { body: value };
  } catch {}
  return { text };
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decoded(bytes: Buffer): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return;
  }
}

const keptHeaders = (headers: Record<string, string>) =>
  Object.entries(headers)
    .filter(([name]) => REPLY_HEADERS.test(name))
    .sort(([one], [other]) => (one < other ? -1 : 1));

/** Gives an interaction in the file's form, without credentials. */
export function written(interaction: Interaction, redactor: Redactor): object {
  const { reply, chunks, end } = interaction;
  const request = redactedRequest(interaction.request, redactor);
  if (!reply) return { request, failure: end };
  const headers = Object.fromEntries(keptHeaders(reply.headers).map(([name, text]) => [name, redactor.text(text)]));
  const kind = kindOf(reply.headers);
  const pieces = end != "whole" || IN_CHUNKS.includes(kind);
  const clean = kind == "text/event-stream" ? redactor.events(chunks) : redactor.chunks(chunks);
  return {
    request,
    response: {
      status: reply.status,
      headers,
      ...(pieces ? { chunks: clean.map(chunk) } : whole(request.path, Buffer.concat(chunks), kind, redactor)),
      ...(end == "closed" && { closed: true }),
      ...(typeof end == "object" && { failure: end }),
    },
  };
}

const kindOf = (headers: Record<string, string>) => (headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();

function whole(path: string, body: Buffer, kind: string, redactor: Redactor): Body {
  const found = bodyOf(body);
  if ("body" in found && JSON_KINDS.includes(kind)) return { body: redactor.body(path, found.body) };
  const clean = Buffer.concat(redactor.chunks([body]));
  if (!clean.length) return {};
  const piece = chunk(clean);
  return typeof piece == "string" ? { text: piece } : piece;
}

/** Gives a request in the file's form, without credentials. */
export function redactedRequest(request: RecordedRequest, redactor: Redactor): RecordedRequest {
  const { body, base64, ...plain } = request;
  const clean: RecordedRequest = redactor.value(plain);
  if ("body" in request) clean.body = redactor.body(request.path, body);
  if (base64 != null) Object.assign(clean, bodyOf(Buffer.concat(redactor.chunks([Buffer.from(base64, "base64")]))));
  return clean;
}

function chunk(bytes: Buffer): string | { base64: string } {
  return decoded(bytes) ?? { base64: bytes.toString("base64") };
}

/** Gives JSON, also where the file has it as a text; undefined for a body that is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return;
  }
}

/** Writes a cassette, whole or not at all. Fails where that cannot be done. */
export function save(path: string, interactions: object[]): void {
  const text = JSON.stringify({ cassette: VERSION, interactions }, null, 2) + "\n";
  mkdirSync(dirname(path), { recursive: true });
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString("hex")}`);
  const file = openSync(beside, "wx", 0o666);
  try {
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (why) {
    rmSync(beside, { force: true });
    throw why;
  }
}

/** Gives what a cassette holds. Throws CassetteError for a file that is none. */
export function load(path: string): Interaction[] {
  let content: any;
  try {
    content = JSON.parse(UTF8.decode(readFileSync(path)));
  } catch (why: any) {
    if (why.code && why.syscall) throw new CassetteError(`${path} cannot be read: ${why.message}`);
    throw new CassetteError(`${path} is not JSON (${why.message}). ${AGAIN}`);
  }
  const version = isObject(content) ? content.cassette : undefined;
  if (!Number.isInteger(version) || version < 1) {
    throw new CassetteError(`${path} is no cassette: it has no "cassette": ${VERSION}. ${AGAIN}`);
  }
  if (version > VERSION) {
    throw new CassetteError(
      `${path} is a cassette of version ${version}, and this package reads up to ${VERSION}: install a later one (npm install @aistrale/sdk@latest), or record it again.`,
    );
  }
  if (!Array.isArray(content.interactions)) throw new CassetteError(`${path} has no list "interactions". ${AGAIN}`);
  return content.interactions.map((each: unknown, number: number) => {
    try {
      return interaction(each);
    } catch (why: any) {
      throw new CassetteError(`${path} is broken at /interactions/${number}: ${why.message}. ${AGAIN}`);
    }
  });
}

/** Gives a member. Throws in words what is wrong with it. */
function member(of: unknown, name: string, is: (value: any) => boolean, what: string): any {
  const value = isObject(of) ? of[name.split(".").at(-1)!] : undefined;
  if (!is(value)) throw new Error(value === undefined ? `${name} is missing` : `${name} is not ${what}`);
  return value;
}

const isText = (value: unknown) => typeof value == "string";

function interaction(each: unknown): Interaction {
  const request = member(each, "request", isObject, "an object");
  for (const name of ["method", "path"]) member(request, "request." + name, isText, "a text");
  if (isObject(each) && "failure" in each) return { request, chunks: [], end: failure(each.failure) };
  const response = member(each, "response", isObject, "an object");
  const status = member(response, "response.status", (value) => Number.isInteger(value) && value >= 200 && value < 600, "a status");
  const headers = response.headers ?? {};
  if (!isObject(headers) || !Object.values(headers).every(isText)) {
    throw new Error("response.headers are not texts by their names");
  }
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    request,
    reply: { status, headers: Object.fromEntries(named) },
    chunks: chunksOf(response),
    end: "failure" in response ? failure(response.failure) : response.closed === true ? "closed" : "whole",
  };
}

function failure(value: unknown): Failure {
  const kind = member(value, "failure.kind", (each) => each == "lost" || each == "deadline", "lost or deadline");
  const { detail = "" } = value as any;
  if (!isText(detail)) throw new Error("failure.detail is not a text");
  return { kind, detail };
}

function chunksOf(response: Record<string, any>): Buffer[] {
  if ("chunks" in response) return member(response, "response.chunks", Array.isArray, "a list").map(bytesOf);
  if ("body" in response) return [Buffer.from(JSON.stringify(response.body))];
  if ("text" in response) return [bytesOf(response.text)];
  return "base64" in response ? [bytesOf({ base64: response.base64 })] : [];
}

function bytesOf(chunk: unknown): Buffer {
  if (typeof chunk == "string") return Buffer.from(chunk);
  const text = isObject(chunk) ? chunk.base64 : undefined;
  if (!isText(text)) throw new Error('a piece of a body is a text or {"base64": …}');
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") != text) throw new Error("base64 that is none: " + text.slice(0, 40));
  return bytes;
}
