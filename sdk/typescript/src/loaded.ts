/** Prompts that were loaded: how long one is good, and what is used while the server is away. */
import { ambient } from "#ambient";
import { API, Call, type Core, perform } from "./call.js";
import { APIConnectionError, APITimeoutError } from "./errors.js";
import { APIStatusError, NotFoundError } from "./errors-answer.js";
import { parseExactly } from "./exact.js";
import { referred } from "./infer.js";
import { camel, having } from "./json.js";
import type { PromptVersion } from "./records.js";
import { declared, rendered } from "./render.js";
import type { LoadedPrompt, LoadOptions } from "./surface.js";
import type { PromptRef, PromptUse } from "./types.js";

/** How long a prompt is good for when no other time is given, in milliseconds. */
const MAX_AGE = 60_000;
/** How long the server is not asked again after a failure, where there is another way. */
const REST = 5000;
/** How long asking again may take: there is a version at hand, and somebody waits for it. */
const SHORT_TIMEOUT = 2000;
/** How long the first asking may take where there is a fallback, unless another time is given. */
const FALLBACK_TIMEOUT = 5000;
/** How many prompts are kept, those that were used last: names may be made of anything. */
const MOST = 500;

/** What is known of a prompt: the last good version, and when that was asked for. */
interface Known {
  name: string;
  version?: PromptVersion | undefined;
  askedAt: number;
  /** When the server was found away since then. */
  failedAt: number;
  /** The request that is on its way, which many may wait for. */
  asking?: Asking | undefined;
}

/** A request that is nobody's own: it goes on while anybody waits for it. */
interface Asking {
  /** What came of it; never rejects. */
  outcome: Promise<{ found: PromptVersion } | { found?: undefined; error: unknown }>;
  waiting: number;
  stop: AbortController;
}

const shelves = new WeakMap<Core, Map<string, Known>>();

function shelfOf(core: Core): Map<string, Known> {
  const all: typeof shelves = ambient.tape?.()?.shelves ?? shelves; // what a cassette played is no other test's
  let shelf = all.get(core);
  if (!shelf) all.set(core, (shelf = new Map()));
  return shelf;
}

/** Gives a version: the one that is kept, else the server's, else what there is. */
export async function load(
  core: Core,
  prompt: string | PromptRef | PromptUse,
  options: LoadOptions = {},
): Promise<LoadedPrompt> {
  const { maxAgeMs, fallback, ...call } = options;
  const reference = referred(prompt);
  if (reference.variables) throw new TypeError("variables are given to the loaded version's render()");
  const age = maxAgeMs ?? MAX_AGE;
  if (!(age >= 0)) throw new RangeError(`maxAgeMs is below 0 milliseconds: ${age}`);
  const { name, version, label } = reference;
  const instead = fallback == null ? undefined : typeof fallback == "string" ? alone(name, fallback) : fallback;
  const shelf = shelfOf(core);
  const key = JSON.stringify([name, version, label, call.workspace ?? core.options.workspace]);
  const known: Known = shelf.get(key) ?? { name, askedAt: -Infinity, failedAt: -Infinity };
  shelf.delete(key);
  shelf.set(key, known); // the last one used stands last
  if (shelf.size > MOST) shelf.delete(shelf.keys().next().value!);
  const fresh = () => known.version && performance.now() - known.askedAt < age && known.version;
  const good = fresh();
  if (good) return usable(good);
  const other = known.version ?? instead;
  if (other && performance.now() - known.failedAt < REST) return usable(other);
  const given = call.timeoutMs;
  const timeoutMs = known.version
    ? Math.min(given ?? Infinity, SHORT_TIMEOUT)
    : (given ?? (instead ? FALLBACK_TIMEOUT : null));
  // Each waits by his own time and signal, whoever it was that asked.
  const mine = new Call(core, { method: "GET", path: API + "/prompts" }, { ...call, timeoutMs });
  try {
    await mine.ready();
    for (;;) {
      const good = fresh();
      if (good) return usable(good);
      const first = !known.asking;
      const asking = (known.asking ??= asked(core, reference, known, { ...call, timeoutMs }));
      asking.waiting++;
      const outcome = await mine.within(asking.outcome).finally(() => {
        if (!--asking.waiting) asking.stop.abort();
      });
      if (outcome.found) return usable(outcome.found);
      const { error } = outcome;
      // What is only of the one who asked, his time or a mistake of his, is no answer to others without another way.
      const his = !(error instanceof APIStatusError || error instanceof APIConnectionError) || error instanceof APITimeoutError;
      if (first || !his || (other && isAway(error))) throw error;
    }
  } catch (why) {
    const error = await mine.error(why);
    if (!isAway(error)) {
      if (error instanceof APIStatusError) shelf.delete(key);
      throw error;
    }
    if (!other) throw error;
    if (known.failedAt == -Infinity) {
      console.warn(
        `aistrale: prompt ${name} cannot be loaded, so ${known.version ? `version ${known.version.version}, which was loaded before,` : "the fallback"} is used: ${(error as Error).message}`,
      );
    }
    known.failedAt = performance.now();
    return usable(other);
  } finally {
    mine.done();
  }
}

/** Begins to ask the server, for whoever waits. */
function asked(core: Core, reference: PromptRef, known: Known, options: LoadOptions): Asking {
  const stop = new AbortController();
  const asking: Asking = {
    outcome: ask(core, reference, known, { ...options, signal: stop.signal })
      .then(
        (found) => ({ found }),
        (error: unknown) => ({ error }),
      )
      .finally(() => (known.asking = undefined)),
    waiting: 0,
    stop,
  };
  return asking;
}

/** Has the prompts of a name asked for again: this client changed one of them, or tried to. */
export function changed(core: Core, name: string): void {
  const shelf = shelfOf(core);
  for (const [key, known] of shelf) if (known.name == name) shelf.delete(key);
}

/** Asks the server. Without version and label it is the label `production` if there is one, else the latest. */
async function ask(
  core: Core,
  { name, version, label }: PromptRef,
  known: Known,
  options: LoadOptions,
): Promise<PromptVersion> {
  const began = performance.now();
  const call = { ...options, ...(known.version && { maxRetries: 0 }) };
  const asked = version != null ? [version] : label != null ? [label] : ["production", "latest"];
  for (;;) {
    const at = `${API}/prompts/${encodeURIComponent(name)}/versions/${encodeURIComponent(asked.shift()!)}`;
    try {
      const request = { method: "GET", path: at, repeatable: true, text: true };
      const found = await perform(core, request, call, (body) => {
        const version = having("name")(JSON.parse(body));
        // A default stands in the text with the digits that it has.
        const { variables } = camel(parseExactly(body, true));
        return { ...version, variables: variables ?? [], settings: version.settings ?? {} };
      });
      Object.assign(known, { version: found, askedAt: began, failedAt: -Infinity });
      return found;
    } catch (error) {
      if (!(error instanceof NotFoundError) || !asked.length) throw error;
    }
  }
}

/** Whether an error says that the server is away or overloaded, and nothing of the prompt. */
function isAway(error: unknown): boolean {
  if (!(error instanceof APIStatusError)) return error instanceof APIConnectionError;
  const { status } = error;
  return status < 400 || status == 408 || status == 429 || status >= 500;
}

/** Gives a template's text as the version that it stands for; its number is 0. */
function alone(name: string, text: string): PromptVersion {
  const version: PromptVersion = {
    name,
    version: 0,
    text,
    messages: null,
    variables: [],
    settings: {},
    note: null,
    labels: [],
    createdAt: "",
    createdBy: null,
  };
  return { ...version, variables: declared(version, [text]) };
}

/** Gives a copy of a version that can be rendered: what one caller changes is no other's. */
function usable(version: PromptVersion): LoadedPrompt {
  const { variables, ...rest } = version; // which nobody can change, and can hold exact numbers
  const copy: any = { ...structuredClone(rest), variables };
  return Object.defineProperty(copy, "render", {
    value: (variables?: Record<string, unknown> | null) => rendered(copy, variables),
  });
}
