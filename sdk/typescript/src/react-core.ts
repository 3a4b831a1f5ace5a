/** Calls as pages have them: one at a time, each with its state. Nothing here knows React. */
import type { AskOptions, Asked, HookOptions, Question, RunHookOptions, Status, StreamHookOptions } from "./react-types.js";
import type { Inference, MessageLike, StreamEvent } from "./types.js";

/** How long the pieces that arrive are gathered before they are shown: a page is drawn 60 times a second. */
const FRAME = 16;

/** What is not the model's to know, and does not go to a route. */
const BESIDE =
  /^(api|client|fetch|signal|on[A-Z]\w*|initialMessages|timeoutMs|maxRetries|headers|workspace|idempotencyKey|output|outputSchema|outputRetries|maxRounds|tools)$/;

export interface State {
  status: Status;
  error: Error | null;
}

/** One hook's calls. */
export class Asking<S extends State> {
  /** The hook's, as last rendered. */
  options: HookOptions & Partial<RunHookOptions<any> & StreamHookOptions> = {};
  #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #call: AbortController | undefined;
  #gone = false;

  constructor(protected state: S) {}

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  snapshot = (): S => this.state;

  stop = (): void => {
    if (!this.#call) return;
    this.#end();
    this.set({ status: "stopped" } as Partial<S>);
  };

  /** The page has it; again, after it had it no more. */
  enter(): void {
    this.#gone = false;
  }

  /** The page has it no more: as `stop`, with nobody to tell. */
  leave(): void {
    this.#gone = true;
    this.stop();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Called when a call ends before its answer is whole. */
  protected cut(): void {}

  #end(): void {
    const call = this.#call;
    this.#call = undefined;
    call?.abort();
    if (call) this.cut();
  }

  /** Changes the state; `soon`: shows it with what comes in the same frame. */
  protected set(change: Partial<S>, soon = false): void {
    this.state = { ...this.state, ...change };
    if (!soon) {
      clearTimeout(this.#timer);
      this.#show();
    } else {
      this.#timer ??= setTimeout(() => this.#show(), FRAME);
    }
  }

  #show(): void {
    this.#timer = undefined;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Makes a call, the one before it being over. Gives undefined when it has no answer. */
  protected async call<T>(
    begun: () => Partial<S>,
    work: (signal: AbortSignal, current: () => boolean) => Promise<T>,
    done: (value: T) => Partial<S>,
  ): Promise<T | undefined> {
    this.#end();
    const call = (this.#call = new AbortController());
    const current = () => this.#call == call;
    this.set({ ...begun(), status: "waiting", error: null } as Partial<S>);
    // What an effect begins and its cleanup takes back at once, as StrictMode has it, is never sent; nor is what a timer
    // or a promise of a component asks that has gone away: nobody could end it.
    await null;
    if (this.#gone && current()) this.stop();
    if (!current()) return;
    let value: T;
    try {
      value = await work(call.signal, current);
      if (!current()) return;
    } catch (why) {
      if (!current()) return;
      const error = why instanceof Error ? why : new Error(String(why), { cause: why });
      this.#call = undefined;
      this.cut();
      this.set({ status: "error", error } as Partial<S>);
      this.tell("onError", error);
      return;
    }
    this.#call = undefined;
    this.set({ ...done(value), status: "done" } as Partial<S>);
    if (value !== undefined) this.tell("onFinish", value);
    return value;
  }

  /** Calls who wants to know. What that throws is reported as what any handler of events throws, and changes nothing here. */
  protected tell(which: "onError" | "onEvent" | "onFinish", what: any): void {
    try {
      (this.options[which] as ((what: unknown) => void) | null | undefined)?.(what);
    } catch (why) {
      if (typeof reportError == "function") reportError(why);
      else console.error(why);
    }
  }

  /** The options of the last call, to ask the same again: with its idempotency key only where it may have been carried out. */
  protected again({ idempotencyKey, ...options }: AskOptions): AskOptions {
    return this.state.status == "error" ? { ...options, idempotencyKey } : options;
  }

  /** Reads a stream's events; each is seen only while the call is the current one. Gives the inference, if one came. */
  protected async read(
    asked: Asked,
    options: AskOptions,
    signal: AbortSignal,
    current: () => boolean,
    seen: (event: StreamEvent) => void,
  ): Promise<Inference | null> {
    const events = await opened(this.options, asked, options, signal);
    const iterator = events[Symbol.asyncIterator]();
    const leave = () => void Promise.resolve(iterator.return?.()).catch(() => {});
    signal.addEventListener("abort", leave);
    if (signal.aborted) leave();
    let inference: Inference | null = null;
    for (;;) {
      const { value, done } = await iterator.next();
      if (done || !current()) return inference;
      const event: StreamEvent = typeof value == "string" ? { type: "text", text: value, id: "" } : value;
      if (event.type == "completed") inference = event.inference;
      seen(event);
      this.tell("onEvent", event);
    }
  }
}

/**
 * Gives an argument, unless it is what `onClick={retry}` passes: an event is an object of a class, and options and
 * questions are not.
 */
export function meant<T>(given: T): T | undefined {
  const made = given && typeof given == "object" ? Object.getPrototypeOf(given) : null;
  // An object of another window's is plain as well.
  return made && made.constructor?.name != "Object" ? undefined : given;
}

/** Gives a call's own options over its hook's. */
function over(hook: HookOptions, own: AskOptions, signal: AbortSignal): any {
  const { api, client, fetch, onError, onEvent, onFinish, initialMessages, ...rest } = hook as any;
  const given = Object.entries(own).filter(([, value]) => value != null);
  return { ...rest, ...Object.fromEntries(given), signal };
}

/** Gives what a route is asked, or a function in its place. */
function body(asked: Asked, options: object): Asked {
  const ofModel = Object.entries(options).filter(([name, value]) => value != null && !BESIDE.test(name));
  return { ...Object.fromEntries(ofModel), ...asked };
}

/** Gives what a client is asked. */
const given = ({ prompt, ...asked }: Asked, options: any): [any, any?] =>
  prompt == null ? [{ ...options, ...asked }] : [prompt, { ...options, ...asked }];

async function opened(
  hook: HookOptions,
  asked: Asked,
  own: AskOptions,
  signal: AbortSignal,
): Promise<AsyncIterable<StreamEvent | string>> {
  const options = over(hook, own, signal);
  let { api, client, fetch } = hook;
  if (!api) return client!.stream(...given(asked, options));
  if (typeof api == "function") {
    const found: any = await api(body(asked, options), { signal });
    if (!(found instanceof Response)) {
      if (found?.[Symbol.asyncIterator]) return found;
      throw new TypeError("the function for api gave neither a Response nor what can be iterated over with for await");
    }
    fetch = async () => found;
    api = found.url || null;
  }
  return (await import("./route.js")).streamed(api, fetch, options, body(asked, options));
}

async function answered(hook: HookOptions, asked: Asked, own: AskOptions, signal: AbortSignal): Promise<any> {
  const options = over(hook, own, signal);
  const { api, client, fetch } = hook;
  if (!api) return client!.run(...given(asked, options));
  const sent = body(asked, options);
  let url: typeof api | null = api;
  let fetching = fetch;
  if (typeof url == "function") {
    const found: any = await url(sent, { signal });
    if (!(found instanceof Response)) return found;
    fetching = async () => found;
    url = found.url || null;
  }
  return (await import("./route.js")).answered(url, fetching, options, sent, options.output);
}

const asking = (question: Question | undefined): Asked =>
  typeof question == "string" ? { prompt: question } : question ? { messages: question.messages } : {};

type Given = [question: Question | undefined, options: AskOptions];

/** What `useRun` has. */
export class Running extends Asking<State & { data: any }> {
  #last: Given = [undefined, {}];
  readonly actions = {
    stop: this.stop,
    run: (question?: Question, options?: AskOptions) => this.#ask(meant(question), meant(options) ?? {}),
    retry: () => this.#ask(this.#last[0], this.again(this.#last[1])),
    reset: () => {
      this.stop();
      this.set({ status: "idle", error: null, data: null });
    },
  };

  constructor() {
    super({ status: "idle", error: null, data: null });
  }

  async #ask(...asked: Given): Promise<any> {
    this.#last = asked;
    const [question, options] = asked;
    return this.call(
      () => ({}),
      (signal) => answered(this.options, asking(question), options, signal),
      (data) => ({ data }),
    );
  }
}

const NOTHING = { text: "", thinking: "", inference: null as Inference | null };

/** What `useStream` has. */
export class Streaming extends Asking<State & typeof NOTHING> {
  #last: Given = [undefined, {}];
  readonly actions = {
    stop: this.stop,
    start: (question?: Question, options?: AskOptions) => this.#ask(meant(question), meant(options) ?? {}),
    retry: () => this.#ask(this.#last[0], this.again(this.#last[1])),
    reset: () => {
      this.stop();
      this.set({ status: "idle", error: null, ...NOTHING });
    },
  };

  constructor() {
    super({ status: "idle", error: null, ...NOTHING });
  }

  async #ask(...asked: Given): Promise<Inference | undefined> {
    this.#last = asked;
    const [question, options] = asked;
    const value = await this.call(
      () => NOTHING,
      (signal, current) =>
        this.read(asking(question), options, signal, current, (event) => {
          const { text, thinking } = this.state;
          if (event.type == "text") this.set({ status: "streaming", text: text + event.text }, true);
          if (event.type == "thinking") this.set({ status: "streaming", thinking: thinking + event.thinking }, true);
        }),
      // With tools, what was said between them was shown too; a whole answer that came in one piece was not.
      (inference) => ({ inference, text: this.state.text || (inference?.text ?? "") }),
    );
    return value ?? undefined;
  }
}

/** Takes off a message what is the page's alone. */
export const plain = ({ id, thinking, inference, ...message }: any): MessageLike => message;
