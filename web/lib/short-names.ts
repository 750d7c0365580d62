/** Names up to this length need no shortening. */
const SHORT_CHARACTERS = 12;
const WORD_END = /[-._]/;
const LETTER = /[a-z]/i;

/** Each name without the words that all of them begin or end with; short and single names stay whole, and a number keeps the word before it. */
export function shortenNames(names: readonly string[]): ReadonlyMap<string, string> {
  const isLong = names.length > 1 && names.some((name) => name.length > SHORT_CHARACTERS);
  const to = isLong ? sharedStart(names.map(reverse), 0) : 0;
  const from = isLong ? sharedStart(names, to) : 0;
  return new Map(names.map((name) => [name, name.slice(from, name.length - to) || name]));
}

/** Length of what all names begin with, up to and including a separator of words; each keeps a letter before the last `kept` characters. */
function sharedStart(names: readonly string[], kept: number): number {
  const [first = "", ...others] = names;
  let end = 0;
  for (let i = 0; i < first.length && others.every((name) => name[i] === first[i]); i += 1) {
    const isWordEnd = WORD_END.test(first[i] ?? "");
    if (isWordEnd && names.every((name) => LETTER.test(name.slice(i + 1, name.length - kept)))) end = i + 1;
  }
  return end;
}

/** Names of instances are ASCII. */
function reverse(text: string): string {
  return Array.from(text).toReversed().join("");
}
