/** `POST /inferences`: from a prompt and its options to the request. */
import { API, type Core, type Request } from "./call.js";
import { random, snake, write } from "./json.js";
import type { OutputOptions, PromptRef, RunOptions } from "./types.js";

/** A prompt, or a prompt on the server. */
export type Prompt = string | PromptRef;

/** What else `run` takes, and the body has not. */
const BESIDE =
  /^(timeoutMs|maxRetries|headers|workspace|signal|onResponse|idempotencyKey|variables|promptRef|messages|output|outputSchema|outputRetries|maxRounds)$/;

/** Gives a prompt on the server as what names it. */
export function referred(
  reference: string | PromptRef,
  variables?: Record<string, unknown> | null,
): PromptRef {
  let found = reference as PromptRef;
  if (typeof reference == "string") {
    const [name, which] = reference.split(/@(.*)/s) as [string, string?];
    found = /^\d+$/.test(which!) ? { name, version: +which! } : { name, label: which };
    if (!name || which == "") throw new TypeError(`"${reference}" is not NAME, NAME@LABEL or NAME@3`);
  }
  if (found.version != null && found.label != null) {
    throw new TypeError(`prompt ${found.name}: give a version or a label, not both`);
  }
  return variables ? { ...found, variables: { ...found.variables, ...variables } } : found;
}

/** Gives the prompt on the server that is asked for, if it is one. TypeError unless one thing is asked. */
export function oneOf(prompt: Prompt | null | undefined, options: RunOptions): PromptRef | undefined {
  const { messages, promptRef, variables } = options;
  if ([prompt, messages, promptRef].filter((each) => each != null).length != 1) {
    throw new TypeError("give a prompt, messages or promptRef, one of them");
  }
  const reference = promptRef ?? (typeof prompt == "object" ? prompt : null);
  if (reference) return referred(reference, variables);
  if (variables) throw new TypeError("variables are those of a promptRef");
  return;
}

/**
 * Gives the request. `configured`: whether the configured model and provider count, where none is chosen;
 * they do not for a prompt on the server, which has its own.
 */
export function inferenceRequest(
  core: Core,
  prompt: Prompt | null | undefined,
  options: RunOptions & Partial<OutputOptions>,
  stream: boolean,
  configured = true,
): Request {
  const reference = oneOf(prompt, options);
  if (options.idempotencyKey === "") throw new TypeError("idempotencyKey is empty: leave it away, and one is made");
  const body: Record<string, unknown> = reference
    ? { prompt_ref: snake(reference) }
    : prompt != null
      ? { prompt }
      : { messages: options.messages!.map(snake) };
  const asked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value == null || BESIDE.test(name)) continue;
    asked[name == "serverTimeoutMs" ? "timeoutMs" : name] = value;
  }
  Object.assign(body, snake(asked));
  const { model, provider } = core.settings;
  if (configured && !reference) {
    // A configured model belongs to the configured provider; "openai/gpt-4o" names its own.
    if (model && !body.model && (!body.provider || body.provider == provider)) body.model = model;
    if (provider && !body.provider && !`${body.model}`.includes("/")) body.provider = provider;
  }
  if (stream) {
    body.resumable ??= true;
    body.stream = true;
  }
  return {
    method: "POST",
    path: API + "/inferences",
    headers: {
      ...(stream && { accept: "text/event-stream, application/json" }),
      "idempotency-key": options.idempotencyKey || random(16),
    },
    body: write(body),
    resumable: !!body.resumable,
  };
}
