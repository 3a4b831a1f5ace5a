/** What a stream has given so far. */
import { type Call, Trouble } from "./call.js";
import type { Inference, StreamEvent } from "./types.js";

/** What a stream has given so far, and where it is. */
export class Gathered {
  text = "";
  thinking = "";
  toolCalls: { id: string; type: "function"; name: string; arguments: string }[] = [];
  inference?: Inference;
  inferenceId: string | null = null;
  lastId = "";
  /** Whether any event came. */
  begun = false;
  /** Whether the server is through with it, or was told. */
  over = false;
  /** Whether a request is sent, or was, that the server may have taken, though it did not say so. */
  unheard = false;

  add(event: StreamEvent): StreamEvent {
    const { type } = event;
    if (type == "text") this.text += event.text;
    if (type == "thinking") this.thinking += event.thinking;
    if (type == "toolCall") {
      const call = (this.toolCalls[event.index] ??= { id: "", type: "function", name: "", arguments: "" });
      call.id ||= event.callId ?? "";
      call.name ||= event.name ?? "";
      call.arguments += event.arguments;
    }
    if (type == "completed") {
      this.inference = event.inference;
      this.over = true;
    }
    return event;
  }

  /** Gives what a stream is that ends here. */
  cut(cut = "it was closed before that", cause?: unknown): Trouble {
    return new Trouble({ cut, gathered: this, cause, lost: true });
  }
}

/** Where a stream's events come from, and what is done when it is left. */
export interface Source {
  readonly gathered: Gathered;
  readonly events: AsyncGenerator<StreamEvent, void>;
  /**
   * Ends the inference, unless it has ended: waits for not long, and never throws. `error`: what the events ended
   * with; none when the reader wants no more.
   */
  leave(error?: unknown): Promise<void>;
  /** Gives the whole answer. Throws for a stream that was closed before its end. */
  final(): Promise<Inference>;
}

/** Gives the whole answer of what was gathered. */
export async function final(call: Call, gathered: Gathered): Promise<Inference> {
  if (gathered.inference) return gathered.inference;
  throw await call.error(gathered.cut());
}
