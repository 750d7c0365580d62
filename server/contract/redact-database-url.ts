import { REDACTED, redactQuery } from "./redact-query.ts";

/** The URL of a database without its password. */
export function redactDatabaseUrl(url: string): string {
  return redactQuery(url.replace(/^([a-z]+:\/\/[^/?#:@]*):[^/?#]*@/, `$1:${REDACTED}@`));
}
