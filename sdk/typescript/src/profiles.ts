/** The config file: a strict subset of TOML, read line by line, so that a mistake has its place. */
import { ConfigurationError } from "./errors.js";
import { didYouMean } from "./nearest.js";

const KEYS = ["api_url", "api_key", "model", "provider"];
const TOP = ["default_profile"];

const NAME = /^[A-Za-z0-9_-]+$/;
const TABLE = /^\[[ \t]*profiles[ \t]*\.[ \t]*([A-Za-z0-9_-]+)[ \t]*\]([^]*)$/;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;
const ESCAPES: Record<string, string> = { '"': '"', "\\": "\\", n: "\n", t: "\t", r: "\r" };

/** A config file's content. `defaultProfile` is null when the file names none. */
export interface ConfigFile {
  path: string;
  defaultProfile: string | null;
  profiles: Map<string, Map<string, string>>;
}

/** Gives what the file says. The ConfigurationError names file and line of the first mistake. */
export function read(text: string, path: string): ConfigFile {
  const file: ConfigFile = { path, defaultProfile: null, profiles: new Map() };
  let defaultLine = 0;
  let table: Map<string, string> | undefined;
  text
    .replace(/^\ufeff/, "")
    .split("\n")
    .forEach((raw, index) => {
      const line = new Line(index + 1, path);
      const content = trim(raw.replace(/\r$/, ""));
      if (!content || content[0] == "#") {
        line.checkControls(content);
      } else if (content[0] == "[") {
        table = tableOf(line, content, file);
      } else {
        const [key, value] = assignment(line, content, !!table);
        if (table ? table.has(key) : file.defaultProfile != null) {
          throw line.error(`${key} is set twice`);
        }
        if (table) table.set(key, value);
        else [file.defaultProfile, defaultLine] = [value, index + 1];
      }
    });
  checkDefault(file, defaultLine);
  return file;
}

/** Gives the names of the profiles that are there, for a message. */
export function listed(file: ConfigFile): string {
  return [...file.profiles.keys()].map((name) => `[profiles.${name}]`).join(", ") || "no profiles";
}

const trim = (text: string) => text.replace(/^[ \t]+|[ \t]+$/g, "");

function checkDefault(file: ConfigFile, number: number): void {
  const name = file.defaultProfile;
  if (!name) {
    file.defaultProfile = null;
    return;
  }
  const line = new Line(number, file.path);
  if (!NAME.test(name)) {
    throw line.error(`"${name}" is no profile name: it is made of A-Z a-z 0-9 _ -`);
  }
  if (name != "default" && !file.profiles.has(name)) {
    throw line.error(`default_profile is "${name}", and the file has ${listed(file)}`);
  }
}

function tableOf(line: Line, content: string, file: ConfigFile): Map<string, string> {
  const found = TABLE.exec(content);
  if (!found) throw line.error("expected [profiles.NAME], NAME made of A-Z a-z 0-9 _ -");
  const [, name, rest] = found as unknown as [string, string, string];
  line.checkEnd(rest, "the table");
  if (file.profiles.has(name)) throw line.error(`[profiles.${name}] stands here twice`);
  const table = new Map<string, string>();
  file.profiles.set(name, table);
  return table;
}

function assignment(line: Line, content: string, inTable: boolean): [string, string] {
  const found = /^[^="'#]*/.exec(content)![0];
  const key = trim(found);
  const rest = content.slice(found.length);
  const known = inTable ? KEYS : TOP;
  line.checkControls(key);
  if (!key || (rest[0] == "=" && !NAME.test(key))) {
    throw line.error("expected a bare key: " + known.join(", "));
  }
  if (rest[0] != "=") throw line.error(`expected KEY = "value", found no = after "${key}"`);
  if (!known.includes(key)) {
    if (KEYS.includes(key)) {
      throw line.error(`${key} belongs into a table: write [profiles.default] above it`);
    }
    if (TOP.includes(key)) throw line.error(`${key} belongs before the first table`);
    throw line.error(`unknown key ${key}${didYouMean(key, known)}`);
  }
  return [key, line.value(trim(rest.slice(1)))];
}

/** One line's place. */
class Line {
  constructor(
    readonly number: number,
    readonly path: string,
  ) {}

  error(what: string): ConfigurationError {
    const place = `${this.path}, line ${this.number}`;
    return new ConfigurationError(`${place}: ${what}`, this.path, this.number);
  }

  checkControls(text: string): void {
    if (CONTROL.test(text)) {
      throw this.error("a control character stands here; use an escape such as \\n or \\r");
    }
  }

  checkEnd(rest: string, what: string): void {
    this.checkControls(rest);
    if (!/^[ \t]*(#|$)/.test(rest)) throw this.error(`only a comment may come after ${what}`);
  }

  /** Gives the string that the text begins with; nothing but a comment may follow. */
  value(text: string): string {
    const quote = text[0];
    if (quote != '"' && quote != "'") throw this.error("expected a value in quotes");
    let at = 1;
    while (at < text.length && text[at] != quote) at += quote == '"' && text[at] == "\\" ? 2 : 1;
    if (at >= text.length) throw this.error(`expected a closing ${quote} on the same line`);
    const inner = text.slice(1, at);
    this.checkControls(inner);
    this.checkEnd(text.slice(at + 1), "the value");
    if (quote == "'") return inner;
    return inner.replace(/\\(u[0-9A-Fa-f]{4}|[^])/g, (_, code: string) => this.#escaped(code));
  }

  #escaped(code: string): string {
    if (code in ESCAPES) return ESCAPES[code]!;
    if (code[0] != "u") {
      throw this.error(`unknown escape \\${code}: there are \\" \\\\ \\n \\t \\r \\uXXXX`);
    }
    const point = parseInt(code.slice(1), 16);
    if (code.length != 5 || (point >= 0xd800 && point < 0xe000)) {
      throw this.error("expected \\u and the four hex digits of one character");
    }
    return String.fromCharCode(point);
  }
}
