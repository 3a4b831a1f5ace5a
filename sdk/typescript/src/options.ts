/** What the options of a client and of a call say, held to what there is. */
import type { Headers } from "./call.js";
import type { CallOptions } from "./types.js";

/** This package's own, which nobody replaces. */
const OWN =
  /^(accept|accept-encoding|authorization|content-(length|type)|host|idempotency-key|user-agent|x-aistrale-(client|workspace)|x-api-key)$/i;

/**
 * Gives headers that HTTP can carry; later options go before earlier ones. TypeError or RangeError for what cannot be;
 * no message shows a header's value, as it may be a secret.
 */
export function checked(given: readonly CallOptions[]): Headers {
  const found: Headers = {};
  for (const { headers, workspace, timeoutMs, maxRetries } of given) {
    if (timeoutMs != null && !(typeof timeoutMs == "number" && timeoutMs > 0)) {
      throw new RangeError(`timeoutMs is not above 0 milliseconds: ${timeoutMs}; see NO_TIMEOUT`);
    }
    if (maxRetries != null && !(Number.isInteger(maxRetries) && maxRetries >= 0)) {
      throw new RangeError(`maxRetries is not a whole number from 0: ${maxRetries}`);
    }
    for (const [name, value] of Object.entries(headers ?? {})) {
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
        throw new TypeError(`the header ${JSON.stringify(name)} has characters that HTTP does not carry`);
      }
      if (OWN.test(name)) throw new TypeError(`the header ${name} is this package's own`);
      found[name.toLowerCase()] = value;
    }
    if (workspace == null) continue;
    if (!/^[\w-]+$/.test(workspace)) {
      throw new TypeError(`workspace is not the id of one (ws_…): ${JSON.stringify(workspace)}`);
    }
    found["x-aistrale-workspace"] = workspace;
  }
  return found;
}
