/** What users see of a cassette. */

/** none: play only. once: record where there is no file, else play. all: record anew. */
export type RecordMode = "none" | "once" | "all";

/** What a cassette is used with. */
export interface CassetteOptions {
  /**
   * "none" plays, and never records; "once" records where there is no file, and else plays; "all" records anew, over
   * what was there. `AISTRALE_RECORD` in the environment goes before it. Else "none" where `CI` is set, and "once".
   */
  mode?: RecordMode | null | undefined;
  /**
   * JSON pointers to what is not compared, such as "/body/metadata/run" or "/query/since"; `*` stands for any name or
   * number.
   */
  ignore?: Iterable<string> | undefined;
  /**
   * Texts to take out of what is written, of 8 characters or more, also where the events of a stream cut one in pieces.
   * API keys, what looks like a provider's, and what is in fields that are named as credentials (`api_key`, `password`,
   * `authorization`, …) are taken out by themselves.
   */
  redact?: Iterable<string> | undefined;
}

/**
 * A cassette cannot be read, or what happened cannot be recorded.
 *
 * Not an `AistraleError`: it is about the test, and no program should take it for an answer.
 */
export class CassetteError extends Error {
  /** `CassetteError`, or the name of the class that extends it. */
  override get name(): string {
    return "CassetteError";
  }
}

/** A request is not in the cassette. The message shows the nearest one that is. It fails the test also where it was caught. */
export class CassetteMissError extends CassetteError {
  /** It is thrown as it is by the call that met it. @internal */
  readonly asIs = true;

  /** `CassetteMissError`. */
  override get name(): string {
    return "CassetteMissError";
  }
}

/** A request in the form in which cassettes have it. */
export interface RecordedRequest {
  method: string;
  /** From `/api/v1` on, without the query. */
  path: string;
  query?: Record<string, string[]>;
  headers?: Record<string, string>;
  /** JSON; else the body is in `text` or, where it is no UTF-8, in `base64`. */
  body?: any;
  text?: string;
  base64?: string;
}
