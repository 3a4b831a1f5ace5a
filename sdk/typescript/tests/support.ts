/** What the tests share: where things are, and the fault server. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createInterface } from "node:readline";

/** The project's root. Tests run from sdk/typescript/build/tests. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../../..");

/** The package's folder. */
export const PACKAGE = join(ROOT, "sdk/typescript");

/** Nothing of the machine reaches a test: no setting, no proxy, no config file. */
for (const name of Object.keys(process.env)) {
  if (/^AISTRALE_(?!SCENARIO|BUILD|OLDEST|BUN|DENO|E2E|WRITE)/.test(name) || /_proxy$/i.test(name)) delete process.env[name];
}
process.env.AISTRALE_CONFIG = join(PACKAGE, "no-such-config.toml");

/** Starts the provider emulator, which plays the scenarios. */
export async function emulator(...more: string[]): Promise<{ url: string; stop: () => Promise<void> }> {
  if (!existsSync(join(ROOT, "emulator/target/aistrale-emulator.jar"))) {
    throw new Error("the fault server is not built: run `make build` at the repository's root");
  }
  const env = { ...process.env };
  delete env.AISTRALE_CONFIG;
  const child = spawn(join(ROOT, "aistrale"), ["emulator", "--port", "0", ...more], {
    stdio: ["ignore", "pipe", "ignore"],
    env,
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const line = await new Promise<string>((resolve) => {
    createInterface(child.stdout).once("line", resolve);
    ended.then(() => resolve("nothing"));
  });
  const url = /listening on (http:\S+)/.exec(line)?.[1];
  if (!url) throw new Error(`the emulator said: ${line}`);
  return {
    url,
    async stop() {
      child.kill();
      await ended;
    },
  };
}
