/** One call from its first attempt to its answer or error: its request, its deadline, its retries. */
import { ambient } from "#ambient";
import { AistraleError, APIConnectionError } from "./errors.js";
import { parse } from "./json.js";
import { part } from "./part.js";
import type { Core, Headers } from "./core.js";
import type { Span } from "./spans.js";
import type { CallOptions } from "./types.js";

export { API, type Core, type Headers } from "./core.js";

/** One HTTP request, ready to be sent as often as needed. */
export interface Request {
  method: string;
  /** With its query. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** Whether the answer is text, not JSON. */
  text?: boolean;
  /** Sending it twice does no harm, whatever became of the first. */
  repeatable?: boolean;
  /** The server goes on with it when its connection is lost; sent again, it is the same inference. */
  resumable?: boolean;
}

/** Why there is no answer yet. It never leaves this package: the errors that users get are made of it. */
export class Trouble {
  constructor(fields: Partial<Trouble>) {
    Object.assign(this, fields);
  }
}

export interface Trouble {
  /** No answer came; `early`: nothing of it, not even its head. */
  lost?: boolean;
  early?: boolean;
  /** The call's time was over. */
  late?: boolean;
  /** The server's answer, or the `error` event that its stream began with. */
  status?: number;
  code?: string | null;
  headers?: Headers;
  body?: string;
  problem?: unknown;
  /** How long the event says to wait. */
  after?: number | undefined;
  /** A success that nobody understands. */
  unreadable?: unknown;
  /** A stream that was cut: in words, with what arrived. */
  cut?: string;
  gathered?: object;
  cause?: unknown;
}

export class Call {
  attempt = 0;
  /** The moment at which it is over, on `performance.now()`'s clock. */
  readonly until: number;
  readonly timeoutMs: number;
  /** Aborted when the call is over: its time, or by its caller. */
  readonly over = new AbortController();
  /** Whether the head of a resumable request's answer is still wanted when the call is given up before. */
  keep = false;
  /** That head, until it is there. */
  pending: Promise<Response> | undefined;
  /** What reads the answer's body. */
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** What OpenTelemetry is told of it, where that is wanted. */
  declare span: Span | undefined;
  #sent: Promise<Response> | undefined;
  #early = false;
  #late = false;
  #wire = new AbortController();
  #max: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #begun = 0;

  constructor(
    readonly core: Core,
    readonly request: Request,
    readonly options: CallOptions,
    until?: number,
  ) {
    this.timeoutMs = options.timeoutMs ?? core.options.timeoutMs ?? 600_000;
    this.#max = options.maxRetries ?? core.options.maxRetries ?? 2;
    request.headers = {
      ...core.headers,
      ...(request.body && { "content-type": "application/json" }),
      ...request.headers,
    };
    this.until = until ?? performance.now() + this.timeoutMs;
    const left = this.until - performance.now();
    const { signal } = options;
    if (signal) ambient.shared?.(signal);
    signal?.addEventListener("abort", this.#abort);
    if (signal?.aborted) this.#abort();
    if (left < 2 ** 31) {
      this.#timer = setTimeout(() => {
        this.#late = true;
        this.#end();
      }, left);
    }
  }

  #abort = () => this.#end(this.options.signal!.reason);

  #end(reason?: unknown): void {
    this.over.abort(reason);
    if (!this.pending) this.#drop();
  }

  /** Ends an attempt; its body by itself too, as not every `fetch` looks at its signal. */
  #drop(): void {
    this.#wire.abort(this.#late ? Error("timeout") : undefined);
    this.reader?.cancel().catch(() => {});
    this.#sent?.then((response) => response.body?.cancel()).catch(() => {});
  }

  /** Lets go of everything: timer, listener, connection. */
  done(): void {
    clearTimeout(this.#timer);
    this.options.signal?.removeEventListener("abort", this.#abort);
    this.pending = undefined;
    this.#end();
  }

  /** Waits for something, but not beyond the call's end. */
  async within<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.over;
    let stop!: () => void;
    const over = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", (stop = () => reject()));
    });
    promise.catch(() => {}); // which may be nobody's when this is over
    try {
      if (signal.aborted) throw 0;
      return await Promise.race([promise, over]);
    } catch (why) {
      throw this.failed(why);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  log(line: string): void {
    const { log } = this.core.options;
    (log ?? ambient.log?.())?.(`${this.request.method} ${this.request.path.split("?")[0]} ${line}`);
  }

  /** Sends the request once more. Gives the head of a success; throws for everything else. */
  async open(): Promise<Response> {
    const { method, path, headers, body, resumable } = this.request;
    const { fetch, settings } = this.core;
    this.#drop(); // the attempt that was given up
    this.#wire = new AbortController();
    this.log(`attempt ${this.attempt + 1}, ${body?.length ?? 0} characters`);
    this.#begun = performance.now();
    if (this.over.signal.aborted) throw this.failed(0);
    const { signal } = this.#wire;
    const init = { method, headers, body, signal, redirect: "manual" };
    this.#early = true;
    const sent = (this.#sent = fetch(settings.apiUrl + path, init));
    if (resumable && this.keep) this.pending = sent;
    const response = await this.within(sent);
    this.pending = undefined;
    this.#early = false;
    const { status } = response;
    const known = Object.fromEntries(response.headers);
    this.log(`${status} request id ${known["x-request-id"]}`);
    if (response.ok) return response;
    const text = await this.within(response.text()).catch(() => "");
    if (this.over.signal.aborted) throw this.failed(0);
    await this.tell(response, text);
    const problem = await parse(text).catch(() => null);
    const code = problem?.code;
    throw new Trouble({ status, code, problem, headers: known, body: text });
  }

  /** Gives the whole body of an answer. */
  async body(response: Response): Promise<string> {
    const text = await this.within(response.text());
    await this.tell(response, text);
    return text;
  }

  /** Tells whoever wants to know what the server answered. */
  async tell(response: Response, body: string | null): Promise<void> {
    if (!this.options.onResponse && !this.core.options.onResponse) return;
    (await part(import("./trouble.js"))).tell(this, response, body, performance.now() - this.#begun);
  }

  /** Gives what the absence of an answer is: a `Trouble`, or the signal's reason. */
  failed(cause: any): unknown {
    const { signal } = this.over;
    if (signal.aborted && !this.#late) return signal.reason;
    if (cause instanceof AistraleError || cause?.asIs) return cause;
    this.log(this.#late ? "deadline" : detail(cause));
    return new Trouble({ lost: true, late: this.#late, early: this.#early, cause, ...cause?.played });
  }

  /** Gives the error that a trouble is, and that users get. */
  async error(trouble: any): Promise<any> {
    if (!(trouble instanceof Trouble)) return trouble;
    try {
      return (await import("./trouble.js")).errorOf(this, trouble);
    } catch (cause) {
      // Without a connection there is no way to load anything either, where this is a part of a page.
      return new APIConnectionError("No answer from " + this.core.settings.apiUrl, { cause });
    }
  }

  /** Waits for the next attempt; throws the error when there is to be none. */
  async again(trouble: unknown, told?: (error: any) => void): Promise<void> {
    const wait =
      trouble instanceof Trouble && this.attempt < this.#max
        ? await import("./trouble.js").then(
            ({ delay }) => delay(trouble, this),
            () => undefined,
          )
        : undefined;
    if (wait == null || told) {
      const error = await this.error(trouble);
      if (wait == null) throw error;
      told!(error);
    }
    this.attempt++;
    this.log(`again in ${(wait / 1000).toFixed(2)} s`);
    let timer: ReturnType<typeof setTimeout>;
    await this.within(new Promise((go) => (timer = setTimeout(go, wait)))).finally(() => clearTimeout(timer));
  }

  /** Finds out what is to be known before anything is sent; what that takes is loaded where there is something. */
  async ready(): Promise<void> {
    const { options, settings } = this.core;
    const given = [options, this.options];
    const provider = options.tracerProvider ?? (globalThis as any)[Symbol.for("@aistrale/sdk/otel")];
    const key = ambient.exposed && settings.apiKey && !options.dangerouslyAllowAdminKeyInBrowser;
    if (
      provider ||
      key ||
      given.some((each) => each.headers || each.workspace || each.timeoutMs != null || each.maxRetries != null)
    ) {
      await (await part(import("./ready.js"))).ready(this, given, provider, key);
    }
  }
}

/** Gives why, in the words of whoever knows. */
export function detail(cause: any): string {
  const inner = cause?.cause ?? cause;
  return String(inner?.message || inner?.code || inner);
}

/** Gives the decoded answer of a call that is answered in one piece. */
export async function perform<T>(
  core: Core,
  request: Request,
  options: CallOptions,
  decode: (value: any) => T,
  until?: number,
): Promise<T> {
  const call = new Call(core, request, options, until);
  try {
    await call.ready();
    for (;;) {
      try {
        return await answer(call, await call.open(), decode);
      } catch (trouble) {
        await call.again(trouble);
      }
    }
  } catch (why) {
    call.span?.end(why);
    throw why;
  } finally {
    call.done();
  }
}

/** Gives the decoded answer that a body is. */
export async function answer<T>(call: Call, response: Response, decode: (value: any) => T): Promise<T> {
  const body = await call.body(response);
  try {
    const value = decode(body && !call.request.text ? await parse(body) : body || null);
    call.span?.answered(value as any);
    return value;
  } catch (unreadable) {
    const headers = Object.fromEntries(response.headers);
    throw new Trouble({ unreadable, status: response.status, headers, body });
  }
}
