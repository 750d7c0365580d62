import { createHash } from "node:crypto";

/** The UUIDv5 (RFC 9562) of a name: the same name gives the same id in every process. */
export function uuidV5(name: string): string {
  const bytes = createHash("sha1").update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Chosen at random, for ids of notifications. */
const NAMESPACE = Buffer.from("5f0c7d0a4a0b4c8e9d1f6a2b3c4d5e6f", "hex");
