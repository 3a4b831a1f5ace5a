/** API keys in browsers, where everybody who opens the page can take them. */
import { API, type Core, perform } from "./call.js";
import { ConfigurationError } from "./errors.js";

/** Asks once whose key it is. ConfigurationError for one with admin rights. */
export function check(core: Core): Promise<void> {
  core.checked ??= perform(
    { ...core, settings: { ...core.settings, apiKey: null } }, // its headers have the key
    { method: "GET", path: API + "/whoami", repeatable: true },
    {},
    (who) => who?.role == "admin" || who?.operator,
  ).then(
    (admin) => {
      if (!admin) return;
      throw new ConfigurationError(
        "This API key has admin rights, and everybody who opens this page can take it. Call a route of your own backend, which has the key; or use a key made for this page, with the least rights (role member, a limit, an end). dangerouslyAllowAdminKeyInBrowser: true allows it all the same.",
      );
    },
    (why) => {
      core.checked = undefined;
      throw why;
    },
  );
  return core.checked;
}
