/** True if `text` matches the glob: `*` any characters, `?` one, everything else itself. Linear in pattern × text, no regular expression. */
export function matchesGlob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const c = pattern[p];
    if (c === "*") {
      star = p;
      p += 1;
      resume = t;
    } else if (c !== undefined && (c === "?" || c === text[t])) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      // The last star takes one character more, and the rest of the pattern is tried again.
      p = star + 1;
      resume += 1;
      t = resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p += 1;
  return p === pattern.length;
}

/** A pattern that is written as a regular expression, which none is. */
export const REGULAR_EXPRESSION = /^!?\/.*\/$/;

/** Patterns are alternatives; one that begins with `!` excludes. A list of exclusions alone matches everything else. `matches` compares one pattern without its `!`. */
export function matchesPatterns(patterns: readonly string[], text: string, matches = matchesGlob): boolean {
  let anyWanted = false;
  let wanted = false;
  for (const pattern of patterns) {
    if (pattern.startsWith("!")) {
      if (matches(pattern.slice(1), text)) return false;
    } else {
      anyWanted = true;
      wanted ||= matches(pattern, text);
    }
  }
  return wanted || !anyWanted;
}
