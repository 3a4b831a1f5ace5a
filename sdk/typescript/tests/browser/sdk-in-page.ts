/** The package, as a page has it that may use any key: else each client would first ask whose key it is. */
import { Aistrale as Any, type ClientOptions } from "../../lib/index.js";

export * from "../../lib/index.js";
export class Aistrale extends Any {
  constructor(options: ClientOptions) {
    super({ ...options, dangerouslyAllowAdminKeyInBrowser: true });
  }
}
