/** A conversation as a page shows it. */
import { useChat } from "@aistrale/sdk/react";
import { useState } from "react";

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; color: #1c2430; background: #f5f6f8 }
  .message { padding: .6rem .9rem; margin: .6rem 0; border-radius: .6rem; background: #fff; white-space: pre-wrap }
  .user { background: #dce9ff; margin-left: 5rem }
  .thinking { color: #67707d; font-size: .85em }
  .error { background: #ffe1de; padding: .6rem .9rem; border-radius: .6rem }
  form { display: flex; gap: .5rem; margin-top: 1rem } input { flex: 1; font: inherit; padding: .5rem } button { font: inherit; padding: .5rem 1rem }
  .status { color: #67707d; font-size: .85em }`;

export function ChatPage() {
  const [said, setSaid] = useState("");
  const { messages, append, reload, stop, status, isBusy, error } = useChat({
    api: "/api/chat",
    initialMessages: [{ role: "assistant", content: "Hello! What would you like to know?" }],
  });
  return (
    <main>
      <style>{STYLE}</style>
      <h1>Ask</h1>
      {messages.map((each) => (
        <div key={each.id} id={each.id} className={`message ${each.role}`}>
          {each.thinking && <div className="thinking">{each.thinking}</div>}
          {String(each.content)}
        </div>
      ))}
      {error && <div className="error" role="alert">{error.message} <button onClick={() => reload()}>Try again</button></div>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void append(said);
          setSaid("");
        }}
      >
        <input value={said} onChange={(event) => setSaid(event.target.value)} aria-label="What to ask" />
        {/* Keys: else one button would turn into the other while it is clicked. */}
        {isBusy ? <button key="stop" type="button" onClick={stop}>Stop</button> : <button key="send">Send</button>}
      </form>
      <p className="status">{status}</p>
    </main>
  );
}
