/**
 * Who is told of what happens, and what: `client.webhooks` and `events`. Who receives webhooks needs `@aistrale/sdk/webhooks` alone.
 *
 * @module events
 */
export type {
  Webhooks, WebhookCalls, WebhookDeliveries, Webhook, WebhookCreate, WebhookUpdate, WebhookSettings,
  WebhookFilter, WebhookHeader, WebhookDelivery, WebhookAttempt, DeliveryError, DeliveryQuery,
  Events, EventStreamQuery, EventType, EventTypeInfo, AistraleEvent, EventOf, EventDataByType,
  InferenceCompleted, InferenceFailed, CostThresholdExceeded, ProviderFailed, ProviderRecovered,
  PromptUpdated, WebhookDisabled, WebhookTest,
} from "../src/index.js";
