// Programs of users with the hooks and with the AI SDK: they have to compile, and where it says so, must not.
import { Aistrale, stream, toResponse } from "@aistrale/sdk";
import { aistrale, type AistraleOptions, createAistrale } from "@aistrale/sdk/ai";
import { AistraleProvider, type ChatMessage, type Status, useChat, useRun, useStream } from "@aistrale/sdk/react";
import type { LanguageModelV4, ProviderV4 } from "@ai-sdk/provider";
import { generateText, type LanguageModel } from "ai";
import { z } from "zod";

const City = z.object({ name: z.string(), people: z.int() });

export function Page() {
  const chat = useChat({ api: "/api/chat", system: "Be brief.", onFinish: (inference) => inference?.usage?.totalTokens });
  const story = useStream({ client: new Aistrale(), model: "gpt-4o" });
  const city = useRun({ api: "/api/city", output: City });
  const plain = useRun();
  const people: number | undefined = city.data?.people;
  const text: string | undefined = plain.data?.text;
  const status: Status = story.status;
  const messages: readonly ChatMessage[] = chat.messages;
  // @ts-expect-error a city has no mayor
  city.data?.mayor;
  // @ts-expect-error a stream gives text
  useStream({ api: "/x", output: City });
  // @ts-expect-error there is nothing to append
  chat.append();
  const words = useStream({ api: async function* ({ prompt }, { signal }) {
    if (!signal.aborted) yield `${prompt}`;
  } });
  return (
    <AistraleProvider api="/api/chat" fetch={(url, init) => fetch(url, { ...init, credentials: "include" })}>
      {messages.map((each) => <p key={each.id}>{String(each.content)}</p>)}
      <button onClick={() => chat.append("Hi", { temperature: 0 })} disabled={chat.isBusy}>{people} {text} {status} {words.text}</button>
    </AistraleProvider>
  );
}

export async function POST(request: Request): Promise<Response> {
  const { messages } = (await request.json()) as any;
  return toResponse(stream({ messages, signal: request.signal }), { onError: () => "It did not work", details: true });
}

export const provider = createAistrale({ apiKey: "ais_x", maxRetries: 1 }) satisfies ProviderV4;
export const model: LanguageModelV4 = aistrale("openai/gpt-4o", { fallbacks: ["groq/llama"] });
export const again: LanguageModel = provider();
const options: AistraleOptions = { sessionId: "s" };
export const answer = generateText({ model, prompt: "Hi", providerOptions: { aistrale: { sessionId: options.sessionId! } } });
// @ts-expect-error the messages are the AI SDK's
export const wrong: AistraleOptions = { messages: [] };
