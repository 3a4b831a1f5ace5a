/** What a credential looks like, and how fields that hold one are called. Examples of both: contract/vectors/secrets.json. */

const PRIVATE_KEY = "[A-Z ]*PRIVATE KEY(?: BLOCK)?-----";
const LINE_END = "(?:[ \\t\\r\\n]|\\\\+[nr])+";

const FORMS = [
  "ais_[A-Za-z0-9_-]{16,}",
  "whsec_[A-Za-z0-9+/]{16,}={0,2}",
  "(?:c?sk|pplx|nvapi|xai|glpat)-[A-Za-z0-9_-]{16,}",
  "(?:gsk|hf|r8|fw|gh[oprsu])_[A-Za-z0-9]{16,}",
  "github_pat_[A-Za-z0-9_]{16,}",
  "xox[abeprs]-[A-Za-z0-9-]{16,}",
  "AIza[A-Za-z0-9_-]{30,}",
  "AQ\\.[A-Za-z0-9_-]{30,}",
  "A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])",
  "eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]*",
  "(?<=[Bb][Ee][Aa][Rr][Ee][Rr] )(?=[A-Za-z._~+/-]*[0-9])[A-Za-z0-9._~+/-]{16,}={0,2}",
  // With all that is in it; of one that is cut off its first line, and the long ones behind it.
  `-----BEGIN ${PRIVATE_KEY}(?:[^"]*?-----END ${PRIVATE_KEY}` +
    `|(?:[A-Za-z0-9+/=]{16,})?(?:${LINE_END}[A-Za-z0-9+/=]{16,})*)`,
];

/**
 * As a regular expression. No letter or digit stands before one, but those of an escape in JSON. Behind what one
 * begins with stand 16 characters at least, 30 behind `AIza` and `AQ.`, 10 in each part of a JWT.
 */
export const FORM = `(?:(?<![A-Za-z0-9])|(?<=\\\\[bfnrt])|(?<=\\\\u[0-9A-Fa-f]{4}))(?:${FORMS.join("|")})`;

const NAMED =
  /^(?:(?:[^]*_)?(?:cookies?|bearer|id_token)|[^]*(?:api_?key|access_?key(?:_?id)?|private_?key|secret|secret_?key|password|passwd|credentials?|authorization|(?:access|auth|bearer|client|refresh|security|session)_?token))$/i;

/** Whether a field of this name holds a credential, in whatever spelling. */
export const namesCredential = (name: string): boolean =>
  NAMED.test(name.replace(/(?<=[a-z0-9])(?=[A-Z])|-/g, "_"));
