import { X509Certificate, createPrivateKey } from "node:crypto";
import type { ClientCertificate } from "../contract/target.ts";
import type { FileState, FileCache } from "./file-cache.ts";

/** A client certificate with its key, PEM. */
export interface KeyPair {
  /** Its file names. */
  readonly id: string;
  readonly cert: string;
  readonly key: string;
}

/** The content of the two files, or why it cannot be used. */
export type KeyPairState =
  | { readonly kind: "pair"; readonly pair: KeyPair }
  | { readonly kind: "unusable"; readonly reason: "unreadable" | "malformed" };

/** Client certificates, parsed again when a file changes. */
export interface KeyPairCache {
  /** Uses the cached content of the files. */
  get(files: ClientCertificate): KeyPairState;
}

/** More than any configuration names. */
const PAIRS_MAX = 1_000;

/** Creates a cache on top of the file cache. */
export function createKeyPairCache(files: FileCache): KeyPairCache {
  const cache = new Map<string, { cert: FileState; key: FileState; state: KeyPairState }>();
  return {
    get({ certFile, keyFile }) {
      const [cert, key] = [files.get(certFile), files.get(keyFile)];
      const id = `${certFile}\n${keyFile}`;
      const cached = cache.get(id);
      if (cached?.cert === cert && cached.key === key) return cached.state;
      const state = toKeyPairState(id, cert, key);
      if (cache.size >= PAIRS_MAX) cache.clear();
      cache.set(id, { cert, key, state });
      return state;
    },
  };
}

function toKeyPairState(id: string, cert: FileState, key: FileState): KeyPairState {
  if (cert.kind === "unreadable" || key.kind === "unreadable") return { kind: "unusable", reason: "unreadable" };
  const pair: KeyPair = { id, cert: cert.text, key: key.text };
  // During a rotation the two files may not match: the next probe reads them again.
  return isMatchingPair(pair) ? { kind: "pair", pair } : { kind: "unusable", reason: "malformed" };
}

/** False also for an encrypted key, since there is no passphrase. */
function isMatchingPair({ cert, key }: KeyPair): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
