/** Conversations: the client keeps the messages, the server groups the inferences. */
import { active, type Core } from "./core.js";
import type { Given } from "./given.js";
import { part } from "./part.js";
import { Stream } from "./stream.js";
import type { Inference, Json, MessageLike, OutputOptions, PromptRef, RunOptions } from "./types.js";

/** Options of a conversation: those of its turns. */
export type SessionOptions = Omit<RunOptions, "idempotencyKey" | "signal">;

/**
 * A conversation as JSON, the same in every language: by the wire's names. Headers are not in it, nor what `providerOptions`
 * calls a key, a token, a password or the like: the program gives those again. `metadata` is.
 */
export interface SessionData {
  readonly aistrale_session: 1;
  readonly session_id: string;
  readonly messages: readonly Json[];
  readonly options: Json;
  readonly settings?: Json;
  readonly prompt_ref?: Json;
}

/** What a conversation is made of. */
export interface State {
  sessionId: string;
  messages: MessageLike[];
  /** Its own; `promptRef` is the prompt on the server that it begins with, until that is rendered. */
  options: RunOptions;
  /** The settings of the prompt that it began with. */
  settings: Json;
}

/** Gives `ses_` and a UUIDv7 in lower-case Crockford base32: 26 characters, sorted by time. */
function newId(): string {
  const digits = "0123456789abcdefghjkmnpqrstvwxyz";
  let text = "";
  for (let time = Date.now(), at = 0; at < 10; at++, time = Math.floor(time / 32)) {
    text = digits[time % 32] + text;
  }
  // Five bits each; version 7 is in the first of these, the variant in the fourth.
  crypto.getRandomValues(new Uint8Array(16)).forEach((byte, at) => {
    text += digits[at == 0 ? 14 | (byte & 1) : at == 3 ? 8 | (byte & 19) : byte & 31];
  });
  return "ses_" + text;
}

const turns = () => part(import("./turns.js"));

/**
 * A conversation: each `run` sees what was said before. One call at a time.
 *
 * A call that fails, or a stream that does not complete, leaves the conversation as it was.
 */
export class Session {
  readonly #core: Core;
  readonly #state: State;

  /** @internal */
  constructor(core: Core, options: SessionOptions = {}, state?: State) {
    const { messages, sessionId, ...rest } = options;
    this.#core = core;
    this.#state = state ?? {
      sessionId: sessionId || newId(),
      messages: [...(messages ?? [])],
      options: rest,
      settings: {},
    };
  }

  /** The id that groups this conversation's inferences in telemetry, `ses_…` unless given. */
  get sessionId(): string {
    return this.#state.sessionId;
  }

  /** A copy of the conversation. The `system` option is not part of it: it is sent before it each time. */
  get messages(): MessageLike[] {
    return structuredClone(this.#state.messages);
  }

  /**
   * Says something (or adds `messages`, such as tools' results) and gives the answer.
   *
   * A prompt on the server is rendered, and what it renders to is said. Options given here go before the
   * session's. Takes and throws what the client's `run` does.
   */
  run<T>(prompt: string | PromptRef, options: OutputOptions<T>): Promise<T>;
  run<T>(options: OutputOptions<T>): Promise<T>;
  run(prompt: string | PromptRef, options?: RunOptions): Promise<Inference>;
  run(options: RunOptions): Promise<Inference>;
  async run(...given: Given): Promise<any> {
    const here = { ...this.#core, at: active() };
    return (await turns()).runTurn(here, this.#state, given);
  }

  /** Says something and gives the answer as a stream; it counts once it has completed. */
  stream(prompt: string | PromptRef, options?: RunOptions): Stream;
  stream(options: RunOptions): Stream;
  stream(...given: Given): Stream {
    return new Stream(async (at) => {
      return (await turns()).streamTurn({ ...this.#core, at }, this.#state, given);
    });
  }

  /** Gives another conversation with what was said so far, and an id of its own. */
  fork(): Session {
    const { messages, ...rest } = this.#state;
    return new Session(this.#core, {}, { ...rest, messages: [...messages], sessionId: newId() });
  }

  /** Gives the conversation as JSON has it; `loadSession` goes on with it. */
  async save(): Promise<SessionData>;
  /**
   * Writes the conversation into a file that its owner alone can read; what was there stays unless all goes
   * well. In Node only. Gives what it wrote.
   */
  async save(path: string): Promise<SessionData>;
  async save(path?: string): Promise<SessionData> {
    return (await part(import("./kept.js"))).save(this.#state, path);
  }
}
