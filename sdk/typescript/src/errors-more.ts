/** Errors of what is loaded when it is first needed: webhooks, structured output, tools. */
import { AistraleError } from "./errors.js";
import type { Inference, Message } from "./types.js";

/** A webhook's signature, timestamp or body is not what its sender signs. Answer it with a 400. */
export class WebhookVerificationError extends AistraleError {
  override get name(): string {
    return "WebhookVerificationError";
  }
}

/** A model's output does not fit the schema that was asked for, also after it was told so. */
export class OutputValidationError extends AistraleError {
  constructor(
    message: string,
    /** What the model said last. */
    readonly text: string,
    /** What is wrong with it: a JSON pointer ("" for the whole) and words; empty where it was not read. */
    readonly errors: readonly { readonly pointer: string; readonly detail: string }[],
    /** The last answer; the ones before it are in its `rounds`. */
    readonly inference: Inference,
  ) {
    super(message);
  }

  override get name(): string {
    return "OutputValidationError";
  }
}

/** The model asked for tools in as many rounds as were allowed, and had not finished. */
export class ToolRoundsError extends AistraleError {
  constructor(
    message: string,
    /** The last answer, which asks for tools again. */
    readonly inference: Inference,
    /** The conversation, that answer included: to go on with, add the tools' results to it. */
    readonly messages: readonly Message[],
  ) {
    super(message);
  }

  override get name(): string {
    return "ToolRoundsError";
  }
}
