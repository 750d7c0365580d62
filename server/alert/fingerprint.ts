import { createHash } from "node:crypto";

/** A short text that is the same in every haprobe for the same parts, so that receivers fold what two of them send. */
export function fingerprintOf(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}
