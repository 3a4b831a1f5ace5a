/** A page that gives the package its browser's own `fetch`, as many do. */
import { Aistrale } from "@aistrale/sdk";
import { useRun } from "@aistrale/sdk/react";
import { useEffect } from "react";
import { createRoot } from "react-dom/client";

const page: any = globalThis;
page.ask = (apiUrl: string) =>
  new Aistrale({ apiUrl, fetch: window.fetch, maxRetries: 0 }).run("Hello").then(String, (why) => `${why.name}: ${why.message}`);

function Page() {
  const { data, error, run } = useRun({ api: "/api/run", fetch: window.fetch });
  useEffect(() => void run("Hello"), []);
  return <p>{error ? `${error}` : (data?.text ?? "")}</p>;
}
page.show = () => createRoot(document.getElementById("root")!).render(<Page />);
