/** The spans of inferences, by OpenTelemetry's conventions. Loaded only where they are wanted; its API is not. */
import { API, type Call, type Trouble } from "./call.js";
import { AistraleError, APIError } from "./errors.js";
import type { APIStatusError } from "./errors-answer.js";
import type { Inference, StreamEvent, TracerProvider } from "./types.js";
import { VERSION } from "./version.js";

/** The version of the conventions. Later ones keep those for generative AI elsewhere. */
const SCHEMA = "https://opentelemetry.io/schemas/1.41.1";

/** OpenTelemetry's `SpanKind.CLIENT` and `SpanStatusCode.ERROR`. */
const CLIENT = 2;
const ERROR = 2;

/** The conventions' names of providers, where they are not AISTRALE's. */
const PROVIDERS: Record<string, string> = {
  "azure-openai": "azure.ai.openai",
  gemini: "gcp.gemini",
  mistral: "mistral_ai",
  xai: "x_ai",
};

type Attributes = Record<string, unknown>;

/** What is used of OpenTelemetry's `Span`. */
interface Made {
  spanContext(): { traceId: string; spanId: string; traceFlags: number };
  setAttributes(attributes: Attributes): unknown;
  addEvent(name: string, attributes: Attributes): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  end(): void;
}

/** Has a tracer do something; no call, which was paid, ends by its failure. */
function letGo<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (why) {
    console.warn("aistrale: OpenTelemetry failed, and the call goes on without:", why);
    return;
  }
}

/** Begins the span of a call, which may add to the call's request; none for what is no inference, or is over. */
export function begin(call: Call, provider: TracerProvider): void {
  const { request, core } = call;
  if (request.method != "POST" || request.path != API + "/inferences" || call.over.signal.aborted) return;
  letGo(() => {
    const body = JSON.parse(request.body!);
    const attributes = asked(body, core.settings.apiUrl);
    const name = ["chat", attributes["gen_ai.request.model"]].filter((each) => each != null).join(" ");
    const tracer: any = provider.getTracer("aistrale", VERSION, { schemaUrl: SCHEMA });
    const made: Made = tracer.startSpan(name, { kind: CLIENT, attributes }, core.at);
    call.span = new Span(made, body.stream === true);
    const { traceId, spanId, traceFlags } = made.spanContext();
    // A header: the body stays what the user asked. By it the server knows a request that comes again, and the ids
    // of a span are new each time.
    if (!("trace_id" in body || request.headers!.traceparent) && /[^0]/.test(traceId)) {
      request.headers!.traceparent = `00-${traceId}-${spanId}-0${traceFlags & 1}`;
    }
  });
}

/** One inference's span. It ends once; what comes after that is not noted. */
export class Span {
  readonly #began = performance.now();
  #open: Made | undefined;
  #unheard: boolean;
  #retries = 0;

  constructor(made: Made, streamed: boolean) {
    this.#open = made;
    this.#unheard = streamed;
  }

  /** Notes an event of a stream. */
  event(event: StreamEvent): void {
    this.#heard();
    if (event.type == "completed") this.answered(event.inference);
  }

  #heard(): void {
    if (!this.#unheard) return;
    this.#unheard = false;
    const waited = (performance.now() - this.#began) / 1000;
    letGo(() => this.#open?.setAttributes({ "gen_ai.response.time_to_first_chunk": waited }));
  }

  /** Notes that it is tried again after so many milliseconds, and why. */
  retry(wait: number, trouble: Trouble, refused: (trouble: Trouble) => boolean): void {
    const { status } = trouble;
    const about = {
      "aistrale.retry.number": ++this.#retries,
      "aistrale.retry.wait_seconds": wait / 1000,
      ...(status ? { "http.response.status_code": status } : { "error.type": refused(trouble) ? "unreachable" : "lost" }),
    };
    letGo(() => this.#open?.addEvent("aistrale.retry", about));
  }

  /** Ends it with the answer. */
  answered(inference: Inference): void {
    this.#heard();
    this.#end((open) => open.setAttributes(answer(inference)));
  }

  /** Ends it for whoever reads no more, unless it has ended. `error`: why there is no answer; none when it was left. */
  end(error: unknown): void {
    this.#end((open) => {
      if (error === undefined) open.setAttributes({ "aistrale.stream.left": true });
      else fail(open, error);
    });
  }

  #end(last: (open: Made) => void): void {
    const open = this.#open;
    this.#open = undefined;
    if (!open) return;
    letGo(() => {
      if (this.#retries) open.setAttributes({ "aistrale.retries": this.#retries });
      last(open);
    });
    letGo(() => open.end());
  }
}

/** Gives what a request says of itself, but nothing of what is said in it. */
function asked(body: any, apiUrl: string): Attributes {
  const url = new URL(apiUrl);
  let { model, provider } = body;
  if (typeof model != "string") model = null;
  else if (provider == null && model.includes("/")) [, provider, model] = /^(.*?)\/(.*)$/s.exec(model)!;
  const { stop, response_format: format, prompt_ref: prompt } = body;
  const kind = format && String(format.type);
  return present({
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": named(provider) || "aistrale",
    "gen_ai.request.model": model,
    "gen_ai.request.temperature": body.temperature,
    "gen_ai.request.top_p": body.top_p,
    "gen_ai.request.max_tokens": body.max_output_tokens,
    "gen_ai.request.seed": body.seed,
    "gen_ai.request.stop_sequences": typeof stop == "string" ? [stop] : stop,
    "gen_ai.request.stream": body.stream === true || null,
    "gen_ai.output.type": kind?.startsWith("json") ? "json" : kind,
    "gen_ai.prompt.name": prompt?.name,
    "gen_ai.conversation.id": body.session_id,
    "server.address": url.hostname.replace(/^\[|\]$/g, ""),
    "server.port": +url.port || (url.protocol == "https:" ? 443 : 80),
  });
}

/** Gives what an answer says of itself, but nothing of what it says. */
function answer(inference: Inference): Attributes {
  const { usage, finishReason, costUsd } = inference;
  return present({
    "gen_ai.response.id": inference.id,
    "gen_ai.response.model": inference.model,
    "gen_ai.response.finish_reasons": finishReason == null ? null : [finishReason],
    "gen_ai.provider.name": named(inference.provider),
    "gen_ai.conversation.id": inference.sessionId,
    "gen_ai.usage.input_tokens": usage?.inputTokens,
    "gen_ai.usage.output_tokens": usage?.outputTokens,
    "gen_ai.usage.cache_read.input_tokens": usage?.cachedInputTokens,
    "gen_ai.usage.cache_creation.input_tokens": usage?.cacheWriteInputTokens,
    "gen_ai.usage.reasoning.output_tokens": usage?.reasoningTokens,
    "aistrale.tool_calls": inference.toolCalls.length,
    "aistrale.attempts": inference.attempts.length || null,
    "aistrale.cost_usd": costUsd == null ? null : Number(costUsd),
  });
}

function fail(open: Made, error: any): void {
  const { name, code, status, provider } = error ?? {};
  const known = error instanceof APIError ? { code, status, provider } : {};
  open.setAttributes(
    present({
      "http.response.status_code": known.status,
      "gen_ai.provider.name": named(known.provider),
      "error.type": known.code || (typeof name == "string" && name) || typeof error,
    }),
  );
  const message = described(error);
  open.setStatus({ code: ERROR, ...(message && { message }) });
}

/**
 * Gives what a span may have of an error: no provider's words, which may quote a prompt, and none of a JSON parser's, which
 * quote what they could not read.
 */
function described(error: unknown): string | undefined {
  if (!(error instanceof AistraleError)) return;
  const { code, name, cause, status, provider, upstreamStatus: upstream } = error as Partial<APIStatusError>;
  if (name == "StreamInterruptedError") {
    return ["The stream ended before its last event", described(cause)].filter(Boolean).join(": ");
  }
  if (provider == null && !(status! < 300)) return error.message;
  return `${code || name} (${status}${upstream == null ? "" : `; ${provider} said ${upstream}`})`;
}

const named = (provider: unknown) => (typeof provider == "string" ? (PROVIDERS[provider] ?? provider) : null);

const present = (found: Attributes): Attributes =>
  Object.fromEntries(Object.entries(found).filter(([, value]) => value != null));
