/** `@aistrale/sdk/testing`: cassettes. What Python's suite says of them, as far as languages are alike. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import * as sdk from "@aistrale/sdk";
import { Aistrale } from "@aistrale/sdk";
import { Cassette, cassette, CassetteError, CassetteMissError } from "@aistrale/sdk/testing";
import fc from "fast-check";
import { ROOT } from "./support.js";

/** Nobody listens there: whoever is answered was answered from a cassette. */
const AWAY = "http://127.0.0.1:9";
const KEY = "ais_0123456789abcdefghij";
delete process.env.CI;
delete process.env.AISTRALE_RECORD;

type Handler = (response: ServerResponse, request: IncomingMessage, body: string) => void;

/** A server that answers one request by each handler in turn, in the order in which they come. */
async function serve(t: TestContext, ...script: Handler[]): Promise<{ url: string; requests: any[] }> {
  const requests: any[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      requests.push({ method: request.method, url: request.url, headers: request.headers, body });
      const next = script.shift();
      if (next) next(response, request, body);
      else json({ code: "internal", detail: "nothing is scripted" }, 500)(response, request, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as any).port}`, requests };
}

const inference = (text: string, more: object = {}) => ({
  id: "inf_01kb2m3n4p5q6r7s8t9v0w1x2y",
  text,
  message: { role: "assistant", content: text },
  ...more,
});
const json =
  (value: object, status = 200, headers: object = {}): Handler =>
  (response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
const event = (name: string, id: number, data: object) => `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
const story = (...texts: string[]): Buffer =>
  Buffer.from(
    texts.map((text, at) => event("delta", at + 1, { text })).join("") +
      event("completed", texts.length + 1, inference(texts.join(""))),
  );
const later = (millis: number) => new Promise((go) => setTimeout(go, millis));
/** Sends these pieces, one by one. */
const sse =
  (pieces: Uint8Array[], end: "whole" | "reset" = "whole"): Handler =>
  async (response) => {
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "x-aistrale-inference-id": "inf_01kb2m3n4p5q6r7s8t9v0w1x2y",
    });
    for (const piece of pieces) {
      response.write(piece);
      await later(3);
    }
    if (end == "whole") response.end();
    else response.socket!.resetAndDestroy();
  };
const drip = (whole: Buffer, size: number) =>
  Array.from({ length: Math.ceil(whole.length / size) }, (_, at) => whole.subarray(at * size, (at + 1) * size));

const clientOf = (apiUrl: string, more: sdk.ClientOptions = {}) => new Aistrale({ apiUrl, apiKey: KEY, ...more });

function tape(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "aistrale-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "cassettes", "tape.json");
}

const recorded = (path: string): any[] => JSON.parse(readFileSync(path, "utf8")).interactions;
const play = { mode: "none" } as const;

async function textsOf(stream: sdk.Stream): Promise<string[]> {
  const texts: string[] = [];
  for await (const each of stream) if (each.type == "text") texts.push(each.text);
  return texts;
}

test("a run is recorded once, and played from then on", async (t) => {
  const path = tape(t);
  const { url, requests } = await serve(t, json(inference("Hi Ada.", { cost_usd: 0.000012345 }), 200, { "set-cookie": "a=b" }));
  const options = { temperature: 0.5, model: "m" };
  const answers = [
    await cassette(path, async (it) => {
      assert.equal(it.recording, true);
      return clientOf(url).run("Hello", options);
    }),
  ];
  for (const mode of ["once", "none"] as const) {
    answers.push(
      await cassette(path, { mode }, async (it) => {
        assert.equal(it.recording, false);
        const answer = await new Aistrale({ apiUrl: AWAY }).run("Hello", options);
        assert.deepEqual(it.unplayed, []);
        return answer;
      }),
    );
  }
  assert.equal(requests.length, 1);
  assert.deepEqual(answers[1], answers[0]);
  assert.deepEqual(answers[2], answers[0]);
  assert.deepEqual(recorded(path), [
    {
      request: { method: "POST", path: "/api/v1/inferences", body: { prompt: "Hello", temperature: 0.5, model: "m" } },
      response: {
        status: 200,
        headers: { "content-type": "application/json" },
        body: inference("Hi Ada.", { cost_usd: 0.000012345 }),
      },
    },
  ]);
  const text = readFileSync(path, "utf8");
  assert.ok(text.startsWith('{\n  "cassette": 1,\n') && text.endsWith("\n}\n"));
  assert.equal(statSync(path).mode & 0o777, 0o666 & ~process.umask());
  assert.deepEqual(readdirSync(join(path, "..")), ["tape.json"]);
});

for (const size of [1, 7, 10_000]) {
  test(`a stream is played in the pieces in which it came, of ${size} bytes`, async (t) => {
    const path = tape(t);
    const { url } = await serve(t, sse(drip(story("Grüße, ", "世界", "!"), size)));
    const ask = (url: string) => textsOf(clientOf(url).stream("Greet"));
    assert.deepEqual(await cassette(path, () => ask(url)), ["Grüße, ", "世界", "!"]);
    assert.deepEqual(await cassette(path, play, () => ask(AWAY)), ["Grüße, ", "世界", "!"]);
    const [{ response }] = recorded(path);
    assert.equal(response.closed, undefined);
    assert.equal(response.failure, undefined);
    const bytes = response.chunks.map((each: any) => Buffer.from(each.base64 ?? each, each.base64 ? "base64" : "utf8"));
    assert.equal(Buffer.concat(bytes).toString(), story("Grüße, ", "世界", "!").toString());
  });
}

test("a stream that was resumed is resumed again", async (t) => {
  const path = tape(t);
  const whole = story("Once ", "upon ", "a time");
  const cut = whole.indexOf("id: 2") - "event: delta\n".length;
  const { url, requests } = await serve(t, sse([whole.subarray(0, cut)], "reset"), sse([whole.subarray(cut)]));
  assert.deepEqual(await cassette(path, () => textsOf(clientOf(url).stream("Tell"))), ["Once ", "upon ", "a time"]);
  assert.equal(requests.length, 2);
  const [broken, rest] = recorded(path);
  assert.equal(broken.response.failure.kind, "lost");
  assert.deepEqual(rest.request.headers, { "last-event-id": "1" });
  const began = performance.now();
  assert.deepEqual(await cassette(path, play, () => textsOf(clientOf(AWAY).stream("Tell"))), ["Once ", "upon ", "a time"]);
  assert.ok(performance.now() - began < 400, "no time passes between two attempts");
});

for (const [what, script, options] of [
  ["a status", [json({ code: "budget_exceeded", detail: "No.", request_id: "req_1" }, 402)], {}],
  ["a proxy's page", [((response) => response.writeHead(502, { "content-type": "text/html" }).end("<p>\xff")) as Handler], {}],
  ["an empty answer", [((response) => response.writeHead(500).end()) as Handler], {}],
  ["a lost connection", [((response) => response.socket!.resetAndDestroy()) as Handler], {}],
  ["a deadline", [(() => {}) as Handler], { timeoutMs: 200 }],
  ["a body that never ends", [((response) => response.writeHead(200, { "content-type": "application/json" }).write("{")) as Handler], { timeoutMs: 200 }],
] as const) {
  test(`${what} is played as what it was`, async (t) => {
    const path = tape(t);
    const { url } = await serve(t, ...(script as readonly Handler[]));
    const errors: any[] = [];
    for (const mode of ["once", "none"] as const) {
      const began = performance.now();
      await cassette(path, { mode }, async () => {
        errors.push(await clientOf(url, { maxRetries: 0 }).run("Hello", options).then(() => null, (why) => why));
      });
      if (mode == "none") assert.ok(performance.now() - began < 150, "it waits for nothing");
    }
    const [live, played] = errors;
    assert.ok(live instanceof sdk.APIError);
    assert.equal(played.constructor, live.constructor);
    assert.equal(played.message, live.message);
    assert.deepEqual({ ...played, cause: 0 }, { ...live, cause: 0 });
    assert.equal(recorded(path).length, 1);
  });
}

test("retries are played without their waits", async (t) => {
  const path = tape(t);
  const away = json({ code: "overloaded", detail: "Busy." }, 503, { "retry-after": "1" });
  const { url } = await serve(t, away, json(inference("At last.")));
  assert.equal((await cassette(path, () => clientOf(url).run("x"))).text, "At last.");
  const began = performance.now();
  await cassette(path, play, async (it) => {
    assert.equal((await clientOf(AWAY).run("x")).text, "At last.");
    assert.equal(it.requests.length, 2);
  });
  assert.ok(performance.now() - began < 500);
});

test("what cannot be reached is not recorded", async (t) => {
  const path = tape(t);
  await assert.rejects(
    cassette(path, () => clientOf("http://127.0.0.1:9", { maxRetries: 0 }).run("x").catch(() => {})),
    (why: any) =>
      why instanceof CassetteError &&
      /was not recorded: the server cannot be reached \(.*\)\. Start one with `aistrale serve`/.test(why.message),
  );
  assert.equal(existsSync(path), false);
});

test("every way to call is covered: the module's functions, clients made before and inside, with a fetch of their own, and CommonJS", async (t) => {
  const path = tape(t);
  const { url, requests } = await serve(t, ...["0", "1", "2", "3", "4"].map((text) => json(inference(text))));
  const before = clientOf(url);
  const common = createRequire(import.meta.url)("@aistrale/sdk");
  assert.notEqual(common.run, sdk.run);
  const all = async () => {
    process.env.AISTRALE_API_URL = url;
    t.after(() => delete process.env.AISTRALE_API_URL);
    const said = [await sdk.run("module"), await before.run("before"), await clientOf(url).run("inside")];
    said.push(await clientOf(url, { fetch: (at, init) => fetch(at, init as RequestInit) }).run("own"));
    said.push(await common.run("common"));
    return said.map(String);
  };
  assert.deepEqual(await cassette(path, all), ["0", "1", "2", "3", "4"]);
  assert.equal(requests.length, 5);
  assert.deepEqual(await cassette(path, play, all), ["0", "1", "2", "3", "4"]);
  assert.equal(requests.length, 5);
  const miss = await cassette(path, play, () => common.run("other")).then(() => null, (why) => why);
  assert.ok(miss instanceof CassetteMissError);
});

test("the CommonJS form of it is the same", async (t) => {
  const common = createRequire(import.meta.url)("@aistrale/sdk/testing");
  const path = tape(t);
  const { url } = await serve(t, json(inference("Hi.")));
  await common.cassette(path, () => clientOf(url).run("x"));
  assert.equal((await cassette(path, play, () => clientOf(AWAY).run("x"))).text, "Hi.");
});

test("outside of it nothing is recorded or played; two at once have each their own, and an inner one goes before", async (t) => {
  const path = tape(t);
  const { url } = await serve(t, ...Array.from({ length: 8 }, (_, at) => json(inference(String(at)))));
  const client = clientOf(url);
  assert.equal((await client.run("x")).text, "0");
  const use = (name: string) =>
    cassette(path + name, async () => {
      await client.run(name + " 1");
      await later(5);
      await client.run(name + " 2");
    });
  await Promise.all([use("one"), use("two")]);
  await cassette(path + "outer", async () => {
    await client.run("outer");
    await cassette(path + "inner", () => client.run("inner"));
  });
  assert.equal((await client.run("x")).text, "7");
  for (const [name, prompts] of [["one", ["one 1", "one 2"]], ["two", ["two 1", "two 2"]], ["outer", ["outer"]], ["inner", ["inner"]]] as const) {
    assert.deepEqual(recorded(path + name).map((each) => each.request.body.prompt), prompts);
  }
});

test("what runs around each test puts it in and takes it out", async (t) => {
  const path = tape(t);
  const { url } = await serve(t, json(inference("Hi.")), json(inference("Bye.")));
  const failing = new Cassette(pathToFileURL(path)).insert();
  await clientOf(url).run("x");
  failing.eject(false);
  assert.equal(existsSync(path), false);
  const passing = new Cassette(path).insert();
  assert.throws(() => passing.insert(), CassetteError);
  await clientOf(url).run("x");
  passing.eject();
  passing.eject();
  const playing = new Cassette(path, play).insert();
  assert.equal((await clientOf(AWAY).run("x")).text, "Bye.");
  playing.eject();
});

test("modes", async (t) => {
  const path = tape(t);
  const { url } = await serve(t, ...["0", "1", "2"].map((text) => json(inference(text))));
  const ask = (mode: any) => cassette(path, { mode }, async () => String(await clientOf(url).run("x")));
  await assert.rejects(ask("none"), /^CassetteMissError: POST \/api\/v1\/inferences is not recorded: there is no cassette .*tape\.json\.\nTo record it: run the test with AISTRALE_RECORD=once in the environment\.$/);
  assert.equal(await ask("once"), "0");
  assert.equal(await ask("once"), "0");
  assert.equal(await ask("all"), "1");
  assert.equal(await ask("none"), "1");
  process.env.AISTRALE_RECORD = "all";
  t.after(() => ["AISTRALE_RECORD", "CI"].forEach((name) => delete process.env[name]));
  assert.equal(await ask("none"), "2");
  process.env.AISTRALE_RECORD = "sometimes";
  await assert.rejects(ask("none"), /^TypeError: AISTRALE_RECORD is "sometimes"; known are none, once, all$/);
  delete process.env.AISTRALE_RECORD;
  await assert.rejects(ask("maybe"), /^TypeError: mode is "maybe"; known are none, once, all$/);
  for (const [ci, mode] of [["true", "none"], ["0", "once"], ["false", "once"], ["", "once"]] as const) {
    process.env.CI = ci;
    assert.equal(new Cassette(path).mode, mode);
  }
});

test("nothing is written when the test failed", async (t) => {
  const path = tape(t);
  const { url } = await serve(t, json(inference("Hi.")));
  const why = new Error("as tests do");
  await assert.rejects(cassette(path, async () => {
    await clientOf(url).run("x");
    throw why;
  }), why);
  assert.equal(existsSync(path), false);
});

test("a miss shows the nearest, fails the test also where it was caught, and goes with another error as its cause", async (t) => {
  const path = tape(t);
  const { url } = await serve(t, json(inference("Paris")), json(inference("Rome")));
  const ask = async (url: string, prompt: string) => clientOf(url).run(prompt, { model: "openai/gpt-4o" });
  await cassette(path, async () => {
    await ask(url, "Which city is the capital of France? One word.");
    await ask(url, "And of Italy?");
  });
  let heard: unknown;
  const caught = cassette(path, play, async () => {
    heard = await ask(AWAY, "Which city is the capital of France? In one word.").catch((why) => why);
    return "it went well";
  });
  await assert.rejects(caught, (why: any) => why === heard && why instanceof CassetteMissError);
  assert.ok(!(heard instanceof sdk.AistraleError));
  assert.equal(
    (heard as Error).message.replace(/cassette .*tape\.json/, "cassette TAPE"),
    `POST /api/v1/inferences is not in the cassette TAPE.
The nearest recorded request (1 of 2) differs in:
  /body/prompt
    recorded: "Which city is the capital of France? One word."
    now:      "Which city is the capital of France? In one word."
To record it again: run the test with AISTRALE_RECORD=all in the environment.`,
  );
  const twice = cassette(path, play, async () => {
    await ask(AWAY, "And of Italy?");
    await ask(AWAY, "And of Italy?");
  });
  await assert.rejects(twice, /was asked once more than it is in the cassette .*, which has it once\./);
  const other = await cassette(path, play, async () => {
    await textsOf(clientOf(AWAY).stream("nothing of this")).catch(() => {});
    throw new Error("another");
  }).then(() => null, (why) => why);
  assert.equal(other.message, "another");
  assert.ok(other.cause instanceof CassetteMissError);
});

test("JSON is compared by value, to the last digit; what changes by itself and what the user ignores is not", async (t) => {
  const path = tape(t);
  const { url } = await serve(t, ...Array.from({ length: 3 }, () => json(inference("x"))));
  const big = { seed: 9007199254740993n, metadata: { run: "1", a: 1 } } as any;
  await cassette(path, async () => {
    await clientOf(url).run("a", { ...big, sessionId: "ses_01kb2m3n4p5q6r7s8t9v0w1x2y", traceId: "0".repeat(32) });
    await clientOf(url).run("b", { temperature: 1 });
    await clientOf(url).run("c", { metadata: { on: true } as any });
  });
  assert.deepEqual(recorded(path).map((each) => Object.keys(each.request).at(-1)), ["text", "body", "body"]);
  const ignore = ["/body/metadata/run"];
  await cassette(path, { ...play, ignore }, async () => {
    await clientOf(AWAY).run("a", { sessionId: "ses_0000000000000000000000000y", metadata: { a: 1.0, run: "2" }, seed: 9007199254740993n } as any);
    await clientOf(AWAY).run("b", { temperature: 1.0 });
    await clientOf(AWAY).run("c", { metadata: { on: true } as any });
  });
  for (const [prompt, options] of [
    ["a", { ...big, seed: 9007199254740992n }],
    ["a", { ...big, sessionId: "ses_mine" }],
    ["b", { temperature: 1.5 }],
    ["c", { metadata: { on: 1 } }],
    ["c", { metadata: { on: "true" } }],
  ] as const) {
    await assert.rejects(cassette(path, { ...play, ignore }, () => clientOf(AWAY).run(prompt, options as any)), CassetteMissError);
  }
  await assert.rejects(cassette(path, { ignore: ["body"] }, () => {}), /TypeError: ignore has "body", which is no JSON pointer/);
});

test("queries are compared by their names, preconditions too", async (t) => {
  const path = tape(t);
  const page = { data: [], next_cursor: null };
  const { url } = await serve(t, json(page), json({ id: "bud_1", name: "b" }));
  await cassette(path, async () => {
    await clientOf(url).telemetry.list({ q: "a b&c", limit: 5 } as any).all();
  });
  assert.deepEqual(recorded(path)[0].request.query.q, ["a b&c"]);
  await cassette(path, play, () => clientOf(AWAY).telemetry.list({ limit: 5, q: "a b&c" } as any).all());
  await assert.rejects(cassette(path, play, () => clientOf(AWAY).telemetry.list({ q: "a b" } as any).all()), /\/query\/limit/);
});

test("a stream that was left is played until there, and reading on is an error", async (t) => {
  const path = tape(t);
  const { url } = await serve(t, sse([...drip(story("First ", "second ", "third"), 60)]), json({}));
  const first = async (url: string, more: boolean) => {
    const stream = clientOf(url).stream("Leave early");
    const texts: string[] = [];
    for await (const each of stream) {
      if (each.type == "text") texts.push(each.text);
      if (!more) break;
    }
    await stream.close();
    return texts;
  };
  assert.deepEqual(await cassette(path, () => first(url, false)), ["First "]);
  assert.equal(recorded(path)[0].response.closed, true);
  assert.deepEqual(await cassette(path, play, () => first(AWAY, false)), ["First "]);
  await assert.rejects(cassette(path, play, () => first(AWAY, true)), (why: any) => why instanceof CassetteMissError && /has no more of this answer/.test(why.message));
});

test("loaded prompts are of the cassette alone", async (t) => {
  const path = tape(t);
  const version = (text: string) => json({ name: "greeting", version: 1, text, messages: null, variables: [], settings: {}, labels: [], created_at: "2026-11-23T16:00:00.123Z" });
  const { url } = await serve(t, version("recorded"), version("live"));
  const client = clientOf(url);
  const load = async () => (await client.prompts.load("greeting@3")).text;
  assert.equal(await cassette(path, load), "recorded");
  assert.equal(await load(), "live");
  assert.equal(await cassette(path, play, load), "recorded");
  assert.equal(await load(), "live");
});

const TOKEN = "sk-proj-abcdefghijklmnopqrstuvwx";

test("no credential is in the file, nor in what a miss says", async (t) => {
  const path = tape(t);
  const mine = "my-sécret-word-xyz";
  const said = ["It is <my-sé", "cret", "-word", "-xyz> and sk-01234567", "89abcdef0123456789", "."];
  const events = said.map((text, at) => event("delta", at + 1, { text })).join("") + event("completed", 7, inference(said.join("")));
  const { url } = await serve(
    t,
    json({ id: "tok_1", provider: "openai" }, 201),
    json({ id: "key_1", name: "ci", key: "ais_fresh0123456789abcdef" }, 201),
    json(inference(`You said ${KEY} and ${TOKEN}, hunter22hunter22.`), 200, { "x-aistrale-note": KEY, "x-other": "no" }),
    sse(drip(Buffer.from(events), 40)),
  );
  const all = async (url: string) => {
    const client = clientOf(url);
    await client.tokens.add("openai", TOKEN);
    const { key } = await client.apiKeys.create("ci");
    const providerOptions = { api_key: "hunter22hunter22", headers: { "X-Team-Token": "of-the-team", "x-env": "dev" } };
    const { text } = await client.run(`Repeat ${KEY} "${mine}"`, { providerOptions });
    return [key, text, ...(await textsOf(client.stream("go")))];
  };
  await cassette(path, { redact: [mine] }, () => all(url));
  const content = readFileSync(path, "utf8");
  for (const secret of [KEY, TOKEN, "ais_fresh0123456789abcdef", "hunter22", "of-the-team", mine, "cret", "-xyz", "89abcdef", "127.0.0.1", "x-other"]) {
    assert.ok(!content.includes(secret), secret);
  }
  assert.ok(content.includes('"x-env": "dev"'));
  const played = await cassette(path, { ...play, redact: [mine] }, async (it) => {
    const said = await all(AWAY);
    assert.deepEqual(it.unplayed, []);
    assert.doesNotMatch(JSON.stringify(it.requests), /hunter22|sk-proj/);
    return said;
  });
  assert.deepEqual(played, [
    "ais_redacted",
    "You said ais_redacted and redacted, redacted.",
    "It is <redacted",
    "",
    "",
    "> and redacted",
    "",
    ".",
  ]);
  const miss = await cassette(path, play, () => clientOf(AWAY).tokens.add("groq", TOKEN, { name: `${TOKEN} ${KEY}` })).then(() => null, (why) => why);
  assert.match(miss.message, /now: {6}"redacted ais_redacted"/);
  assert.ok(!miss.message.includes(TOKEN) && !miss.message.includes(KEY));
});

for (const [content, said] of [
  ["{", /is not JSON \(/],
  ["[]", /is no cassette: it has no "cassette": 1\. Mend it, or record it again\./],
  ['{"cassette": true}', /is no cassette/],
  ['{"cassette": 2}', /is a cassette of version 2, and this package reads up to 1: install a later one/],
  ['{"cassette": 1}', /has no list "interactions"/],
  ['{"cassette": 1, "interactions": [{}]}', /is broken at \/interactions\/0: request is missing/],
  ['{"cassette": 1, "interactions": [{"request": {"method": "GET", "path": 1}}]}', /request\.path is not a text/],
  ['{"cassette": 1, "interactions": [{"request": {"method": "GET", "path": "/"}, "failure": {"kind": "odd"}}]}', /failure\.kind is not lost or deadline/],
  ['{"cassette": 1, "interactions": [{"request": {"method": "GET", "path": "/"}, "response": {"status": 200, "chunks": [{"base64": "%"}]}}]}', /base64 that is none/],
] as const) {
  test(`a file that is none: ${content}`, async (t) => {
    const path = join(mkdtempSync(join(tmpdir(), "aistrale-")), "tape.json");
    t.after(() => rmSync(join(path, ".."), { recursive: true, force: true }));
    writeFileSync(path, content);
    await assert.rejects(cassette(path, () => {}), (why: any) => why.name == "CassetteError" && said.test(why.message));
  });
}

test("the vectors of every language", async () => {
  const path = join(ROOT, "contract/vectors/cassettes/everything.json");
  let passed = false;
  const last = cassette(path, play, async (it) => {
    const client = new Aistrale({ apiUrl: AWAY });
    const first = await client.run("Hello", { temperature: 1 });
    assert.deepEqual([first.text, first.costUsd], ["Hello there", 0.000012345]);
    assert.equal((await client.run("Hello", { temperature: 1 })).text, "Hello again");
    assert.deepEqual(await textsOf(client.stream("Greet the world")), ["Grüße, ", "世界"]);
    assert.deepEqual(await textsOf(client.stream("Tell a story")), ["Once ", "upon ", "a time"]);
    const cut = await client.stream("Break off", { resumable: false }).final().then(() => null, (why) => why);
    assert.ok(cut instanceof sdk.StreamInterruptedError);
    assert.equal(cut.text, "Half ");
    const began = performance.now();
    assert.equal((await client.run("Try again")).text, "At last");
    assert.ok(performance.now() - began < 1000);
    await assert.rejects(client.run("Take long"), sdk.APITimeoutError);
    await assert.rejects(client.run("A proxy's page", { maxRetries: 0 }), (why: any) => why instanceof sdk.APIStatusError && why.status == 502);
    assert.equal((await client.run("Big", { seed: 9007199254740993n } as any)).text, "Big");
    for await (const each of client.stream("Leave early")) {
      assert.equal((each as any).text, "First ");
      break;
    }
    assert.equal((await client.apiKeys.create("ci")).key, "ais_redacted");
    assert.deepEqual(it.unplayed, []);
    passed = true;
    await client.run("Hello", { temperature: 1 });
  });
  await assert.rejects(last, /^CassetteMissError: .*was asked once more than it is in the cassette .*, which has it twice\./);
  assert.equal(passed, true);
});

test("any JSON, and any pieces, are the same behind the file", async (t) => {
  const path = tape(t);
  let answer: Buffer[] = [];
  let kind = "";
  const send = async () =>
    new Response(new ReadableStream({
      start(controller) {
        for (const each of answer) controller.enqueue(new Uint8Array(each));
        controller.close();
      },
    }), { headers: { "content-type": kind } });
  const read = async (mode: "all" | "none") => {
    let body = "";
    await cassette(path, { mode }, () =>
      clientOf("http://a.example", { fetch: send, onResponse: (got) => void (body = got.body ?? "") }).run("x", { maxRetries: 0 }).catch(() => {}));
    return body;
  };
  await fc.assert(
    fc.asyncProperty(fc.json(), async (text) => {
      [answer, kind] = [[Buffer.from(text)], "application/json"];
      assert.deepEqual(JSON.parse(await read("all")), JSON.parse(text));
      assert.deepEqual(JSON.parse(await read("none")), JSON.parse(text));
    }),
    { numRuns: 60, examples: [['"\\ud800"'], ["-0.0"], ["9007199254740993"], ['{"a": 1, "a": 2}'], ["1e400"]] },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1 }), { minLength: 1, maxLength: 6 }), async (pieces) => {
      [answer, kind] = [pieces.map((each) => Buffer.from(each)), "text/csv"];
      await read("all");
      const [{ response }] = recorded(path);
      assert.deepEqual(response.chunks.map((each: any) => Buffer.from(each.base64 ?? each, each.base64 ? "base64" : "utf8")), answer);
    }),
    { numRuns: 40 },
  );
});
