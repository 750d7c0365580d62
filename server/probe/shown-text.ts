/** What a stranger wrote, fit for one line of a log or a page: no control characters, at most `max` characters. */
export function oneLine(text: string, max = 200): string {
  // C0, C1 and the marks that turn the direction of writing.
  const clean = text
    .slice(0, max * 2)
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g, " ")
    .trim();
  return clean.length > max ? `${clean.slice(0, max - 1)}…` : clean;
}

/** A read text in which a secret must not be: a server may echo what it was sent. */
export function withoutSecret(text: string, secret: string | null): string {
  return secret === null ? text : text.replaceAll(secret, "[redacted]");
}
