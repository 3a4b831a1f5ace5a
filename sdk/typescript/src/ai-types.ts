/**
 * Language models by the AI SDK's specification v4, as far as they are used here. They stand here and are not
 * imported, so that this package depends on nothing; a test holds them to `@ai-sdk/provider`.
 */

/** Options or metadata of providers, by their names. */
export type Options = Record<string, Record<string, any>>;

/** What of a call could not be carried out as it was asked. */
export type Warning =
  | { type: "unsupported"; feature: string; details?: string }
  | { type: "compatibility"; feature: string; details?: string };

/** A part of a message: which fields it has, its type says. */
export interface Part {
  type: string;
  text?: string;
  data?: any;
  mediaType?: string;
  filename?: string;
  toolCallId?: string;
  toolName?: string;
  input?: unknown;
  output?: { type: string; value?: unknown; reason?: string };
  providerOptions?: Options;
}

export interface Message {
  role: "system" | "user" | "assistant" | "tool";
  content: string | Part[];
  providerOptions?: Options;
}

export interface JsonFormat {
  type: "json";
  schema?: object;
  name?: string;
  description?: string;
}

export interface FunctionTool {
  type: "function";
  name: string;
  description?: string;
  inputSchema: object;
  strict?: boolean;
}

/** What a language model is asked. */
export interface CallOptions {
  prompt: Message[];
  maxOutputTokens?: number;
  temperature?: number;
  stopSequences?: string[];
  topP?: number;
  topK?: number;
  presencePenalty?: number;
  frequencyPenalty?: number;
  responseFormat?: { type: "text" } | JsonFormat;
  seed?: number;
  tools?: (FunctionTool | { type: "provider"; id?: string; name: string })[];
  toolChoice?: { type: "auto" | "none" | "required" } | { type: "tool"; toolName: string };
  includeRawChunks?: boolean;
  abortSignal?: AbortSignal;
  headers?: Record<string, string | undefined>;
  reasoning?: "provider-default" | "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";
  providerOptions?: Options;
}

export interface FinishReason {
  unified: "stop" | "length" | "content-filter" | "tool-calls" | "error" | "other";
  raw: string | undefined;
}

export interface Usage {
  inputTokens: {
    total: number | undefined;
    noCache: number | undefined;
    cacheRead: number | undefined;
    cacheWrite: number | undefined;
  };
  outputTokens: { total: number | undefined; text: number | undefined; reasoning: number | undefined };
}

export interface ToolCallContent {
  type: "tool-call";
  toolCallId: string;
  toolName: string;
  input: string;
  providerMetadata?: Options;
}

export type Content =
  | { type: "text"; text: string; providerMetadata?: Options }
  | { type: "reasoning"; text: string; providerMetadata?: Options }
  | ToolCallContent;

/** What a model answered, in the AI SDK's form. */
export interface GenerateResult {
  content: Content[];
  finishReason: FinishReason;
  usage: Usage;
  providerMetadata: Options;
  response: { id: string; modelId?: string; timestamp?: Date };
  warnings: Warning[];
}

/** A piece of an answer while it arrives, in the AI SDK's form. */
export type StreamPart =
  | { type: "stream-start"; warnings: Warning[] }
  | { type: "response-metadata"; id?: string; modelId?: string; timestamp?: Date }
  | { type: "text-start" | "reasoning-start" | "text-end" | "reasoning-end"; id: string; providerMetadata?: Options }
  | { type: "text-delta" | "reasoning-delta" | "tool-input-delta"; id: string; delta: string }
  | { type: "tool-input-start"; id: string; toolName: string }
  | { type: "tool-input-end"; id: string }
  | ToolCallContent
  | { type: "finish"; usage: Usage; finishReason: FinishReason; providerMetadata?: Options }
  | { type: "raw"; rawValue: unknown }
  | { type: "error"; error: unknown };

/** A language model by the AI SDK's specification v4. */
export interface LanguageModel {
  readonly specificationVersion: "v4";
  readonly provider: string;
  readonly modelId: string;
  readonly supportedUrls: Record<string, RegExp[]>;
  /** Asks, and gives the whole answer; what the AI SDK calls. */
  doGenerate(options: CallOptions): Promise<GenerateResult>;
  /** Asks, and gives the answer while it arrives; what the AI SDK calls. */
  doStream(options: CallOptions): Promise<{ stream: ReadableStream<StreamPart> }>;
}
