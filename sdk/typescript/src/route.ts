/** A page's way to a model: a route of its own backend. */
import { perform, type Request } from "./call.js";
import { makeCore } from "./core.js";
import { APIConnectionError, APITimeoutError } from "./errors.js";
import { APIStatusError, StreamInterruptedError } from "./errors-answer.js";
import type { Source } from "./gathered.js";
import { inference, write } from "./json.js";
import { listed, validated } from "./schema.js";
import { Stream } from "./stream.js";
import { inferring } from "./streaming.js";
import type { CallOptions, Json, StandardSchema, StreamEvent, ToolResult } from "./types.js";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A route's URL; null for a function in its place. */
export type Where = string | null;

function calling(where: Where, fetching: Fetch | null | undefined, options: CallOptions, body: object, accept: string) {
  const core = makeCore({ apiKey: null, fetch: fetching });
  const whole = new URL(where ?? "http://localhost/", typeof location == "object" ? location.href : undefined);
  // Whose route it is is the page's to say: no setting of a client's, and no key.
  const headers = { accept, "content-type": "application/json" };
  const settings = { ...core.settings, apiUrl: whole.origin, apiKey: null };
  const request: Request = { method: "POST", path: whole.pathname + whole.search, headers, body: write(body) };
  return {
    core: { ...core, settings, headers: {} },
    request,
    options: { ...options, maxRetries: options.maxRetries ?? 0 },
  };
}

/** What a route says in its own words: a problem's `detail`, an `error` or `message` as many have it, or plain text. */
function said(body: any): string | undefined {
  if (typeof body == "string") return /^[^<]{1,300}$/.test(body.trim()) ? body.trim() : undefined;
  return [body?.detail, body?.error?.message, body?.error, body?.message].find((each) => each && typeof each == "string");
}

/**
 * Gives an error in words of a page: who reads it is a user, or has written the route. Advice about AISTRALE's server and
 * its keys, which no page knows, is nobody's there.
 */
function worded(why: unknown, where: Where): unknown {
  const route = where ?? "the function for api";
  if (why instanceof APIStatusError) {
    const { status, body } = why;
    const words =
      status >= 200 && status < 300
        ? `${route} answered with what no hook reads: toResponse(stream(…)) makes what useStream and useChat do, Response.json(await run(…)) what useRun does`
        : status < 400
          ? `${route} answered with a redirect, which is not followed`
          : (said(body) ?? `${route} answered ${status}`);
    return new (why.constructor as typeof APIStatusError)(words, { ...why });
  }
  if (why instanceof APITimeoutError) return new APITimeoutError(`${route} took too long`, { ...(why as object), cause: why.cause });
  if (why instanceof APIConnectionError) return new APIConnectionError(`No answer from ${route}`, { ...(why as object), cause: why.cause });
  if (why instanceof StreamInterruptedError) {
    return new StreamInterruptedError(`The connection to ${route} was lost: the answer is not whole`, { ...why, cause: why.cause });
  }
  return why;
}

/** Asks a route that streams; see `toResponse`. */
export function streamed(where: Where, fetching: Fetch | null | undefined, options: CallOptions, body: object): Stream {
  const accept = "text/event-stream, application/json";
  return new Stream(async () => {
    const { core, request, options: all } = calling(where, fetching, options, body, accept);
    const source = inferring(core, request, all);
    return { ...source, events: told(source, where) };
  });
}

/** The results of tools, which the route's server ran, have no event of their own in the API. */
async function* told({ events, gathered }: Source, where: Where): AsyncGenerator<StreamEvent, void> {
  try {
    for await (const event of events) {
      if (event.type != "unknown" || event.event != "tool_result") {
        yield event;
        continue;
      }
      const { call_id: callId, name, content, is_error: isError } = event.data as any;
      gathered.toolCalls = [];
      yield { type: "toolResult", callId, name, content, isError } satisfies ToolResult;
    }
  } catch (why) {
    throw worded(why, where);
  }
}

/** Asks a route that answers in one piece: with an inference, or with the output that is wanted. */
export async function answered(
  where: Where,
  fetching: Fetch | null | undefined,
  options: CallOptions,
  body: Json,
  output: StandardSchema | null | undefined,
): Promise<any> {
  const { core, request, options: all } = calling(where, fetching, options, body, "application/json");
  const value = await perform(core, request, all, output ? (any) => any : inference).catch((why) => {
    throw worded(why, where);
  });
  if (!output) return value;
  const found = await validated(output, value);
  if (!found.misfits) return found.value;
  const why = `What ${where ?? "the function for api"} answered does not fit the output's schema:\n${listed(found.misfits)}`;
  throw new APIStatusError(why, { status: 200, body: value, errors: found.misfits });
}
