/**
 * Functions of yours that a model may call, and the schemas that types are given by.
 *
 * @module tools
 */
export {
  tool,
} from "../src/index.js";
export type {
  Tool, ToolContext, ToolDefinition, StandardSchema, StandardResult,
} from "../src/index.js";
