/** The known word that was probably meant: the same but for case, `_` and `-`, or few edits away; null if none is near. */
export function nearestWord(word: string, known: readonly string[]): string | null {
  const plain = simplify(word);
  let best: { word: string; edits: number } | null = null;
  for (const candidate of known) {
    const other = simplify(candidate);
    // `warning` for `warn`: a beginning is nearer than the count of letters says.
    const begins = Math.min(plain.length, other.length) >= 3 && (plain.startsWith(other) || other.startsWith(plain));
    const edits = begins ? Math.min(1, editDistance(plain, other)) : editDistance(plain, other);
    if (best === null || edits < best.edits) best = { word: candidate, edits };
  }
  const allowed = Math.min(3, Math.floor((plain.length + 1) / 3));
  return best !== null && best.edits <= allowed ? best.word : null;
}

// Longer words are no misspelt keys, and the table below grows with the square of the length.
const LONGEST_WORD = 64;

function simplify(word: string): string {
  return word
    .slice(0, LONGEST_WORD)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "");
}

/** Insertions, deletions, replacements and swaps of neighbours between two words. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let edits = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(edits);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
