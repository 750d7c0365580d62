/** Verdicts on a server, worst first: the order in which lists and counters show them. */
export const VERDICTS = ["false-up", "false-down", "agree-down", "unknown", "out-of-service", "agree-up"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** How sure a mismatch is. `suspected` and `settling` may still turn out to be nothing; only `confirmed` is alerted. */
export const PHASES = ["suspected", "settling", "confirmed"] as const;
export type Phase = (typeof PHASES)[number];

/** How a verdict is shown. How bad it is for users is its urgency, another thing. */
export const TONES = ["critical", "warning", "ok", "quiet"] as const;
export type Tone = (typeof TONES)[number];

/** How far a check of HAProxy looks: nothing, the port, the TLS handshake, or an answer of the application. */
export const CHECK_DEPTHS = ["none", "connection", "tls", "application"] as const;
export type CheckDepth = (typeof CHECK_DEPTHS)[number];

/** What HAProxy's check of a backend is worth, before any outage. */
export const CHECK_QUALITIES = [
  "check-missing",
  "check-blind",
  "check-accepts-denial",
  "check-accepts-error",
  "check-accepts-redirect",
  "check-accepts-missing",
  "check-elsewhere",
  "check-once",
  "check-ok",
] as const;
export type CheckQuality = (typeof CHECK_QUALITIES)[number];
