import { X509Certificate } from "node:crypto";
import { createSecureContext, getCACertificates } from "node:tls";
import type { SecureContext } from "node:tls";
import type { TlsProfile } from "../contract/target.ts";
import type { KeyPair } from "./key-pair-cache.ts";
import type { FileState, FileCache } from "./file-cache.ts";

/** What a profile trusts, or why that is not known. */
export type SecureContextResult =
  | { readonly kind: "context"; readonly context: SecureContext }
  | { readonly kind: "unknown"; readonly detail: string };

/** Shares one context among all probes that trust and show the same: making one costs milliseconds. */
export interface SecureContextCache {
  /** By the `ca-file` as it was when it was looked at last. `shown` is the certificate that we show. */
  get(profile: TlsProfile, shown: KeyPair | null): SecureContextResult;
}

/** More than any configuration names; a limit all the same. */
const CONTEXTS_MAX = 1_000;

/** Makes the shared contexts over the memory of files. */
export function createSecureContextCache(files: FileCache): SecureContextCache {
  const known = new Map<string, { ca: FileState | null; shown: KeyPair | null; trust: SecureContextResult }>();
  return {
    get(profile, shown) {
      const whom = !profile.verify ? "anybody" : profile.caFile === null ? "system" : `file ${profile.caFile}`;
      const place = `${whom}\n${shown?.id ?? ""}`;
      const ca = profile.verify && profile.caFile !== null ? files.get(profile.caFile) : null;
      const before = known.get(place);
      if (before?.ca === ca && before.shown === shown) return before.trust;
      const trust =
        ca === null ? createContext(profile.verify ? systemCaCertificates() : [], shown) : contextForCaFile(ca, shown);
      if (known.size >= CONTEXTS_MAX) known.clear();
      known.set(place, { ca, shown, trust });
      return trust;
    },
  };
}

function contextForCaFile(ca: FileState, shown: KeyPair | null): SecureContextResult {
  if (ca.kind === "unreadable") return { kind: "unknown", detail: `ca-file: ${ca.detail}` };
  return contextFromPem(ca.text, shown);
}

/** Node skips what it cannot read in `ca`, and takes an empty one for the system's authorities: the wrong ones, silently. */
function contextFromPem(text: string, shown: KeyPair | null): SecureContextResult {
  try {
    new X509Certificate(text);
  } catch {
    return { kind: "unknown", detail: "ca-file: it does not begin with a certificate in PEM" };
  }
  return createContext([text], shown);
}

function createContext(ca: string[], shown: KeyPair | null): SecureContextResult {
  const own = shown === null ? {} : { cert: shown.cert, key: shown.key };
  try {
    return { kind: "context", context: createSecureContext({ ca, ...own }) };
  } catch (error) {
    return { kind: "unknown", detail: `ca-file: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The machine's authorities; where an image has none, those that came with Node. */
function systemCaCertificates(): string[] {
  const own = getCACertificates("system");
  return [...(own.length > 0 ? own : getCACertificates("bundled")), ...getCACertificates("extra")];
}
