// A chat in React: what was said, an answer that is being written, Stop, and another try after an error.
import { StrictMode, type SubmitEvent, useState } from "react";
import { createRoot } from "react-dom/client";
import { useChat } from "@aistrale/sdk/react";

function Chat() {
  const { messages, append, reload, stop, status, isBusy, error } = useChat({ api: "/api/chat" });
  const [text, setText] = useState("");

  function send(event: SubmitEvent) {
    event.preventDefault();
    if (!text.trim() || isBusy) return;
    setText("");
    void append(text);
  }

  return (
    <main>
      <h1>Chat</h1>
      <div id="log" aria-live="polite" data-status={status}>
        {messages.map(({ id, role, content }) => (
          <p key={id} className={role}>
            {typeof content === "string" ? content : ""}
          </p>
        ))}
        {status === "waiting" && <p className="assistant">…</p>}
      </div>
      {error && (
        <p role="alert">
          The answer could not be given. <button onClick={() => void reload()}>Try again</button>
        </p>
      )}
      <form onSubmit={send}>
        <input value={text} onChange={(event) => setText(event.target.value)} aria-label="Message" maxLength={4000} autoFocus />
        <button disabled={isBusy}>Send</button>
        <button type="button" disabled={!isBusy} onClick={stop}>
          Stop
        </button>
      </form>
    </main>
  );
}

createRoot(document.querySelector("#root")!).render(
  <StrictMode>
    <Chat />
  </StrictMode>,
);
