/** What is to be known before a call is sent: what its options say, who wants a span of it, whose key this is in a browser. */
import type { Call } from "./call.js";
import { checked } from "./options.js";
import { part } from "./part.js";
import type { CallOptions, TracerProvider } from "./types.js";

/**
 * Makes a call ready. `given`: its client's options and its own; `provider`: what makes its span, if anything; `key`:
 * whether everybody who opens this page can take the API key.
 */
export async function ready(
  call: Call,
  given: readonly CallOptions[],
  provider: TracerProvider | undefined,
  key: unknown,
): Promise<void> {
  Object.assign(call.request.headers!, checked(given));
  if (provider) {
    await import("./spans.js").then(
      ({ begin }) => begin(call, provider),
      () => {}, // the call goes on without
    );
  }
  if (!key) return;
  const { check } = await part(import("./exposed.js"));
  await call.within(check(call.core)).catch(async (why) => {
    throw await call.error(why);
  });
}
