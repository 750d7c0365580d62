import { X509Certificate } from "node:crypto";
import { createSecureContext, getCACertificates } from "node:tls";
import type { SecureContext } from "node:tls";
import type { TlsProfile } from "../contract/target.ts";
import type { KeyPair } from "./key-pairs.ts";
import type { WatchedFiles } from "./watched-file.ts";

/** What a profile trusts, or why that is not known. */
export type Trust =
  | { readonly kind: "context"; readonly context: SecureContext }
  | { readonly kind: "unknown"; readonly detail: string };

/** Shares one context among all probes that trust and show the same: making one costs milliseconds. */
export interface SecureContexts {
  /**
   * A `ca-file` that changed is taken at once for the next handshake. `shown` is the certificate that we show.
   * Never rejects.
   */
  trustOf(profile: TlsProfile, shown: KeyPair | null): Promise<Trust>;
}

/** More than any configuration names; a limit all the same. */
const CONTEXTS_MAX = 1_000;

/** Makes the shared contexts over the memory of files. */
export function shareContexts(files: WatchedFiles): SecureContexts {
  const known = new Map<string, { content: string; trust: Trust }>();
  const shared = (place: string, content: string, make: () => Trust): Trust => {
    const before = known.get(place);
    if (before?.content === content) return before.trust;
    if (known.size >= CONTEXTS_MAX) known.clear();
    const trust = make();
    known.set(place, { content, trust });
    return trust;
  };
  return {
    async trustOf(profile, shown) {
      const place = shown?.place ?? "";
      const content = shown === null ? "" : `${shown.cert}\n${shown.key}`;
      if (!profile.verify) return shared(`anybody\n${place}`, content, () => contextOf([], shown));
      if (profile.caFile === null) {
        return shared(`system\n${place}`, content, () => contextOf(systemAuthorities(), shown));
      }
      const file = await files.read(profile.caFile);
      if (file.kind === "unreadable") return { kind: "unknown", detail: `ca-file: ${file.detail}` };
      return shared(`file ${profile.caFile}\n${place}`, `${file.text}\n${content}`, () =>
        contextOfFile(file.text, shown),
      );
    },
  };
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
