/** Server-sent events: text in, events out. No input or output of its own, no clock. */

/** One event: its type ("message" when unnamed), its data, and the last id seen ("" when none). */
export interface ServerSentEvent {
  event: string;
  data: string;
  id: string;
}

/** An event larger than this is not an answer of ours; reading on would fill the memory. */
const MOST = 64 << 20;

/**
 * Takes a stream apart, whatever the chunks: `feed` each one, and `end` once.
 *
 * LF, CRLF and CR end a line, also when a chunk ends between CR and LF; a byte order mark at the start
 * and comment lines are skipped; several data lines are joined by a line feed. Bytes that are not UTF-8
 * become U+FFFD.
 */
export class SseParser {
  /** The id of the last event that was whole, one without data too; "" before any. */
  lastId = "";
  #decoder = new TextDecoder();
  #held = "";
  #afterCr = false;
  #event = "";
  #data: string[] = [];
  #id = "";
  #size = 0;

  /** Gives the events that this chunk completes. */
  feed(chunk: Uint8Array): ServerSentEvent[] {
    let text = this.#decoder.decode(chunk, { stream: true });
    if (!text) return [];
    if (this.#afterCr && text[0] == "\n") text = text.slice(1);
    this.#afterCr = text.endsWith("\r");
    if ((this.#size += text.length) > MOST) throw new Error("an event is larger than any answer");
    if (!/[\r\n]/.test(text)) {
      this.#held += text;
      return [];
    }
    const lines = (this.#held + text).split(/\r\n|\r|\n/);
    this.#held = lines.pop()!;
    return this.#take(lines);
  }

  /**
   * Gives the event, if any, whose closing blank line is missing at the end of the stream. Whether it is
   * whole is for its reader to find out: JSON that was cut does not parse.
   */
  end(): ServerSentEvent[] {
    return this.#take([this.#held + this.#decoder.decode(), ""]);
  }

  #take(lines: string[]): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    for (const line of lines) {
      if (!line) {
        if (this.#data.length) {
          events.push({
            event: this.#event || "message",
            data: this.#data.join("\n"),
            id: this.#id,
          });
        }
        this.#data = [];
        this.#event = "";
        this.#size = 0;
        this.lastId = this.#id;
        continue;
      }
      const at = line.indexOf(":");
      const name = at < 0 ? line : line.slice(0, at);
      const value = at < 0 ? "" : line.slice(line[at + 1] == " " ? at + 2 : at + 1);
      if (name == "data") this.#data.push(value);
      else if (name == "event") this.#event = value;
      else if (name == "id" && !value.includes("\0")) this.#id = value;
    }
    return events;
  }
}
