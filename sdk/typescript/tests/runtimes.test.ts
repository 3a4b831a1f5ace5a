/** The package in other runtimes that say they are like Node: what differs among them is sockets, files, errors' words. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { ANSWER, folder, json, serve, sse } from "./helpers.js";
import { PACKAGE } from "./support.js";

const PROGRAM = `
import * as sdk from "@aistrale/sdk";
const failed = (promise) => promise.then(() => "no error", ({ name, sent }) => [name, sent]);
const at = (apiUrl) => new sdk.Aistrale({ apiUrl, maxRetries: 0 });
const [gone] = process.argv.slice(2);
const found = {};
found.run = String(await sdk.run("Hello"));
found.text = "";
for await (const piece of sdk.stream("Hello").textDeltas()) found.text += piece;
found.refused = await failed(at(gone).run("Hello"));
found.nobody = await failed(at("http://nobody.invalid").run("Hello"));
found.cut = await failed(sdk.run("cut", { maxRetries: 0 }));
found.late = (await failed(sdk.run("slow", { timeoutMs: 150 })))[0];
const aborter = new AbortController();
setTimeout(() => aborter.abort(), 100);
found.aborted = (await failed(sdk.run("slow", { signal: aborter.signal })))[0];
const left = sdk.stream("forever");
for await (const event of left) break;
found.left = left.inferenceId;
await sdk.session({ system: "Be kind." }).save("session.json");
found.system = (await (await sdk.loadSession("session.json")).save()).options.system;
console.log(JSON.stringify(found));
`;

const { AISTRALE_BUN: bun, AISTRALE_DENO: deno } = process.env;
const RUNTIMES: [string, string | undefined, string[]][] = [
  ["Bun", bun, []],
  ["Deno", deno, ["run", "-A", "--node-modules-dir=manual", "--no-lock"]],
  ["Node", process.execPath, []],
];

for (const [name, program, args] of RUNTIMES) {
  test(`it runs in ${name}`, { skip: !program && "run-tests names it" }, async (t) => {
    const { url, requests } = await serve(t, (request, response, body) => {
      if (request.url!.endsWith("/cancel")) return json(response, {});
      if (body.includes('"slow"')) return;
      if (body.includes('"cut"')) return void request.socket.destroy();
      if (!JSON.parse(body).stream) return json(response, ANSWER);
      const send = sse(response);
      send("delta", 1, { text: "Hello " });
      if (body.includes('"forever"')) return;
      send("delta", 2, { text: "there" });
      send("completed", 3, ANSWER);
      return response.end();
    });
    const closed = createServer();
    await new Promise<void>((go) => closed.listen(0, "127.0.0.1", go));
    const gone = `http://127.0.0.1:${(closed.address() as any).port}`;
    await new Promise((go) => closed.close(go));
    const at = folder(t);
    const to = join(at, "node_modules/@aistrale/sdk");
    mkdirSync(to, { recursive: true });
    for (const each of ["lib", "package.json"]) cpSync(join(PACKAGE, each), join(to, each), { recursive: true });
    writeFileSync(join(at, "package.json"), '{"name": "users", "private": true, "dependencies": {"@aistrale/sdk": "*"}}');
    writeFileSync(join(at, "program.mjs"), PROGRAM);
    writeFileSync(join(at, "config.toml"), '[profiles.default]\napi_key = "ais_of_the_file"\n');
    const env = { PATH: process.env.PATH, HOME: at, AISTRALE_API_URL: url, AISTRALE_CONFIG: join(at, "config.toml") };
    const { stdout } = await promisify(execFile)(program!, [...args, "program.mjs", gone], { cwd: at, env, timeout: 60_000 });
    assert.deepEqual(JSON.parse(stdout), {
      run: "Hello there",
      text: "Hello there",
      refused: ["APIConnectionError", false],
      nobody: ["APIConnectionError", false],
      cut: ["APIConnectionError", true],
      late: "APITimeoutError",
      aborted: "AbortError",
      left: "inf_1",
      system: "Be kind.",
    });
    assert.deepEqual([...new Set(requests.map((each) => each.headers.authorization))], ["Bearer ais_of_the_file"]);
    assert.equal(requests.filter((each) => each.url == "/api/v1/inferences/inf_1/cancel").length, 1);
    assert.equal(JSON.parse(readFileSync(join(at, "session.json"), "utf8")).aistrale_session, 1);
  });
}
