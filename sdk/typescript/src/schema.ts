/** JSON schemas: from any schema library, and in the form that providers hold models to. */
import type { Json, StandardSchema } from "./types.js";

/**
 * Gives the JSON Schema of what a schema takes. TypeError where it cannot say that itself and none was given.
 */
export function jsonSchema(schema: StandardSchema | undefined, given: Json | null | undefined, what: string): Json {
  const said: any = schema;
  const options = { target: "draft-2020-12" };
  const found: Json | undefined =
    given ??
    said?.["~standard"]?.jsonSchema?.input(options) ??
    said?.toJSONSchema?.({ io: "input" }) ??
    said?.toJsonSchema?.();
  if (!found) {
    throw new TypeError(
      `${what}: this schema library cannot say its JSON Schema by itself; give it too (outputSchema, or a tool's parameters)`,
    );
  }
  const { $schema, ...rest } = found;
  return rest;
}

/** Says nothing about what fits. */
const NOISE = /^(title|default|examples|deprecated|readOnly|writeOnly|\$schema|\$id)$/;
const KEPT =
  /^(description|enum|exclusiveM(ax|in)imum|m(ax|in)(Items|Length|imum)|multipleOf|type|items|anyOf|oneOf|const|format|pattern|properties|required|additionalProperties|\$ref|\$defs)$/;
const FORMATS = /^(date|date-time|duration|email|hostname|ipv4|ipv6|time|uuid)$/;

/**
 * Gives the strict form of an object's schema: closed, and everything required; undefined when it has none.
 * Maps with free keys, tuples and values of any kind have none, nor has what may be left out.
 */
export function strict(node: any): Json | undefined {
  if (!node || typeof node != "object") return;
  const closed: any = {};
  for (const [name, value] of Object.entries<any>(node)) {
    if (NOISE.test(name)) continue;
    if (!KEPT.test(name) || (name == "pattern" && /\(\?[=!<]/.test(value))) return;
    if (name == "const") closed.enum = [value];
    else if (name == "format" && !FORMATS.test(value)) {
      closed.description = [node.description, `(format: ${value})`].filter(Boolean).join(" ");
    } else if (name == "items") {
      if (!(closed.items = strict(value))) return;
    } else if (name == "anyOf" || name == "oneOf") {
      closed.anyOf = value.map(strict);
      if (!closed.anyOf.every(Boolean)) return;
    } else if (name == "$defs") {
      closed.$defs = all(value);
      if (!closed.$defs) return;
    } else closed[name] ??= value;
  }
  if (!("type" in closed || "enum" in closed || "anyOf" in closed || "$ref" in closed)) return;
  if (closed.type == "array" && !closed.items) return;
  if (closed.type == "object") {
    const names = Object.keys(node.properties ?? {});
    const open = node.additionalProperties ?? !node.properties;
    if (open !== false || names.some((name) => !node.required?.includes(name))) return;
    closed.properties = all(node.properties ?? {});
    if (!closed.properties) return;
    Object.assign(closed, { required: names, additionalProperties: false });
  }
  return closed;
}

function all(nodes: Record<string, unknown>): Json | undefined {
  const found = Object.entries(nodes).map(([name, each]) => [name, strict(each)] as const);
  return found.every((pair) => pair[1]) ? Object.fromEntries(found) : undefined;
}

/** One thing that does not fit. */
export interface Misfit {
  readonly pointer: string;
  readonly detail: string;
}

/** Validates; gives the value, or what does not fit. */
export async function validated(
  schema: StandardSchema,
  value: unknown,
): Promise<{ value: any; misfits?: undefined } | { misfits: Misfit[] }> {
  const result = await schema["~standard"].validate(value);
  if (!result.issues) return { value: result.value };
  return {
    misfits: result.issues.map(({ message, path }) => ({
      pointer: (path ?? [])
        .map((each) => String(typeof each == "object" ? each.key : each))
        .map((each) => "/" + each.replace(/~/g, "~0").replace(/\//g, "~1"))
        .join(""),
      detail: message,
    })),
  };
}

/** Gives a misfit in one line. */
export const said = ({ pointer, detail }: Misfit): string => (pointer ? `${pointer}: ${detail}` : detail);

/** Gives misfits as lines for the model. */
export const listed = (misfits: readonly Misfit[]): string =>
  misfits.map((each) => "- " + said(each)).join("\n");
