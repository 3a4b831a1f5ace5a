/** Tools of your own. */
import type { StandardSchema, Tool, ToolContext } from "./types.js";

/**
 * Makes a tool that is run when the model asks for it:
 *
 *     const weather = tool({
 *       name: "weather",
 *       description: "The weather in a city.",
 *       inputSchema: z.object({ city: z.string() }),
 *       run: ({ city }) => lookUp(city),
 *     });
 *     await run("Is it raining in Kyiv?", { tools: [weather] });
 *
 * It is a function that only sees to types.
 */
export function tool<T, O>(definition: {
  /** Letters, digits, `_` and `-`, at most 64. */
  name: string;
  description?: string | undefined;
  inputSchema: StandardSchema<any, T>;
  parameters?: Record<string, unknown> | undefined;
  run: (input: T, context: ToolContext) => O | Promise<O>;
}): Tool<T, O>;
export function tool<O>(definition: {
  name: string;
  description?: string | undefined;
  parameters?: Record<string, unknown> | undefined;
  run: (input: any, context: ToolContext) => O | Promise<O>;
}): Tool<any, O>;
export function tool(definition: Tool): Tool {
  return definition;
}
