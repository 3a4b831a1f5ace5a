/** JSON to the last digit: whether it loses something here, and whether two texts say the same. */

/** A number that is none here: beyond 2⁵³, or with more digits than a double has. Equal by its digits. */
export class Digits {
  constructor(readonly value: string) {}
}

/** Gives digits in one form for each value: `-12e-3` for -0.0120; nothing is rounded. */
function canonical(number: string): string {
  const [, sign, whole, rest = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(number)!;
  const digits = (whole! + rest).replace(/^0+/, "");
  const short = digits.replace(/0+$/, "");
  if (!short) return "0";
  return `${sign}${short}e${BigInt(exponent) - BigInt(rest.length) + BigInt(digits.length - short.length)}`;
}

/** What a text says, and whether `JSON.parse` and `JSON.stringify` keep all of it, in every language. */
export interface Exact {
  value: any;
  lossless: boolean;
}

const TOKEN = /[ \t\n\r]*(?:([{}[\],:])|("[^"\\]*(?:\\.[^"\\]*)*")|(-?\d[\d.eE+-]*)|(true|false|null))/y;

/** Reads JSON. Throws SyntaxError for what is none. */
export function readExactly(text: string): Exact {
  JSON.parse(text); // what is beyond this is known to be JSON
  let lossless = true;
  TOKEN.lastIndex = 0;
  const next = () => TOKEN.exec(text)!;
  const number = (token: string): unknown => {
    const value = Number(token);
    if (!isFinite(value) || canonical(token) != canonical(String(value))) {
      lossless = false;
      return new Digits(canonical(token));
    }
    if (Object.is(value, -0) || (Number.isInteger(value) && Math.abs(value) > 2 ** 53)) lossless = false;
    return value;
  };
  const value = ([, mark, string, digits, word]: RegExpExecArray): any => {
    if (string) {
      const read = JSON.parse(string);
      if (/[\ud800-\udfff]/u.test(read)) lossless = false; // half a letter
      return read;
    }
    if (digits) return number(digits);
    if (word) return JSON.parse(word);
    if (mark == "[") {
      const list: unknown[] = [];
      for (let each = next(); each[1] != "]"; each = next()) {
        if (each[1] != ",") list.push(value(each));
      }
      return list;
    }
    const members: [string, unknown][] = [];
    for (let each = next(); each[1] != "}"; each = next()) {
      if (each[1] == ",") continue;
      const name = value(each);
      next(); // the colon
      members.push([name, value(next())]);
    }
    const object = Object.fromEntries(members);
    if (Object.keys(object).length != members.length) lossless = false;
    return object;
  };
  return { value: value(next()), lossless };
}
