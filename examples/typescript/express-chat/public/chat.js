// Says something to the server, and gives the answer piece by piece. Throws with words for the user.
export async function* say(text, signal) {
  const response = await fetch("/chat", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text }),
    signal,
  });
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Error(problem.error ?? `The server answered ${response.status}.`);
  }
  let rest = "";
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error("The connection was lost: the answer is not whole.");
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const event of lines.map((line) => JSON.parse(line))) {
      if (event.error) throw new Error(event.error);
      if (event.text) yield event.text;
      if (event.done && !event.whole) throw new Error("The answer is longer than this.");
      if (event.done) return;
    }
  }
}

const form = document.querySelector("form");
const log = document.querySelector("#log");
const problem = document.querySelector("#problem");
const [send, stop] = form.querySelectorAll("button");

function line(who, text) {
  const paragraph = document.createElement("p");
  paragraph.className = who;
  paragraph.textContent = text;
  log.append(paragraph);
  return paragraph;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = form.elements.text.value.trim();
  if (!text || send.disabled) return;
  form.reset();
  problem.textContent = "";
  line("user", text);
  const answer = line("assistant", "");
  const leave = new AbortController();
  stop.onclick = () => leave.abort();
  [send.disabled, stop.disabled] = [true, false];
  try {
    for await (const piece of say(text, leave.signal)) {
      answer.textContent += piece; // text, never HTML: a model's answer may have tags in it
      answer.scrollIntoView({ block: "end" });
    }
  } catch (error) {
    if (!leave.signal.aborted) problem.textContent = error.message;
  }
  [send.disabled, stop.disabled] = [false, true];
  form.elements.text.focus();
});
