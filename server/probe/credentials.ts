import type { CredentialsPolicy } from "../contract/target.ts";
import type { WatchedFiles } from "./watched-file.ts";

/** Why a probe went out without the credentials of its rule. */
export const WITHHELD_REASONS = ["nobody-may-have-them", "peer-not-verified", "unreadable", "malformed"] as const;
export type WithheldReason = (typeof WITHHELD_REASONS)[number];

/** A secret to send, or why none is sent; both null where the rule has none. */
export interface Bearer {
  readonly token: string | null;
  readonly withheld: WithheldReason | null;
}

export const NO_BEARER: Bearer = { token: null, withheld: null };

/** Longer ones are refused by servers; and what is longer is some other file. */
const TOKEN_MAX_CHARS = 16_384;

/** Reads the rule's token, whose file may have been rotated. A token of other than visible ASCII is never sent. */
export async function readBearer(policy: CredentialsPolicy | null, files: WatchedFiles): Promise<Bearer> {
  if (policy === null || policy.bearerTokenFile === null) return NO_BEARER;
  if (policy.sendTo === "nobody") return { token: null, withheld: "nobody-may-have-them" };
  const file = await files.read(policy.bearerTokenFile);
  if (file.kind === "unreadable") return { token: null, withheld: "unreadable" };
  const token = file.text.trim();
  if (token.length > TOKEN_MAX_CHARS || !/^[!-~]+$/.test(token)) return { token: null, withheld: "malformed" };
  return { token, withheld: null };
}

/** Lets the secret through only to whom the policy names: whoever can write HAProxy's stats must not collect it. */
export function bearerFor(policy: CredentialsPolicy | null, bearer: Bearer, peerVerifiedByOwnCa: boolean): Bearer {
  if (bearer.token === null || policy === null) return bearer;
  switch (policy.sendTo) {
    case "allowed-address":
      return bearer;
    case "verified-peer":
      return peerVerifiedByOwnCa ? bearer : { token: null, withheld: "peer-not-verified" };
    case "nobody":
      return { token: null, withheld: "nobody-may-have-them" };
    default:
      return policy.sendTo satisfies never;
  }
}
