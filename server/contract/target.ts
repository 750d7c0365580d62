import type { NoTargetReason } from "./reason.ts";
import type { Verdict } from "./verdict.ts";

/** A status that a rule accepts: one code or a closed range. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** What the body has to be: nothing in particular, equal after trim, containing a text, or matching (in linear time). */
export type BodyExpectation =
  | { readonly kind: "any" }
  | { readonly kind: "equals"; readonly text: string }
  | { readonly kind: "contains"; readonly text: string }
  | { readonly kind: "matches"; readonly pattern: string };

/** How to verify a server's certificate. Files are read by the prober, never by the pure folders. */
export interface TlsProfile {
  /** SNI and the name to verify; null for none (an IP address). */
  readonly serverName: string | null;
  readonly caFile: string | null;
  /** False where the rule says insecure-skip-verify, or for a guess: the certificate is recorded, not judged. */
  readonly verify: boolean;
}

/** A request that carries no secret by itself; what may be added to it is in `credentials`. */
export interface HttpProbe {
  readonly type: "http";
  readonly scheme: "http" | "https";
  readonly method: string;
  readonly path: string;
  /** Host header. */
  readonly hostHeader: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expectStatus: readonly StatusRange[];
  readonly expectBody: BodyExpectation;
  readonly tls: TlsProfile;
}

/** Secrets of a rule; `always` where the address is in the rule's `allow`, else only to a peer verified by the rule's own CA. */
export interface CredentialsPolicy {
  readonly bearerTokenFile: string | null;
  readonly sendTo: "allowed-address" | "verified-peer" | "nobody";
}

/** What to probe: servers with the same target are probed once. */
export interface Target {
  /** Equal exactly where network, address and probe are: the key of results and of the schedule. */
  readonly key: string;
  readonly network: string;
  readonly host: string;
  readonly port: number;
  readonly probe: HttpProbe;
  readonly credentials: CredentialsPolicy | null;
  /** No rule of the user: what plainly speaks HTTP is asked with a guessed path. */
  readonly guessed: boolean;
  readonly everyMs: number;
  readonly fastEveryMs: number;
  readonly timeoutMs: number;
  readonly connection: "fresh" | "reuse" | "auto";
}

/** A mismatch that the user knows of and does not want to be told about. */
export interface Expected {
  readonly verdict: Verdict;
  readonly why: string;
}

/** How patiently a server is judged; from the rule that matched it. */
export interface JudgePolicy {
  /** Good probes in a row that heal, failed ones in a row that can confirm. */
  readonly rise: number;
  readonly fall: number;
  readonly graceMs: number;
  /** `grace: auto`: longer where this backend's checks have been seen to move slower. */
  readonly graceLearns: boolean;
  readonly startGraceMs: number;
  readonly drainGraceMs: number;
  /** HAProxy's check asks the same question, so its DOWN against our pass is worth an alert. */
  readonly sameQuestion: boolean;
  readonly expected: Expected | null;
}

/** What the rules say about a server: a target, or why there is none. */
export type Assignment =
  | { readonly kind: "target"; readonly target: Target; readonly policy: JudgePolicy }
  | { readonly kind: "none"; readonly reason: NoTargetReason; readonly policy: JudgePolicy };
