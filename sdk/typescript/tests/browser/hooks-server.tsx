/** The page rendered on a server. */
import { renderToString } from "react-dom/server";
import { version } from "react";
import { ChatPage } from "./chat-page.js";

export const rendered = () => renderToString(<ChatPage />);
export { version };
