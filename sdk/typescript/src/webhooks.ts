/**
 * For who receives webhooks: no client is needed, no server is asked. Runs wherever WebCrypto is.
 *
 *     const event = await unwrap(await request.text(), request.headers, secret);
 *
 * Pass the body as it came, byte for byte: JSON that was taken apart and put together again is not what was
 * signed.
 */
import { WebhookVerificationError } from "./errors-more.js";
import { camel, parse } from "./json.js";
import type { AistraleEvent } from "./records.js";

export { WebhookVerificationError } from "./errors-more.js";
export type * from "./records.js";

/** The request's bytes as they came; text only where it is their UTF-8, unchanged. */
export type Body = string | Uint8Array | ArrayBuffer;

/** The request's headers, as your framework has them: `Headers`, an object, or pairs. */
export type HeadersLike =
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** How long a signature may be old, or ahead, in seconds. */
const TOLERANCE = 300;

const ID = "webhook-id";
const TIMESTAMP = "webhook-timestamp";
const SIGNATURE = "webhook-signature";

/**
 * Resolves if the request is a webhook's; throws WebhookVerificationError for everything else.
 *
 * secret: the webhook's, `whsec_…`; or several, while it is being changed. One signature must be that of the
 * body by one of the secrets, at most five minutes old or ahead. TypeError for a body that was parsed already.
 */
export async function verify(
  body: Body,
  headers: HeadersLike,
  secret: string | readonly string[],
): Promise<void> {
  const bytes = raw(body);
  const keys = keysOf(secret);
  const found = picked(headers);
  for (const name of [ID, TIMESTAMP, SIGNATURE]) {
    if (!found.get(name)) {
      throw refused(
        `the request has no ${name} header: it is not a webhook's, or something on the way here dropped it`,
      );
    }
  }
  const timestamp = found.get(TIMESTAMP)!;
  if (!/^(0|[1-9]\d{0,17})$/.test(timestamp)) {
    throw refused(`${TIMESTAMP} is not a time in whole seconds since 1970`);
  }
  const age = Math.floor(Date.now() / 1000) - Number(timestamp);
  if (Math.abs(age) > TOLERANCE) {
    throw refused(
      `it was signed ${Math.abs(age)} s ${age > 0 ? "ago" : "in the future"}, and ${TOLERANCE} s are accepted: it was held up or sent again by somebody, or a clock is wrong`,
    );
  }
  let good = false;
  for (const key of keys) {
    const expected = await signature(key, found.get(ID)!, timestamp, bytes);
    for (const each of found.get(SIGNATURE)!.split(" ")) good = same(expected, each) || good;
  }
  if (!good) {
    throw refused(
      `no signature in ${SIGNATURE} is that of the body by the secret: pass the body as it came, byte for byte, and the secret of the webhook that sends here`,
    );
  }
}

/**
 * Verifies a request, and gives the event that it is.
 *
 * Takes and throws what `verify` does; answer a WebhookVerificationError with a 400. An event may come twice,
 * with the same `id`, and events may come in another order than they happened.
 */
export async function unwrap(
  body: Body,
  headers: HeadersLike,
  secret: string | readonly string[],
): Promise<AistraleEvent> {
  await verify(body, headers, secret);
  let event: any;
  try {
    event = await parse(new TextDecoder("utf-8", { fatal: true }).decode(raw(body)));
    for (const name of ["id", "type"]) {
      if (typeof event?.[name] != "string") throw new Error(`event.${name} is missing`);
    }
    if (!event.data || typeof event.data != "object" || Array.isArray(event.data)) {
      throw new Error("event.data is not an object");
    }
  } catch (why: any) {
    throw refused(`the signature is good, and yet this is no event of AISTRALE's (${why.message})`);
  }
  return camel(event);
}

/**
 * Gives the three headers that the server would send: for tests of a receiver of yours.
 *
 * secret: `whsec_…`; or several, whose signatures stand beside one another. id: the event's; a new one unless
 * given. timestamp: when it is sent, a `Date` or whole seconds since 1970; now unless given.
 */
export async function sign(
  body: Body,
  secret: string | readonly string[],
  options: { id?: string | undefined; timestamp?: Date | number | undefined } = {},
): Promise<Record<typeof ID | typeof TIMESTAMP | typeof SIGNATURE, string>> {
  const { timestamp = new Date() } = options;
  const id = options.id ?? "evt_" + Array.from(crypto.getRandomValues(new Uint8Array(13)), hex).join("");
  const moment = String(timestamp instanceof Date ? Math.floor(timestamp.getTime() / 1000) : timestamp);
  const bytes = raw(body);
  const signatures = await Promise.all(keysOf(secret).map((key) => signature(key, id, moment, bytes)));
  return { [ID]: id, [TIMESTAMP]: moment, [SIGNATURE]: signatures.join(" ") };
}

const hex = (byte: number) => byte.toString(16).padStart(2, "0");

function raw(body: Body): Uint8Array<ArrayBuffer> {
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body as Uint8Array<ArrayBuffer>);
  if (typeof body != "string") {
    throw new TypeError(
      "the body was parsed already: pass the raw body, the bytes as they came (`await request.text()`, or express.raw()), not what was made of them; its signature is over those bytes",
    );
  }
  if (/\p{Surrogate}/u.test(body)) {
    throw refused("the body is text that is not what came: pass the raw body, the bytes as they came");
  }
  return new TextEncoder().encode(body);
}

/** Gives the secrets' bytes. The messages show none of them. */
function keysOf(given: string | readonly string[]): Uint8Array<ArrayBuffer>[] {
  const several = typeof given == "string" || given == null ? [given] : [...given];
  if (!several.length) {
    throw refused("there is no secret to check it with: pass the webhook's (`whsec_…`)");
  }
  return several.map((secret) => {
    if (typeof secret != "string") throw new TypeError("the secret is text, `whsec_…`");
    const text = secret.trim().replace(/^whsec_/, "");
    let key = "";
    try {
      if (/^[A-Za-z0-9+/]+={0,2}$/.test(text)) key = atob(text);
    } catch {}
    if (!key) {
      throw refused(
        "the secret is not `whsec_` and base64: pass it as it was shown when the webhook was made",
      );
    }
    return Uint8Array.from(key, (each) => each.charCodeAt(0));
  });
}

async function signature(
  key: Uint8Array<ArrayBuffer>,
  id: string,
  timestamp: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const head = new TextEncoder().encode(`${id}.${timestamp}.`);
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head);
  whole.set(body, head.length);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", imported, whole);
  return "v1," + btoa(String.fromCharCode(...new Uint8Array(mac)));
}

/** Whether two texts are the same, told in a time that does not depend on where they differ. */
function same(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < one.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return !difference;
}

/** Gives the three headers by their names, in whatever case they came. */
function picked(headers: HeadersLike): Map<string, string> {
  const found = new Map<string, string>();
  const pairs = Symbol.iterator in headers ? headers : Object.entries(headers);
  for (const [name, values] of pairs) {
    const known = name.toLowerCase();
    if (known != ID && known != TIMESTAMP && known != SIGNATURE) continue;
    for (const value of [values].flat()) {
      if (value === undefined) continue;
      const text = String(value);
      if ((found.get(known) ?? text) != text) {
        throw refused(`the request has ${known} twice, and not twice the same`);
      }
      found.set(known, text);
    }
  }
  return found;
}

function refused(why: string): WebhookVerificationError {
  return new WebhookVerificationError(`not a webhook to be trusted: ${why}`);
}
