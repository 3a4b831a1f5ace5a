/**
 * Everything that this package throws on purpose, mistyped arguments aside.
 *
 * @module errors
 */
export {
  AistraleError, APIError, APIConnectionError, APITimeoutError, APIStatusError, BadRequestError,
  AuthenticationError, PermissionDeniedError, NotFoundError, ConflictError, BudgetExceededError,
  RateLimitError, NoProviderError, ProviderError, ProviderTimeoutError, OverloadedError,
  CancelledError, InterruptedError, InternalServerError, StreamInterruptedError,
  OutputValidationError, ToolRoundsError, WebhookVerificationError, ConfigurationError,
} from "../src/index.js";
export type {
  StatusFields, RateLimits, RateLimit,
} from "../src/index.js";
