/**
 * A call of the user's over several inferences: the model is asked, the tools that it calls are run, and it is
 * asked again; what does not fit the output that is wanted is shown to it. Streamed or not, it is all here.
 */
import { Call, type Core, perform } from "./call.js";
import { OutputValidationError, ToolRoundsError } from "./errors-more.js";
import { inferenceRequest, oneOf, type Prompt } from "./infer.js";
import { furtherKey } from "./key.js";
import { inference as decoded, parse, saying, write } from "./json.js";
import { jsonSchema, listed, type Misfit, said, strict, validated } from "./schema.js";
import { Stream } from "./stream.js";
import { final, Gathered, type Source } from "./gathered.js";
import { inferring } from "./streaming.js";
import { over, render, settingsOf } from "./turns.js";
import type {
  Inference,
  Json,
  Message,
  MessageLike,
  OutputOptions,
  PromptRef,
  RunOptions,
  StandardSchema,
  StreamEvent,
  Tool,
  ToolCall,
  ToolDefinition,
  ToolResult,
} from "./types.js";

type Options = RunOptions & Partial<OutputOptions>;

/** What a call came to: what its caller gets, and what it adds to a conversation. */
export interface Found {
  value: any;
  added: Message[];
}

/** Carries a call out. */
export async function loop(
  core: Core,
  prompt: Prompt | undefined,
  options: Options,
  configured = true,
  until?: number,
): Promise<Found> {
  const rounds = new Rounds(core, prompt, options, configured, until, false);
  const steps = rounds.steps();
  try {
    for (;;) {
      const { value, done } = await steps.next();
      if (done) return { value, added: rounds.added };
    }
  } finally {
    rounds.done();
  }
}

/** Gives a call's events: those of every inference, and one `completed`. */
export function streamLoop(
  core: Core,
  prompt: Prompt | undefined,
  options: Options,
  configured = true,
  until?: number,
  told?: (added: Message[]) => void,
): Source {
  const rounds = new Rounds(core, prompt, options, configured, until, true);
  const gathered = new Gathered();
  async function* events(): AsyncGenerator<StreamEvent, void> {
    const steps = rounds.steps();
    for (;;) {
      const { value, done } = await steps.next();
      if (!done) {
        gathered.add(value);
        yield value;
        continue;
      }
      told?.(rounds.added);
      const event: StreamEvent = { type: "completed", inference: value, id: rounds.stream?.lastId ?? "" };
      gathered.add(event);
      yield event;
      return;
    }
  }
  return {
    gathered,
    events: events(),
    async leave() {
      rounds.done(); // first, so that no tool is begun while the server is told
      await rounds.stream?.close();
    },
    final: () => final(rounds.whole, gathered),
  };
}

class Rounds {
  /** What the call adds to a conversation; attempts at an output that did not fit are not part of it. */
  added: Message[] = [];
  /** The inference that is being streamed. */
  stream: (Stream & { lastId?: string }) | undefined;
  readonly #core: Core;
  readonly #options: Options;
  readonly #prompt: Prompt | undefined;
  readonly #configured: boolean;
  readonly #streamed: boolean;
  readonly #tools: Toolbox;
  readonly #output: Output | undefined;
  readonly #reference: PromptRef | undefined;
  readonly #maxRounds: number;
  readonly #retries: number;
  /** The time and the end of the whole: each inference has what is left of it. */
  readonly whole: Call;
  #messages: MessageLike[] | undefined;
  #settings: Json = {};
  #rounds: Inference[] = [];
  /** Those, and the one that is looked at. */
  #answered: Inference[] = [];
  #corrections = 0;

  constructor(
    core: Core,
    prompt: Prompt | undefined,
    options: Options,
    configured: boolean,
    until: number | undefined,
    streamed: boolean,
  ) {
    this.#core = core;
    this.#prompt = prompt;
    this.#configured = configured;
    this.#streamed = streamed;
    this.#maxRounds = counted("maxRounds", options.maxRounds, 1, 10);
    this.#retries = counted("outputRetries", options.outputRetries, 0, 1);
    this.#tools = new Toolbox(options.tools ?? []);
    if (streamed && options.output) throw new TypeError("output is for run: a stream gives text");
    this.#output = options.output && new Output(options.output, options.outputSchema);
    this.#reference = oneOf(prompt, options);
    if (!this.#reference) {
      this.#messages = [...(options.messages ?? [{ role: "user", content: prompt as string }])];
    }
    this.#options = this.#sent(options);
    // Throws for what is wrong before anything is sent.
    const request = inferenceRequest(core, prompt, this.#options, streamed, configured);
    this.whole = new Call(core, request, options, until);
  }

  done(): void {
    this.whole.done();
  }

  #sent(options: Options): Options {
    const sent: Options = { ...options };
    if (options.tools?.length) sent.tools = this.#tools.wire;
    const output = this.#output;
    if (!output) return sent;
    const given = options.responseFormat;
    if (!given) {
      sent.responseFormat = output.responseFormat;
    } else if (given.type == "json_object" || given.type == "text") {
      const asks = `Answer with JSON that fits this JSON Schema, and nothing else: ${write(output.schema)}`;
      sent.system = options.system ? `${options.system}\n\n${asks}` : asks;
    } else {
      throw new TypeError(
        'output makes responseFormat by itself: leave it away, or give {type: "json_object"} for a model that takes no schema',
      );
    }
    return sent;
  }

  /** Gives the events of a stream, and at last what the call comes to. */
  async *steps(): AsyncGenerator<StreamEvent, any> {
    try {
      return yield* this.#steps();
    } catch (why) {
      // A signal's reason is its caller's, who may have given it to other calls too.
      if (Object.isExtensible(why) && why != this.#options.signal?.reason) {
        Object.assign(why as object, { rounds: this.#answered });
      }
      throw why;
    }
  }

  async *#steps(): AsyncGenerator<StreamEvent, any> {
    for (;;) {
      await this.#goOn();
      const answer: Inference = yield* this.#ask();
      this.#answered.push(answer);
      const before = this.#rounds;
      const costs = [...before, answer].map((each) => each.costUsd);
      const sum = costs.reduce((a, b) => (a == null || b == null ? null : a + b), 0);
      // What is in `rounds` has none of its own: it would be twice as much with each.
      const whole = saying({
        ...answer,
        rounds: [...before],
        totalCostUsd: sum == null ? null : Math.round(sum * 1e9) / 1e9,
      });
      const calls = this.#toBeCalled(answer);
      if (calls.length) {
        await this.#knowMessages(answer);
        this.#refuseAnother(whole);
        await this.#goOn();
        const running = calls.map((call) => this.#tools.called(call, this.whole.over.signal));
        const results = await this.whole.within(Promise.all(running)).catch(async (why) => {
          throw await this.whole.error(why);
        });
        const more: Message[] = [
          answer.message,
          ...results.map((each) => ({ role: "tool", toolCallId: each.callId, content: each.content })),
        ];
        this.#messages!.push(...more);
        this.added.push(...more);
        if (this.#streamed) yield* results;
        for (const settings of [this.#options, this.#settings]) {
          // Who must call a tool calls one for ever.
          if (!/^(auto|none)$/.test(`${settings.toolChoice}`)) delete settings.toolChoice;
        }
      } else if (!this.#output) {
        this.added.push(answer.message);
        return whole;
      } else {
        const { value, misfits } = await this.#read(whole, this.#output);
        if (!misfits) {
          this.added.push(answer.message);
          return value;
        }
        if (this.#corrections >= this.#retries) throw this.#misfit(whole, misfits);
        await this.#knowMessages(answer);
        this.#corrections++;
        this.#messages!.push(answer.message, {
          role: "user",
          content: `That does not fit the JSON Schema:\n${listed(misfits)}\nAnswer again, with the whole corrected JSON and nothing else.`,
        });
      }
      this.#rounds.push(answer);
    }
  }

  /** Throws when the call is over: its time, its signal, its stream left. */
  async #goOn(): Promise<void> {
    if (this.whole.over.signal.aborted) throw await this.whole.error(this.whole.failed(0));
  }

  async *#ask(): AsyncGenerator<StreamEvent, Inference> {
    const core = this.#core;
    const first = !this.#rounds.length;
    const options = first ? this.#options : this.#next();
    const configured = this.#configured && !("model" in this.#settings || "provider" in this.#settings);
    const request = inferenceRequest(
      core,
      first ? this.#prompt : undefined,
      options,
      this.#streamed,
      configured,
    );
    // What is in a further round came of tools too, which may give something else another time.
    const key = options.idempotencyKey;
    if (key && !first) request.headers!["idempotency-key"] = furtherKey(key, this.#rounds.length + 1, request.body!);
    const { until } = this.whole;
    if (!this.#streamed) return perform(core, request, options, decoded, until);
    const stream: NonNullable<Rounds["stream"]> = new Stream(async () => inferring(core, request, options, until));
    this.stream = stream;
    for await (const event of stream) {
      if (event.type == "completed") stream.lastId = event.id;
      else yield event;
    }
    return stream.final();
  }

  /** Gives the options of a further round. */
  #next(): Options {
    const { promptRef, variables, ...rest } = this.#options;
    const options: Options = { ...over(this.#settings, rest as Json), messages: this.#messages };
    return options;
  }

  /** Gives the calls of tools that are run here; none when one is the caller's, or was cut. */
  #toBeCalled({ finishReason, toolCalls }: Inference): readonly ToolCall[] {
    const cut = finishReason == "length" || finishReason == "content_filter";
    return cut || this.#tools.ofTheCaller(toolCalls).length ? [] : toolCalls;
  }

  /** Throws when no further inference is allowed. */
  #refuseAnother(answer: Inference): void {
    const most = this.#maxRounds;
    if (this.#rounds.length + 1 - this.#corrections < most) return;
    const names = answer.toolCalls.map((call) => call.name).join(", ");
    throw new ToolRoundsError(
      `The model was asked ${most} times, as often as maxRounds allows, and still wants tools called (${names}). .messages is the conversation so far; give a larger maxRounds, or say in the prompt when to stop.`,
      answer,
      [...(this.#messages as Message[]), answer.message],
    );
  }

  /** Has rendered what was said, where the server alone knew: the version that it used. */
  async #knowMessages(answer: Inference): Promise<void> {
    if (this.#messages) return;
    const { name, version, label, variables } = this.#reference!;
    const which = answer.prompt ? { version: answer.prompt.version } : { version, label };
    const rendered = await render(this.#core, { name, ...which, variables }, this.#options, this.whole.until);
    this.#messages = [...rendered.messages];
    this.#settings = settingsOf(rendered.settings);
  }

  /** Gives the output that an answer is, or what does not fit, where asking again may help. */
  async #read(answer: Inference, output: Output) {
    const theirs = this.#tools.ofTheCaller(answer.toolCalls);
    const refusal = (answer.message as any).refusal;
    const why = refusal
      ? `The model refused to answer: ${refusal}`
      : answer.finishReason == "length"
        ? "The answer was cut before its end (finishReason length). Give a larger maxOutputTokens, or ask for less."
        : answer.finishReason == "content_filter"
          ? "The answer was withheld by the provider's content filter (finishReason content_filter)."
          : theirs.length
            ? `The model called ${theirs.join(", ")}, which you answer yourself: with output, give a tool() that is run.`
            : "";
    if (why) throw new OutputValidationError(`No output. ${why}`, answer.text, [], answer);
    return output.read(answer.text);
  }

  #misfit(answer: Inference, misfits: Misfit[]): OutputValidationError {
    const shown = misfits.slice(0, 3).map(said).join("; ");
    const more = misfits.length > 3 ? `; and ${misfits.length - 3} more` : "";
    return new OutputValidationError(
      `The model's answer does not fit the output's schema, asked ${this.#corrections + 1} times: ${shown}${more}. .text is what it said, .errors what is wrong; a larger outputRetries shows it that more often.`,
      answer.text,
      misfits,
      answer,
    );
  }
}

/** Gives a count. RangeError for what is none: NaN is below nothing, and a loop would have no end. */
function counted(name: string, given: number | null | undefined, least: number, otherwise: number): number {
  if (given == null) return otherwise;
  if (Number.isInteger(given) && given >= least) return given;
  throw new RangeError(`${name} is not a whole number from ${least}: ${given}`);
}

/** Gives what a model said after it had thought aloud: drafts are no answers. */
function thoughtOut(text: string): string {
  const closing = text.indexOf("</think>");
  return closing >= 0 ? text.slice(closing + 8).trim() : text.startsWith("<think>") ? "" : text;
}

/** Gives where an object ends that begins there; the text's end when it does not. */
function endOf(text: string, begin: number): number {
  let depth = 0;
  const parts = /"(?:[^"\\]|\\.)*"|[{}]/gs;
  parts.lastIndex = begin;
  for (let part; (part = parts.exec(text)); ) {
    if (part[0] == "{") depth++;
    if (part[0] == "}" && !--depth) return parts.lastIndex;
  }
  return text.length;
}

/** Gives what was thrown in words, though it may have none, or fail to say them. */
function words(why: any): string {
  try {
    return [why?.name ?? "Error", why instanceof Error ? why.message : String(why)].filter(Boolean).join(": ");
  } catch {
    return "Error";
  }
}

/** What `output` asks for. Providers want an object: what is none is asked for as the `value` of one. */
class Output {
  readonly schema: Json;
  readonly responseFormat: Json;
  readonly #type: StandardSchema;
  readonly #wrapped: boolean;

  constructor(type: StandardSchema, given: Json | null | undefined) {
    let schema = jsonSchema(type, given, "output");
    this.#type = type;
    this.#wrapped = schema.type != "object";
    const name = String(schema.title ?? "").replace(/[^\w-]+/g, "_").slice(0, 64) || "output";
    if (this.#wrapped) {
      const { $defs, ...value } = schema;
      schema = {
        type: "object",
        properties: { value },
        required: ["value"],
        additionalProperties: false,
        ...($defs ? { $defs } : {}),
      };
    }
    const closed = strict(schema);
    this.schema = closed ?? schema;
    this.responseFormat = {
      type: "json_schema",
      json_schema: { name, schema: this.schema, strict: !!closed },
    };
  }

  async read(text: string): Promise<{ value?: any; misfits?: Misfit[] | undefined }> {
    let raw = text.trim();
    if (!/^[{["]/.test(raw)) raw = thoughtOut(raw);
    const fenced = /^[{["]/.test(raw) ? null : /```[\w-]*[ \t]*\r?\n([^]*?)\r?\n?[ \t]*```/.exec(raw);
    if (fenced) raw = fenced[1]!.trim();
    let value: any;
    try {
      value = await parse(raw);
    } catch (why: any) {
      const found = await this.#among(raw);
      return found.length == 1
        ? { value: found[0] }
        : { misfits: [{ pointer: "", detail: `Invalid JSON: ${why.message}` }] };
    }
    return this.#validated(value);
  }

  #validated(value: any) {
    const wrapped = this.#wrapped && value && typeof value == "object" && "value" in value;
    return validated(this.#type, wrapped ? value.value : value);
  }

  /**
   * Gives what fits among the objects in a text that is not JSON as a whole. What begins like one and does not end
   * like one was cut: what is in it is no answer.
   */
  async #among(text: string): Promise<unknown[]> {
    const found: unknown[] = [];
    const opening = /\{(?=\s*")/g;
    for (let begin; (begin = opening.exec(text)); ) {
      const end = endOf(text, begin.index);
      let value: any;
      try {
        value = await parse(text.slice(begin.index, end));
      } catch {
        return [];
      }
      opening.lastIndex = end;
      if (this.#wrapped && !("value" in value)) continue;
      const read = await this.#validated(value);
      if (!read.misfits) found.push(read.value);
    }
    return found;
  }
}

/** The tools of a call: those that are run here, and those that are the caller's. */
class Toolbox {
  readonly wire: ToolDefinition[] = [];
  #ours = new Map<string, Tool>();
  #theirs = new Set<string>();

  constructor(tools: readonly (Tool | ToolDefinition)[]) {
    for (const each of tools) {
      const ours = "run" in each;
      const name = ours ? each.name : each.function?.name;
      if (this.#ours.has(name) || this.#theirs.has(name)) {
        throw new TypeError(`two tools are named '${name}': a model could not tell them apart`);
      }
      if (!ours) {
        this.#theirs.add(name);
        this.wire.push(each);
        continue;
      }
      if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name)) {
        throw new TypeError(
          `'${name}' is no name for a tool, which has letters, digits, _ and - alone, at most 64`,
        );
      }
      this.#ours.set(name, each);
      const { description, inputSchema, parameters } = each;
      const none = { type: "object", properties: {}, additionalProperties: false };
      const schema =
        inputSchema || parameters ? jsonSchema(inputSchema, parameters, `the tool '${name}'`) : none;
      const closed = strict(schema);
      this.wire.push({
        type: "function",
        function: {
          name,
          ...(description ? { description } : {}),
          parameters: closed ?? schema,
          strict: !!closed,
        },
      });
    }
  }

  /** Gives the names of those called that the caller answers himself. */
  ofTheCaller(calls: readonly ToolCall[]): string[] {
    return calls.map((call) => call.name).filter((name) => this.#theirs.has(name));
  }

  /** Runs a tool, and gives what the model is told of it. */
  async called(call: ToolCall, signal: AbortSignal): Promise<ToolResult> {
    const told = (content: string, isError: boolean): ToolResult => {
      return { type: "toolResult", callId: call.id, name: call.name, content, isError };
    };
    const tool = this.#ours.get(call.name);
    if (!tool) {
      const there = [...this.#ours.keys(), ...this.#theirs].join(", ") || "none";
      return told(`Error: there is no tool named '${call.name}'. There are: ${there}.`, true);
    }
    let input: any;
    let misfits: Misfit[] | undefined;
    try {
      input = await parse(call.arguments.trim() || "{}");
    } catch (why: any) {
      misfits = [{ pointer: "", detail: `Invalid JSON: ${why.message}` }];
    }
    try {
      if (tool.inputSchema && !misfits) {
        let found = await validated(tool.inputSchema, input);
        // Some providers say null where there are no arguments.
        if (found.misfits && input === null) found = await validated(tool.inputSchema, {});
        misfits = found.misfits;
        if (!found.misfits) input = found.value;
      }
      if (misfits) {
        return told(
          `Error: the arguments of ${call.name} do not fit:\n${listed(misfits)}\nCall it again with arguments that do.`,
          true,
        );
      }
      if (!tool.inputSchema) input ??= {};
      signal.throwIfAborted();
      const value: unknown = await tool.run(input, { signal, callId: call.id });
      if (/^(function|symbol)$/.test(typeof value)) {
        throw new TypeError(`the tool '${call.name}' returned a ${typeof value}, which cannot be written as JSON`);
      }
      return told(typeof value == "string" ? value : write(value ?? null), false);
    } catch (why: any) {
      if (signal.aborted) throw why;
      return told(words(why), true);
    }
  }
}

