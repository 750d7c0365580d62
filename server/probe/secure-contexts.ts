import { X509Certificate } from "node:crypto";
import { createSecureContext, getCACertificates } from "node:tls";
import type { SecureContext } from "node:tls";
import type { TlsProfile } from "../contract/target.ts";
import type { WatchedFiles } from "./watched-file.ts";

/** What a profile trusts, or why that is not known. */
export type Trust =
  | { readonly kind: "context"; readonly context: SecureContext }
  | { readonly kind: "unknown"; readonly detail: string };

/** Shares one context among all probes that trust the same: making one costs milliseconds. */
export interface SecureContexts {
  /** A `ca-file` that changed is taken at once for the next handshake. Never rejects. */
  trustOf(profile: TlsProfile): Promise<Trust>;
}

/** More ca-files than any configuration names; a limit all the same. */
const CONTEXTS_MAX = 1_000;

/** Makes the shared contexts over the memory of files. */
export function shareContexts(files: WatchedFiles): SecureContexts {
  const byFile = new Map<string, { text: string; trust: Trust }>();
  let unverified: Trust | null = null;
  let system: Trust | null = null;
  return {
    async trustOf(profile) {
      if (!profile.verify) return (unverified ??= contextOf([]));
      if (profile.caFile === null) return (system ??= contextOf(systemAuthorities()));
      const file = await files.read(profile.caFile);
      if (file.kind === "unreadable") return { kind: "unknown", detail: `ca-file: ${file.detail}` };
      const known = byFile.get(profile.caFile);
      if (known?.text === file.text) return known.trust;
      if (byFile.size >= CONTEXTS_MAX) byFile.clear();
      const trust = contextOfFile(file.text);
      byFile.set(profile.caFile, { text: file.text, trust });
      return trust;
    },
  };
}

/** Node skips what it cannot read in `ca`, and takes an empty one for the system's authorities: the wrong ones, silently. */
function contextOfFile(text: string): Trust {
  try {
    new X509Certificate(text);
  } catch {
    return { kind: "unknown", detail: "ca-file: it does not begin with a certificate in PEM" };
  }
  return contextOf([text]);
}

function contextOf(ca: string[]): Trust {
  try {
    return { kind: "context", context: createSecureContext({ ca }) };
  } catch (error) {
    return { kind: "unknown", detail: `ca-file: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The machine's authorities; where an image has none, those that came with Node. */
function systemAuthorities(): string[] {
  const own = getCACertificates("system");
  return [...(own.length > 0 ? own : getCACertificates("bundled")), ...getCACertificates("extra")];
}
