"use strict";
const path = require("node:path");
const { optionalDependencies } = require("../package.json");

/** The path of the command in the platform's package; throws what to do where there is none. */
exports.command = function command() {
  const platform = `${process.platform === "darwin" ? "macos" : process.platform}-${process.arch}`;
  const name = `@aistrale/cli-${platform}`;
  const there = Object.keys(optionalDependencies).map((each) => each.replace("@aistrale/cli-", ""));
  if (!there.includes(platform)) {
    const elsewhere = process.platform === "win32" ? " Use it in WSL, or a server elsewhere by its SDKs." : " Use a server elsewhere by its SDKs.";
    throw new Error(`there is no build of it for ${platform}; there are ${there.join(", ")}.${elsewhere}`);
  }
  if (process.platform === "linux" && !process.report.getReport().header.glibcVersionRuntime) {
    throw new Error("it needs the C library glibc, and this system has another one (as Alpine Linux has): take a system like Debian, Fedora or Ubuntu.");
  }
  try {
    return path.join(path.dirname(require.resolve(`${name}/package.json`)), "bin", "aistrale");
  } catch {
    throw new Error(`the package ${name} is not installed: an install without optional packages left it out. npm install --include=optional aistrale-cli`);
  }
};
