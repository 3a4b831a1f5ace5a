// A chat in React: what was said, an answer that is being written, Stop, and another try after an error.
import { StrictMode, type SubmitEvent, useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import { useChat } from "@aistrale/sdk/react";

function Chat() {
  const { messages, append, reload, stop, status, isBusy, error } = useChat({ api: "/api/chat" });
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    end.current?.scrollIntoView({ block: "end" }); // what is being written is in sight
  }, [messages, status]);

  function send(event: SubmitEvent) {
    event.preventDefault();
    if (!text.trim() || isBusy) return;
    setText("");
    input.current?.focus();
    void append(text.trim());
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
      {status === "stopped" && (
        <p className="note">
          Stopped: this is not all. <button onClick={() => void reload()}>Answer again</button>
        </p>
      )}
      {error && (
        <p role="alert" className="note">
          The answer could not be given. <button onClick={() => void reload()}>Try again</button>
        </p>
      )}
      <form onSubmit={send}>
        <input
          ref={input}
          value={text}
          onChange={(event) => setText(event.target.value)}
          aria-label="Message"
          placeholder="Ask something"
          maxLength={4000}
          autoFocus
        />
        <button disabled={isBusy || !text.trim()}>Send</button>
        <button type="button" disabled={!isBusy} onClick={stop}>
          Stop
        </button>
      </form>
      <div ref={end} />
    </main>
  );
}

createRoot(document.querySelector("#root")!).render(
  <StrictMode>
    <Chat />
  </StrictMode>,
);
