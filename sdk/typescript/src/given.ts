/** What a call was given: a prompt, options, or both. */
import type { Prompt } from "./infer.js";
import type { OutputOptions, RunOptions } from "./types.js";

export type Given = [first?: Prompt | RunOptions, second?: RunOptions];

/** Tells a prompt from options: a `PromptRef` has a name, and options have none. */
export function asked([first, second]: Given): [Prompt | undefined, RunOptions] {
  const prompt = typeof first == "string" || (first && "name" in first);
  return prompt ? [first as Prompt, second ?? {}] : [undefined, (first as RunOptions) ?? {}];
}

/** Whether something is to be done here between the model's answers: tools run, an output checked. */
export const loops = ({ output, tools }: RunOptions & Partial<OutputOptions>): unknown =>
  output || tools?.some((tool) => "run" in tool);
