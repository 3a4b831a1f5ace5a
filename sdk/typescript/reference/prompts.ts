/**
 * Prompts kept on the server: `client.prompts`, or `prompts` of the module.
 *
 * @module prompts
 */
export type {
  Prompts, Prompt, PromptVersion, LoadedPrompt, RenderedPrompt, PromptSettings, PromptVariable,
  PromptDiff, PromptChange, PromptCreate, PromptVersionCreate, PromptQuery, LoadOptions,
  ChangeOptions,
} from "../src/index.js";
