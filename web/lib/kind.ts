import type { ServerStatus } from "../../server/contract/status.ts";

/** The seven counters, worst first: a verdict, with the mismatches that are still undecided under one word. */
export const KINDS = [
  "false-up",
  "false-down",
  "suspected",
  "agree-down",
  "unknown",
  "out-of-service",
  "agree-up",
] as const;
export type Kind = (typeof KINDS)[number];

export const GLYPHS = [...KINDS, "settling"] as const;
export type GlyphName = (typeof GLYPHS)[number];

interface KindWords {
  /** Class that sets the four colours of styles/tokens.css. */
  readonly tint: "fu" | "fd" | "su" | "dn" | "un" | "os" | "up";
  readonly word: string;
  readonly gloss: string;
}

/** Colour class and words of each kind. */
export const KIND_WORDS: Readonly<Record<Kind, KindWords>> = {
  "false-up": { tint: "fu", word: "False-up", gloss: "gets traffic" },
  "false-down": { tint: "fd", word: "False-down", gloss: "capacity lost" },
  suspected: { tint: "su", word: "Suspected", gloss: "or settling" },
  "agree-down": { tint: "dn", word: "Agree-down", gloss: "both say no" },
  unknown: { tint: "un", word: "Unknown", gloss: "no opinion" },
  "out-of-service": { tint: "os", word: "Out of service", gloss: "on purpose" },
  "agree-up": { tint: "up", word: "Agree-up", gloss: "both say yes" },
};

type Judged = Pick<ServerStatus, "verdict" | "phase" | "expected">;

/** The counter that a server belongs to. */
export function kindOf(server: Judged): Kind {
  if (server.verdict !== "false-up" && server.verdict !== "false-down") return server.verdict;
  return server.phase === "confirmed" ? server.verdict : "suspected";
}

/** The shape beside its verdict: settling has a clock, a suspicion a half moon. */
export function glyphOf(server: Judged): GlyphName {
  const kind = kindOf(server);
  return kind === "suspected" && server.phase === "settling" ? "settling" : kind;
}

/** The verdict in a word, as a row shows it. */
export function verdictWord(server: Judged): string {
  return glyphOf(server) === "settling" ? "Settling" : KIND_WORDS[kindOf(server)].word;
}

/** A confirmed mismatch that nobody announced: what cards, the title and the icon count. */
export function isMismatch(server: Judged): boolean {
  const kind = kindOf(server);
  return server.expected === null && (kind === "false-up" || kind === "false-down");
}

/** What `p` and `.` mean by a problem: a mismatch, decided or not, that is not expected. */
export function isProblem(server: Judged): boolean {
  return server.expected === null && rankOf(server) <= 2;
}

/** Place in the order of badness, 0 worst. An expected mismatch ranks with what is quiet. */
export function rankOf(server: Judged): number {
  const rank = KINDS.indexOf(kindOf(server));
  return server.expected !== null && rank <= 2 ? KINDS.indexOf("out-of-service") : rank;
}
