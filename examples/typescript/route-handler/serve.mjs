// Serves the route with nothing but Node, to try it: node serve.mjs, after `npm run build`. A framework does this for you.
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { POST } from "./build/route.mjs";

const server = createServer(async (request, response) => {
  const left = new AbortController();
  response.on("close", () => left.abort());
  const answer = await POST(
    new Request(`http://${request.headers.host}${request.url}`, {
      method: request.method,
      headers: request.headers,
      body: Readable.toWeb(request),
      duplex: "half",
      signal: left.signal,
    }),
  );
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  await pipeline(Readable.fromWeb(answer.body), response).catch(() => response.destroy());
});
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => console.log("listening"));
