/** Names up to this length need no shortening. */
const SHORT_CHARACTERS = 12;
const WORD_END = /[-._]/;

/** Each name without the words that all of them begin or end with; short and single names stay whole. */
export function shortenNames(names: readonly string[]): ReadonlyMap<string, string> {
  const isLong = names.length > 1 && names.some((name) => name.length > SHORT_CHARACTERS);
  const from = isLong ? sharedStart(names) : 0;
  const to = isLong ? sharedStart(names.map((name) => reverse(name.slice(from)))) : 0;
  return new Map(names.map((name) => [name, name.slice(from, name.length - to) || name]));
}

/** Length of what all names begin with, up to and including a separator of words. */
function sharedStart(names: readonly string[]): number {
  const [first = "", ...others] = names;
  let end = 0;
  for (let i = 0; i < first.length && others.every((name) => name[i] === first[i]); i += 1) {
    if (WORD_END.test(first[i] ?? "")) end = i + 1;
  }
  return end;
}

/** Names of instances are ASCII. */
function reverse(text: string): string {
  return Array.from(text).toReversed().join("");
}
