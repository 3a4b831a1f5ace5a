/** A page's way to a model: a route of its own backend. */
import { perform, type Request } from "./call.js";
import { makeCore } from "./core.js";
import { APIStatusError } from "./errors-answer.js";
import type { Source } from "./gathered.js";
import { inference, write } from "./json.js";
import { listed, validated } from "./schema.js";
import { Stream } from "./stream.js";
import { inferring } from "./streaming.js";
import type { CallOptions, Json, StandardSchema, StreamEvent, ToolResult } from "./types.js";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

function calling(url: string, fetching: Fetch | null | undefined, options: CallOptions, body: object, accept: string) {
  const core = makeCore({ apiKey: null, fetch: fetching });
  const whole = new URL(url, typeof location == "object" ? location.href : undefined);
  // Whose route it is is the page's to say: no setting of a client's, and no key.
  const headers = { accept, "content-type": "application/json" };
  const settings = { ...core.settings, apiUrl: whole.origin, apiKey: null };
  const request: Request = { method: "POST", path: whole.pathname + whole.search, headers, body: write(body) };
  return {
    core: { ...core, settings, headers: {} },
    request,
    options: { maxRetries: 0, ...options },
  };
}

/** Asks a route that streams; see `toResponse`. */
export function streamed(url: string, fetching: Fetch | null | undefined, options: CallOptions, body: object): Stream {
  const accept = "text/event-stream, application/json";
  return new Stream(async () => {
    const { core, request, options: all } = calling(url, fetching, options, body, accept);
    const source = inferring(core, request, all);
    return { ...source, events: told(source) };
  });
}

/** The results of tools, which the route's server ran, have no event of their own in the API. */
async function* told({ events, gathered }: Source): AsyncGenerator<StreamEvent, void> {
  for await (const event of events) {
    if (event.type != "unknown" || event.event != "tool_result") {
      yield event;
      continue;
    }
    const { call_id: callId, name, content, is_error: isError } = event.data as any;
    gathered.toolCalls = [];
    yield { type: "toolResult", callId, name, content, isError } satisfies ToolResult;
  }
}

/** Asks a route that answers in one piece: with an inference, or with the output that is wanted. */
export async function answered(
  url: string,
  fetching: Fetch | null | undefined,
  options: CallOptions,
  body: Json,
  output: StandardSchema | null | undefined,
): Promise<any> {
  const { core, request, options: all } = calling(url, fetching, options, body, "application/json");
  const value = await perform(core, request, all, output ? (any) => any : inference);
  if (!output) return value;
  const found = await validated(output, value);
  if (!found.misfits) return found.value;
  const why = `What ${url} answered does not fit the output's schema:\n${listed(found.misfits)}`;
  throw new APIStatusError(why, { status: 200, body: value, errors: found.misfits });
}
