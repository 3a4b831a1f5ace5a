/** Conversations that were saved: read with care, written whole or not at all. */
import { ambient } from "#ambient";
import type { Core } from "./core.js";
import { namesCredential } from "./credentials.js";
import { ConfigurationError } from "./errors.js";
import { camel, parse, snake, write } from "./json.js";
import { Session, type SessionData, type SessionOptions, type State } from "./session.js";
import { beginningOf } from "./turns.js";
import type { PromptRef, RunOptions, ToolDefinition } from "./types.js";

/** Options that belong to a conversation. Others are the program's, and may be secrets. */
const KEPT =
  /^(system|fallbacks|metadata|serverTimeoutMs|providerOptions|resumable|workspace|model|provider|temperature|topP|maxOutputTokens|stop|tools|toolChoice|responseFormat|reasoningEffort|seed)$/;

/** What has credentials in it in a provider's options, or is one there alone. */
const HOLDERS = /^((extra[_-]?)?headers|token)$/i;

/** Gives a provider's options without credentials: the program gives those, a file has none. */
function harmless(value: any): any {
  if (Array.isArray(value)) return value.map(harmless);
  if (!value || Object.getPrototypeOf(value) != Object.prototype) return value;
  const kept = Object.entries(value).filter(([name]) => !HOLDERS.test(name) && !namesCredential(name));
  return Object.fromEntries(kept.map(([name, each]) => [name, harmless(each)]));
}

const NO_FILES = "there are no files here: keep what session.save() gives, and give that to loadSession later";

/** Gives a conversation as JSON has it, and writes it into a file if one is named. */
export async function save(state: State, path?: string): Promise<SessionData> {
  const { sessionId, messages, options, settings } = state;
  const beginning = beginningOf(state);
  const kept = Object.entries(options).filter(([name, value]) => KEPT.test(name) && value != null);
  const { serverTimeoutMs, tools, toolChoice, providerOptions, ...rest } = Object.fromEntries(kept) as RunOptions;
  // What runs here is in no file, and without it there may be nothing to choose from.
  const theirs = tools?.filter((each): each is ToolDefinition => !("run" in each)) ?? [];
  const chosen = (toolChoice as any)?.function?.name;
  const there = !tools || (chosen ? theirs.some((each) => each.function?.name == chosen) : theirs.length);
  const text = write({
    aistrale_session: 1,
    session_id: sessionId,
    messages: messages.map(snake),
    options: {
      ...snake(rest),
      provider_options: harmless(providerOptions),
      tools: theirs.length ? theirs : undefined,
      tool_choice: there ? toolChoice : undefined,
      timeout_ms: serverTimeoutMs,
    },
    settings: Object.keys(settings).length ? snake(settings) : undefined,
    prompt_ref: beginning && snake(beginning),
  });
  if (path != null) {
    if (!ambient.save) throw new ConfigurationError(NO_FILES);
    await ambient.save(path, text + "\n");
  }
  return JSON.parse(text);
}

/** Goes on with a conversation that was saved, into a file or as what `toJSON` gave. */
export async function load(
  core: Core,
  saved: string | SessionData,
  options: SessionOptions = {},
): Promise<Session> {
  for (const name of ["messages", "promptRef", "variables"] as const) {
    if (options[name] != null) {
      throw new TypeError(`${name} does not go with a saved session, which has its own messages`);
    }
  }
  if (typeof saved != "string") return restored(core, saved, null, options);
  if (!ambient.load) throw new ConfigurationError(NO_FILES);
  let data: unknown;
  try {
    data = await parse((await ambient.load(saved)).replace(/^\ufeff/, ""));
  } catch (why) {
    if (!(why instanceof SyntaxError)) throw why;
    throw broken(saved, `it is not JSON (${why.message})`);
  }
  return restored(core, data, saved, options);
}

function broken(where: string | null, why: string): ConfigurationError {
  const said = `${where ?? "This"}: no saved session: ${why}`;
  return new ConfigurationError(
    `${said}. Save a session with session.save(path), or begin a new one.`,
    where,
  );
}

function restored(
  core: Core,
  data: any,
  where: string | null,
  given: SessionOptions,
): Session {
  const version = data?.aistrale_session;
  if (version === undefined) throw broken(where, 'the field "aistrale_session" is missing');
  if (version !== 1) {
    throw broken(
      where,
      `it has version ${JSON.stringify(version)} of the format, and this package knows 1: a later one wrote it, upgrade @aistrale/sdk`,
    );
  }
  const { session_id: id, messages, options, settings = {}, prompt_ref: beginning } = data;
  const isObject = (value: unknown) => value && typeof value == "object" && !Array.isArray(value);
  if (typeof id != "string" || !id) throw broken(where, "its session_id is missing");
  if (!Array.isArray(messages)) throw broken(where, "its messages are missing");
  const wrong = messages.findIndex((each) => typeof each?.role != "string");
  if (wrong >= 0) throw broken(where, `its message ${wrong + 1} is no message`);
  if (!isObject(options)) throw broken(where, "its options are missing");
  if (!isObject(settings)) throw broken(where, "its settings are no object");
  if (beginning != null && (!isObject(beginning) || typeof beginning.name != "string")) {
    throw broken(where, "its prompt_ref names no prompt");
  }
  if (beginning && messages.length) {
    throw broken(where, "it has messages, and a prompt that they should begin with");
  }
  const { timeout_ms: serverTimeoutMs, ...rest } = options;
  const known = camel({ ...rest, server_timeout_ms: serverTimeoutMs ?? undefined });
  const unknown = Object.keys(known).find((name) => !KEPT.test(name) && known[name] !== undefined);
  if (unknown) throw broken(where, `this version knows no option ${unknown}`);
  const { sessionId, ...more } = given;
  const state: State = {
    sessionId: sessionId || id,
    messages: camel({ messages }).messages,
    options: { ...known, ...more, promptRef: beginning ? (camel(beginning) as PromptRef) : undefined },
    settings: camel(settings),
  };
  return new Session(core, {}, state);
}
