/** The server's half of a page that streams: a route of your own backend, which has the API key. */
import { APIConnectionError } from "./errors.js";
import { APIStatusError } from "./errors-answer.js";
import { snake, write } from "./json.js";
import type { Inference, StreamEvent } from "./types.js";

/** How an answer is passed on. */
export interface ResponseOptions {
  /** Headers to add. */
  headers?: Readonly<Record<string, string>> | null | undefined;
  /**
   * Whether the page is told all that there is: the answer's whole record, which says what it cost, who answered and
   * what was tried, and events of kinds that this version does not know. Without it the page gets what it shows, and
   * what it says again in the next request: the texts, calls of tools and their results, and why the answer ended.
   */
  details?: boolean | null | undefined;
  /**
   * Called with what the stream fails with; gives the words that the page is told. Without any it is told that there
   * is no answer, and the error's status and code: the whole message is for who runs the server. An `AbortError`, as
   * your `signal` gives it when the page has gone away, is no failure. What this throws goes to the console.
   */
  onError?:
    | ((error: unknown) => string | null | undefined | void | Promise<string | null | undefined | void>)
    | null
    | undefined;
}

/** After which silence a comment is sent, so that nothing in between takes the connection for dead. */
const SILENCE = 5000;

/**
 * Gives the `Response` that passes a stream on to a page, as server-sent events in AISTRALE's own words, which the
 * hooks of `@aistrale/sdk/react` read:
 *
 *     export async function POST(request: Request) {
 *       const { messages } = await request.json();
 *       return toResponse(stream({ messages, model: "gpt-4o", signal: request.signal }));
 *     }
 *
 * It begins at once; an error, also one before the first word, is an event in it. When the page goes away the stream
 * is closed, which ends the inference. Take from the page's request what a page may choose, and nothing else.
 */
export function toResponse(events: AsyncIterable<StreamEvent>, options: ResponseOptions = {}): Response {
  if (typeof events?.[Symbol.asyncIterator] != "function") {
    throw new TypeError("toResponse takes a stream: toResponse(stream(…)). Answer with what run gives by Response.json(…)");
  }
  const encoder = new TextEncoder();
  const iterator = events[Symbol.asyncIterator]();
  let timer: any;
  /** Whether nothing more goes out: all of it has, or nobody reads any more. */
  let over = false;
  const end = () => {
    over = true;
    clearInterval(timer);
  };
  /** Has whoever gives the events end them. */
  const leave = async () => {
    try {
      await iterator.return?.();
    } catch (why) {
      await wordsFor(why, options);
    }
  };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const say = () => controller.enqueue(encoder.encode(":\n\n"));
      say(); // so that the head goes out
      // Where nobody reads, nothing is heaped up.
      timer = setInterval(() => over || controller.desiredSize! <= 0 || say(), SILENCE);
      timer.unref?.(); // what is not read keeps no program alive
    },
    async pull(controller) {
      let text = "";
      try {
        // What is not for the page is skipped here: a pull that gives nothing is not followed by another.
        while (!text && !over) {
          const { value, done } = await iterator.next();
          if (done) end();
          else text = written(value, options.details);
        }
      } catch (error) {
        if (!over) text = line("error", "", problem(error, await wordsFor(error, options)));
        end();
        await leave();
      }
      try {
        if (text) controller.enqueue(encoder.encode(text));
        if (over) controller.close();
      } catch {
        end();
        await leave(); // nobody reads any more
      }
    },
    async cancel() {
      end();
      await leave();
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no", // nginx would hold it back
      ...options.headers,
    },
  });
}

const line = (event: string, id: string, data: unknown) =>
  `event: ${event}\n${id && `id: ${id}\n`}data: ${write(data)}\n\n`;

async function wordsFor(error: any, { onError }: ResponseOptions): Promise<string | null | undefined | void> {
  if (error?.name == "AbortError") return;
  try {
    return await onError?.(error);
  } catch (why) {
    console.error(why);
  }
}

function written(event: StreamEvent, details: boolean | null | undefined): string {
  if (event.type == "text") return line("delta", event.id, { text: event.text });
  if (event.type == "thinking") return line("delta", event.id, { thinking: event.thinking });
  if (event.type == "toolCall") {
    const { index, callId, name, arguments: given, id } = event;
    return line("delta", id, { tool_call: { index, id: callId ?? undefined, name: name ?? undefined, arguments: given } });
  }
  if (event.type == "toolResult") {
    const { callId, name, content, isError } = event;
    return line("tool_result", "", { call_id: callId, name, content, is_error: isError });
  }
  if (event.type == "completed") {
    return line("completed", event.id, snake(details ? event.inference : reduced(event.inference)));
  }
  return details ? line(event.event, event.id, event.data) : "";
}

/** What a page needs of an answer. */
function reduced({ id, text, message, toolCalls, finishReason, createdAt, rounds }: Inference): object {
  return { id, text, message, toolCalls, finishReason, createdAt, ...(rounds && { rounds: rounds.map(reduced) }) };
}

function problem(error: unknown, words: string | null | undefined | void): object {
  const known = error instanceof APIStatusError ? error : undefined;
  return {
    title: "No answer",
    status: known?.status ?? (error instanceof APIConnectionError ? 502 : 500),
    code: known?.code ?? null,
    detail: typeof words == "string" && words ? words : "There is no answer",
    retry_after_ms: known?.retryAfterMs ?? null,
  };
}
