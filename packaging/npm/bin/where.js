"use strict";
const path = require("node:path");

/** The path of the command in the platform's package; throws what to do where there is none. */
exports.command = function command() {
  const name = `@aistrale/cli-${process.platform === "darwin" ? "macos" : process.platform}-${process.arch}`;
  try {
    return path.join(path.dirname(require.resolve(`${name}/package.json`)), "bin", "aistrale");
  } catch {
    throw new Error(
      `the package ${name} is not installed. Where there is one for this machine, an install without optional packages left it out: ` +
        "npm install --include=optional aistrale-cli",
    );
  }
};
