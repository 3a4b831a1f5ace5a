/** What fields that hold a credential are called; contract/vectors/secrets.json has examples. */

const NAMED =
  /^(?:(?:[^]*_)?(?:cookies?|bearer|id_token)|[^]*(?:api_?key|access_?key(?:_?id)?|private_?key|secret|secret_?key|password|passwd|credentials?|authorization|(?:access|auth|bearer|client|refresh|security|session)_?token))$/i;

/** Whether a field of this name holds a credential, in whatever spelling. */
export const namesCredential = (name: string): boolean =>
  NAMED.test(name.replace(/(?<=[a-z0-9])(?=[A-Z])|-/g, "_"));
