/** What tests of single calls share: a server that answers as a test says, a folder, the package as a page has it. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import * as sdk from "@aistrale/sdk";
import { Aistrale } from "@aistrale/sdk";
import { PACKAGE } from "./support.js";

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A server that answers as the test says; gives its URL and the requests that came. */
export async function serve(t: TestContext, handler: Handler): Promise<{ url: string; requests: any[] }> {
  const requests: any[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      requests.push({ method: request.method, url: request.url, headers: request.headers, body });
      handler(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as any).port}`, requests };
}

export const ANSWER = { id: "inf_1", text: "Hello there", message: { role: "assistant", content: "Hello there" } };

export function json(response: ServerResponse, value: object, status = 200, headers = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}

export function sse(response: ServerResponse): (event: string, id: number, data: object) => void {
  response.writeHead(200, { "content-type": "text/event-stream", "x-aistrale-inference-id": "inf_1" });
  return (event, id, data) => response.write(`event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
}

export const clientOf = (url: string, more: sdk.ClientOptions = {}) => new Aistrale({ apiUrl: url, apiKey: "ais_secret", ...more });

export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "aistrale-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The package as a browser's bundler takes it, in a process that looks like a browser to it. */
export async function inBrowser(t: TestContext): Promise<typeof sdk> {
  const { build } = await import("esbuild");
  const path = join(folder(t), "bundle.mjs");
  await build({
    stdin: { contents: 'export * from "@aistrale/sdk";', resolveDir: PACKAGE },
    bundle: true,
    platform: "browser",
    format: "esm",
    outfile: path,
    logLevel: "error",
  });
  assert.doesNotMatch(readFileSync(path, "utf8"), /node:|process\.env/);
  (globalThis as any).document = {};
  t.after(() => delete (globalThis as any).document);
  return import(path);
}
