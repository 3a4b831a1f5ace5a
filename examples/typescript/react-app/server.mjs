// The page's backend: it has the key, and decides what a page may ask. PORT=3000 unless given.
import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { Readable } from "node:stream";
import { text as read } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { Aistrale, toResponse } from "@aistrale/sdk";

const client = new Aistrale({ timeoutMs: 60_000 });
const PUBLIC = join(import.meta.dirname, "public");
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript" };

/** POST /api/chat. In a framework with route handlers this function is the route. */
function chat({ messages }, signal) {
  // The words are the page's, and nothing else: no system message, no model, no tools, and not more than fits.
  const said = (Array.isArray(messages) ? messages : [])
    .filter(({ role, content }) => ["user", "assistant"].includes(role) && typeof content === "string")
    .map(({ role, content }) => ({ role, content: content.slice(0, 4000) }))
    .slice(-20);
  if (!said.length) return Response.json({ detail: "Say something." }, { status: 400 });
  return toResponse(
    client.stream({
      messages: said,
      system: "Answer briefly, in plain words.",
      maxOutputTokens: 1000,
      metadata: { app: "react" },
      signal,
    }),
    { onError: (error) => console.error(`${error.name}: ${error.message}`) },
  );
}

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  if (request.method === "POST" && pathname === "/api/chat") {
    const left = new AbortController();
    response.on("close", () => left.abort());
    const asked = await read(request).then(JSON.parse).catch(() => ({}));
    const answer = chat(asked ?? {}, left.signal);
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    await pipeline(Readable.fromWeb(answer.body), response).catch(() => response.destroy());
    return;
  }
  const file = join(PUBLIC, normalize(pathname === "/" ? "/index.html" : pathname));
  createReadStream(file)
    .on("error", () => response.writeHead(404).end())
    .once("open", () => response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream"))
    .pipe(response);
});
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => console.log("listening"));
