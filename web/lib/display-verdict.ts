import type { ServerStatus } from "../../server/contract/status.ts";

/** The seven counters, worst first: a verdict, with the mismatches that are still undecided under one word. */
export const DISPLAY_VERDICTS = [
  "false-up",
  "false-down",
  "suspected",
  "agree-down",
  "unknown",
  "out-of-service",
  "agree-up",
] as const;
export type DisplayVerdict = (typeof DISPLAY_VERDICTS)[number];

export const GLYPHS = [...DISPLAY_VERDICTS, "settling"] as const;
export type GlyphName = (typeof GLYPHS)[number];

interface VerdictLabel {
  /** Class that sets the four colours of styles/tokens.css. */
  readonly colourClass: "fu" | "fd" | "su" | "dn" | "un" | "os" | "up";
  readonly label: string;
  readonly caption: string;
}

/** Colour class and words of each kind. */
export const VERDICT_LABELS: Readonly<Record<DisplayVerdict, VerdictLabel>> = {
  "false-up": { colourClass: "fu", label: "False-up", caption: "gets traffic" },
  "false-down": { colourClass: "fd", label: "False-down", caption: "capacity lost" },
  suspected: { colourClass: "su", label: "Suspected", caption: "or settling" },
  "agree-down": { colourClass: "dn", label: "Agree-down", caption: "both say no" },
  unknown: { colourClass: "un", label: "Unknown", caption: "no opinion" },
  "out-of-service": { colourClass: "os", label: "Out of service", caption: "on purpose" },
  "agree-up": { colourClass: "up", label: "Agree-up", caption: "both say yes" },
};

type VerdictFields = Pick<ServerStatus, "verdict" | "phase" | "expected">;

/** The counter that a server belongs to. */
export function displayVerdictOf(server: VerdictFields): DisplayVerdict {
  if (server.verdict !== "false-up" && server.verdict !== "false-down") return server.verdict;
  return server.phase === "confirmed" ? server.verdict : "suspected";
}

/** The shape beside its verdict: settling has a clock, a suspicion a half moon. */
export function glyphOf(server: VerdictFields): GlyphName {
  const kind = displayVerdictOf(server);
  return kind === "suspected" && server.phase === "settling" ? "settling" : kind;
}

/** The verdict in a word, as a row shows it. */
export function verdictLabel(server: VerdictFields): string {
  return glyphOf(server) === "settling" ? "Settling" : VERDICT_LABELS[displayVerdictOf(server)].label;
}

/** A confirmed mismatch that nobody announced: what cards, the title and the icon count. */
export function isConfirmedMismatch(server: VerdictFields): boolean {
  const kind = displayVerdictOf(server);
  return server.expected === null && (kind === "false-up" || kind === "false-down");
}

/** What `p` and `.` mean by a problem: a mismatch, decided or not, that is not expected. */
export function isUnexpectedMismatch(server: VerdictFields): boolean {
  return server.expected === null && severityRank(server) <= 2;
}

/** Place in the order of badness, 0 worst. An expected mismatch ranks with what is quiet. */
export function severityRank(server: VerdictFields): number {
  const rank = DISPLAY_VERDICTS.indexOf(displayVerdictOf(server));
  return server.expected !== null && rank <= 2 ? DISPLAY_VERDICTS.indexOf("out-of-service") : rank;
}
