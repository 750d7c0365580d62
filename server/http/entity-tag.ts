import type { StreamPosition } from "../contract/status.ts";
import type { Encoding } from "./compression.ts";

/** `"epoch-seq"`, with the encoding behind it, since a strong tag names one sequence of bytes. */
export function entityTag({ epoch, seq }: StreamPosition, encoding: Encoding): string {
  return encoding === "identity" ? `"${epoch}-${seq}"` : `"${epoch}-${seq}-${encoding}"`;
}

/** For an answer that is made anew each time: it says the same as any other of this position, if not in the same bytes. */
export function weakEntityTag(position: StreamPosition): string {
  return `W/${entityTag(position, "identity")}`;
}

/** True if `If-None-Match` names this position in any encoding: then the client has it already. */
export function isNotModified(ifNoneMatch: string | undefined, position: StreamPosition): boolean {
  if (ifNoneMatch === undefined) return false;
  const ours = (["identity", "br", "gzip"] as const).map((encoding) => entityTag(position, encoding));
  return ifNoneMatch.split(",").some((tag) => {
    const bare = tag.trim().replace(/^W\//, "");
    return bare === "*" || ours.includes(bare);
  });
}
