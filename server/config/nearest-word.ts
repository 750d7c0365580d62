import { distance } from "fastest-levenshtein";

// A longer word is no misspelt key, and the cost grows with the product of both lengths.
const LONGEST_WORD = 64;

/** The known word that was probably meant: the same but for case and punctuation, or few edits away; null if none is near. */
export function nearestWord(word: string, known: readonly string[]): string | null {
  const plain = simplify(word);
  let best: { word: string; edits: number } | null = null;
  for (const candidate of known) {
    const edits = countEdits(plain, simplify(candidate));
    if (best === null || edits < best.edits) best = { word: candidate, edits };
  }
  const allowed = Math.min(3, Math.floor((plain.length + 1) / 3));
  return best !== null && best.edits <= allowed ? best.word : null;
}

/** A prefix (`warning` for `warn`) and swapped letters (`prot` for `port`) count as one edit. */
function countEdits(a: string, b: string): number {
  const isPrefix = Math.min(a.length, b.length) >= 3 && (a.startsWith(b) || b.startsWith(a));
  const isNear = isPrefix || sortLetters(a) === sortLetters(b);
  return isNear ? Math.min(1, distance(a, b)) : distance(a, b);
}

function sortLetters(word: string): string {
  return word.split("").sort().join("");
}

function simplify(word: string): string {
  return word
    .slice(0, LONGEST_WORD)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "");
}
