import { constants, X509Certificate } from "node:crypto";
import { createSecureContext, getCACertificates, type SecureContext, type SecureVersion } from "node:tls";
import { SAFE_CIPHERS } from "../safe-ciphers.ts";
import type { TlsParameters, TlsProfile, TlsVersion } from "../contract/target.ts";
import type { KeyPair } from "./key-pair-cache.ts";
import type { FileState, FileCache } from "./file-cache.ts";

/** The TLS context of a profile, or why it cannot be created. */
export type SecureContextResult =
  | { readonly kind: "context"; readonly context: SecureContext }
  | { readonly kind: "unknown"; readonly detail: string };

/** Shares one context among all probes with the same authorities, parameters and client certificate: creating one takes milliseconds. */
export interface SecureContextCache {
  /** Uses the cached content of the `ca-file`. `keyPair` is the client certificate. */
  get(profile: TlsProfile, keyPair: KeyPair | null): SecureContextResult;
}

/** Node's names of the versions. */
const NODE_VERSIONS: Readonly<Record<TlsVersion, SecureVersion>> = {
  "1.0": "TLSv1",
  "1.1": "TLSv1.1",
  "1.2": "TLSv1.2",
  "1.3": "TLSv1.3",
};

/** More than any configuration names. */
const CONTEXTS_MAX = 1_000;

/** Creates a cache on top of the file cache. */
export function createSecureContextCache(files: FileCache): SecureContextCache {
  const cache = new Map<string, { ca: FileState | null; keyPair: KeyPair | null; result: SecureContextResult }>();
  return {
    get(profile, keyPair) {
      const authorities = !profile.verify ? "none" : profile.caFile === null ? "system" : `file ${profile.caFile}`;
      const key = `${authorities}\n${keyPair?.id ?? ""}\n${profile.minVersion}\n${profile.ciphers}`;
      const ca = profile.verify && profile.caFile !== null ? files.get(profile.caFile) : null;
      const cached = cache.get(key);
      if (cached?.ca === ca && cached.keyPair === keyPair) return cached.result;
      const result =
        ca === null
          ? createContext(profile.verify ? systemCaCertificates() : [], keyPair, profile)
          : contextForCaFile(ca, keyPair, profile);
      if (cache.size >= CONTEXTS_MAX) cache.clear();
      cache.set(key, { ca, keyPair, result });
      return result;
    },
  };
}

function contextForCaFile(ca: FileState, keyPair: KeyPair | null, offer: TlsParameters): SecureContextResult {
  if (ca.kind === "unreadable") return { kind: "unknown", detail: `ca-file: ${ca.detail}` };
  return contextFromPem(ca.text, keyPair, offer);
}

/** Checked here, because Node skips unreadable entries of `ca` and silently replaces an empty list by the system's authorities. */
function contextFromPem(text: string, keyPair: KeyPair | null, offer: TlsParameters): SecureContextResult {
  try {
    new X509Certificate(text);
  } catch {
    return { kind: "unknown", detail: "ca-file: it does not begin with a certificate in PEM" };
  }
  return createContext([text], keyPair, offer);
}

function createContext(ca: string[], keyPair: KeyPair | null, offer: TlsParameters): SecureContextResult {
  const { minVersion, ciphers } = offer;
  const versions = minVersion === null ? {} : { minVersion: NODE_VERSIONS[minVersion] };
  const client = keyPair === null ? {} : { cert: keyPair.cert, key: keyPair.key };
  try {
    return {
      kind: "context",
      context: createSecureContext({
        ca,
        ...client,
        ...versions,
        ciphers: ciphers ?? SAFE_CIPHERS,
        secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      }),
    };
  } catch (error) {
    return { kind: "unknown", detail: `ca-file: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The system's authorities, or the ones bundled with Node where the system has none. */
function systemCaCertificates(): string[] {
  const client = getCACertificates("system");
  return [...(client.length > 0 ? client : getCACertificates("bundled")), ...getCACertificates("extra")];
}
