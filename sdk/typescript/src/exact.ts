/** Numbers of more digits than a number holds. */
import { random } from "./json.js";

/**
 * A number of more digits than a number holds: an integer beyond 2⁵³, or money of ten million dollars to the last
 * nano-dollar. It counts, compares and is written as the nearest number; as text it has all its digits, and it is
 * sent back with them.
 */
export class ExactNumber extends Number {
  readonly #digits: string;

  constructor(digits: string) {
    super(digits);
    this.#digits = digits;
  }

  override toString(): string {
    return this.#digits;
  }
}

/**
 * Decodes JSON; a number that is none here is an `ExactNumber`; with `digits`, one too that is written otherwise here
 * (2.0). Throws SyntaxError if it is not JSON.
 */
export function parseExactly(text: string, digits = false): any {
  const numbers = digits
    ? /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.]*(?:e[+-]?\d+)?/gi
    : /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.]{15,}(?:e[+-]?\d+)?/gi;
  const mark = random(16); // in no text, which was there before
  const marked = text.replace(numbers, (token) =>
    token[0] == '"' || token == "" + Number(token) ? token : `"${mark}${token}"`,
  );
  return JSON.parse(marked, (_, value) =>
    typeof value == "string" && value.startsWith(mark) ? new ExactNumber(value.slice(mark.length)) : value,
  );
}
