/** Streams as their users see them. */
import { active } from "./core.js";
import type { Source } from "./gathered.js";
import { part } from "./part.js";
import type { Inference, StreamEvent } from "./types.js";

/**
 * An answer while it arrives: iterate over it, once, for its events.
 *
 * Nothing is sent before the first event is asked for. A connection that is lost is made again, within
 * `timeoutMs` and `maxRetries`, and the answer goes on where it was. The last event is `completed`; a stream
 * that ends otherwise throws: `StreamInterruptedError` when it was cut and cannot be gone on with, an
 * `APIStatusError` when the server ended it with an error, `APITimeoutError` when its time ran out, and
 * before the first event whatever `run` throws. `text` keeps what arrived in any case.
 *
 * Leaving it early, by leaving the loop, `close()` or the `signal`, ends the inference at the server and
 * with it the provider's work.
 */
export class Stream implements AsyncIterableIterator<StreamEvent> {
  #begin: () => Promise<Source>;
  /** That it begins: once, whoever asks for it. */
  #begun: Promise<Source> | undefined;
  #source: Source | undefined;
  #closed = false;
  #failed: { why: unknown } | undefined;
  #leaving: Promise<void> | undefined;

  /** @internal */
  constructor(begin: (at: unknown) => Promise<Source>) {
    const at = active(); // where it was asked for, which need not be where it is read
    this.#begin = () => begin(at);
  }

  /** The text that arrived so far, "" before any did. */
  get text(): string {
    return this.#source?.gathered.text ?? "";
  }

  /** The id of the inference that answers, null before the server named it. */
  get inferenceId(): string | null {
    return this.#source?.gathered.inferenceId ?? null;
  }

  /** Gives itself: a stream is iterated over once. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Waits for the next event; what a loop calls. */
  async next(): Promise<IteratorResult<StreamEvent, undefined>> {
    if (this.#closed) return this.#end();
    try {
      this.#source = await (this.#begun ??= this.#begin());
      // Closed in the meantime, it has not sent anything, and is left before it does.
      if (!this.#closed) {
        const { value } = await this.#source.events.next();
        if (value) return { done: false, value };
      }
    } catch (why) {
      if (!this.#closed) {
        this.#closed = true;
        this.#failed = { why };
        await this.#leave(why);
      }
    }
    return this.#end();
  }

  /** What each reader is told at the end, whoever was told first. */
  #end(): Promise<IteratorReturnResult<undefined>> {
    if (this.#failed) throw this.#failed.why;
    return this.return();
  }

  /** Ends it, as `close` does: what leaving a loop calls. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#closed = true;
    await this.#leave();
    return { done: true, value: undefined };
  }

  #leave(error?: unknown): Promise<void> | undefined {
    return (this.#leaving ??= this.#source?.leave(error));
  }

  /** Gives the text piece by piece. Throws as iterating does. */
  async *textDeltas(): AsyncGenerator<string, void, undefined> {
    for await (const event of this) if (event.type == "text") yield event.text;
  }

  /**
   * Reads on to the end and gives the whole answer, the same as `run` would have given. May be called in
   * any state and more than once; throws as iterating does, and `StreamInterruptedError` when the stream
   * was closed before its end.
   */
  async final(): Promise<Inference> {
    while (!(await this.next()).done);
    if (this.#source) return this.#source.final();
    const nothing = { text: "", thinking: "", toolCalls: [], inferenceId: null };
    throw (await part(import("./trouble.js"))).interrupted(nothing, "it was closed before that");
  }

  /** Ends the stream, and the inference if it has not completed. May be called twice. Never throws. */
  async close(): Promise<void> {
    await this.return();
  }
}
