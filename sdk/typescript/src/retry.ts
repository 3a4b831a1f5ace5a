/** When a call is tried again, and after how long. The whole policy stands here and is pure. */
import type { Headers, Request, Trouble } from "./call.js";

/**
 * What says that no connection came about: codes of Node and Bun, words of Deno. Words of others may be said of
 * anything.
 */
const REFUSED =
  /^(ECONNREFUSED|ENOTFOUND|EADDRNOTAVAIL|EAI_\w+|UND_ERR_CONNECT_TIMEOUT|PROXY|\w*CERT\w*|UNABLE_TO_\w+|ERR_SSL_WRONG_VERSION_NUMBER|ConnectionRefused|FailedToOpenSocket)$|client error \(Connect\)|^bad port$/;

/** Whether nothing was sent, as no connection came about. Without its head an answer may be lost after all. */
export function refused({ early, late, cause }: Trouble): boolean {
  const inner: any = (cause as any)?.cause ?? cause;
  const connecting = /^E(HOST|NET)UNREACH$/.test(inner?.code) && /^(connect|undefined)$/.test(inner.syscall);
  return !!early && !late && (connecting || REFUSED.test(inner?.code) || REFUSED.test(inner?.message));
}

/**
 * Gives the milliseconds to wait before the next attempt, or undefined to give up. `attempt` counts from 0,
 * `remaining` is what the deadline leaves. A server that asks for more than a minute gets no retry: the error
 * says how long.
 */
export function delay(
  trouble: Trouble,
  { repeatable, resumable }: Request,
  attempt: number,
  remaining: number,
): number | undefined {
  const { status, code, headers, after: asked, late, unreadable } = trouble;
  const { says, after = asked }: Advice = headers ? advice(headers) : {};
  const worth = unreadable || late
    ? false
    : !status
      ? refused(trouble) || repeatable || resumable
      : (says ??
        (repeatable
          ? /^(408|409|429|5..)$/.test("" + status)
          : status == 503
            ? /^(overloaded|database_unavailable)$/.test(code!) && after != null
            : status == 429));
  if (!worth || after! > 60_000) return;
  const wait = after! >= 0 ? after! : Math.min(8000, 500 * 2 ** attempt) * (1 - Math.random() / 4);
  return wait < remaining ? wait : undefined;
}

/** The server's own word on retrying, and how long to wait; that is negative when the moment is past. */
interface Advice {
  says?: boolean | undefined;
  after?: number | undefined;
}

/** What an answer's headers say on retrying. */
export function advice(headers: Headers): Advice {
  const should = headers["x-should-retry"]?.trim().toLowerCase();
  const text = headers["retry-after"];
  const number = (given: string | undefined) => (given?.trim() && !isNaN(+given) ? +given : undefined);
  const seconds = number(text);
  const after =
    number(headers["retry-after-ms"]) ??
    (seconds != null ? seconds * 1000 : Date.parse(text!) - Date.now());
  return {
    says: should == "true" ? true : should == "false" ? false : undefined,
    after: isNaN(after) ? undefined : after,
  };
}
