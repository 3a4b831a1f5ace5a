/** From what Vercel's AI SDK asks to what a run takes. */
import { strict } from "./schema.js";
import type * as v from "./ai-types.js";
import type { Json, MessageLike, RunOptions, ToolCall } from "./types.js";

/** What this provider's own options and metadata stand under. */
export const OWN = "aistrale";

/** Gives the options of the run, and what of the call cannot be carried out. */
export function asked(call: v.CallOptions, model: string): { options: RunOptions; warnings: v.Warning[] } {
  const warnings: v.Warning[] = [];
  const unsupported = (feature: string, details: string) =>
    warnings.push({ type: "unsupported", feature, details });
  for (const name of ["topK", "presencePenalty", "frequencyPenalty"] as const) {
    if (call[name] != null) {
      unsupported(name, `Providers name it differently: give it in providerOptions.${OWN}.providerOptions, by the provider's own name.`);
    }
  }
  const { reasoning, toolChoice, responseFormat: format } = call;
  if (reasoning == "max") {
    warnings.push({ type: "compatibility", feature: "reasoning", details: '"xhigh" is the most there is' });
  }
  const tools = (call.tools ?? []).flatMap((tool): any[] => {
    if (tool.type != "function") {
      unsupported(`the tool ${tool.id ?? tool.name}`, "A tool that a provider runs itself is not offered by AISTRALE.");
      return [];
    }
    const { name, description, inputSchema, strict: held } = tool;
    const { $schema: _, ...parameters } = inputSchema as any;
    return [{ type: "function", function: { name, description, parameters, strict: held } }];
  });
  const headers = Object.entries(call.headers ?? {}).filter(
    ([name, value]) => value != null && !/^user-agent$/i.test(name),
  );
  return {
    warnings,
    options: {
      messages: messages(call.prompt, warnings),
      model: model || null,
      maxOutputTokens: call.maxOutputTokens,
      temperature: call.temperature,
      topP: call.topP,
      stop: call.stopSequences?.length ? call.stopSequences : null,
      seed: call.seed,
      reasoningEffort: reasoning == "max" ? "xhigh" : reasoning == "provider-default" ? null : reasoning,
      tools: tools.length ? tools : null,
      toolChoice: !tools.length || !toolChoice
        ? null
        : toolChoice.type == "tool"
          ? { type: "function", function: { name: toolChoice.toolName } }
          : toolChoice.type,
      responseFormat: format?.type == "json" ? json(format) : null,
      headers: headers.length ? (Object.fromEntries(headers) as Record<string, string>) : null,
      signal: call.abortSignal,
      ...(call.providerOptions?.[OWN] as RunOptions | undefined),
    },
  };
}

function json({ schema, name, description }: v.JsonFormat): Json {
  if (!schema) return { type: "json_object" };
  const { $schema: _, ...open } = schema as any;
  const closed = strict(open);
  return {
    type: "json_schema",
    json_schema: {
      name: name?.replace(/[^\w-]+/g, "_").slice(0, 64) || "output",
      ...(description && { description }),
      schema: closed ?? open,
      strict: !!closed,
    },
  };
}

function messages(prompt: readonly v.Message[], warnings: v.Warning[]): MessageLike[] {
  const found: MessageLike[] = [];
  for (const { role, content, providerOptions } of prompt) {
    if (typeof content == "string") {
      const cache = cached(providerOptions);
      found.push({ role, content: cache ? [{ type: "text", text: content, ...cache }] : content });
    } else if (role == "assistant") {
      found.push(...assistant(content, warnings));
    } else if (role == "tool") {
      found.push(...content.flatMap((part) => result(part, warnings)));
    } else {
      const parts = content.flatMap((part) => said(part, warnings));
      const [only] = parts;
      const plain = parts.length == 1 && only!.type == "text" && !("cache_control" in only!);
      found.push({ role, content: plain ? (only!.text as string) : parts });
    }
  }
  return found;
}

/** A provider's marker for its prompt cache; Anthropic's own name for it is understood too. */
function cached(options: v.Options | undefined): Json | undefined {
  const marker = options?.[OWN]?.cacheControl ?? options?.anthropic?.cacheControl;
  return marker ? { cache_control: marker } : undefined;
}

function said(part: v.Part, warnings: v.Warning[]): Json[] {
  const cache = cached(part.providerOptions);
  if (part.type == "text") return [{ type: "text", text: part.text, ...cache }];
  if (part.type != "file") {
    warnings.push({ type: "unsupported", feature: `parts of the type ${part.type}` });
    return [];
  }
  const { data, filename } = part;
  const mediaType = part.mediaType == "image/*" || part.mediaType == "image" ? "image/jpeg" : part.mediaType!;
  if (data?.type == "text") return [{ type: "text", text: data.text, ...cache }];
  if (data?.type != "url" && data?.type != "data") {
    warnings.push({ type: "unsupported", feature: `files by ${data?.type}` });
    return [];
  }
  const encoded = data.type == "data" ? base64(data.data!) : "";
  const url = data.type == "url" ? String(data.url) : `data:${mediaType};base64,${encoded}`;
  if (mediaType.startsWith("image")) return [{ type: "image_url", image_url: { url }, ...cache }];
  if (/^audio\/(wav|x-wav|wave|mpeg|mp3)$/.test(mediaType) && encoded) {
    const format = mediaType.includes("wav") ? "wav" : "mp3";
    return [{ type: "input_audio", input_audio: { data: encoded, format } }];
  }
  return [{ type: "file", file: { filename: filename ?? "file", file_data: url } }];
}

function base64(data: string | Uint8Array): string {
  if (typeof data == "string") return data;
  let binary = "";
  for (let at = 0; at < data.length; at += 0x8000) {
    binary += String.fromCharCode(...data.subarray(at, at + 0x8000));
  }
  return btoa(binary);
}

function assistant(parts: readonly v.Part[], warnings: v.Warning[]): MessageLike[] {
  let text = "";
  const toolCalls: ToolCall[] = [];
  const kept: Json = {};
  for (const part of parts) {
    const own = part.providerOptions?.[OWN];
    // Thoughts that a provider signed go back as they came: tool loops break without them.
    Object.assign(kept, own?.message);
    if (part.type == "text") text += part.text;
    else if (part.type == "tool-call") {
      toolCalls.push({
        ...(own?.toolCall as object | undefined),
        id: part.toolCallId!,
        type: "function",
        name: part.toolName!,
        arguments: typeof part.input == "string" ? part.input : JSON.stringify(part.input ?? {}),
      });
    } else if (part.type != "reasoning") {
      warnings.push({ type: "unsupported", feature: `an answer's parts of the type ${part.type}` });
    }
  }
  if (!text && !toolCalls.length && !Object.keys(kept).length) return [];
  return [{
    role: "assistant",
    content: text || (toolCalls.length ? null : ""),
    ...(toolCalls.length && { toolCalls }),
    ...kept,
  }];
}

function result(part: v.Part, warnings: v.Warning[]): MessageLike[] {
  const { output, toolCallId } = part;
  if (part.type != "tool-result" || !output) return []; // an approval's answer, which the result says again
  const { type, value } = output;
  for (const each of type == "content" ? (value as v.Part[]) : []) {
    if (each.type == "text") continue;
    const details = "The model is told that there is one. Give it what it is to look at in a user's message.";
    warnings.push({ type: "unsupported", feature: `parts of the type ${each.type} in a tool's result`, details });
  }
  const content =
    type == "execution-denied"
      ? `Error: this call was not allowed${output.reason ? ": " + output.reason : "."}`
      : type == "content"
        ? (value as v.Part[]).map((each) => (each.type == "text" ? each.text : `[${each.type}]`)).join("\n")
        : typeof value == "string"
          ? value
          : JSON.stringify(value ?? null);
  return [{ role: "tool", toolCallId: toolCallId!, content }];
}
