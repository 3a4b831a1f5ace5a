// Serves the route with nothing but Node, to try it: node serve.mjs, after `npm run build`. A framework does this for you.
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { POST } from "./build/route.mjs";

async function answer(request, response) {
  if (request.method !== "POST" || request.url !== "/api/chat") return response.writeHead(404).end();
  const left = new AbortController();
  response.on("close", () => left.abort());
  const { status, headers, body } = await POST(
    new Request("http://localhost/api/chat", {
      method: "POST",
      headers: request.headers,
      body: Readable.toWeb(request),
      duplex: "half",
      signal: left.signal,
    }),
  );
  response.writeHead(status, Object.fromEntries(headers));
  return pipeline(Readable.fromWeb(body), response);
}

const server = createServer((request, response) => {
  // Whatever comes in: what goes wrong is the end of this answer, and never of the server.
  answer(request, response).catch((error) => {
    if (!response.destroyed) console.error(`${error.name}: ${error.message}`);
    response.destroy();
  });
});
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => console.log("listening"));
