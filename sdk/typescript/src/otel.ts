/**
 * Spans of OpenTelemetry for inferences. Needs `@opentelemetry/api`.
 *
 *     import { instrument } from "@aistrale/sdk/otel";
 *     instrument();
 *
 * From then on each inference of `run`, `stream` and sessions is a span named `chat gpt-4o` in the trace that is active
 * where it is called, with the model, the settings, the tokens, the cost and what went wrong, named by OpenTelemetry's
 * conventions for generative AI (v1.41.1, in development there). What is said, to the model or by it, is in no span. The
 * server is told the span's ids by a `traceparent` header, so that its own record of the inference, with all its attempts
 * at providers, hangs below it, unless the call has a `traceId` or a `traceparent` header of its own.
 * `new Aistrale({ tracerProvider })` does the same for one client.
 */
import { trace } from "@opentelemetry/api";
import type { TracerProvider } from "./types.js";

export type { TracerProvider } from "./types.js";

/** Where the clients of all copies of this package look: a process may have it twice, as ESM and as CommonJS. */
const PLACE = Symbol.for("@aistrale/sdk/otel");

/**
 * Makes spans for the inferences of all clients, those that are there already too.
 *
 * tracerProvider: OpenTelemetry's global one unless given, also when that is set later. Called again, it replaces what
 * was given before. A client's own `tracerProvider` goes before it.
 */
export function instrument(tracerProvider?: TracerProvider | null): void {
  (globalThis as any)[PLACE] = tracerProvider ?? trace.getTracerProvider();
}

/** Makes no more spans, but for clients with a `tracerProvider` of their own. */
export function uninstrument(): void {
  delete (globalThis as any)[PLACE];
}
