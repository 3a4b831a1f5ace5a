/** What holds for anything: chunks of a stream, numbers and names of JSON. Through the front door. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Aistrale, ExactNumber, type StreamEvent } from "@aistrale/sdk";
import fc from "fast-check";

const ANSWER = { id: "inf_1", text: "", message: { role: "assistant", content: "" } };

/** Gives the events of a stream whose bytes come in these pieces. */
async function streamed(bytes: Uint8Array, cuts: number[]): Promise<StreamEvent[]> {
  const places = [...new Set([0, ...cuts.map((each) => each % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  const client = new Aistrale({
    apiUrl: "http://a.example",
    maxRetries: 0,
    fetch: async () =>
      new Response(
        new ReadableStream({
          start(controller) {
            for (let at = 1; at < places.length; at++) controller.enqueue(bytes.slice(places[at - 1], places[at]));
            controller.close();
          },
        }),
        { headers: { "content-type": "text/event-stream" } },
      ),
  });
  const events: StreamEvent[] = [];
  for await (const event of client.stream("Hello")) events.push(event);
  return events;
}

test("a stream is the same in whatever pieces it comes, and whatever ends its lines", async () => {
  const piece = fc.record({
    text: fc.string({ unit: "binary", maxLength: 12 }),
    comment: fc.option(fc.constantFrom(":", ": alive", ":data: x")),
    space: fc.boolean(),
    split: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 8 }),
      fc.constantFrom("\n", "\r\n", "\r"),
      fc.boolean(),
      fc.array(fc.nat(), { maxLength: 40 }),
      async (pieces, newline, bom, cuts) => {
        const lines: string[] = [];
        pieces.forEach(({ text, comment, space, split }, at) => {
          if (comment) lines.push(comment);
          const data = JSON.stringify({ text });
          lines.push("event: delta", `id:${space ? " " : ""}${at + 1}`);
          // Between two tokens of JSON a line may end.
          const parts = split ? [data.slice(0, 1), data.slice(1)] : [data];
          lines.push(...parts.map((each) => `data:${space ? " " : ""}${each}`), "");
        });
        lines.push("event: completed", `id: ${pieces.length + 1}`, `data: ${JSON.stringify(ANSWER)}`, "", "");
        const bytes = new TextEncoder().encode((bom ? "\ufeff" : "") + lines.join(newline));
        const events = await streamed(bytes, cuts);
        const expected = pieces.map(({ text }, at) => ({ type: "text", text: text.toWellFormed?.() ?? text, id: String(at + 1) }));
        assert.deepEqual(events.slice(0, -1), expected);
        assert.equal(events.at(-1)!.type, "completed");
      },
    ),
    { numRuns: 300 },
  );
});

/** Has this JSON answered; gives what comes of it, and what is sent when it goes back. */
async function through(metadata: string): Promise<{ came: any; sent: string }> {
  let sent = "";
  const client = new Aistrale({
    apiUrl: "http://a.example",
    fetch: async (_, init) => {
      sent = String(init.body);
      return new Response(`{"id":"inf_1","status":"completed","metadata":${metadata}}`);
    },
  });
  const { metadata: came } = await client.inferences.get("inf_1");
  await client.run("Hello", { providerOptions: came as any });
  return { came, sent };
}

test("what is the user's own comes, and goes back, as it is: names, numbers, everything", async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false } as any)), async (value) => {
      const text = JSON.stringify(value);
      const { came, sent } = await through(text);
      assert.equal(JSON.stringify(came), text);
      assert.deepEqual(JSON.parse(sent).provider_options, JSON.parse(text));
    }),
    { numRuns: 200 },
  );
});

test("numbers keep all their digits, there and back", async () => {
  const digits = fc.tuple(
    fc.constantFrom("", "-"),
    fc.bigInt({ min: 1n, max: 10n ** 30n }).map(String),
    fc.option(fc.stringMatching(/^\d{0,12}[1-9]$/)),
  );
  await fc.assert(
    fc.asyncProperty(digits, async ([sign, whole, fraction]) => {
      const text = sign + whole + (fraction ? "." + fraction : "");
      const { came, sent } = await through(`{"n":${text}}`);
      assert.equal(Number(came.n), Number(text));
      const exact = came.n instanceof ExactNumber || String(came.n) == text || !/[\d.]{16}/.test(text);
      assert.ok(exact, text);
      if (/[\d.]{16}/.test(text)) assert.ok(sent.includes(`{"n":${text}}`), sent);
    }),
    { numRuns: 300 },
  );
});
