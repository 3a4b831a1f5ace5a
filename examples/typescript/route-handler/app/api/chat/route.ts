// POST /api/chat: streams an answer as text. A route handler of web standards, for Node and for edge runtimes.
import { Aistrale, APITimeoutError, BadRequestError, OverloadedError, RateLimitError, type Stream } from "@aistrale/sdk";

// Said here, because an edge runtime has no environment that the SDK could read by itself.
const client = new Aistrale({
  apiUrl: process.env.AISTRALE_API_URL,
  apiKey: process.env.AISTRALE_API_KEY,
  timeoutMs: 60_000,
});

export async function POST(request: Request): Promise<Response> {
  const asked = (await json(request).catch(() => null)) as { text?: unknown } | null;
  const text = asked?.text;
  if (typeof text !== "string" || !text || text.length > 4000) {
    return Response.json({ error: "Ask something, in at most 4000 characters." }, { status: 400 });
  }
  const stream = client.stream(text, {
    system: "Answer briefly, in plain words.",
    maxOutputTokens: 1000,
    metadata: { app: "route" }, // and `user`: an id of yours, of who is signed in
    signal: request.signal, // the reader left: the inference ends, and so does its cost
  });
  try {
    // Until something came, an error can still be an HTTP status.
    const pieces = stream.textDeltas();
    const first = await pieces.next();
    return new Response(body(first, pieces, stream), {
      headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
    });
  } catch (error) {
    const [status, words] = explained(error);
    return Response.json({ error: words }, { status });
  }
}

/** The request's JSON. Rejects for what is none, and for more than a question can be: not each framework has a limit. */
async function json(request: Request): Promise<unknown> {
  const reader = request.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { done: true };
    if (done) return JSON.parse(text);
    text += value;
    if (text.length > 20_000) {
      await reader?.cancel();
      throw new RangeError("the request is too long");
    }
  }
}

/** An error after the first piece breaks the body off, so that half an answer does not look like a whole one. */
function body(
  first: IteratorResult<string, void>,
  pieces: AsyncGenerator<string, void>,
  stream: Stream,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next: IteratorResult<string, void> | undefined = first;
  return new ReadableStream({
    async pull(controller) {
      next ??= await pieces.next().catch((error) => {
        explained(error);
        throw error;
      });
      if (next.done) controller.close();
      else controller.enqueue(encoder.encode(next.value));
      next = undefined;
    },
    cancel: () => stream.close(),
  });
}

/** The status and the words for the reader; the error's own words are for the log alone. */
function explained(error: unknown): [status: number, words: string] {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  if (error instanceof BadRequestError) return [400, "This cannot be asked."];
  if (error instanceof RateLimitError || error instanceof OverloadedError) {
    return [503, "Too many questions at the moment. Please try again."];
  }
  if (error instanceof APITimeoutError) return [504, "That took too long. Please try again."];
  return [502, "The answer cannot be given. Please try again later."];
}
