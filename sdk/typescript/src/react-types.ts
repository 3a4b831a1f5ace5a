/** What the hooks take and give. */
import type { Aistrale } from "./client.js";
import type { Inference, Json, Message, MessageLike, RunOptions, StandardSchema, StreamEvent } from "./types.js";

/**
 * Where a call is: nothing was asked yet; asked, and nothing came; the answer arrives; it is whole; it was stopped;
 * it failed, see `error`.
 */
export type Status = "idle" | "waiting" | "streaming" | "done" | "stopped" | "error";

/** What a route's request has as its JSON, and a function for `api` gets. */
export interface Asked extends Json {
  prompt?: string | undefined;
  messages?: readonly MessageLike[] | undefined;
}

/**
 * A route of your own backend, by its URL: it gets a POST with `Asked` as JSON, and answers with `toResponse(stream(…))`,
 * for `useRun` with `Response.json(await run(…))`. Or a function that gives what a route would: a `Response`, the events
 * or pieces of text while they come, for `useRun` the value.
 */
export type Api =
  | string
  | ((
      asked: Asked,
      context: { signal: AbortSignal },
    ) => unknown | Promise<unknown>);

/** Whom to ask: `api` or `client`. */
export interface Source {
  api?: Api | null | undefined;
  /** In a browser, everybody who opens the page can take its API key. */
  client?: Aistrale | null | undefined;
  /** Used for `api` instead of the global `fetch`: for cookies of another origin, say. */
  fetch?: ((url: string, init: RequestInit) => Promise<Response>) | null | undefined;
}

/**
 * Options of one call. With `api`, those that are about the model go to the route as a part of its JSON (it takes of
 * them what it likes), `headers` as headers.
 */
export type AskOptions = Omit<RunOptions, "signal" | "messages">;

/** Options of every hook: whom to ask, and those of a call, which hold unless a call has its own. */
export interface HookOptions extends Source, Omit<AskOptions, "idempotencyKey"> {
  /** Called with an error that a call ends with, and not when it was stopped. */
  onError?: ((error: Error) => void) | null | undefined;
}

/** Options of `useRun`. */
export interface RunHookOptions<T = Inference> extends HookOptions {
  /** The answer's type: any Standard Schema, such as zod's. With `api` the route's JSON is held to it. */
  output?: StandardSchema<any, T> | null | undefined;
  outputSchema?: Json | null | undefined;
  outputRetries?: number | null | undefined;
  /** Called with the answer. */
  onFinish?: ((data: T) => void) | null | undefined;
}

/** Options of `useStream`. */
export interface StreamHookOptions extends HookOptions {
  /** Called with every event as it comes. */
  onEvent?: ((event: StreamEvent) => void) | null | undefined;
  /** Called with the whole answer; null where a function for `api` gave text alone. */
  onFinish?: ((inference: Inference | null) => void) | null | undefined;
}

/** Options of `useChat`. */
export interface ChatHookOptions extends StreamHookOptions {
  /** The conversation so far. Looked at once. */
  initialMessages?: readonly NewMessage[] | null | undefined;
}

/** Something to say, or messages. */
export type Question = string | { readonly messages: readonly MessageLike[] };

interface Hook {
  readonly status: Status;
  /**
   * What the last call failed with: this package's errors, or what `api` threw. Null when it did not fail. Where a route
   * answered, the message is what it says itself: the words of `toResponse`'s `onError`, or of its JSON the `detail`,
   * `error` or `message`.
   */
  readonly error: Error | null;
  /** Whether a call is under way: `waiting` or `streaming`. */
  readonly isBusy: boolean;
  /** Ends the call, if there is one. What arrived stays. */
  stop(): void;
}

/** What `useRun` gives. */
export interface RunHook<T> extends Hook {
  /** The last answer; kept while the next one is waited for, null before any. */
  readonly data: T | null;
  /** Asks. Gives the answer; undefined when it failed, was stopped, or another call began. */
  run(question?: Question, options?: AskOptions): Promise<T | undefined>;
  /** Asks the same again; after an error with the same `idempotencyKey`, if it had one. */
  retry(): Promise<T | undefined>;
  /** Ends the call, and forgets answer and error. */
  reset(): void;
}

/** What `useStream` gives. */
export interface StreamHook extends Hook {
  /** What has arrived. */
  readonly text: string;
  /** The model's reasoning that has arrived. */
  readonly thinking: string;
  /** The whole answer; null before it is whole. */
  readonly inference: Inference | null;
  /** Asks. Gives the whole answer; undefined when it failed, was stopped, or another call began. */
  start(question?: Question, options?: AskOptions): Promise<Inference | undefined>;
  /** Asks the same again; after an error with the same `idempotencyKey`, if it had one. */
  retry(): Promise<Inference | undefined>;
  /** Ends the call, and forgets what arrived. */
  reset(): void;
}

/** A message of a conversation on a page. Only what `Message` has goes to the model. */
export interface ChatMessage extends Message {
  readonly id: string;
  /** Of an answer: the model's reasoning that has arrived. */
  readonly thinking?: string;
  /** Of an answer that is whole: all about it. */
  readonly inference?: Inference;
  /** Of a tool's result: the tool. */
  readonly name?: string;
}

/** A message that may get its id by itself. */
export type NewMessage = Omit<ChatMessage, "id"> & { readonly id?: string };

/** What `useChat` gives. */
export interface ChatHook extends Hook {
  /** The conversation, the answer that arrives included. */
  readonly messages: readonly ChatMessage[];
  /** Says something, and has it answered. Gives the answer; undefined when there is none, or no whole one. */
  append(message: string | NewMessage, options?: AskOptions): Promise<Inference | undefined>;
  /** Has the last thing that a user said answered anew: after an error, or for another answer. */
  reload(options?: AskOptions): Promise<Inference | undefined>;
  /** Puts other messages in place of the conversation, and ends an answer that is arriving. */
  setMessages(messages: readonly NewMessage[] | ((messages: readonly ChatMessage[]) => readonly NewMessage[])): void;
}
