/**
 * For who receives webhooks: no client is needed, no server is asked. Runs wherever WebCrypto is. It has the types of
 * events too.
 *
 * @module receivers
 */
export { sign, unwrap, verify } from "../src/webhooks.js";
export type { Body, HeadersLike } from "../src/webhooks.js";
