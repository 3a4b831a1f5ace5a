/** The runner of the scenarios, in a page: all it needs of Node is left away, and no scenario that needs it is played. */
import { mismatches } from "../conformance/runner.js";

(globalThis as any).play = (emulator: string, scenario: any) => mismatches(emulator, scenario).catch((why) => [`${why?.stack ?? why}`]);
