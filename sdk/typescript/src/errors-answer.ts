/** The errors that answers are: by the server's status and code, and of streams that were cut. */
import { AistraleError, APIError } from "./errors.js";
import type { RateLimits, ToolCall } from "./types.js";

/** What an `APIStatusError` knows beside its message. */
export interface StatusFields {
  /** The HTTP status. */
  status: number;
  /** The stable code of AISTRALE's problem object; null when somebody else answered (a proxy's page). */
  code: string | null;
  /** Finds the request in the server's log. */
  requestId: string | null;
  /** The decoded JSON, by the wire's names, or the text, or null for an empty body. */
  body: unknown;
  /** What is wrong with the request: a JSON pointer into its body, and words; empty unless the server says so. */
  errors: readonly { readonly pointer: string; readonly detail: string }[];
  /** The provider that failed; null when it was not a provider. */
  provider: string | null;
  /** The HTTP status of its answer, null when there was none. */
  upstreamStatus: number | null;
  /** How long to wait before the next try, in milliseconds; null when nobody said. */
  retryAfterMs: number | null;
  /** The API key's own limits, null when the answer said nothing of them. */
  limits: RateLimits | null;
}

/** The server answered, and the answer is an error. */
export class APIStatusError extends APIError implements StatusFields {
  status!: number;
  code!: string | null;
  requestId!: string | null;
  body!: unknown;
  errors!: StatusFields["errors"];
  provider!: string | null;
  upstreamStatus!: number | null;
  retryAfterMs!: number | null;
  limits!: RateLimits | null;

  constructor(message: string, fields: Partial<StatusFields> = {}) {
    super(message);
    const none = null;
    Object.assign(
      this,
      {
        status: 0,
        code: none,
        requestId: none,
        body: none,
        errors: [],
        provider: none,
        upstreamStatus: none,
        retryAfterMs: none,
        limits: none,
      },
      fields,
    );
  }

  override get name(): string {
    return "APIStatusError";
  }
}

/** The request is not valid; `errors` names the fields. Sending it again will not help. */
export class BadRequestError extends APIStatusError {
  override get name(): string {
    return "BadRequestError";
  }
}

/** The API key is missing, unknown or revoked; the message says where the key came from. */
export class AuthenticationError extends APIStatusError {
  override get name(): string {
    return "AuthenticationError";
  }
}

/** The API key's role does not allow this. */
export class PermissionDeniedError extends APIStatusError {
  override get name(): string {
    return "PermissionDeniedError";
  }
}

/** There is nothing of that id in this workspace, or `apiUrl` is not an AISTRALE server. */
export class NotFoundError extends APIStatusError {
  override get name(): string {
    return "NotFoundError";
  }
}

/** The request contradicts the present state. */
export class ConflictError extends APIStatusError {
  override get name(): string {
    return "ConflictError";
  }
}

/**
 * A budget that blocks has no room for this; the message names it, and when its period ends.
 *
 * When only what running inferences have put aside stands in the way, `retryAfterMs` says so, and the
 * call was tried again before it failed; else it is null.
 */
export class BudgetExceededError extends APIStatusError {
  override get name(): string {
    return "BudgetExceededError";
  }
}

/** Too many calls: the API key's own limit, or, when `provider` is set, that provider's. */
export class RateLimitError extends APIStatusError {
  override get name(): string {
    return "RateLimitError";
  }
}

/** No configured provider serves this model; the message names the command that adds one. */
export class NoProviderError extends APIStatusError {
  override get name(): string {
    return "NoProviderError";
  }
}

/** The provider refused or failed; its own words are in the message. */
export class ProviderError extends APIStatusError {
  override get name(): string {
    return "ProviderError";
  }
}

/** The provider did not answer within its deadline. */
export class ProviderTimeoutError extends APIStatusError {
  override get name(): string {
    return "ProviderTimeoutError";
  }
}

/** The server sheds load, stops, or cannot write its records; see `retryAfterMs`. */
export class OverloadedError extends APIStatusError {
  override get name(): string {
    return "OverloadedError";
  }
}

/** The inference was cancelled by its caller. Not what an `AbortSignal` gives, which is an `AbortError`. */
export class CancelledError extends APIStatusError {
  override get name(): string {
    return "CancelledError";
  }
}

/** The server ended in mid-call; what the provider did is unknown. */
export class InterruptedError extends APIStatusError {
  override get name(): string {
    return "InterruptedError";
  }
}

/** A defect of the server; give `requestId` to whoever runs it. */
export class InternalServerError extends APIStatusError {
  override get name(): string {
    return "InternalServerError";
  }
}

/** A stream ended without its last event, and could not be gone on with: it is not whole. */
export class StreamInterruptedError extends AistraleError {
  /** The text that arrived, "" when none came. */
  text!: string;
  /** The model's reasoning that arrived, "" when none came. */
  thinking!: string;
  /** The tool calls that arrived; their `arguments` may be cut. */
  toolCalls!: readonly ToolCall[];
  /** Names the record that says what became of it; null when the server had not named it yet. */
  inferenceId!: string | null;

  constructor(
    message: string,
    fields?: {
      text?: string;
      thinking?: string;
      toolCalls?: readonly ToolCall[];
      inferenceId?: string | null;
      cause?: unknown;
    },
  ) {
    super(message, fields);
    this.text = fields?.text ?? "";
    this.thinking = fields?.thinking ?? "";
    this.toolCalls = fields?.toolCalls ?? [];
    this.inferenceId = fields?.inferenceId ?? null;
  }

  override get name(): string {
    return "StreamInterruptedError";
  }
}
