/**
 * For tests of programs that use this package, with whatever runs them: cassettes, and a real server with emulated
 * providers. For Node.
 */
export { Cassette, cassette } from "./cassette.js";
export {
  CassetteError,
  CassetteMissError,
  type CassetteOptions,
  type RecordedRequest,
  type RecordMode,
} from "./cassette-types.js";
export { type Behaviour, Emulator, emulator, EmulatorError, type ProviderRequest } from "./emulator.js";
