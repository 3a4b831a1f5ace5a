/** Cassettes: what went over the network once, played again. The client looks for them at `ambient.taped`. */
import { AsyncLocalStorage } from "node:async_hooks";
import { existsSync } from "node:fs";
import { isAbsolute, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ambient } from "#ambient";
import { detail, Trouble } from "./call.js";
import {
  type Failure,
  type Interaction,
  load,
  parsed,
  redactedRequest,
  requestOf,
  save,
  written,
} from "./cassette-file.js";
import { described, type Difference, differences, distance, pointers } from "./cassette-match.js";
import { Redactor } from "./cassette-secrets.js";
import {
  CassetteError,
  CassetteMissError,
  type CassetteOptions,
  type RecordedRequest,
  type RecordMode,
} from "./cassette-types.js";
import { refused } from "./retry.js";
import { TAPES } from "./taped.js";

const MODES: readonly string[] = ["none", "once", "all"];
/** How much farther away a recorded request is that was played: another one is meant, rather. */
const PLAYED = 0.25;

type Send = (url: string, init: any) => Promise<Response>;

/** What is shared by all of this package in a process: its ESM and its CommonJS form are two. */
interface Tapes {
  inUse: Cassette[];
  here: AsyncLocalStorage<Cassette>;
  find(): Cassette | undefined;
}

const tapes: Tapes = ((globalThis as any)[TAPES] ??= {
  inUse: [],
  here: new AsyncLocalStorage(),
  /** Gives the cassette that is in use where it is called, else the one that was put in last, by whomever. */
  find(this: Tapes) {
    const mine = this.here.getStore();
    return mine && this.inUse.includes(mine) ? mine : this.inUse.at(-1);
  },
});

/** Records what the clients of this process send and get, or plays it again without network. See `cassette`. */
export class Cassette {
  /** The file, as an absolute path; it need not exist yet. */
  readonly path: string;
  /** The mode that is in force: "none", "once" or "all". */
  readonly mode: RecordMode;
  readonly #ignored: string[][];
  readonly #redactor: Redactor;
  #recording = false;
  #there = false;
  #interactions: Interaction[] = [];
  #requests: RecordedRequest[] = [];
  #misses: CassetteMissError[] = [];
  #shelves = new WeakMap();

  /** Puts nothing in yet. Throws TypeError for wrong options. */
  constructor(path: string | URL, options: CassetteOptions = {}) {
    const { ignore = [], redact = [], ...rest } = options;
    this.path = resolve(path instanceof URL ? fileURLToPath(path) : path);
    const mode = process.env.AISTRALE_RECORD || rest.mode || (inCi() ? "none" : "once");
    if (!MODES.includes(mode)) {
      const by = process.env.AISTRALE_RECORD ? "AISTRALE_RECORD" : "mode";
      throw new TypeError(`${by} is ${JSON.stringify(mode)}; known are ${MODES.join(", ")}`);
    }
    this.mode = mode as RecordMode;
    this.#ignored = pointers(ignore);
    if (typeof redact == "string") throw new TypeError("redact is a list of texts, not one text");
    this.#redactor = new Redactor(redact);
  }

  /** Whether requests go to the server, and are noted. */
  get recording(): boolean {
    return this.#recording;
  }

  /** What was asked so far, without credentials, in the form in which requests stand in the file. */
  get requests(): RecordedRequest[] {
    return this.#requests.map((each) => redactedRequest(each, this.#redactor));
  }

  /** The recorded requests that were not asked for; none while it records. */
  get unplayed(): RecordedRequest[] {
    return this.#recording ? [] : this.#interactions.filter((each) => !each.played).map((each) => each.request);
  }

  /**
   * Puts it in, for all clients of the process, until `eject`. For what runs before and after each test; else `cassette`
   * does both. Throws CassetteError for a file that is none, or when it is in use.
   */
  insert(): this {
    if (tapes.inUse.includes(this)) throw new CassetteError("the cassette is in use already");
    if (!ambient.taped) {
      throw new CassetteError(
        'this test loads the package as a browser does, and cassettes need its part for Node: run it in Node\'s environment, or with jest-environment-jsdom set testEnvironmentOptions: { customExportConditions: ["node"] }',
      );
    }
    this.#there = existsSync(this.path);
    this.#recording = this.mode == "all" || (this.mode == "once" && !this.#there);
    [this.#requests, this.#misses, this.#shelves] = [[], [], new WeakMap()];
    this.#interactions = this.#there && !this.#recording ? load(this.path) : [];
    tapes.inUse.push(this);
    return this;
  }

  /**
   * Takes it out, and writes what was recorded if the test passed. Throws CassetteMissError when it passed although a
   * request was not in the cassette; CassetteError when what happened cannot be recorded.
   */
  eject(passed = true): void {
    if (!tapes.inUse.includes(this)) return;
    tapes.inUse = tapes.inUse.filter((each) => each != this);
    if (!passed) return;
    if (this.#misses[0]) throw this.#misses[0];
    if (this.#recording) this.#keep();
  }

  /** The first request that was not there, whether anybody heard of it or not. @internal */
  get miss(): CassetteMissError | undefined {
    return this.#misses[0];
  }

  #keep(): void {
    const found = this.#interactions.filter(({ reply, end }) => reply || typeof end == "object");
    this.#refuseUnreachable(found);
    for (const { reply, request, chunks } of found) {
      if (reply) this.#redactor.learnBody(request.path, parsed(Buffer.concat(chunks).toString()));
    }
    if (found.length) save(this.path, found.map((each) => written(each, this.#redactor)));
  }

  /** No server that was not there is to be played, unless the same request came through later, which is all there is of it. */
  #refuseUnreachable(found: Interaction[]): void {
    for (const each of [...found]) {
      if (each.reply || typeof each.end != "object" || each.end.kind != "unreachable") continue;
      const at = found.indexOf(each);
      found.splice(at, 1);
      const same = (later: Interaction) => !differences(later.request, each.request, []).length;
      if (found.slice(at).some(same)) continue;
      throw new CassetteError(
        `${this.#name} was not recorded: the server cannot be reached (${each.end.detail}). Start one with \`aistrale serve\`, or set AISTRALE_API_URL to one that runs. What a program does without a server is tested without a cassette.`,
      );
    }
  }

  /** Whether nothing needs to be waited for. @internal */
  get playing(): boolean {
    return !this.#recording;
  }

  /** Where loaded prompts are kept while it is in use, by their client. @internal */
  get shelves(): WeakMap<object, any> {
    return this.#shelves;
  }

  /** Carries out a request instead of `send`. @internal */
  async send(send: Send, base: string, url: string, init: any): Promise<Response> {
    return this.#recording ? this.#record(send, base, url, init) : this.#play(base, url, init);
  }

  #asked(base: string, url: string, init: any): RecordedRequest {
    this.#redactor.learnHeaders(new Headers(init.headers));
    const asked = requestOf(url, base, init);
    this.#redactor.learnBody(asked.path, asked.body ?? (asked.text == null ? undefined : parsed(asked.text)));
    this.#requests.push(asked);
    return asked;
  }

  async #record(send: Send, base: string, url: string, init: any): Promise<Response> {
    const interaction: Interaction = { request: this.#asked(base, url, init), chunks: [], end: "closed" };
    this.#interactions.push(interaction);
    let response: Response;
    try {
      response = await send(url, init);
    } catch (why) {
      interaction.end = failure(why, init.signal) ?? "closed";
      throw why;
    }
    const { status, headers, body } = response;
    interaction.reply = { status, headers: Object.fromEntries(headers) };
    if (!body) {
      interaction.end = "whole";
      return response;
    }
    const reader = body.getReader();
    let left = false;
    const noted = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          try {
            const { done, value } = await reader.read();
            if (done) {
              if (!left) interaction.end = "whole";
              controller.close();
            } else {
              if (!left && value.length) interaction.chunks.push(Buffer.from(value));
              controller.enqueue(value);
            }
          } catch (why) {
            if (!left) interaction.end = failure(why, init.signal, true) ?? "closed";
            controller.error(why);
          }
        },
        async cancel(reason) {
          left = true;
          interaction.end = failure(reason, init.signal) ?? "closed";
          await reader.cancel(reason);
        },
      },
      { highWaterMark: 0 }, // nothing is read that nobody wants yet: it would be recorded
    );
    return new Response(noted, { status, headers });
  }

  async #play(base: string, url: string, init: any): Promise<Response> {
    const interaction = this.#answer(this.#asked(base, url, init));
    const { reply, chunks, end } = interaction;
    if (!reply) throw failed(end as Failure);
    if (/^(204|205|304)$/.test(String(reply.status))) return new Response(null, reply);
    let at = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          while (at < chunks.length && !chunks[at]!.length) at++;
          if (at < chunks.length) controller.enqueue(new Uint8Array(chunks[at++]!));
          else if (end == "whole") controller.close();
          else controller.error(end == "closed" ? this.#readOn(interaction) : failed(end));
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, reply);
  }

  /** Gives what was recorded for a request. Throws CassetteMissError when there is none left. */
  #answer(asked: RecordedRequest): Interaction {
    const now = redactedRequest(asked, this.#redactor);
    const compared = this.#interactions.map((each) => ({ each, found: differences(each.request, now, this.#ignored) }));
    const next = compared.find(({ each, found }) => !found.length && !each.played)?.each;
    if (next) {
      next.played = true;
      return next;
    }
    const miss = new CassetteMissError(this.#notThere(now, compared));
    if (!now.path.endsWith("/cancel")) this.#misses.push(miss); // a stream that is left says so, if it comes to
    throw miss;
  }

  /** The file, from the working directory where it lies in that. */
  get #name(): string {
    const inside = relative("", this.path);
    return inside.startsWith("..") || isAbsolute(inside) ? this.path : inside;
  }

  #notThere(now: RecordedRequest, compared: { each: Interaction; found: Difference[] }[]): string {
    const asked = `${now.method} ${now.path}`;
    if (!this.#there) return `${asked} is not recorded: there is no cassette ${this.#name}.\n${this.#advice}`;
    const same = compared.filter(({ found }) => !found.length).length;
    const lines: string[] = [];
    if (same) {
      const times = ["", "once", "twice"][same] ?? `${same} times`;
      lines.push(`${asked} was asked once more than it is in the cassette ${this.#name}, which has it ${times}.`);
    } else {
      lines.push(`${asked} is not in the cassette ${this.#name}.`);
      if (!compared.length) lines.push("Nothing is recorded in it.");
      const far = compared.map(({ each, found }) => distance(found) + (each.played ? PLAYED : 0));
      const nearest = far.indexOf(Math.min(...far));
      if (compared[nearest]) {
        const { each, found } = compared[nearest];
        const which = `${nearest + 1} of ${compared.length}${each.played ? ", played already" : ""}`;
        lines.push(`The nearest recorded request (${which}) differs in:`, described(found));
      }
    }
    return [...lines, this.#advice].join("\n");
  }

  get #advice(): string {
    return this.#there
      ? "To record it again: run the test with AISTRALE_RECORD=all in the environment."
      : "To record it: run the test with AISTRALE_RECORD=once in the environment.";
  }

  #readOn({ request }: Interaction): CassetteMissError {
    const miss = new CassetteMissError(
      `${request.method} ${request.path}: the cassette ${this.#name} has no more of this answer, as its reader left it here when it was recorded, and reads on now.\n${this.#advice}`,
    );
    this.#misses.push(miss);
    return miss;
  }
}

const inCi = () => !["", "0", "false"].includes((process.env.CI ?? "").toLowerCase());

/** Gives why there is no answer, undefined where the caller wanted none any more. */
function failure(why: any, signal: AbortSignal | undefined, answered = false): Failure | undefined {
  if (signal?.aborted) {
    return signal.reason?.name == "Error" ? { kind: "deadline", detail: "the call's time was over" } : undefined;
  }
  const unreachable = refused(new Trouble({ early: !answered, cause: why }));
  return { kind: unreachable ? "unreachable" : "lost", detail: detail(why) };
}

/** Gives what `fetch` fails with; the call takes it for what it was. */
function failed({ kind, detail }: Failure): Error {
  const why = new TypeError("fetch failed", { cause: new Error(detail) });
  return Object.assign(why, { played: { late: kind == "deadline", early: false } });
}

/**
 * Records what the clients of this process send and get while `use` runs, or plays it again without network, server,
 * API key or cost.
 *
 * It holds for the module's functions and for all clients, made before it or inside, with a `fetch` of their own too. Two
 * that run at once have each their own. Requests are compared by method, path, query and body (as JSON), and answered in the order of
 * their recording; the pieces of a stream come as they came, without the time between them. One that is not there throws
 * `CassetteMissError`, at the latest at the end. Nothing is written when `use` throws or rejects, or when the server
 * cannot be reached (`CassetteError`).
 *
 * @param path - its file, JSON; folders are made. A relative one is so to the working directory:
 *   `new URL("greeting.json", import.meta.url)` lies beside the test.
 * @returns what `use` gives.
 */
export async function cassette<T>(path: string | URL, use: (tape: Cassette) => T | Promise<T>): Promise<T>;
export async function cassette<T>(
  path: string | URL,
  options: CassetteOptions,
  use: (tape: Cassette) => T | Promise<T>,
): Promise<T>;
export async function cassette<T>(path: string | URL, ...given: any[]): Promise<T> {
  const use: (tape: Cassette) => T | Promise<T> = given.pop();
  if (typeof use != "function") throw new TypeError("cassette(path, options, use) needs a function that uses it");
  const tape = new Cassette(path, given[0]).insert();
  let value: T;
  try {
    value = await tapes.here.run(tape, async () => use(tape));
  } catch (why: any) {
    tape.eject(false);
    if (tape.miss && why instanceof Error && why != tape.miss && why.cause === undefined) why.cause = tape.miss;
    throw why;
  }
  tape.eject();
  return value;
}
