/** API keys in browsers, where everybody who opens the page can take them. */
import { API, type Core, perform } from "./call.js";
import { ConfigurationError } from "./errors.js";

/** Of each client, by its headers: that the API key may be there was found out, or is being. */
const found = new WeakMap<Core["headers"], Promise<void>>();

/** Asks once whose key it is. ConfigurationError for one with admin rights. */
export function check(core: Core): Promise<void> {
  const known = found.get(core.headers);
  if (known) return known;
  const checked = perform(
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
      found.delete(core.headers);
      throw why;
    },
  );
  found.set(core.headers, checked);
  return checked;
}
