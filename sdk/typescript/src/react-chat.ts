/** A conversation on a page. */
import { Asking, meant, plain, type State } from "./react-core.js";
import type { AskOptions, ChatMessage, NewMessage } from "./react-types.js";
import type { Inference, StreamEvent, ToolCall } from "./types.js";

let made = 0;
const identified = (message: NewMessage): ChatMessage =>
  message.id ? (message as ChatMessage) : { ...message, id: `${Date.now().toString(36)}-${++made}` };

interface ChatState extends State {
  messages: readonly ChatMessage[];
}

/** What `useChat` has. */
export class Chat extends Asking<ChatState> {
  /** What was said before the answer that arrives. */
  #before: readonly ChatMessage[] = [];
  #answer: ChatMessage[] = [];
  #last: AskOptions = {};
  /** Whether a message is being added to. */
  #open = false;

  readonly actions = {
    stop: this.stop,
    append: (message: string | NewMessage, options?: AskOptions) => {
      const said = typeof message == "string" ? { role: "user", content: message } : message;
      return this.#ask(() => [...this.state.messages, identified(said)], meant(options) ?? {});
    },
    reload: (given?: AskOptions) => {
      const options = meant(given) ?? this.again(this.#last);
      const asked = () => {
        const { messages } = this.state;
        const at = messages.map((each) => each.role).lastIndexOf("user");
        return messages.slice(0, at + 1);
      };
      return asked().length ? this.#ask(asked, options) : Promise.resolve(undefined);
    },
    setMessages: (to: readonly NewMessage[] | ((messages: readonly ChatMessage[]) => readonly NewMessage[])) => {
      this.stop();
      const messages = (typeof to == "function" ? to(this.state.messages) : to).map(identified);
      this.set({ messages, status: "idle", error: null });
    },
  };

  constructor(initial: readonly NewMessage[] | null | undefined) {
    // The same ids on the server and on the page.
    const messages = (initial ?? []).map((each, at) => ({ ...each, id: each.id ?? `initial-${at}` }));
    super({ status: "idle", error: null, messages });
  }

  async #ask(before: () => readonly ChatMessage[], options: AskOptions): Promise<Inference | undefined> {
    this.#last = options;
    const value = await this.call(
      () => {
        this.#before = before();
        this.#answer = [];
        this.#open = false;
        return { messages: this.#before };
      },
      (signal, current) => {
        const messages = this.#before.map(plain);
        return this.read({ messages }, options, signal, current, (event) => this.#see(event));
      },
      () => ({ messages: this.#all() }),
    );
    return value ?? undefined;
  }

  #all(): readonly ChatMessage[] {
    return [...this.#before, ...this.#answer];
  }

  /** Changes the message that arrives; begins one when there is none. */
  #change(change: (message: ChatMessage) => Partial<ChatMessage>): void {
    if (!this.#open) this.#answer.push(identified({ role: "assistant", content: "" }));
    this.#open = true;
    const last = this.#answer.pop()!;
    this.#answer.push({ ...last, ...change(last) });
  }

  #see(event: StreamEvent): void {
    if (event.type == "text") {
      this.#change(({ content }) => ({ content: `${content ?? ""}${event.text}` }));
    } else if (event.type == "thinking") {
      this.#change(({ thinking = "" }) => ({ thinking: thinking + event.thinking }));
    } else if (event.type == "toolCall") {
      this.#change(({ toolCalls = [] }) => {
        const { index, callId, name } = event;
        const calls: ToolCall[] = [...toolCalls];
        const before = calls[index];
        calls[index] = {
          id: before?.id || (callId ?? ""),
          type: "function",
          name: before?.name || (name ?? ""),
          arguments: (before?.arguments ?? "") + event.arguments,
        };
        return { toolCalls: calls };
      });
    } else if (event.type == "toolResult") {
      this.#open = false;
      const { callId: toolCallId, name, content } = event;
      this.#answer.push(identified({ role: "tool", toolCallId, name, content }));
    } else if (event.type == "completed") {
      this.#whole(event.inference);
    } else return;
    this.set({ status: "streaming", messages: this.#all() }, true);
  }

  /** Puts the answers as they are to go back in place of what was made of their pieces. */
  #whole(inference: Inference): void {
    const shown = this.#answer.filter((each) => each.role == "assistant");
    const results = this.#answer.filter((each) => each.role == "tool");
    const take = <T>(from: T[], which: (each: T) => unknown) => {
      const at = from.findIndex(which);
      return at < 0 ? [] : from.splice(at, 1);
    };
    this.#answer = [...(inference.rounds ?? []), inference].flatMap((answer) => {
      const ids = answer.toolCalls.map((call) => call.id);
      const calling = ({ toolCalls }: ChatMessage) => toolCalls?.some((call) => ids.includes(call.id));
      // One that came in one piece was not shown yet.
      const [{ id, thinking } = {}] = take(shown, ids.length ? calling : (each) => !each.toolCalls);
      const message = { ...answer.message, id, ...(thinking && { thinking }), inference: answer };
      return [identified(message as NewMessage), ...ids.flatMap((id) => take(results, (each) => each.toolCallId == id))];
    });
  }

  /** Keeps of an answer that was cut what can be said again: no call of a tool without its result. */
  protected override cut(): void {
    const done = new Set(this.#answer.map((each) => each.toolCallId));
    const asked = new Set(this.#answer.flatMap((each) => each.toolCalls ?? []).map((call) => call?.id));
    this.#answer = this.#answer.flatMap((message) => {
      const { toolCalls, ...rest } = message;
      const calls = toolCalls?.filter((call) => call && done.has(call.id));
      if (calls?.length) return [{ ...rest, toolCalls: calls }];
      return rest.role == "tool" ? (asked.has(rest.toolCallId!) ? [rest] : []) : rest.content ? [rest] : [];
    });
    this.#open = false;
    this.set({ messages: this.#all() } as Partial<ChatState>, true);
    this.#before = this.#all();
    this.#answer = [];
  }
}
