import * as crypto from "node:crypto";
import { promisify } from "node:util";
import { formatPasswordHash, type PasswordHash } from "../contract/password-hash.ts";

type Parameters = Pick<PasswordHash, "memoryKiB" | "passes" | "parallelism">;

/** OWASP's first choice for Argon2id: 19 MiB, two passes, one lane. */
const PARAMETERS: Parameters = { memoryKiB: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const TAG_BYTES = 32;

/** Hashes a password with a new salt, in the PHC string format. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomText(SALT_BYTES);
  const tag = await derive(password, { ...PARAMETERS, salt }, TAG_BYTES);
  return formatPasswordHash({ ...PARAMETERS, salt, tag: unpadded(tag) });
}

/** True for the password of the hash. Takes the time of its parameters, whatever the password. */
export async function verifyPassword(password: string, hash: PasswordHash): Promise<boolean> {
  const tag = Buffer.from(hash.tag, "base64");
  return crypto.timingSafeEqual(await derive(password, hash, tag.length), tag);
}

/** A hash of no password, with these parameters: verifying it takes as long as any other. */
export function decoyHash({ memoryKiB, passes, parallelism }: Parameters = PARAMETERS): PasswordHash {
  return { memoryKiB, passes, parallelism, salt: randomText(SALT_BYTES), tag: randomText(TAG_BYTES) };
}

async function derive(
  password: string,
  { memoryKiB, passes, parallelism, salt }: Parameters & Pick<PasswordHash, "salt">,
  tagLength: number,
): Promise<Buffer> {
  return promisify(crypto.argon2)("argon2id", {
    // The same text typed on another keyboard may be composed of other code points.
    message: password.normalize("NFKC"),
    nonce: Buffer.from(salt, "base64"),
    parallelism,
    tagLength,
    memory: memoryKiB,
    passes,
  });
}

function randomText(bytes: number): string {
  return unpadded(crypto.randomBytes(bytes));
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
