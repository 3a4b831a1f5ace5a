/** Keys by which the server knows a call again, where one call is several inferences. */

/**
 * Gives the key of a further inference of a call: what is asked in it came of tools too, which may give something else
 * another time. `round` is from 2. A key has 255 characters at most.
 */
export function furtherKey(key: string, round: number, asked: string): string {
  const behind = `-${round}-${hash(asked)}`;
  return (key.length + behind.length > 255 ? `${key.slice(0, 230)}-${hash(key)}` : key) + behind;
}

/** Eight digits that tell texts apart (FNV-1a): the server looks at the whole of two that have the same. */
function hash(text: string): string {
  let found = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) found = Math.imul(found ^ text.charCodeAt(at), 0x01000193);
  return (found >>> 0).toString(16).padStart(8, "0");
}
