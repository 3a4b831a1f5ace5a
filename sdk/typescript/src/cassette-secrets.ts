/** What a cassette may not hold, and what stands there instead; see contract/cassettes.md. */
import { FORM, namesCredential } from "./credentials.js";

export const REDACTED = "redacted";
export const REDACTED_KEY = "ais_redacted";
/** A secret of the right form: webhooks can be signed and verified by it. */
export const REDACTED_SECRET = "whsec_" + Buffer.from("redacted".repeat(3)).toString("base64");

/** Characters. What is shorter is taken out of its field only: it would be found in any text. */
const SHORTEST = 8;
/** Characters that an API key has at least; a word in its place is a word elsewhere too. */
const SHORTEST_KEY = 16;

/** Names of headers whose values may stand nowhere else either; others say `production`. */
const CREDENTIAL = /auth|cookie|key|password|secret|token/i;
const RESOURCES = /^\/api\/v1\/(?:tokens|webhooks|api-keys)(?:\/|$)/;
const FIELDS = ["token", "secret", "key"];
const SCHEME = /^(?:Bearer|Basic|Token) +/i;

export const isObject = (value: unknown): value is Record<string, any> =>
  typeof value == "object" && value != null && !Array.isArray(value);

/** Like `Object.fromEntries(Object.entries(…))`: `__proto__` is a name like others. */
const mapped = (value: Record<string, any>, of: (name: string, each: any) => [string, any]) =>
  Object.fromEntries(Object.entries(value).map(([name, each]) => of(name, each)));

/** Knows the credentials that went by, and takes them out of what is written or compared. */
export class Redactor {
  readonly #known = new Set<string>();
  #pattern: RegExp | undefined;

  constructor(secrets: Iterable<string> = []) {
    for (const secret of secrets) this.learn(secret);
  }

  /** Takes this out from now on, wherever it stands. */
  learn = (secret: string): void => {
    if (secret.length < SHORTEST || this.#known.has(secret)) return;
    this.#known.add(secret);
    this.#pattern = undefined;
  };

  /** Learns the API key of a request. */
  learnHeaders(headers: Headers): void {
    const key = headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
    if (key.length >= SHORTEST_KEY) this.learn(key);
  }

  /** Learns what the body of a request for this path, or of its answer, has in its fields. */
  learnBody(path: string, body: unknown): void {
    withoutFields(path, body, this.learn);
  }

  /** Gives a body without its credentials. */
  body(path: string, body: unknown): unknown {
    return this.value(withoutFields(path, body));
  }

  /** Gives a JSON value, none of whose texts has a credential in it. */
  value(value: any): any {
    if (typeof value == "string") return this.text(value);
    if (Array.isArray(value)) return value.map((each) => this.value(each));
    return isObject(value) ? mapped(value, (name, each) => [this.text(name), this.value(each)]) : value;
  }

  /** Gives a text without credentials. */
  text(text: string): string {
    return text.replace(this.#forms(), placeholder);
  }

  /** Gives the pieces of a body without credentials, also where one lies on their borders. */
  chunks(chunks: readonly Buffer[]): Buffer[] {
    return this.#pieces(chunks).filter((each) => each.length);
  }

  /** Gives the pieces of a stream without credentials, also where events cut one in two. */
  events(chunks: readonly Buffer[]): Buffer[] {
    const series = new Map<string, Delta[]>();
    // Before what is looked for in the pieces, which would leave the rest of what events cut.
    for (const each of deltas(Buffer.concat(chunks).toString("latin1"))) {
      series.set(each.of, [...(series.get(each.of) ?? []), each]);
    }
    const edits: Edit[] = [];
    for (const found of series.values()) {
      const texts = this.#pieces(found.map((each) => Buffer.from(each.holder[each.member])));
      found.forEach((delta, at) => {
        const text = texts[at]!.toString();
        if (text == delta.holder[delta.member]) return;
        delta.holder[delta.member] = text;
        edits.push([delta.start, delta.end, Buffer.from(JSON.stringify(delta.data))]);
      });
    }
    return this.chunks(spliced(chunks, edits.sort((one, other) => one[0] - other[0])));
  }

  /** Gives as many pieces; what stands in a credential's place is in the first of its own. */
  #pieces(chunks: readonly Buffer[]): Buffer[] {
    const edits: Edit[] = [];
    for (const found of Buffer.concat(chunks).toString("latin1").matchAll(this.#forms())) {
      edits.push([found.index, found.index + found[0].length, Buffer.from(placeholder(found[0]))]);
    }
    return spliced(chunks, edits);
  }

  /** Gives what finds credentials: those known, as any text may have them, and all forms. */
  #forms(): RegExp {
    if (this.#pattern) return this.#pattern;
    const known = new Set<string>();
    for (const secret of this.#known) {
      const json = JSON.stringify(secret).slice(1, -1);
      const ascii = json.replace(/[^\0-~]/g, (each) => "\\u" + each.charCodeAt(0).toString(16).padStart(4, "0"));
      const uri = encodeURIComponent(secret);
      const strict = uri.replace(/[!'()*]/g, (each) => "%" + each.charCodeAt(0).toString(16).toUpperCase());
      for (const form of [secret, json, ascii, uri, strict, strict.replaceAll("%20", "+")]) {
        known.add(form).add(Buffer.from(form).toString("latin1"));
      }
    }
    const longestFirst = [...known].sort((one, other) => other.length - one.length || (one < other ? -1 : 1));
    const escaped = longestFirst.map((each) => each.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
    return (this.#pattern = new RegExp([...escaped, FORM].join("|"), "g"));
  }
}

/** Gives a body whose fields hold no credentials. `learn` is told those that it held. */
function withoutFields(path: string, body: any, learn?: (secret: string) => void): unknown {
  const ours = RESOURCES.test(path);
  const taken = (name: string, value: any, above: string | null, atTop: boolean): any => {
    if (typeof value == "string") {
      const credential =
        (ours && atTop && FIELDS.includes(name)) ||
        namesCredential(name) ||
        (above?.endsWith("headers") && CREDENTIAL.test(name));
      if (credential && learn) {
        learn(value);
        learn(value.replace(SCHEME, ""));
      }
      return credential || (ours && above == "headers") ? placeholder(value) : value;
    }
    if (Array.isArray(value)) return value.map((each) => taken(name, each, above, false));
    return isObject(value) ? mapped(value, (inner, each) => [inner, taken(inner, each, name, false)]) : value;
  };
  if (!isObject(body)) return taken("", body, null, false);
  return mapped(body, (name, each) => [name, taken(name, each, null, true)]);
}

/** From where until where something else stands, and what. */
type Edit = [start: number, end: number, instead: Buffer];

/** Gives as many pieces, edited. What is put in stands whole in the first piece that it touches. */
function spliced(chunks: readonly Buffer[], edits: readonly Edit[]): Buffer[] {
  const whole = Buffer.concat(chunks);
  let end = 0;
  const ends = chunks.map((chunk) => (end += chunk.length));
  const out: Buffer[][] = chunks.map(() => []);
  let at = 0;
  let piece = 0;
  const copy = (until: number, instead?: Buffer) => {
    while (at < until) {
      while (ends[piece]! <= at) piece++;
      const upto = Math.min(until, ends[piece]!);
      out[piece]!.push(instead ?? whole.subarray(at, upto));
      at = upto;
      if (instead) instead = Buffer.alloc(0);
    }
  };
  for (const [start, stop, instead] of edits) {
    copy(start);
    copy(stop, instead);
  }
  copy(whole.length);
  return out.map((each) => Buffer.concat(each));
}

/** A piece of a text in a stream: of which text, the member that has it, where its event's data stands. */
interface Delta {
  of: string;
  holder: Record<string, any>;
  member: string;
  data: object;
  start: number;
  end: number;
}

/** Yields the pieces of texts that a stream has, which is given in Latin-1. */
function* deltas(stream: string): Generator<Delta, void> {
  for (const event of stream.matchAll(/(?:[^\r\n]+(?:\r\n|\r|\n|$))+/g)) {
    const lines = event[0].replaceAll("\r", "\n");
    const found = [...lines.matchAll(/^data: ?(.*)$/gm)];
    if (found.length != 1 || !/^event: ?delta$/m.test(lines)) continue;
    const text = found[0]![1]!;
    const start = event.index + found[0]!.index + found[0]![0].length - text.length;
    let data: any;
    try {
      data = JSON.parse(Buffer.from(text, "latin1").toString());
    } catch {
      continue;
    }
    if (!isObject(data)) continue;
    const place = { data, start, end: start + text.length };
    for (const member of ["text", "thinking"]) {
      if (typeof data[member] == "string") yield { of: member, holder: data, member, ...place };
    }
    const call = data.tool_call;
    if (isObject(call) && typeof call.arguments == "string") {
      yield { of: "call " + call.index, holder: call, member: "arguments", ...place };
    }
  }
}

function placeholder(secret: string): string {
  if (secret.startsWith("ais_")) return REDACTED_KEY;
  return secret.startsWith("whsec_") ? REDACTED_SECRET : REDACTED;
}
