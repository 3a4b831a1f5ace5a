/** A page of the hooks, for tests: `mount` puts a component there, `hook` is what it has now. */
import { Aistrale, tool } from "@aistrale/sdk";
import { AistraleProvider, useChat, useRun, useStream } from "@aistrale/sdk/react";
import { StrictMode, useEffect, version } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { z } from "zod";
import { ChatPage } from "./chat-page.js";

const City = z.object({ name: z.string(), people: z.int() });
const page: any = globalThis;
page.version = version;
page.seen = [];
page.finished = [];

const HOOKS: Record<string, (props: any) => any> = {
  chat: (props) => useChat(props),
  stream: (props) => useStream(props),
  run: (props) => useRun(props),
  city: (props) => useRun({ ...props, output: City }),
};

function Probe({ kind, begin, ...props }: any) {
  const hook = HOOKS[kind]!(props);
  page.hook = hook;
  page.seen.push({ ...hook });
  // As many do it: asked when the page is shown.
  useEffect(() => {
    if (begin) void hook.start(begin);
  }, []);
  return (
    <>
      <p id="text">{hook.text ?? hook.messages?.map((each: any) => each.content).join("|") ?? ""}</p>
      <button onClick={hook.reload ?? hook.start ?? hook.run}>Ask</button>
    </>
  );
}

let root: any;
page.mount = ({ kind, client, words, heedless, ...props }: any) => {
  page.seen = [];
  page.finished = [];
  const more: any = {
    onFinish: (value: any) => page.finished.push(value),
    onError: (why: any) => page.finished.push(`${why.name}`),
  };
  if (props.broken) {
    for (const name of ["onError", "onEvent", "onFinish"]) more[name] = () => { throw new Error(`my ${name} is broken`); };
  }
  if (client) more.client = new Aistrale({ apiUrl: location.origin + client, apiKey: "ais_page" });
  if (words) more.api = async function* () { yield* words; };
  page.calls = [];
  if (heedless) {
    // It takes no notice of its signal, and is never through.
    more.api = async function ({ prompt }: any) {
      page.calls.push(prompt);
      return (async function* () {
        for (let at = 1; at < 50; at++) {
          yield `${prompt}${at} `;
          await new Promise((go) => setTimeout(go, 60));
          if (prompt == "short" && at == 2) return;
        }
      })();
    };
  }
  if (props.tools) {
    props.tools = [tool({ name: "add", inputSchema: z.object({ a: z.int(), b: z.int() }), run: ({ a, b }) => a + b })];
  }
  root = createRoot(document.getElementById("root")!);
  const source = props.above ? { api: props.above } : {};
  root.render(
    <StrictMode>
      <AistraleProvider {...source}><Probe kind={kind} {...props} {...more} /></AistraleProvider>
    </StrictMode>,
  );
};
page.unmount = () => root.unmount();
page.hydrate = () => hydrateRoot(document.getElementById("root")!, <StrictMode><ChatPage /></StrictMode>);
page.show = () => createRoot(document.getElementById("root")!).render(<StrictMode><ChatPage /></StrictMode>);
