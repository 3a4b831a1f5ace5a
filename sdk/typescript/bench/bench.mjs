// See ./run. What a line says is the middle of several rounds, and beside it the least and the most.
import { execFileSync, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import os from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { sizeOf } from "../scripts/size.mjs";

const ROUNDS = 15;
const CALLS = 500;
const EVENTS = 5000;

const [, script, peers, saved] = process.argv;
const here = join(import.meta.dirname, "..");
if (peers === "--server") serve();
else if (peers === "--call") await call(process.argv[3], process.argv[4], process.argv[5], process.argv[6]);
else await table();

/** Answers from memory, in whatever dialect it is asked. */
function serve() {
  const answer = JSON.stringify({
    id: "inf_01kb2m3n4p5q6r7s8t9v0w1x2y", object: "chat.completion", created: 1, type: "message", role: "assistant",
    text: "Hello there", message: { role: "assistant", content: "Hello there" },
    choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "Hello there" } }],
    content: [{ type: "text", text: "Hello there" }], stop_reason: "end_turn",
    tool_calls: [], model: "gpt-4o", provider: "openai", finish_reason: "stop",
    usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5, prompt_tokens: 3, completion_tokens: 2 },
    cost_usd: 0.000012345, cost_source: "reported", latency_ms: 12, created_at: "2026-11-23T16:00:00.123Z",
  });
  const many = (piece, end) => Array.from({ length: EVENTS }, (_, at) => piece(at)).join("") + end;
  const chunk = JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "gpt-4o", choices: [{ index: 0, delta: { content: "word " }, finish_reason: null }] });
  const streams = {
    "/api/v1/inferences": many((at) => `event: delta\nid: ${at + 1}\ndata: {"text":"word "}\n\n`, `event: completed\nid: ${EVENTS + 1}\ndata: ${answer}\n\n`),
    "/v1/chat/completions": many(() => `data: ${chunk}\n\n`, "data: [DONE]\n\n"),
    "/v1/messages": `event: message_start\ndata: ${JSON.stringify({ type: "message_start", message: { ...JSON.parse(answer), content: [] } })}\n\nevent: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n` +
      many(() => `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"word "}}\n\n`, `event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\nevent: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n`),
  };
  createServer((request, response) => {
    let body = "";
    request.on("data", (each) => (body += each));
    request.on("end", () => {
      const stream = /"stream":true/.test(body);
      response.writeHead(200, { "content-type": stream ? "text/event-stream" : "application/json" });
      response.end(stream ? streams[request.url.split("?")[0]] : answer);
    });
  }).listen(0, "127.0.0.1", function () {
    console.log(this.address().port);
  });
}

/** In a process of its own: CPU time of a call, in ms, or of an event, in µs. */
async function call(name, folder, port, what) {
  const url = `http://127.0.0.1:${port}`;
  const { createRequire } = await import("node:module");
  const found = createRequire(join(folder, "x.js")).resolve(name);
  const sdk = await import(pathToFileURL(found).href);
  const messages = [{ role: "user", content: "Hello" }];
  const [once, stream] = {
    "@aistrale/sdk": () => {
      const client = new sdk.Aistrale({ apiUrl: url, apiKey: "k" });
      return [() => client.run("Hello"), () => client.stream("Hello")];
    },
    openai: () => {
      const client = new sdk.OpenAI({ baseURL: url + "/v1", apiKey: "k" });
      const ask = (stream) => client.chat.completions.create({ model: "gpt-4o", messages, stream });
      return [() => ask(false), () => ask(true)];
    },
    "@anthropic-ai/sdk": () => {
      const client = new sdk.Anthropic({ baseURL: url, apiKey: "k" });
      const ask = (stream) => client.messages.create({ model: "m", max_tokens: 9, messages, stream });
      return [() => ask(false), () => ask(true)];
    },
  }[name]();
  const cpu = () => Object.values(process.cpuUsage()).reduce((a, b) => a + b);
  const drain = async () => {
    let events = 0;
    for await (const _ of await stream()) events++;
    if (events < EVENTS) throw new Error(`${name}: ${events} events`);
  };
  for (let at = 0; at < 50; at++) await once();
  await drain();
  const begun = cpu();
  if (what === "event") {
    for (let at = 0; at < 4; at++) await drain();
    console.log((cpu() - begun) / 4 / EVENTS);
  } else {
    for (let at = 0; at < CALLS; at++) await once();
    console.log((cpu() - begun) / 1000 / CALLS);
  }
}

async function table() {
  const own = join(here, "../../node_modules");
  const server = spawn(process.execPath, [script, "--server"], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const port = await new Promise((resolve) => server.stdout.once("data", (each) => resolve(String(each).trim())));
    const run = (...args) => execFileSync(process.execPath, args, { encoding: "utf8", env: { PATH: process.env.PATH } }).trim();
    const middle = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
    const shown = (values, digits = 0) => `${middle(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;
    const packages = [
      ["@aistrale/sdk", own, `import { run, stream } from "@aistrale/sdk"; run("x"); stream("x").final();`],
      ["openai", join(peers, "node_modules"), `import OpenAI from "openai"; const c = new OpenAI({ apiKey: "k" }); c.chat.completions.create({ model: "m", messages: [] });`],
      ["@anthropic-ai/sdk", join(peers, "node_modules"), `import A from "@anthropic-ai/sdk"; const c = new A({ apiKey: "k" }); c.messages.create({ model: "m", max_tokens: 1, messages: [] });`],
    ];
    const importing = (line) => {
      const times = { wall: [], cpu: [] };
      const [file, kind] = line;
      const program = kind === "bare" ? "" : kind === "esm" ? `await import(${JSON.stringify(pathToFileURL(file).href)});` : `require(${JSON.stringify(file)});`;
      const end = `const u = process.cpuUsage(); console.log(JSON.stringify([performance.now(), (u.user + u.system) / 1000]));`;
      const type = kind === "cjs" ? "commonjs" : "module";
      return () => {
        const [wall, cpu] = JSON.parse(run(`--input-type=${type}`, "-e", program + end));
        times.wall.push(wall);
        times.cpu.push(cpu);
        return times;
      };
    };
    const { createRequire } = await import("node:module");
    const rows = [];
    const [facts, figures] = [{ Node: process.versions.node }, []];
    const measured = new Map([["bare", importing([null, "bare"])]]);
    for (const [name, folder] of packages) {
      const require = createRequire(join(folder, "x.js"));
      const cjs = require.resolve(name);
      const esm = run("--input-type=module", "-e", `console.log((await import("node:module")).findPackageJSON ? import.meta.resolve(${JSON.stringify(name)}, ${JSON.stringify(pathToFileURL(join(folder, "x.js")).href)}) : "")`, "--experimental-import-meta-resolve") || pathToFileURL(cjs).href;
      measured.set(name + " esm", importing([new URL(esm).pathname, "esm"]));
      measured.set(name + " cjs", importing([cjs, "cjs"]));
    }
    const times = new Map();
    for (let round = 0; round < ROUNDS; round++) for (const [name, measure] of measured) times.set(name, measure());
    const bare = times.get("bare");
    for (const [name, folder, code] of packages) {
      const { first, with: also } = await sizeOf(code, { from: folder });
      const over = (kind, what) => times.get(`${name} ${kind}`)[what].map((each) => each - middle(bare[what]));
      const cost = (what) => Array.from({ length: 5 }, () => Number(run(script, "--call", name, folder, port, what)));
      const ours = name === "@aistrale/sdk";
      const { version } = JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8"));
      const [calls, events] = [cost("call"), cost("event")];
      if (!ours) facts[name] = version;
      for (const [what, unit, rounds] of [
        ["min+gzip, before the program runs", "KiB", [first.gzip / 1024]],
        ...(ours ? [["min+gzip, with what run and stream load", "KiB", [also.stream / 1024]]] : []),
        ["import, ESM", "ms", over("esm", "wall")],
        ["import, CommonJS", "ms", over("cjs", "wall")],
        ["import, ESM, CPU", "ms", over("esm", "cpu")],
        ["a call, CPU", "ms", calls],
        ["a stream's event, CPU", "µs", events],
      ]) figures.push({ name: `${what}: ${name}`, unit, rounds });
      rows.push([
        `${name} ${version}`,
        (first.gzip / 1024).toFixed(1) + (ours ? `, streaming ${(also.stream / 1024).toFixed(1)}` : ""),
        shown(over("esm", "wall")),
        shown(over("cjs", "wall")),
        shown(over("esm", "cpu")),
        shown(calls, 2),
        shown(events, 1),
      ]);
    }
    const head = ["package", "KiB min+gzip", "import ESM, ms", "require, ms", "import ESM, CPU ms", "CPU ms a call", "CPU µs an event"];
    const widths = head.map((each, at) => Math.max(each.length, ...rows.map((row) => row[at].length)));
    const line = (cells) => "| " + cells.map((each, at) => each.padEnd(widths[at])).join(" | ") + " |";
    console.log(`node ${process.versions.node}, ${os.cpus().length} × ${os.cpus()[0].model}, ${os.platform()} ${os.release()}`);
    console.log(`Import is over bare node (${shown(bare.wall)} ms, CPU ${shown(bare.cpu)} ms); the middle of ${ROUNDS} rounds, and the least and the most.\n`);
    for (const each of [head, widths.map((width) => "-".repeat(width)), ...rows]) console.log(line(each));
    facts["bare node"] = `${shown(bare.wall)} ms, which the imports are over`;
    facts.rounds = `${ROUNDS} of an import, 5 of ${CALLS} calls and of ${4 * EVENTS} events`;
    if (saved) writeFileSync(saved, JSON.stringify({ facts, figures }));
  } finally {
    server.kill();
  }
}
