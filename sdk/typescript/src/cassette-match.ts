/** Whether a request is the recorded one, and if not, what differs: see contract/cassettes.md. */
import { Digits, readExactly } from "./cassette-json.js";
import { isObject } from "./cassette-secrets.js";

const ABSENT = Symbol("absent");

/** Where, what was recorded, what is asked now. */
export type Difference = [at: string[], recorded: unknown, now: unknown];

const MADE_HERE = /^ses_[0-9a-hjkmnp-tv-z]{26}$/;
const ANOTHER = 1000;
const MOST_SHOWN = 8;
const WIDTH = 72;

/** Reads JSON pointers into a request, such as "/body/metadata/run". Throws TypeError for others. */
export function pointers(texts: Iterable<string>): string[][] {
  if (typeof texts == "string") throw new TypeError("ignore is a list of JSON pointers, not one text");
  return [...texts].map((text) => {
    if (!text.startsWith("/")) {
      throw new TypeError(
        `ignore has ${JSON.stringify(text)}, which is no JSON pointer into a request, such as "/body/metadata/run" or "/query/since" (* stands for any name or number)`,
      );
    }
    return text.slice(1).split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  });
}

/** Gives in what a request, in the file's form, is another than the recorded one. */
export function differences(recorded: any, now: any, ignored: readonly string[][]): Difference[] {
  const inference = now.method == "POST" && now.path == "/api/v1/inferences";
  return [...differing(comparable(recorded), comparable(now), [])].filter(
    (each) => !ignored.some((pointer) => liesIn(each[0], pointer)) && !(inference && changesByItself(...each)),
  );
}

/** Gives a request whose body is JSON wherever it can be. */
function comparable(request: any): any {
  const { text, ...rest } = request;
  if (typeof text != "string") return request;
  try {
    return { ...rest, body: readExactly(text).value };
  } catch {
    return request;
  }
}

function changesByItself(at: string[], recorded: unknown, now: unknown): boolean {
  if (at.length != 2 || at[0] != "body") return false;
  if (at[1] == "session_id") return [recorded, now].every((each) => typeof each == "string" && MADE_HERE.test(each));
  return at[1] == "trace_id" || at[1] == "parent_span_id";
}

const liesIn = (at: string[], pointer: string[]) =>
  at.length >= pointer.length && pointer.every((part, n) => part == "*" || part == at[n]);

function* differing(recorded: any, now: any, at: string[]): Generator<Difference, void> {
  if (Array.isArray(recorded) ? Array.isArray(now) : !Array.isArray(now) && isPlain(recorded) && isPlain(now)) {
    for (const name of new Set([...Object.keys(recorded), ...Object.keys(now)])) {
      const of = (value: any) => (Object.hasOwn(value, name) ? value[name] : ABSENT);
      yield* differing(of(recorded), of(now), [...at, name]);
    }
  } else if (recorded instanceof Digits && now instanceof Digits ? recorded.value != now.value : recorded !== now) {
    yield [at, recorded, now];
  }
}

const isPlain = (value: unknown) => isObject(value) && !(value instanceof Digits);

/** Gives how far a recorded request is from one that is asked, from 0. */
export function distance(found: readonly Difference[]): number {
  const another = new Set(found.map(([at]) => at[0]).filter((place) => place == "method" || place == "path"));
  return another.size * ANOTHER + found.reduce((sum, [, was, now]) => sum + far(was, now), 0);
}

/** Gives how much two values differ: 0 to 1 for texts, by what they begin and end with. */
function far(was: unknown, now: unknown): number {
  if (typeof was != "string" || typeof now != "string") return Math.max(leaves(was), leaves(now));
  const shorter = Math.min(was.length, now.length);
  const begin = sameUntil(was, now);
  let end = 0;
  while (end < shorter - begin && was.at(-1 - end) == now.at(-1 - end)) end++;
  return 1 - (begin + end) / Math.max(was.length, now.length);
}

function sameUntil(one: string, other: string): number {
  let at = 0;
  while (at < Math.min(one.length, other.length) && one[at] == other[at]) at++;
  return at;
}

function leaves(value: unknown): number {
  const inner = Array.isArray(value) ? value : isPlain(value) ? Object.values(value as object) : [];
  return inner.reduce((sum, each) => sum + leaves(each), 0) || 1;
}

/** Gives the differences, a few lines for each. */
export function described(found: readonly Difference[]): string {
  const lines: string[] = [];
  for (const [at, recorded, now] of found.slice(0, MOST_SHOWN)) {
    const [was, is] = shown(recorded, now);
    const pointer = at.map((part) => "/" + part.replaceAll("~", "~0").replaceAll("/", "~1")).join("");
    lines.push(`  ${pointer}`, `    recorded: ${was}`, `    now:      ${is}`);
  }
  if (found.length > MOST_SHOWN) lines.push(`  and ${found.length - MOST_SHOWN} differences more`);
  if (found.some(([at]) => /^body\/(model|provider)$/.test(at.join("/")))) {
    lines.push(
      "  Where a call names no model, that of the configuration counts (AISTRALE_MODEL,",
      "  AISTRALE_PROVIDER, the profile in the config file).",
    );
  }
  return lines.join("\n");
}

/** Gives two values as one can compare them: long texts from where they begin to differ. */
function shown(recorded: unknown, now: unknown): [string, string] {
  if (typeof recorded != "string" || typeof now != "string") return [short(recorded), short(now)];
  if (Math.max(recorded.length, now.length) <= WIDTH) return [JSON.stringify(recorded), JSON.stringify(now)];
  const begin = Math.max(0, sameUntil(recorded, now) - Math.floor(WIDTH / 3));
  const window = (text: string) =>
    (begin ? `…(${begin} characters)…` : "") +
    JSON.stringify(text.slice(begin, begin + WIDTH)) +
    (text.length > begin + WIDTH ? "…" : "");
  return [window(recorded), window(now)];
}

function short(value: unknown): string {
  if (value === ABSENT) return "absent";
  const text = JSON.stringify(value, (_, each) => (each instanceof Digits ? each.value : each));
  return text.length <= WIDTH ? text : text.slice(0, WIDTH) + "…";
}
