/**
 * Plays a scenario of contract/scenarios with this SDK; the fault server judges what came of it.
 *
 * Nothing here knows what is expected. The format is in contract/scenarios/README.md.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sdk from "@aistrale/sdk";
import { unwrap } from "@aistrale/sdk/webhooks";
import { z } from "zod";
import { ROOT } from "../support.js";

const SCENARIOS = process.env.AISTRALE_SCENARIOS ?? join(ROOT, "contract/scenarios");
const HERE = join(ROOT, "sdk/typescript/tests/conformance");

/** All of them, in the order of their files. */
export function scenarios(): any[] {
  const files = readdirSync(SCENARIOS).filter((name) => /^(?!scenario\.schema).*\.json$/.test(name));
  return files.sort().flatMap((name) => JSON.parse(readFileSync(join(SCENARIOS, name), "utf8")));
}

/** The names in known-failing.txt. */
export function knownFailing(): Set<string> {
  const lines = readFileSync(join(HERE, "known-failing.txt"), "utf8").split("\n");
  return new Set(lines.map((line) => line.replace(/#.*/, "").trim()).filter(Boolean));
}

/** Whether it changes what the whole process has, so that nothing else may run beside it. */
export function alone({ client = {}, now }: any): boolean {
  return !!now || "env" in client || "config_file" in client || "log" in client;
}

/** Plays it once, and gives what was not as expected. */
export async function mismatches(emulator: string, scenario: any): Promise<string[]> {
  const play = await post(`${emulator}/_conformance/plays`, scenario);
  const outcome = await outcomeOf(scenario, play);
  const verdict = await post(`${emulator}/_conformance/plays/${play.id}/verdict`, outcome);
  return verdict.passed ? [] : [...verdict.mismatches, JSON.stringify(outcome)];
}

async function post(url: string, body: unknown): Promise<any> {
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the fault server refuses it: ${text}`);
  return JSON.parse(text);
}

async function outcomeOf(scenario: any, play: any): Promise<any> {
  const outcome: any = {};
  const restore = surroundings(scenario, play.url, outcome);
  try {
    await calls(scenario, play, outcome);
  } catch (error: any) {
    if (error?.name == "AbortError") outcome.cancelled = true;
    else if (error instanceof sdk.AistraleError) outcome.error = errorOf(error);
    else throw error;
  } finally {
    restore();
  }
  return outcome;
}

/** Has the environment, file, log and time that the scenario wants; gives what puts all back. */
function surroundings({ client = {}, now }: any, url: string, outcome: any): () => void {
  const undo: (() => void)[] = [];
  if ("env" in client || "config_file" in client) {
    const folder = mkdtempSync(join(tmpdir(), "aistrale-scenario-"));
    const config = join(folder, "config.toml");
    if ("config_file" in client) writeFileSync(config, client.config_file.replaceAll("$URL", url));
    const before = { ...process.env };
    for (const name of Object.keys(process.env)) delete process.env[name];
    process.env.AISTRALE_CONFIG = config;
    for (const [name, value] of Object.entries<string>(client.env ?? {})) {
      process.env[name] = value.replaceAll("$URL", url);
    }
    undo.push(() => {
      for (const name of Object.keys(process.env)) delete process.env[name];
      Object.assign(process.env, before);
      rmSync(folder, { recursive: true });
    });
  }
  if (client.log) {
    const lines: string[] = [];
    const { write } = process.stderr;
    const before = process.env.AISTRALE_LOG;
    process.env.AISTRALE_LOG = client.log;
    process.stderr.write = (text: any) => lines.push(String(text)) > 0;
    undo.push(() => {
      process.stderr.write = write;
      delete process.env.AISTRALE_LOG;
      if (before) process.env.AISTRALE_LOG = before;
      outcome.log = lines.join("");
    });
  }
  if (now) {
    const real = Date.now;
    Date.now = () => Date.parse(now);
    undo.push(() => (Date.now = real));
  }
  return () => undo.forEach((each) => each());
}

function clientOf({ client = {} }: any, play: any): sdk.Aistrale {
  const { env, config_file, base_path, trailing_slash, log, proxy, ...said } = client;
  const given = camel(said);
  if (given.apiUrl) given.apiUrl = given.apiUrl.replaceAll("$URL", play.url);
  if (!env && config_file === undefined) {
    given.apiUrl = play.url;
    if (!("apiKey" in given)) given.apiKey = "ais_conformance";
  }
  if (proxy) Object.assign(given, { apiUrl: "http://aistrale.example", proxy: play.proxy });
  return new sdk.Aistrale(given);
}

/** Makes the call, as often as the scenario has it; its last time's outcome counts. */
async function calls(scenario: any, play: any, outcome: any): Promise<void> {
  if (scenario.operation == "webhooks.unwrap") {
    const { body, headers, secrets } = scenario.arguments;
    outcome.result = wire(await unwrap(new TextEncoder().encode(body), headers, secrets));
    return;
  }
  const client = clientOf(scenario, play);
  for (let times = scenario.repeat ?? 1; times > 0; times--) {
    delete outcome.result;
    const aborter = new AbortController();
    const after = scenario.cancel?.after_ms;
    const timer = after && setTimeout(() => aborter.abort(), after);
    await call(client, scenario, outcome, aborter).finally(() => clearTimeout(timer));
  }
}

/** The arguments of each operation that are not one object: what stands in its path or for itself. */
const PLACES: Record<string, string[]> = {
  "prompts.setLabel": ["name", "label", "version"],
  "prompts.removeLabel": ["name", "label"],
  "prompts.getVersion": ["name", "version"],
  "prompts.diff": ["name", "from", "to"],
  "aliases.set": ["name", "model", "fallbacks"],
  "tokens.add": ["provider", "token"],
  "webhooks.create": ["url", "events"],
  "telemetry.addSpans": ["spans"],
  "telemetry.deleteUser": ["user"],
  "prompts.importDotprompt": ["name", "source"],
  "webhooks.test": ["id", "eventType"],
  "webhooks.recover": ["id", "since"],
  "events.test": ["eventType"],
};
const ONE = /^(prompts|aliases|providers|inferences|budgets|tokens|webhooks(\.deliveries)?|apiKeys|workspaces)\./;
/** Those that take nothing between what stands in the path and the options. */
const BARE = /^((tokens|aliases|providers)\.list|events\.types)$|\.(get|delete|deleteUser|remove|revoke|retry|cancel|setLabel|removeLabel|getVersion|diff|set|addSpans|render|load|exportDotprompt|importDotprompt|recover)$/;

async function call(
  client: any,
  scenario: any,
  outcome: any,
  aborter: AbortController,
): Promise<void> {
  const operation = scenario.operation.replace(/_(.)/g, (_: string, letter: string) => letter.toUpperCase());
  const { timeout_ms: serverTimeoutMs, turns, ...rest } = scenario.arguments ?? {};
  const said = { ...camel(rest), ...(serverTimeoutMs && { serverTimeoutMs }) };
  const options = { ...camel(scenario.call ?? {}), signal: aborter.signal };
  const extra: any = {};
  if (scenario.functions) {
    extra.tools = [...scenario.functions.map((name: string) => FUNCTIONS[name]), ...(said.tools ?? [])];
  }
  if (scenario.max_rounds) extra.maxRounds = scenario.max_rounds;
  if (scenario.output) extra.output = City;
  const asked = ({ prompt, ...more }: any) => [...(prompt === undefined ? [] : [prompt]), { ...more, ...options, ...extra }];
  if (operation == "run") {
    outcome.result = wire(await client.run(...asked(said)));
  } else if (operation == "session") {
    const session = client.session(said);
    const answers = [];
    for (const turn of turns) answers.push(await session.run(...asked(camel(turn))));
    outcome.result = wire({ sessionId: session.sessionId, answers, messages: session.messages });
  } else if (operation == "stream" || /^(telemetry|events)\.stream$/.test(operation)) {
    if (scenario.readers) {
      const stream = client.stream(...asked(said));
      const found = await Promise.allSettled(Array.from({ length: scenario.readers }, () => stream.final()));
      const last: any = found.at(-1);
      if (last.status == "rejected") throw last.reason;
      outcome.result = wire(last.value);
      return;
    }
    outcome.events = [];
    const feed =
      operation == "stream"
        ? client.stream(...asked(said))
        : client[operation.split(".")[0]!].stream(said, options);
    for await (const event of feed) {
      outcome.events.push(operation == "stream" ? eventOf(event) : wire(event));
      if (outcome.events.length == scenario.leave?.after_events) break;
      if (outcome.events.length == scenario.cancel?.after_events) aborter.abort();
    }
  } else {
    const places = PLACES[operation] ?? ["id" in said || !ONE.test(operation) ? "id" : "name"];
    const given = places.filter((name) => name in said).map((name) => said[name]);
    if (operation == "inferences.cancel" && !given.length) given.push(said);
    for (const name of places) delete said[name];
    const { ifMatch, ...body } = said;
    if (ifMatch !== undefined) (options as any).ifMatch = ifMatch;
    if (/^prompts\.(render|load|exportDotprompt)$/.test(operation)) {
      const { label, version, variables, ...more } = body;
      given[0] = { name: given[0], label, version };
      if (operation == "prompts.render") given.push(variables);
      Object.assign(options, more);
    } else if (operation == "telemetry.export") {
      given.push("jsonl", body);
    } else if (!BARE.test(operation) && !/^(whoami|health)$/.test(operation)) {
      given.push(body);
    }
    const path = operation.split(".");
    const owner = path.slice(0, -1).reduce((found: any, name: string) => found[name], client);
    outcome.result = await items(await owner[path.at(-1)!](...given, options), scenario.take);
  }
}

async function items(result: any, take: number | undefined): Promise<any> {
  if (!result?.[Symbol.asyncIterator]) return wire(result);
  const found: any[] = [];
  for await (const item of result) {
    found.push(wire(item));
    if (found.length == take) break;
  }
  return { items: found };
}

function eventOf(event: sdk.StreamEvent): any {
  if (event.type == "toolCall") return { ...wire(event), type: "tool_call", id: event.callId };
  if (event.type == "toolResult") return { ...wire(event), type: "tool_result", id: event.callId };
  if (event.type == "completed") return { type: "completed", inference: wire(event.inference) };
  if (event.type == "unknown") return { ...event, data: plain(event.data) };
  return event;
}

function errorOf(error: any): any {
  const { name, message, status, code, requestId, retryAfterMs, provider, text } = error;
  return { class: name, message, status, code, text, provider, request_id: requestId, retry_after_ms: retryAfterMs };
}

/** Objects whose names are the user's. */
const RAW = /^(metadata|attributes|input|output|schema|labels|default|detail|group|variables|providerOptions|responseFormat|toolChoice|headers|tools|settings\.tools)$/;

/** This SDK's names, for arguments. */
function camel(value: any): any {
  if (Array.isArray(value)) return value.map(camel);
  if (!value || typeof value != "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const ours = name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
      return [ours, RAW.test(ours) || ours == "messages" ? item : camel(item)];
    }),
  );
}

/** The wire's names, for what came. */
function wire(value: any): any {
  if (value instanceof sdk.ExactNumber) return String(value);
  if (Array.isArray(value)) return value.map(wire);
  if (!value || typeof value != "object") return plain(value);
  if ("arguments" in value && "name" in value && "id" in value && !("index" in value)) {
    const { name, arguments: given, id, type, ...rest } = value;
    return { id, type, function: { name, arguments: given }, ...rest };
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const theirs = { fromVersion: "from", toVersion: "to" }[name];
      return [
        theirs ?? name.replace(/[A-Z]/g, (letter) => "_" + letter.toLowerCase()),
        RAW.test(name) ? plain(item) : wire(item),
      ];
    }),
  );
}

/** Numbers that JSON here cannot write exactly as their digits. */
function plain(value: any): any {
  if (value instanceof sdk.ExactNumber) return String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (!value || typeof value != "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}

const City = z.object({ name: z.string(), population: z.int().min(0) });

const FUNCTIONS: Record<string, sdk.Tool> = {
  add: sdk.tool({
    name: "add",
    description: "Add two numbers.",
    inputSchema: z.object({ a: z.int(), b: z.int() }),
    run: ({ a, b }) => a + b,
  }),
  lookup: sdk.tool({
    name: "lookup",
    description: "Look a city's population up.",
    inputSchema: z.object({ city: z.string() }),
    run: ({ city }) => ({ city, population: city == "Paris" ? 2102650 : 0 }),
  }),
  fail: sdk.tool({
    name: "fail",
    description: "Ask the weather station.",
    run: () => {
      throw new Error("the weather station is closed");
    },
  }),
};
