/**
 * AISTRALE as a provider of Vercel's AI SDK (`ai` 7).
 *
 * @module ai
 */
export { aistrale, createAistrale } from "../src/ai.js";
export type {
  AistraleOptions, AistraleProvider, AistraleSettings, CallOptions, GenerateResult, LanguageModel, ProviderOptions, StreamPart,
} from "../src/ai.js";
