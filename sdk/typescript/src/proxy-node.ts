/**
 * Requests by way of a proxy, which Node's own `fetch` does not do in the versions of today: `http:` is asked for
 * in the absolute form, `https:` through a tunnel (CONNECT). Streams both ways, no redirect is followed.
 */
import http from "node:http";
import https from "node:https";
import { isIP } from "node:net";
import { Readable } from "node:stream";
import tls from "node:tls";

/** Gives what `fetch` would. Fails as it does, with a TypeError that has its cause. */
export async function throughProxy(proxy: URL, url: string, init: any): Promise<Response> {
  const target = new URL(url);
  try {
    const secure = target.protocol == "https:";
    const headers: Record<string, string> = { ...init.headers, host: target.host };
    const authorization = credentials(proxy);
    let request: http.ClientRequest;
    if (secure) {
      const socket = await tunnel(proxy, target, authorization, init.signal);
      const createConnection = () => socket;
      request = https.request(url, { method: init.method, headers, createConnection, signal: init.signal });
    } else {
      if (authorization) headers["proxy-authorization"] = authorization;
      request = to(proxy).request({
        ...place(proxy),
        method: init.method,
        path: url,
        headers,
        signal: init.signal,
      });
    }
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      request.once("response", resolve).once("error", reject);
      request.end(init.body ?? undefined);
    });
    return answer(response);
  } catch (cause) {
    throw new TypeError("fetch failed", { cause });
  }
}

const to = (proxy: URL) => (proxy.protocol == "https:" ? https : http);

const place = (proxy: URL) => ({
  host: proxy.hostname.replace(/^\[|\]$/g, ""),
  port: proxy.port || (proxy.protocol == "https:" ? 443 : 80),
});

function credentials({ username, password }: URL): string | undefined {
  if (!username) return;
  const pair = decodeURIComponent(username) + ":" + decodeURIComponent(password);
  return "Basic " + Buffer.from(pair).toString("base64");
}

function tunnel(
  proxy: URL,
  target: URL,
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<tls.TLSSocket> {
  const authority = `${target.hostname}:${target.port || 443}`;
  return new Promise((resolve, reject) => {
    const request = to(proxy).request({
      ...place(proxy),
      method: "CONNECT",
      path: authority,
      headers: { host: authority, ...(authority && authorization ? { "proxy-authorization": authorization } : {}) },
      signal,
    });
    request.once("error", reject);
    request.once("connect", (response, socket) => {
      if (response.statusCode != 200) {
        socket.destroy();
        const why = `the proxy answered ${response.statusCode} to the wish for a tunnel`;
        reject(Object.assign(new Error(why), { code: "PROXY" }));
        return;
      }
      // An address is no name that a client may give; it is what the certificate is held to all the same.
      const host = target.hostname.replace(/^\[|\]$/g, "");
      const ended = () => secure.destroy(new Error("aborted"));
      const secure = tls.connect({ socket, host, ...(isIP(host) ? {} : { servername: host }) }, () => {
        signal.removeEventListener("abort", ended);
        resolve(secure);
      });
      secure.once("error", reject).once("close", () => socket.destroy());
      signal.addEventListener("abort", ended);
      if (signal.aborted) ended();
    });
    request.end();
  });
}

function answer(response: http.IncomingMessage): Response {
  const headers = new Headers();
  for (let at = 0; at < response.rawHeaders.length; at += 2) {
    headers.append(response.rawHeaders[at]!, response.rawHeaders[at + 1]!);
  }
  const status = response.statusCode!;
  const empty = status == 204 || status == 304;
  const body = empty ? null : (Readable.toWeb(response) as ReadableStream<Uint8Array>);
  if (empty) response.resume();
  return new Response(body, { status, headers });
}
