/**
 * React hooks, for React 18 and later: `useRun`, `useStream`, `useChat`.
 *
 *     const { messages, append, stop, status, error } = useChat({ api: "/api/chat" });
 *
 * They ask a route of your own backend (`api`), which has the API key and streams with `toResponse`; or, where an API
 * key may be, in a desktop program say, a client (`client`). Both can be given to all hooks below by an
 * `AistraleProvider`.
 *
 * Nothing is sent while rendering, neither here nor on a server: only when `run`, `start` or `append` is called. A new
 * call ends the one before it. A component that goes away ends its call, and with it the inference at the server.
 * The functions that a hook gives are the same ones in each render, and none of them throws or rejects for what goes
 * wrong in a call: that is `error`. What your own `onError`, `onEvent` or `onFinish` throws goes to where the errors of
 * event handlers go, `window.onerror`. After its component has gone away nothing is asked any more.
 */
import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useInsertionEffect,
  useState,
  useSyncExternalStore,
} from "react";
import { Chat } from "./react-chat.js";
import { Asking, Running, Streaming } from "./react-core.js";
import type * as r from "./react-types.js";
import type { Inference, StandardSchema } from "./types.js";

export type * from "./react-types.js";

const Context = createContext<r.Source>({});

/** Gives the hooks below it whom to ask, where they are not told so themselves. */
export function AistraleProvider({ children, ...source }: r.Source & { children?: ReactNode }): ReactElement {
  return createElement(Context.Provider, { value: source }, children);
}

/**
 * Asks a model, and gives its whole answer; with `output`, the object that it says:
 *
 *     const { data, run, isBusy, error } = useRun({ api: "/api/city", output: City });
 *
 * A route answers with JSON: `Response.json(await run(…))`.
 */
export function useRun<T>(options: r.RunHookOptions<T> & { output: StandardSchema<any, T> }): r.RunHook<T>;
export function useRun(options?: r.RunHookOptions<Inference>): r.RunHook<Inference>;
export function useRun(options: r.RunHookOptions<any> = {}): r.RunHook<any> {
  return useAsking("useRun", options, () => new Running());
}

/**
 * Asks a model, and gives its answer while it arrives:
 *
 *     const { text, start, stop, retry, status, error } = useStream({ api: "/api/story" });
 *
 * After `stop` and after an error, `text` keeps what arrived.
 */
export function useStream(options: r.StreamHookOptions = {}): r.StreamHook {
  return useAsking("useStream", options, () => new Streaming());
}

/**
 * Holds a conversation. Each message has an `id`; the answer is a message from its first piece on. Tools made by
 * `tool()` are run, here with a client and at the backend with a route, and their results are messages too.
 *
 * After `stop`, and after an error, the conversation keeps what arrived; `reload` asks for the last answer again.
 */
export function useChat(options: r.ChatHookOptions = {}): r.ChatHook {
  return useAsking("useChat", options, () => new Chat(options.initialMessages));
}

function useAsking<Hook extends object>(
  name: string,
  options: r.HookOptions,
  make: () => Asking<any> & { readonly actions: object },
): Hook {
  const above = useContext(Context);
  const [asking] = useState(make);
  const own = options.api || options.client;
  const all = own ? options : { ...above, ...options, api: above.api, client: above.client };
  if (!all.api && !all.client) {
    throw new TypeError(
      `${name}: give it a route of your backend (api: "/api/chat") or a client, or put an AistraleProvider with one above it`,
    );
  }
  if ((options as r.AskOptions).idempotencyKey != null) {
    throw new TypeError(`${name}: an idempotencyKey is of one call: give it to run, start or append`);
  }
  useInsertionEffect(() => {
    asking.options = all;
  });
  const state = useSyncExternalStore(asking.subscribe, asking.snapshot, asking.snapshot);
  useEffect(() => {
    asking.enter();
    return () => asking.leave();
  }, [asking]);
  return { ...state, isBusy: state.status == "waiting" || state.status == "streaming", ...asking.actions } as Hook;
}
