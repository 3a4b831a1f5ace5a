// Puts a shell script in the place of the command in JavaScript: one program less to start. What goes wrong here harms nothing. (Yarn runs
// commands by node, whatever they are.)
"use strict";
const fs = require("node:fs");
const path = require("node:path");

if (process.platform !== "win32" && !/^yarn\//.test(process.env.npm_config_user_agent ?? "")) {
  try {
    const command = require("./where.js").command();
    const script = path.join(__dirname, "aistrale");
    const quoted = command.replaceAll("'", `'\\''`);
    fs.writeFileSync(`${script}.new`, `#!/bin/sh\nexec '${quoted}' "$@"\n`, { mode: 0o755 });
    fs.renameSync(`${script}.new`, script);
  } catch (error) {
    console.warn(`aistrale-cli: ${error.message}`);
  }
}
