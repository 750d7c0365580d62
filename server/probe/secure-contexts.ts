import { X509Certificate } from "node:crypto";
import { createSecureContext, getCACertificates } from "node:tls";
import type { SecureContext } from "node:tls";
import type { TlsProfile } from "../contract/target.ts";
import type { KeyPair } from "./key-pairs.ts";
import type { FileState, WatchedFiles } from "./watched-file.ts";

/** What a profile trusts, or why that is not known. */
export type Trust =
  | { readonly kind: "context"; readonly context: SecureContext }
  | { readonly kind: "unknown"; readonly detail: string };

/** Shares one context among all probes that trust and show the same: making one costs milliseconds. */
export interface SecureContexts {
  /** By the `ca-file` as it was when it was looked at last. `shown` is the certificate that we show. */
  trustOf(profile: TlsProfile, shown: KeyPair | null): Trust;
}

/** More than any configuration names; a limit all the same. */
const CONTEXTS_MAX = 1_000;

/** Makes the shared contexts over the memory of files. */
export function shareContexts(files: WatchedFiles): SecureContexts {
  const known = new Map<string, { ca: FileState | null; shown: KeyPair | null; trust: Trust }>();
  return {
    trustOf(profile, shown) {
      const whom = !profile.verify ? "anybody" : profile.caFile === null ? "system" : `file ${profile.caFile}`;
      const place = `${whom}\n${shown?.place ?? ""}`;
      const ca = profile.verify && profile.caFile !== null ? files.held(profile.caFile) : null;
      const before = known.get(place);
      if (before?.ca === ca && before.shown === shown) return before.trust;
      const trust = ca === null ? contextOf(profile.verify ? systemAuthorities() : [], shown) : trustIn(ca, shown);
      if (known.size >= CONTEXTS_MAX) known.clear();
      known.set(place, { ca, shown, trust });
      return trust;
    },
  };
}

function trustIn(ca: FileState, shown: KeyPair | null): Trust {
  if (ca.kind === "unreadable") return { kind: "unknown", detail: `ca-file: ${ca.detail}` };
  return contextOfFile(ca.text, shown);
}

/** Node skips what it cannot read in `ca`, and takes an empty one for the system's authorities: the wrong ones, silently. */
function contextOfFile(text: string, shown: KeyPair | null): Trust {
  try {
    new X509Certificate(text);
  } catch {
    return { kind: "unknown", detail: "ca-file: it does not begin with a certificate in PEM" };
  }
  return contextOf([text], shown);
}

function contextOf(ca: string[], shown: KeyPair | null): Trust {
  const own = shown === null ? {} : { cert: shown.cert, key: shown.key };
  try {
    return { kind: "context", context: createSecureContext({ ca, ...own }) };
  } catch (error) {
    return { kind: "unknown", detail: `ca-file: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The machine's authorities; where an image has none, those that came with Node. */
function systemAuthorities(): string[] {
  const own = getCACertificates("system");
  return [...(own.length > 0 ? own : getCACertificates("bundled")), ...getCACertificates("extra")];
}
