/** A stream from its request to its last event, over as many connections as it takes. */
import { answer, API, Call, type Core, perform, type Request, Trouble } from "./call.js";
import { AistraleError } from "./errors.js";
import { final, Gathered, type Source } from "./gathered.js";
import { inference, parse } from "./json.js";
import { type ServerSentEvent, SseParser } from "./sse.js";
import type { RunOptions, StreamEvent } from "./types.js";

/** How long the end of a completed stream may take to come, for the connection to be kept. */
const DRAIN = 50;
/** After which time a server has begun to answer: it says something every five seconds. */
const HEAD_TIMEOUT = 10_000;

const sleep = (millis: number) =>
  new Promise<undefined>((go) => {
    const timer: any = setTimeout(go, millis);
    timer.unref?.();
  });

/** Notes whose answer begins. A new one is never put behind an old one. */
function opened(gathered: Gathered, response: Response): void {
  const id = response.headers.get("x-aistrale-inference-id");
  const known = gathered.inferenceId;
  if (gathered.begun && ((id && known && id != known) || !isEvents(response))) {
    throw new Final(gathered.cut("the server began another answer"));
  }
  gathered.inferenceId = id ?? known;
}

const isEvents = (response: Response) =>
  /^text\/event-stream/i.test(response.headers.get("content-type") ?? "");

/** What ends a stream, whatever the retries. */
class Final {
  constructor(readonly trouble: unknown) {}
}

/** Gives the events of a stream. */
async function* streamed(call: Call, gathered: Gathered): AsyncGenerator<StreamEvent, void> {
  const { request } = call;
  await call.ready();
  for (;;) {
    const before = gathered.unheard;
    try {
      gathered.unheard ||= !call.over.signal.aborted;
      const response = await call.open();
      opened(gathered, response);
      if (isEvents(response)) {
        yield* events(call, response, gathered);
      } else {
        const whole = await answer(call, response, inference);
        yield gathered.add({ type: "completed", inference: whole, id: "" });
      }
      return;
    } catch (why) {
      if (why instanceof Final) throw await call.error(why.trouble);
      if (!(why instanceof Trouble)) throw why;
      // Nothing was sent; or the server, and not what is before it, says what came of this one.
      if (why.code || (why.lost && (await import("./trouble.js")).refused(why))) gathered.unheard = before;
      if (gathered.begun) {
        if (!request.resumable || !gathered.lastId) throw await call.error(why);
        request.repeatable = true;
        request.headers!["last-event-id"] = gathered.lastId;
      }
      await call.again(why).catch(async (last) => {
        if (!gathered.begun || why.cut || why.late || !(last instanceof AistraleError)) throw last;
        throw await call.error(gathered.cut("it cannot be gone on with: " + last.message, last));
      });
    }
  }
}

/** Gives the events of one connection; throws when it ends before the last one. */
async function* events(
  call: Call,
  response: Response,
  gathered: Gathered,
): AsyncGenerator<StreamEvent, void> {
  await call.tell(response, null);
  const parser = new SseParser();
  const resumed = gathered.begun;
  const reader = (call.reader = response.body!.getReader());
  for (let ended = false; !ended; ) {
    let chunk: Uint8Array | undefined;
    try {
      chunk = (await reader.read()).value;
      if (!chunk && call.over.signal.aborted) throw 0; // it was cancelled
    } catch (why) {
      const cause: any = call.failed(why);
      throw cause instanceof Trouble && !cause.late
        ? gathered.cut("the connection broke", cause.cause)
        : cause;
    }
    ended = !chunk;
    try {
      for (const each of chunk ? parser.feed(chunk) : parser.end()) {
        const { event, id } = each;
        // What was cut may have lost its id, and would be taken for another when the stream goes on.
        if (ended && call.request.resumable && !/^(completed|error)$/.test(event)) continue;
        let data: any;
        let found: StreamEvent[];
        try {
          data = await parse(each.data);
          found = read(each, data);
        } catch (why) {
          if (ended) continue; // JSON that was cut is no event
          throw why;
        }
        const ahead = resumed ? +id - +gathered.lastId : NaN;
        if (ahead < 1) continue;
        if (ahead > 1) throw new Final(gathered.cut("the server left out what came after " + gathered.lastId));
        call.attempt = 0;
        if (event == "error") {
          const { status, code, retry_after_ms: after } = data ?? {};
          const trouble = new Trouble({ status: status ?? 500, code, problem: data, after });
          if (gathered.begun) {
            gathered.over = true;
            throw new Final(trouble);
          }
          gathered.inferenceId = null; // it has ended, and the next is another one
          throw trouble;
        }
        gathered.begun = true;
        gathered.lastId = id || gathered.lastId;
        for (const one of found) {
          call.span?.event(one);
          yield gathered.add(one);
          if (one.type != "completed") continue;
          // What is left is read, briefly, so that the connection lives on.
          const rest = async () => {
            while (!(await reader.read()).done);
          };
          await Promise.race([rest().catch(() => {}), sleep(DRAIN)]);
          return;
        }
      }
    } catch (why: any) {
      if (why instanceof Final || why instanceof Trouble) throw why;
      throw new Final(gathered.cut("the server sent what no client can read, " + why.message));
    }
  }
  throw gathered.cut("the connection was closed");
}

function read({ event, id }: ServerSentEvent, data: any): StreamEvent[] {
  if (event == "error") return [];
  if (event == "completed") return [{ type: "completed", inference: inference(data), id }];
  const found: StreamEvent[] = [];
  if (event == "delta") {
    const { text, thinking, tool_call: call } = data ?? {};
    if (typeof text == "string") found.push({ type: "text", text, id });
    if (typeof thinking == "string") found.push({ type: "thinking", thinking, id });
    if (Number.isInteger(call?.index)) {
      const { index, id: callId = null, name = null, arguments: given } = call;
      found.push({ type: "toolCall", index, callId, name, arguments: given ?? "", id });
    }
  }
  return found.length ? found : [{ type: "unknown", event, data, id }];
}

/** Begins the stream of one inference. */
export function inferring(core: Core, request: Request, options: RunOptions, until?: number): Source {
  const call = new Call(core, request, options, until);
  const gathered = new Gathered();
  call.keep = true;
  return {
    gathered,
    events: streamed(call, gathered),
    leave: (error) => leave(call, gathered, error),
    final: () => final(call, gathered),
  };
}

/**
 * Has the inference ended, unless it has. That is waited for a second at most, and a tenth of one where the call
 * has failed already. Before the server named it it is ended by its key, which nobody else has. By a key of the
 * caller's it is not, as he can come back with it: where he wants no more, its name is heard first.
 */
async function leave(call: Call, gathered: Gathered, error: unknown): Promise<void> {
  call.span?.end(error);
  const failed = error instanceof AistraleError;
  const { request, options, core } = call;
  const given = (options as RunOptions).idempotencyKey;
  const pending = given && call.pending;
  const nothing = gathered.over || !request.resumable || (failed && given);
  if (nothing || !pending) call.done();
  if (nothing) return;
  const say = async () => {
    if (pending) {
      const response = await Promise.race([pending, sleep(HEAD_TIMEOUT)]);
      if (response) opened(gathered, response);
      call.done();
    }
    const id = gathered.inferenceId;
    if (gathered.over || (!id && (given || !gathered.unheard))) return;
    gathered.over = true;
    const path = `${API}/inferences/${id ? encodeURIComponent(id) + "/" : ""}cancel`;
    const headers: Record<string, string> = id ? {} : { "idempotency-key": request.headers!["idempotency-key"]! };
    await perform(
      core,
      { method: "POST", path, headers, repeatable: true },
      { ...options, signal: null, timeoutMs: 5000, maxRetries: 0 },
      () => {},
    );
  };
  await Promise.race([say().catch(() => call.done()), sleep(pending || failed ? 100 : 1000)]);
}
