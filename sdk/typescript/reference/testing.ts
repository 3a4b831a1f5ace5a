/**
 * For tests of programs that use this package, in Node, with whatever runs them: cassettes, and a real server with
 * emulated providers.
 *
 * @module testing
 */
export * from "../src/testing.js";
