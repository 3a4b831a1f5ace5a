/** What went wrong: whether it is worth another try, and the error that says so. */
import { ambient } from "#ambient";
import { type Call, detail, type Headers, type Trouble } from "./call.js";
import { APIConnectionError, APITimeoutError } from "./errors.js";
import * as e from "./errors-answer.js";
import type { Gathered } from "./gathered.js";
import { advice, delay as policy, refused } from "./retry.js";
import type { RateLimit } from "./types.js";

export { refused };

/** As the policy says; an answer that a cassette plays is there already. */
export function delay(trouble: Trouble, { request, attempt, until, span }: Call): number | undefined {
  let wait = policy(trouble, request, attempt, until - performance.now());
  if (wait && ambient.tape?.()?.playing) wait = 0;
  if (wait != null) span?.retry(wait, trouble, refused);
  return wait;
}

type StatusError = new (message: string, fields: Partial<e.StatusFields>) => e.APIStatusError;

/** The codes and statuses of each class; a code is looked for first. */
export const CLASSES: readonly (readonly [StatusError, string])[] = [
  [e.BadRequestError, "invalid_request payload_too_large method_not_allowed not_acceptable unsupported_media_type 400 405 406 413 415"],
  [e.AuthenticationError, "authentication_failed 401"],
  [e.BudgetExceededError, "budget_exceeded 402"],
  [e.PermissionDeniedError, "permission_denied 403"],
  [e.NotFoundError, "not_found 404"],
  [e.ConflictError, "conflict idempotency_mismatch precondition_failed 409 412"],
  [e.CancelledError, "cancelled"],
  [e.InterruptedError, "interrupted"],
  [e.NoProviderError, "no_provider 422"],
  [e.RateLimitError, "rate_limited provider_rate_limited 429"],
  [e.InternalServerError, "internal 500"],
  [e.ProviderError, "provider_rejected provider_authentication_failed provider_failed provider_unavailable 502"],
  [e.OverloadedError, "overloaded database_unavailable 503"],
  [e.ProviderTimeoutError, "provider_timeout 504"],
];

function classFor(status: number, code: string | null): StatusError {
  for (const word of [code, status]) {
    const found = CLASSES.find((each) => word && each[1].split(" ").includes("" + word));
    if (found) return found[0];
  }
  return e.APIStatusError;
}

const text = (value: unknown) => (typeof value == "string" && value ? value : null);
const whole = (value: unknown) => (Number.isInteger(value) ? (value as number) : null);

/** Gives the error. */
export function errorOf(call: Call, trouble: Trouble): Error {
  const { cut, gathered, cause, headers, unreadable, status = 0, body = "" } = trouble;
  if (cut) return interrupted(gathered as Gathered, cut, cause);
  if (trouble.lost) return unanswered(call, trouble);
  const where = call.core.settings.apiUrl + call.request.path.split("?")[0];
  if (!headers) return problem(call, trouble, `in the stream from ${where}`);
  const kind = headers["content-type"] ?? "no content type";
  if (unreadable) {
    const requestId = headers["x-request-id"] ?? null;
    return new e.APIStatusError(
      `${where} answered ${status} with what AISTRALE does not answer: ${(unreadable as Error).message} (${kind}). Check that api_url is an AISTRALE server, with no proxy's page between.`,
      { status, requestId, body },
    );
  }
  const stranger =
    status < 400
      ? `${where} answered with a redirect (${status || "opaque"}), which is not followed, so that the API key goes nowhere else: set api_url to the server's own address.`
      : `${where} answered ${status} (${kind.split(";")[0]}), not in AISTRALE's words: a proxy in between, or another server at this address? Check api_url.`;
  return problem(call, trouble, `from ${where}`, stranger);
}

/** Gives the error for an answer that did not come. */
function unanswered(call: Call, trouble: Trouble): APIConnectionError {
  const { late, early, cause } = trouble;
  const { apiUrl: url } = call.core.settings;
  const why = detail(cause);
  if (late) {
    return new APITimeoutError(
      `Timed out: ${url} did not finish answering within ${call.timeoutMs} ms. Give a longer timeoutMs, or NO_TIMEOUT.`,
      { url },
    );
  }
  if (refused(trouble)) {
    const advice = /cert|self.signed|TLS|SSL/i.test(why)
      ? "Have Node trust its authority (NODE_EXTRA_CA_CERTS), or correct api_url."
      : "Start one there with `aistrale serve`, or set AISTRALE_API_URL to one that runs.";
    return new APIConnectionError(`Cannot connect to ${url}: ${why}. ${advice}`, { url, sent: false, cause });
  }
  const advice =
    call.request.method == "GET"
      ? "Nothing was changed; try it again."
      : "The request may have been carried out; `aistrale telemetry view` shows whether it was.";
  const what =
    early && ambient.exposed && cause instanceof TypeError
      ? `No connection to ${url}: ${why}. A browser does not say why. Look whether that address is right and its server runs, and whether the server lets pages of this origin ask it (CORS): its operator sets cors_origins; the browser's console says more.`
      : `Lost the connection to ${url}: ${why}.`;
  return new APIConnectionError(`${what} ${advice}`, { url, cause });
}

/** Calls who wants to know of an answer. */
export function tell(call: Call, response: Response, body: string | null, elapsed: number): void {
  const { method, path } = call.request;
  for (const told of [call.options.onResponse, call.core.options.onResponse]) {
    told?.({
      method,
      path,
      status: response.status,
      headers: Object.fromEntries(response.headers),
      requestId: response.headers.get("x-request-id"),
      body,
      attempt: call.attempt + 1,
      elapsedMs: Math.round(elapsed),
    });
  }
}

/** Gives the error that a problem object is, of an answer or of a stream's `error` event. */
function problem(call: Call, trouble: Trouble, where: string, stranger?: string): e.APIStatusError {
  const { headers, body } = trouble;
  const said: any = typeof trouble.problem == "object" && trouble.problem ? trouble.problem : {};
  const status = trouble.status ?? 500;
  const code = text(said.code);
  const Class = classFor(status, code);
  const requestId = text(said.request_id) ?? headers?.["x-request-id"] ?? null;
  const errors = Array.isArray(said.errors) ? said.errors.filter((each: any) => each?.pointer != null) : [];
  const detail = text(said.detail) ?? text(said.title) ?? "The server gave no reason.";
  let message = !code && stranger ? stranger : `${detail} (${status} ${code ?? "without a code"} ${where})`;
  if (Class == e.AuthenticationError) message += " " + aboutKey(call);
  for (const each of errors) {
    const mistake = `${each.pointer}: ${each.detail}`;
    if (mistake != detail) message += `\n  ${mistake}`;
  }
  if (requestId) message += ` [request id ${requestId}]`;
  const after = headers ? advice(headers).after : whole(said.retry_after_ms);
  const limits = headers && {
    requests: limit(headers, "requests"),
    tokens: limit(headers, "tokens"),
  };
  return new Class(message, {
    status,
    code,
    requestId,
    body: trouble.problem ?? (body || null),
    errors,
    provider: text(said.provider),
    upstreamStatus: whole(said.upstream_status),
    retryAfterMs: after == null ? null : Math.max(0, after),
    limits: limits?.requests || limits?.tokens ? limits : null,
  });
}

function aboutKey({ core: { settings } }: Call): string {
  return settings.apiKey
    ? `The API key came from ${settings.keySource}.`
    : `No API key was sent; ${settings.keySource}. \`aistrale serve\` makes the first key and writes it into your profile; else set AISTRALE_API_KEY.`;
}

function limit(headers: Headers, of: string): RateLimit | null {
  const at = (what: string) => headers[`x-ratelimit-${what}-${of}`];
  const number = (value: string | undefined) => (/^\d{1,15}$/.test(value!) ? +value! : null);
  const most = number(at("limit"));
  if (most == null) return null;
  const [, minutes = 0, seconds = 0, millis] =
    /^(?!$)(?:(\d{1,9})m(?!s))?(?:([\d.]{1,18})s)?(?:(\d{1,9})ms)?$/.exec(at("reset") ?? "") ?? [, NaN];
  const reset = millis ? +millis : +minutes * 60_000 + +seconds * 1000;
  return { limit: most, remaining: number(at("remaining")), resetAfterMs: isNaN(reset) ? null : reset };
}

/** Gives the error of a stream that was cut, with what arrived. */
export function interrupted(
  gathered: Pick<Gathered, "text" | "thinking" | "toolCalls" | "inferenceId">,
  why: string,
  cause?: any,
): e.StreamInterruptedError {
  const { text, thinking, toolCalls, inferenceId } = gathered;
  const known = cause && !why.includes(":") ? ` (${detail(cause)})` : "";
  return new e.StreamInterruptedError(
    `The stream ended before its last event: ${why}${known}. What arrived (${text.length} characters) is in .text; it is not the whole answer. Run it again for a whole one.`,
    { text, thinking, toolCalls: toolCalls.filter(Boolean), inferenceId, cause },
  );
}
