/**
 * Hooks for React 18 and later, which ask a route of your own backend, or a client. Nothing is sent while rendering.
 *
 * @module react
 */
export { AistraleProvider, useChat, useRun, useStream } from "../src/react.js";
export type {
  Api, AskOptions, Asked, ChatHook, ChatHookOptions, ChatMessage, HookOptions, NewMessage, Question,
  RunHook, RunHookOptions, Source, Status, StreamHook, StreamHookOptions,
} from "../src/react.js";
