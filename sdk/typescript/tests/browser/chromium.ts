/** Pages in Debian's Chromium, and what they are made of. */
import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { build, type BuildOptions } from "esbuild";
import { type Browser, chromium } from "playwright-core";
import { PACKAGE, ROOT } from "../support.js";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Starts it. `--no-sandbox`: tests may run as root. */
export async function browser(...args: string[]): Promise<Browser> {
  const executablePath = process.env.AISTRALE_CHROMIUM ?? PLACES.find((each) => existsSync(each));
  if (!executablePath) throw new Error("there is no chromium: run tools/setup, or name one in AISTRALE_CHROMIUM");
  return chromium.launch({ executablePath, args: ["--no-sandbox", ...args] });
}

/** Where a React of this major version lies. */
const reactOf = (major: number) => join(ROOT, major == 18 ? "sdk/typescript-react18" : "sdk/typescript");

/** Gives a bundle of a file in this folder, by the names of its files. */
export async function bundled(name: string, options: BuildOptions = {}, react = 19): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    entryPoints: [join(PACKAGE, "tests/browser", name)],
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    outdir: "/",
    write: false,
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"development"' },
    ...options,
    plugins: [
      {
        name: "react",
        setup(build) {
          build.onResolve({ filter: /^react(-dom)?($|\/)/ }, ({ path, pluginData, kind }) =>
            pluginData ? undefined : build.resolve(path, { resolveDir: reactOf(react), kind, pluginData: true }));
        },
      },
      ...(options.plugins ?? []),
    ],
  });
  return new Map(outputFiles!.map((file) => [file.path, file.text]));
}

export type Route = (request: IncomingMessage, response: ServerResponse, body: any) => unknown;

/** Serves files and routes at a free port. */
export async function serving(files: Map<string, string>, routes: Record<string, Route> = {}) {
  const server = createServer(async (request, response) => {
    const path = request.url!.split("?")[0]!;
    const file = files.get(path);
    if (file != null) {
      const type = path.endsWith(".js") ? "text/javascript" : "text/html";
      return response.writeHead(200, { "content-type": type + "; charset=utf-8" }).end(file);
    }
    let text = "";
    for await (const chunk of request) text += chunk;
    const route = routes[path];
    if (!route) return response.writeHead(path == "/favicon.ico" ? 204 : 404).end();
    await route(request, response, text ? JSON.parse(text) : null);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as any).port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Answers with a `Response`, and tells it when the page goes away: what a framework does. */
export async function answer(response: ServerResponse, { status, headers, body }: Response): Promise<void> {
  response.writeHead(status, Object.fromEntries(headers));
  const reader = body!.getReader();
  response.on("close", () => void reader.cancel());
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    response.write(value);
  }
  response.end();
}
