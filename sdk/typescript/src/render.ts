/** Filling in a prompt's variables, as the server does: `contract/vectors/render/` has the rules. */
import { BadRequestError } from "./errors-answer.js";
import { write } from "./json.js";
import { didYouMean } from "./nearest.js";
import type { PromptVariable, PromptVersion, RenderedPrompt } from "./records.js";
import type { Json, Message } from "./types.js";

/** Characters of a rendering at most: a value can stand in many places. */
const LONGEST = 20_000_000;

const VARIABLE = /\{\{ *([A-Za-z_][A-Za-z0-9_]*) *\}\}/g;

const WORDS: Record<string, string> = {
  string: "a string",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  array: "an array",
  object: "an object",
};

interface Mistake {
  pointer: string;
  detail: string;
}

/** Gives the names of the variables in a template, each once, by their first place. */
export const uses = (template: string): string[] => [
  ...new Set(Array.from(template.matchAll(VARIABLE), (found) => found[1]!)),
];

/** Gives a version with its variables filled in. BadRequestError names every mistake. */
export function rendered(version: PromptVersion, given: Json | null | undefined): RenderedPrompt {
  const { name, version: number, text } = version;
  const messages = structuredClone(version.messages ?? []) as Message[];
  const slots = [...slotsOf(messages)];
  const templates: string[] = text != null ? [text] : slots.map(([holder, field]) => holder[field]);
  const texts = textsOf(version, templates, given ?? {});
  const filled = templates.map((each) => each.replace(VARIABLE, (_, variable) => texts.get(variable) ?? ""));
  slots.forEach(([holder, field], at) => {
    if (text == null) holder[field] = filled[at];
  });
  return {
    name,
    version: number,
    text: text == null ? null : filled[0]!,
    messages: text == null ? messages : [{ role: "user", content: filled[0]! }],
    settings: structuredClone(version.settings),
  };
}

/** Gives the variables that a version declares, then those that its templates merely use. */
export function declared(version: PromptVersion, templates: readonly string[]): PromptVariable[] {
  const found = new Map(version.variables.map((each) => [each.name, each]));
  for (const name of templates.flatMap(uses)) {
    if (!found.has(name)) found.set(name, { name, type: "string", required: true });
  }
  return [...found.values()];
}

/** Gives what holds a template, and the field: texts, and the URLs of images. */
function* slotsOf(messages: readonly any[]): Generator<[any, string]> {
  for (const each of messages) {
    if (typeof each.content == "string") yield [each, "content"];
    for (const part of Array.isArray(each.content) ? each.content : []) {
      if (typeof part?.text == "string") yield [part, "text"];
      if (typeof part?.image_url?.url == "string") yield [part.image_url, "url"];
    }
  }
}

/** Gives what stands in each variable's place. */
function textsOf(version: PromptVersion, templates: readonly string[], given: Json): Map<string, string> {
  const mistakes: Mistake[] = [];
  const texts = new Map<string, string>();
  const variables = declared(version, templates);
  const names = variables.map((each) => each.name);
  for (const each of variables) {
    const own = Object.hasOwn(given, each.name) ? given[each.name] : undefined;
    const value = own ?? each.default;
    const type = each.type ?? "string";
    if (own != null) {
      const wrong = wrongOf(type, own);
      if (wrong) mistakes.push(mistake(each.name, wrong));
    } else if (value == null && (each.required ?? true)) {
      const wanted = WORDS[type] ?? `a value of the type ${type}`;
      mistakes.push(mistake(each.name, `is missing; the prompt needs ${wanted}`));
    }
    texts.set(each.name, value == null ? "" : textOf(value));
  }
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const hint = didYouMean(name, names);
    const near = hint.startsWith("; did") ? hint.replace(/mean (.*)\?/, "mean `$1`?") : "";
    mistakes.push(mistake(name, `the prompt has no variable \`${name}\`${near}`));
  }
  if (!mistakes.length) {
    let length = 0;
    for (const template of templates) {
      length += template.length;
      for (const found of template.matchAll(VARIABLE)) {
        length += (texts.get(found[1]!)?.length ?? 0) - found[0].length;
      }
    }
    if (length > LONGEST) {
      const detail = `make a rendering of ${length} characters; the most is ${LONGEST}`;
      mistakes.push({ pointer: "/variables", detail });
    }
  }
  if (!mistakes.length) return texts;
  const lines = mistakes.map((each) => `\n  ${each.pointer}: ${each.detail}`).join("");
  throw new BadRequestError(
    `${version.name}@${version.version} cannot be rendered with these variables:${lines}`,
    { status: 400, code: "invalid_request", errors: mistakes },
  );
}

/** Gives what is wrong with a value, undefined if nothing is. */
function wrongOf(type: string, value: unknown): string | undefined {
  if (!takes(type, value)) return `must be ${WORDS[type]}, not ${kind(value)}`;
  let text: string;
  try {
    text = textOf(value);
  } catch (why: any) {
    return why.message;
  }
  const bad = typeof value == "string" ? /\0|\p{Surrogate}/u : /\\u0000|\\ud[89a-f]/i;
  return bad.test(text) && broken(value)
    ? "has U+0000 or half of a surrogate pair in it, which no text can hold"
    : undefined;
}

const isNumber = (value: unknown) =>
  typeof value == "number" || typeof value == "bigint" || value instanceof Number;

/** Whether a value is of a type; of one that came later, every value is. */
function takes(type: string, value: any): boolean {
  if (type == "number") return isNumber(value);
  if (type == "integer") return isNumber(value) && (typeof value == "bigint" || Number.isInteger(Number(value)));
  if (type == "array") return Array.isArray(value);
  if (type == "object") return typeof value == "object" && !Array.isArray(value) && !isNumber(value);
  return !(type in WORDS) || typeof value == type;
}

function kind(value: any): string {
  if (isNumber(value)) return `the number ${value}`;
  if (Array.isArray(value)) return "an array";
  return { string: "a string", object: "an object" }[typeof value as string] ?? String(value);
}

/** Gives how a value stands in the text: a string as it is, everything else as JSON. */
const textOf = (value: unknown): string => (typeof value == "string" ? value : write(value));

/** Whether a string within has what no text in UTF-8 has, or no database takes. */
function broken(value: any): boolean {
  if (typeof value == "string") return /\0|\p{Surrogate}/u.test(value);
  if (!value || typeof value != "object") return false;
  return Object.entries(value).some((pair) => pair.some(broken));
}

function mistake(name: string, detail: string): Mistake {
  return { pointer: "/variables/" + name.replace(/~/g, "~0").replace(/\//g, "~1"), detail };
}
