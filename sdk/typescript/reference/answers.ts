/**
 * What a model answers: whole, while it arrives, and in turns.
 *
 * @module answers
 */
export {
  Stream, Session, ExactNumber,
} from "../src/index.js";
export type {
  Inference, Message, Usage, ToolCall, ThinkingBlock, Attempt, PromptUse, FinishReason, CostSource,
  StreamEvent, TextDelta, ThinkingDelta, ToolCallDelta, ToolResult, Completed, UnknownEvent,
  SessionOptions, SessionData, Open,
} from "../src/index.js";
