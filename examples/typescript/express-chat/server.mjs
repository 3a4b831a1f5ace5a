// A chat: POST /chat streams the answer to the browser, one JSON object a line. PORT=3000 unless given.
import { randomUUID } from "node:crypto";
import { Aistrale, APITimeoutError, BadRequestError, BudgetExceededError, OverloadedError, RateLimitError } from "@aistrale/sdk";
import express from "express";

const client = new Aistrale({ timeoutMs: 60_000 }); // has the key, which no browser gets to see
const chats = new Map(); // by the browser's cookie; a database when there are several of these servers
const MOST_CHATS = 1000;

const app = express();
app.disable("x-powered-by");
app.use(express.static(new URL("public", import.meta.url).pathname));
app.use(express.json({ limit: "32kb" }));

/** The browser's conversation, kept here: what a browser sends as "what was said" could be anything. */
function chatOf(request, response) {
  let id = /(?:^|; )chat=([\w-]{36})(?:;|$)/.exec(request.headers.cookie ?? "")?.[1];
  if (!chats.has(id)) {
    id = randomUUID();
    response.cookie("chat", id, { httpOnly: true, sameSite: "strict", secure: request.secure });
    chats.set(id, {
      busy: false,
      session: client.session({
        system: "Answer briefly, in plain words.",
        maxOutputTokens: 1000,
        metadata: { app: "chat" },
      }),
    });
    if (chats.size > MOST_CHATS) chats.delete(chats.keys().next().value);
  }
  return chats.get(id);
}

app.post("/chat", async (request, response) => {
  const text = request.body?.text;
  if (typeof text !== "string" || !text || text.length > 4000) {
    return response.status(400).json({ error: "Say something, in at most 4000 characters." });
  }
  const chat = chatOf(request, response);
  if (chat.busy) return response.status(409).json({ error: "One question at a time." });
  chat.busy = true;
  const stream = chat.session.stream(text);
  response.on("close", () => stream.close()); // the browser left: the inference ends, and so does its cost
  const send = (event) => response.write(JSON.stringify(event) + "\n");
  try {
    for await (const event of stream) {
      if (!response.headersSent) {
        // Until something came, an error can still be an HTTP status. No proxy may hold this up.
        response.set({ "content-type": "application/x-ndjson", "cache-control": "no-store", "x-accel-buffering": "no" });
      }
      if (event.type === "text") send({ text: event.text });
      if (event.type === "completed") send({ done: true, whole: event.inference.finishReason === "stop" });
    }
  } catch (error) {
    const [status, words] = explained(error);
    if (response.headersSent) send({ error: words });
    else {
      if (error.retryAfterMs) response.set("retry-after", String(Math.ceil(error.retryAfterMs / 1000)));
      response.status(status).json({ error: words });
    }
  } finally {
    chat.busy = false;
    response.end();
  }
});

/** The status and the words for the browser; the error's own words are for the log alone. */
function explained(error) {
  console.error(`${error.name}: ${error.message}`);
  if (error instanceof BadRequestError) return [400, "This cannot be asked."];
  if (error instanceof RateLimitError || error instanceof OverloadedError) {
    return [503, "Too many questions at the moment. Please try again."];
  }
  if (error instanceof BudgetExceededError) return [503, "No more answers for now."];
  if (error instanceof APITimeoutError) return [504, "That took too long. Please try again."];
  return [502, "The answer cannot be given. Please try again later."];
}

// What cannot be read, or is too long. Express itself would show the browser a stack.
app.use((error, request, response, next) => {
  if (response.headersSent) return next(error);
  response.status(error.status ?? 500).json({ error: "This cannot be asked." });
});

app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", function () {
  console.log(`http://127.0.0.1:${this.address().port}`);
});
