/** Asking a model. */
import { type Core, perform } from "./call.js";
import { asked, type Given, loops } from "./given.js";
import { inferenceRequest } from "./infer.js";
import { inference } from "./json.js";
import { part } from "./part.js";
import type { Source } from "./gathered.js";

/** Asks a model, and gives its whole answer, or the output that was asked for. */
export async function runOn(core: Core, given: Given): Promise<any> {
  const [prompt, options] = asked(given);
  if (!loops(options)) {
    return perform(core, inferenceRequest(core, prompt, options, false), options, inference);
  }
  return (await (await part(import("./loop.js"))).loop(core, prompt, options)).value;
}

/** Asks a model, and gives where its events come from. */
export async function streamOn(core: Core, given: Given): Promise<Source> {
  const [prompt, options] = asked(given);
  if (loops(options)) return (await part(import("./loop.js"))).streamLoop(core, prompt, options);
  const request = inferenceRequest(core, prompt, options, true);
  return (await part(import("./streaming.js"))).inferring(core, request, options);
}
