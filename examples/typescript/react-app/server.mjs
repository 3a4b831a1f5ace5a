// The page's backend: it has the key, and decides what a page may ask. PORT=3000 unless given.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, sep } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Aistrale, toResponse } from "@aistrale/sdk";

const client = new Aistrale({ timeoutMs: 60_000 });
const PUBLIC = join(import.meta.dirname, "public");
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript" };
const MOST_BYTES = 1_000_000; // of a request; the page sends the whole conversation

/** POST /api/chat. In a framework with route handlers this function is the route. */
function chat(asked, signal) {
  // The words are the page's, and nothing else: no system message, no model, no tools, and not more than fits.
  const said = (Array.isArray(asked?.messages) ? asked.messages : [])
    .filter((each) => ["user", "assistant"].includes(each?.role) && typeof each.content === "string")
    .map(({ role, content }) => ({ role, content: content.slice(0, 4000) }))
    .slice(-20);
  if (said.at(-1)?.role !== "user") return Response.json({ detail: "Say something." }, { status: 400 });
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

/** The request's JSON, null for what is none. Throws for more than a conversation can be: its connection is closed. */
async function json(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Error("the request is too long");
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return null;
  }
}

async function answer(request, response) {
  const [path] = request.url.split("?");
  if (request.method === "POST" && path === "/api/chat") {
    const left = new AbortController();
    response.on("close", () => left.abort());
    const { status, headers, body } = chat(await json(request), left.signal);
    response.writeHead(status, Object.fromEntries(headers));
    return pipeline(Readable.fromWeb(body), response);
  }
  if (!["GET", "HEAD"].includes(request.method)) return response.writeHead(405).end();
  // A request may name anything, not only what begins with a slash: nothing outside the folder is given away.
  const name = join(PUBLIC, path === "/" ? "index.html" : path);
  const file = name.startsWith(PUBLIC + sep) ? await readFile(name).catch(() => null) : null;
  if (!file) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream" }).end(file);
}

const server = createServer((request, response) => {
  // Whatever comes in: what goes wrong is the end of this answer, and never of the server.
  answer(request, response).catch((error) => {
    if (!response.destroyed) console.error(`${error.name}: ${error.message}`);
    response.destroy();
  });
});
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => console.log("listening"));
