/** Answers that are read while they come: lines of an export, records of a live stream. */
import { answer, Call, type Core, detail, type Request, Trouble } from "./call.js";
import { StreamInterruptedError } from "./errors-answer.js";
import { parse } from "./json.js";
import { SseParser } from "./sse.js";
import type { CallOptions, Feed } from "./types.js";

/** How long may pass between two pieces of an export, in milliseconds: the server may search for long. */
const EXPORT_SILENCE = 300_000;
/** How long may pass on a live stream, which has a sign of life every five seconds. */
const LIVE_SILENCE = 30_000;
/** How often in a row a live stream is connected again, which takes a minute, when no number is given. */
const LIVE_RETRIES = 10;
/** A line larger than this is no record; reading on would fill the memory. */
const MOST = 64 << 20;

/** Where a feed is. */
interface Position {
  count: number;
  lastEventId: string | null;
}

/** Whom to tell that a live stream's connection was lost, and that it was made again. */
interface Told {
  onDisconnect?: ((why: Error) => unknown) | null | undefined;
  onReconnect?: (() => unknown) | null | undefined;
}

type Steps<T> = (call: Call, position: Position) => AsyncGenerator<T, void>;

function feeding<T>(core: Core, request: Request, options: CallOptions, steps: Steps<T>): Feed<T> {
  const position: Position = { count: 0, lastEventId: null };
  let call: Call | undefined;
  let items: AsyncGenerator<T, void> | undefined;
  let left = false;
  return {
    get lastEventId() {
      return position.lastEventId;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        if (!left) {
          call ??= new Call(core, request, { ...options, timeoutMs: options.timeoutMs ?? Infinity });
          items ??= steps(call, position);
          const { value, done } = await items.next();
          if (!done && !left) return { done: false, value: value as T };
        }
      } catch (error) {
        if (!left) {
          call?.done();
          left = true;
          throw error;
        }
      }
      return this.return!();
    },
    async return() {
      left = true;
      call?.done();
      return { done: true, value: undefined };
    },
    async close() {
      await this.return!();
    },
  };
}

/** Gives the lines of an answer, their ends included. Tried again only before the first one. */
export function exported(core: Core, request: Request, options: CallOptions = {}): Feed<string> {
  return feeding(core, request, options, async function* (call, position) {
    await call.ready();
    for (;;) {
      const response = await opened(call, EXPORT_SILENCE);
      const reader = (call.reader = response.body!.getReader());
      const decoder = new TextDecoder();
      let held = "";
      let trouble: unknown;
      for (;;) {
        const chunk = await read(call, reader, EXPORT_SILENCE).catch((why) => {
          trouble = why;
          return undefined;
        });
        if (trouble) break;
        const text = decoder.decode(chunk, { stream: !!chunk });
        if (!text.includes("\n") && chunk) {
          if ((held += text).length > MOST) throw cut(position, "a line is larger than any record");
          continue;
        }
        const lines = (held + text).split("\n");
        held = lines.pop()!;
        for (const line of lines) {
          position.count++;
          yield line + "\n";
        }
        if (chunk) continue;
        if (held) throw cut(position, "it ends in the middle of a line");
        return;
      }
      if (position.count && trouble instanceof Trouble) {
        throw cut(position, `the connection broke (${detail(trouble.cause)})`, trouble.cause);
      }
      await call.again(trouble);
    }
  });
}

/**
 * Gives what the events of this name hold, of all for undefined; connects again, and goes on, when the stream
 * ends. An event that is nothing but an id says where the server is, so that no more is sent again.
 */
export function live<T>(
  core: Core,
  request: Request,
  options: CallOptions = {},
  name: string | undefined,
  decode: (value: any) => T,
  told: Told = {},
): Feed<T> {
  const retries = { maxRetries: options.maxRetries ?? core.options.maxRetries ?? LIVE_RETRIES };
  return feeding(core, request, { ...options, ...retries }, async function* (call, position) {
    await call.ready();
    for (let broken = false; ; broken = true) {
      const response = await opened(call, LIVE_SILENCE);
      if (!/^text\/event-stream/i.test(response.headers.get("content-type") ?? "")) {
        await answer(call, response, () => {
          throw new Error("not a stream of events");
        }).catch((trouble) => call.again(trouble));
      }
      if (broken) told.onReconnect?.();
      const reader = (call.reader = response.body!.getReader());
      const parser = new SseParser();
      let trouble: unknown;
      while (!trouble) {
        const chunk = await read(call, reader, LIVE_SILENCE).catch((why) => {
          trouble = why;
        });
        if (!chunk) {
          trouble ??= call.failed(new Error("the server ended the stream"));
          break;
        }
        try {
          for (const event of parser.feed(chunk)) {
            call.attempt = 0;
            const value = await parse(event.data);
            if (event.event == "error") {
              const { status = 500, code, retry_after_ms: after } = value ?? {};
              trouble = new Trouble({ status, code, problem: value, after });
              break;
            }
            if (name && event.event != name) continue;
            const item = decode(value);
            position.count++;
            position.lastEventId = event.id || position.lastEventId;
            yield item;
          }
          position.lastEventId = parser.lastId || position.lastEventId;
        } catch (why: any) {
          throw cut(position, "the server sent what no client can read, " + why.message);
        }
      }
      reader.cancel().catch(() => {});
      await call.again(trouble, (error) => told.onDisconnect?.(error));
      if (position.lastEventId != null) {
        call.request.headers!["last-event-id"] = position.lastEventId;
      }
    }
  });
}

/** Gives the head of a success whose body is still to be read; attempts included. */
async function opened(call: Call, silence: number): Promise<Response> {
  for (;;) {
    try {
      const response = await noticing(call, silence, call.open());
      await call.tell(response, null);
      return response;
    } catch (error) {
      await call.again(error);
    }
  }
}

/** Gives the next bytes, undefined at the end. */
async function read(
  call: Call,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  silence: number,
): Promise<Uint8Array | undefined> {
  try {
    const { value } = await noticing(call, silence, reader.read());
    if (!value && call.over.signal.aborted) throw 0; // it was cancelled
    return value;
  } catch (why) {
    reader.cancel().catch(() => {});
    throw call.failed(why);
  }
}

/** Waits for something; who says nothing for so long is taken for dead. Only the waiting counts. */
async function noticing<T>(call: Call, silence: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const silent = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(call.failed(new Error("it kept silent for too long"))), silence);
  });
  try {
    return await Promise.race([promise, silent]);
  } finally {
    clearTimeout(timer!);
  }
}

function cut(position: Position, why: string, cause?: unknown): StreamInterruptedError {
  return new StreamInterruptedError(
    `The answer ended before its end: ${why}. ${position.count} items came; they are not all of it. Ask again for the whole.`,
    { cause },
  );
}
