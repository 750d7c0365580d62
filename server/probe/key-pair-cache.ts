import { X509Certificate, createPrivateKey } from "node:crypto";
import type { ClientCertificate } from "../contract/target.ts";
import type { FileState, FileCache } from "./file-cache.ts";

/** A certificate of ours with its key, PEM. */
export interface KeyPair {
  /** Which files it is from. */
  readonly id: string;
  readonly cert: string;
  readonly key: string;
}

/** What the two files hold, or why it cannot be used. */
export type KeyPairState =
  | { readonly kind: "pair"; readonly pair: KeyPair }
  | { readonly kind: "unusable"; readonly why: "unreadable" | "malformed" };

/** Reads client certificates, again once a file was replaced or changed. */
export interface KeyPairCache {
  /** As the files were when they were looked at last. */
  get(files: ClientCertificate): KeyPairState;
}

/** More than any configuration names; a limit all the same. */
const PAIRS_MAX = 1_000;

/** Makes the memory of pairs over the memory of files, so that each is looked at once only. */
export function createKeyPairCache(files: FileCache): KeyPairCache {
  const known = new Map<string, { cert: FileState; key: FileState; state: KeyPairState }>();
  return {
    get({ certFile, keyFile }) {
      const [cert, key] = [files.get(certFile), files.get(keyFile)];
      const place = `${certFile}\n${keyFile}`;
      const before = known.get(place);
      if (before?.cert === cert && before.key === key) return before.state;
      const state = toKeyPairState(place, cert, key);
      if (known.size >= PAIRS_MAX) known.clear();
      known.set(place, { cert, key, state });
      return state;
    },
  };
}

function toKeyPairState(place: string, cert: FileState, key: FileState): KeyPairState {
  if (cert.kind === "unreadable" || key.kind === "unreadable") return { kind: "unusable", why: "unreadable" };
  const pair: KeyPair = { id: place, cert: cert.text, key: key.text };
  // Between two writes of a rotation they do not belong together: the next probe looks again.
  return isMatchingPair(pair) ? { kind: "pair", pair } : { kind: "unusable", why: "malformed" };
}

/** False too where the key is encrypted: nobody is there to type a passphrase. */
function isMatchingPair({ cert, key }: KeyPair): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
