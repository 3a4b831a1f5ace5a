/** JSON and names: the wire's snake_case and this package's camelCase, numbers kept whole. */

/** Objects of the user's own, and what is opaque: names are left alone in all that is below these. */
const RAW =
  /^(metadata|attributes|input|output|schema|labels|default|detail|group|before|after|variables|tools|tool_?choice|response_?format|provider_?options|headers|thinking_?blocks|extra_content)$/i;

/** Decodes JSON. A number that is none here is an `ExactNumber`. Rejects with what is wrong if it is not JSON. */
export async function parse(text: string): Promise<any> {
  return /[\d.]{16}/.test(text) ? (await import("./exact.js")).parseExactly(text) : JSON.parse(text);
}

/** Random characters, for keys, ids and marks: `bytes` of them in hexadecimal. */
export function random(bytes: number): string {
  const found = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(found, (each) => each.toString(16).padStart(2, "0")).join("");
}

/** Writes JSON; bigints and exact numbers with all their digits. What is undefined is left out. */
export function write(value: unknown): string {
  let mark = ""; // random: in no text of the user's
  const text = JSON.stringify(value, (_, each) => {
    if (typeof each == "number" && !isFinite(each)) throw new TypeError("JSON has no " + each);
    return typeof each == "bigint" || each instanceof Number ? `${(mark ||= random(16))}${each}` : each;
  });
  return mark ? text.replace(RegExp(`"${mark}([^"]+)"`, "g"), "$1") : text;
}

/** Whether it is an object of names, and not what JSON writes as something else. */
const some = (value: any): boolean =>
  value && typeof value == "object" && !value.toJSON && !(value instanceof Number);

/** Renames all the way down. `__proto__` is a name like others. */
function renamed(value: any, rename: (name: string) => string, toolCall: (call: any) => any): any {
  if (!some(value)) return value;
  const inner = (each: any) => renamed(each, rename, toolCall);
  if (Array.isArray(value)) return value.map(inner);
  return Object.fromEntries(
    Object.entries<any>(value).map(([name, item]) => [
      rename(name),
      RAW.test(name) || (name == "content" && Array.isArray(item))
        ? item
        : /^tool(_c|C)alls$/.test(name) && item
          ? item.map(toolCall)
          : inner(item),
    ]),
  );
}

/** Names as this package has them. */
export const camel = (value: any): any =>
  renamed(
    value,
    (name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase()),
    ({ id = "", type, function: inner, ...more }) => {
      const { name = "", arguments: given = "", ...rest } = inner ?? {};
      const kept = Object.keys(rest).length && { function: rest };
      return { id, type: type ?? "function", name, arguments: given, ...more, ...kept };
    },
  );

/** Names as the wire has them; a message's tool call in OpenAI's own shape is left as it is. */
export const snake = (value: any): any =>
  renamed(
    value,
    (name) => name.replace(/[A-Z]/g, (letter) => "_" + letter.toLowerCase()),
    ({ id, type = "function", name, arguments: given, function: inner, ...more }) => ({
      id,
      type,
      function: name == null ? inner : { name, arguments: given, ...inner },
      ...more,
    }),
  );

/** Gives a decoder of objects that have this text in them: what lacks it is no answer of ours. */
export const having =
  (field: string) =>
  (value: any): any => {
    if (typeof value?.[field] != "string") throw new Error(field + " is missing");
    return camel(value);
  };

/** An inference, from the wire's JSON. Throws what says what is wrong. */
export function inference(wire: any): any {
  const found = having("id")(wire);
  for (const name of "model provider finishReason usage costUsd costSource latencyMs timeToFirstTokenMs prompt sessionId createdAt".split(" ")) {
    found[name] ??= null;
  }
  found.text ??= "";
  found.toolCalls ??= [];
  found.attempts ??= [];
  found.message ??= { role: "assistant", content: found.text };
  return saying(found);
}

/** Has an inference say its text where it is taken for one. */
export const saying = (found: any): any => Object.defineProperty(found, "toString", { value: () => found.text });
