/**
 * Where a cassette of `@aistrale/sdk/testing` stands while in use: between a client and the network. It is found on
 * the global object, as a process may have this package twice, as ESM and as CommonJS.
 */
export const TAPES = Symbol.for("@aistrale/sdk/testing");

/** What is put there. */
interface Tape {
  /** Whether nothing goes over the network, so that no wait is worth while. */
  readonly playing: boolean;
  readonly shelves: WeakMap<object, any>;
  send(send: any, base: string, url: string, init: any): Promise<Response>;
}

/** Gives the cassette that is in use where it is called. */
export const tape = (): Tape | undefined => (globalThis as any)[TAPES]?.find();
