/** Names of headers and query parameters whose values are treated as secrets. */
export const SECRET_NAME = /auth|cookie|token|secret|passw|key|credential|session|signature|^(sig|pwd|pass)$/i;

/** Replaces a secret. */
export const REDACTED = "<redacted>";

const QUERY_PARAMETER = /([?&;])([^=&;]*)=([^&;]*)/g;

/** A path with its secret query values replaced by `<redacted>`. */
export function redactQuery(path: string): string {
  return path.replace(QUERY_PARAMETER, (whole, start: string, name: string) =>
    SECRET_NAME.test(decoded(name)) ? `${start}${name}=${REDACTED}` : whole,
  );
}

/** The secret query values of a path, decoded; empty ones are none. */
export function secretQueryValues(path: string): string[] {
  const values = [...path.matchAll(QUERY_PARAMETER)].flatMap(([, , name = "", value = ""]) =>
    SECRET_NAME.test(decoded(name)) ? [decoded(value)] : [],
  );
  return values.filter((value) => value !== "");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
