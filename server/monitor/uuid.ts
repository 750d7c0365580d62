import { createHash } from "node:crypto";

/**
 * A UUID whose order is the order of time (RFC 9562, version 7). What is random elsewhere is a hash of `seed` here, so
 * that the same event gets the same id when it is replayed. `at` is in milliseconds since 1970.
 */
export function uuidV7(at: number, seed: string): string {
  const bytes = Buffer.alloc(16);
  createHash("sha256").update(seed).digest().copy(bytes, 6, 0, 10);
  bytes.writeUIntBE(Math.trunc(at), 0, 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
