import type { ServerStatus } from "../../server/contract/status.ts";

/** Verdicts as the page counts them, worst first: mismatches that are not confirmed are all `suspected`. */
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
  readonly label: string;
  readonly caption: string;
}

/** Label and caption of each counter; the caption follows the label. */
export const VERDICT_LABELS: Readonly<Record<DisplayVerdict, VerdictLabel>> = {
  "false-up": { label: "False UP", caption: ", receiving traffic" },
  "false-down": { label: "False DOWN", caption: ", capacity lost" },
  suspected: { label: "Pending", caption: " confirmation" },
  "agree-down": { label: "Down", caption: ", both agree" },
  unknown: { label: "Unknown", caption: ", no verdict" },
  "out-of-service": { label: "Out of service", caption: ", on purpose" },
  "agree-up": { label: "Up", caption: ", both agree" },
};

type VerdictFields = Pick<ServerStatus, "verdict" | "phase" | "expected">;

/** The counter that includes this server. */
export function displayVerdictOf(server: VerdictFields): DisplayVerdict {
  if (server.verdict !== "false-up" && server.verdict !== "false-down") return server.verdict;
  return server.phase === "confirmed" ? server.verdict : "suspected";
}

/** The glyph of a server's verdict; `settling` and `suspected` have different ones. */
export function glyphOf(server: VerdictFields): GlyphName {
  const kind = displayVerdictOf(server);
  return kind === "suspected" && server.phase === "settling" ? "settling" : kind;
}

/** The verdict as a table row shows it. */
export function verdictLabel(server: VerdictFields): string {
  const glyph = glyphOf(server);
  if (glyph === "settling") return "Settling";
  return glyph === "suspected" ? "Suspected" : VERDICT_LABELS[glyph].label;
}

/** CSS class that sets the four `--verdict-…` colours of styles/tokens.css. */
export function verdictClass(verdict: DisplayVerdict): string {
  return `verdict-${verdict}`;
}

/** A confirmed mismatch that no expectation covers: cards, title and favicon count these. */
export function isConfirmedMismatch(server: VerdictFields): boolean {
  const kind = displayVerdictOf(server);
  return server.expected === null && (kind === "false-up" || kind === "false-down");
}

/** A mismatch in any phase that no expectation covers: the filter "Only problems" keeps these. */
export function isUnexpectedMismatch(server: VerdictFields): boolean {
  return server.expected === null && severityRank(server) <= 2;
}

/** Sort rank, 0 is worst. An expected mismatch ranks as out of service. */
export function severityRank(server: VerdictFields): number {
  const rank = DISPLAY_VERDICTS.indexOf(displayVerdictOf(server));
  return server.expected !== null && rank <= 2 ? DISPLAY_VERDICTS.indexOf("out-of-service") : rank;
}
