// Asks the service, and calls onText with each piece of the answer as it comes.
// Returns {id, whole} of the answer; throws with words for the user. `signal` stops it.
export async function ask(text, onText, signal, url = "/ask") {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text }),
    signal,
  });
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Error(problem.error ?? `The service answered ${response.status}.`);
  }
  let rest = "";
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error("The connection was lost before the answer's end.");
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const name = event.match(/^event: (.*)$/m)?.[1];
      const data = JSON.parse(event.match(/^data: (.*)$/m)?.[1] ?? "null");
      if (name === "text") onText(data.text);
      if (name === "error") throw new Error(data.error);
      if (name === "done") return data;
    }
  }
}
