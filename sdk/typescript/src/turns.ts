/** The turns of conversations. */
import { API, type Core, perform } from "./call.js";
import { asked, type Given, loops } from "./given.js";
import { inferenceRequest, oneOf, referred } from "./infer.js";
import { camel, inference, write } from "./json.js";
import { part } from "./part.js";
import type { State } from "./session.js";
import type { Source } from "./gathered.js";
import { inferring } from "./streaming.js";
import type {
  CallOptions,
  Json,
  Message,
  MessageLike,
  OutputOptions,
  PromptRef,
  RunOptions,
  StreamEvent,
} from "./types.js";


/** What is said in a turn, and with what. */
interface Turn {
  said: MessageLike[];
  options: RunOptions & Partial<OutputOptions>;
  reference?: PromptRef | undefined;
  /** Whether the configured model counts. */
  configured: boolean;
  until?: number | undefined;
}

/** Settings that a prompt can have, by their names here. */
const SETTING =
  /^(model|provider|temperature|topP|maxOutputTokens|stop|tools|toolChoice|responseFormat|reasoningEffort|seed)$/;

const present = <T extends object>(of: T): T =>
  Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as T;

/** Puts settings over others. A model takes the provider of another's along. */
export function over(settings: Json, more: Json): Json {
  const given = Object.fromEntries(Object.entries(more).filter(([, value]) => value != null));
  const kept = { ...settings };
  if ("model" in given) delete kept.provider;
  return { ...kept, ...given };
}

interface Rendered {
  version: number;
  messages: Message[];
  settings?: Json;
}

/** Says something and gives the answer. */
export async function runTurn(core: Core, state: State, given: Given): Promise<any> {
  const turn = await ready(core, state, begun(state, given));
  if (loops(turn.options)) {
    const { loop } = await part(import("./loop.js"));
    const found = await loop(core, undefined, turn.options, turn.configured, turn.until);
    keep(state, turn, found.added);
    return found.value;
  }
  const request = inferenceRequest(core, null, turn.options, false, turn.configured);
  const answer = await perform(core, request, turn.options, inference, turn.until);
  keep(state, turn, [answer.message]);
  return answer;
}

/** Says something and gives the answer's events; it counts once it has completed. */
export async function streamTurn(core: Core, state: State, given: Given): Promise<Source> {
  const turn = await ready(core, state, begun(state, given));
  const { options, configured, until } = turn;
  let added: Message[] | undefined;
  let source: Source;
  if (loops(options)) {
    const { streamLoop } = await part(import("./loop.js"));
    source = streamLoop(core, undefined, options, configured, until, (all) => (added = all));
  } else {
    source = inferring(core, inferenceRequest(core, null, options, true, configured), options, until);
  }
  async function* events(): AsyncGenerator<StreamEvent, void> {
    for await (const event of source.events) {
      if (event.type == "completed") keep(state, turn, added ?? [event.inference.message]);
      yield event;
    }
  }
  return { ...source, events: events() };
}

function begun(state: State, given: Given): Turn {
  const [prompt, options] = asked(given);
  const reference = oneOf(prompt, options);
  const { messages, promptRef, variables, ...rest } = options;
  const said = messages ?? (reference ? [] : [{ role: "user", content: prompt as string }]);
  const { promptRef: _, variables: __, ...own } = state.options;
  const merged = { ...own, ...present(rest), sessionId: state.sessionId };
  return { said: [...said], options: merged, reference, configured: true };
}

/** Gives the prompt on the server that a conversation begins with, if it does and has not begun. */
export function beginningOf({ options, messages }: State): PromptRef | undefined {
  if (!options.promptRef && !options.variables) return;
  return oneOf(null, { ...options, messages: messages.length ? messages : undefined });
}

/** Has rendered what is to be, within the turn's own deadline. */
async function ready(core: Core, state: State, turn: Turn): Promise<Turn> {
  const { options, reference } = turn;
  const beginning = beginningOf(state);
  if (beginning || reference) {
    turn.until = performance.now() + (options.timeoutMs ?? core.options.timeoutMs ?? 600_000);
  }
  if (beginning) {
    const rendered = await render(core, beginning, options, turn.until);
    state.options = { ...state.options, promptRef: undefined, variables: undefined };
    state.messages = rendered.messages;
    state.settings = rendered.settings ?? {};
  }
  if (!reference) return withMessages(state, turn, state.settings);
  const rendered = await render(core, reference, options, turn.until);
  turn.said = rendered.messages;
  if (state.messages.length) {
    return withMessages(state, turn, over(state.settings, rendered.settings ?? {}));
  }
  // The first of a conversation names the prompt, so that its record does.
  const { name, variables } = reference;
  turn.options = { ...options, promptRef: { name, version: rendered.version, variables } };
  return turn;
}

function withMessages(state: State, turn: Turn, settings: Json): Turn {
  const known = settingsOf(settings);
  return {
    ...turn,
    options: { ...over(known, turn.options as Json), messages: [...state.messages, ...turn.said] },
    configured: !("model" in known || "provider" in known),
  };
}

/** Gives those settings of a prompt's that a run has too. */
export function settingsOf(settings: Json | undefined): Json {
  return Object.fromEntries(Object.entries(settings ?? {}).filter(([name]) => SETTING.test(name)));
}

/** Takes in a turn that succeeded: what was said, and what came of it. */
function keep(state: State, turn: Turn, added: readonly MessageLike[]): void {
  state.messages.push(...turn.said, ...added);
}

/** Has a prompt on the server rendered. It reads: doing it twice is doing it once. */
export function render(
  core: Core,
  reference: PromptRef,
  options: CallOptions,
  until?: number,
): Promise<Rendered> {
  const { name, version, label, variables } = referred(reference);
  return perform(
    core,
    {
      method: "POST",
      path: `${API}/prompts/${encodeURIComponent(name)}/render`,
      body: write({ version, label, variables: variables ?? {} }),
      repeatable: true,
    },
    options,
    camel,
    until,
  );
}
