// Names that were meant, for messages.

/** Of `known` the one that `given` begins, is the beginning of, or differs from by two letters; undefined for none. */
export function nearest(given: string, known: readonly string[]): string | undefined {
  const text = given.toLowerCase();
  const isBeginning = (name: string) => name.startsWith(text) || text.startsWith(name);
  const begun = given.length < 3 ? undefined : known.find((name) => isBeginning(name.toLowerCase()));
  if (begun !== undefined) return begun;
  const near = known.map((name) => ({ name, edits: edits(text, name.toLowerCase()) }));
  const [best] = near.toSorted((a, b) => a.edits - b.edits);
  return best !== undefined && best.edits <= Math.min(2, given.length / 2) ? best.name : undefined;
}

/** Levenshtein's distance. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
