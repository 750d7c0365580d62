/** A password as it is kept: Argon2id with its parameters. `salt` and `tag` are in base64 without padding. */
export interface PasswordHash {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: string;
  readonly tag: string;
}

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/;

/** Reads `$argon2id$v=19$m=…,t=…,p=…$salt$tag`, the PHC string format; null for anything else. */
export function parsePasswordHash(text: string): PasswordHash | null {
  const [, memory, passes, parallelism, salt, tag] = PHC.exec(text) ?? [];
  if (salt === undefined || tag === undefined) return null;
  return { memoryKiB: Number(memory), passes: Number(passes), parallelism: Number(parallelism), salt, tag };
}

/** Writes the PHC string format. */
export function formatPasswordHash({ memoryKiB, passes, parallelism, salt, tag }: PasswordHash): string {
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${parallelism}$${salt}$${tag}`;
}
