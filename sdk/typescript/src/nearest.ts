/** The nearest right word for a wrong one. */

/** Gives "; did you mean …?", or the known words when none is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const ranked = known
    .map((each) => [distance(word, each) / Math.max(word.length, each.length), each] as const)
    .sort((a, b) => a[0] - b[0]);
  const best = ranked[0];
  if (best && best[0] <= 0.4) return `; did you mean ${best[1]}?`;
  return `; known are ${known.join(", ")}`;
}

/** How many letters are to be put in, taken out or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] == b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
