/**
 * Spans of OpenTelemetry for inferences, by its conventions for generative AI (v1.41.1, in development there). Needs
 * `@opentelemetry/api`. `new Aistrale({ tracerProvider })` does the same for one client.
 *
 * @module otel
 */
export { instrument, uninstrument } from "../src/otel.js";
export type { TracerProvider } from "../src/otel.js";
