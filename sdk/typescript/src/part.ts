/** Parts of this package that are loaded when they are first needed. */
import { AistraleError } from "./errors.js";

/** Gives a part. AistraleError where it is not to be had any more: a page may be older than what is served. */
export const part = <T>(loading: Promise<T>): Promise<T> =>
  loading.catch((cause) => {
    throw new AistraleError(
      "A part of this program could not be loaded: the network is away, or a newer version took its place. Reload the page.",
      { cause },
    );
  });
